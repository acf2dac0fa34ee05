"""Objects of a type merged into each other, and without some of their fields or with only some.

1. What nothing was taken from or added to is returned as it is, so that callers can see by identity
   what has not changed, and the rest is made of references.
2. A list item is known by its element of a path, as in `_typed_cy`.
"""
# ruff: noqa: FBT002  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from reconcile.errors import LimitError
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.types import ABSENT

from ._trie_cy import EMPTY, LEAF, SELF

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from ._trie_cy import union, without_self
    from ._typed_cy import as_dict, as_list, element_of, elements_of, same

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

    from ._kind_cy import Kind, ListKind, MapKind
    from ._trie_cy import Trie

__all__ = ["adapted", "extract", "merged", "named", "remove"]


def merged(
    before: Json | Absent, after: Json | Absent, kind: Kind, depth: int = 0
) -> Json | Absent:
    """Return a valid value with another one merged into it, which wins where both say something.

    Guarantees: ABSENT only if both are; `before` itself where nothing is new; made of references.
    Raises: LimitError for more than 128 levels.
    """
    if before is ABSENT:
        return after
    if after is ABSENT or before is after:
        return before
    if isinstance(before, dict) and isinstance(after, dict):
        fields = kind.narrowed(after).map
        if fields is None or fields.atomic:
            return before if same(before, after) else after
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH)
        return _merged_members(before, after, fields, depth + 1)
    if same(before, after):
        return before
    left, right = kind.narrowed(before), kind.narrowed(after)
    if after is None and before:  # null says nothing of what is merged
        if isinstance(before, dict):
            return after if left.map is None or left.map.atomic else before
        if isinstance(before, list):
            return after if left.list is None or left.list.atomic else before
        return after
    if before is None or left is not right or right.list is None or right.list.atomic:
        return after
    if isinstance(before, list) and isinstance(after, list):
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH)
        return _merged_items(as_list(before), as_list(after), right.list, depth + 1)
    return after


def _merged_members(
    mine: JsonObject, others: JsonObject, fields: MapKind, depth: int
) -> JsonObject:
    before, after = as_dict(mine), as_dict(others)
    members: JsonObject = {}
    changed = False
    for name, item in before.items():
        below = fields.member(name)
        other = after.get(name, ABSENT)
        if other is ABSENT:
            if below is None:
                changed = True
            else:
                members[name] = item
        elif below is None:
            changed = changed or not same(item, other)
            members[name] = other
        else:
            found = merged(item, other, below, depth)
            changed = changed or found is not item
            members[name] = cast("Json", found)
    for name, item in after.items():
        if name not in before:
            changed = True
            members[name] = item
    return members if changed else mine


def _merged_items(before: list[Json], after: list[Json], kind: ListKind, depth: int) -> list[Json]:
    """Return the items of both: those of `after` in its order, the others where they stood."""
    left, right = elements_of(before, kind), elements_of(after, kind)
    mine: dict[str, Json | Absent] = {}
    for i, element in enumerate(left):
        mine[element] = ABSENT if element in mine else before[i]  # of several, none is merged
    element_kind = kind.element()
    out: list[Any] = []
    if left == right and len(mine) == len(left):
        changed = False
        for i, item in enumerate(before):
            found = merged(item, after[i], element_kind, depth)
            changed = changed or found is not item
            out.append(found)
        return out if changed else before
    others: dict[str, Json] = {}
    for i, element in enumerate(right):
        others[element] = after[i]
    shared = [element for element in right if element in mine]
    shared.reverse()
    done: set[str] = set()
    wanted = shared.pop() if shared else None
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right):
            element = left[i]
            if element == right[j]:
                done.add(element)
                out.append(merged(mine[element], others[element], element_kind, depth))
                i += 1
                j += 1
                wanted = shared.pop() if shared else None
                continue
            if element in others and wanted is not None and wanted != element:
                i += 1  # it comes later
                continue
        if i < len(left):
            element = left[i]
            if element not in others:
                out.append(before[i])
                i += 1
                continue
            if element in done:
                i += 1
        if j < len(right):
            element = right[j]
            done.add(element)
            found = merged(mine.get(element, ABSENT), others[element], element_kind, depth)
            out.append(found)
            j += 1
            if wanted == element:
                wanted = shared.pop() if shared else None
    return _as_it_was(before, out)


def _as_it_was(before: list[Json], out: list[Json]) -> list[Json]:
    """Return the items of before as its list, if they are all there is."""
    if len(before) != len(out):
        return out
    for i, item in enumerate(before):
        if item is not out[i]:
            return out
    return before


