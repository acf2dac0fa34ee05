"""The fields that the server never lets change once an object is there, by kind.

1. A field is here if every change of it is refused, whatever else the object holds. What may change
   under a condition is not: data of ConfigMaps, addresses of Services, sizes of claims.
2. Pointers (RFC 6901) name the highest such field. Metadata has its own, the same for all kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IMMUTABLE", "IMMUTABLE_METADATA"]

_SELECTED: Final = ("/spec/selector",)
_VOLUME_SOURCES: Final = (
    *("hostPath", "nfs", "local", "iscsi", "fc", "rbd", "cephfs", "cinder", "glusterfs"),
    *("awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "azureFile", "vsphereVolume"),
    *("flexVolume", "flocker", "photonPersistentDisk", "portworxVolume", "quobyte", "scaleIO"),
    "storageos",
)

IMMUTABLE_METADATA: Final = ("/metadata/name", "/metadata/namespace", "/metadata/uid")
"""Of all objects; generateName and the times are kept as they were, without a word."""

IMMUTABLE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "PersistentVolume"): tuple(f"/spec/{name}" for name in (*_VOLUME_SOURCES, "volumeMode")),
    ("", "PersistentVolumeClaim"): (
        "/spec/accessModes",
        "/spec/dataSource",
        "/spec/dataSourceRef",
        "/spec/selector",
        "/spec/volumeMode",
    ),
    ("", "ResourceQuota"): ("/spec/scopes",),
    ("", "Secret"): ("/type",),
    ("apps", "ControllerRevision"): ("/data",),
    ("apps", "DaemonSet"): _SELECTED,
    ("apps", "Deployment"): _SELECTED,
    ("apps", "ReplicaSet"): _SELECTED,
    ("apps", "StatefulSet"): (
        "/spec/podManagementPolicy",
        "/spec/selector",
        "/spec/serviceName",
        "/spec/volumeClaimTemplates",
    ),
    ("batch", "Job"): (
        "/spec/backoffLimitPerIndex",
        "/spec/completionMode",
        "/spec/managedBy",
        "/spec/podFailurePolicy",
        "/spec/selector",
        "/spec/successPolicy",
    ),
    ("discovery.k8s.io", "EndpointSlice"): ("/addressType",),
    ("networking.k8s.io", "IPAddress"): ("/spec/parentRef",),
    ("networking.k8s.io", "IngressClass"): ("/spec/controller",),
    ("node.k8s.io", "RuntimeClass"): ("/handler",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("/roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("/roleRef",),
    ("resource.k8s.io", "ResourceClaim"): ("/spec",),
    ("resource.k8s.io", "ResourceClaimTemplate"): ("/spec",),
    ("resource.k8s.io", "ResourceSlice"): ("/spec/driver", "/spec/nodeName", "/spec/pool/name"),
    ("scheduling.k8s.io", "PriorityClass"): ("/preemptionPolicy", "/value"),
    ("storage.k8s.io", "CSIDriver"): ("/spec/attachRequired", "/spec/volumeLifecycleModes"),
    ("storage.k8s.io", "CSIStorageCapacity"): ("/nodeTopology", "/storageClassName"),
    ("storage.k8s.io", "StorageClass"): (
        "/parameters",
        "/provisioner",
        "/reclaimPolicy",
        "/volumeBindingMode",
    ),
    ("storage.k8s.io", "VolumeAttachment"): ("/spec",),
    ("storage.k8s.io", "VolumeAttributesClass"): ("/driverName", "/parameters"),
}
"""Group and kind -> pointers."""
