"""Which fields of built-in kinds may not change once an object is there: written by hand.

1. A table of places, by group and kind; every version of a kind has those of them it has fields
   for. Nothing is enforced here: `reconcile.kinds.validation` does that, in the server's words.
2. What holds under a condition is asked of the object that is there.

Source: k8s.io/kubernetes 1.36, pkg/apis/*/validation, the functions named Validate...Update, and
    pkg/registry/*/strategy.go; shown in part by recorded refusals of API server 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

__all__ = ["EVERY_KIND", "FIXED", "Fixed"]

Observed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A place that may not change."""

    path: str
    """A pointer pattern; `*` is any item."""
    but: frozenset[str] = frozenset()
    """Members of it that may; where there are none, the place is fixed as a whole."""
    when: Callable[[Observed], bool] | None = None
    """Asked of the object that is there; None for always."""


def _spec(observed: Observed) -> Observed:
    spec: object = observed.get("spec")
    return cast("Observed", spec) if isinstance(spec, Mapping) else {}


def _sealed(observed: Observed) -> bool:
    return observed.get("immutable") is True


def _bound_for_good(observed: Observed) -> bool:
    """A Pod that no gate holds back."""
    return not _spec(observed).get("schedulingGates")


def _has_address(observed: Observed) -> bool:
    return bool(_spec(observed).get("clusterIP")) and _spec(observed).get("type") != "ExternalName"


def _balanced(observed: Observed) -> bool:
    return _spec(observed).get("type") == "LoadBalancer" and "loadBalancerClass" in _spec(observed)


def _not_suspended(observed: Observed) -> bool:
    return _spec(observed).get("suspend") is not True


def _not_indexed(observed: Observed) -> bool:
    return _spec(observed).get("completionMode") != "Indexed"


def _established(observed: Observed) -> bool:
    status = cast("Observed", observed.get("status") or {})
    conditions = cast("list[Observed]", status.get("conditions") or [])
    return any(
        one.get("type") == "Established" and one.get("status") == "True" for one in conditions
    )


def _set(name: str) -> Callable[[Observed], bool]:
    """Return whether a member of the spec has a value, which then is for good."""
    return lambda observed: bool(_spec(observed).get(name))


def _all_but(path: str, *names: str) -> Fixed:
    return Fixed(path, frozenset(names))


def _each(prefix: str, *names: str) -> tuple[Fixed, ...]:
    return tuple(Fixed(f"{prefix}/{name}") for name in names)


