"""The revisions of a DaemonSet: the one of its template, and the old ones.

Source: k8s.io/kubernetes pkg/controller/daemon/update.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.simulate.actors import history
from reconcile.simulate.actors.claiming import claim, selected
from reconcile.simulate.actors.parts import labels_of, name_of, namespace_of, status_of
from reconcile.simulate.actors.template_hash import template_hash
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.pods import Document

__all__ = ["Revisions", "clean_up", "find_revisions"]

_API: Final = "apps/v1"


class Revisions(NamedTuple):
    """The revisions of a DaemonSet."""

    hashed: str
    """What the label of Pods says that have the template of today."""
    old: tuple[Document, ...]
    """All others."""


def find_revisions(api: Api, owner: Document) -> Revisions | None:
    """Return the revisions of a DaemonSet, with one of its template; None if one was refused."""
    claimed = claim(
        api,
        owner,
        list(api.list(_API, history.KIND, namespace_of(owner))),
        lambda each: selected(owner, each),
    )
    if claimed.failed:
        return None
    patch = history.patch_of(owner)
    same: list[Document] = []
    old: list[Document] = []
    for each in claimed.held:
        labelled = _labelled(api, each)
        if labelled is None:
            return None
        (same if equal(labelled.get("data"), patch) else old).append(labelled)
    number = max(map(history.number_of, old), default=0) + 1
    if not same:
        current = _snapshot(api, owner, number)
    else:
        current = _the_one(api, owner, same)
        if current is not None and history.number_of(current) < number:
            current = history.renumber(api, current, number)
    if current is None:
        return None
    return Revisions(labels_of(current).get(history.HASH_LABEL, ""), tuple(old))


def _labelled(api: Api, revision: Document) -> Document | None:
    """Return a revision with the label by which Pods are told apart, None if it was refused."""
    labels = labels_of(revision)
    if history.HASH_LABEL in labels:
        return revision
    metadata = {
        **revision["metadata"],
        "labels": {**labels, history.HASH_LABEL: name_of(revision)},
    }
    answer = api.update({**revision, "metadata": metadata})
    return cast("Document", answer.body) if answer.status == 200 else None


def _snapshot(api: Api, owner: Document, number: int) -> Document | None:
    """Create the revision of a template; a name that is taken is told to the status."""
    known = status_of(owner)
    collisions: int | None = known.get("collisionCount")
    template: Document = owner["spec"]["template"]
    patch = history.patch_of(owner)
    hashed = template_hash(template, collisions)
    labels = {**labels_of(template), history.HASH_LABEL: hashed}
    name = f"{name_of(owner)}-{hashed}"
    answer = api.create(history.revision_of(owner, labels, patch, name, number))
    if answer.status == 201:
        return cast("Document", answer.body)
    taken = api.get(_API, history.KIND, namespace_of(owner), name)
    if taken is None:
        return None
    if equal(taken.get("data"), patch):
        return taken
    api.update({**owner, "status": {**known, "collisionCount": (collisions or 0) + 1}}, "status")
    return None


def _the_one(api: Api, owner: Document, same: list[Document]) -> Document | None:
    """Return the newest of the revisions that say the same, after the others were removed."""
    kept = same[0]
    for each in same[1:]:
        if history.number_of(each) >= history.number_of(kept):
            kept = each
    if len(same) == 1:
        return kept
    hashed = labels_of(kept)[history.HASH_LABEL]
    done = True
    pods = list(api.list("v1", "Pod", namespace_of(owner)))
    for pod in claim(api, owner, pods, lambda each: selected(owner, each)).held:
        if labels_of(pod).get(history.HASH_LABEL) != hashed:
            body = {"metadata": {"labels": {history.HASH_LABEL: hashed}}}
            done = api.patch(pod, body, how="merge").status == 200 and done
    for each in same:
        if done and each is not kept:
            done = api.delete(each).status in (200, 404)
    return kept if done else None


def clean_up(api: Api, owner: Document, old: Iterable[Document], pods: Iterable[Document]) -> bool:
    """Remove old revisions that the history limit leaves no place for; return whether it was done.

    Shape: `pods` are all of the DaemonSet's; the revisions they were made of stay.
    """
    live = {labels_of(pod).get(history.HASH_LABEL) for pod in pods} - {None}
    rest = sorted(old, key=history.number_of)
    surplus = len(rest) - owner["spec"].get("revisionHistoryLimit", 10)
    for each in rest:
        if surplus <= 0:
            break
        if labels_of(each).get(history.HASH_LABEL) in live:
            continue
        if api.delete(each).status not in (200, 404):
            return False
        surplus -= 1
    return True
