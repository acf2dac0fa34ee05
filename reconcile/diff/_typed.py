"""Objects of a type: their field sets, what merges into them, and in which fields two differ.

1. Absent and null differ: null is a value, ABSENT is none.
2. A list item is known by its element of a path; where several have one element, they are known
   together and are not looked into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from reconcile.errors import Fault, LimitError, ObjectError
from reconcile.value.equality import equal
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT

from . import _trie
from ._elements import SELF, key_element, value_element
from ._kind import Kind
from ._trie import EMPTY, LEAF, Trie

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

    from ._kind import ListKind

__all__ = ["Comparison", "compare", "extract", "fields_of", "merged", "named", "remove", "validate"]


def element_of(item: Json, kind: ListKind, pointer: str) -> str:
    """Return the element of a path that an item of a list is known by.

    Raises: ObjectError when it has none.
    """
    if not kind.keys:
        if item is None or isinstance(item, (dict, list)):
            raise _fault(pointer, f"is {describe(item)}, items of a set must be scalars")
        return value_element(item)
    if not isinstance(item, dict):
        raise _fault(pointer, f"is {describe(item)}, items with merge keys must be objects")
    fields = kind.element().map
    keys: list[tuple[str, Json]] = []
    for name in kind.keys:
        value = item[name] if name in item else (fields.default(name) if fields else ABSENT)
        if value is not ABSENT:
            keys.append((name, value))
    if not keys:
        raise _fault(pointer, f"has none of its merge keys: {', '.join(kind.keys)}")
    return key_element(keys)


def _fault(pointer: str, message: str) -> ObjectError:
    return ObjectError([Fault(pointer, message)])


def validate(value: Json, kind: Kind, *, duplicates: bool = False, pointer: str = "") -> None:
    """Raise unless a value has the type. `duplicates`: items may stand twice in a list.

    Raises: ObjectError with the pointer; LimitError for more than 128 levels.
    """
    _validate(value, kind, duplicates, pointer, 0)


def _validate(value: Json, kind: Kind, duplicates: bool, pointer: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer)
    if value is None:
        return
    here = kind.narrowed(value)
    if isinstance(value, dict) and here.map is not None:
        for name, item in value.items():
            below = here.map.member(name)
            place = f"{pointer}/{escape(name)}"
            if below is None:
                raise _fault(place, "is not a field of the type")
            _validate(item, below, duplicates, place, depth + 1)
    elif isinstance(value, list) and here.list is not None:
        seen: set[str] = set()
        for index, item in enumerate(value):
            place = f"{pointer}/{index}"
            if not here.list.atomic:
                element = element_of(item, here.list, place)
                if element in seen and not duplicates:
                    raise _fault(place, "stands in the list twice")
                seen.add(element)
            _validate(item, here.list.element(), duplicates, place, depth + 1)
    elif isinstance(value, (dict, list)) or not _fits(value, here.scalar):
        raise _fault(pointer, f"is {describe(value)}, which the type has not")


def _fits(value: Json, scalar: str | None) -> bool:
    match scalar:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "numeric":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case _:
            return scalar is not None


def fields_of(value: Json, kind: Kind) -> Trie:
    """Return the fields of a valid value."""
    return _fields(value, kind)[0]


def _fields(value: Json, kind: Kind) -> tuple[Trie, bool]:
    """Return the fields below a value, and whether the value itself is one."""
    here = kind.narrowed(value)
    if isinstance(value, dict) and here.map is not None:
        if here.map.atomic:
            return EMPTY, True
        found: Trie = {}
        for name, item in value.items():
            declared = here.map.field(name)
            below = declared or here.map.element()
            if below is None:
                continue
            inner, itself = _fields(item, below)
            if itself or declared is None or item is None or item == {}:
                inner = {**inner, SELF: EMPTY}
            if inner:
                found[f"f:{name}"] = inner
        return found, False
    if isinstance(value, list) and here.list is not None:
        if here.list.atomic:
            return EMPTY, True
        items: Trie = {}
        for index, item in enumerate(value):
            element = element_of(item, here.list, f"/{index}")
            if element in items:
                items[element] = LEAF
            else:
                inner, _ = _fields(item, here.list.element())
                items[element] = {**inner, SELF: EMPTY}
        return items, False
    return EMPTY, value is not None or here.scalar is not None


class Comparison(NamedTuple):
    """The fields that only one of two values has, and those that differ."""

    added: Trie
    modified: Trie
    removed: Trie


_SAME = Comparison(EMPTY, EMPTY, EMPTY)


def compare(before: Json | Absent, after: Json | Absent, kind: Kind) -> Comparison:
    """Return the fields in which two valid values differ."""
    found = _compare(before, after, kind)
    return Comparison(*({k: v for k, v in trie.items() if k != SELF} for trie in found))


def _union(found: list[tuple[str, Comparison]]) -> Comparison:
    added: Trie = {}
    modified: Trie = {}
    removed: Trie = {}
    for element, below in found:
        for whole, part in ((added, below[0]), (modified, below[1]), (removed, below[2])):
            if part:
                whole[element] = _trie.union(whole[element], part) if element in whole else part
    return Comparison(added, modified, removed)


def _leaf(before: Json | Absent, after: Json | Absent) -> Comparison:
    if before is ABSENT:
        return Comparison(LEAF, EMPTY, EMPTY)
    if after is ABSENT:
        return Comparison(EMPTY, EMPTY, LEAF)
    if _equal_by_value(before, after):
        return _SAME
    return Comparison(EMPTY, LEAF, EMPTY)


def _equal_by_value(x: Json, y: Json) -> bool:
    """Return whether two values are equal; 1 is 1.0 here."""
    if equal(x, y):
        return True
    if isinstance(x, dict) and isinstance(y, dict):
        return x.keys() == y.keys() and all(_equal_by_value(x[key], y[key]) for key in x)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(map(_equal_by_value, x, y))
    return type(x) in {int, float} and type(y) in {int, float} and x == y


def _compare(before: Json | Absent, after: Json | Absent, kind: Kind) -> Comparison:
    if before is after or (before is not ABSENT and after is not ABSENT and equal(before, after)):
        return _SAME
    left, right = kind.narrowed(before), kind.narrowed(after)
    if after is ABSENT:
        found, leaf = _compare_as(left, before, after)
    elif before is ABSENT or left is right:
        found, leaf = _compare_as(right, before, after)
    else:
        found, _ = _compare_as(left, before, after)
        more, leaf = _compare_as(right, before, after)
        found = Comparison(*(_trie.union(x, y) for x, y in zip(found, more, strict=True)))
    if not leaf:
        if before is ABSENT:
            return found._replace(added=_trie.union(found.added, LEAF))
        if after is ABSENT:
            return found._replace(removed=_trie.union(found.removed, LEAF))
    return found


def _compare_as(kind: Kind, before: Json | Absent, after: Json | Absent) -> tuple[Comparison, bool]:
    """Return the differences of two values as one kind of type, and whether they are a leaf."""
    if kind.map is not None:
        x: JsonObject = before if isinstance(before, dict) else {}
        y: JsonObject = after if isinstance(after, dict) else {}
        if kind.map.atomic or not (x or y):
            return _leaf(before, after), True
        found: list[tuple[str, Comparison]] = []
        for name in {**x, **y}:
            below = kind.map.member(name)
            if below is not None:
                mine, other = x.get(name, ABSENT), y.get(name, ABSENT)
                found.append((f"f:{name}", _compare(mine, other, below)))
        return _union(found), False
    if kind.scalar is not None or kind.list is None:
        return _leaf(before, after), True
    a: list[Json] = before if isinstance(before, list) else []
    b: list[Json] = after if isinstance(after, list) else []
    if kind.list.atomic or not (a or b):
        return _leaf(before, after), True
    mine_by, others_by = _by_element(a, kind.list), _by_element(b, kind.list)
    element_kind = kind.list.element()
    items: list[tuple[str, Comparison]] = []
    for element in {**mine_by, **others_by}:
        mine_all, other_all = mine_by.get(element, []), others_by.get(element, [])
        one: Json | Absent = mine_all[0] if mine_all else ABSENT
        two: Json | Absent = other_all[0] if other_all else ABSENT
        if len(mine_all) <= 1 and len(other_all) <= 1:
            items.append((element, _compare(one, two, element_kind)))
        elif len(mine_all) > 1 and len(other_all) > 1:
            same = _equal_by_value(mine_all, other_all)
            items.append((element, _SAME if same else Comparison(EMPTY, LEAF, EMPTY)))
        elif len(mine_all) > 1:
            items.append((element, _compare(ABSENT, two, element_kind)))
            items.append((element, Comparison(EMPTY, EMPTY, LEAF)))
        else:
            items.append((element, _compare(one, ABSENT, element_kind)))
            items.append((element, Comparison(LEAF, EMPTY, EMPTY)))
    return _union(items), False


def _by_element(items: list[Json], kind: ListKind) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for index, item in enumerate(items):
        found.setdefault(element_of(item, kind, f"/{index}"), []).append(item)
    return found


def merged(before: Json | Absent, after: Json | Absent, kind: Kind) -> Json | Absent:
    """Return a valid value with another one merged into it, which wins where both say something.

    Guarantees: ABSENT only if both are. Values are references.
    """
    if before is ABSENT:
        return after
    if after is ABSENT or equal(before, after):
        return before
    left, right = kind.narrowed(before), kind.narrowed(after)
    if after is None and before:  # null says nothing of what is merged
        separable = left.map if isinstance(before, dict) else left.list
        is_container = isinstance(before, (dict, list))
        return before if is_container and separable and not separable.atomic else after
    if before is None or left is not right:
        return after
    if isinstance(before, dict) and isinstance(after, dict) and right.map is not None:
        if right.map.atomic or not (before or after):
            return after
        members: JsonObject = {}
        for name in {**before, **after}:
            below = right.map.member(name)
            mine, other = before.get(name, ABSENT), after.get(name, ABSENT)
            found = other if below is None else merged(mine, other, below)
            if found is not ABSENT:
                members[name] = found
        return members
    if isinstance(before, list) and isinstance(after, list) and right.list is not None:
        if right.list.atomic or not (before or after):
            return after
        return _merged_items(before, after, right.list)
    return after


def _merged_items(before: list[Json], after: list[Json], kind: ListKind) -> list[Json]:
    """Return the items of both: those of `after` in its order, the others where they stood."""
    left = [element_of(item, kind, f"/{index}") for index, item in enumerate(before)]
    right = [element_of(item, kind, f"/{index}") for index, item in enumerate(after)]
    mine: dict[str, Json | Absent] = {}
    for element, item in zip(left, before, strict=True):
        mine[element] = ABSENT if element in mine else item  # of several, none is merged
    others = dict(zip(right, after, strict=True))
    shared = [element for element in right if element in mine]
    shared.reverse()
    element_kind = kind.element()
    out: list[Json] = []
    done: set[str] = set()

    def take(element: str) -> None:
        done.add(element)
        found = merged(mine.get(element, ABSENT), others[element], element_kind)
        out.append(cast("Json", found))

    wanted = shared.pop() if shared else None
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right):
            element = left[i]
            if element == right[j]:
                take(element)
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
            take(element)
            j += 1
            if wanted == element:
                wanted = shared.pop() if shared else None
    return out


def remove(value: Json, fields: Trie, kind: Kind) -> Json:
    """Return a valid value without some of its fields; what is left empty becomes null."""
    here = kind.narrowed(value)
    if isinstance(value, dict) and here.map is not None:
        if here.map.atomic:
            return None
        members: JsonObject = {}
        for name, item in value.items():
            below = fields.get(f"f:{name}", EMPTY)
            if SELF in below:
                continue
            declared = here.map.member(name)
            members[name] = remove(item, below, declared) if below and declared else item
        return members or None
    if isinstance(value, list) and here.list is not None:
        if here.list.atomic:
            return None
        items: list[Json] = []
        for index, item in enumerate(value):
            below = fields.get(element_of(item, here.list, f"/{index}"), EMPTY)
            if SELF not in below:
                items.append(remove(item, below, here.list.element()) if below else item)
        return items or None
    return value


def extract(value: Json, fields: Trie, kind: Kind, *, keys: bool = False) -> Json:
    """Return only some fields of a valid value, null for none. `keys`: with merge keys of items."""
    here = kind.narrowed(value)
    if isinstance(value, dict) and here.map is not None:
        if here.map.atomic:
            return value or None
        members: JsonObject = {}
        for name, item in value.items():
            below = fields.get(f"f:{name}", EMPTY)
            declared = here.map.member(name)
            if not below or declared is None:
                continue
            inner = {key: node for key, node in below.items() if key != SELF}
            found = extract(item, inner, declared, keys=keys)
            members[name] = item if item in ({}, []) else found
        return members or None
    if isinstance(value, list) and here.list is not None:
        if here.list.atomic:
            return value or None
        items: list[Json] = []
        for index, item in enumerate(value):
            below = fields.get(element_of(item, here.list, f"/{index}"), EMPTY)
            if not below:
                continue
            if len(below) == 1 and SELF in below:
                items.append(item)
                continue
            found = extract(item, below, here.list.element(), keys=keys)
            if keys and isinstance(found, dict) and isinstance(item, dict):
                wanted = {key: item[key] for key in here.list.keys if key in item}
                found = {
                    key: item[key] if key in wanted else found[key]
                    for key in item
                    if key in wanted or key in found
                }
            items.append(found)
        return items or None
    return value


def named(fields: Trie, kind: Kind) -> Trie:
    """Return fields with all members that the type declares and that have fields below them."""
    made: Trie = {}
    for element, below in fields.items():
        if element == SELF:
            made[SELF] = below
            continue
        inner: Kind | None = None
        declared = False
        if element[:2] == "f:" and kind.map is not None:
            field = kind.map.field(element[2:])
            declared = field is not None
            inner = field or kind.map.element()
        elif kind.list is not None:
            inner = kind.list.element()
        node = named(below, inner or Kind())
        made[element] = {**node, SELF: EMPTY} if declared else node
    return made
