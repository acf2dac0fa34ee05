"""Sets of field paths as nested dicts, and what can be done with them.

1. A node maps each element to the node below it. `SELF` in a node says that the path of the node
   is in the set; every node but the root has something in it.
2. No node is ever changed once it is made, so results share what did not change.
3. Depth is bounded where a set is made, so the functions here may call themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from ._elements import SELF

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EMPTY", "LEAF", "Trie"]

Trie: TypeAlias = dict[str, "Trie"]
"""A node; never changed once it is made."""

EMPTY: Final[Trie] = {}
LEAF: Final[Trie] = {SELF: EMPTY}


def union(a: Trie, b: Trie) -> Trie:
    """Return the paths that are in one of two sets."""
    if a is b or not b:
        return a
    if not a:
        return b
    result = dict(a)
    for key, below in b.items():
        mine = a.get(key)
        if mine is None:
            result[key] = below
        elif mine is not below:
            result[key] = union(mine, below)
    return result


def intersection(a: Trie, b: Trie) -> Trie:
    """Return the paths that are in both sets."""
    if a is b:
        return a
    if len(b) < len(a):
        a, b = b, a
    result: Trie = {}
    for key, below in a.items():
        other = b.get(key)
        if other is None:
            continue
        if key == SELF:
            result[key] = below
        elif both := intersection(below, other):
            result[key] = both
    return result


def difference(a: Trie, b: Trie) -> Trie:
    """Return the paths that are in `a` and not in `b`."""
    if a is b:
        return EMPTY
    if not b:
        return a
    result: Trie = {}
    for key, below in a.items():
        other = b.get(key)
        if other is None:
            result[key] = below
        elif key != SELF and (rest := difference(below, other)):
            result[key] = rest
    return result


def recursive_difference(a: Trie, b: Trie) -> Trie:
    """Return the paths of `a` that are neither in `b` nor below a path in `b`."""
    if not b:
        return a
    result: Trie = {}
    for key, below in a.items():
        other = b.get(key)
        if other is None:
            result[key] = below
        elif key != SELF and SELF not in other and (rest := recursive_difference(below, other)):
            result[key] = rest
    return result


def leaves(a: Trie) -> Trie:
    """Return the paths that have no path of the set below them."""
    if len(a) == 1 and SELF in a:
        return a
    return {key: leaves(below) for key, below in a.items() if key != SELF}


def matching(a: Trie, pattern: Trie) -> Trie:
    """Return the paths that a pattern names, and their parents; * in it is any element.

    A node of the pattern that holds `SELF` names all that is below it.
    """
    if SELF in pattern:
        return a
    result: Trie = {}
    anything = pattern.get("*")
    for key, below in a.items():
        if key == SELF:
            continue
        found: Trie = EMPTY
        wanted = pattern.get(key) if anything is None else anything
        if wanted is not None:
            kept = matching(below, wanted)
            found = union(kept, LEAF) if SELF in below else kept
        if found:
            result[key] = found
    return result


def contains(a: Trie, path: Sequence[str]) -> bool:
    """Return whether a path is in the set."""
    for key in path:
        below = a.get(key)
        if below is None or key == SELF:
            return False
        a = below
    return SELF in a


def of_path(path: Sequence[str], below: Trie = LEAF) -> Trie:
    """Return the set of what is below one path, by itself that path alone."""
    for key in reversed(path):
        below = {key: below}
    return below
