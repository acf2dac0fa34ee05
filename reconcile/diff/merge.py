"""One object out of several partial ones, field by field, and who set which field.

1. Every document has a field manager (for rules: the rule's name). Two managers may set one field
   to one value; to different values is a conflict that names both.
2. The order of the documents has no influence: they are taken sorted by manager.
3. Lists are merged as told: associative ones item by item, sets as unions, the rest whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.errors import ConflictError, LimitError
from reconcile.value.codec import canonical
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape

from .list_rules import by_key, cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import Json, JsonObject

    from .list_rules import Cursor, ListRules

__all__ = ["merge", "owners"]

Claims = list[tuple[str, "Json"]]
"""The values of one place, with the manager of each, sorted by manager."""


def merge(
    documents: Sequence[tuple[str, JsonObject]], *, lists: ListRules | None = None
) -> JsonObject:
    """Return the union of partial objects, each given with its field manager.

    Shape: the items of an associative list stand in the order of the managers' names, then in
        that of their document. An associative list in which an item lacks a merge key that has no
        default, or in which two items have equal keys, is taken as atomic.
    Guarantees: no argument is changed or shared with the result; the order of `documents` has no
        influence.
    Raises: ConflictError for the first pointer, in the order of pointers, at which two managers
        differ. LimitError when a document is nested too deeply.
    Cost: linear in the size of all documents.
    """
    claims: Claims = sorted(documents, key=_manager)
    walk = _Merge()
    merged = walk.place(claims, cursor(lists), "", 0)
    if walk.conflicts:
        pointer, first, second = min(walk.conflicts)
        raise ConflictError(pointer, (first, second))
    return merged if isinstance(merged, dict) else {}


def owners(
    documents: Sequence[tuple[str, JsonObject]], *, lists: ListRules | None = None
) -> dict[str, tuple[str, ...]]:
    """Return which managers set each leaf of the merged object: pointer to sorted managers.

    A leaf is a scalar, an empty object or list, or a list that is replaced whole. What conflicts
    belongs to all who set it.
    Cost: as `merge`.
    """
    walk = _Merge()
    walk.place(sorted(documents, key=_manager), cursor(lists), "", 0)
    return dict(sorted(walk.owners.items()))


def _manager(claim: tuple[str, Json]) -> str:
    return claim[0]


class _Merge:
    """One walk through all documents side by side."""

    def __init__(self) -> None:
        self.conflicts: list[tuple[str, str, str]] = []
        self.owners: dict[str, tuple[str, ...]] = {}

    def place(self, claims: Claims, at: Cursor, pointer: str, depth: int) -> Json:
        """Return the merged value of one place."""
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer[:200])
        objects = [(manager, value) for manager, value in claims if isinstance(value, dict)]
        arrays = [(manager, value) for manager, value in claims if isinstance(value, list)]
        if len(objects) == len(claims) and not at.atomic:
            return self._object(objects, at, pointer, depth)
        if arrays and len(arrays) == len(claims):
            if at.rule == "set":
                return self._set(arrays, pointer)
            keyed = [(manager, by_key(items, at)) for manager, items in arrays]
            known = [(manager, items) for manager, items in keyed if items is not None]
            if len(known) == len(keyed):
                return self._associative(known, at, pointer, depth)
        return self._whole(claims, pointer)

    def _object(
        self, claims: list[tuple[str, JsonObject]], at: Cursor, pointer: str, depth: int
    ) -> JsonObject:
        members: dict[str, Claims] = {}
        for manager, value in claims:
            for key, member in value.items():
                members.setdefault(key, []).append((manager, member))
        if not members:
            self._own(claims, pointer)
        return {
            key: self.place(given, at.member(key), f"{pointer}/{escape(key)}", depth + 1)
            for key, given in members.items()
        }

    def _associative(
        self,
        claims: list[tuple[str, dict[bytes, Json]]],
        at: Cursor,
        pointer: str,
        depth: int,
    ) -> list[Json]:
        items: dict[bytes, Claims] = {}
        for manager, keyed in claims:
            for key, item in keyed.items():
                items.setdefault(key, []).append((manager, item))
        if not items:
            self._own(claims, pointer)
        return [
            self.place(given, at.item(), f"{pointer}/{index}", depth + 1)
            for index, given in enumerate(items.values())
        ]

    def _set(self, claims: list[tuple[str, list[Json]]], pointer: str) -> list[Json]:
        members: dict[bytes, tuple[Json, list[str]]] = {}
        for manager, items in claims:
            for item in items:
                _, managers = members.setdefault(canonical(item), (item, []))
                if manager not in managers:
                    managers.append(manager)
        if not members:
            self._own(claims, pointer)
        for index, (_, managers) in enumerate(members.values()):
            self.owners[f"{pointer}/{index}"] = tuple(managers)
        return [thaw(item) for item, _ in members.values()]

    def _whole(self, claims: Claims, pointer: str) -> Json:
        manager, value = claims[0]
        for other, given in claims[1:]:
            if not equal(value, given):
                self.conflicts.append((pointer, manager, other))
                break
        self._own(claims, pointer)
        return thaw(value)

    def _own(self, claims: Sequence[tuple[str, object]], pointer: str) -> None:
        self.owners[pointer] = tuple(dict.fromkeys(manager for manager, _ in claims))
