"""The lockstep walk over two documents: from one difference to the next, in one fixed order.

1. Everything that compares two documents walks here: `equal` stops at the first difference, `diff`
   goes on to the next one.
2. The walk keeps frames of its own instead of recursing: any depth, from any stack.
3. The order is that of `before`: members as they stand in it, each walked through before the next,
   then the members that only `after` has. What becomes of a list that differs, the caller says.
4. The compiled body of `step` stands in _walk_cy.pxd; the two bodies do the same.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false
# mypy: disable-error-code="name-defined,no-any-return"
# pyright: reportUndefinedVariable=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconcile.errors import LimitError

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

__all__ = ["LEAVES", "MAX_LEVELS", "Walk", "check", "container", "refuse_key"]

MAX_LEVELS = 100_000
"""Levels of nesting after which a document is taken to contain itself."""

# Events: DONE 0, CHANGED 1 (key, before, after), REMOVED 2 (key, before), ADDED 3 (key, after),
# LIST 4 (index; entered, mark: the item there has been walked through), LEFT 5 (call `leave`).
# Modes of a frame: members 0, items until one differs 1, by position 2, by pairs 3, additions 4.

LEAVES = frozenset({str, int, bool, float, type(None)})
"""The types of values that hold no others."""
_MISSING = object()


class Walk:
    """A walk over two documents that is told how to go on in lists that differ."""

    if not cython.compiled:
        __slots__ = (
            "after",
            "before",
            "by_value",
            "count",
            "entered",
            "frames",
            "index",
            "key",
            "mark",
        )

    def __init__(self, by_value: bool) -> None:
        self.by_value = by_value
        self.count = 0  # the caller's operations so far; an item without any has no difference
        self.mark = 0
        self.index = 0
        self.entered = False
        self.key: Any = None
        self.before: Any = None
        self.after: Any = None
        if cython.compiled:
            self.top = -1  # type: ignore[misc]
        else:
            self.frames: list[list[Any]] = []

    def __dealloc__(self) -> None:
        if cython.compiled:
            release(self)

    def start(self, before: object, after: object) -> int:
        """Begin with two documents; 1 when they differ at the root."""
        if cython.compiled:
            result = native_start(self, before, after)
            if result >= 0:
                return result
        else:
            self.frames.clear()
        if before is after:
            container(before)
            return 0
        kind = type(before)
        if (
            kind is type(after)
            and kind in LEAVES
            and (before == after or (before != before and after != after))  # noqa: PLR0124  # NaN
        ):
            return 0
        if not cython.compiled and kind is type(after) and kind in (dict, list):
            if same(before, after):
                return 0
        if odd_pair(self, before, after, None) == 1:
            self.key = None
            self.before = before
            self.after = after
            return 1
        return 0

    def step(self) -> int:
        """Go on to the next difference and return which event it is."""
        if cython.compiled:
            return native_step(self)
        leaves = LEAVES
        while self.frames:
            frame = self.frames[-1]
            mode, a, b = frame[0], frame[1], frame[2]
            if mode == 0:
                get = b.get
                found = frame[7]
                for key, x in frame[6]:
                    y = get(key, _MISSING)
                    if x is y:
                        found += 1
                        continue
                    kind = type(x)
                    if kind is type(y) and kind in leaves:
                        found += 1
                        if x == y or (x != x and y != y):  # noqa: PLR0124  # NaN
                            continue
                        frame[7] = found
                        return self._told(1, key, x, y)
                    if y is _MISSING:
                        frame[7] = found
                        return self._told(2, key, x, None)
                    found += 1
                    if (kind is dict and type(y) is dict) or (kind is list and type(y) is list):
                        if not x and not y:
                            continue
                        frame[3] = key
                        frame[7] = found
                        enter(self, x, y, 0 if kind is dict else 1)
                        break
                    frame[7] = found
                    result = odd_pair(self, x, y, key)
                    if result == 2:
                        break
                    if result == 1:
                        return self._told(1, key, x, y)
                else:
                    if found != len(b):
                        frame[0] = 4
                        frame[6] = iter(b.items())
                        continue
                    self.frames.pop()
                    if self._left():
                        return 4
            elif mode == 1:
                event = self._items(frame, a, b)
                if event:
                    return event
            elif mode in {2, 3}:
                event = self._item(frame, a, b)
                if event:
                    return event
            else:
                for key, y in frame[6]:
                    if key not in a:
                        if type(key) is not str:
                            refuse_key(key)
                        return self._told(3, key, None, y)
                self.frames.pop()
                if self._left():
                    return 4
        return 0

    if not cython.compiled:

        def _items(self, frame: list[Any], a: list[Any], b: list[Any]) -> int:
            """Compare items until one differs."""
            leaves = LEAVES
            i = frame[5]
            n, m = len(a), len(b)
            while i < n and i < m:
                x, y = a[i], b[i]
                i += 1
                if x is y:
                    continue
                kind = type(x)
                if kind is type(y) and kind in leaves:
                    if x == y or (x != x and y != y):  # noqa: PLR0124  # NaN
                        continue
                else:
                    frame[5] = i
                    frame[8] = self.count
                    if (kind is dict and type(y) is dict) or (kind is list and type(y) is list):
                        enter(self, x, y, 0 if kind is dict else 1)
                        return 0
                    result = odd_pair(self, x, y, None)
                    if result == 2:
                        return 0
                    if result == 0:
                        continue
                frame[5] = i
                self.index = i - 1
                self.mark = self.count
                self.entered = False
                return 4
            frame[5] = i
            if n != m:
                self.index = i
                self.mark = self.count
                self.entered = False
                return 4
            self.frames.pop()
            return 4 if self._left() else 0

        def _item(self, frame: list[Any], a: list[Any], b: list[Any]) -> int:
            """Compare the next items by position, or the next of the pairs."""
            while True:
                if frame[0] == 2:
                    i = k = frame[5]
                    if i >= len(a) or i >= len(b):
                        return 5
                else:
                    at = frame[7]
                    if at >= len(frame[9]):
                        return 5
                    i, k = frame[9][at], frame[9][at + 1]
                    frame[7] = at + 2
                x, y = a[i], b[k]
                frame[5] = i + 1
                if x is y:
                    continue
                kind = type(x)
                if kind is type(y) and kind in LEAVES:
                    if x == y or (x != x and y != y):  # noqa: PLR0124  # NaN
                        continue
                else:
                    result = odd_pair(self, x, y, None)
                    if result == 2:
                        return 0
                    if result == 0:
                        continue
                return self._told(1, i, x, y)

        def _told(self, event: int, key: Any, before: Any, after: Any) -> int:
            if type(key) is not str and type(key) is not int:
                refuse_key(key)
            self.key = key
            self.before = before
            self.after = after
            return event

        def _left(self) -> bool:
            """Tell of an item in which something changed, now that it has been walked through."""
            if not self.frames:
                return False
            frame = self.frames[-1]
            if frame[0] != 1 or frame[8] == self.count:
                return False
            self.index = frame[5] - 1
            self.mark = frame[8]
            self.entered = True
            return True

    def place(self) -> Any:
        """Return the place of the container at hand, put together once for each frame.

        Shape: (place above, key or index); () is the whole document.
        """
        if cython.compiled:
            return native_place(self)
        at = len(self.frames) - 1
        while at and self.frames[at][4] is None:
            at -= 1
        if self.frames[at][4] is None:
            self.frames[at][4] = ()
        place = self.frames[at][4]
        for index in range(at, len(self.frames) - 1):
            frame = self.frames[index]
            place = (place, frame[5] - 1 if frame[3] is None else frame[3])
            self.frames[index + 1][4] = place
        return place

    def path(self) -> list[Any]:
        """Return the keys and indices that lead to the container at hand."""
        if cython.compiled:
            return native_path(self)
        return [frame[5] - 1 if frame[3] is None else frame[3] for frame in self.frames[:-1]]

    def lists(self) -> tuple[list[Any], list[Any]]:
        """Return the two lists at hand; of a list of another type, a copy."""
        if cython.compiled:
            a, b = native_lists(self)
        else:
            a, b = self.frames[-1][1], self.frames[-1][2]
        return a if type(a) is list else list(a), b if type(b) is list else list(b)

    def by_position(self, start: int) -> None:
        """Go on in the list at hand by position."""
        if cython.compiled:
            native_lead(self, 2, start, None)
        else:
            self.frames[-1][0] = 2
            self.frames[-1][5] = start

    def by_pairs(self, pairs: list[int]) -> None:
        """Go on in the list at hand with these pairs of items: index, index, index, ..."""
        if cython.compiled:
            native_lead(self, 3, 0, pairs)
        else:
            frame = self.frames[-1]
            frame[0] = 3
            frame[7] = 0
            frame[9] = pairs

    def leave(self) -> int:
        """Have done with the list at hand; 4 when that was a difference in an item of a list."""
        if cython.compiled:
            pop(self)
            return left(self)
        self.frames.pop()
        return 4 if self._left() else 0


if not cython.compiled:

    def same(a: Any, b: Any) -> bool:
        """Return whether two containers of one type are surely equal.

        The frames of the walk cost three times as much; recursion goes as deep as it is cheap.
        """
        try:
            return _same(a, b, 40)
        except RecursionError:  # the caller's stack is nearly full
            return False

    def _same(a: Any, b: Any, levels: int) -> bool:
        if len(a) != len(b) or not levels:
            return False
        if type(a) is dict:
            try:
                for key, x in a.items():
                    y = b[key]
                    if x is y and type(key) is str:
                        continue
                    kind = type(x)
                    if kind is not type(y) or type(key) is not str:
                        return False
                    if kind is dict or kind is list:
                        if (x or y) and not _same(x, y, levels - 1):
                            return False
                    elif kind not in LEAVES or (x != y and (x == x or y == y)):  # noqa: PLR0124  # NaN
                        return False
            except KeyError:
                return False
            return True
        for x, y in zip(a, b):  # noqa: B905  # they are of one length
            if x is y:
                continue
            kind = type(x)
            if kind is not type(y):
                return False
            if kind is dict or kind is list:
                if (x or y) and not _same(x, y, levels - 1):
                    return False
            elif kind not in LEAVES or (x != y and (x == x or y == y)):  # noqa: PLR0124  # NaN
                return False
        return True

    def enter(walk: Walk, a: Any, b: Any, mode: int) -> None:
        """Begin with two containers."""
        if len(walk.frames) > MAX_LEVELS:
            too_deep()
        if mode == 0:
            for key in a:
                if type(key) is not str:
                    refuse_key(key)
        walk.frames.append(
            [mode, a, b, None, None, 0, iter(a.items()) if mode == 0 else None, 0, 0, None]
        )


def odd_pair(walk: Walk, x: object, y: object, key: object) -> int:
    """Compare what is not two leaves of one type: 0 the same, 1 different, 2 entered.

    Raises: TypeError for what JSON does not have.
    """
    mine = container(x)
    other = container(y)
    if mine is None or other is None:
        if walk.by_value and type(x) in (int, float) and type(y) in (int, float) and x == y:
            return 0
        return 1
    mode = 0 if isinstance(mine, dict) else 1
    if isinstance(other, dict) is not (mode == 0):
        return 1
    if not mine and not other:
        return 0
    if cython.compiled:
        native_enter(walk, mine, other, mode, key)
    else:
        if walk.frames and key is not None:
            walk.frames[-1][3] = key
        enter(walk, mine, other, mode)
    return 2


def container(value: object) -> dict[str, Any] | list[Any] | None:
    """Return a value as a dict or a list, None if it is a leaf. Raises: TypeError if neither."""
    if type(value) in LEAVES:
        return None
    if isinstance(value, (dict, list)):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview)):
        return list(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


def refuse_key(key: object) -> None:
    """Say that JSON has no such key."""
    raise TypeError(f"JSON has no keys of type {type(key).__name__}")


def too_deep() -> None:
    """Say that a document is nested without end."""
    raise LimitError("levels of nesting", MAX_LEVELS)


def check(value: object) -> None:
    """Raise unless a value is JSON to its last leaf.

    Raises: TypeError for a value or a key that JSON does not have; LimitError for a value that
        contains itself.
    """
    if type(value) in LEAVES or (cython.compiled and native_sound(value)):
        return
    levels = [iter((value,))]
    while levels:
        for item in levels[-1]:
            if type(item) in LEAVES:
                continue
            inside = container(item)
            if not inside:
                continue
            if len(levels) > MAX_LEVELS:
                too_deep()
            if isinstance(inside, dict):
                for key in inside:
                    if type(key) is not str:
                        refuse_key(key)
                levels.append(iter(inside.values()))
            else:
                levels.append(iter(inside))
            break
        else:
            levels.pop()
