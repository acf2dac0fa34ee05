"""Marks of values: equal values have equal marks, so that items of lists can find each other.

1. A mark only proposes. The compiled build hashes, and equality decides between items with one
   mark; the plain build numbers values by all they hold, which decides by itself.
2. What is inside a list is marked once, however deep the lists are nested: nothing is quadratic.
3. The compiled body stands in _marks_cy.pxd. Marks are never shown and live as long as one diff.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUndefinedVariable=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false
# mypy: disable-error-code="name-defined,no-any-return"

from __future__ import annotations

from typing import Any

from reconcile.errors import LimitError
from reconcile.value._walk_cy import LEAVES, MAX_LEVELS, Walk, container, refuse_key

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

__all__ = ["Marks"]


class Marks:
    """The marks of the items of lists in two documents, which outlive it."""

    if not cython.compiled:
        __slots__ = ("by_value", "kept", "known", "numbers", "walk")

    def __init__(self, by_value: bool) -> None:
        self.by_value = by_value
        self.walk = Walk(by_value)
        if not cython.compiled:
            self.numbers: dict[Any, int] = {}
            self.known: dict[int, int] = {}
            self.kept: list[Any] = []  # what is known by its identity stays alive

    def __dealloc__(self) -> None:
        if cython.compiled:
            forget(self)

    def same(self, x: Any, y: Any) -> bool:
        """Return whether two values are equal."""
        return self.walk.start(x, y) == 0 and self.walk.step() == 0

    def agree(self, x: Any, y: Any) -> bool:
        """Return whether two items are equal, each looked at once however often it is asked."""
        if type(x) in LEAVES or type(y) in LEAVES:
            return self.same(x, y)
        return self.mark(x) == self.mark(y) and (not cython.compiled or self.same(x, y))

    def keys(self, items: list[Any], start: int, keys: list[Any], seen: dict[Any, Any]) -> None:
        """Fill in the keys that are None, equal exactly for equal items, none negative.

        `keys[0]` is that of the item at `start`; `seen` holds an item for each key, of this list
        and of the other.
        """
        for index in range(len(keys)):
            if keys[index] is not None:
                continue
            item = items[start + index]
            key = self.mark(item)
            if cython.compiled:
                known = seen.setdefault(key, item)
                attempt = 0
                while known is not item and not self.same(known, item):
                    attempt += 1  # two values with one hash
                    key = (key, attempt)
                    known = seen.setdefault(key, item)
            keys[index] = key

    def mark(self, value: Any) -> Any:
        """Return the mark of a value.

        Raises: TypeError for what JSON does not have, LimitError for a value in itself.
        """
        if cython.compiled:
            return native_mark(self, value)
        inside = container(value)
        if inside is None:
            return self._leaf(value)
        numbers, known = self.numbers, self.known
        number = known.get(id(value), -1)
        if number >= 0:
            return number
        # Frames: iterator over the items, keys (None for a list), marks of items, the container.
        frames: list[Any] = [_frame(inside, value)]
        while True:
            iterator, keys, parts, whole = frames[-1]
            for item in iterator:
                inside = container(item)
                if inside is None:
                    parts.append(self._leaf(item))
                elif id(item) in known:
                    parts.append(known[id(item)])
                else:
                    if len(frames) > MAX_LEVELS:
                        raise LimitError("levels of nesting", MAX_LEVELS)
                    frames.append(_frame(inside, item))
                    break
            else:
                key: Any = (
                    ("list", *parts) if keys is None else frozenset(zip(keys, parts, strict=True))
                )
                number = known[id(whole)] = numbers.setdefault(key, len(numbers))
                self.kept.append(whole)
                frames.pop()
                if not frames:
                    return number
                frames[-1][2].append(number)

    if not cython.compiled:

        def _leaf(self, value: Any) -> int:
            kind = type(value)
            if kind is float and value != value:  # noqa: PLR0124  # NaN equals NaN
                key: Any = ("nan",)
            elif self.by_value and (kind is int or kind is float):
                key = (int, value)
            else:
                key = (kind, value)
            return self.numbers.setdefault(key, len(self.numbers))


def _frame(inside: Any, whole: Any) -> Any:
    if isinstance(inside, dict):
        for key in inside:
            if type(key) is not str:
                refuse_key(key)
        return iter(inside.values()), list(inside), [], whole
    return iter(inside), None, [], whole
