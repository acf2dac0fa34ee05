"""Ranges of completion indexes, and the index of a Pod."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.actors import job_indexes
from reconcile.simulate.actors.job_indexes import Ranges
from tests.simulate.actors.batch import pod

_SETS = st.sets(st.integers(0, 30))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("0", ((0, 0),)),
        ("0,2-4", ((0, 0), (2, 4))),
        ("0,1", ((0, 1),)),
        ("3-20,25", ((3, 9),)),
        ("x,2-y,4", ((4, 4),)),
        ("9,10-12", ((9, 9),)),
    ],
)
def test_a_text_is_read_as_far_as_it_makes_sense(text, pairs):
    """What is out of range or no number counts as not there."""
    assert Ranges.read(text, 10).pairs == pairs


@pytest.mark.parametrize(
    ("indexes", "text"),
    [
        ((), ""),
        ((1,), "1"),
        ((2, 1), "1,2"),
        ((1, 2, 3, 5), "1-3,5"),
        ((7, 5, 6, 9, 10), "5-7,9,10"),
    ],
)
def test_two_indexes_in_a_row_have_a_comma_and_three_a_dash(indexes, text):
    """The text is the one that a status holds."""
    assert str(Ranges.of(indexes)) == text


@given(_SETS, _SETS)
def test_ranges_are_sets(one, other):
    """What is in ranges is what is in sets of the same indexes."""
    left, right = Ranges.of(one), Ranges.of(other)
    both = left.merged(right)
    assert len(both) == len(one | other)
    assert [each for each in range(31) if each in both] == sorted(one | other)
    assert left.common(right) == len(one & other)
    assert list(left.missing(20)) == [each for each in range(20) if each not in one]
    assert Ranges.read(str(both), 31).pairs == both.pairs


@pytest.mark.parametrize(
    ("value", "index", "count"),
    [
        (None, None, 0),
        ("", None, 0),
        ("3", 3, 3),
        ("-1", None, 0),
        ("x", None, 0),
        ("2147483648", 2147483648, 0),
    ],
)
def test_annotations_are_read_with_distrust(value, index, count):
    """What is no number, or too small or too great, counts as not there."""
    one = pod()
    names = (job_indexes.COMPLETION_INDEX, job_indexes.FAILURES, job_indexes.IGNORED_FAILURES)
    if value is not None:
        one["metadata"]["annotations"] = dict.fromkeys(names, value)
    assert job_indexes.index_of(one) == index
    assert job_indexes.failures_of(one) == count
    assert job_indexes.ignored_failures_of(one) == count
    assert job_indexes.all_failures_of(one) == 2 * count
