"""The built-in controllers that there are actors for, chosen as kube-controller-manager is told to.

1. Every actor of a built-in controller is in `_ACTORS`. They act in the order in which
   kube-controller-manager registers them, wherever they stand there.
2. The garbage collector and the namespace controller are part of the server; they always run.

Source: k8s.io/kubernetes cmd/kube-controller-manager/app/controller_descriptor.go and
names/controller_names.go; k8s.io/controller-manager app/helper.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.errors import DefinitionError, nearest
from reconcile.simulate.actors.cluster_roles import ClusterRoleAggregation
from reconcile.simulate.actors.cronjob import CronJobController
from reconcile.simulate.actors.daemonset import DaemonSetController
from reconcile.simulate.actors.deployment import DeploymentController
from reconcile.simulate.actors.disruption import DisruptionController
from reconcile.simulate.actors.endpoint_slice_mirroring import EndpointSliceMirroringController
from reconcile.simulate.actors.endpoint_slices import EndpointSliceController
from reconcile.simulate.actors.endpoints import EndpointsController
from reconcile.simulate.actors.ephemeral_volumes import EphemeralVolumeController
from reconcile.simulate.actors.horizontal_autoscaler import HorizontalAutoscaler
from reconcile.simulate.actors.job import JobController
from reconcile.simulate.actors.node_lifecycle import NodeLifecycle
from reconcile.simulate.actors.node_ttl import NodeTtl
from reconcile.simulate.actors.pod_garbage import PodGarbageCollector
from reconcile.simulate.actors.replicaset import (
    ReplicaSetController,
    ReplicationControllerController,
)
from reconcile.simulate.actors.resource_quota import ResourceQuotaController
from reconcile.simulate.actors.root_ca_publisher import RootCaPublisher
from reconcile.simulate.actors.service_accounts import ServiceAccountController
from reconcile.simulate.actors.statefulset import StatefulSetController
from reconcile.simulate.actors.taint_eviction import TaintEviction
from reconcile.simulate.actors.ttl_after_finished import TtlAfterFinishedController
from reconcile.simulate.actors.volume_binder import VolumeBinder
from reconcile.simulate.actors.volume_protection import (
    AttributesClassProtection,
    ClaimProtection,
    VolumeProtection,
)

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Actor

__all__ = ["KNOWN", "built_in"]

KNOWN: Final = (
    "serviceaccount-token-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "endpointslice-mirroring-controller",
    "replicationcontroller-controller",
    "pod-garbage-collector-controller",
    "resourcequota-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "garbage-collector-controller",
    "daemonset-controller",
    "job-controller",
    "podgroup-protection-controller",
    "deployment-controller",
    "replicaset-controller",
    "horizontal-pod-autoscaler-controller",
    "disruption-controller",
    "statefulset-controller",
    "cronjob-controller",
    "certificatesigningrequest-signing-controller",
    "certificatesigningrequest-approving-controller",
    "certificatesigningrequest-cleaner-controller",
    "podcertificaterequest-cleaner-controller",
    "ttl-controller",
    "bootstrap-signer-controller",
    "token-cleaner-controller",
    "node-ipam-controller",
    "node-lifecycle-controller",
    "service-lb-controller",
    "node-route-controller",
    "cloud-node-lifecycle-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-attach-detach-controller",
    "persistentvolume-expander-controller",
    "clusterrole-aggregation-controller",
    "persistentvolumeclaim-protection-controller",
    "persistentvolume-protection-controller",
    "volumeattributesclass-protection-controller",
    "ttl-after-finished-controller",
    "root-ca-certificate-publisher-controller",
    "kube-apiserver-serving-clustertrustbundle-publisher-controller",
    "ephemeral-volume-controller",
    "storageversion-garbage-collector-controller",
    "resourceclaim-controller",
    "resourcepoolstatusrequest-controller",
    "device-taint-eviction-controller",
    "legacy-serviceaccount-token-cleaner-controller",
    "validatingadmissionpolicy-status-controller",
    "taint-eviction-controller",
    "service-cidr-controller",
    "storage-version-migrator-controller",
    "selinux-warning-controller",
)
"""The controllers of kube-controller-manager 1.36, in the order in which they are registered."""

_OFF: Final = frozenset(
    {"bootstrap-signer-controller", "token-cleaner-controller", "selinux-warning-controller"}
)
"""What `*` leaves off."""

_ACTORS: Final[tuple[Actor, ...]] = (
    EndpointsController(),
    EndpointSliceController(),
    EndpointSliceMirroringController(),
    DeploymentController(),
    ReplicaSetController(),
    ReplicationControllerController(),
    StatefulSetController(),
    DaemonSetController(),
    JobController(),
    CronJobController(),
    TtlAfterFinishedController(),
    VolumeBinder(),
    ClaimProtection(),
    VolumeProtection(),
    ServiceAccountController(),
    RootCaPublisher(),
    DisruptionController(),
    ResourceQuotaController(),
    HorizontalAutoscaler(),
    NodeTtl(),
    NodeLifecycle(),
    TaintEviction(),
    PodGarbageCollector(),
    EphemeralVolumeController(),
    ClusterRoleAggregation(),
    AttributesClassProtection(),
)
"""All that are built."""


def built_in(controllers: str = "*") -> tuple[Actor, ...]:
    """Return the actors that a value of the flag `--controllers` switches on.

    Shape: names with commas between; `*` for all that run by default, `-name` for one that does
        not run. The first mention of a name counts. Names of controllers that there is no actor
        for are allowed.
    Raises: DefinitionError if kube-controller-manager knows no controller of a name.
    """
    asked = [each.strip() for each in controllers.split(",") if each.strip()]
    unknown = [
        f"there is no controller {name!r}{hint}"
        for each in asked
        if each != "*" and (name := each.removeprefix("-")) not in KNOWN
        for hint in (nearest(name, KNOWN),)
    ]
    if unknown:
        raise DefinitionError(unknown, subject="--controllers")
    chosen = [each for each in _ACTORS if _runs(each.name, asked)]
    return tuple(sorted(chosen, key=lambda each: KNOWN.index(each.name)))


def _runs(name: str, asked: list[str]) -> bool:
    for each in asked:
        if each == name:
            return True
        if each == f"-{name}":
            return False
    return "*" in asked and name not in _OFF
