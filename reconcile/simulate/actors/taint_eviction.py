"""The eviction by taints: Pods go that do not tolerate a taint with NoExecute of their Node.

1. A Pod that tolerates all of them for a time goes when the shortest is over. The real controller
   counts from when it saw the taint; here it is when the taint was added, or written.

Source: k8s.io/kubernetes pkg/controller/tainteviction/taint_eviction.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.node_health import taints_of, written_at
from reconcile.simulate.actors.parts import (
    about,
    changed,
    condition_of,
    listed,
    name_of,
    namespace_of,
    place_of,
    spec_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.conditions import put_condition

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["TaintEviction", "disrupted"]

_TAINTS: Final = ("f:spec", "f:taints")


class TaintEviction:
    """Delete Pods that their Nodes do not bear."""

    name = "taint-eviction-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield Pods that came to a Node or tolerate something else, and those of a Node."""
        after, before = event.after, event.before
        if event.type == "DELETED":
            return
        if event.key.startswith("/Pod/"):
            if spec_of(after).get("nodeName") and (
                before is None
                or any(
                    spec_of(before).get(field) != spec_of(after).get(field)
                    for field in ("nodeName", "tolerations")
                )
            ):
                yield event.key
        elif event.key.startswith("/Node/"):
            if _driving(after) == ([] if before is None else _driving(before)):
                return
            for pod in api.list("v1", "Pod"):
                if spec_of(pod).get("nodeName") == name_of(after):
                    yield f"/Pod/{namespace_of(pod)}/{name_of(pod)}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Delete one Pod if its time has come; return the seconds until then."""
        pod = api.get("v1", "Pod", *place_of(key))
        if pod is None:
            return None
        node = api.get("v1", "Node", "", str(spec_of(pod).get("nodeName") or "?"))
        taints = [] if node is None else _driving(node)
        if node is None or not taints:
            return None
        used = _used(taints, listed(spec_of(pod), "tolerations"))
        if used is not None:
            patience = _patience(used)
            if patience is None:
                return None
            since = datetime.fromisoformat(_since(node, taints, pod))
            wait = patience - (api.now - since).total_seconds()
            if wait > 0:
                return wait
        made = disrupted(
            pod,
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
            stamp(api.now),
        )
        if made is not None:
            api.update(made, "status")
        api.delete(pod, {})
        return None


def disrupted(pod: JsonObject, reason: str, message: str, now: str) -> dict[str, Any] | None:
    """Return a Pod that says why it is to go, None if it says so already."""
    held = condition_of(pod, "DisruptionTarget")
    if held is not None and (held.get("status"), held.get("reason")) == ("True", reason):
        return None
    made = changed(pod)
    condition: JsonObject = {
        "type": "DisruptionTarget",
        "observedGeneration": about(pod).get("generation") or 0,
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
    put_condition(made.setdefault("status", {}), condition)
    return made


def _driving(node: Mapping[str, Json]) -> list[Mapping[str, Any]]:
    return [each for each in taints_of(node) if each.get("effect") == "NoExecute"]


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if (toleration.get("effect") or "") not in ("", taint.get("effect")):
        return False
    if (toleration.get("key") or "") not in ("", taint.get("key")):
        return False
    if toleration.get("operator") == "Exists":
        return True
    return (toleration.get("value") or "") == (taint.get("value") or "")


def _used(
    taints: Sequence[Mapping[str, Any]], tolerations: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]] | None:
    """Return the tolerations that bear some taints, None if one of these is not borne."""
    used: list[Mapping[str, Any]] = []
    for taint in taints:
        found = next((each for each in tolerations if _tolerates(each, taint)), None)
        if found is None:
            return None
        used.append(found)
    return used


def _patience(used: Sequence[Mapping[str, Any]]) -> float | None:
    """Return for how many seconds taints are borne, None for ever."""
    limits = [int(each["tolerationSeconds"]) for each in used if "tolerationSeconds" in each]
    return float(max(0, min(limits))) if limits else None


def _since(node: JsonObject, taints: Sequence[Mapping[str, Any]], pod: JsonObject) -> str:
    """Return since when a Pod bears the taints of its Node."""
    written = written_at(node, _TAINTS)
    tainted = min(str(each.get("timeAdded") or written) for each in taints)
    bound = condition_of(pod, "PodScheduled")
    came = str(about(pod)["creationTimestamp"])
    if bound is not None and bound.get("status") == "True":
        came = str(bound.get("lastTransitionTime") or came)
    return max(tainted, came)
