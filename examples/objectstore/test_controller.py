"""The objectstore, tested without a cluster: rules with plain objects, then whole clusters."""

from base64 import b64decode

import pytest
from controller import Objectstore, controller

from reconcile import JsonIn, Observed, ready
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import PersistentVolumeClaim, Pod, Secret, Service
from reconcile.simulate import Cluster, NotSettledError
from reconcile.verify import ClusterFactory, Golden, assert_no_writes, assert_settles

SPEC: dict[str, JsonIn] = {
    "selector": {"matchLabels": {"app": "store"}},
    "storage": {"size": "1Gi"},
}


# Rules: functions of plain objects.


def test_image_is_put_together() -> None:
    """The image has the registry and the tag that a team asks for."""
    image = {"registry": "registry.example.com", "tag": "2"}
    store = Objectstore.of("store", namespace="team", spec={**SPEC, "image": image})
    made = controller.sync(Observed.of(store, entropy=bytes(32))).child(Deployment, "store")
    assert made is not None
    container = made.spec.template.spec.containers[0]
    assert container.image == "registry.example.com/minio/minio:2"


def test_keys_are_drawn_from_entropy() -> None:
    """Two stores never share a key, and a key has the length that it must have."""
    store = Objectstore.of("store", namespace="team", spec=SPEC)
    first, second = (
        controller.sync(Observed.of(store, entropy=bytes([number]) * 32)).child(Secret, "store")
        for number in (1, 2)
    )
    assert first is not None
    assert second is not None
    assert len(b64decode(first.data["secretkey"])) == 45
    assert first.data["secretkey"] != second.data["secretkey"]


# Clusters: what Metacontroller makes of the rules, with either way of applying.


@pytest.fixture
def store(cluster: ClusterFactory) -> Cluster:
    """Return a cluster with a store in it, at rest; no Pod ever runs in it."""
    made = cluster(controller)
    made.create(Objectstore.of("store", spec=SPEC))
    assert_settles(made)
    return made


@pytest.mark.apply
def test_store_is_made(store: Cluster, golden: Golden) -> None:
    """A team gets what the golden file shows, and a restart of Metacontroller changes nothing."""
    golden(store, "store")
    assert_no_writes(store, after="restart")


@pytest.mark.apply
def test_new_image_keeps_the_keys(store: Cluster) -> None:
    """A change of the spec reaches the Deployment, and nothing else."""
    keys = store.get(Secret, "store").data
    store.patch(Objectstore, "store", {"spec": {"image": {"tag": "2"}}})
    assert_settles(store)
    assert store.get(Deployment, "store").spec.template.spec.containers[0].image.endswith(":2")
    assert store.get(Secret, "store").data == keys


@pytest.mark.apply
def test_drift_is_mended(store: Cluster) -> None:
    """What somebody takes away or changes is brought back."""
    store.delete(Service, "store")
    store.patch(Deployment, "store", {"spec": {"replicas": 5}}, user="somebody")
    assert_settles(store)
    assert store.get(Service, "store").spec.ports[0].port == 9000
    assert store.get(Deployment, "store").spec.replicas == 1


@pytest.mark.apply
@pytest.mark.parametrize("writes", range(1, 6))
def test_crash_loses_no_key(cluster: ClusterFactory, writes: int) -> None:
    """Whenever Metacontroller ends, the keys that it has made are those that stay."""
    made = cluster(controller)
    made.create(Objectstore.of("store", spec=SPEC))
    made.crash(after=writes)
    with pytest.raises(NotSettledError):
        made.settle()
    before = made.find(Secret, "store")
    made.restart()
    assert_settles(made)
    assert before is None or made.get(Secret, "store").data == before.data


# A cluster in which things run: built-in controllers, a scheduler, a kubelet, a provisioner.


@pytest.fixture
def running(cluster: ClusterFactory) -> Cluster:
    """Return a cluster with a store in it whose Pods take twenty seconds to be ready."""
    made = cluster(controller)
    made.run_workloads("slow", seconds=20)
    made.create(Objectstore.of("store", spec={**SPEC, "storage": {"class": "standard"}}))
    assert_settles(made)
    return made


@pytest.mark.apply
def test_store_is_ready_when_its_pod_runs(running: Cluster) -> None:
    """The condition Ready follows the Deployment, which follows its Pods."""
    assert not ready(running.get(Objectstore, "store"))
    running.advance(20)
    assert ready(running.get(Objectstore, "store"))
    assert [pod.status.phase for pod in running.list(Pod)] == ["Running"]
    assert running.get(PersistentVolumeClaim, "store").status.phase == "Bound"
    assert_no_writes(running, after="resync")


@pytest.mark.apply
def test_everything_goes_with_the_store(running: Cluster) -> None:
    """Who deletes a store deletes what was made for it, down to the Pods."""
    running.delete(Objectstore, "store")
    assert_settles(running)
    for kind in (Secret, PersistentVolumeClaim, Service, Deployment):
        assert running.find(kind, "store") is None
    assert running.list(Pod) == []
