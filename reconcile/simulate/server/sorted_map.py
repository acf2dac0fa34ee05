"""A persistent map sorted by key: a changed copy shares all but the way to the change.

1. A tree of two kinds of nodes, leaves with keys and values, branches with first keys and nodes;
   none is ever changed. Replacing a value shares the keys, so that a write of an object that is
   there costs one tuple a level.
2. At most `_WIDTH` entries a node: lookups stay two or three bisections, and one write in a map of
   thousand entries costs well under a kilobyte (a dict would be copied whole, 26 kB).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, Generic, TypeAlias, TypeVar, cast

__all__ = ["SortedMap"]

V = TypeVar("V")

_WIDTH = 24

# A node: a tuple of its keys, and behind it what stands under each of them, values or nodes. Which
# of the two is known from its depth, so that it needs no object of its own.
_Node: TypeAlias = tuple[Any, ...]

_EMPTY: _Node = ((),)


class SortedMap(Generic[V]):
    """A read-only map from texts that are not empty to values, in the order of its keys.

    Guarantees: nothing changes a map that somebody holds; `set` and `without` return another.
    Cost: `get`, `set` and `without` O(log n); `items` O(log n) and then O(1) an entry.
    """

    __slots__ = ("_depth", "_len", "_root")

    def __init__(self) -> None:
        self._root: _Node = _EMPTY
        self._depth = 0
        self._len = 0

    @classmethod
    def _of(cls, root: _Node, depth: int, length: int) -> SortedMap[V]:
        made: SortedMap[V] = cls.__new__(cls)
        made._root = root
        made._depth = depth
        made._len = length
        return made

    def __len__(self) -> int:
        return self._len

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def get(self, key: str) -> V | None:
        """Return the value of a key, None if there is none."""
        node = self._root
        for _ in range(self._depth):
            node = node[max(bisect_right(node[0], key), 1)]
        keys = node[0]
        at = bisect_left(keys, key)
        return cast("V", node[at + 1]) if at < len(keys) and keys[at] == key else None

    def set(self, key: str, value: V) -> SortedMap[V]:
        """Return a map with one entry more, or one replaced."""
        made, other, added = _set(self._root, self._depth, key, value)
        length = self._len + added
        if other is None:
            return self._of(made, self._depth, length)
        root: _Node = ((made[0][0], other[0][0]), made, other)
        return self._of(root, self._depth + 1, length)

    def without(self, key: str) -> SortedMap[V]:
        """Return a map without a key; the same one if it is not there."""
        made = _without(self._root, self._depth, key)
        if made is self._root:
            return self
        depth = self._depth
        while depth and len(made) == 2:  # a root with one branch is no root
            made, depth = made[1], depth - 1
        return self._of(made if made[0] else _EMPTY, depth if made[0] else 0, self._len - 1)

    def items(self, prefix: str = "", after: str = "") -> Iterator[tuple[str, V]]:
        """Yield the entries whose keys begin with a prefix, from a key on (exclusive), in order."""
        start = max(prefix, after)
        for key, value in _from(self._root, self._depth, start):
            if prefix and not key.startswith(prefix):
                return
            if key != after:
                yield key, cast("V", value)

    def values(self, prefix: str = "") -> Iterator[V]:
        """Yield the values of the keys with a prefix, in the order of the keys."""
        for _, value in self.items(prefix):
            yield value


def _set(node: _Node, depth: int, key: str, value: object) -> tuple[_Node, _Node | None, int]:
    """Return a node with an entry set, its second half if it had to be split, and what it grew."""
    keys = node[0]
    if depth:
        at = max(bisect_right(keys, key), 1)
        made, other, added = _set(node[at], depth - 1, key, value)
        first = made[0][0]
        if first != keys[at - 1]:
            keys = (*keys[: at - 1], first, *keys[at:])
        if other is None:
            return (keys, *node[1:at], made, *node[at + 1 :]), None, added
        keys = (*keys[:at], other[0][0], *keys[at:])
        below = (*node[1:at], made, other, *node[at + 1 :])
    else:
        at = bisect_left(keys, key) + 1
        if at <= len(keys) and keys[at - 1] == key:
            return (*node[:at], value, *node[at + 1 :]), None, 0
        added = 1
        keys = (*keys[: at - 1], key, *keys[at - 1 :])
        below = (*node[1:at], value, *node[at:])
    if len(keys) <= _WIDTH:
        return (keys, *below), None, added
    half = len(keys) // 2
    return (keys[:half], *below[:half]), (keys[half:], *below[half:]), added


def _without(node: _Node, depth: int, key: str) -> _Node:
    keys = node[0]
    if not depth:
        at = bisect_left(keys, key)
        if at == len(keys) or keys[at] != key:
            return node
        return (keys[:at] + keys[at + 1 :], *node[1 : at + 1], *node[at + 2 :])
    at = max(bisect_right(keys, key), 1)
    old = node[at]
    made = _without(old, depth - 1, key)
    if made is old:
        return node
    if not made[0]:
        return (keys[: at - 1] + keys[at:], *node[1:at], *node[at + 1 :])
    if made[0][0] != keys[at - 1]:
        keys = (*keys[: at - 1], made[0][0], *keys[at:])
    return (keys, *node[1:at], made, *node[at + 1 :])


def _from(node: _Node, depth: int, start: str) -> Iterator[tuple[str, object]]:
    keys = node[0]
    if not depth:
        for at in range(bisect_left(keys, start), len(keys)):
            yield keys[at], node[at + 1]
        return
    for at in range(max(bisect_right(keys, start), 1), len(node)):
        yield from _from(node[at], depth - 1, start)
