"""Pods that nobody else deletes."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.pod_garbage import PodGarbageCollector
from tests.simulate.actors.objects import World, node, pod
from tests.workloads import differences, workloads


@pytest.mark.parametrize("name", workloads("pod_garbage"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """The same Pods go as with the real collector."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    return World(PodGarbageCollector())


def _held(name="p", **more):
    made = pod(name, **more)
    made["metadata"]["finalizers"] = ["x.example.com/f"]
    return made


def test_pods_of_a_node_that_goes_fail_and_go(world):
    """Not before somebody could have made the Node again."""
    world.make(node())
    world.make(_held(node="n"))
    world.remove("Node", "n")
    world.wait(39)
    assert "deletionTimestamp" not in world.read("Pod", "p")["metadata"]
    world.wait(21)
    told = world.read("Pod", "p")
    assert "deletionTimestamp" in told["metadata"]
    assert told["status"]["phase"] == "Failed"
    assert told["status"]["conditions"][0]["reason"] == "DeletionByPodGC"


def test_a_node_that_comes_back_keeps_its_pods(world):
    """It was away for a moment only."""
    world.make(pod(node="n"))
    world.wait(30)
    world.make(node())
    world.wait(100)
    assert world.read("Pod", "p") is not None


def test_a_pod_that_has_ended_goes_as_it_is(world):
    """It keeps its phase."""
    world.make(_held(node="n"))
    world.change("Pod", "p", {"status": {"phase": "Succeeded"}}, part="status")
    world.wait(60)
    told = world.read("Pod", "p")
    assert told["status"]["phase"] == "Succeeded"
    assert "deletionTimestamp" in told["metadata"]


def test_a_pod_that_was_never_bound_and_is_held_fails(world):
    """Within twenty seconds after its deletion."""
    world.make(_held())
    world.remove("Pod", "p")
    world.wait(20)
    assert world.read("Pod", "p")["status"]["phase"] == "Failed"


def test_pods_of_a_node_that_is_out_of_service_go(world):
    """Those that are being deleted, without waiting for the kubelet."""
    world.make(node(ready="False"))
    world.make(pod("going", node="n"))
    world.make(pod("staying", node="n"))
    world.remove("Pod", "going")
    world.wait(100)
    assert world.read("Pod", "going") is not None
    taint = {"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}
    world.change("Node", "n", {"spec": {"taints": [taint]}})
    world.wait(20)
    assert world.read("Pod", "going") is None
    assert world.read("Pod", "staying") is not None
