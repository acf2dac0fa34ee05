"""Taints, labels and silence of Nodes."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.node_lifecycle import NodeLifecycle
from reconcile.simulate.server.clock import stamp
from tests.simulate.actors.objects import World, node, pod
from tests.workloads import differences, workloads

_READY, _FAR = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"


@pytest.mark.parametrize("name", workloads("node_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Nodes come to the same state as with the real controllers."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    return World(NodeLifecycle())


def _taints(world, name="n"):
    told = world.read("Node", name)["spec"].get("taints", ())
    return [(each["key"].rpartition("/")[2], each["effect"]) for each in told]


def _tell(world, name="n", **conditions):
    """Say something of a Node, as its kubelet does."""
    now = stamp(world.server.world.now)
    told = [
        {"type": kind, "status": status, "lastHeartbeatTime": now}
        for kind, status in conditions.items()
    ]
    path = world.path("v1", "Node", name) + "/status"
    media = "application/strategic-merge-patch+json"
    world.ask("PATCH", path, {"status": {"conditions": told}}, content_type=media)


def test_a_new_node_is_tainted_until_it_says_something(world):
    """The server gives the taint, and the controller takes it off."""
    world.make(node())
    assert _taints(world) == []


@pytest.mark.parametrize(
    ("condition", "taint"),
    [
        ("MemoryPressure", "memory-pressure"),
        ("DiskPressure", "disk-pressure"),
        ("PIDPressure", "pid-pressure"),
        ("NetworkUnavailable", "network-unavailable"),
    ],
)
def test_conditions_are_taints(world, condition, taint):
    """They come and go together."""
    world.make(node(ready="True"))
    _tell(world, Ready="True", **{condition: "True"})
    assert _taints(world) == [(taint, "NoSchedule")]
    _tell(world, Ready="True", **{condition: "False"})
    assert _taints(world) == []


def test_other_taints_stay(world):
    """Only those that speak of conditions are the controller's."""
    made = node(ready="True")
    made["spec"] = {"taints": [{"key": "own", "effect": "NoSchedule"}]}
    world.make(made)
    world.change("Node", "n", {"spec": {"unschedulable": True}})
    assert _taints(world) == [("own", "NoSchedule"), ("unschedulable", "NoSchedule")]
    world.change("Node", "n", {"spec": {"unschedulable": None}})
    assert _taints(world) == [("own", "NoSchedule")]


def test_old_names_of_labels_follow_the_new(world):
    """They are made, and put right."""
    world.make(node(**{"kubernetes.io/os": "linux", "beta.kubernetes.io/os": "other"}))
    labels = world.read("Node", "n")["metadata"]["labels"]
    assert labels["beta.kubernetes.io/os"] == "linux"


def test_a_silent_node_is_unknown_and_its_pods_are_not_ready(world):
    """Fifty seconds after it was last heard of."""
    world.make(node(ready="True"))
    world.make(node("m", ready="True"))
    world.make(pod(node="n"))
    world.run("p")
    for _ in range(6):
        world.wait(10)
        _tell(world, "m", Ready="True")
    told = {each["type"]: each for each in world.read("Node", "n")["status"]["conditions"]}
    assert told["Ready"]["status"] == "Unknown"
    assert told["MemoryPressure"]["reason"] == "NodeStatusNeverUpdated"
    assert world.read("Pod", "p")["status"]["conditions"][0]["status"] == "False"
    assert _taints(world) == [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
    assert _taints(world, "m") == []
    _tell(world, Ready="True")
    assert _taints(world) == []


def test_a_node_that_never_spoke_has_a_minute(world):
    """Then all that it should have said is unknown."""
    world.make(node())
    world.wait(59)
    assert world.read("Node", "n")["status"].get("conditions") is None
    world.wait(1)
    told = world.read("Node", "n")["status"]["conditions"]
    assert {each["status"] for each in told} == {"Unknown"}
    assert len(told) == 4


def test_a_lease_is_heard(world):
    """A Node whose lease is renewed is not silent."""
    world.make(node(ready="True"))
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "n"}}
    world.ask("POST", path, {**lease, "spec": {"holderIdentity": "n"}})
    for number in range(6):
        world.wait(20)
        body = {"spec": {"leaseTransitions": number}}
        world.ask("PATCH", f"{path}/n", body, content_type="application/merge-patch+json")
    assert world.read("Node", "n")["status"]["conditions"][0]["status"] == "True"


def test_no_pod_is_driven_away_when_no_node_is_ready(world):
    """It comes back when one is."""
    world.make(node(ready="False"))
    assert _taints(world) == [("not-ready", "NoSchedule")]
    world.make(node("m", ready="True"))
    assert ("not-ready", "NoExecute") in _taints(world)
    _tell(world, "m", Ready="False")
    assert _taints(world) == [("not-ready", "NoSchedule")]


def test_one_node_of_a_zone_in_ten_seconds(world):
    """The second waits for its turn; other zones do not."""
    zone = "topology.kubernetes.io/zone"
    for name, where in (("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "y")):
        world.make(node(name, ready="True", **{zone: where}))
    for name in ("a", "b", "d"):
        _tell(world, name, Ready="False")
    driven = [name for name in "abd" if ("not-ready", "NoExecute") in _taints(world, name)]
    assert driven == ["a", "d"]
    world.wait(10)
    assert ("not-ready", "NoExecute") in _taints(world, "b")


def test_a_small_zone_with_many_bad_nodes_drives_nobody_away(world):
    """The fault may be elsewhere."""
    for name in "abcd":
        world.make(node(name, ready="True"))
    for name in "abc":
        _tell(world, name, Ready="False")
        world.wait(10)
    driven = [name for name in "abc" if ("not-ready", "NoExecute") in _taints(world, name)]
    assert driven == ["a", "b"]


def test_the_taint_follows_the_condition(world):
    """Not ready is not silent."""
    world.make(node(ready="True"))
    world.make(node("m", ready="True"))
    _tell(world, Ready="False")
    assert _taints(world)[-1] == ("not-ready", "NoExecute")
    _tell(world, Ready="Unknown")
    assert [each for each in _taints(world) if each[1] == "NoExecute"] == [
        ("unreachable", "NoExecute")
    ]


def test_a_pod_that_comes_to_a_bad_node_is_not_ready(world):
    """Whatever it says of itself."""
    world.make(node(ready="False"))
    made = pod()
    world.make(made)
    world.run("p")
    world.bind("p", "n")
    assert world.read("Pod", "p")["status"]["conditions"][0]["status"] == "False"
