"""The benchmark of diff engines: what it compares is right, and ours has each case right."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from benchmarks.diff.charts import Bar, chart
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


@pytest.mark.parametrize("logarithmic", [False, True])
def test_longer_bars_stand_for_more(logarithmic: bool) -> None:
    """A chart is well-formed, and its bars are as long as their rows say."""
    rows = [Bar("ours", 1, ours=True), Bar("<theirs>", 8, ours=False, note="(2 wrong)")]
    drawn = ET.fromstring(chart("A & B", "legend", rows, logarithmic=logarithmic))
    space = "{http://www.w3.org/2000/svg}"
    widths = [float(rect.get("width", "")) for rect in drawn.iter(f"{space}rect")][1:]
    texts = [text.text for text in drawn.iter(f"{space}text")]
    assert widths == sorted(widths)
    assert widths[0] < widths[1]
    assert texts[-2:] == ["<theirs>", "8.00 (2 wrong)"]
