"""Conditions that the server sets."""

from __future__ import annotations

from typing import Any

from reconcile.simulate.server.conditions import Condition, holds, set_condition

READY = Condition("Ready", good=True, reason="Done", message="all is done")


def test_a_condition_is_added_behind_the_others() -> None:
    """What others say stays where it is."""
    status: dict[str, Any] = {"conditions": [{"type": "Other", "status": "True"}]}
    set_condition(status, READY, "now")
    assert status["conditions"] == [
        {"type": "Other", "status": "True"},
        {
            "type": "Ready",
            "status": "True",
            "lastTransitionTime": "now",
            "reason": "Done",
            "message": "all is done",
        },
    ]


def test_the_time_of_a_condition_moves_with_its_status_only() -> None:
    """Another reason is no transition."""
    status: dict[str, Any] = {"conditions": None}
    set_condition(status, READY, "first")
    set_condition(status, READY._replace(reason="Again"), "second")
    (found,) = status["conditions"]
    assert (found["reason"], found["lastTransitionTime"]) == ("Again", "first")
    set_condition(status, READY._replace(good=False), "third")
    (found,) = status["conditions"]
    assert (found["status"], found["lastTransitionTime"]) == ("False", "third")


def test_a_condition_holds_if_it_is_true() -> None:
    """What is not there, false or unknown does not hold."""
    assert not holds({}, "Ready")
    assert not holds({"conditions": None}, "Ready")
    for status, held in (("True", True), ("False", False), ("Unknown", False)):
        assert holds({"conditions": [{"type": "Ready", "status": status}]}, "Ready") is held
    assert not holds({"conditions": [{"type": "Other", "status": "True"}]}, "Ready")
