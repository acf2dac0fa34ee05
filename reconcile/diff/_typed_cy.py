"""Objects of a type: whether they are valid, their field sets, and in which fields two differ.

1. Absent and null differ: null is a value, ABSENT is none.
2. A list item is known by its element of a path; where several have one element, they are known
   together and are not looked into.
3. Every function counts its levels, so any document gives an answer or a typed error.
"""
# ruff: noqa: FBT002, FBT003  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from reconcile.errors import Fault, LimitError, ObjectError
from reconcile.value._walk_cy import LEAVES
from reconcile.value.equality import equal
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT

from ._path import Path, pointer_of
from ._trie_cy import EMPTY, LEAF

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._walk_cy import Walk

    from ._elements_cy import text
    from ._trie_cy import union, without_self

    def as_dict(value: Any) -> dict[str, Any]:
        """Return a dict as what is iterated fast."""
        return value  # type: ignore[no-any-return]  # the caller has looked

    def as_list(value: Any) -> list[Any]:
        """Return a list as what is iterated fast."""
        return value  # type: ignore[no-any-return]  # the caller has looked

    def same(a: Any, b: Any) -> bool:
        """Return whether two values are equal; the compiled body stands in the .pxd."""
        kind = type(a)
        if kind is type(b) and kind in LEAVES:
            return a is b or a == b or (a != a and b != b)  # noqa: PLR0124  # NaN
        return asked(a, b)


if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

    from ._kind_cy import Kind, ListKind, MapKind
    from ._trie_cy import Trie

__all__ = [
    "Comparison",
    "compare",
    "differences",
    "element_of",
    "elements_of",
    "everything",
    "fields_of",
    "same",
    "validate",
]

_NONE: list[Any] = []
_ITSELF: Trie = {".": EMPTY}
"""Stands for a value that is a field by itself."""


def asked(a: Any, b: Any) -> bool:
    """Return whether two values are equal, of any type and depth."""
    return equal(a, b)


def element_of(item: Json, kind: ListKind, path: Path) -> str:
    """Return the element of a path that an item of a list is known by.

    Raises: ObjectError when it has none.
    """
    if not kind.keys:
        if item is None or isinstance(item, (dict, list)):
            raise _fault(path, f"is {describe(item)}, items of a set must be scalars")
        return "v:" + text(item)
    if not isinstance(item, dict):
        raise _fault(path, f"is {describe(item)}, items with merge keys must be objects")
    members = as_dict(item)
    found = ""
    for index, name in enumerate(kind.keys):
        value = members.get(name, ABSENT)
        if value is ABSENT:
            fields = kind.element().map
            if fields is None:
                continue
            value = fields.default(name)
            if value is ABSENT:
                continue
        part = kind.labels[index] + text(value)
        found = f"{found},{part}" if found else part
    if not found:
        raise _fault(path, f"has none of its merge keys: {', '.join(kind.keys)}")
    return "k:{" + found + "}"


def elements_of(items: list[Json], kind: ListKind) -> list[str]:
    """Return the elements of all items of a list."""
    found: list[str] = []
    for index, item in enumerate(as_list(items)):
        found.append(element_of(item, kind, (None, index)))
    return found


def _fault(path: Path, message: str) -> ObjectError:
    return ObjectError([Fault(pointer_of(path), message)])


def _too_deep(path: Path) -> LimitError:
    if path is None:
        return LimitError("levels of nesting", MAX_DEPTH)
    return LimitError("levels of nesting", MAX_DEPTH, pointer=pointer_of(path))


def validate(value: Json, kind: Kind, duplicates: bool = False) -> None:
    """Raise unless a value has the type. `duplicates`: items may stand twice in a list.

    Raises: ObjectError with the pointer; LimitError for more than 128 levels.
    """
    _validate(value, kind, duplicates, None, 0)


def _validate(value: Json, kind: Kind, duplicates: bool, path: Path, depth: int) -> bool:
    if depth > MAX_DEPTH:
        raise _too_deep(path)
    if value is None:
        return True
    here = kind if kind.single else kind.narrowed(value)
    if isinstance(value, dict):
        fields = here.map
        if fields is None:
            raise _fault(path, f"is {describe(value)}, which the type has not")
        for name, item in as_dict(value).items():
            below = fields.member(name)
            if below is None:
                raise _fault((path, name), "is not a field of the type")
            if type(item) is str and (below.code == 1 or below.code == 4) and depth < MAX_DEPTH:
                continue
            _validate(item, below, duplicates, (path, name), depth + 1)
    elif isinstance(value, list):
        about = here.list
        if about is None:
            raise _fault(path, f"is {describe(value)}, which the type has not")
        inner = about.element()
        seen: set[str] | None = None if about.atomic or duplicates else set()
        for index, item in enumerate(as_list(value)):
            if not about.atomic:
                element = element_of(item, about, (path, index))
                if seen is not None:
                    if element in seen:
                        raise _fault((path, index), "stands in the list twice")
                    seen.add(element)
            _validate(item, inner, duplicates, (path, index), depth + 1)
    elif not _fits(value, here.code):
        raise _fault(path, f"is {describe(value)}, which the type has not")
    return True


