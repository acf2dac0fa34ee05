"""The operations that turn one document into another, as raw tuples, in one fixed order.

1. A raw operation is (code, place, last part, value, value before). A place is (place above, part)
   and () for the whole document, so that nothing is put together until somebody looks.
2. Values are references into the two documents.
3. What tells the items of a list apart is decided here; the walk over all else is value's.
4. The order is specified in `compute.diff`. It depends on the documents only.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false
# mypy: disable-error-code="name-defined,no-any-return,no-untyped-def"
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import Any

from reconcile.value._walk_cy import LEAVES, Walk
from reconcile.value.types import ABSENT

from ._align_cy import align, steps
from ._marks_cy import Marks
from .list_rules import NOWHERE, Cursor

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._walk_cy import check

__all__ = ["ADD", "BUILD", "COPY", "MOVE", "REMOVE", "REPLACE", "TEST", "documents", "operations"]

ADD, REMOVE, REPLACE, MOVE, COPY, TEST = range(6)
_OPS = ("add", "remove", "replace", "move", "copy", "test")
BUILD = "compiled" if cython.compiled else "plain"

_NAMES = ("name", "key", "mountPath", "containerPort", "port", "id", "uid", "ip", "path", "type")
"""Members by which items of a list are told apart where nobody says how, in this order."""


def operations(before: Any, after: Any, at: Cursor, by_value: bool) -> list[Any]:
    """Return the raw operations from `before` to `after`."""
    ops: list[Any] = []
    walk = Walk(by_value)
    if walk.start(before, after):
        check(before)
        check(after)
        ops.append((REPLACE, None, None, after, before))
        return ops
    event = walk.step()
    if event == 0:
        return ops
    lists = _Lists(walk, ops, at, by_value)
    while event:
        if event == 1:
            check(walk.before)
            check(walk.after)
            ops.append((REPLACE, walk.place(), walk.key, walk.after, walk.before))
        elif event == 2:
            check(walk.before)
            ops.append((REMOVE, walk.place(), walk.key, ABSENT, walk.before))
        elif event == 3:
            check(walk.after)
            ops.append((ADD, walk.place(), walk.key, walk.after, ABSENT))
        elif event == 4:
            event = lists.differ()
            walk.count = len(ops)
            if event:
                continue
        else:
            lists.restructure()
            walk.count = len(ops)
            event = walk.leave()
            if event:
                continue
        walk.count = len(ops)
        event = walk.step()
    return ops


class _Lists:
    """What is to be done in the lists that differ, from the innermost one outwards."""

    if not cython.compiled:
        __slots__ = ("at", "marks", "ops", "structures", "walk")

    def __init__(self, walk: Walk, ops: list[Any], at: Cursor, by_value: bool) -> None:
        self.walk = walk
        self.ops = ops
        self.at = at
        self.marks = Marks(by_value)
        self.structures: list[Any] = []  # what becomes of the items of each list that is entered

    def differ(self) -> int:
        """Say how the walk goes on in a list whose items at `walk.index` differ."""
        walk = self.walk
        a, b = walk.lists()
        start = walk.index
        size_a = len(a)
        size_b = len(b)
        here = self.at
        rule: Any = None
        if here is not NOWHERE:
            for part in walk.path():
                here = here.item() if type(part) is int else here.member(part)
            rule = here.rule
            if rule == "atomic":
                return self._replace(a, b)
        pairing = rule is None or rule == "aligned"
        if rule == "position" or (pairing and size_a == size_b and start == size_a - 1):
            self.structures.append((start, None) if size_a != size_b else None)
            walk.by_position(start + 1 if walk.entered else start)
            return 0
        keys_a: Any = None
        keys_b: Any = None
        if type(rule) is tuple:
            keys_a = _merge_keys(a, start, rule, here.item())
            keys_b = _merge_keys(b, start, rule, here.item())
            pairing = keys_a is None or keys_b is None
        same = False  # whether items with one key are equal, so that nothing in them is to be found
        if keys_a is None or keys_b is None:
            keys_a, keys_b, same = _found_keys(a, b, start, walk.by_value)
        if keys_a is None or keys_b is None:  # they are told apart by all they hold
            same = True
            stop_a = size_a
            stop_b = size_b
            while (
                stop_a > start
                and stop_b > start
                and (stop_a > start + 1 or stop_b > start + 1)  # the first two are known to differ
                and self._agree(a[stop_a - 1], b[stop_b - 1])
            ):
                stop_a -= 1
                stop_b -= 1
            if stop_a == start or stop_b == start:
                keys_a, keys_b = list(range(stop_a - start)), list(range(stop_b - start))
            elif stop_a - start == 1 and stop_b - start == 1 and pairing:
                keys_a, keys_b = [0], [1]
            else:
                keys_a = [None] * (stop_a - start)
                keys_b = [None] * (stop_b - start)
                if stop_a == stop_b:  # what is equal in place belongs together
                    for index in range(1, stop_a - start):
                        if self._agree(a[start + index], b[start + index]):
                            keys_a[index] = keys_b[index] = -index
                seen: dict[Any, Any] = {}
                self.marks.keys(a, start, keys_a, seen)
                self.marks.keys(b, start, keys_b, seen)
        elif not same and keys_a == keys_b:
            self.structures.append(None)
            walk.by_position(start + 1 if walk.entered else start)
            return 0
        pairs, structure = align(keys_a, keys_b, start, same, pairing)
        if walk.entered:
            if len(pairs) > 1 and pairs[0] == start and pairs[1] == start:
                del pairs[:2]  # that pair has been walked through
            else:
                del self.ops[walk.mark :]
        self.structures.append(structure)
        walk.by_pairs(pairs)
        return 0

    def _agree(self, x: Any, y: Any) -> bool:
        """Return whether two items are equal.

        What differs is looked at again when it is entered: in lists within lists each item is
        therefore marked, once and for all, so that no depth makes this quadratic.
        """
        if len(self.structures) < 8:
            return self.marks.same(x, y)
        return self.marks.agree(x, y)

    def _replace(self, a: list[Any], b: list[Any]) -> int:
        """Replace the list at hand."""
        walk = self.walk
        del self.ops[walk.mark :]
        check(a)
        check(b)
        place = walk.place()
        if place:
            self.ops.append((REPLACE, place[0], place[1], b, a))
        else:
            self.ops.append((REPLACE, None, None, b, a))
        walk.count = len(self.ops)
        return walk.leave()

    def restructure(self) -> None:
        """Add the operations that remove, move and add items of the list at hand."""
        structure = self.structures.pop()
        if structure is None:
            return
        a, b = self.walk.lists()
        place = self.walk.place()
        ops = self.ops
        if structure[1] is None:  # by position: only the end differs
            for index in range(len(a) - 1, len(b) - 1, -1):
                check(a[index])
                ops.append((REMOVE, place, index, ABSENT, a[index]))
            for index in range(len(a), len(b)):
                check(b[index])
                ops.append((ADD, place, index, b[index], ABSENT))
            return
        for what, index, other in steps(structure):
            if what == 0:
                check(a[index])
                ops.append((REMOVE, place, index, ABSENT, a[index]))
            elif what == 1:
                check(b[other])
                ops.append((ADD, place, index, b[other], ABSENT))
            else:
                ops.append((MOVE, place, index, other, ABSENT))


def _merge_keys(items: list[Any], start: int, names: tuple[str, ...], at: Cursor) -> Any:
    """Return the merge keys of the items, None where they do not tell them all apart."""
    keys: list[Any] = []
    for index in range(start, len(items)):
        item = items[index]
        if not isinstance(item, dict):
            return None
        key: list[Any] = []
        for name in names:
            value = item[name] if name in item else at.default(name)
            if type(value) not in LEAVES:
                return None
            key.append((type(value), value))
        keys.append(tuple(key))
    return keys if len(set(keys)) == len(keys) else None


def _found_keys(a: list[Any], b: list[Any], start: int, by_value: bool) -> Any:
    """Return keys of the items of both lists, and whether those of one key are equal."""
    first = a[start] if start < len(a) else b[start]
    kind = type(first)
    if kind in LEAVES:
        if (kind is str or kind is int) and _all_of(a, start, kind) and _all_of(b, start, kind):
            return a[start:], b[start:], True
        keys_a = _leaf_keys(a, start, by_value)
        keys_b = None if keys_a is None else _leaf_keys(b, start, by_value)
        return keys_a, keys_b, True
    if isinstance(first, dict):
        if "metadata" in first:
            keys_a = _object_keys(a, start)
            keys_b = None if keys_a is None else _object_keys(b, start)
            if _tell_apart(keys_a, keys_b):
                return keys_a, keys_b, False
        for name in _NAMES:
            if name in first:
                keys_a = _named(a, start, name)
                keys_b = None if keys_a is None else _named(b, start, name)
                if _tell_apart(keys_a, keys_b):
                    return keys_a, keys_b, False
    return None, None, False


def _tell_apart(keys_a: Any, keys_b: Any) -> bool:
    """Return whether no key stands twice in one of two lists of keys."""
    if keys_b is None:
        return False
    if len(keys_a) > 1 and len(set(keys_a)) != len(keys_a):
        return False
    return len(keys_b) < 2 or keys_a == keys_b or len(set(keys_b)) == len(keys_b)


def _all_of(items: list[Any], start: int, kind: Any) -> bool:
    """Return whether all items are of one type."""
    for index in range(start, len(items)):
        if type(items[index]) is not kind:
            return False
    return True


def _leaf_keys(items: list[Any], start: int, by_value: bool) -> Any:
    """Return keys of leaves, None if there are others."""
    keys: list[Any] = []
    for index in range(start, len(items)):
        item = items[index]
        kind = type(item)
        if kind not in LEAVES:
            return None
        if kind is float and item != item:  # noqa: PLR0124  # NaN equals NaN
            keys.append("nan")
        elif by_value and (kind is int or kind is float):
            keys.append((int, item))
        else:
            keys.append((kind, item))
    return keys


def _object_keys(items: list[Any], start: int) -> Any:
    """Return kind, namespace and name of Kubernetes objects, None if they are not that."""
    keys: list[Any] = []
    for index in range(start, len(items)):
        item = items[index]
        if not isinstance(item, dict):
            return None
        entry: dict[str, Any] = item if type(item) is dict else dict(item)
        inner = entry.get("metadata")
        if not isinstance(inner, dict):
            return None
        metadata: dict[str, Any] = inner if type(inner) is dict else dict(inner)
        name = metadata.get("name")
        kind = entry.get("kind")
        namespace = metadata.get("namespace")
        if type(name) is not str or type(kind) not in LEAVES or type(namespace) not in LEAVES:
            return None
        keys.append((kind, namespace, name))
    return keys


def _named(items: list[Any], start: int, name: str) -> Any:
    """Return the texts or whole numbers of this name, None if an item has no such."""
    keys: list[Any] = []
    for index in range(start, len(items)):
        item = items[index]
        if not isinstance(item, dict):
            return None
        entry: dict[str, Any] = item if type(item) is dict else dict(item)
        key = entry.get(name)
        if type(key) is not str and type(key) is not int:
            return None
        keys.append(key)
    return keys


def documents(raw: list[Any]) -> list[Any]:
    """Return operations as RFC 6902 writes them.

    The pointer of a container is put together once for the operations in it.
    """
    written: list[Any] = []
    last: Any = None
    above = ""
    for code, place, part, value, _ in raw:
        if part is None:
            path = ""
        else:
            if place is not last:
                last = place
                above = _pointer(place)
            path = above + (str(part) if type(part) is int else _escape(part))
        if code == MOVE:
            written.append({"op": "move", "path": path, "from": above + str(value)})
        elif value is ABSENT:
            written.append({"op": _OPS[code], "path": path})
        else:
            written.append({"op": _OPS[code], "path": path, "value": value})
    return written


def _pointer(place: Any) -> str:
    """Return the pointer of a place, with the slash behind it."""
    parts: list[Any] = ["/"]
    while place:
        place, part = place
        parts.append(str(part) if type(part) is int else _escape(part))
        parts.append("/")
    parts.reverse()
    return "".join(parts)


def _escape(part: str) -> str:
    if "~" in part or "/" in part:
        return part.replace("~", "~0").replace("/", "~1")
    return part
