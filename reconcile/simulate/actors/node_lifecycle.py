"""The life of Nodes: taints that follow from conditions, silence, and what it means for Pods.

1. Taints with NoSchedule follow the conditions at once, as do the labels of old names.
2. A Node that is silent for 50 seconds, 60 after it was made, is Unknown; its Pods are not ready.
3. Taints with NoExecute are given to one Node of a zone in ten seconds, and to none when no Node of
   the cluster is ready.

Source: k8s.io/kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go,
pkg/controller/util/node/controller_utils.go. The real controller looks every five seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.node_health import (
    NOT_READY,
    UNREACHABLE,
    last_heard,
    ready_status,
    taints_of,
    zone_of,
    zone_state,
)
from reconcile.simulate.actors.parts import (
    about,
    changed,
    condition_of,
    labels_of,
    listed,
    name_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["NodeLifecycle"]

_NODE: Final = "/Node/"
_LEASE: Final = "coordination.k8s.io/Lease/kube-node-lease/"
_GRACE: Final = 50.0
"""Seconds."""
_STARTUP: Final = 60.0
_BETWEEN: Final = 10.0
"""Seconds between two taints with NoExecute in a zone."""
_LARGE: Final = 50
_BETWEEN_IN_LARGE: Final = 100.0
_UNSCHEDULABLE: Final = "node.kubernetes.io/unschedulable"
_TAINTS: Final[Mapping[tuple[str, str], str]] = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
"""Condition and status -> taint."""
_OWN: Final = frozenset({*_TAINTS.values(), _UNSCHEDULABLE})
_LABELS: Final = (
    ("kubernetes.io/os", "beta.kubernetes.io/os"),
    ("kubernetes.io/arch", "beta.kubernetes.io/arch"),
)
_TOLD: Final = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


class NodeLifecycle:
    """Keep taints, labels and conditions of Nodes."""

    name = "node-lifecycle-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield Nodes that changed or were heard of, all if one is ready that was not; new Pods."""
        if event.key.startswith(_NODE):
            if event.type != "DELETED":
                yield event.key
            before = event.before
            if event.type != "MODIFIED" or before is None or _status_moved(before, event.after):
                yield from (f"{_NODE}{name_of(node)}" for node in api.list("v1", "Node"))
        elif event.key.startswith(_LEASE):
            yield f"{_NODE}{event.key.removeprefix(_LEASE)}"
        elif event.key.startswith("/Pod/") and event.type != "DELETED":
            host = spec_of(event.after).get("nodeName")
            if host and (event.before is None or spec_of(event.before).get("nodeName") != host):
                yield event.key

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put one Node right, or a Pod that has just come to one."""
        if not key.startswith(_NODE):
            _new_pod(api, key)
            return None
        waits: list[float] = []
        for step in (_no_schedule, _old_labels, _listen, _no_schedule, _no_execute):
            node = api.get("v1", "Node", "", key.removeprefix(_NODE))
            if node is None:
                return None
            wait = step(api, node)
            if wait is not None:
                waits.append(wait)
        return min(waits, default=None)


def _status_moved(before: Mapping[str, Json], after: Mapping[str, Json]) -> bool:
    return ready_status(before) != ready_status(after) or zone_of(before) != zone_of(after)


def _taint(key: str, effect: str, now: str) -> dict[str, Any]:
    return {"key": key, "effect": effect, "timeAdded": now}


def _write_taints(api: Api, node: JsonObject, taints: Sequence[Mapping[str, Any]]) -> None:
    made = changed(node)
    made["spec"].pop("taints", None)
    if taints:
        made["spec"]["taints"] = [dict(each) for each in taints]
    api.update(made)


def _no_schedule(api: Api, node: JsonObject) -> float | None:
    """Give a Node the taints that its conditions ask for, and take others off."""
    wanted = [
        _TAINTS[which]
        for each in listed(status_of(node), "conditions")
        if (which := (str(each.get("type")), str(each.get("status")))) in _TAINTS
    ]
    if spec_of(node).get("unschedulable") is True:
        wanted.append(_UNSCHEDULABLE)
    held = [
        each["key"]
        for each in taints_of(node)
        if each.get("effect") == "NoSchedule" and each.get("key") in _OWN
    ]
    if set(wanted) == set(held):
        return None
    kept = [
        each
        for each in taints_of(node)
        if each.get("effect") != "NoSchedule"
        or each.get("key") not in _OWN
        or each.get("key") in wanted
    ]
    now = stamp(api.now)
    added = [_taint(key, "NoSchedule", now) for key in dict.fromkeys(wanted) if key not in held]
    _write_taints(api, node, [*kept, *added])
    return None


def _old_labels(api: Api, node: JsonObject) -> float | None:
    labels = labels_of(node)
    wanted = {
        old: labels[name]
        for name, old in _LABELS
        if name in labels and labels.get(old) != labels[name]
    }
    if wanted:
        made = changed(node)
        made["metadata"]["labels"].update(wanted)
        api.update(made)
    return None


# -- silence -------------------------------------------------------------------------------------


def _listen(api: Api, node: JsonObject) -> float | None:
    """Give a Node up that is silent; return the seconds until that would be so."""
    before = ready_status(node)
    if before == "Unknown":
        return None
    grace = _GRACE if before else _STARTUP
    wait = grace - (api.now - last_heard(api, node)).total_seconds()
    if wait > 0:
        return wait
    made = changed(node)
    conditions: list[dict[str, Any]] = made["status"].setdefault("conditions", [])
    now = stamp(api.now)
    for kind in _TOLD:
        held = next((each for each in conditions if each["type"] == kind), None)
        if held is None:
            conditions.append(_never(kind, str(about(node)["creationTimestamp"]), now))
        elif held["status"] != "Unknown":
            held["status"] = "Unknown"
            held["reason"] = "NodeStatusUnknown"
            held["message"] = "Kubelet stopped posting node status."
            held["lastTransitionTime"] = now
    if api.update(made, "status").status < 300 and before == "True":
        for pod in api.list("v1", "Pod"):
            if spec_of(pod).get("nodeName") == name_of(node):
                _not_ready(api, pod)
    return None


def _never(kind: str, since: str, now: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": "Unknown",
        "lastHeartbeatTime": since,
        "lastTransitionTime": now,
        "reason": "NodeStatusNeverUpdated",
        "message": "Kubelet never posted node status.",
    }


def _not_ready(api: Api, pod: JsonObject) -> None:
    held = condition_of(pod, "Ready")
    if held is None or held.get("status") == "False":
        return
    made = changed(pod)
    for each in made["status"]["conditions"]:
        if each["type"] == "Ready":
            each["status"] = "False"
            each["lastTransitionTime"] = stamp(api.now)
    api.update(made, "status")


def _new_pod(api: Api, key: str) -> None:
    """A Pod that comes to a Node that is not ready is not ready either."""
    pod = api.get("v1", "Pod", *place_of(key))
    node = None if pod is None else api.get("v1", "Node", "", str(spec_of(pod).get("nodeName")))
    if pod is not None and node is not None and ready_status(node) in ("False", "Unknown"):
        _not_ready(api, pod)


# -- taints that drive Pods away -----------------------------------------------------------------


def _no_execute(api: Api, node: JsonObject) -> float | None:
    """Give or take the taint with NoExecute; return the seconds until it may be given."""
    status = ready_status(node)
    if not status:
        return None
    wanted = {"False": NOT_READY, "Unknown": UNREACHABLE}.get(status, "")
    kept = [each for each in taints_of(node) if not _drives(each)]
    held = [str(each["key"]) for each in taints_of(node) if _drives(each)]
    zones: dict[str, list[JsonObject]] = {}
    for each in api.list("v1", "Node"):
        zones.setdefault(zone_of(each), []).append(each)
    states = [found for nodes in zones.values() if (found := zone_state(nodes)) is not None]
    if all(found == "FullDisruption" for found in states):
        wanted = ""
    if wanted and held == [wanted]:
        return None
    if not wanted:
        if held:
            _write_taints(api, node, kept)
        return None
    if not held:
        wait = _turn(zones[zone_of(node)], api.now)
        if wait is None or wait > 0:
            return wait
    _write_taints(api, node, [*kept, _taint(wanted, "NoExecute", stamp(api.now))])
    return None


def _drives(taint: Mapping[str, Any]) -> bool:
    return taint.get("effect") == "NoExecute" and taint.get("key") in (NOT_READY, UNREACHABLE)


def _turn(zone: Sequence[JsonObject], now: datetime) -> float | None:
    """Return the seconds until another Node of a zone may be given a taint, None for never."""
    between = _BETWEEN
    if zone_state(zone) == "PartialDisruption":
        if len(zone) <= _LARGE:
            return None
        between = _BETWEEN_IN_LARGE
    times = [
        datetime.fromisoformat(str(each["timeAdded"]))
        for node in zone
        for each in taints_of(node)
        if _drives(each) and each.get("timeAdded")
    ]
    return between - (now - max(times)).total_seconds() if times else 0.0