def _fits(value: Json, code: int) -> bool:
    if code == 1:
        return isinstance(value, str)
    if code == 2:
        return isinstance(value, bool)
    if code == 3:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return code == 4


def fields_of(value: Json, kind: Kind) -> Trie:
    """Return the fields of a valid value."""
    found = _fields(value, kind, 0)
    return EMPTY if found is _ITSELF else found


def _fields(value: Json, kind: Kind, depth: int) -> Trie:
    """Return the fields below a value; _ITSELF where the value is one and has none below it."""
    here = kind if kind.single else kind.narrowed(value)
    if isinstance(value, dict) and here.map is not None:
        fields = here.map
        if fields.atomic:
            return _ITSELF
        if depth > MAX_DEPTH:
            raise _too_deep(None)
        found: Trie = {}
        for name, item in as_dict(value).items():
            declared = fields.field(name)
            below = fields.element() if declared is None else declared
            if below is None:
                continue
            if item is None:
                found["f:" + name] = LEAF
                continue
            inner = _fields(item, below, depth + 1)
            if inner is _ITSELF:
                inner = LEAF
            elif not inner:
                if declared is None or (isinstance(item, dict) and not item):
                    inner = LEAF
            elif declared is None:
                inner["."] = EMPTY  # nobody else has it yet
            if inner:
                found["f:" + name] = inner
        return found
    if isinstance(value, list) and here.list is not None:
        if here.list.atomic:
            return _ITSELF
        if depth > MAX_DEPTH:
            raise _too_deep(None)
        items: Trie = {}
        kind = here.list.element()
        for index, item in enumerate(as_list(value)):
            element = element_of(item, here.list, (None, index))
            if element in items:
                items[element] = LEAF
            else:
                inner = _fields(item, kind, depth + 1)
                if inner is _ITSELF or not inner:
                    items[element] = LEAF
                else:
                    inner["."] = EMPTY  # nobody else has it yet
                    items[element] = inner
        return items
    return _ITSELF if value is not None or here.scalar is not None else EMPTY


class Comparison(NamedTuple):
    """The fields that only one of two values has, and those that differ."""

    added: Trie
    modified: Trie
    removed: Trie


_Found: TypeAlias = tuple["Trie", "Trie", "Trie"]
"""As above; None where nothing differs."""
_MODIFIED: _Found = (EMPTY, LEAF, EMPTY)


def compare(before: Json | Absent, after: Json | Absent, kind: Kind) -> Comparison:
    """Return the fields in which two valid values differ."""
    found = differences(before, after, kind, 0)
    if found is None:
        return Comparison(EMPTY, EMPTY, EMPTY)
    return Comparison(*[without_self(trie) for trie in found])


def differences(
    before: Json | Absent, after: Json | Absent, kind: Kind, depth: int
) -> _Found | None:
    """Return the fields in which two valid values differ, None for nowhere."""
    if before is after:
        return None
    if before is ABSENT:
        return everything(after, kind, depth), EMPTY, EMPTY
    if after is ABSENT:
        return EMPTY, EMPTY, everything(before, kind, depth)
    if same(before, after):
        return None
    left, right = kind.narrowed(before), kind.narrowed(after)
    if left is right:
        return _compare_as(right, before, after, depth)
    found = _compare_as(left, before, after, depth)
    more = _compare_as(right, before, after, depth)
    if found is None or more is None:
        return found or more
    return union(found[0], more[0]), union(found[1], more[1]), union(found[2], more[2])


