"""The scheduler that users put beside a server."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.scheduler import Scheduler, _requests
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_kubelet import pod


def node(name, taints=(), labels=None, **more):
    """Return a Node; that it is new and not ready is taken from it by the test."""
    about = {"name": name, "labels": labels or {}}
    spec = {"taints": list(taints), **more.pop("spec", {})}
    made = {"apiVersion": "v1", "kind": "Node", "metadata": about, "spec": spec}
    return {**made, "status": more}


@pytest.fixture
def cluster():
    return Cluster(Scheduler())


def add(cluster, *args, **more):
    made = node(*args, **more)
    cluster.create(made)
    cluster.patch("Node", made["metadata"]["name"], {"spec": {"taints": made["spec"]["taints"]}})


def place(cluster, name="p"):
    """Return the Node of a Pod, or why it has none."""
    found = cluster.get("Pod", name)
    conditions = {each["type"]: each for each in found["status"].get("conditions", ())}
    return found["spec"].get("nodeName") or conditions.get("PodScheduled", {}).get("message")


def test_the_first_node_by_name_is_taken(cluster):
    """A Pod that names another scheduler is left to it."""
    add(cluster, "b")
    add(cluster, "a")
    cluster.create(pod(node=""))
    cluster.create(pod("q", node="", schedulerName="other"))
    assert (place(cluster), place(cluster, "q")) == ("a", None)


def test_without_nodes_pods_wait():
    """Unless there is to be one that nobody made."""
    cluster = Cluster(Scheduler())
    cluster.create(pod(node=""))
    assert place(cluster) == "no nodes available to schedule pods"
    condition = cluster.get("Pod", "p")["status"]["conditions"][0]
    assert (condition["status"], condition["reason"]) == ("False", "Unschedulable")
    before = cluster.version()
    cluster.wait(100)
    assert cluster.version() == before
    add(cluster, "a")
    assert place(cluster) == "a"
    made_up = Cluster(Scheduler(without_nodes="nowhere"))
    made_up.create(pod(node=""))
    assert place(made_up) == "nowhere"


TAINT = {"key": "k", "value": "v", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("more", "wants", "why"),
    [
        ({"spec": {"unschedulable": True}}, {}, "node(s) were unschedulable"),
        ({"taints": [TAINT]}, {}, "node(s) had untolerated taint(s)"),
        (
            {"labels": {"a": "b"}},
            {"nodeSelector": {"a": "c"}},
            "node(s) didn't match Pod's node affinity/selector",
        ),
    ],
)
def test_a_node_that_does_not_fit_says_why(cluster, more, wants, why):
    """The reasons are counted, as the real scheduler words them."""
    for name in "ab":
        add(cluster, name, **more)
    cluster.create(pod(node="", **wants))
    assert place(cluster) == f"0/2 nodes are available: 2 {why}."


def test_what_is_tolerated_does_not_matter(cluster):
    """Nor does a taint that only says what is better."""
    add(cluster, "a", [TAINT, {"key": "x", "effect": "PreferNoSchedule"}])
    cluster.create(pod(node="", tolerations=[{"key": "k", "operator": "Exists"}]))
    assert place(cluster) == "a"
    cluster.patch("Node", "a", {"spec": {"unschedulable": True}})
    cluster.create(pod("q", node="", tolerations=[{"operator": "Exists"}]))
    assert place(cluster, "q") == "a"


def asking(cpu, **more):
    """Return the containers of a Pod that asks for processors."""
    return [{"name": "c", "image": "img", "resources": {"requests": {"cpu": cpu, **more}}}]


def test_what_is_asked_for_has_to_be_there(cluster):
    """When another Pod goes, there is room again."""
    add(cluster, "a", allocatable={"cpu": "2", "pods": "10"})
    cluster.create(pod("p", node="", containers=asking("1500m")))
    cluster.create(pod("q", node="", containers=asking("600m", memory="1Ki")))
    told = "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."
    assert (place(cluster), place(cluster, "q")) == ("a", told)
    cluster.create(pod("r", node="", containers=asking("600m")))
    assert place(cluster, "r") == "0/1 nodes are available: 1 Insufficient cpu."
    cluster.delete("Pod", "p", gracePeriodSeconds=0)
    assert place(cluster, "r") == "a"


def test_pods_are_counted(cluster):
    """A Node holds so many Pods; one that has ended is none of them."""
    add(cluster, "a", allocatable={"pods": "1"})
    cluster.create(pod("p", node=""))
    cluster.create(pod("q", node=""))
    assert place(cluster, "q") == "0/1 nodes are available: 1 Too many pods."
    cluster.report("p", "Succeeded")
    assert place(cluster, "q") == "a"


def test_containers_that_come_first_ask_too(cluster):
    """The most that runs at once counts: what stays beside the others, and what comes alone."""
    add(cluster, "a", allocatable={"cpu": "3", "pods": "10"})
    first = [
        {**asking("1")[0], "name": "s", "restartPolicy": "Always"},
        {**asking("1500m")[0], "name": "i"},
    ]
    cluster.create(pod("p", node="", initContainers=first, containers=asking("1")))
    cluster.create(pod("q", node="", containers=asking("501m")))
    cluster.create(pod("r", node="", containers=asking("500m")))
    assert [place(cluster, name) for name in "pr"] == ["a", "a"]
    assert place(cluster, "q") == "0/1 nodes are available: 1 Insufficient cpu."


def test_gates_hold_a_pod_back(cluster):
    """When the last gate is taken away, it is bound."""
    add(cluster, "a")
    cluster.create(pod(node="", schedulingGates=[{"name": "example.com/g"}]))
    assert "nodeName" not in cluster.get("Pod", "p")["spec"]
    cluster.patch("Pod", "p", {"spec": {"schedulingGates": []}})
    assert place(cluster) == "a"


def test_what_a_class_of_runtimes_takes_is_added():
    """The overhead of a Pod comes on top of its containers."""
    spec = {"containers": asking("1"), "overhead": {"cpu": "250m", "memory": "1Ki"}}
    assert _requests({"spec": spec}) == {
        "cpu": Fraction(5, 4),
        "memory": Fraction(1024),
        "pods": Fraction(1),
    }


def test_a_pod_that_is_gone_is_nothing_to_do(cluster):
    """Whoever looks finds nothing."""
    assert Scheduler().sync(Api(cluster.server), "/Pod/default/gone") is None
