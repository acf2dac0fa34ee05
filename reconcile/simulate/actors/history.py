"""ControllerRevisions: the templates that a StatefulSet or a DaemonSet had, as patches.

1. A revision is what puts a template back. Two are the same if they do the same.
2. Names end in a hash of the patch, computed as kube-controller-manager does for StatefulSets.

Source: k8s.io/kubernetes pkg/controller/history/controller_history.go,
pkg/controller/statefulset/stateful_set_utils.go; k8s.io/apimachinery pkg/util/rand/rand.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.simulate.actors.pods import Document, controller_reference
from reconcile.simulate.go.json import encoded
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "API",
    "HASH_LABEL",
    "KIND",
    "Created",
    "create",
    "excess",
    "hash_of",
    "in_order",
    "name_of",
    "number_of",
    "patch_of",
    "renumber",
    "revision_of",
    "same",
]

API: Final = "apps/v1"
KIND: Final = "ControllerRevision"
HASH_LABEL: Final = "controller-revision-hash"
"""The label of a Pod that says which revision it was made of."""
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_FNV_BEGIN: Final = 0x811C9DC5
_FNV_PRIME: Final = 0x01000193
_LONGEST_PREFIX: Final = 223


def patch_of(owner: Document) -> JsonObject:
    """Return the patch that puts the template of a StatefulSet or DaemonSet back."""
    template = {**owner["spec"]["template"], "$patch": "replace"}
    return {"spec": {"template": thaw(template)}}


def hash_of(patch: JsonObject, collisions: int) -> str:
    """Return the hash by which a revision is named.

    Shape: `collisions` is how often a name was taken by another revision.
    """
    told = encoded(_sorted(patch), escape_html=True) + str(collisions).encode()
    value = _FNV_BEGIN
    for byte in told:
        value = (value * _FNV_PRIME) % 2**32 ^ byte
    return "".join(_LETTERS[ord(digit) % len(_LETTERS)] for digit in str(value))


def _sorted(value: Json) -> Json:
    """Return a document with members in the order of their names, as Go writes maps."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def name_of(owner: Document, hashed: str) -> str:
    """Return the name of a revision with a hash."""
    return f"{owner['metadata']['name'][:_LONGEST_PREFIX]}-{hashed}"


def revision_of(
    owner: Document, labels: Mapping[str, str], patch: JsonObject, name: str, number: int
) -> JsonObject:
    """Return a revision that an object controls, not yet sent."""
    about = owner["metadata"]
    made: JsonObject = {
        "name": name,
        "namespace": about["namespace"],
        "labels": dict(labels),
        "ownerReferences": [controller_reference(owner)],
    }
    if about.get("annotations"):
        made["annotations"] = dict(about["annotations"])
    return {"apiVersion": API, "kind": KIND, "metadata": made, "data": patch, "revision": number}


def number_of(revision: Document) -> int:
    """Return the number of a revision: the highest is the newest."""
    return cast("int", revision.get("revision") or 0)


def in_order(revisions: list[Document]) -> list[Document]:
    """Return revisions by number, then age, then name."""
    return sorted(
        revisions,
        key=lambda each: (
            number_of(each),
            each["metadata"].get("creationTimestamp") or "",
            each["metadata"]["name"],
        ),
    )


def same(one: Document, other: Document) -> bool:
    """Return whether two revisions put the same template back."""
    return equal(one.get("data"), other.get("data"))


class Created(NamedTuple):
    """A revision, and how often its name was taken."""

    revision: Document | None
    """None if the server refused it."""
    collisions: int


def create(api: Api, owner: Document, wanted: Document, collisions: int, label: str) -> Created:
    """Create a revision under a name that is free, or return the one that says the same.

    Shape: `label` names the label that holds the hash of the first try.
    """
    patch = cast("JsonObject", wanted["data"])
    namespace = owner["metadata"]["namespace"]
    labels = {**wanted["metadata"]["labels"], label: hash_of(patch, collisions)}
    while True:
        name = name_of(owner, hash_of(patch, collisions))
        made = revision_of(owner, labels, patch, name, number_of(wanted))
        answer = api.create(made)
        if answer.status == 201:
            return Created(cast("Document", answer.body), collisions)
        found = api.get(API, KIND, namespace, name)
        if found is None:
            return Created(None, collisions)
        if same(found, made):
            return Created(found, collisions)
        collisions += 1


def renumber(api: Api, revision: Document, number: int) -> Document | None:
    """Give a revision another number; return it as it is then, None if the server refused."""
    if number_of(revision) == number:
        return revision
    answer = api.update({**revision, "revision": number})
    return cast("Document", answer.body) if answer.status == 200 else None


def excess(revisions: list[Document], live: set[str], limit: int) -> list[Document]:
    """Return the revisions that a history limit leaves no place for, the oldest first.

    Shape: `revisions` are in order; `live` are the names of those that are in use and stay.
    """
    old = [each for each in revisions if each["metadata"]["name"] not in live]
    return old[: max(0, len(old) - limit)] if limit >= 0 else []