def everything(value: Json | Absent, kind: Kind, depth: int = 0) -> Trie:
    """Return the fields of a value that is not on the other side at all, itself included."""
    here = kind if kind.single else kind.narrowed(value)
    fields = here.map
    if fields is not None:
        if fields.atomic or not isinstance(value, dict) or not value:
            return LEAF
        if depth > MAX_DEPTH:
            raise _too_deep(None)
        found: Trie = {".": EMPTY}
        for name, item in as_dict(value).items():
            below = fields.member(name)
            if below is not None:
                found["f:" + name] = everything(item, below, depth + 1)
        return found
    about = here.list
    if here.code or about is None or about.atomic or not isinstance(value, list) or not value:
        return LEAF
    if depth > MAX_DEPTH:
        raise _too_deep(None)
    items: Trie = {".": EMPTY}
    kind = about.element()
    for index, item in enumerate(as_list(value)):
        element = element_of(item, about, (None, index))
        items[element] = LEAF if element in items else everything(item, kind, depth + 1)
    return items


def _leaf(before: Json | Absent, after: Json | Absent) -> _Found | None:
    """Return how two values differ that are replaced whole; 1 is 1.0 here."""
    if isinstance(before, dict):
        alike = isinstance(after, dict)
    elif isinstance(before, list):
        alike = isinstance(after, list)
    else:
        alike = isinstance(before, (int, float)) and isinstance(after, (int, float))
    if alike:
        walk = Walk(True)
        if walk.start(before, after) == 0 and walk.step() == 0:
            return None
    return _MODIFIED


def _compare_as(
    kind: Kind, before: Json | Absent, after: Json | Absent, depth: int
) -> _Found | None:
    """Return the differences of two values, both there and not equal, as one kind of type."""
    if kind.map is not None:
        x = as_dict(before) if isinstance(before, dict) else EMPTY
        y = as_dict(after) if isinstance(after, dict) else EMPTY
        if kind.map.atomic or not (x or y):
            return _leaf(before, after)
        if depth > MAX_DEPTH:
            raise _too_deep(None)
        return _compare_members(kind.map, x, y, depth + 1)
    if kind.code or kind.list is None:
        return _leaf(before, after)
    a = as_list(before) if isinstance(before, list) else _NONE
    b = as_list(after) if isinstance(after, list) else _NONE
    if kind.list.atomic or not (a or b):
        return _leaf(before, after)
    if depth > MAX_DEPTH:
        raise _too_deep(None)
    return _compare_items(kind.list, a, b, depth + 1)


def _compare_members(
    fields: MapKind, before: dict[str, Any], after: dict[str, Any], depth: int
) -> _Found | None:
    added: Trie = {}
    modified: Trie = {}
    removed: Trie = {}
    for name, item in before.items():
        other = after.get(name, ABSENT)
        if item is other:
            continue
        below = fields.member(name)
        if below is None:
            continue
        if other is ABSENT:
            removed["f:" + name] = everything(item, below, depth)
            continue
        found = differences(item, other, below, depth)
        if found is not None:
            element = "f:" + name
            if found[0]:
                added[element] = found[0]
            if found[1]:
                modified[element] = found[1]
            if found[2]:
                removed[element] = found[2]
    for name, item in after.items():
        if name not in before:
            below = fields.member(name)
            if below is not None:
                added["f:" + name] = everything(item, below, depth)
    return (added, modified, removed) if added or modified or removed else None


def _compare_items(
    about: ListKind, before: list[Any], after: list[Any], depth: int
) -> _Found | None:
    added: Trie = {}
    modified: Trie = {}
    removed: Trie = {}
    mine_by, others_by = _by_element(before, about), _by_element(after, about)
    kind = about.element()
    for element in {**mine_by, **others_by}:
        mine = mine_by.get(element, ())
        others = others_by.get(element, ())
        one: Json | Absent = mine[0] if mine else ABSENT
        two: Json | Absent = others[0] if others else ABSENT
        if len(mine) <= 1 and len(others) <= 1:
            found = differences(one, two, kind, depth)
        elif len(mine) > 1 and len(others) > 1:
            found = _leaf(mine, others)
        elif len(mine) > 1:
            gone = differences(ABSENT, two, kind, depth) or (EMPTY, EMPTY, EMPTY)
            found = gone[0], gone[1], union(gone[2], LEAF)
        else:
            come = differences(one, ABSENT, kind, depth) or (EMPTY, EMPTY, EMPTY)
            found = union(come[0], LEAF), come[1], come[2]
        if found is not None:
            if found[0]:
                added[element] = found[0]
            if found[1]:
                modified[element] = found[1]
            if found[2]:
                removed[element] = found[2]
    return (added, modified, removed) if added or modified or removed else None


def _by_element(items: list[Any], kind: ListKind) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for index, item in enumerate(items):
        element = element_of(item, kind, (None, index))
        if element in found:
            found[element].append(item)
        else:
            found[element] = [item]
    return found
