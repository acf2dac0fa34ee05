"""What is known of a Job while it is looked at."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.job_indexes import COMPLETION_INDEX, FAILURES, Ranges
from reconcile.simulate.actors.job_look import Look, put_condition
from reconcile.simulate.actors.job_pods import FINALIZER
from reconcile.simulate.api_server import ApiServer
from tests.simulate.actors.batch import job, pod

_CONDITION = {"type": "Suspended", "status": "True", "reason": "R", "message": "m"}


def _one(name, phase, index=None, *, counted=False, failures="0", finished=None):
    made = pod(name, phase)
    about = made["metadata"]
    about["finalizers"] = [] if counted else [FINALIZER]
    about["creationTimestamp"] = finished or "2026-01-01T00:00:00Z"
    if index is not None:
        about["annotations"] = {COMPLETION_INDEX: str(index), FAILURES: failures}
    return made


def _look(*pods, status=None, **spec):
    return Look(Api(ApiServer()), {**job(**spec), "status": status or {}}, pods)


def test_pods_that_ended_are_new_until_they_are_counted():
    """Those without the finalizer are in the status already, those named there are on their way."""
    status = {"succeeded": 2, "uncountedTerminatedPods": {"failed": ["uid-b"]}}
    found = _look(
        _one("a", "Succeeded"),
        _one("b", "Failed"),
        _one("c", "Failed"),
        _one("d", "Failed", counted=True),
        _one("e", "Running"),
        status=status,
    )
    assert [each["metadata"]["name"] for each in found.new_failed] == ["c"]
    assert (found.succeeded, found.failed) == (3, 2)
    assert [each["metadata"]["name"] for each in found.active] == ["e"]


def test_pods_that_are_ready_or_terminating_are_counted():
    """One that has ended does not terminate."""
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    going, gone = pod("b", "Running"), pod("c", "Failed")
    for each in (going, gone):
        each["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    found = _look(pod("a", "Running", **ready), going, gone)
    assert (found.ready, found.terminating) == (1, 1)


def test_indexes_that_failed_and_are_to_be_tried_again_keep_their_last_pod():
    """Not so indexes that have succeeded, failed for good or are at work again."""
    pods = (
        _one("a", "Failed", 0),
        _one("b", "Failed", 0, failures="1", finished="2026-01-01T00:01:00Z"),
        _one("c", "Failed", 0, failures="0", finished="2026-01-01T00:02:00Z"),
        _one("d", "Failed", 1),
        _one("e", "Running", 1),
        _one("f", "Failed", 2, failures="2"),
        _one("g", "Failed", 3),
        _one("h", "Failed", 9),
        _one("i", "Failed", 4, counted=True),
    )
    spec = {"completionMode": "Indexed", "completions": 6, "backoffLimitPerIndex": 2}
    found = _look(*pods, status={"completedIndexes": "3"}, **spec)
    found.count_indexes()
    assert {index: each["metadata"]["name"] for index, each in found.delayed.items()} == {0: "b"}
    assert (str(found.done), str(found.lost), found.succeeded) == ("3", "2", 1)


def test_failed_indexes_are_not_counted_without_a_limit_for_each():
    """A Job with one limit for all knows of none."""
    found = _look(_one("a", "Succeeded", 1), completionMode="Indexed", completions=2)
    found.count_indexes()
    assert (found.before.pairs, found.done.pairs) == ((), Ranges.of((1,)).pairs)
    assert found.lost is None
    assert found.delayed == {}


def test_numbers_and_lists_that_are_empty_are_left_out():
    """As the server writes them."""
    found = _look(status={"active": 1, "uncountedTerminatedPods": {"failed": ["x"]}})
    found.set_number("active", 0)
    found.set_number("failed", 2)
    found.set_uncounted("failed", [])
    found.set_uncounted("succeeded", ["y"])
    assert found.status == {"failed": 2, "uncountedTerminatedPods": {"succeeded": ["y"]}}


def test_a_condition_holds_only_if_it_is_true():
    """One that is false is as one that is not there."""
    conditions = [{**_CONDITION, "status": "False"}, {**_CONDITION, "type": "Failed"}]
    found = _look(status={"conditions": conditions})
    assert found.holding("Suspended") is None
    assert found.holding("Complete") is None
    assert found.holding("Failed") == conditions[1]


@pytest.mark.parametrize(
    ("made", "changed"),
    [
        (_CONDITION, False),
        ({**_CONDITION, "reason": "Other"}, True),
        ({**_CONDITION, "status": "False"}, True),
        ({**_CONDITION, "type": "Failed"}, True),
        ({**_CONDITION, "type": "Failed", "status": "False"}, False),
    ],
)
def test_a_condition_is_put_where_it_stands_or_behind_the_others(made, changed):
    """One that would say that something is not so, and never was, is not put there."""
    first = {**_CONDITION, "type": "First"}
    status = {"conditions": [first, dict(_CONDITION)]}
    assert put_condition(status, made) is changed
    kept = [first] if made["type"] == "Suspended" else [first, _CONDITION]
    assert status["conditions"] == ([*kept, made] if changed else [first, _CONDITION])
