"""What the kubelet does for Nodes."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.kubelet import Kubelet
from tests.simulate.actors.cluster import Cluster

LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n"
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}


def conditions(cluster):
    found = cluster.get("Node", "n")["status"]["conditions"]
    return {each["type"]: each["status"] for each in found}


def renewed(cluster):
    return cluster.ask("GET", LEASE)["spec"]["renewTime"]


def test_a_new_node_is_ready_and_has_a_lease():
    """Its lease goes with it."""
    cluster = Cluster(Kubelet())
    cluster.create(NODE)
    expected = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
    assert conditions(cluster) == {**expected, "Ready": "True"}
    assert renewed(cluster) == "2026-01-01T00:00:00.000000Z"
    cluster.wait(25)
    assert renewed(cluster) == "2026-01-01T00:00:20.000000Z"
    cluster.delete("Node", "n")
    assert cluster.server.request("GET", LEASE).status == 404


def test_what_others_say_of_a_node_stays():
    """A Node that is said not to be ready is not."""
    cluster = Cluster(Kubelet())
    told = [{"type": "Ready", "status": "False"}, {"type": "DiskPressure", "status": "Unknown"}]
    cluster.create({**NODE, "status": {"conditions": told}})
    assert conditions(cluster)["Ready"] == "False"
    assert conditions(cluster)["DiskPressure"] == "False"


@pytest.mark.parametrize(("nodes", "value"), [(None, "True"), ((), "Unknown")])
def test_heartbeats_keep_a_node_alive(nodes, value):
    """With the controller that judges Nodes, a Node that nobody works for becomes Unknown."""
    cluster = Cluster(*built_in("node-lifecycle-controller"), Kubelet(nodes=nodes))
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    cluster.create({**NODE, "status": {"conditions": [ready]}})
    cluster.wait(300)
    assert conditions(cluster)["Ready"] == value


def test_a_new_node_loses_its_first_taint():
    """That it is not ready is taken away when it says that it is."""
    cluster = Cluster(*built_in("node-lifecycle-controller"), Kubelet())
    cluster.create(NODE)
    assert "taints" not in cluster.get("Node", "n")["spec"]


def test_a_kubelet_without_heartbeats_writes_no_lease():
    """Nothing moves then, however much time passes."""
    cluster = Cluster(Kubelet(heartbeat=None))
    cluster.create(NODE)
    before = cluster.version()
    cluster.wait(10_000)
    assert cluster.version() == before
    assert cluster.server.request("GET", LEASE).status == 404


def test_a_pause_between_heartbeats_is_needed():
    """None is more than nothing."""
    with pytest.raises(DefinitionError, match="heartbeat must be more than 0"):
        Kubelet(heartbeat=0)


def test_a_node_that_goes_is_not_kept():
    """A Node that waits for a finalizer gets no more heartbeats."""
    cluster = Cluster(Kubelet())
    cluster.create({**NODE, "metadata": {"name": "n", "finalizers": ["example.com/wait"]}})
    cluster.delete("Node", "n")
    cluster.wait(100)
    assert renewed(cluster) == "2026-01-01T00:00:00.000000Z"
