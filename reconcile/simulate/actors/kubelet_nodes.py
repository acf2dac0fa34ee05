"""What a kubelet says of its Node: that it is ready, and again and again that it is there.

1. A condition that somebody else has set to True or False stays: whoever wants a Node that is not
   ready, or short of memory, writes it.

Source: k8s.io/kubernetes pkg/kubelet/nodestatus/setters.go; k8s.io/component-helpers
apimachinery/lease/controller.go.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.parts import about, condition_of, name_of, spec_of
from reconcile.simulate.actors.pods import Document, moment, terminating
from reconcile.simulate.server.clock import micro_stamp, stamp

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import JsonIn

__all__ = ["renew", "report"]

_LEASES: Final = ("coordination.k8s.io/v1", "Lease", "kube-node-lease")
_LASTS: Final = 40
"""Seconds for which a lease says that the Node is there."""
_CONDITIONS: Final = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "is posting ready status"),
)


def report(api: Api, node: Document) -> None:
    """Write the conditions of a Node that nobody knows: not there yet, or Unknown."""
    made: list[dict[str, Any]] = []
    now = stamp(api.now)
    for name, value, reason, message in _CONDITIONS:
        known = condition_of(node, name)
        if known is None or known.get("status") == "Unknown":
            condition = {
                "type": name,
                "status": value,
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
                "reason": reason,
                "message": f"kubelet {message}",
            }
            made.append(condition)
    if made:
        body = cast("JsonIn", {"status": {"conditions": made}})
        api.patch(cast("JsonIn", node), body, how="strategic", subresource="status")


def renew(api: Api, node: Document, every: float) -> float | None:
    """Renew the lease of a Node if it is time; return the seconds until it is time again.

    Units: `every` so many seconds, > 0.
    """
    if terminating(node):
        return None
    api_version, kind, namespace = _LEASES
    found = api.get(api_version, kind, namespace, name_of(node))
    if found is None:
        api.create(cast("JsonIn", _lease(node, micro_stamp(api.now))))
        return every
    renewed = moment(spec_of(found).get("renewTime"))
    due = None if renewed is None else renewed + timedelta(seconds=every)
    if due is not None and due > api.now:
        return (due - api.now).total_seconds()
    spec = {**spec_of(found), "renewTime": micro_stamp(api.now)}
    api.update(cast("JsonIn", {**found, "spec": spec}))
    return every


def _lease(node: Document, now: str) -> dict[str, Any]:
    api_version, kind, namespace = _LEASES
    name = name_of(node)
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": about(node)["uid"]}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "ownerReferences": [owner]},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": _LASTS, "renewTime": now},
    }
