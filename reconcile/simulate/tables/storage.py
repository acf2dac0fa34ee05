"""Columns of volumes, claims, classes, drivers, devices, quotas, leases.

Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go; column texts are those of the
fields they show.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from reconcile.simulate.tables.shared import (
    AGE,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    age,
    at,
    condition,
    joined,
    listed,
    mapped,
    name_of,
    number,
    since,
    text,
    wide,
)

__all__ = ["STORAGE"]

_MODES: Final = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_OLD_CLASS: Final = "volume.beta.kubernetes.io/storage-class"
_DEFAULT: Final = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def _modes(modes: list[str]) -> str:
    return joined(short for mode, short in _MODES.items() if mode in modes)


def _or_unset(value: str | None) -> str:
    return "<unset>" if value is None else value


def _class(obj: Object) -> str:
    """Return the storage class, from the annotation that was there before the field."""
    annotations = mapped(obj, "metadata", "annotations")
    return str(annotations.get(_OLD_CLASS, text(obj, "spec", "storageClassName")))


def _phase(obj: Object) -> str:
    dying = at(obj, "metadata", "deletionTimestamp") is not None
    return "Terminating" if dying else text(obj, "status", "phase")


def _volume(obj: Object, now: datetime) -> Cells:
    claim = at(obj, "spec", "claimRef")
    return [
        name_of(obj),
        str(at(obj, "spec", "capacity", "storage") or "0"),
        _modes(listed(obj, "spec", "accessModes")),
        text(obj, "spec", "persistentVolumeReclaimPolicy"),
        _phase(obj),
        "" if claim is None else f"{text(claim, 'namespace')}/{text(claim, 'name')}",
        _class(obj),
        _or_unset(at(obj, "spec", "volumeAttributesClassName")),
        text(obj, "status", "reason"),
        age(obj, now),
        _or_unset(at(obj, "spec", "volumeMode")),
    ]


def _claim(obj: Object, now: datetime) -> Cells:
    volume = text(obj, "spec", "volumeName")
    capacity = str(at(obj, "status", "capacity", "storage") or "0") if volume else ""
    return [
        name_of(obj),
        _phase(obj),
        volume,
        capacity,
        _modes(listed(obj, "status", "accessModes")) if volume else "",
        _class(obj),
        _or_unset(at(obj, "spec", "volumeAttributesClassName")),
        age(obj, now),
        _or_unset(at(obj, "spec", "volumeMode")),
    ]


def _storage_class(obj: Object, now: datetime) -> Cells:
    annotations = mapped(obj, "metadata", "annotations")
    default = any(annotations.get(each) == "true" for each in _DEFAULT)
    return [
        f"{name_of(obj)} (default)" if default else name_of(obj),
        text(obj, "provisioner"),
        text(obj, "reclaimPolicy") or "Delete",
        text(obj, "volumeBindingMode") or "Immediate",
        at(obj, "allowVolumeExpansion") is True,
        age(obj, now),
    ]


def _attributes_class(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), text(obj, "driverName"), age(obj, now)]


def _attachment(obj: Object, now: datetime) -> Cells:
    return [
        name_of(obj),
        text(obj, "spec", "attacher"),
        text(obj, "spec", "source", "persistentVolumeName"),
        text(obj, "spec", "nodeName"),
        at(obj, "status", "attached") is True,
        age(obj, now),
    ]


def _csi_node(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), len(listed(obj, "spec", "drivers")), age(obj, now)]


def _csi_driver(obj: Object, now: datetime) -> Cells:
    spec = at(obj, "spec")
    requests = at(spec, "tokenRequests")
    audiences = joined(text(each, "audience") for each in listed(spec, "tokenRequests"))
    return [
        name_of(obj),
        at(spec, "attachRequired") is not False,
        at(spec, "podInfoOnMount") is True,
        at(spec, "storageCapacity") is True,
        "<unset>" if requests is None else audiences,
        at(spec, "requiresRepublish") is True,
        joined(listed(spec, "volumeLifecycleModes")) or "<none>",
        age(obj, now),
    ]


def _csi_capacity(obj: Object, now: datetime) -> Cells:
    del now
    capacity = at(obj, "capacity")
    shown = "<unset>" if capacity is None else str(capacity)
    return [name_of(obj), text(obj, "storageClassName"), shown]


def _quota(obj: Object, now: datetime) -> Cells:
    hard, used = mapped(obj, "status", "hard"), mapped(obj, "status", "used")
    shown = {
        resource: f"{resource}: {used.get(resource, '0')}/{hard[resource]}"
        for resource in sorted(hard)
    }
    limits = [told for resource, told in shown.items() if resource.startswith("limits.")]
    requests = [told for resource, told in shown.items() if not resource.startswith("limits.")]
    return [name_of(obj), joined(requests, ", "), joined(limits, ", "), age(obj, now)]


def _lease(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), text(obj, "spec", "holderIdentity"), age(obj, now)]


def _lease_candidate(obj: Object, now: datetime) -> Cells:
    fields = ("leaseName", "binaryVersion", "emulationVersion")
    return [name_of(obj), *(text(obj, "spec", field) for field in fields), age(obj, now)]


def _priority_class(obj: Object, now: datetime) -> Cells:
    return [
        name_of(obj),
        number(obj, "value"),
        at(obj, "globalDefault") is True,
        age(obj, now),
        text(obj, "preemptionPolicy"),
    ]


def _runtime_class(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), text(obj, "handler"), age(obj, now)]


def _only_age(obj: Object, now: datetime) -> Cells:
    return [name_of(obj), age(obj, now)]


def _resource_claim(obj: Object, now: datetime) -> Cells:
    states: list[str] = []
    dying = at(obj, "metadata", "deletionTimestamp") is not None
    if dying:
        states.append("deleted")
    if at(obj, "status", "allocation") is not None:
        states.append("allocated")
        if listed(obj, "status", "reservedFor"):
            states.append("reserved")
    elif not dying:
        states.append("pending")
    return [name_of(obj), joined(states), age(obj, now)]


def _resource_slice(obj: Object, now: datetime) -> Cells:
    spec = at(obj, "spec")
    shown = (text(spec, "nodeName"), text(spec, "driver"), text(spec, "pool", "name"))
    return [name_of(obj), *shown, age(obj, now)]


def _taint_rule(obj: Object, now: datetime) -> Cells:
    taint = at(obj, "spec", "taint")
    added = at(taint, "timeAdded")
    return [
        name_of(obj),
        *(text(taint, field) for field in ("key", "value", "effect")),
        "" if added is None else since(added, now),
        age(obj, now),
    ]


def _pool_status(obj: Object, now: datetime) -> Cells:
    pools, count = listed(obj, "status", "pools"), number(obj, "status", "poolCount")
    complete, failed = condition(obj, "Complete"), condition(obj, "Failed")
    status, sums, ended = "Pending", ["-"] * 5, "<none>"
    if text(complete, "status") == "True":
        ended = since(at(complete, "lastTransitionTime"), now)
        some = count > len(pools)
        status = f"Complete ({len(pools)}/{count} pools)" if some else "Complete"
    elif text(failed, "status") == "True":
        status = "Failed"
    if status != "Failed" and at(obj, "status") is not None:
        kinds = ("total", "available", "allocated", "unavailable")
        sums = [str(sum(number(pool, f"{kind}Devices") for pool in pools)) for kind in kinds]
        sums.append(str(sum(at(pool, "validationError") is not None for pool in pools)))
    return [name_of(obj), text(obj, "spec", "driver"), *sums, count, status, ended]


_PV: Final = "#api.core.v1.PersistentVolume"
_SC: Final = "#api.storage.v1.StorageClass/"
_VA: Final = "#api.storage.v1.VolumeAttachment"
_DRIVER: Final = "#api.storage.v1.CSIDriverSpec/"
_PRIORITY: Final = "#api.scheduling.v1.PriorityClass/"
_DEVICE: Final = "#api.resource.v1."
_TAINT: Final = "#api.resource.v1.DeviceTaint/"

STORAGE: Final[dict[tuple[str, str], Printer]] = {
    ("", "PersistentVolume"): Printer(
        (
            NAME,
            Column("Capacity", f"{_PV}Spec/capacity"),
            Column("Access Modes", f"{_PV}Spec/accessModes"),
            Column("Reclaim Policy", f"{_PV}Spec/persistentVolumeReclaimPolicy"),
            Column("Status", f"{_PV}Status/phase"),
            Column("Claim", f"{_PV}Spec/claimRef"),
            Column("StorageClass", "StorageClass of the pv"),
            Column("VolumeAttributesClass", "VolumeAttributesClass of the pv"),
            Column("Reason", f"{_PV}Status/reason"),
            AGE,
            wide("VolumeMode", f"{_PV}Spec/volumeMode"),
        ),
        _volume,
    ),
    ("", "PersistentVolumeClaim"): Printer(
        (
            NAME,
            Column("Status", f"{_PV}ClaimStatus/phase"),
            Column("Volume", f"{_PV}ClaimSpec/volumeName"),
            Column("Capacity", f"{_PV}ClaimStatus/capacity"),
            Column("Access Modes", f"{_PV}ClaimStatus/accessModes"),
            Column("StorageClass", "StorageClass of the pvc"),
            Column("VolumeAttributesClass", "VolumeAttributesClass of the pvc"),
            AGE,
            wide("VolumeMode", f"{_PV}ClaimSpec/volumeMode"),
        ),
        _claim,
    ),
    ("storage.k8s.io", "StorageClass"): Printer(
        (
            NAME,
            Column("Provisioner", f"{_SC}provisioner"),
            Column("ReclaimPolicy", f"{_SC}reclaimPolicy"),
            Column("VolumeBindingMode", f"{_SC}volumeBindingMode"),
            Column("AllowVolumeExpansion", f"{_SC}allowVolumeExpansion"),
            AGE,
        ),
        _storage_class,
    ),
    ("storage.k8s.io", "VolumeAttributesClass"): Printer(
        (NAME, Column("DriverName", "#api.storage.v1.VolumeAttributesClass/driverName"), AGE),
        _attributes_class,
    ),
    ("storage.k8s.io", "VolumeAttachment"): Printer(
        (
            NAME,
            Column("Attacher", f"{_VA}Spec/attacher", format="name"),
            Column("PV", f"{_VA}Source/persistentVolumeName"),
            Column("Node", f"{_VA}Spec/nodeName"),
            Column("Attached", f"{_VA}Status/attached", "boolean"),
            AGE,
        ),
        _attachment,
    ),
    ("storage.k8s.io", "CSINode"): Printer(
        (
            NAME,
            Column(
                "Drivers",
                "Drivers indicates the number of CSI drivers registered on the node",
                "integer",
            ),
            AGE,
        ),
        _csi_node,
    ),
    ("storage.k8s.io", "CSIDriver"): Printer(
        (
            NAME,
            Column("AttachRequired", f"{_DRIVER}attachRequired", "boolean"),
            Column("PodInfoOnMount", f"{_DRIVER}podInfoOnMount", "boolean"),
            Column("StorageCapacity", f"{_DRIVER}storageCapacity", "boolean"),
            Column("TokenRequests", f"{_DRIVER}tokenRequests"),
            Column("RequiresRepublish", f"{_DRIVER}requiresRepublish", "boolean"),
            Column("Modes", f"{_DRIVER}volumeLifecycleModes"),
            AGE,
        ),
        _csi_driver,
    ),
    ("storage.k8s.io", "CSIStorageCapacity"): Printer(
        (
            NAME,
            Column("StorageClassName", "#api.storage.v1.CSIStorageCapacity/storageClassName"),
            Column("Capacity", "#api.storage.v1.CSIStorageCapacity/capacity"),
        ),
        _csi_capacity,
    ),
    ("", "ResourceQuota"): Printer(
        (
            NAME,
            Column(
                "Request",
                "Request represents a minimum amount of cpu/memory that a container may consume.",
            ),
            Column(
                "Limit",
                "Limits control the maximum amount of cpu/memory that a container may use"
                " independent of contention on the node.",
            ),
            AGE,
        ),
        _quota,
    ),
    ("coordination.k8s.io", "Lease"): Printer(
        (NAME, Column("Holder", "#api.coordination.v1.LeaseSpec/holderIdentity"), AGE), _lease
    ),
    ("coordination.k8s.io", "LeaseCandidate"): Printer(
        (
            NAME,
            Column("LeaseName", "#api.coordination.v1alpha2.LeaseCandidateSpec/leaseName"),
            Column("BinaryVersion"),
            Column("EmulationVersion"),
            AGE,
        ),
        _lease_candidate,
    ),
    ("scheduling.k8s.io", "PriorityClass"): Printer(
        (
            NAME,
            Column("Value", f"{_PRIORITY}value", "integer"),
            Column("Global-Default", f"{_PRIORITY}globalDefault", "boolean"),
            AGE,
            Column("PreemptionPolicy", f"{_PRIORITY}preemptionPolicy"),
        ),
        _priority_class,
    ),
    ("node.k8s.io", "RuntimeClass"): Printer((NAME, Column("Handler"), AGE), _runtime_class),
    ("resource.k8s.io", "DeviceClass"): Printer((NAME, AGE), _only_age),
    ("resource.k8s.io", "ResourceClaimTemplate"): Printer((NAME, AGE), _only_age),
    ("resource.k8s.io", "ResourceClaim"): Printer(
        (
            NAME,
            Column("State", "A summary of the current state (allocated, pending, reserved, etc.)."),
            AGE,
        ),
        _resource_claim,
    ),
    ("resource.k8s.io", "ResourceSlice"): Printer(
        (
            NAME,
            Column("Node", f"{_DEVICE}ResourceSliceSpec/nodeName"),
            Column("Driver", f"{_DEVICE}ResourceSliceSpec/driver"),
            Column("Pool", f"{_DEVICE}ResourcePool/name"),
            AGE,
        ),
        _resource_slice,
    ),
    ("resource.k8s.io", "ResourcePoolStatusRequest"): Printer(
        (
            NAME,
            Column("Driver", "The driver to query pools for."),
            Column("Total", "Total number of devices across all pools."),
            Column("Available", "Number of available devices across all pools."),
            Column("Allocated", "Number of allocated devices across all pools."),
            Column("Unavailable", "Number of unavailable devices across all pools."),
            Column("Errors", "Number of pools with validation errors."),
            Column("Pools", "Total number of matching pools.", "integer"),
            Column("Status", "Processing status."),
            Column("Completed", "Time since the observation completed."),
        ),
        _pool_status,
    ),
    ("resource.k8s.io", "DeviceTaintRule"): Printer(
        (
            NAME,
            Column("Key", f"{_TAINT}key"),
            Column("Value", f"{_TAINT}value"),
            Column("Effect", f"{_TAINT}effect"),
            Column("TimeAdded", f"{_TAINT}timeAdded"),
            AGE,
        ),
        _taint_rule,
    ),
}
