"""What the API server would refuse of an object, as far as the object itself says.

1. `create_errors`, `update_errors` and `status_update_errors` say what the server says of objects
   in their stored form: its paths, its reasons, its words, as often as it says them.
2. `faults` is for people: all at once, sorted by where they are, shapes first; messages hold names
   of fields, never values.
3. Left out is what the cluster decides: what is allocated, what is there already, admission.

Source: recordings of API server 1.36; k8s.io/kubernetes pkg/apis and pkg/registry, validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import metadata
from ._faults import faults
from ._primitives import path_segment
from ._read import obj
from ._rules import Rules, rules_of
from .pod_parts import ephemeral_containers_updated, resized

if TYPE_CHECKING:
    from reconcile.kinds._table import Kinds
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = [
    "Rules",
    "create_errors",
    "faults",
    "part_update_errors",
    "status_update_errors",
    "update_errors",
]
_PARTS: Final = {
    ("Pod", "ephemeralcontainers"): ephemeral_containers_updated,
    ("Pod", "resize"): resized,
}
"""Parts that are held to rules of their own."""


def create_errors(kinds: Kinds, document: JsonObject, *, every: bool = False) -> list[FieldError]:
    """Return why the server would refuse to create an object, nothing if it may take it.

    Shape: a whole object of a kind that is known, defaulted. Where the server fills in a name or a
        namespace, that should be there; a name that is to be generated need not be. `every` goes
        on where the server stops: it looks at some things only if others are right.
    Guarantees: all errors the server says, and each as often. The argument is not changed.
    Cost: linear.
    """
    rules, namespaced = _looked_up(kinds, document)
    found = [] if rules.first is None else rules.first(document)
    if found and not every:
        return found
    if rules.metadata in {"kube", "plain"}:
        found += _own(rules, document, namespaced=namespaced)
    found += rules.create(document)
    if rules.metadata == "late" if every else not found and rules.metadata != "none":
        if rules.metadata == "late":
            found += metadata.created(document, path_segment, namespaced=namespaced)
        else:  # all but the name has been looked at, and is right
            about = obj(document, "metadata")
            found += metadata.named(about, path_segment, namespaced=namespaced)
    return found


def update_errors(kinds: Kinds, before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return why the server would refuse a change of an object, nothing if it may take it.

    Shape: whole objects of one kind, as stored: `after` is what would be stored.
    Guarantees: all errors the server says, and each as often, but that of a resourceVersion that
        is missing. No argument is changed.
    Cost: linear.
    """
    rules, namespaced = _looked_up(kinds, after)
    found = [] if rules.first is None else rules.first(after)
    if found:
        return found
    found = _common(rules, before, after, namespaced=namespaced)
    for _ in range(rules.again):
        found += _own(rules, after, namespaced=namespaced)
    found += rules.create(after) if rules.update is None else rules.update(before, after)
    return found


def status_update_errors(kinds: Kinds, before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return why the server would refuse a write to the status, nothing if it may take it.

    Shape: whole objects of one kind, as stored; `after` has the spec of `before`.
    Guarantees: as for `update_errors`.
    Cost: linear.
    """
    rules, namespaced = _looked_up(kinds, after)
    found = _common(rules, before, after, namespaced=namespaced)
    if rules.status is not None:
        found += rules.status(before, after)
    return found


def part_update_errors(
    kinds: Kinds, part: str, before: JsonObject, after: JsonObject
) -> list[FieldError]:
    """Return why the server would refuse a write to a part of an object, nothing if it may take it.

    Shape: whole objects of one kind, as stored; `after` differs in the part only, which is named
        as in the path. Parts without rules of their own are held to those of the whole.
    Guarantees: as for `update_errors`.
    Cost: linear.
    """
    if part == "status":
        return status_update_errors(kinds, before, after)
    own = _PARTS.get((str(after.get("kind")), part))
    if own is None or "/" in str(after.get("apiVersion")):
        return update_errors(kinds, before, after)
    rules, namespaced = _looked_up(kinds, after)
    return _common(rules, before, after, namespaced=namespaced) + own(before, after)


_CUSTOM: Final = Rules(metadata="plain")


def _looked_up(kinds: Kinds, document: JsonObject) -> tuple[Rules, bool]:
    version, kind = str(document.get("apiVersion")), str(document.get("kind"))
    namespaced = kinds.scope(version, kind) == "Namespaced"
    if not kinds.built_in(version, kind):
        return _CUSTOM, namespaced
    return rules_of(version.rpartition("/")[0], kind), namespaced


def _own(rules: Rules, document: JsonObject, *, namespaced: bool) -> list[FieldError]:
    """Return what a kind says of the metadata of an object as it is."""
    found = metadata.created(document, rules.names, namespaced=namespaced)
    return found + (metadata.kube_finalizers(document) if rules.metadata == "kube" else [])


def _common(
    rules: Rules, before: JsonObject, after: JsonObject, *, namespaced: bool
) -> list[FieldError]:
    """Return what the registry says of an update, and the kind of the change of its metadata."""
    found = metadata.created(after, path_segment, namespaced=namespaced)
    changed = metadata.updated(before, after, right=not found)
    found += changed
    if rules.changes and rules.metadata != "late":
        found += changed
        if rules.metadata == "kube":
            found += metadata.kube_finalizers(after)
    return found
