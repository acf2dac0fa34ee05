"""What the API server takes and warns of: what does nothing, goes away or is easily misunderstood.

1. A warning refuses nothing. It is said when an object is created or changed; of a template of Pods
   only when the object has a new generation; of a Pod only when it is created.
2. One function for each kind that is warned of; what is said of Pods stands in `warnings_pods`.

Source: k8s.io/kubernetes pkg/api/{service,persistentvolume,persistentvolumeclaim,job}, and the
WarningsOnCreate and WarningsOnUpdate of pkg/registry; recorded warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from reconcile.kinds.structural import crd_warnings
from reconcile.kinds.validation._primitives import dns_label
from reconcile.simulate.go.json import quoted
from reconcile.simulate.warnings.addresses import address_warnings, range_warnings
from reconcile.simulate.warnings.pods import at, claim_warnings, listed, node_term, pod_warnings

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import JsonObject

__all__ = ["warnings_of"]

_TEMPLATES: Final = {
    "Deployment": "spec.template",
    "ReplicaSet": "spec.template",
    "StatefulSet": "spec.template",
    "DaemonSet": "spec.template",
    "ReplicationController": "spec.template",
    "Job": "spec.template",
    "CronJob": "spec.jobTemplate.spec.template",
    "PodTemplate": "template",
}
_STANDARD_FINALIZERS: Final = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_VOLUMES: Final = {
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "storageOS": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_BETA_CLASS: Final = "volume.beta.kubernetes.io/storage-class"
_BETA_CLASS_TEXT: Final = 'deprecated since v1.8; use "storageClassName" attribute instead'
_BETA_OPTIONS: Final = "volume.beta.kubernetes.io/mount-options"
_BETA_OPTIONS_TEXT: Final = 'deprecated since v1.31; use "mountOptions" attribute instead'
_MANY: Final = (100_000, 10_000)
_TOO_MANY: Final = (
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than "
    "10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail"
)


def warnings_of(kind: ResourceType, before: JsonObject | None, after: JsonObject) -> list[str]:
    """Return what is to be warned of an object that is created or changed.

    Shape: `before` is None for a create; both have their generation.
    """
    if kind.served.custom:
        return list(_finalizers(before, after))
    if kind.is_definition:
        return crd_warnings(before, after)
    name = kind.served.kind
    if name in _TEMPLATES:
        return list(_workload(name, before, after))
    match name:
        case "Pod" if before is None:
            return list(pod_warnings(after, ""))
        case "Service":
            return list(_service(after))
        case "Ingress" if before is None:
            return list(_ingress(after))
        case "NetworkPolicy":
            return list(_network_policy(after))
        case "PersistentVolume":
            return list(_volume(after))
        case "PersistentVolumeClaim":
            return list(_claim(after))
        case "CSIDriver":
            return list(_csi_driver(after))
        case _:
            return []


def _finalizers(before: JsonObject | None, after: JsonObject) -> Iterator[str]:
    """New finalizers of custom resources should have a domain."""
    had = at(before, "metadata", "finalizers") if before is not None else ()
    for each in at(after, "metadata", "finalizers") or ():
        if each in had or each in _STANDARD_FINALIZERS or "/" in str(each):
            continue
        yield (
            f"metadata.finalizers: {quoted(str(each))}: prefer a domain-qualified finalizer name "
            "to avoid accidental conflicts with other finalizer writers"
        )


def _workload(name: str, before: JsonObject | None, after: JsonObject) -> Iterator[str]:
    """What makes Pods of a template."""
    wrong = dns_label(str(at(after, "metadata").get("name") or ""))
    if wrong and before is None and name in ("Job", "CronJob"):
        yield (
            "metadata.name: this is used in Pod names and hostnames, which can result in "
            f"surprising behavior; a DNS label is recommended: [{' '.join(wrong)}]"
        )
    if before is None or _generation(before) != _generation(after):
        path = _TEMPLATES[name]
        template = at(after, *path.split("."))
        if name in ("Job", "CronJob"):
            above = path.removesuffix(".template")
            yield from _indexed(at(after, *above.split(".")), above)
        yield from pod_warnings(template, f"{path}.")
    if name == "StatefulSet":
        yield from _stateful(at(after, "spec"), changed=before is not None)


def _generation(document: JsonObject) -> object:
    return at(document, "metadata").get("generation")


def _indexed(spec: Any, where: str) -> Iterator[str]:
    completions, parallelism = _MANY
    if (
        spec.get("completionMode") == "Indexed"
        and (spec.get("completions") or 0) > completions
        and (spec.get("parallelism") or 0) > parallelism
    ):
        yield f"{where}: {_TOO_MANY}"


def _stateful(spec: Any, *, changed: bool) -> Iterator[str]:
    for place, claim in enumerate(listed(spec, "volumeClaimTemplates")):
        # The two places of the server do not name the specification alike, nor as it is named.
        path = f"spec.volumeClaimTemplates[{place}]{'.Spec' if changed else ''}"
        yield from claim_warnings(at(claim, "spec"), path)
    limit = spec.get("revisionHistoryLimit")
    if isinstance(limit, int) and limit < 0:
        yield (
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; "
            "a value >= 0 is recommended"
        )


def _service(document: JsonObject) -> Iterator[str]:
    spec = at(document, "spec")
    external = spec.get("type") == "ExternalName"
    if "service.kubernetes.io/topology-aware-hints" in at(document, "metadata", "annotations"):
        yield (
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use "
            "service.kubernetes.io/topology-mode instead"
        )
    if spec.get("clusterIP") == "None":
        if spec.get("type", "ClusterIP") == "ClusterIP":
            yield from _headless(spec)
    elif not external:
        yield from _addresses(spec, "clusterIPs")
    yield from _addresses(spec, "externalIPs")
    if spec.get("loadBalancerIP"):
        yield from address_warnings("spec.loadBalancerIP", spec["loadBalancerIP"])
    for place, each in enumerate(at(spec, "loadBalancerSourceRanges")):
        yield from range_warnings(f"spec.loadBalancerSourceRanges[{place}]", each)
    if external and spec.get("externalIPs"):
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if not external and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _headless(spec: Any) -> Iterator[str]:
    if spec.get("loadBalancerIP"):
        yield "spec.loadBalancerIP is ignored for headless services"
    if spec.get("externalIPs"):
        yield "spec.externalIPs is ignored for headless services"
    if spec.get("sessionAffinity", "None") != "None":
        yield "spec.SessionAffinity is ignored for headless services"


def _addresses(spec: Any, name: str) -> Iterator[str]:
    for place, each in enumerate(at(spec, name)):
        yield from address_warnings(f"spec.{name}[{place}]", each)


def _ingress(document: JsonObject) -> Iterator[str]:
    name = "kubernetes.io/ingress.class"
    if name in at(document, "metadata", "annotations"):
        yield f"annotation {quoted(name)} is deprecated, please use 'spec.ingressClassName' instead"


def _network_policy(document: JsonObject) -> Iterator[str]:
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for place, rule in enumerate(listed(at(document, "spec"), side)):
            for index, peer in enumerate(listed(rule, peers)):
                block, where = at(peer, "ipBlock"), f"spec.{side}[{place}].{peers}[{index}].ipBlock"
                if block:
                    yield from range_warnings(f"{where}.cidr", str(block.get("cidr")))
                for which, each in enumerate(at(block, "except")):
                    yield from range_warnings(f"{where}.except[{which}]", each)


def _volume(document: JsonObject) -> Iterator[str]:
    spec = at(document, "spec")
    annotations = at(document, "metadata", "annotations")
    if _BETA_CLASS in annotations:
        yield f"metadata.annotations[{_BETA_CLASS}]: {_BETA_CLASS_TEXT}"
    if _BETA_OPTIONS in annotations:
        yield f"metadata.annotations[{_BETA_OPTIONS}]: {_BETA_OPTIONS_TEXT}"
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield (
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
            "Instead, the recommended approach is to use dynamic provisioning."
        )
    for place, term in enumerate(listed(at(spec, "nodeAffinity", "required"), "nodeSelectorTerms")):
        yield from node_term(term, f"spec.nodeAffinity.required.nodeSelectorTerms[{place}]")
    for name, why in _VOLUMES.items():
        if spec.get(name if name != "storageOS" else "storageos") is not None:
            yield f"spec.{name}: {why}"


def _claim(document: JsonObject) -> Iterator[str]:
    if _BETA_CLASS in at(document, "metadata", "annotations"):
        yield f"metadata.annotations[{_BETA_CLASS}]: {_BETA_CLASS_TEXT}"
    yield from claim_warnings(at(document, "spec"), "spec")


def _csi_driver(document: JsonObject) -> Iterator[str]:
    spec = at(document, "spec")
    if spec.get("tokenRequests") and spec.get("serviceAccountTokenInSecrets") is None:
        yield (
            "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to "
            "true to prevent possible logging of tokens in volume attributes"
        )
