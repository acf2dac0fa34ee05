"""Sets of field paths as nested dicts, and what can be done with them.

1. A node maps each element to the node below it. `SELF` in a node says that the path of the node
   is in the set; every node but the root has something in it.
2. No node is ever changed once it is made, so results share what did not change: where nothing
   was taken from a node or added to it, the result is that node.
3. Depth is bounded where a set is made, so the functions here may call themselves.
"""
# ruff: noqa: FBT002, FBT003  # compiled functions call each other by position
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from reconcile.errors import Fault, LimitError, ObjectError
from reconcile.value.frozen import FrozenDict
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import describe

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from ._elements_cy import element, element_order

    def as_dict(value: Any) -> dict[str, Any]:
        """Return a dict as what is iterated fast."""
        return value  # type: ignore[no-any-return]  # the caller has looked


if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.value.types import JsonObject

__all__ = [
    "EMPTY",
    "LEAF",
    "SELF",
    "Trie",
    "contains",
    "difference",
    "intersection",
    "leaves",
    "matching",
    "of_path",
    "of_paths",
    "ordered",
    "read",
    "recursive_difference",
    "union",
    "without_self",
    "written",
]

Trie: TypeAlias = dict[str, "Trie"]
"""A node; never changed once it is made."""

SELF: Final = "."
"""Says of a node that its own path is in the set, beside what is below it."""
EMPTY: Final[Trie] = {}
LEAF: Final[Trie] = {SELF: EMPTY}
_NOTHING: Final = FrozenDict()


def union(a: Trie, b: Trie) -> Trie:
    """Return the paths that are in one of two sets."""
    if a is b or not b:
        return a
    if not a:
        return b
    result: Trie | None = None
    for key, below in b.items():
        mine = a.get(key)
        if mine is None:
            added = below
        elif mine is below or (added := union(mine, below)) is mine:
            continue
        if result is None:
            result = dict(a)
        result[key] = added
    return a if result is None else result


def intersection(a: Trie, b: Trie) -> Trie:
    """Return the paths that are in both sets."""
    if a is b or not a:
        return a
    if not b:
        return b
    if len(b) < len(a):
        a, b = b, a
    result: Trie = {}
    whole = True
    for key, below in a.items():
        other = b.get(key)
        if other is None:
            whole = False
        elif key == SELF or below is other:
            result[key] = below
        else:
            both = intersection(below, other)
            if both is not below:
                whole = False
            if both:
                result[key] = both
    return a if whole else result


def difference(a: Trie, b: Trie) -> Trie:
    """Return the paths that are in `a` and not in `b`."""
    if a is b:
        return EMPTY
    if not b or not a:
        return a
    result: Trie | None = None
    for key in b if len(b) < len(a) else a:
        below = a.get(key)
        other = b.get(key)
        if below is None or other is None:
            continue
        rest = EMPTY
        if key != SELF:
            rest = difference(below, other)
            if rest is below:
                continue
        if result is None:
            result = dict(a)
        if rest:
            result[key] = rest
        else:
            del result[key]
    return a if result is None else result


def recursive_difference(a: Trie, b: Trie) -> Trie:
    """Return the paths of `a` that are neither in `b` nor below a path in `b`."""
    if not b or not a:
        return a
    result: Trie | None = None
    for key in b if len(b) < len(a) else a:
        below = a.get(key)
        other = b.get(key)
        if below is None or other is None:
            continue
        rest = EMPTY
        if key != SELF and SELF not in other:
            rest = recursive_difference(below, other)
            if rest is below:
                continue
        if result is None:
            result = dict(a)
        if rest:
            result[key] = rest
        else:
            del result[key]
    return a if result is None else result


def without_self(a: Trie) -> Trie:
    """Return the paths without that of the node itself."""
    if SELF not in a:
        return a
    result = dict(a)
    del result[SELF]
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


def of_paths(paths: Iterable[Iterable[str]]) -> Trie:
    """Return the set of some paths, their elements written in any form.

    Raises: ObjectError for an element that is none, LimitError for a path that is too long.
    """
    trie = EMPTY
    for path in paths:
        known: list[str] = []
        for part in path:
            one = element(part)
            if one is None:
                raise ObjectError([Fault("", "a path has an element of a kind that is not known")])
            known.append(one)
        if len(known) > MAX_DEPTH:
            raise LimitError("elements in a field path", MAX_DEPTH)
        if known:  # the path of the whole object is in no set
            trie = union(trie, of_path(known))
    return trie


def read(fields: object, depth: int = 0, root: bool = True) -> Trie:
    """Return the set that a `fieldsV1` says, which stands `depth` levels down in a document.

    Guarantees: elements of a kind that is not known are left out with what is below them.
    Raises: ObjectError when it is none, LimitError when it is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if fields is None:
        return EMPTY if root else LEAF
    if not isinstance(fields, dict):
        if not isinstance(fields, Mapping):
            raise ObjectError([Fault("", f"is {describe(fields)}, an object is needed")])
        fields = dict(cast("Mapping[str, object]", fields))
    node: Trie = {}
    for name, below in as_dict(fields).items():
        if name == SELF:
            if not root:
                node[SELF] = EMPTY
        elif (key := element(name)) is not None:
            empty = isinstance(below, dict) and not below
            child = LEAF if empty else read(cast("object", below), depth + 1, False)
            found = node.get(key)
            node[key] = child if found is None else union(found, child)
    if not root and (not node or (len(node) == 1 and SELF in node)):
        return LEAF
    return node


def written(node: Trie, frozen: bool = False) -> JsonObject:
    """Return a set as a `fieldsV1`, read-only if asked for, elements as Kubernetes has them."""
    result: JsonObject = {}
    for key in ordered(node):
        below = node[key]
        if key == SELF or (len(below) == 1 and SELF in below):
            result[key] = _NOTHING if frozen else {}
        else:
            result[key] = written(below, frozen)
    return FrozenDict(result) if frozen else result


def ordered(node: Trie) -> list[str]:
    """Return the elements of a node in the order in which Kubernetes has them."""
    keys = list(node)
    if len(keys) < 2:
        return keys
    for key in keys:
        if key[0] != "f" and key != SELF:
            break
    else:
        keys.sort()  # members are sorted by their names, and `SELF` comes before them
        return keys
    if len(keys) == 2 and SELF in node:
        return [SELF, keys[1] if keys[0] == SELF else keys[0]]
    keys.sort(key=_order)
    return keys


def _order(key: str) -> tuple[int, Any]:
    return (-1, "") if key == SELF else element_order(key)
