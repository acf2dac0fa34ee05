"""Strict JSON equality."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.value import FrozenDict, FrozenList, equal

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3))
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def _plainly_equal(a: object, b: object) -> bool:
    """Say the same in the plainest way: by type first, then by value."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_plainly_equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_plainly_equal, a, b))
    if isinstance(a, float) and math.isnan(a):
        return math.isnan(b)
    return a == b


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (True, 1),
        (False, 0),
        (1, 1.0),
        (0, 0.0),
        (None, 0),
        (None, ""),
        ({}, []),
        ({}, None),
        ([], None),
        ("1", 1),
        ({"a": None}, {}),
        ({"a": 1}, {"b": 1}),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ([[True]], [[1]]),
        (2**53, 2**53 + 1),
        (float("nan"), 1.0),
        (1.0, float("nan")),
    ],
)
def test_different(a: object, b: object) -> None:
    """What Kubernetes tells apart is different, both ways round."""
    assert not equal(a, b)
    assert not equal(b, a)


@pytest.mark.parametrize(
    "document",
    [None, True, 0, 1.5, "a", [], {}, {"a": [1, {"b": None}]}, float("nan"), 2**70, float("inf")],
)
def test_equal_to_itself(document: object) -> None:
    """Every document equals itself, NaN included."""
    assert equal(document, document)


def test_order_of_members_does_not_count() -> None:
    """Members are found by name; minus zero is zero."""
    assert equal({"a": 1, "b": 0.0}, {"b": -0.0, "a": 1})


def test_read_only_documents_compare_by_content() -> None:
    """A frozen document equals the one it was made from, and a tuple is a list."""
    assert equal(FrozenDict({"a": FrozenList([1])}), {"a": [1]})
    assert equal((1, 2), [1, 2])


def test_depth_does_not_matter() -> None:
    """Ten thousand levels are compared without recursion."""
    a: object = 1
    b: object = 1
    c: object = 2
    for _ in range(10_000):
        a, b, c = [a], {"a": b}, [c]
    assert equal(a, a)
    assert not equal(a, b)
    assert not equal(a, c)


@pytest.mark.parametrize(
    ("a", "b"), [({1}, 1), (1, {1}), ([object()], [1]), ({1: 2}, {1: 2}), (b"a", b"a")]
)
def test_what_json_does_not_have_is_a_type_error(a: object, b: object) -> None:
    """A value or key that JSON does not have is refused where it is looked at."""
    with pytest.raises(TypeError, match="JSON has no"):
        equal(a, b)


@given(DOCUMENTS, DOCUMENTS)
def test_agrees_with_the_plain_definition(a: object, b: object) -> None:
    """Equality is that of types and values, all the way down."""
    assert equal(a, b) == _plainly_equal(a, b)
    assert equal(a, a)
