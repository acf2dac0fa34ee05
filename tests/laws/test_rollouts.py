"""Whatever was done to a Deployment: when it is left alone, it comes to what its spec says."""

from __future__ import annotations

import random

import pytest

from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.scheduler import Scheduler
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_deployment import deployment, other

FOLDER = "/apis/apps/v1/namespaces/default/"
STRATEGIES = (
    {"type": "Recreate", "rollingUpdate": None},
    {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
    {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": "25%"}},
)


def _changed(chance, cluster):
    """Return a path and a patch for it: of the Deployment, a ReplicaSet, a Pod or its status."""
    web = f"{FOLDER}deployments/web"
    choices = [
        (web, {"spec": {"replicas": chance.randrange(9)}}),
        (web, other(str(chance.randrange(4)))),
        (web, {"spec": {"paused": chance.random() < 0.5}}),
        (web, {"spec": {"strategy": chance.choice(STRATEGIES)}}),
        (web, {"spec": {"minReadySeconds": chance.randrange(4), "revisionHistoryLimit": 1}}),
    ]
    choices += [
        (f"{FOLDER}replicasets/{name}", {"spec": {"replicas": chance.randrange(5)}})
        for name in sorted(cluster.names("ReplicaSet"))
    ]
    for name in sorted(cluster.names("Pod")):
        path = f"/api/v1/namespaces/default/pods/{name}"
        labels = {"app": chance.choice(("web", "other"))}
        choices.append((path, {"metadata": {"labels": labels}}))
        choices.append((f"{path}/status", {"status": {"phase": "Failed"}}))
    return chance.choice(choices)


@pytest.mark.parametrize("seed", range(6))
def test_a_deployment_that_is_left_alone_comes_to_rest(seed):
    """All replicas are new and available, nothing is too many, and nobody writes any more."""
    chance = random.Random(seed)
    kubelet = Kubelet("slow", seconds=3, removal=chance.choice(("at once", "after grace")))
    actors = built_in("deployment-controller,replicaset-controller")
    cluster = Cluster(*actors, Scheduler(without_nodes="n"), kubelet)
    cluster.create(deployment())
    media = "application/merge-patch+json"
    for _ in range(20):
        path, body = _changed(chance, cluster)
        cluster.server.request("PATCH", path, body=body, content_type=media)
        cluster.wait(chance.choice((0, 0, 1, 5, 40)))
    cluster.patch("Deployment", "web", {"spec": {"paused": False}})
    cluster.wait(2000)
    before = cluster.version()
    cluster.wait(5000)
    assert cluster.version() == before
    found = cluster.get("Deployment", "web")
    wanted = found["spec"]["replicas"]
    version = found["spec"]["template"]["metadata"]["labels"]["v"]
    sizes = {
        each["metadata"]["labels"]["v"]: each["spec"]["replicas"]
        for each in cluster.list("ReplicaSet")
        if each["spec"]["replicas"]
    }
    assert sizes == ({version: wanted} if wanted else {})
    assert found["status"].get("availableReplicas", 0) == wanted
