"""Facts about the picture of what belongs to whom."""

from __future__ import annotations

from typing import Any

from reconcile.objects.gvk import Gvk
from reconcile.simulate import Cluster, Hooked, functions
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.provisioner import Provisioner
from reconcile.simulate.actors.scheduler import Scheduler
from reconcile.simulate.pictures.tree import roots
from tests.simulate.things import (
    CONFIG_MAP,
    DEFINITION,
    THING,
    controller,
    hooked,
    sync,
    thing,
)

DEPLOYMENT = Gvk("apps/v1", "Deployment")


def config(name: str, **more: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    metadata = {"name": name, **more}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_parents_and_children() -> None:
    """Children stand below their parent, by name, without the namespace they share with it."""
    cluster = Cluster(hooked())
    cluster.create(thing(count=2))
    cluster.create(config("alone"))
    cluster.settle()
    assert cluster.tree() == (
        "Thing default/t\n├── ConfigMap t-0\n└── ConfigMap t-1\nConfigMap default/alone"
    )


def test_empty() -> None:
    """What every cluster has is not shown."""
    assert Cluster(hooked()).tree() == ""


def test_looking_changes_nothing() -> None:
    """A picture of a cluster leaves it as it was."""
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.settle()
    before = cluster.server.world
    assert cluster.tree() == cluster.tree()
    assert cluster.server.world is before


def test_workloads() -> None:
    """Objects that are owned by owned objects stand below those; volumes below their claims."""
    cluster = Cluster(
        hooked(),
        actors=(*built_in(), Scheduler(without_nodes="node"), Kubelet(), Provisioner()),
    )
    storage = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "p"}
    cluster.create({**storage, "metadata": {"name": "s"}})
    labels = {"app": "web"}
    pod = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    cluster.create({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": pod},
    })  # fmt: skip
    cluster.create({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "claim"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "s",
                 "resources": {"requests": {"storage": "1Gi"}}},
    })  # fmt: skip
    assert "Deployment default/web  (unready: has no status yet)" in cluster.tree()
    cluster.settle()
    lines = cluster.tree().split("\n")
    assert lines[0] == "PersistentVolumeClaim default/claim  (ready)"
    assert lines[1].startswith("└── PersistentVolume pvc-")
    assert lines[2] == "Deployment default/web  (ready)"
    assert lines[3].startswith("└── ReplicaSet web-")
    assert lines[4].startswith("    └── Pod web-")
    assert lines[5:] == ["StorageClass s"]


def test_generation() -> None:
    """A status that is older than the spec is told, and readiness is not."""
    cluster = Cluster(hooked())
    cluster.create(thing())
    cluster.settle()
    cluster.patch(THING, "t", {"status": {"conditions": [{"type": "Ready", "status": "False"}]}},
                  subresource="status")  # fmt: skip
    assert "Thing default/t  (unready: condition Ready is not True)" in cluster.tree()
    cluster.patch(THING, "t", {"spec": {"text": "new"}})
    assert cluster.tree().startswith("Thing default/t  (generation 2, observed 1)\n")


def test_deleting() -> None:
    """What is being deleted says what holds it, and what is owned by what is gone says so."""
    cluster = Cluster(hooked())
    cluster.create(config("held", finalizers=["ex.com/a", "ex.com/b"]))
    cluster.delete(CONFIG_MAP, "held")
    assert cluster.tree() == "ConfigMap default/held  (deleting, held by ex.com/a, ex.com/b)"
    cluster.create(thing())
    cluster.settle()
    cluster.delete(THING, "t")
    assert "ConfigMap default/t-0  (its owner Thing t is gone)" in cluster.tree()


def test_orphans() -> None:
    """A child that nobody owns any more is an orphan, under both strategies."""
    for apply in ("dynamic", "server-side"):
        cluster = Cluster(hooked(), apply=apply)
        cluster.create(thing())
        cluster.settle()
        cluster.delete(THING, "t", propagation="Orphan")
        cluster.settle()
        assert cluster.tree() == "ConfigMap default/t-0  (orphan)"


def test_related() -> None:
    """Related objects stand below the parent whose hook was shown them, and where they belong."""

    def customize(_: dict[str, Any]) -> dict[str, Any]:
        rule = {"apiVersion": "v1", "resource": "secrets", "names": ["key"]}
        return {"relatedResources": [rule]}

    document = controller()
    document["spec"]["hooks"]["customize"] = {"webhook": {"url": "http://cc.test/customize"}}
    hook = functions(sync=sync, customize=customize)
    cluster = Cluster(Hooked(document, hook, (DEFINITION,)))
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"k": "hush"}}
    cluster.create({**secret, "metadata": {"name": "key"}})
    cluster.create(thing())
    cluster.settle()
    assert cluster.tree() == (
        "Thing default/t\n├── ConfigMap t-0\n└── Secret key  (related)\nSecret default/key"
    )
    cluster.delete(Gvk("v1", "Secret"), "key")
    assert "Secret" not in cluster.tree()


def test_owners() -> None:
    """An object stands below its controller once; its other owners are named."""
    cluster = Cluster(hooked())
    for name in ("a", "b"):
        cluster.create(config(name))
    owners = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "controller": name == "b",
         "uid": cluster.get(CONFIG_MAP, name)["metadata"]["uid"]}  # type: ignore[index,call-overload]
        for name in ("a", "b")
    ]  # fmt: skip
    cluster.create(config("c", ownerReferences=owners))
    assert cluster.tree() == (
        "ConfigMap default/b\n└── ConfigMap c  (also of ConfigMap a)\nConfigMap default/a"
    )


def test_circles() -> None:
    """Objects that own each other are shown once each."""
    cluster = Cluster(hooked())
    uids = {}
    for name in ("a", "b"):
        made: Any = cluster.create(config(name))
        uids[name] = made["metadata"]["uid"]
    for name, owner in (("a", "b"), ("b", "a")):
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": uids[owner]}
        cluster.patch(CONFIG_MAP, name, {"metadata": {"ownerReferences": [reference]}})
    assert cluster.tree() == "ConfigMap default/a\n└── ConfigMap b"
    assert len(roots(cluster)) == 1


def test_service() -> None:
    """A Service is ready or not only where it waits for an address."""
    cluster = Cluster(hooked())
    ports = [{"port": 80}]
    for name, kind in (("a", "ClusterIP"), ("b", "LoadBalancer")):
        spec = {"type": kind, "ports": ports}
        cluster.create({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec,
        })  # fmt: skip
    assert cluster.tree() == (
        "Service default/a\nService default/b  (unready: has no load balancer address)"
    )
