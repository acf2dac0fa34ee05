"""The benchmark of diff engines: what it compares is right, and ours has each case right."""

from __future__ import annotations

import pytest

from benchmarks.diff.correctness import CASES, judge
from benchmarks.diff.documents import PAIRS, documents, pair
from benchmarks.diff.peers import OURS
from reconcile.diff import apply, diff, equal


@pytest.mark.parametrize("case", CASES)
def test_ours_is_right(case: str) -> None:
    """Each odd pair of documents gives a patch that applies, or none where they are equal."""
    assert judge(OURS, case) == "ok"


def test_there_are_as_many_cases_as_were_measured() -> None:
    """The table has its 37 cases."""
    assert len(CASES) == 37


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_are_what_they_are_called(name: str) -> None:
    """Each pair differs where it should, and shares nothing."""
    for document in documents(large=False):
        before, after = pair(document, name)
        assert before is not after
        assert equal(before, after) is (name == "equal")
        assert equal(apply(before, diff(before, after)), after)
