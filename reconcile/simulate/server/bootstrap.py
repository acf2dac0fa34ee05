"""What a new cluster holds before anybody uses it.

Source: k8s.io/kubernetes pkg/controlplane, pkg/registry/scheduling/rest; recorded clusters.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from reconcile.simulate.server.options import WriteOptions
from reconcile.simulate.server.store import World
from reconcile.simulate.server.writing import Target, create

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import Catalogue
    from reconcile.value.types import JsonObject

__all__ = ["bootstrapped"]

_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")
_PRIORITIES: Final = (
    (
        "system-cluster-critical",
        2_000_000_000,
        (
            "Used for system critical pods that must run in the cluster, but can be moved to "
            "another node if necessary."
        ),
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
)
_TRACKING: Final = "kube-apiserver-legacy-service-account-token-tracking"
"""Since when tokens of service accounts are tracked; whoever watches ConfigMaps hears of it."""
_OPTIONS: Final = WriteOptions(dry_run=False, manager="kube-apiserver", validation="Warn")


def bootstrapped(catalogue: Catalogue, now: datetime, seed: int) -> World:
    """Return the world of a new cluster: namespaces, priorities, its Service, one ConfigMap.

    Guarantees: watches begin behind all of it.
    """
    world = World(now=now, seed=seed)
    for name in _NAMESPACES:
        world = _made(world, catalogue, "", {"kind": "Namespace", "metadata": {"name": name}})
    for name, value, description in _PRIORITIES:
        priority: JsonObject = {
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
            "description": description,
        }
        world = _made(world, catalogue, "scheduling.k8s.io", priority)
    service: JsonObject = {
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": "10.0.0.1",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
            "type": "ClusterIP",
        },
    }
    world = _made(world, catalogue, "", service)
    tracking: JsonObject = {
        "kind": "ConfigMap",
        "metadata": {"name": _TRACKING, "namespace": "kube-system"},
        "data": {"since": now.strftime("%Y-%m-%d")},
    }
    world = _made(world, catalogue, "", tracking)
    return world._replace(log=None, logged=0, floor=world.version)


def _made(world: World, catalogue: Catalogue, group: str, document: JsonObject) -> World:
    version = f"{group}/v1" if group else "v1"
    kind = catalogue.find_kind(version, str(document["kind"]))
    if kind is None:
        raise KeyError(document["kind"])
    metadata = document["metadata"]
    namespace = str(metadata.get("namespace", "")) if isinstance(metadata, dict) else ""
    target = Target(world, catalogue, kind, namespace, "")
    return create(target, kind.completed({"apiVersion": version, **document}), _OPTIONS).world
