"""What is known of Nodes: when one was last heard of, how zones are, which taints speak of that.

1. Nothing here writes. The real controller remembers when it saw a heartbeat change; here that is
   the time of the write, as the managers of the fields tell it, or what the heartbeat says itself.

Source: k8s.io/kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go;
k8s.io/component-helpers node/topology.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from reconcile.simulate.actors.parts import about, condition_of, labels_of, listed, name_of, spec_of

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "NOT_READY",
    "UNREACHABLE",
    "ZoneState",
    "last_heard",
    "ready_status",
    "taints_of",
    "written_at",
    "zone_of",
    "zone_state",
]

NOT_READY: Final = "node.kubernetes.io/not-ready"
UNREACHABLE: Final = "node.kubernetes.io/unreachable"
ZoneState = Literal["Normal", "PartialDisruption", "FullDisruption"]
_LEASES: Final = "kube-node-lease"
_EXCLUDED: Final = "node.kubernetes.io/exclude-disruption"
_REGION: Final = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
_ZONE: Final = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_READY: Final = ("f:status", "f:conditions", 'k:{"type":"Ready"}', "f:lastHeartbeatTime")
_MANY_BAD: Final = 0.55


def taints_of(node: Mapping[str, Json]) -> Sequence[Mapping[str, Any]]:
    """Return the taints of a Node."""
    return listed(spec_of(node), "taints")


def ready_status(node: Mapping[str, Json]) -> str:
    """Return `True`, `False` or `Unknown`; empty if a Node never said whether it is ready."""
    found = condition_of(node, "Ready")
    return "" if found is None else str(found.get("status"))


def _owners(document: Mapping[str, Json], path: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of those who manage a field."""
    for entry in listed(about(document), "managedFields"):
        held: object = entry.get("fieldsV1")
        for step in path:
            held = held.get(step) if isinstance(held, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if held is not None:
            yield entry


def written_at(document: Mapping[str, Json], path: Sequence[str]) -> str:
    """Return when a field was last written, when the object was made if nobody manages it."""
    times = [str(entry.get("time")) for entry in _owners(document, path) if entry.get("time")]
    return max(times, default=str(about(document)["creationTimestamp"]))


def last_heard(api: Api, node: JsonObject) -> datetime:
    """Return when a kubelet last told the state of its Node or renewed its lease."""
    told = condition_of(node, "Ready") or {}
    times = [written_at(node, _READY), told.get("lastHeartbeatTime")]
    lease = api.get("coordination.k8s.io/v1", "Lease", _LEASES, name_of(node))
    if lease is not None:
        times += [written_at(lease, ("f:spec",)), spec_of(lease).get("renewTime")]
    return min(api.now, max(datetime.fromisoformat(str(each)) for each in times if each))


def zone_of(node: Mapping[str, Json]) -> str:
    """Return what tells the zone of a Node from others."""
    labels = labels_of(node)
    parts = [
        next((labels[name] for name in names if labels.get(name)), "") for names in (_REGION, _ZONE)
    ]
    return "\0".join(parts)


def zone_state(nodes: Sequence[JsonObject]) -> ZoneState | None:
    """Return how the Nodes of a zone are on the whole, None if none of them counts."""
    counted = [each for each in nodes if _EXCLUDED not in labels_of(each)]
    bad = sum(1 for each in counted if ready_status(each) != "True")
    if not counted:
        return None
    if bad == len(counted):
        return "FullDisruption"
    if bad > 2 and bad / len(counted) >= _MANY_BAD:
        return "PartialDisruption"
    return "Normal"
