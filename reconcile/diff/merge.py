"""One object out of several partial ones, field by field, and who set which field.

1. Every document has a field manager (for rules: the rule's name). Two managers may set one field
   to one value; to different values is a conflict that names both.
2. The order of the documents has no influence: they are taken sorted by manager.
3. Lists are merged as told: associative ones item by item, sets as unions, the rest whole.
4. What only one manager speaks of is copied as it stands; owners are noted only when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.errors import ConflictError, LimitError
from reconcile.value.codec import canonical
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH

from ._path import pointer_of
from .list_rules import by_key, cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import Json, JsonObject

    from ._path import Path
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
        influence; one document comes out as it is.
    Assumes: no two documents have one manager; not checked.
    Raises: ConflictError for the first pointer, in the order of pointers, at which two managers
        differ. LimitError when a document is nested too deeply.
    Cost: linear in the size of all documents.
    """
    claims: Claims = sorted(documents, key=_manager)
    walk = _Merge(None)
    merged = walk.place(claims, cursor(lists), None, 0) if claims else {}
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
    found: dict[str, tuple[str, ...]] = {}
    if documents:
        _Merge(found).place(sorted(documents, key=_manager), cursor(lists), None, 0)
    return dict(sorted(found.items()))


def _manager(claim: tuple[str, Json]) -> str:
    return claim[0]


class _Merge:
    """One walk through all documents side by side; fills `owners` if it is given one."""

    def __init__(self, owners: dict[str, tuple[str, ...]] | None) -> None:
        self.conflicts: list[tuple[str, str, str]] = []
        self.owners = owners

    def place(self, claims: Claims, at: Cursor, path: Path, depth: int) -> Json:
        """Return the merged value of one place."""
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer_of(path)[:200])
        if self.owners is None and len(claims) == 1:
            return thaw(claims[0][1], depth)
        objects = [(manager, value) for manager, value in claims if isinstance(value, dict)]
        if len(objects) == len(claims):
            return (
                self._whole(claims, path) if at.atomic else self._object(objects, at, path, depth)
            )
        arrays = [(manager, value) for manager, value in claims if isinstance(value, list)]
        if len(arrays) == len(claims):
            if at.rule == "set":
                return self._set(arrays, path)
            keyed = [(manager, by_key(items, at)) for manager, items in arrays]
            known = [(manager, items) for manager, items in keyed if items is not None]
            if len(known) == len(keyed):
                return self._associative(known, at, path, depth)
        return self._whole(claims, path)

    def _object(
        self, claims: list[tuple[str, JsonObject]], at: Cursor, path: Path, depth: int
    ) -> JsonObject:
        members: dict[str, Claims] = {}
        for manager, value in claims:
            for key, member in value.items():
                members.setdefault(key, []).append((manager, member))
        if not members:
            self._own(claims, path)
        return {
            key: thaw(given[0][1], depth + 1)
            if self.owners is None and len(given) == 1
            else self.place(given, at.member(key), (path, key), depth + 1)
            for key, given in members.items()
        }

    def _associative(
        self,
        claims: list[tuple[str, dict[bytes, Json]]],
        at: Cursor,
        path: Path,
        depth: int,
    ) -> list[Json]:
        items: dict[bytes, Claims] = {}
        for manager, keyed in claims:
            for key, item in keyed.items():
                items.setdefault(key, []).append((manager, item))
        if not items:
            self._own(claims, path)
        below = at.item()
        return [
            self.place(given, below, (path, index), depth + 1)
            for index, given in enumerate(items.values())
        ]

    def _set(self, claims: list[tuple[str, list[Json]]], path: Path) -> list[Json]:
        if len(claims) == 1:  # what one manager says alone is copied as it stands
            manager, items = claims[0]
            members = [(item, [manager]) for item in items]
        else:
            united: dict[bytes, tuple[Json, list[str]]] = {}
            for manager, items in claims:
                for item in items:
                    _, managers = united.setdefault(canonical(item), (item, []))
                    if manager not in managers:
                        managers.append(manager)
            members = list(united.values())
        if not members:
            self._own(claims, path)
        elif self.owners is not None:
            for index, (_, managers) in enumerate(members):
                self.owners[pointer_of((path, index))] = tuple(managers)
        return [thaw(item) for item, _ in members]

    def _whole(self, claims: Claims, path: Path) -> Json:
        manager, value = claims[0]
        for other, given in claims[1:]:
            if not equal(value, given):
                self.conflicts.append((pointer_of(path), manager, other))
                break
        self._own(claims, path)
        return thaw(value)

    def _own(self, claims: Sequence[tuple[str, object]], path: Path) -> None:
        if self.owners is not None:
            self.owners[pointer_of(path)] = tuple(dict.fromkeys(manager for manager, _ in claims))
