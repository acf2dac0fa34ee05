"""storage.k8s.io and scheduling.k8s.io. Shown by the recordings of their kinds."""

from __future__ import annotations

from typing import Final

from ._rule import Default, Rule

__all__ = ["SCHEDULING", "STORAGE"]

SCHEDULING: Final[dict[str, tuple[Rule, ...]]] = {
    "PriorityClass": (Default("/preemptionPolicy", "PreemptLowerPriority"),),
}
STORAGE: Final[dict[str, tuple[Rule, ...]]] = {
    "CSIDriver": (
        Default("/spec/attachRequired", value=True),
        Default("/spec/podInfoOnMount", value=False),
        Default("/spec/storageCapacity", value=False),
        Default("/spec/fsGroupPolicy", "ReadWriteOnceWithFSType"),
        Default("/spec/volumeLifecycleModes", ["Persistent"]),
        Default("/spec/requiresRepublish", value=False),
        Default("/spec/seLinuxMount", value=False),
    ),
    "StorageClass": (
        Default("/reclaimPolicy", "Delete"),
        Default("/volumeBindingMode", "Immediate"),
    ),
    "VolumeAttributesClass": (Default("/metadata/finalizers", ["kubernetes.io/vac-protection"]),),
}
