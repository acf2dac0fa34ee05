"""What a kubelet says of a Pod."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.pod_states import differs, ended, running

T0, T1 = "2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z"


def pod(**more):
    """Return a Pod of one container that nobody has started."""
    status = more.pop("status", {"phase": "Pending"})
    spec = {"nodeName": "n", "containers": [{"name": "c", "image": "img:1"}], **more}
    return {"metadata": {"name": "p", "generation": 1}, "spec": spec, "status": status}


def told(status):
    return {
        each["type"]: (each["status"], each.get("reason"), each["lastTransitionTime"])
        for each in status["conditions"]
    }


def test_a_pod_that_runs_and_is_ready():
    """The container is told as recordings have it; all conditions are true."""
    made = running(pod(), T0, ready=True)
    assert (made["phase"], made["startTime"], made["observedGeneration"]) == ("Running", T0, 1)
    assert made["containerStatuses"] == [
        {
            "name": "c",
            "image": "img:1",
            "imageID": "",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": T0}},
            "lastState": {},
        }
    ]
    names = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    assert told(made) == dict.fromkeys(names, ("True", None, T0))


def test_a_pod_that_runs_and_is_not_ready():
    """Both conditions name the containers."""
    made = running(pod(), T0, ready=False)
    assert told(made)["Ready"] == ("False", "ContainersNotReady", T0)
    assert told(made)["ContainersReady"] == ("False", "ContainersNotReady", T0)
    assert made["conditions"][2]["message"] == "containers with unready status: [c]"


def test_what_was_before_keeps_its_time():
    """A Pod that becomes ready keeps when it started; what is no longer said is taken away."""
    begun = running(pod(), T0, ready=False)
    made = running(pod(status=begun), T1, ready=True)
    assert made["startTime"] == T0
    assert made["containerStatuses"][0]["state"]["running"]["startedAt"] == T0
    assert told(made)["Ready"] == ("True", None, T1)
    assert told(made)["Initialized"] == ("True", None, T0)
    assert made["conditions"][2]["reason"] is None
    assert made["conditions"][2]["message"] is None


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ([], 'corresponding condition of pod readiness gate "g" does not exist.'),
        (
            [{"type": "g", "status": "False"}],
            'the status of pod readiness gate "g" is not "True", but False',
        ),
        ([{"type": "g", "status": "True"}], None),
    ],
)
def test_gates_keep_a_pod_from_being_ready(conditions, message):
    """Its containers are ready all the same."""
    gates = [{"conditionType": "g"}]
    made = running(pod(readinessGates=gates, status={"conditions": conditions}), T0, ready=True)
    assert told(made)["ContainersReady"][0] == "True"
    assert told(made)["Ready"][0] == ("False" if message else "True")
    assert made["conditions"][2].get("message") == message


@pytest.mark.parametrize(
    ("code", "phase", "why", "reason"),
    [(0, "Succeeded", "PodCompleted", "Completed"), (3, "Failed", "PodFailed", "Error")],
)
def test_a_pod_that_ended(code, phase, why, reason):
    """Its containers tell the code, and from when to when they ran."""
    begun = running(pod(), T0, ready=True)
    made = ended(pod(status=begun), T1, code)
    assert made["phase"] == phase
    assert told(made)["Ready"] == ("False", why, T1)
    assert told(made)["ContainersReady"] == ("False", why, T1)
    assert told(made)["Initialized"] == ("True", why if code == 0 else None, T0)
    (container,) = made["containerStatuses"]
    assert (container["ready"], container["started"]) == (False, False)
    assert container["state"] == {
        "terminated": {"exitCode": code, "reason": reason, "startedAt": T0, "finishedAt": T1}
    }


def test_containers_that_come_first():
    """One ends, one stays beside the others; when the Pod has ended, so have both."""
    first = [{"name": "i", "image": "a"}, {"name": "s", "image": "b", "restartPolicy": "Always"}]
    made = running(pod(initContainers=first), T0, ready=True)
    one, beside = made["initContainerStatuses"]
    over = {"exitCode": 0, "reason": "Completed", "startedAt": T0, "finishedAt": T0}
    assert one["state"] == {"terminated": over}
    assert (one["ready"], one["started"]) == (True, False)
    assert beside["state"] == {"running": {"startedAt": T0}}
    assert (beside["ready"], beside["started"]) == (True, True)
    after = ended(pod(initContainers=first, status=made), T1, 0)
    one, beside = after["initContainerStatuses"]
    assert one["state"] == {"terminated": over}
    assert beside["state"]["terminated"]["finishedAt"] == T1


def test_only_what_is_new_differs():
    """Times of conditions, and conditions of others, say nothing new."""
    made = running(pod(), T0, ready=True)
    others = [*made["conditions"], {"type": "g", "status": "True"}]
    known = pod(status={**made, "conditions": others, "qosClass": "BestEffort"})
    assert not differs(known, running(known, T1, ready=True))
    assert differs(known, running(known, T1, ready=False))
    assert differs(pod(), made)
    known["metadata"]["generation"] = 2
    assert differs(known, running(known, T1, ready=True))
