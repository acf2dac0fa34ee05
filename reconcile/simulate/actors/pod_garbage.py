"""The collector of Pods: those whose Node is gone, and those that go without ever having had one.

1. Pods of a Node that is not there go 50 seconds after that was noticed; the real collector takes
   40 to 60. Others go at its next look, at most 20 seconds later.
2. What has not ended is marked as failed first.

Source: k8s.io/kubernetes pkg/controller/podgc/gc_controller.go. Pods that have ended are kept: the
real collector begins to delete them when there are more than 12,500.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.actor import Later
from reconcile.simulate.actors.node_health import taints_of
from reconcile.simulate.actors.parts import (
    about,
    changed,
    is_deleting,
    is_ready,
    name_of,
    namespace_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.taint_eviction import disrupted
from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["PodGarbageCollector"]

_NODE: Final = "/Node/"
_POD: Final = "/Pod/"
_PERIOD: Final = 20.0
"""Seconds."""
_QUARANTINE: Final = 50.0
_OUT: Final = "node.kubernetes.io/out-of-service"


class PodGarbageCollector:
    """Delete Pods that nobody else will."""

    name = "pod-garbage-collector-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[Later]:
        """Yield Nodes that may be missed, and Pods that may be left over, for later."""
        if event.key.startswith(_NODE):
            if event.type == "DELETED":
                yield Later(event.key, _QUARANTINE)
            elif _is_out(event.after):
                yield from _terminating(api, name_of(event.after))
        elif event.key.startswith(_POD) and event.type != "DELETED":
            node = str(spec_of(event.after).get("nodeName") or "")
            if node and api.world.objects.get(f"{_NODE}{node}") is None:
                yield Later(f"{_NODE}{node}", _QUARANTINE)
            elif is_deleting(event.after) and (not node or _is_out(_node(api, node))):
                yield Later(event.key, _PERIOD)

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Collect the Pods of a Node that is not there, or one Pod."""
        if key.startswith(_NODE):
            name = key.removeprefix(_NODE)
            if api.get("v1", "Node", "", name) is None:
                for each in list(api.list("v1", "Pod")):
                    if spec_of(each).get("nodeName") == name:
                        _collect(api, each, orphaned=True)
            return None
        pod = api.get("v1", "Pod", *place_of(key))
        if pod is not None and is_deleting(pod):
            node = str(spec_of(pod).get("nodeName") or "")
            if not node or _is_out(_node(api, node)):
                _collect(api, pod, orphaned=False)
        return None


def _node(api: Api, name: str) -> JsonObject:
    return api.get("v1", "Node", "", name) or {}


def _is_out(node: Mapping[str, Json]) -> bool:
    """Return whether somebody said that a Node is out of service, and it is not ready."""
    return not is_ready(node) and any(each.get("key") == _OUT for each in taints_of(node))


def _terminating(api: Api, node: str) -> Iterator[Later]:
    for pod in api.list("v1", "Pod"):
        if spec_of(pod).get("nodeName") == node and is_deleting(pod):
            yield Later(f"{_POD}{namespace_of(pod)}/{name_of(pod)}", _PERIOD)


def _collect(api: Api, pod: JsonObject, *, orphaned: bool) -> None:
    if status_of(pod).get("phase") not in ("Succeeded", "Failed"):
        made: dict[str, Any] | None = None
        if orphaned:
            told = "PodGC: node no longer exists"
            made = disrupted(pod, "DeletionByPodGC", told, stamp(api.now))
        made = made or changed(pod)
        made["status"]["phase"] = "Failed"
        made["status"]["observedGeneration"] = about(pod).get("generation") or 0
        if api.update(made, "status").status >= 300:
            return
    api.delete(pod, {"gracePeriodSeconds": 0})