EVERY_KIND: Final = _each("/metadata", "name", "namespace", "uid", "creationTimestamp")
_VOLUME: Final = (
    *("accessModes", "capacity", "claimRef", "mountOptions", "persistentVolumeReclaimPolicy"),
    *("storageClassName", "volumeAttributesClassName", "nodeAffinity", "csi"),
)
"""What of a volume is not its source, or may change in part."""
FIXED: Final[dict[tuple[str, str], tuple[Fixed, ...]]] = {
    ("", "ConfigMap"): (
        Fixed("/data", when=_sealed),
        Fixed("/binaryData", when=_sealed),
        Fixed("/immutable", when=_sealed),
    ),
    ("", "Node"): (
        Fixed("/spec/podCIDR", when=_set("podCIDR")),
        Fixed("/spec/podCIDRs", when=_set("podCIDRs")),
        Fixed("/spec/providerID", when=_set("providerID")),
    ),
    ("", "PersistentVolume"): (
        _all_but("/spec", *_VOLUME),
        _all_but("/spec/csi", "controllerExpandSecretRef"),
    ),
    ("", "PersistentVolumeClaim"): (
        # Claims are bound by writing the volume's name, once.
        _all_but(
            "/spec",
            *("resources", "storageClassName", "volumeAttributesClassName", "volumeName"),
        ),
        Fixed("/spec/storageClassName", when=_set("storageClassName")),
        _all_but("/spec/resources", "requests"),
        Fixed("/spec/volumeName", when=_set("volumeName")),
    ),
    ("", "Pod"): (
        _all_but(
            "/spec",
            *("activeDeadlineSeconds", "terminationGracePeriodSeconds"),
            *("tolerations", "schedulingGates"),  # the one may grow, the other shrink
            *("containers", "initContainers", "ephemeralContainers", "resources"),
            *("affinity", "nodeName", "nodeSelector"),
        ),
        Fixed("/spec/nodeName", when=_set("nodeName")),  # which is set by a binding
        Fixed("/spec/affinity", when=_bound_for_good),
        Fixed("/spec/nodeSelector", when=_bound_for_good),
        # Their resources change by the subresource `resize`.
        _all_but("/spec/containers/*", "image", "resources"),
        _all_but("/spec/initContainers/*", "image", "resources"),
    ),
    ("", "ResourceQuota"): _each("/spec", "scopes"),
    ("", "Secret"): (
        Fixed("/type"),
        Fixed("/data", when=_sealed),
        Fixed("/stringData", when=_sealed),
        Fixed("/immutable", when=_sealed),
    ),
    ("", "Service"): (
        Fixed("/spec/clusterIP", when=_has_address),
        Fixed("/spec/clusterIPs/0", when=_has_address),
        Fixed("/spec/ipFamilies/0", when=_has_address),
        Fixed("/spec/loadBalancerClass", when=_balanced),
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        *_each("/spec", "group", "names/plural"),
        Fixed("/spec/names/kind", when=_established),
        Fixed("/spec/scope", when=_established),
    ),
    ("apps", "ControllerRevision"): _each("", "data"),
    ("apps", "DaemonSet"): _each("/spec", "selector"),
    ("apps", "Deployment"): _each("/spec", "selector"),
    ("apps", "ReplicaSet"): _each("/spec", "selector"),
    ("apps", "StatefulSet"): (
        _all_but(
            "/spec",
            *("minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy"),
            *("replicas", "revisionHistoryLimit", "template", "updateStrategy"),
        ),
    ),
    ("batch", "Job"): (
        *_each("/spec", "selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"),
        *_each("/spec", "managedBy", "successPolicy"),
        Fixed("/spec/completions", when=_not_indexed),
        Fixed("/spec/template", when=_not_suspended),
    ),
    ("certificates.k8s.io", "CertificateSigningRequest"): _each("", "spec"),
    ("discovery.k8s.io", "EndpointSlice"): _each("", "addressType"),
    ("events.k8s.io", "Event"): (_all_but("", "apiVersion", "kind", "metadata", "series"),),
    ("networking.k8s.io", "IngressClass"): _each("/spec", "controller"),
    ("networking.k8s.io", "IPAddress"): _each("/spec", "parentRef"),
    ("node.k8s.io", "RuntimeClass"): _each("", "handler"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _each("", "roleRef"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _each("", "roleRef"),
    ("resource.k8s.io", "ResourceClaim"): _each("", "spec"),
    ("resource.k8s.io", "ResourceClaimTemplate"): _each("", "spec"),
    ("resource.k8s.io", "ResourceSlice"): _each("/spec", "driver", "nodeName", "pool/name"),
    ("scheduling.k8s.io", "PriorityClass"): _each("", "preemptionPolicy", "value"),
    ("storage.k8s.io", "CSIDriver"): _each("/spec", "attachRequired", "volumeLifecycleModes"),
    ("storage.k8s.io", "CSIStorageCapacity"): _each("", "nodeTopology", "storageClassName"),
    ("storage.k8s.io", "StorageClass"): _each(
        "", "parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"
    ),
    ("storage.k8s.io", "VolumeAttachment"): _each("", "spec"),
    ("storage.k8s.io", "VolumeAttributesClass"): _each("", "driverName", "parameters"),
}
"""Group and kind -> what may not change."""