def remove(value: Json, fields: Trie, kind: Kind, depth: int = 0) -> Json:
    """Return a valid value without some of its fields; what is left empty becomes null."""
    here = kind if kind.single else kind.narrowed(value)
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(value, dict) and here.map is not None:
        if here.map.atomic or not value:
            return None
        if not fields:
            return value
        members: JsonObject = {}
        for name, item in as_dict(value).items():
            below = fields.get("f:" + name)
            if below is None:
                members[name] = item
            elif SELF not in below:
                declared = here.map.member(name)
                members[name] = (
                    remove(item, below, declared, depth + 1)
                    if below and declared is not None
                    else item
                )
        return members or None
    if isinstance(value, list) and here.list is not None:
        if here.list.atomic or not value:
            return None
        if not fields:
            return value
        inner = here.list.element()
        items: list[Json] = []
        for index, item in enumerate(as_list(value)):
            below = fields.get(element_of(item, here.list, (None, index)))
            if below is None:
                items.append(item)
            elif SELF not in below:
                items.append(remove(item, below, inner, depth + 1) if below else item)
        return items or None
    return value


def extract(value: Json, fields: Trie, kind: Kind, keys: bool = False, depth: int = 0) -> Json:
    """Return only some fields of a valid value, null for none. `keys`: with merge keys of items."""
    here = kind if kind.single else kind.narrowed(value)
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(value, dict) and here.map is not None:
        if here.map.atomic:
            return value or None
        members: JsonObject = {}
        for name, item in as_dict(value).items():
            below = fields.get("f:" + name, EMPTY)
            declared = here.map.member(name)
            if not below or declared is None:
                continue
            found = extract(item, without_self(below), declared, keys, depth + 1)
            members[name] = item if isinstance(item, (dict, list)) and not item else found
        return members or None
    if isinstance(value, list) and here.list is not None:
        if here.list.atomic:
            return value or None
        inner = here.list.element()
        items: list[Json] = []
        for index, item in enumerate(as_list(value)):
            below = fields.get(element_of(item, here.list, (None, index)), EMPTY)
            if not below:
                continue
            if len(below) == 1 and SELF in below:
                items.append(item)
                continue
            found = extract(item, below, inner, keys, depth + 1)
            if keys and isinstance(found, dict) and isinstance(item, dict):
                wanted = [key for key in here.list.keys if key in item]
                found = {
                    key: item[key] if key in wanted else found[key]
                    for key in item
                    if key in wanted or key in found
                }
            items.append(found)
        return items or None
    return value


def named(fields: Trie, kind: Kind | None) -> Trie:
    """Return fields with all members that the type declares and that have fields below them."""
    if kind is None:
        return fields
    made: Trie | None = None
    for element, below in fields.items():
        if element == SELF:
            continue
        inner: Kind | None = None
        declared = False
        if element[:2] == "f:" and kind.map is not None:
            inner = kind.map.field(element[2:])
            declared = inner is not None
            if inner is None:
                inner = kind.map.element()
        elif kind.list is not None:
            inner = kind.list.element()
        node = named(below, inner)
        if declared and SELF not in node:
            node = union(node, LEAF)
        if node is not below:
            if made is None:
                made = dict(fields)
            made[element] = node
    return fields if made is None else made


def adapted(fields: Trie, kind: Kind) -> Trie:
    """Return fields as a type has them: what became atomic is owned whole."""
    if kind.code == 4 and kind.map is not None and kind.list is not None:
        return fields  # nothing is said of it
    made: Trie | None = None
    for element, below in fields.items():
        if len(below) <= 1 and (not below or SELF in below):  # `SELF` itself, or nothing below
            continue
        inner: Kind | None = None
        if element[:2] == "f:" and kind.map is not None:
            inner = kind.map.field(element[2:])
            if inner is None:
                inner = kind.map.element()
        elif kind.list is not None:
            inner = kind.list.element()
        if inner is None:
            continue
        node = LEAF if _atomic(inner, below) else adapted(below, inner)
        if node is not below:
            if made is None:
                made = dict(fields)
            made[element] = node
    return fields if made is None else made


def _atomic(kind: Kind, below: Trie) -> bool:
    """Return whether fields are owned below what is now replaced whole."""
    if kind.code and kind.map is not None and kind.list is not None:
        return kind.map.atomic
    for element in below:
        if element[:2] == "f:":
            return kind.map is not None and kind.map.atomic
    return kind.list is not None and kind.list.atomic
