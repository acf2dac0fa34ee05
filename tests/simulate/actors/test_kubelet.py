"""The kubelet that users put beside a server."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate.actors.kubelet import JOBS, Kubelet, PodChoice
from tests.simulate.actors.batch import Batch, job
from tests.simulate.actors.cluster import Cluster


def pod(name="p", node="n", **more):
    """Return a Pod, bound to a Node."""
    labels = more.pop("labels", {})
    about = {"name": name, "namespace": "default", "labels": labels, **more.pop("about", {})}
    spec = {"containers": [{"name": "c", "image": "img"}], **more}
    spec |= {"nodeName": node} if node else {}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec}


def ready(cluster, name="p"):
    """Return the phase of a Pod and whether it is ready."""
    status = cluster.get("Pod", name)["status"]
    conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
    return status["phase"], conditions.get("Ready")


def test_a_pod_that_is_bound_runs_and_one_that_is_not_waits():
    """It is ready at once unless something else is chosen, and is written once."""
    cluster = Cluster(Kubelet())
    cluster.create(pod())
    cluster.create(pod("q", node=""))
    assert ready(cluster) == ("Running", "True")
    assert ready(cluster, "q") == ("Pending", None)
    managers = {each["manager"] for each in cluster.get("Pod", "p")["metadata"]["managedFields"]}
    assert managers == {"user", "kubelet"}
    before = cluster.version()
    cluster.wait(1000)
    assert cluster.version() == before
    cluster.bind("q", "n")
    assert ready(cluster, "q") == ("Running", "True")


def test_slow_pods_are_ready_after_their_time():
    """The seconds count from when the Pod started."""
    cluster = Cluster(Kubelet("slow", seconds=5))
    cluster.create(pod())
    assert ready(cluster) == ("Running", "False")
    cluster.wait(4)
    cluster.patch("Pod", "p", {"metadata": {"labels": {"a": "b"}}})
    assert ready(cluster) == ("Running", "False")
    cluster.wait(1)
    assert ready(cluster) == ("Running", "True")
    since = cluster.get("Pod", "p")["status"]["conditions"]
    times = {each["type"]: each["lastTransitionTime"][-3:-1] for each in since}
    assert (times["Initialized"], times["Ready"]) == ("00", "05")


def test_the_first_choice_that_names_a_pod_counts():
    """By name, by selector, and all others."""
    choices = [
        PodChoice(name="p", ready="never"),
        PodChoice(selector={"matchLabels": {"a": "b"}}, ready="at once"),
    ]
    cluster = Cluster(Kubelet("never", choices=choices))
    cluster.create(pod("p", labels={"a": "b"}))
    cluster.create(pod("q", labels={"a": "b"}))
    cluster.create(pod("r"))
    assert [ready(cluster, name)[1] for name in "pqr"] == ["False", "True", "False"]


@pytest.mark.parametrize(
    ("ends", "phase", "code"), [("succeeds", "Succeeded", 0), ("fails", "Failed", 7)]
)
def test_pods_end_when_they_are_told_to(ends, phase, code):
    """A Pod that has ended is left alone."""
    choice = PodChoice(name="p", ends=ends, after=3, exit_code=7)
    cluster = Cluster(Kubelet(choices=[choice]))
    cluster.create(pod(restartPolicy="Never"))
    assert ready(cluster) == ("Running", "True")
    cluster.wait(3)
    assert ready(cluster) == (phase, "False")
    state = cluster.get("Pod", "p")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert state["exitCode"] == code
    before = cluster.version()
    cluster.wait(100)
    assert cluster.version() == before


def test_pods_of_jobs_can_be_told_apart():
    """A Job completes when its Pods are chosen to succeed."""
    batch = Batch()
    choice = PodChoice(selector=JOBS, ends="succeeds", after=1)
    batch.queue.actors = (*batch.queue.actors, Kubelet(choices=[choice]))
    batch.create(job(completions=2))
    batch.bind(batch.names("Pod")[0], "n")
    batch.wait(2)
    batch.bind(
        next(e["metadata"]["name"] for e in batch.list("Pod") if not e["spec"].get("nodeName")), "n"
    )
    batch.wait(2)
    assert batch.get("Job", "j")["status"]["succeeded"] == 2


def test_pods_that_are_deleted_go():
    """At once, unless their grace period is to be waited for."""
    for removal, gone in (("at once", True), ("after grace", False)):
        cluster = Cluster(Kubelet(removal=removal))
        cluster.create(pod())
        cluster.delete("Pod", "p")
        assert (cluster.get("Pod", "p") is None) is gone
        cluster.wait(29)
        assert (cluster.get("Pod", "p") is None) is gone
        cluster.wait(1)
        assert cluster.get("Pod", "p") is None


def test_a_pod_that_is_held_has_ended_when_it_goes():
    """Whoever holds it with a finalizer sees that its containers were stopped."""
    cluster = Cluster(Kubelet())
    cluster.create(pod(about={"finalizers": ["example.com/wait"]}))
    cluster.delete("Pod", "p")
    assert ready(cluster) == ("Failed", "False")
    before = cluster.version()
    cluster.wait(100)
    assert cluster.version() == before
    cluster.patch("Pod", "p", {"metadata": {"finalizers": None}})
    assert cluster.get("Pod", "p") is None


def test_addresses_are_the_lowest_that_are_free():
    """A Pod on the network of its host has the address of its Node."""
    cluster = Cluster(Kubelet())
    for name in "pqr":
        cluster.create(pod(name))
    cluster.delete("Pod", "q")
    cluster.create(pod("s"))
    cluster.create(pod("t"))
    cluster.create(pod("h", hostNetwork=True))
    known = {each["metadata"]["name"]: each["status"] for each in cluster.list("Pod")}
    addresses = {name: status["podIP"] for name, status in known.items()}
    assert addresses == {
        "p": "10.2.0.1",
        "s": "10.2.0.2",
        "r": "10.2.0.3",
        "t": "10.2.0.4",
        "h": "10.1.0.1",
    }
    assert known["p"]["hostIPs"] == [{"ip": "10.1.0.1"}]


def test_a_node_tells_its_address():
    """Where there is a Node with an internal address, it is the one of its Pods' host."""
    cluster = Cluster(Kubelet())
    addresses = [
        {"type": "Hostname", "address": "n"},
        {"type": "InternalIP", "address": "10.9.9.9"},
    ]
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
    cluster.create({**node, "status": {"addresses": addresses}})
    cluster.create(pod())
    assert cluster.get("Pod", "p")["status"]["hostIP"] == "10.9.9.9"


def test_a_kubelet_of_some_nodes_leaves_the_others():
    """A Node that is silent has Pods nobody starts."""
    cluster = Cluster(Kubelet(nodes={"m"}))
    cluster.create(pod())
    cluster.create(pod("q", node="m"))
    assert [ready(cluster, name)[0] for name in "pq"] == ["Pending", "Running"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ready": "soon"},
        {"seconds": -1},
        {"removal": "later"},
        {"choices": [PodChoice(ends="maybe")]},
        {"choices": [PodChoice(after=-1)]},
        {"choices": [PodChoice(exit_code=0)]},
    ],
    ids=str,
)
def test_words_and_times_that_mean_nothing_are_refused(wrong):
    """What is wrong is said when a kubelet is made."""
    with pytest.raises(DefinitionError, match=r"^Kubelet: "):
        Kubelet(**wrong)
