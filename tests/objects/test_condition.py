"""Conditions whose times stay while nothing happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import ObjectError
from reconcile.objects.condition import Condition, merge_conditions, with_condition
from reconcile.value.types import JsonObject

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
NOW_TEXT = "2026-01-02T03:04:05Z"
READY = Condition("Ready", "True", "AllUp", "all is up")

CONDITIONS = st.lists(
    st.builds(Condition, st.sampled_from("ABC"), st.sampled_from(["True", "False"]), st.text("xy")),
    unique_by=lambda condition: condition.type,
)


def test_a_new_condition_has_the_time_given() -> None:
    """A condition not seen before began now, in whole seconds and UTC."""
    assert merge_conditions(None, [READY], now=NOW, generation=3) == [
        {
            "type": "Ready",
            "status": "True",
            "reason": "AllUp",
            "message": "all is up",
            "lastTransitionTime": NOW_TEXT,
            "observedGeneration": 3,
        }
    ]


def test_the_time_stays_while_the_status_does() -> None:
    """A changed reason keeps the observed time; a changed status has a new one."""
    before: list[JsonObject] = [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2020-01-01T00:00:00Z"}
    ]
    same = merge_conditions(before, [READY], now=NOW, generation=None)
    changed = merge_conditions(before, [Condition("Ready", "False")], now=NOW, generation=None)
    assert isinstance(same[0], dict)
    assert same[0]["lastTransitionTime"] == "2020-01-01T00:00:00Z"
    assert changed == [{"type": "Ready", "status": "False", "lastTransitionTime": NOW_TEXT}]


def test_without_a_time_the_field_is_left_out() -> None:
    """Nothing is guessed: without a time there is no lastTransitionTime."""
    assert merge_conditions([], [Condition("A", "Unknown")], now=None, generation=None) == [
        {"type": "A", "status": "Unknown"}
    ]


def test_other_zones_are_brought_to_utc() -> None:
    """A time in another zone is the same moment in UTC."""
    there = NOW.astimezone(timezone(timedelta(hours=5)))
    assert merge_conditions(None, [READY], now=there, generation=1) == merge_conditions(
        None, [READY], now=NOW, generation=1
    )


def test_a_time_without_zone_is_refused() -> None:
    """A time without a zone may be anything, so it is refused."""
    with pytest.raises(ValueError, match="time zone"):
        merge_conditions(None, [READY], now=NOW.replace(tzinfo=None), generation=None)


def test_conditions_are_sorted_and_others_dropped() -> None:
    """The result is sorted by type; observed ones nobody desires are gone; junk is passed over."""
    before: list[Any] = [{"type": "Old", "status": "True"}, "junk", {"type": 3}]
    desired = [Condition("B", "True"), Condition("A", "True"), Condition("B", "True")]
    merged = merge_conditions(before, desired, now=None, generation=None)
    assert [item["type"] for item in merged if isinstance(item, dict)] == ["A", "B"]


def test_two_of_one_type_must_agree() -> None:
    """Two desired conditions of one type and different content are an error."""
    desired = [Condition("A", "True"), Condition("A", "False")]
    with pytest.raises(ObjectError, match="A is given twice"):
        merge_conditions(None, desired, now=NOW, generation=None)


def test_one_condition_is_set_in_a_status_and_the_rest_kept() -> None:
    """Everything else in the status stays: other members, other conditions, their order."""
    status: JsonObject = {
        "endpoint": "x",
        "conditions": [
            {"type": "Z", "status": "True", "more": 1},
            {"type": "Ready", "status": "True", "lastTransitionTime": "then"},
            "junk",
            {"type": "Ready", "status": "False"},
        ],
    }
    changed = with_condition(status, Condition("Ready", "True"), now=NOW, generation=None)
    assert changed == {
        "endpoint": "x",
        "conditions": [
            {"type": "Z", "status": "True", "more": 1},
            {"type": "Ready", "status": "True", "lastTransitionTime": "then"},
            "junk",
        ],
    }
    assert isinstance(status["conditions"], list)
    assert len(status["conditions"]) == 4


@pytest.mark.parametrize("before", [{}, {"conditions": None}, {"conditions": "x"}])
def test_a_condition_is_set_where_there_was_none(before: JsonObject) -> None:
    """A status without a list of conditions gets one."""
    assert with_condition(before, Condition("A", "True"), now=None, generation=1) == {
        "conditions": [{"type": "A", "status": "True", "observedGeneration": 1}]
    }


@pytest.mark.parametrize(
    "arguments", [("", "True"), (1, "True"), ("A", "Yes"), ("A", True), ("A", "True", 1)]
)
def test_bad_conditions_are_refused(arguments: tuple[Any, ...]) -> None:
    """The status is one of three texts, and all else is text."""
    with pytest.raises(ObjectError):
        Condition(*arguments)


@given(CONDITIONS)
def test_merging_again_changes_nothing(desired: list[Condition]) -> None:
    """Conditions merged into their own result stay as they are, whatever the time then is."""
    once = merge_conditions(None, desired, now=NOW, generation=1)
    later = NOW + timedelta(days=1)
    assert merge_conditions(once, reversed(desired), now=later, generation=1) == once
