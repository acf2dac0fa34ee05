"""Which ReplicaSet of a Deployment has its template, and what is written on it: pure functions.

1. The new ReplicaSet is the oldest with the template of the Deployment, the hash label aside.
2. Revisions count up: a ReplicaSet that is used again gets a new one and keeps its old in a list.

Source: k8s.io/kubernetes pkg/controller/deployment/util/deployment_util.go and sync.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.deployment_sizes import DESIRED, MAXIMUM, max_surge, size
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.pods import Document, controller_reference
from reconcile.simulate.actors.template_hash import template_hash
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from reconcile.value.types import JsonIn

__all__ = [
    "HASH",
    "REVISION",
    "ROLLBACK",
    "annotate",
    "annotate_sizes",
    "annotations_after_rollback",
    "by_age",
    "by_revision",
    "last_revision",
    "new_and_old",
    "new_set",
    "next_revision",
    "revision_of",
    "same_template",
]

HASH: Final = "pod-template-hash"
REVISION: Final = "deployment.kubernetes.io/revision"
ROLLBACK: Final = "deprecated.deployment.rollback.to"
_HISTORY: Final = "deployment.kubernetes.io/revision-history"
_LONGEST_HISTORY: Final = 2000
_OWN: Final = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        _HISTORY,
        DESIRED,
        MAXIMUM,
        ROLLBACK,
    }
)
"""Annotations that a ReplicaSet does not get from its Deployment."""
_LONGEST_NAME: Final = 253
_NUMBER: Final = re.compile(r"[+-]?[0-9]+")


def by_age(sets: Iterable[Document]) -> list[Document]:
    """Return ReplicaSets, the oldest first."""
    return sorted(sets, key=_age)


def _age(found: Document) -> tuple[str, str]:
    return str(about(found).get("creationTimestamp")), name_of(found)


def by_revision(sets: Iterable[Document]) -> list[Document]:
    """Return ReplicaSets, those of the earliest revision first."""
    return sorted(sets, key=lambda each: (revision_of(each) or 0, *_age(each)))


def new_and_old(
    deployment: Document, sets: Iterable[Document]
) -> tuple[Document | None, list[Document]]:
    """Return the ReplicaSet with the template of a Deployment, and all others; oldest first."""
    known = by_age(sets)
    for each in known:
        if same_template(spec_of(each)["template"], spec_of(deployment)["template"]):
            return each, [other for other in known if other is not each]
    return None, known


def same_template(one: Document, other: Document) -> bool:
    """Return whether two templates are the same, the label with the hash aside."""
    return equal(_bare(one), _bare(other))


def _bare(template: Document) -> JsonIn:
    labels = {name: value for name, value in labels_of(template).items() if name != HASH}
    metadata = {**about(template), "labels": labels}
    kept = {name: value for name, value in metadata.items() if value not in (None, {}, [])}
    return cast("JsonIn", {**template, "metadata": kept})


def revision_of(found: Document) -> int | None:
    """Return the revision of a Deployment or ReplicaSet, 0 without one, None if it is none."""
    return _number(annotations_of(found).get(REVISION, "0"))


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) and abs(int(text)) < 2**63 else None


def next_revision(old: Iterable[Document]) -> int:
    """Return the revision behind those of the old ReplicaSets."""
    return max((revision_of(each) or 0 for each in old), default=0) + 1


def last_revision(sets: Iterable[Document]) -> int:
    """Return the revision before the newest, 0 if there is none."""
    newest = before = 0
    for each in sets:
        revision = revision_of(each)
        if revision is None:
            continue
        if revision >= newest:
            newest, before = revision, newest
        elif revision > before:
            before = revision
    return before


def new_set(deployment: Document, revision: int) -> dict[str, Any]:
    """Return a ReplicaSet with the template of a Deployment, without replicas."""
    wanted = spec_of(deployment)
    template = changed(wanted["template"])
    collisions = status_of(deployment).get("collisionCount")
    mark = template_hash(template, collisions)
    labels = {**labels_of(template), HASH: mark}
    template["metadata"] = {**about(template), "labels": labels}
    selector = changed(wanted["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: mark}
    spec: dict[str, Any] = {"replicas": 0, "selector": selector, "template": template}
    if wanted.get("minReadySeconds"):
        spec["minReadySeconds"] = wanted["minReadySeconds"]
    made: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{name_of(deployment)[: _LONGEST_NAME - 1 - len(mark)]}-{mark}",
            "namespace": namespace_of(deployment),
            "labels": labels,
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": spec,
    }
    annotate(deployment, made, revision)
    annotate_sizes(deployment, made)
    return made


def annotate(deployment: Document, found: dict[str, Any], revision: int) -> bool:
    """Give the new ReplicaSet the annotations of its Deployment, and a revision if it is older.

    Shape: `found` is changed. Returns whether anything is another.
    """
    notes: dict[str, str] = {**annotations_of(found)}
    found["metadata"]["annotations"] = notes
    differs = False
    for name, value in annotations_of(deployment).items():
        if name not in _OWN and notes.get(name) != value:
            notes[name] = value
            differs = True
    before = notes.get(REVISION)
    known = _number(before) if before else 0
    if known is None:
        return False
    if known < revision:
        notes[REVISION] = str(revision)
        differs = True
        if before is not None:
            _remember(notes, before)
    return differs


def _remember(notes: dict[str, str], revision: str) -> None:
    """Put a revision behind those that a ReplicaSet had before, as long as the list is short."""
    history = notes.get(_HISTORY, "")
    if history.split(",")[0] == "":
        notes[_HISTORY] = revision
        return
    known = history.split(",")
    length = len(history) + len(revision) + 1
    while length > _LONGEST_HISTORY:
        length -= len(known.pop(0)) + 1
    notes[_HISTORY] = ",".join([*known, revision])


def annotate_sizes(deployment: Document, found: dict[str, Any]) -> bool:
    """Write on a ReplicaSet how large its Deployment is; return whether it says another size."""
    wanted = size(deployment)
    sizes = {DESIRED: str(wanted), MAXIMUM: str(wanted + max_surge(deployment))}
    notes: Mapping[str, str] = annotations_of(found)
    differs = any(notes.get(name) != value for name, value in sizes.items())
    found["metadata"]["annotations"] = {**notes, **sizes}
    return differs


def annotations_after_rollback(deployment: Document, found: Document) -> dict[str, str]:
    """Return the annotations of a Deployment that goes back to the template of a ReplicaSet."""
    kept = {name: value for name, value in annotations_of(deployment).items() if name in _OWN}
    theirs = annotations_of(found).items()
    return {**kept, **{name: value for name, value in theirs if name not in _OWN}}
