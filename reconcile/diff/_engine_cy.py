"""The operations that turn one document into another, as raw tuples, in one fixed order.

1. A raw operation is (code, place, last part, value, value before). A place is (place above, part)
   and () for the whole document, so that nothing is put together until somebody looks.
2. Values are references into the two documents.
3. How items of a list find each other is decided here; the walk over all else is value's.
4. The order is specified in `compute.diff`. It depends on the documents only.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false
# mypy: disable-error-code="name-defined,no-any-return,no-untyped-def"
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from reconcile.errors import LimitError
from reconcile.value._walk_cy import MAX_LEVELS, Walk, check, container
from reconcile.value.types import ABSENT

from .list_rules import NOWHERE, Cursor

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

__all__ = ["ADD", "BUILD", "COPY", "MOVE", "REMOVE", "REPLACE", "TEST", "operations"]

ADD, REMOVE, REPLACE, MOVE, COPY, TEST = range(6)
BUILD = "compiled" if cython.compiled else "plain"

_LEAVES = (str, int, bool, float, type(None))
_NAMES = ("name", "key", "mountPath", "containerPort", "port", "id", "uid", "ip", "path", "type")
"""Members by which items of a list are told apart where nobody says how, in this order."""


def operations(before: Any, after: Any, at: Cursor, by_value: bool) -> list[Any]:
    """Return the raw operations from `before` to `after`."""
    ops: list[Any] = []
    walk = Walk(by_value)
    structures: list[Any] = []
    classes = _Classes(by_value)
    if walk.start(before, after):
        check(before)
        check(after)
        ops.append((REPLACE, None, None, after, before))
        return ops
    event = walk.step()
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
            event = _list_differs(walk, ops, structures, classes, at)
            walk.count = len(ops)
            if event:
                continue
        else:
            structure = structures.pop()
            if structure is not None:
                _restructure(walk, ops, structure)
                walk.count = len(ops)
            event = walk.leave()
            if event:
                continue
        walk.count = len(ops)
        event = walk.step()
    return ops


def _list_differs(
    walk: Walk, ops: list[Any], structures: list[Any], classes: _Classes, at: Cursor
) -> int:
    """Say how the walk goes on in a list whose items at `walk.index` differ."""
    a, b = walk.lists()
    start = walk.index
    here = at
    if at is not NOWHERE:
        for part in walk.path():
            here = here.item() if type(part) is int else here.member(part)
    rule = here.rule
    size = len(a)
    if rule == "atomic":
        del ops[walk.mark :]
        path = walk.path()
        place: Any = ()
        for part in path[:-1]:
            place = (place, part)
        check(a)
        check(b)
        if path:
            ops.append((REPLACE, place, path[-1], b, a))
        else:
            ops.append((REPLACE, None, None, b, a))
        walk.count = len(ops)
        return walk.leave()
    one = size == len(b) and start == size - 1
    if rule == "position" or (one and (rule is None or rule == "aligned")):
        structures.append((start, len(a), len(b), None, None) if size != len(b) else None)
        walk.by_position(start + 1 if walk.entered else start)
        return 0
    keys_a = keys_b = None
    if isinstance(rule, tuple):
        keys_a = _merge_keys(a, start, rule, here.item())
        keys_b = _merge_keys(b, start, rule, here.item())
        pairing = keys_a is None or keys_b is None
    else:
        pairing = rule != "set"
    same = False  # whether items with one key are equal, so that nothing in them is to be found
    if keys_a is None or keys_b is None:
        keys_a, keys_b, same = _found_keys(a, b, start, walk)
    if keys_a is None or keys_b is None:  # they are told apart by all they hold
        stop_a, stop_b = size, len(b)
        while (
            stop_a > start
            and stop_b > start
            and (stop_a > start + 1 or stop_b > start + 1)  # the first two are known to differ
            and _equal(walk, a[stop_a - 1], b[stop_b - 1])
        ):
            stop_a -= 1
            stop_b -= 1
        if stop_a - start == 1 and stop_b - start == 1 and pairing:
            keys_a, keys_b = [0], [1]
        elif stop_a == start or stop_b == start:
            keys_a, keys_b = list(range(stop_a - start)), list(range(stop_b - start))
        else:
            keys_a = [classes.of(a[index]) for index in range(start, stop_a)]
            keys_b = [classes.of(b[index]) for index in range(start, stop_b)]
        same = True
    elif not same and keys_a == keys_b:
        structures.append(None)
        walk.by_position(start + 1 if walk.entered else start)
        return 0
    pairs, structure = _align(keys_a, keys_b, start, same, pairing)
    if walk.entered:
        if len(pairs) > 1 and pairs[0] == start and pairs[1] == start:
            del pairs[:2]  # that pair has been walked through
        else:
            del ops[walk.mark :]
    structures.append(structure)
    walk.by_pairs(pairs)
    return 0


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
            if type(value) not in _LEAVES:
                return None
            key.append((type(value), value))
        keys.append(tuple(key))
    return keys if len(set(keys)) == len(keys) else None


def _found_keys(a: list[Any], b: list[Any], start: int, walk: Walk) -> Any:
    """Return keys of the items of both lists, and whether those of one key are equal."""
    window_a, window_b = a[start:], b[start:]
    first = window_a[0] if window_a else window_b[0]
    if type(first) in _LEAVES:
        kinds = set(map(type, window_a))
        kinds.update(map(type, window_b))
        if kinds == {str} or kinds == {int}:
            return window_a, window_b, True
        if kinds.issubset(_LEAVES):
            return _leaf_keys(window_a, walk), _leaf_keys(window_b, walk), True
        return None, None, False
    if isinstance(first, dict):
        if "metadata" in first:
            keys_a, keys_b = _object_keys(window_a), _object_keys(window_b)
            if keys_a is not None and keys_b is not None:
                return keys_a, keys_b, False
        for name in _NAMES:
            if name in first:
                keys_a = _named(window_a, name)
                if keys_a is not None:
                    keys_b = _named(window_b, name)
                    if keys_b is not None:
                        return keys_a, keys_b, False
    return None, None, False


def _leaf_keys(items: list[Any], walk: Walk) -> list[Any]:
    keys: list[Any] = []
    for item in items:
        kind = type(item)
        if kind is float and item != item:  # noqa: PLR0124  # NaN equals NaN
            keys.append("nan")
        elif walk.by_value and (kind is int or kind is float):
            keys.append((int, item))
        else:
            keys.append((kind, item))
    return keys


def _object_keys(items: list[Any]) -> Any:
    """Return kind, namespace and name of Kubernetes objects, None if they are not that."""
    keys: list[Any] = []
    for item in items:
        metadata = item.get("metadata") if isinstance(item, dict) else None
        if not isinstance(metadata, dict):
            return None
        name = metadata.get("name")
        kind, namespace = item.get("kind"), metadata.get("namespace")
        if type(name) is not str or type(kind) not in _LEAVES or type(namespace) not in _LEAVES:
            return None
        keys.append((kind, namespace, name))
    return keys if len(set(keys)) == len(keys) else None


def _named(items: list[Any], name: str) -> Any:
    """Return the texts or whole numbers of this name, None if they do not tell all items apart."""
    keys: list[Any] = []
    for item in items:
        if not isinstance(item, dict):
            return None
        key = item.get(name)
        if type(key) is not str and type(key) is not int:
            return None
        keys.append(key)
    return keys if len(set(keys)) == len(keys) else None


def _equal(walk: Walk, x: Any, y: Any) -> bool:
    other = Walk(walk.by_value)
    return other.start(x, y) == 0 and other.step() == 0


class _Classes:
    """Numbers for values: one number, one value. Each container is numbered once.

    The documents outlive the diff, so the identities of their containers stay theirs.
    """

    def __init__(self, by_value: bool) -> None:
        self.by_value = by_value
        self.numbers: dict[Any, int] = {}
        self.known: dict[int, int] = {}

    def of(self, value: Any) -> int:
        """Return the number of a value. Its parts are looked up by number: no hash decides."""
        inside = container(value)
        if inside is None:
            return self._leaf(value)
        numbers, known = self.numbers, self.known
        number = known.get(id(value), -1)
        if number >= 0:
            return number
        # Frames: iterator over the items, keys (None for a list), numbers of items, identity.
        frames: list[Any] = [_frame(inside, id(value))]
        while True:
            iterator, keys, parts, identity = frames[-1]
            for item in iterator:
                inside = container(item)
                if inside is None:
                    parts.append(self._leaf(item))
                elif id(item) in known:
                    parts.append(known[id(item)])
                else:
                    if len(frames) > MAX_LEVELS:
                        raise LimitError("levels of nesting", MAX_LEVELS)
                    frames.append(_frame(inside, id(item)))
                    break
            else:
                key: Any = (
                    ("list", *parts) if keys is None else frozenset(zip(keys, parts, strict=True))
                )
                number = known[identity] = numbers.setdefault(key, len(numbers))
                frames.pop()
                if not frames:
                    return number
                frames[-1][2].append(number)

    def _leaf(self, value: Any) -> int:
        kind = type(value)
        if kind is float and value != value:  # noqa: PLR0124  # NaN equals NaN
            key: Any = ("nan",)
        elif self.by_value and (kind is int or kind is float):
            key = (int, value)
        else:
            key = (kind, value)
        return self.numbers.setdefault(key, len(self.numbers))


def _frame(inside: Any, identity: int) -> Any:
    if isinstance(inside, dict):
        return iter(inside.values()), list(inside), [], identity
    return iter(inside), None, [], identity


def _align(keys_a: list[Any], keys_b: list[Any], start: int, same: bool, pairing: bool) -> Any:
    """Return which items are compared with each other, and what becomes of the rest.

    Shape: pairs as index, index, ...; then (removed indices of a, falling; moved indices of a;
        for each index of b that is not kept in place, in order, where it comes from in a or -1;
        the kept indices of a; of b).
    """
    low, stop_a, stop_b = 0, len(keys_a), len(keys_b)
    while stop_a and stop_b and keys_a[stop_a - 1] == keys_b[stop_b - 1]:
        stop_a -= 1
        stop_b -= 1
    while low < stop_a and low < stop_b and keys_a[low] == keys_b[low]:
        low += 1
    wanted = _matches(keys_a, keys_b, low, stop_a, stop_b)
    kept = _longest_rising(wanted)
    partner: list[int] = wanted[:]  # of the items of a in the window, by index in the window
    taken = [False] * (stop_b - low)
    for index in wanted:
        if index >= 0:
            taken[index] = True
    if pairing:  # what is left over between two kept items is paired in order
        left = right = 0
        for anchor in [*kept, stop_a - low]:
            end = wanted[anchor] if anchor < stop_a - low else stop_b - low
            while left < anchor:
                if wanted[left] < 0:
                    while right < end and taken[right]:
                        right += 1
                    if right == end:
                        break
                    partner[left] = right
                    right += 1
                left += 1
            left, right = anchor + 1, end + 1
    pairs: list[int] = []
    if not same:
        for index in range(low):
            pairs.append(start + index)
            pairs.append(start + index)
    for index, other in enumerate(partner):
        if other >= 0 and (not same or wanted[index] < 0):
            pairs.append(start + low + index)
            pairs.append(start + low + other)
    if not same:
        for index in range(len(keys_a) - stop_a):
            pairs.append(start + stop_a + index)
            pairs.append(start + stop_b + index)
    return pairs, _structure(partner, wanted, kept, start + low, stop_b - low)


def _structure(
    partner: list[int], wanted: list[int], kept: list[int], start: int, size: int
) -> Any:
    """Return what is removed, moved and added, None when all stay where they are."""
    stays = set(kept)
    source = [-1] * size  # for each item of b in the window, which item of a it is
    removed: list[int] = []
    moved: list[int] = []
    for index, other in enumerate(partner):
        if other < 0:
            removed.append(index)
        else:
            source[other] = index
            if wanted[index] >= 0:
                if index not in stays:
                    moved.append(index)
            else:
                stays.add(index)
    if not removed and not moved and -1 not in source:
        return None
    removed.reverse()
    return start, removed, moved, source, stays


def _matches(keys_a: list[Any], keys_b: list[Any], low: int, stop_a: int, stop_b: int) -> list[int]:
    """Return for each item of a which of b has its key, -1 for none; each of b at most once."""
    window = keys_b[low:stop_b]
    where: dict[Any, int] = dict(zip(window, range(len(window)), strict=True))
    if len(where) == len(window):
        return [where.pop(key, -1) for key in keys_a[low:stop_a]]
    queues: dict[Any, list[int]] = {}
    for index in range(len(window) - 1, -1, -1):
        queues.setdefault(window[index], []).append(index)
    found: list[int] = []
    for key in keys_a[low:stop_a]:
        queue = queues.get(key)
        found.append(queue.pop() if queue else -1)
    return found


def _longest_rising(values: list[int]) -> list[int]:
    """Return the indices of a longest rising subsequence; negative values do not count."""
    ends: list[int] = []  # the smallest last value of a subsequence of each length
    at: list[int] = []  # and its index
    above: list[int] = [-1] * len(values)
    for index, value in enumerate(values):
        if value < 0:
            continue
        if not ends or value > ends[-1]:
            place = len(ends)
            ends.append(value)
            at.append(index)
        else:
            place = bisect_left(ends, value)
            ends[place] = value
            at[place] = index
        if place:
            above[index] = at[place - 1]
    rising: list[int] = []
    index = at[-1] if at else -1
    while index >= 0:
        rising.append(index)
        index = above[index]
    rising.reverse()
    return rising


def _restructure(walk: Walk, ops: list[Any], structure: Any) -> None:
    """Add the operations that remove, move and add items of the list at hand."""
    a, b = walk.lists()
    place = walk.place()
    if structure[3] is None:  # by position: only the end differs
        start, size_a, size_b = structure[0], structure[1], structure[2]
        for index in range(size_a - 1, size_b - 1, -1):
            check(a[index])
            ops.append((REMOVE, place, index, ABSENT, a[index]))
        for index in range(max(size_a, start), size_b):
            check(b[index])
            ops.append((ADD, place, index, b[index], ABSENT))
        return
    start, removed, moved, source, stays = structure
    for index in removed:
        check(a[start + index])
        ops.append((REMOVE, place, start + index, ABSENT, a[start + index]))
    if not moved:
        for target, index in enumerate(source):
            if index < 0:
                check(b[start + target])
                ops.append((ADD, place, start + target, b[start + target], ABSENT))
        return
    # Everything before the item to be put is as in b, but for items still to be moved away, which
    # are counted by a tree of sums over the indices of a.
    size = len(stays) + len(moved) + len(removed)
    tree = [0] * (size + 1)
    for index in moved:
        at = index + 1
        while at <= size:
            tree[at] += 1
            at += at & -at
    slots = sorted(stays)
    # For each kept item, how many items come before it in b: those put before it.
    position = {index: target for target, index in enumerate(source) if index >= 0}
    anchor = -1  # the kept item of a that the last item of b in place is, or stands behind
    for target, index in enumerate(source):
        if index in stays:
            anchor = index
            continue
        waiting = _sum(tree, anchor + 1)
        if index < 0:
            check(b[start + target])
            ops.append((ADD, place, start + target + waiting, b[start + target], ABSENT))
            continue
        rank = bisect_left(slots, index)
        if anchor < index:  # all that has been put stands before it
            put = target - bisect_left(slots, anchor + 1)
        elif rank < len(slots):
            put = position[slots[rank]] - rank
        else:
            put = target - rank
        origin = rank + put + _sum(tree, index)
        goal = target + waiting
        if origin < goal:
            goal -= 1
        at = index + 1
        while at <= size:
            tree[at] -= 1
            at += at & -at
        if origin != goal:
            ops.append((MOVE, place, start + goal, start + origin, ABSENT))


def _sum(tree: list[int], count: int) -> int:
    """Return how many of the first `count` indices wait to be moved."""
    total = 0
    while count > 0:
        total += tree[count]
        count -= count & -count
    return total
