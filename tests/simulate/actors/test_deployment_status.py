"""The status of a Deployment, from its ReplicaSets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconcile.simulate.actors.deployment_status import (
    complete,
    condition,
    counted,
    has_deadline,
    next_check,
    rollout_status,
    set_condition,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=100)


def deployment(replicas=2, status=None, **spec):
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    return {
        "metadata": {"name": "web", "generation": 3},
        "spec": {
            "replicas": replicas,
            "strategy": strategy,
            "progressDeadlineSeconds": 10,
            **spec,
        },
        "status": status or {},
    }


def a_set(name="s", replicas=2, **status):
    counts = {"observedGeneration": 1, "terminatingReplicas": 0, "replicas": replicas, **status}
    return {"metadata": {"name": name}, "spec": {"replicas": replicas}, "status": counts}


def _told(status):
    return [(each["type"], each["status"], each["reason"]) for each in status["conditions"]]


def test_a_condition_that_says_the_same_keeps_all():
    """Status and reason count; the times and the message of the first stay."""
    status = {"conditions": [condition("A", "True", "Why", "first", NOW)]}
    set_condition(status, condition("A", "True", "Why", "second", LATER))
    assert status == {"conditions": [condition("A", "True", "Why", "first", NOW)]}


def test_a_condition_with_another_reason_goes_last_and_keeps_since_when():
    """Another status begins anew."""
    first, second = condition("A", "True", "Why", "", NOW), condition("B", "True", "Why", "", NOW)
    status = {"conditions": [first, second]}
    set_condition(status, condition("A", "True", "Other", "", LATER))
    assert [each["type"] for each in status["conditions"]] == ["B", "A"]
    assert status["conditions"][1]["lastTransitionTime"] == first["lastTransitionTime"]
    assert status["conditions"][1]["lastUpdateTime"] != first["lastUpdateTime"]
    set_condition(status, condition("B", "False", "Why", "", LATER))
    assert status["conditions"][1]["lastTransitionTime"] != first["lastTransitionTime"]


def test_counts_are_sums():
    """What is nothing is left out, what terminates is not."""
    sets = [a_set(replicas=1, availableReplicas=1, readyReplicas=1), a_set(terminatingReplicas=2)]
    made = counted(deployment(), sets, sets[1], NOW)
    del made["conditions"]
    assert made == {
        "observedGeneration": 3,
        "replicas": 3,
        "updatedReplicas": 2,
        "readyReplicas": 1,
        "availableReplicas": 1,
        "unavailableReplicas": 2,
        "terminatingReplicas": 2,
    }


def test_what_a_set_does_not_say_of_terminating_pods_is_not_known():
    """One that was never looked at does not count; one that was, and says nothing, spoils it."""
    silent = {"metadata": {}, "spec": {"replicas": 0}, "status": {"observedGeneration": 1}}
    fresh = {"metadata": {}, "spec": {"replicas": 0}, "status": {}}
    assert counted(deployment(), [a_set(), fresh], None, NOW)["terminatingReplicas"] == 0
    assert "terminatingReplicas" not in counted(deployment(), [a_set(), silent], None, NOW)


@pytest.mark.parametrize(("available", "value"), [(0, "False"), (1, "True"), (5, "True")])
def test_enough_is_wanted_less_what_may_be_missing(available, value):
    """More than there should be is not less than nothing missing."""
    made = counted(deployment(), [a_set(availableReplicas=available)], None, NOW)
    assert made["conditions"][0]["status"] == value
    assert made.get("unavailableReplicas", 0) == max(2 - available, 0)


def test_collisions_are_kept():
    """How often a name was taken is remembered."""
    assert counted(deployment(status={"collisionCount": 2}), [], None, NOW)["collisionCount"] == 2


PROGRESS = condition("Progressing", "True", "NewReplicaSetCreated", "", NOW)


def test_a_rollout_is_complete_when_all_is_new_and_available():
    """Then it says so, once, and for as long as it stays."""
    new = a_set(availableReplicas=2)
    known = deployment(status={"conditions": [PROGRESS]})
    made = rollout_status(known, [new], new, LATER)
    assert _told(made)[1] == ("Progressing", "True", "NewReplicaSetAvailable")
    assert made["conditions"][1]["message"] == 'ReplicaSet "s" has successfully progressed.'
    assert complete(known, made)
    fewer = a_set(availableReplicas=1)
    after = rollout_status(deployment(status=made), [fewer], fewer, LATER)
    assert _told(after)[1] == ("Progressing", "True", "NewReplicaSetAvailable")
    assert not complete(known, {**made, "observedGeneration": 2})


@pytest.mark.parametrize(
    "progress", [{"replicas": 2}, {"readyReplicas": 1}, {"availableReplicas": 1}], ids=str
)
def test_progress_is_more_of_something(progress):
    """It is told anew each time, and goes behind the other conditions."""
    before = {"conditions": [PROGRESS], "replicas": 1, "updatedReplicas": 1}
    new = a_set(**{"replicas": 1, **progress})
    made = rollout_status(deployment(5, status=before), [new], new, LATER)
    assert _told(made)[1] == ("Progressing", "True", "ReplicaSetUpdated")
    assert made["conditions"][1]["lastUpdateTime"] == "2026-01-01T00:01:40Z"
    assert made["conditions"][1]["lastTransitionTime"] == "2026-01-01T00:00:00Z"


def test_fewer_old_replicas_are_progress():
    """Without a new ReplicaSet the Deployment itself is named."""
    before = {"conditions": [PROGRESS], "replicas": 2}
    made = rollout_status(deployment(status=before), [a_set(replicas=1)], None, LATER)
    assert made["conditions"][1]["message"] == 'Deployment "web" is progressing.'


def test_no_progress_in_time_is_told():
    """At the very second of the deadline it is not late yet."""
    before = {"conditions": [PROGRESS], "replicas": 2, "updatedReplicas": 2}
    new = a_set()
    known = deployment(status=before)
    in_time = rollout_status(known, [new], new, NOW + timedelta(seconds=10))
    assert in_time["conditions"][0]["type"] == "Progressing"
    assert _told(in_time)[0][2] == "NewReplicaSetCreated"
    late = rollout_status(known, [new], new, NOW + timedelta(seconds=10.5))
    assert _told(late)[1] == ("Progressing", "False", "ProgressDeadlineExceeded")
    still = rollout_status(deployment(status=late), [new], new, LATER)
    assert _told(still) == _told(late)


@pytest.mark.parametrize("deadline", [None, 2**31 - 1])
def test_without_a_deadline_nothing_is_said_of_progress(deadline):
    """The largest number stands for none."""
    known = deployment(status={"conditions": [PROGRESS]}, progressDeadlineSeconds=deadline)
    assert not has_deadline(known)
    assert _told(rollout_status(known, [a_set()], None, NOW)) == [
        ("Available", "False", "MinimumReplicasUnavailable")
    ]
    assert next_check(known, NOW) is None


def test_failures_of_replica_sets_are_passed_on():
    """That of the new one before those of the others; it goes when they do."""
    failure = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "m",
        "lastTransitionTime": "t",
    }
    old, new = a_set("a", conditions=[{**failure, "message": "old"}]), a_set(conditions=[failure])
    made = rollout_status(deployment(), [old, new], new, NOW)
    passed = made["conditions"][-1]
    assert passed == {**failure, "lastUpdateTime": "t"}
    assert rollout_status(deployment(), [old], None, NOW)["conditions"][-1]["message"] == "old"
    after = rollout_status(deployment(status=made), [a_set()], None, NOW)
    assert "ReplicaFailure" not in [each[0] for each in _told(after)]


def test_a_rollout_that_stands_still_is_looked_at_again():
    """A second after its deadline; at once, but not in a circle, when that is near."""
    known = deployment(status={"conditions": [PROGRESS]})
    assert next_check(known, NOW) == 11
    assert next_check(known, NOW + timedelta(seconds=9.5)) == pytest.approx(0.505)
    assert next_check(known, LATER) == pytest.approx(0.005)
    late = {"conditions": [condition("Progressing", "False", "ProgressDeadlineExceeded", "", NOW)]}
    assert next_check(deployment(status=late), NOW) is None
    assert next_check(deployment(), NOW) is None
    counts = {"updatedReplicas": 2, "replicas": 2, "availableReplicas": 2, "observedGeneration": 3}
    assert next_check(deployment(status={**counts, "conditions": [PROGRESS]}), NOW) is None
