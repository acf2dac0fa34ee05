"""A cluster in which things run: built-in controllers, a scheduler, a kubelet, volumes, addresses.

1. A Node with much room and a default StorageClass are made; everything else follows by itself.
2. Nothing here is judged by recordings of its own: there, kubelet and scheduler are played by hand.
   The built-in controllers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.load_balancers import LoadBalancers
from reconcile.simulate.actors.provisioner import Provisioner
from reconcile.simulate.actors.scheduler import Scheduler

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Actor
    from reconcile.simulate.actors.kubelet import PodChoice, Ready
    from reconcile.value.types import JsonObject

__all__ = ["actors", "ground"]

_ROOM: Final[JsonObject] = {"cpu": "64", "memory": "256Gi", "pods": "1000"}
_DEFAULT: Final = "storageclass.kubernetes.io/is-default-class"


def ground() -> Sequence[JsonObject]:
    """Return the objects that workloads need: a Node and a default StorageClass."""
    node: JsonObject = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "node"},
        "status": {"capacity": dict(_ROOM), "allocatable": dict(_ROOM)},
    }
    storage: JsonObject = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {_DEFAULT: "true"}},
        "provisioner": "simulate.reconcile",
    }
    return node, storage


def actors(ready: Ready, seconds: float, choices: Iterable[PodChoice]) -> tuple[Actor, ...]:
    """Return what lets workloads run; Pods, volumes and addresses come as `ready` says.

    Units: `seconds` until they come, where `ready` is `slow`.
    """
    return (
        *built_in(),
        Scheduler(),
        Kubelet(ready, seconds=seconds, choices=choices),
        Provisioner(ready, seconds=seconds),
        LoadBalancers(ready, seconds=seconds),
    )
