"""What controllers of Pods share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconcile.simulate.actors import pods

_READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:10Z"}
_OWNER = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "j", "namespace": "ns", "uid": "u"},
}


def _pod(phase=None, *conditions, gone=False, node="n", made="2026-01-01T00:00:00Z", **status):
    about = {"creationTimestamp": made} if made else {}
    if gone:
        about["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    told = {"conditions": list(conditions), **status, **({"phase": phase} if phase else {})}
    return {"metadata": about, "spec": {"nodeName": node} if node else {}, "status": told}


@pytest.mark.parametrize(
    ("pod", "ended", "active"),
    [
        (_pod(), False, True),
        (_pod("Pending"), False, True),
        (_pod("Running", gone=True), False, False),
        (_pod("Succeeded"), True, False),
        (_pod("Failed", gone=True), True, False),
    ],
)
def test_a_pod_is_active_until_it_ends_or_is_deleted(pod, ended, active):
    """Whatever its phase is before."""
    assert (pods.is_ended(pod), pods.is_active(pod)) == (ended, active)


def test_a_pod_is_ready_when_the_condition_says_so():
    """One without a status is not."""
    assert pods.is_ready(_pod("Running", {"type": "Initialized", "status": "True"}, _READY))
    assert not pods.is_ready(_pod("Running", {**_READY, "status": "Unknown"}))
    assert not pods.is_ready({"metadata": {}, "spec": {}})
    assert pods.condition_of({"metadata": {}}, "Ready") is None
    assert pods.phase({"metadata": {}}) == ""


def test_a_time_is_read_in_utc():
    """What is none is None."""
    assert pods.moment("2026-01-01T01:00:00+01:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert pods.moment("2026-01-01T00:00:00Z").tzinfo is UTC
    assert pods.moment(None) is None
    assert pods.moment("") is None


def test_a_pod_is_made_from_a_template():
    """Names, ownership and what the template says; no part is shared with the template."""
    spec = {"containers": [{"name": "c"}]}
    about = {"name": "x", "labels": {"a": "b"}, "annotations": {}, "finalizers": ["f/g"]}
    template = {"metadata": about, "spec": spec}
    made = pods.pod_of(template, _OWNER)
    assert made == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "j-",
            "namespace": "ns",
            "labels": {"a": "b"},
            "finalizers": ["f/g"],
            "ownerReferences": [pods.controller_reference(_OWNER)],
        },
        "spec": spec,
    }
    made["spec"]["containers"][0]["name"] = "d"
    made["metadata"]["labels"]["a"] = "c"
    assert template == {"metadata": about, "spec": {"containers": [{"name": "c"}]}}
    assert about["labels"] == {"a": "b"}


def test_a_prefix_may_be_given_and_has_no_dash_where_there_is_no_room():
    """The longest name is one character too long with it."""
    assert pods.pod_of({}, _OWNER, "j-0-")["metadata"]["generateName"] == "j-0-"
    for length, dash in ((252, "-"), (253, "")):
        owner = {**_OWNER, "metadata": {**_OWNER["metadata"], "name": "a" * length}}
        assert pods.pod_of({}, owner)["metadata"]["generateName"] == "a" * length + dash


def test_the_controller_is_told_by_a_reference():
    """It blocks the owner's deletion."""
    assert pods.controller_reference(_OWNER) == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": "j",
        "uid": "u",
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _restarted(count, name="c", part="containerStatuses"):
    return {part: [{"name": name, "restartCount": count}, {"name": "other"}]}


def test_restarts_are_counted_of_containers_and_of_those_beside_them():
    """Of each kind the one that was restarted most often counts; other init containers do not."""
    begin = {
        "initContainerStatuses": [
            {"name": "s", "restartCount": 3},
            {"name": "i", "restartCount": 9},
        ]
    }
    pod = _pod("Running", **_restarted(2), **begin)
    pod["spec"]["initContainers"] = [{"name": "s", "restartPolicy": "Always"}, {"name": "i"}]
    assert pods.restarts(pod) == (2, 3)
    assert pods.restarts(_pod()) == (0, 0)


def test_pods_are_given_up_in_the_order_of_what_they_are_worth():
    """Each of these is worth more than the one before."""
    beside = _pod("Running", _READY, **_restarted(1, "s", "initContainerStatuses"))
    beside["spec"]["initContainers"] = [{"name": "s", "restartPolicy": "Always"}]
    order = [
        _pod("Pending", node=None),
        _pod("Running", _READY, node=None),
        _pod("Pending"),
        _pod("Unknown"),
        _pod("Running"),
        _pod("Running", {"type": "Ready", "status": "True"}),
        _pod("Running", {**_READY, "lastTransitionTime": "2026-01-01T00:00:20Z"}),
        _pod("Running", _READY, **_restarted(1)),
        beside,
        _pod("Running", _READY, made=None),
        _pod("Running", _READY, made="2026-01-01T00:00:05Z"),
        _pod("Running", _READY),
    ]
    for shuffled in (order[::-1], [*order[6:], *order[:6]]):
        assert pods.first_to_go(shuffled) == order
    same = [{**_pod("Running"), "number": each} for each in range(5)]
    assert pods.first_to_go(same) == same
