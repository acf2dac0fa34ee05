"""Which items of two lists belong together, and what moves: by keys alone, whatever they mean.

1. Equal keys find each other, in order. The longest row of pairs that rises on both sides stays in
   place; the other pairs move.
2. O(n log n) in the items between the first and the last that differ.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false

from __future__ import annotations

from array import array
from typing import Any

__all__ = ["STAYS", "align", "steps"]

GONE, STAYS, MOVES = 0, 1, 2
"""The fates of items."""


def align(
    keys_a: list[Any], keys_b: list[Any], start: int, same: bool, pairing: bool
) -> tuple[list[int], Any]:
    """Return which items are compared with each other, and what becomes of the rest.

    Shape: pairs as index, index, ...; None if all stay where they are, else (start; for each item
        of a in the window its fate; and its partner in b or -1; for each item of b its partner in
        a or -1).
    `same`: items with one key are equal. `pairing`: what is left over between two kept items is
    paired in order.
    """
    low = 0
    stop_a = len(keys_a)
    stop_b = len(keys_b)
    while stop_a and stop_b and keys_a[stop_a - 1] == keys_b[stop_b - 1]:
        stop_a -= 1
        stop_b -= 1
    while low < stop_a and low < stop_b and keys_a[low] == keys_b[low]:
        low += 1
    size_a = stop_a - low
    size_b = stop_b - low
    wanted = _matches(keys_a, keys_b, low, stop_a, stop_b)
    kept = _rising(wanted)
    source = [-1] * size_b
    for index in range(size_a):
        other = wanted[index]
        if other >= 0:
            source[other] = index
    partner = wanted
    if pairing and size_a and size_b:
        partner = wanted[:]
        _pair_left(wanted, kept, partner, source)
    pairs: list[int] = []
    if not same:
        for index in range(low):
            pairs.append(start + index)
            pairs.append(start + index)
    for index in range(size_a):
        other = partner[index]
        if other >= 0 and (not same or wanted[index] < 0):
            pairs.append(start + low + index)
            pairs.append(start + low + other)
    if not same:
        for index in range(len(keys_a) - stop_a):
            pairs.append(start + stop_a + index)
            pairs.append(start + stop_b + index)
    fate = bytearray(size_a)
    changed = False
    for index in range(size_a):
        if partner[index] < 0:
            changed = True
        elif wanted[index] < 0:
            fate[index] = STAYS
        else:
            fate[index] = MOVES
    for index in kept:
        fate[index] = STAYS
    if not changed:
        changed = MOVES in fate or -1 in source
    return pairs, (start + low, fate, partner, source) if changed else None


def _pair_left(wanted: list[int], kept: list[int], partner: list[int], source: list[int]) -> None:
    """Pair what is left over between two kept items, in order."""
    size_a = len(wanted)
    size_b = len(source)
    left = 0
    right = 0
    for at in range(len(kept) + 1):
        if at < len(kept):
            anchor = kept[at]
            end = wanted[anchor]
        else:
            anchor = size_a
            end = size_b
        while left < anchor:
            if wanted[left] < 0:
                while right < end and source[right] >= 0:
                    right += 1
                if right >= end:
                    break
                partner[left] = right
                source[right] = left
                right += 1
            left += 1
        left = anchor + 1
        right = end + 1


def _matches(keys_a: list[Any], keys_b: list[Any], low: int, stop_a: int, stop_b: int) -> list[int]:
    """Return for each item of a which of b has its key, -1 for none; each of b at most once."""
    where: dict[Any, int] = {}
    found: list[int] = []
    if low == stop_a or low == stop_b:
        return [-1] * (stop_a - low)
    for index in range(low, stop_b):
        where[keys_b[index]] = index - low
    if len(where) == stop_b - low:
        for index in range(low, stop_a):
            found.append(where.pop(keys_a[index], -1))
        return found
    queues: dict[Any, list[int]] = {}
    for index in range(stop_b - low - 1, -1, -1):
        queues.setdefault(keys_b[low + index], []).append(index)
    for index in range(low, stop_a):
        queue = queues.get(keys_a[index])
        found.append(queue.pop() if queue else -1)
    return found


def _rising(values: list[int]) -> list[int]:
    """Return the indices of a longest rising subsequence; negative values do not count."""
    rising: list[int] = []
    last = -1
    ordered = True
    for index in range(len(values)):
        value = values[index]
        if value >= 0:
            if value < last:
                ordered = False
                break
            last = value
            rising.append(index)
    return rising if ordered else _longest_rising(values)


def _longest_rising(values: list[int]) -> list[int]:
    size = len(values)
    ends = array("q", bytes(8 * size))  # the smallest last value of a subsequence of each length
    at = array("q", bytes(8 * size))  # and its index
    above = array("q", bytes(8 * size))  # what stands before an item in the best row it ends
    length = 0
    for index in range(size):
        value = values[index]
        if value < 0:
            continue
        low = 0
        high = length
        if length and value > ends[length - 1]:
            low = length
        while low < high:
            middle = (low + high) >> 1
            if ends[middle] < value:
                low = middle + 1
            else:
                high = middle
        if low == length:
            length += 1
        ends[low] = value
        at[low] = index
        above[index] = at[low - 1] if low else -1
    rising: list[int] = []
    index = at[length - 1]
    while index >= 0:
        rising.append(index)
        index = above[index]
    rising.reverse()
    return rising


def steps(structure: Any) -> list[tuple[int, int, int]]:
    """Return what is removed, from the last to the first, then added and moved in order of b.

    Shape: (0 remove, 1 add, 2 move; index; index in b of what is added, or where it moves from).
    """
    done: list[Any] = []
    start: int = structure[0]
    fate: bytearray = structure[1]
    partner: list[int] = structure[2]
    source: list[int] = structure[3]
    size = len(fate)
    moving = False
    for index in range(size - 1, -1, -1):
        if fate[index] == GONE:
            done.append((0, start + index, -1))
        elif fate[index] == MOVES:
            moving = True
    if moving:
        _moves(done, start, fate, partner, source)
        return done
    for target in range(len(source)):
        if source[target] < 0:
            done.append((1, start + target, start + target))
    return done


def _moves(
    done: list[Any], start: int, fate: bytearray, partner: list[int], source: list[int]
) -> None:
    """Add what is added and moved.

    Everything before the item to be put is as in b, but for items still to be moved away, which
    are counted by a tree of sums over the indices of a.
    """
    size = len(fate)
    tree = array("q", bytes(8 * (size + 1)))
    rank = array("q", bytes(8 * (size + 1)))  # how many of the items before one stay
    slots: list[int] = []
    for index in range(size):
        rank[index] = len(slots)
        if fate[index] == STAYS:
            slots.append(index)
        elif fate[index] == MOVES:
            at = index + 1
            while at <= size:
                tree[at] += 1
                at += at & -at
    rank[size] = len(slots)
    anchor = -1  # the kept item of a that the last item of b in place is, or stands behind
    for target in range(len(source)):
        index = source[target]
        if index >= 0 and fate[index] == STAYS:
            anchor = index
            continue
        waiting = 0
        at = anchor + 1
        while at > 0:
            waiting += tree[at]
            at -= at & -at
        if index < 0:
            done.append((1, start + target + waiting, start + target))
            continue
        behind = rank[index]
        # How many items have been put before it that do not stay: those before the next kept one.
        if anchor < index:
            put = target - rank[anchor + 1]
        elif behind < len(slots):
            put = partner[slots[behind]] - behind
        else:
            put = target - behind
        origin = behind + put
        at = index
        while at > 0:
            origin += tree[at]
            at -= at & -at
        goal = target + waiting
        if origin < goal:
            goal -= 1
        at = index + 1
        while at <= size:
            tree[at] -= 1
            at += at & -at
        if origin != goal:
            done.append((2, start + goal, start + origin))
