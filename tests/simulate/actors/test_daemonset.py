"""The DaemonSet controller: who wakes it, its status, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api, Later
from reconcile.simulate.actors.daemonset import DaemonSetController
from tests.simulate.actors.cluster import Cluster
from tests.workloads import differences, workloads

DIFFERENT: dict[str, str] = {}
"""The conversations that are known to differ, and why."""


@pytest.mark.parametrize("name", workloads("daemonset_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """DaemonSets come to the same objects and status as with the real controller."""
    found = differences(name)
    if name in DIFFERENT:
        assert found, f"{name} is equal now: take it off the list of those that differ"
    else:
        assert not found, f"{len(found)} differences, the first of them {found[0]}"


def daemon(version="1", pod=None, **spec):
    """Return a DaemonSet called `proxy`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "proxy", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"app": "proxy"}},
            "template": {
                "metadata": {"labels": {"app": "proxy", "v": version}},
                "spec": {"containers": [{"name": "c", "image": "img"}], **(pod or {})},
            },
            **spec,
        },
    }


def add_node(cluster, name, labels=None):
    """Make a Node without the taint that new Nodes have."""
    about = {"name": name, "labels": labels or {}}
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": about})
    cluster.patch("Node", name, {"spec": {"taints": None}})


def pods_of(cluster):
    """Return the Pods by the Node that each is for."""
    found = {}
    for each in cluster.list("Pod"):
        required = each["spec"]["affinity"]["nodeAffinity"]
        (term,) = required["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        found.setdefault(term["matchFields"][0]["values"][0], []).append(each)
    return found


def run_all(cluster):
    """Bind all Pods and let them be ready."""
    for node, pods in pods_of(cluster).items():
        for pod in pods:
            if not pod["spec"].get("nodeName"):
                cluster.bind(pod["metadata"]["name"], node)
            if pod["status"]["phase"] == "Pending":
                cluster.report(pod["metadata"]["name"])


def status_of(cluster):
    """Return what the status counts, in the order of its name: desired, current, ready, wrong."""
    status = cluster.get("DaemonSet", "proxy")["status"]
    return (
        status["desiredNumberScheduled"],
        status["currentNumberScheduled"],
        status["numberReady"],
        status["numberMisscheduled"],
    )


@pytest.fixture
def cluster():
    made = Cluster(DaemonSetController())
    add_node(made, "a")
    add_node(made, "b")
    return made


def test_each_node_gets_a_pod_that_is_for_it(cluster):
    """Pods say by an affinity which Node they are for; a Node that comes gets one."""
    cluster.create(daemon())
    assert {name: len(pods) for name, pods in pods_of(cluster).items()} == {"a": 1, "b": 1}
    add_node(cluster, "c")
    assert set(pods_of(cluster)) == {"a", "b", "c"}
    run_all(cluster)
    assert status_of(cluster) == (3, 3, 3, 0)


def test_nothing_is_written_when_all_is_well(cluster):
    """A DaemonSet that is as it should be is left alone, however often it is looked at."""
    cluster.create(daemon())
    run_all(cluster)
    before = cluster.version()
    cluster.wait(3600)
    DaemonSetController().sync(Api(cluster.server), "apps/DaemonSet/default/proxy")
    assert cluster.version() == before


def test_a_node_that_no_longer_fits_loses_its_pod(cluster):
    """A label that the node selector asks for, taken off, drives the Pod out."""
    cluster.patch("Node", "a", {"metadata": {"labels": {"talk": "yes"}}})
    cluster.create(daemon(pod={"nodeSelector": {"talk": "yes"}}))
    run_all(cluster)
    assert status_of(cluster) == (1, 1, 1, 0)
    cluster.patch("Node", "a", {"metadata": {"labels": {"talk": None}}})
    (pod,) = cluster.list("Pod")
    assert "deletionTimestamp" in pod["metadata"]
    assert status_of(cluster) == (0, 0, 0, 1)


def test_a_taint_without_execution_lets_pods_stay(cluster):
    """NoSchedule makes a Pod one too many in the status, and nothing else."""
    cluster.create(daemon())
    run_all(cluster)
    taint = {"key": "own", "effect": "NoSchedule"}
    cluster.patch("Node", "a", {"spec": {"taints": [taint]}})
    cluster.patch("DaemonSet", "proxy", {"metadata": {"labels": {"look": "again"}}})
    assert len(cluster.names("Pod")) == 2
    assert status_of(cluster) == (1, 1, 1, 1)
    cluster.patch("Node", "a", {"spec": {"taints": None}})
    assert status_of(cluster) == (2, 2, 2, 0)


def test_the_deletion_of_a_node_wakes_nobody(cluster):
    """Pods that wait for a Node that is gone go when something else happens."""
    cluster.create(daemon())
    cluster.delete("Node", "a")
    assert set(pods_of(cluster)) == {"a", "b"}
    cluster.patch("DaemonSet", "proxy", {"metadata": {"labels": {"look": "again"}}})
    assert set(pods_of(cluster)) == {"b"}


def test_a_heartbeat_of_a_node_is_no_reason_to_look(cluster):
    """Only labels and taints of a Node matter."""
    controller = DaemonSetController()
    cluster.create(daemon())
    seen = cluster.version()
    cluster.patch("Node", "a", {"metadata": {"annotations": {"beat": "1"}}})
    (event,) = cluster.server.world.events(seen)
    assert list(controller.concerned(event, Api(cluster.server))) == []


def test_others_who_are_woken_by_a_node_act_before_the_daemonset(cluster):
    """A Node has its own queue in front of that of DaemonSets."""
    cluster.create(daemon())
    run_all(cluster)
    seen = cluster.version()
    cluster.patch("Node", "a", {"spec": {"taints": [{"key": "own", "effect": "NoExecute"}]}})
    event = cluster.server.world.events(seen)[0]
    woken = list(DaemonSetController().concerned(event, Api(cluster.server)))
    assert woken == [Later("apps/DaemonSet/default/proxy", 0.0)]


def test_pods_are_available_after_a_while(cluster):
    """With minReadySeconds the status counts a Pod as available so many seconds later."""
    cluster.create(daemon(minReadySeconds=10))
    run_all(cluster)
    status = cluster.get("DaemonSet", "proxy")["status"]
    assert (status["numberReady"], status["numberUnavailable"]) == (2, 2)
    cluster.wait(10)
    status = cluster.get("DaemonSet", "proxy")["status"]
    assert (status["numberAvailable"], status.get("numberUnavailable")) == (2, None)


def test_a_bare_pod_on_a_node_is_adopted(cluster):
    """What matches and is on a Node already is taken, not doubled."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bare", "namespace": "default", "labels": {"app": "proxy"}},
        "spec": {"nodeName": "a", "containers": [{"name": "c", "image": "x"}]},
    }
    cluster.create(pod)
    cluster.create(daemon(updateStrategy={"type": "OnDelete"}))
    names = cluster.names("Pod")
    assert len(names) == 2
    assert cluster.get("Pod", "bare")["metadata"]["ownerReferences"][0]["name"] == "proxy"


def test_a_daemonset_that_is_being_deleted_does_nothing(cluster):
    """Nothing is made, and the status is not written, once somebody deleted it."""
    owner = daemon()
    owner["metadata"]["finalizers"] = ["example.com/wait"]
    cluster.create(owner)
    cluster.delete("DaemonSet", "proxy", propagationPolicy="Background")
    before = cluster.get("DaemonSet", "proxy")["status"]
    for name in cluster.names("Pod"):
        cluster.delete("Pod", name)
    assert cluster.names("Pod") == []
    assert cluster.get("DaemonSet", "proxy")["status"] == before


def test_a_daemonset_that_is_gone_is_nobodys_business(cluster):
    """A key of an object that is not there is looked at without harm."""
    before = cluster.version()
    key = "apps/DaemonSet/default/proxy"
    assert DaemonSetController().sync(Api(cluster.server), key) is None
    assert cluster.version() == before


def test_a_revision_that_somebody_deletes_comes_back(cluster):
    """Revisions are watched, but not those that the controller makes itself."""
    cluster.create(daemon())
    (name,) = cluster.names("ControllerRevision")
    cluster.delete("ControllerRevision", name)
    assert cluster.names("ControllerRevision") == [name]
    about = {"name": "own", "namespace": "default", "labels": {"app": "proxy"}}
    owned = cluster.list("ControllerRevision")[0]["metadata"]["ownerReferences"]
    seen = cluster.version()
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {**about, "ownerReferences": owned},
            "data": {"a": 1},
            "revision": 1,
        }
    )
    event = cluster.server.world.events(seen)[0]
    assert list(DaemonSetController().concerned(event, Api(cluster.server))) == []


def test_what_is_refused_is_tried_again(cluster):
    """A priority that is not there: no Pod is made until it is, and the status counts."""
    cluster.create(daemon(pod={"priorityClassName": "none-of-this-name"}))
    assert cluster.names("Pod") == []
    assert status_of(cluster) == (2, 0, 0, 0)
    key = "apps/DaemonSet/default/proxy"
    assert DaemonSetController().sync(Api(cluster.server), key) == 1.0
    priority = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "none-of-this-name"},
        "value": 5,
    }
    cluster.ask("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", priority)
    cluster.wait(1)
    assert len(cluster.names("Pod")) == 2


def test_a_node_for_which_a_daemonset_has_nothing_to_do_wakes_nobody(cluster):
    """Labels that no selector asks for change nothing."""
    cluster.create(daemon())
    run_all(cluster)
    seen = cluster.version()
    cluster.patch("Node", "a", {"metadata": {"labels": {"x": "y"}}})
    event = cluster.server.world.events(seen)[0]
    assert list(DaemonSetController().concerned(event, Api(cluster.server))) == []


def test_a_node_that_is_gone_meanwhile_wakes_nobody(cluster):
    """What happened to it no longer matters."""
    cluster.create(daemon())
    seen = cluster.version()
    cluster.server.request("POST", "/api/v1/nodes", body=_NODE, user="user")
    event = cluster.server.world.events(seen)[0]
    cluster.server.request("DELETE", "/api/v1/nodes/c", user="user")
    assert list(DaemonSetController().concerned(event, Api(cluster.server))) == []


_NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "c"}}
