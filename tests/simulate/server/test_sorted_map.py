"""The persistent map that a world of objects is kept in."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.server.sorted_map import SortedMap

KEYS = st.text("abc/", min_size=1, max_size=4)
ACTIONS = st.lists(st.tuples(st.booleans(), KEYS), max_size=200)


@given(ACTIONS, st.text("abc/", max_size=2), st.text("abc/", max_size=4))
def test_it_is_a_sorted_dict(actions: list[tuple[bool, str]], prefix: str, after: str) -> None:
    """Whatever is set and taken away, it holds what a dict holds, in order."""
    made: SortedMap[int] = SortedMap()
    plain: dict[str, int] = {}
    for value, (adds, key) in enumerate(actions):
        if adds:
            made, plain = made.set(key, value), {**plain, key: value}
        else:
            made = made.without(key)
            plain.pop(key, None)
        assert made.get(key) == plain.get(key)
    assert len(made) == len(plain)
    assert list(made.items()) == sorted(plain.items())
    expected = [(k, v) for k, v in sorted(plain.items()) if k.startswith(prefix) and k > after]
    assert list(made.items(prefix, after)) == expected


def test_older_versions_stay() -> None:
    """A map that somebody holds never changes."""
    versions: list[SortedMap[int]] = [SortedMap()]
    for n in range(500):
        versions.append(versions[-1].set(f"{n % 100:03}", n))
    assert [len(v) for v in versions[:101]] == list(range(101))
    assert versions[100].get("005") == 5
    assert versions[500].get("005") == 405
    assert versions[100].without("005").get("005") is None
    assert versions[100].get("005") == 5


def _parts(node: object, depth: int, seen: dict[int, int]) -> None:
    """Collect the sizes of a node's own tuples."""
    assert isinstance(node, tuple)
    for part in (node, node[0]):
        seen[id(part)] = sys.getsizeof(part)
    if depth:
        for below in node[1:]:
            _parts(below, depth - 1, seen)


def test_a_write_costs_less_than_a_kilobyte() -> None:
    """In a map of a thousand entries; replacing one costs less than adding one."""
    made: SortedMap[int] = SortedMap()
    for n in range(1000):
        made = made.set(f"k{n * 7919 % 1000:04}", n)
    before: dict[int, int] = {}
    _parts(made._root, made._depth, before)
    for changed, most in ((made.set("k0500", -1), 500), (made.set("k0500x", -1), 800)):
        after: dict[int, int] = {}
        _parts(changed._root, changed._depth, after)
        assert sum(size for key, size in after.items() if key not in before) <= most
