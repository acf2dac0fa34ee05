"""Sets of field paths: what server-side apply knows an owner by.

1. A path is a tuple of elements as Kubernetes writes them in `fieldsV1`: `f:spec`,
   `k:{"name":"app"}`, `v:"a"`, `i:0`.
2. A path may be in a set without its parents, and a parent without what is below it.
3. Sets are immutable and share what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from . import _trie_cy as _trie
from ._elements_cy import element, readable
from ._trie_cy import EMPTY, SELF, Trie

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["FieldPath", "FieldSet", "show_path"]

FieldPath: TypeAlias = tuple[str, ...]
"""The elements of a path, outermost first."""


class FieldSet:
    """An immutable set of field paths. Iterating it yields the paths in their order."""

    __slots__ = ("_trie",)

    _trie: Trie

    def __init__(self, paths: Iterable[Iterable[str]] = ()) -> None:
        """Make a set of paths.

        Raises: ObjectError for an element that is none, LimitError for a path that is too long.
        """
        self._trie = _trie.of_paths(paths)

    @classmethod
    def of_trie(cls, trie: Trie) -> FieldSet:
        """Return a set that keeps a trie as it is."""
        made = cls.__new__(cls)
        made._trie = trie
        return made

    @property
    def trie(self) -> Trie:
        """Return the set as nested dicts, which are not to be changed."""
        return self._trie

    @classmethod
    def from_json(cls, fields: Mapping[str, Json] | None) -> FieldSet:
        """Return the set that a `fieldsV1` says; null is the empty set.

        Guarantees: elements of a kind that is not known are left out with what is below them.
        Raises: ObjectError when it is none, LimitError when it is nested too deeply.
        """
        return cls.of_trie(_trie.read(fields))

    def to_json(self) -> JsonObject:
        """Return the set as a `fieldsV1`, elements in the order in which Kubernetes has them."""
        return _trie.written(self._trie)

    def union(self, other: FieldSet) -> FieldSet:
        """Return the paths that are in one of two sets."""
        return FieldSet.of_trie(_trie.union(self._trie, other._trie))

    def intersection(self, other: FieldSet) -> FieldSet:
        """Return the paths that are in both sets."""
        return FieldSet.of_trie(_trie.intersection(self._trie, other._trie))

    def difference(self, other: FieldSet) -> FieldSet:
        """Return the paths that are in this set and not in the other one."""
        return FieldSet.of_trie(_trie.difference(self._trie, other._trie))

    def recursive_difference(self, other: FieldSet) -> FieldSet:
        """Return the paths of this set that are neither in the other one nor below its paths."""
        return FieldSet.of_trie(_trie.recursive_difference(self._trie, other._trie))

    def matching(self, pattern: FieldSet) -> FieldSet:
        """Return the paths at and below the paths of a pattern, and those above them.

        Shape: a pattern is a set in which the element * is any element, as in `of_pattern`.
        """
        return FieldSet.of_trie(_trie.matching(self._trie, pattern._trie))

    @classmethod
    def of_pattern(cls, paths: Iterable[Iterable[str]]) -> FieldSet:
        """Return a pattern for `matching`: paths in which * may stand for any element."""
        trie = EMPTY
        for path in paths:
            parts = [part if part == "*" else element(part) or "*" for part in path]
            trie = _trie.union(trie, _trie.of_path(parts))
        return cls.of_trie(trie)

    def leaves(self) -> FieldSet:
        """Return the paths that have no path of the set below them."""
        return FieldSet.of_trie(_trie.leaves(self._trie))

    __or__ = union
    __and__ = intersection
    __sub__ = difference

    def __contains__(self, path: object) -> bool:
        return isinstance(path, tuple) and _trie.contains(self._trie, cast("tuple[str, ...]", path))

    def __iter__(self) -> Iterator[FieldPath]:
        stack: list[tuple[FieldPath, Trie]] = [((), self._trie)]
        while stack:
            path, node = stack.pop()
            if SELF in node:
                yield path
            below = reversed(_trie.ordered(_trie.without_self(node)))
            stack.extend(((*path, key), node[key]) for key in below)

    def __len__(self) -> int:
        number = 0
        stack = [self._trie]
        while stack:
            node = stack.pop()
            number += SELF in node
            stack.extend(below for key, below in node.items() if key != SELF)
        return number

    def __bool__(self) -> bool:
        return bool(self._trie)

    def __eq__(self, other: object) -> bool:
        return self._trie == other._trie if isinstance(other, FieldSet) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self))

    def __repr__(self) -> str:
        return f"FieldSet({list(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return FieldSet, (list(self),)


def show_path(path: Iterable[str]) -> str:
    """Return a path as people read it, as in `.spec.containers[name="app"].image`."""
    return readable(path)
