"""What PodDisruptionBudgets allow."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.disruption import DisruptionController
from tests.simulate.actors.objects import World, pod
from tests.workloads import differences, workloads

_VERSION = "policy/v1"
_WEB = {"app": "web"}


@pytest.mark.parametrize("name", workloads("poddisruptionbudget_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Budgets come to the same status as with the real controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    return World(DisruptionController())


def _budget(name="b", **spec):
    wanted = {"selector": {"matchLabels": _WEB}, **spec}
    about = {"name": name}
    return {
        "apiVersion": _VERSION,
        "kind": "PodDisruptionBudget",
        "metadata": about,
        "spec": wanted,
    }


def _status(world, name="b"):
    return world.read("PodDisruptionBudget", name, _VERSION)["status"]


def _owned(world, kind, version, name, *, pods=1):
    """Make Pods that an object controls."""
    found = world.read(kind, name, version)
    owner = {"apiVersion": version, "kind": kind, "name": name, "controller": True}
    owner["uid"] = found["metadata"]["uid"]
    for number in range(pods):
        made = pod(f"{name}-{number}", labels=_WEB)
        made["metadata"]["ownerReferences"] = [owner]
        world.make(made)


def _workload(kind, name, replicas):
    template = {"metadata": {"labels": _WEB}, "spec": pod()["spec"]}
    spec = {"selector": {"matchLabels": _WEB}, "template": template, "replicas": replicas}
    if kind == "StatefulSet":
        spec["serviceName"] = "s"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "healthy"),
    [
        ({"minAvailable": 2}, 2),
        ({"minAvailable": "50%"}, 3),
        ({"maxUnavailable": 1}, 4),
        ({"maxUnavailable": "50%"}, 2),
        ({"maxUnavailable": 9}, 0),
    ],
)
def test_parts_are_of_what_the_owners_want(world, spec, healthy):
    """Percents are rounded up, both ways."""
    world.make(_workload("ReplicaSet", "r", 5))
    _owned(world, "ReplicaSet", "apps/v1", "r", pods=2)
    world.make(_budget(**spec))
    assert _status(world)["desiredHealthy"] == healthy
    assert _status(world)["expectedPods"] == (2 if spec == {"minAvailable": 2} else 5)


def test_owners_are_counted_once_and_together(world):
    """A ReplicaSet and a StatefulSet, each with several Pods."""
    world.make(_workload("ReplicaSet", "r", 3))
    world.make(_workload("StatefulSet", "t", 2))
    _owned(world, "ReplicaSet", "apps/v1", "r", pods=2)
    _owned(world, "StatefulSet", "apps/v1", "t", pods=2)
    world.make(_budget(maxUnavailable=1))
    assert _status(world)["expectedPods"] == 5


def test_an_owner_without_a_scale_fails_the_budget(world):
    """The condition says so, and nothing is allowed."""
    template = {"spec": {**pod()["spec"], "restartPolicy": "Never"}}
    about = {"name": "j"}
    world.make(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": about, "spec": {"template": template}}
    )
    _owned(world, "Job", "batch/v1", "j")
    world.make(_budget(maxUnavailable=1))
    (told,) = _status(world)["conditions"]
    assert (told["reason"], told["message"]) == (
        "SyncFailed",
        "jobs.batch does not implement the scale subresource",
    )


@pytest.mark.parametrize(
    ("version", "kind", "message"),
    [
        ("apps/v1", "ReplicaSet", 'found no controllers for pod "x-0"'),
        ("a.example.com/v1", "Thing", 'no matches for kind "Thing" in version "a.example.com/v1"'),
    ],
)
def test_an_owner_that_is_not_there_fails_the_budget(world, version, kind, message):
    """One that is missing, and one that is of no kind."""
    uid = "00000000-0000-4000-8000-000000000000"
    owner = {"apiVersion": version, "kind": kind, "name": "x", "uid": uid, "controller": True}
    made = pod("x-0", labels=_WEB)
    made["metadata"]["ownerReferences"] = [owner]
    world.server.request("POST", world.path("v1", "Pod"), body=made)
    world.server.request(
        "POST", world.path(_VERSION, "PodDisruptionBudget"), body=_budget(maxUnavailable=1)
    )
    world.queue.step(world.server)
    assert _status(world)["conditions"][0]["message"] == message


def test_custom_owners_are_asked_by_their_scale(world):
    """What the definition says is the number of replicas."""
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
            "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
        },
    }
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"scale": scale, "status": {}},
    }
    names = {"plural": "things", "singular": "thing", "kind": "Thing"}
    spec = {"group": "a.example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    world.make(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.a.example.com"},
            "spec": spec,
        }
    )
    about = {"name": "x"}
    world.make(
        {
            "apiVersion": "a.example.com/v1",
            "kind": "Thing",
            "metadata": about,
            "spec": {"replicas": 4},
        }
    )
    _owned(world, "Thing", "a.example.com/v1", "x")
    world.make(_budget(maxUnavailable=1))
    assert _status(world)["expectedPods"] == 4


def test_an_evicted_pod_does_not_count_for_two_minutes(world):
    """It is ready and there; then it counts again."""
    for number in (1, 2, 3):
        made = pod(f"p{number}", labels=_WEB, node="n")
        made["metadata"]["finalizers"] = ["x.example.com/f"]
        world.make(made)
        world.run(f"p{number}")
    world.make(_budget(minAvailable=1))
    told = {
        "status": {
            "disruptedPods": {"p1": world.read("Pod", "p1")["metadata"]["creationTimestamp"]}
        }
    }
    world.change("PodDisruptionBudget", "b", told, _VERSION, "status")
    assert _status(world)["currentHealthy"] == 2
    world.wait(121)
    assert _status(world)["currentHealthy"] == 3
    assert "disruptedPods" not in _status(world)


def test_a_pod_that_was_to_go_and_did_not_forgets_it(world):
    """After two minutes the condition is false."""
    world.make(pod(labels=_WEB, node="n"))
    now = world.read("Pod", "p")["metadata"]["creationTimestamp"]
    told = {"type": "DisruptionTarget", "status": "True", "reason": "X", "lastTransitionTime": now}
    world.change("Pod", "p", {"status": {"conditions": [told]}}, part="status")
    world.wait(119)
    assert world.read("Pod", "p")["status"]["conditions"][0]["status"] == "True"
    world.wait(2)
    assert world.read("Pod", "p")["status"]["conditions"][0]["status"] == "False"


def test_at_rest_nothing_is_written(world):
    """Time alone changes no budget."""
    world.make(pod(labels=_WEB))
    world.make(_budget(minAvailable=1))
    version = world.version()
    world.wait(1000)
    assert world.version() == version


def test_a_budget_that_says_nothing_allows_nothing(world):
    """Nor one that selects nothing."""
    world.make(pod(labels=_WEB))
    world.run("p")
    world.make(_budget())
    world.make(_budget("none", selector=None, minAvailable=0))
    assert _status(world)["disruptionsAllowed"] == 0
    assert _status(world, "none")["expectedPods"] == 0


def test_an_owner_made_again_is_another_one(world):
    """Its Pods are of nobody that can be asked."""
    world.make(_workload("ReplicaSet", "r", 1))
    uid = "00000000-0000-4000-8000-000000000000"
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": uid}
    made = pod("x", labels=_WEB)
    made["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    world.server.request("POST", world.path("v1", "Pod"), body=made)
    budget = world.path(_VERSION, "PodDisruptionBudget")
    world.server.request("POST", budget, body=_budget(maxUnavailable=1))
    world.queue.step(world.server)
    while world.queue.step(world.server):
        pass
    assert _status(world)["conditions"][0]["message"] == 'found no controllers for pod "x"'
