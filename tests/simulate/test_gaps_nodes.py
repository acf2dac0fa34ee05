"""What the simulated scheduler and kubelet do not do: each gap of the manual's list, shown."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.scheduler import Scheduler
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_kubelet import pod, ready
from tests.simulate.actors.test_scheduler import add, place

HOST = "kubernetes.io/hostname"
TERM = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": HOST}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
DISK = {"name": "d", "gcePersistentDisk": {"pdName": "one"}}
PORT = {"containerPort": 80, "hostPort": 80}


def nodes() -> Cluster:
    """Return a cluster of two Nodes that a scheduler knows."""
    cluster = Cluster(Scheduler())
    for name in ("a", "b"):
        add(cluster, name, labels={HOST: name})
    return cluster


@pytest.mark.parametrize(
    "spec",
    [
        {"affinity": {"podAntiAffinity": {REQUIRED: [TERM]}}},
        {
            "topologySpreadConstraints": [
                {**TERM, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
            ]
        },
        {"containers": [{"name": "c", "image": "i", "ports": [PORT]}]},
        {"volumes": [DISK]},
    ],
    ids=["affinity between Pods", "spreading", "ports", "volumes"],
)
def test_other_pods(spec):
    """A second Pod that should keep away from the first is bound to the same Node."""
    cluster = nodes()
    for name in ("p", "q"):
        cluster.create(pod(name, node="", labels={"app": "web"}, **spec))
    assert (place(cluster), place(cluster, "q")) == ("a", "a")


def test_devices():
    """A claim of a device that nobody has made keeps no Pod from its Node."""
    cluster = nodes()
    claims = [{"name": "gpu", "resourceClaimName": "none"}]
    cluster.create(pod(node="", resourceClaims=claims))
    assert place(cluster) == "a"


def test_preemption():
    """A Pod of a high priority waits; those that are in its place stay."""
    cluster = Cluster(Scheduler())
    add(cluster, "a", allocatable={"pods": "1"})
    path = "/apis/scheduling.k8s.io/v1/priorityclasses"
    cluster.ask("POST", path, {"metadata": {"name": "high"}, "value": 1_000_000})
    cluster.create(pod(node=""))
    cluster.create(pod("q", node="", priorityClassName="high"))
    assert (place(cluster), place(cluster, "q")) == (
        "a",
        "0/1 nodes are available: 1 Too many pods.",
    )


def test_scores():
    """Of Nodes that fit, the first by name is taken, however full it is."""
    cluster = nodes()
    for number in range(5):
        cluster.create(pod(f"p{number}", node=""))
    assert {place(cluster, f"p{number}") for number in range(5)} == {"a"}


@pytest.mark.parametrize(
    "container",
    [
        {"image": "nowhere.test/none:none", "imagePullPolicy": "Always"},
        {"readinessProbe": {"exec": {"command": ["false"]}}},
        {"startupProbe": {"exec": {"command": ["false"]}}},
        {"livenessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1}},
        {"command": ["false"]},
    ],
    ids=["image", "readiness", "startup", "liveness", "command"],
)
def test_containers(container):
    """A Pod runs and is ready for ever, whatever its container would do."""
    cluster = Cluster(Kubelet())
    made: dict[str, Any] = {"name": "c", "image": "img", **container}
    cluster.create(pod(containers=[made]))
    cluster.wait(86_400)
    (status,) = cluster.get("Pod", "p")["status"]["containerStatuses"]
    assert ready(cluster) == ("Running", "True")
    assert (status["ready"], status["restartCount"]) == (True, 0)


def test_references_of_pods():
    """A Pod runs though the ConfigMap, the Secret and the claim that it names are not there."""
    volumes = [
        {"name": "m", "configMap": {"name": "none"}},
        {"name": "s", "secret": {"secretName": "none"}},
        {"name": "v", "persistentVolumeClaim": {"claimName": "none"}},
    ]
    cluster = Cluster(Kubelet())
    cluster.create(pod(volumes=volumes))
    assert ready(cluster) == ("Running", "True")


def test_events_of_nodes():
    """Nobody tells that a Pod was bound and started."""
    cluster = Cluster(Scheduler(), Kubelet())
    add(cluster, "a")
    cluster.create(pod(node=""))
    assert ready(cluster) == ("Running", "True")
    found = cluster.server.request("GET", "/api/v1/namespaces/default/events").body
    assert found["items"] == []


def test_capacity():
    """A Node that says nothing of what it has takes every Pod."""
    cluster = nodes()
    resources = {"requests": {"cpu": "1000000"}}
    cluster.create(pod(node="", containers=[{"name": "c", "image": "i", "resources": resources}]))
    assert place(cluster) == "a"
