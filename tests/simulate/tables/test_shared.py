"""How values are shown in cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconcile.simulate.tables.shared import (
    age,
    at,
    human_duration,
    labels_text,
    listed,
    mapped,
    more,
    number,
    parsed_time,
    selector_text,
    since,
    text,
)

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-2, "<invalid>"),
        (-1.9, "0s"),
        (-0.5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (9 * MINUTE + 59, "9m59s"),
        (10 * MINUTE + 59, "10m"),
        (179 * MINUTE, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 5 * MINUTE, "3h5m"),
        (8 * HOUR + 5 * MINUTE, "8h"),
        (47 * HOUR, "47h"),
        (48 * HOUR, "2d"),
        (49 * HOUR, "2d1h"),
        (7 * DAY + 23 * HOUR, "7d23h"),
        (8 * DAY + 23 * HOUR, "8d"),
        (2 * YEAR - DAY, "729d"),
        (2 * YEAR, "2y"),
        (2 * YEAR + 3 * DAY, "2y3d"),
        (8 * YEAR + 3 * DAY, "8y"),
        (30 * YEAR, "30y"),
    ],
)
def test_durations(seconds: float, shown: str) -> None:
    """A duration has two units at most, and the smaller one only while it matters."""
    assert human_duration(timedelta(seconds=seconds)) == shown


def test_times() -> None:
    """A time that is missing or none is unknown; one without a zone is UTC."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert since("2025-12-31T23:59:30Z", now) == "30s"
    assert since("2025-12-31T23:59:30.5+00:00", now) == "29s"
    assert since(None, now) == since("", now) == since("soon", now) == "<unknown>"
    assert parsed_time("2026-01-01T00:00:00") == now
    assert age({"metadata": {"creationTimestamp": "2025-12-31T00:00:00Z"}}, now) == "24h"
    assert age({}, now) == "<unknown>"


def test_places_that_are_not_there() -> None:
    """What is missing or of another type counts as unset."""
    assert at({"a": {"b": 1}}, "a", "b") == 1
    assert at({"a": []}, "a", "b") is None
    assert text({"a": 1}, "a") == ""
    assert number({"a": "1"}, "a") == 0
    assert listed({"a": {}}, "a") == []
    assert mapped({"a": []}, "a") == {}


def test_labels() -> None:
    """Labels are sorted as text."""
    assert labels_text({"b": "1", "a": "2"}) == "a=2,b=1"
    assert labels_text({}) == "<none>"


def test_selectors() -> None:
    """Requirements are sorted by key; one that is malformed spoils the text."""
    expressions = [
        {"key": "c", "operator": "In", "values": ["y", "x"]},
        {"key": "a", "operator": "Exists"},
    ]
    selector = {"matchLabels": {"b": "1"}, "matchExpressions": expressions}
    assert selector_text(selector) == "a,b=1,c in (x,y)"
    assert selector_text(None) == selector_text({}) == "<none>"
    bad = {"matchExpressions": [{"key": "a", "operator": "Like"}]}
    assert selector_text(bad) == "<error>"
    assert selector_text(bad, empty="") == "<invalid>"


def test_more_than_fits() -> None:
    """What does not fit is counted."""
    assert more(["a", "b", "c"], 3, 3) == "a,b,c"
    assert more(["a", "b", "c", "d"], 7, 3) == "a,b,c + 4 more..."
