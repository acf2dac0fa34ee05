"""What the API server does differently from kind to kind, as data.

1. Sets of kinds by behaviour; where a behaviour needs code, `admission` and `writing` have it.
2. Custom resources have one strategy each, with and without the subresource `status`.

Source: k8s.io/kubernetes pkg/registry/*/strategy.go; recorded conversations.
"""

from __future__ import annotations

from json import dumps
from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.diff import equal

if TYPE_CHECKING:
    from reconcile.diff.field_set import FieldPath
    from reconcile.value.types import JsonObject

__all__ = ["Strategy", "strategy_of"]

_CONDITIONAL: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "IPAddress",
        "Lease",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "PodDisruptionBudget",
        "RuntimeClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""Kinds that a replace must tell the version of."""
_CREATED_BY_PUT: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "Endpoints",
        "Event",
        "Lease",
        "LimitRange",
        "Role",
        "RoleBinding",
        "RuntimeClass",
        "Service",
    }
)
"""Kinds that a replace creates where nothing is."""
_COUNTED: Final = frozenset(
    {
        "CronJob",
        "CustomResourceDefinition",
        "DaemonSet",
        "Deployment",
        "DeviceClass",
        "EndpointSlice",
        "FlowSchema",
        "Ingress",
        "IngressClass",
        "Job",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "NetworkPolicy",
        "Pod",
        "PodDisruptionBudget",
        "PodTemplate",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ReplicaSet",
        "ReplicationController",
        "ResourceSlice",
        "StatefulSet",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)
"""Built-in kinds whose objects have a generation."""
_DEEP: Final = {
    "MutatingWebhookConfiguration": "webhooks",
    "NetworkPolicy": "spec",
    "ValidatingWebhookConfiguration": "webhooks",
}
"""Kinds whose generation rises with a field that differs to Go: an empty list is not none."""
_RETURNED: Final = frozenset(
    {
        "Pod",
        "Service",
        "ServiceAccount",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "PodTemplate",
        "ReplicationController",
        "ResourceQuota",
        "StorageClass",
        "VolumeAttachment",
        "CSIDriver",
        "CSINode",
        "VolumeAttributesClass",
        "ResourceClaim",
        "ResourceClaimTemplate",
        "ResourceSlice",
        "DeviceClass",
        "PodDisruptionBudget",
    }
)
"""Kinds whose deletion is answered with the object that is gone."""
_KEPT_WITH_STATUS: Final = {
    "Deployment": ("labels",),
    "Pod": ("deletionTimestamp", "ownerReferences"),
    "CustomResourceDefinition": ("labels", "annotations", "finalizers", "ownerReferences"),
}


class Strategy(NamedTuple):
    """How objects of one kind are written."""

    kind: str
    custom: bool
    has_status: bool
    """Whether the status is a subresource: writes elsewhere leave it as it was."""
    unconditional: bool
    created_by_put: bool
    counted: bool
    """Whether objects have a generation."""
    returned: bool
    """Whether a deletion answers with the object."""
    orphans: bool
    """Whether dependents are left behind unless somebody asks for something else."""
    kept_with_status: tuple[str, ...]
    """The metadata that a write to the status cannot change."""
    deep: str = ""
    """The field in which an empty list or map counts as a change each time."""

    def changed(self, before: JsonObject, after: JsonObject) -> bool:
        """Return whether a write raises the generation.

        Shape: a generation that is null in `after` says that something there was empty, where that
            counts.
        Source: PrepareForUpdate of each strategy. The annotations of a Deployment go to its
            ReplicaSets, so they count; so do the labels of an EndpointSlice.
        """
        if self.kind == "PriorityClass" and not self.custom:
            return False
        if self.deep and _metadata(after).get("generation", 0) is None:
            return True  # there was something empty, which the store does not keep
        for name in before.keys() | after.keys():
            if name in ("metadata", "apiVersion", "kind") or (name == "status" and self.has_status):
                continue
            if name not in before or name not in after or not equal(before[name], after[name]):
                return True
        also = {"Deployment": "annotations", "EndpointSlice": "labels"}.get(self.kind)
        if also is None or self.custom:
            return False
        return not equal(_metadata(before).get(also) or {}, _metadata(after).get(also) or {})

    def ignored(self, subresource: str, document: JsonObject) -> list[FieldPath]:
        """Return the fields that a write comes to own in no case, because it is undone."""
        if subresource == "status":
            if self.custom:
                return [(f"f:{name}",) for name in document if name != "status"]
            kept = self.kept_with_status
            return [("f:spec",), *(("f:metadata", f"f:{name}") for name in kept)]
        if self.kind == "Pod" and subresource in _PARTS:
            return _outside(subresource, document)
        # The status that a Node is created with is kept, and yet nobody's.
        return [("f:status",)] if self.has_status or self.kind == "Node" else []


_PARTS: Final = {
    "ephemeralcontainers": ("ephemeralContainers",),
    "resize": ("containers", "initContainers", "resources"),
}
"""What is written of a Pod's spec through its parts."""


def _outside(part: str, document: JsonObject) -> list[FieldPath]:
    """Return the fields of a Pod that are not written through a part of it."""
    held = document.get("spec")
    spec: JsonObject = held if isinstance(held, dict) else {}
    made: list[FieldPath] = [(f"f:{name}",) for name in document if name != "spec"]
    made += [("f:spec", f"f:{name}") for name in spec if name not in _PARTS[part]]
    for name in ("containers", "initContainers") if part == "resize" else ():
        found = spec.get(name)
        for each in found if isinstance(found, list) else ():
            if isinstance(each, dict):
                item = f"k:{dumps({'name': each.get('name')}, separators=(',', ':'))}"
                others = (key for key in each if key not in ("resources", "resizePolicy"))
                made += [("f:spec", f"f:{name}", item, f"f:{key}") for key in others]
    return made


def _metadata(document: JsonObject) -> JsonObject:
    found = document.get("metadata")
    return found if isinstance(found, dict) else {}


def strategy_of(kind: str, *, custom: bool, has_status: bool) -> Strategy:
    """Return how objects of a kind are written."""
    if custom:
        return Strategy(
            kind=kind,
            custom=True,
            has_status=has_status,
            unconditional=False,
            created_by_put=False,
            counted=True,
            returned=False,
            orphans=False,
            kept_with_status=(),
        )
    return Strategy(
        kind=kind,
        custom=False,
        has_status=has_status and kind != "Node",
        unconditional=kind not in _CONDITIONAL,
        created_by_put=kind in _CREATED_BY_PUT,
        counted=kind in _COUNTED,
        returned=kind in _RETURNED,
        orphans=kind in ("Job", "ReplicationController"),
        kept_with_status=_KEPT_WITH_STATUS.get(kind, ()),
        deep=_DEEP.get(kind, ""),
    )
