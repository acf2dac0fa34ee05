"""What the API server takes and warns of: what does nothing, is on its way out, or is easily meant
otherwise.

1. A warning refuses nothing. It is said when an object is created, and when a write changes what it
   is about.
2. One function for each kind that is warned of; Pods are warned of wherever a template of them is.

Source: k8s.io/kubernetes pkg/api/{pod,service,persistentvolume,node,storage}/warnings.go and the
WarningsOnCreate of pkg/registry; recorded warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from reconcile.diff import equal
from reconcile.errors import ReconcileError
from reconcile.objects.quantity import Quantity
from reconcile.simulate.go_json import quoted

if TYPE_CHECKING:
    from reconcile.simulate.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["warnings_of"]

_TEMPLATES: Final = {
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "PodTemplate": ("template",),
}
_STANDARD_FINALIZERS: Final = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_VOLUMES: Final = {
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
}
_NODE_LABELS: Final = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": (
        'deprecated since v1.17; use "topology.kubernetes.io/region" instead'
    ),
    "failure-domain.beta.kubernetes.io/zone": (
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'
    ),
    "beta.kubernetes.io/instance-type": (
        'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'
    ),
}
_BYTES: Final = ("memory", "ephemeral-storage")
_NULL_SELECTOR: Final = "a null labelSelector results in matching no pod"


def warnings_of(kind: ResourceType, before: JsonObject | None, after: JsonObject) -> list[str]:
    """Return what is to be warned of an object that is created or changed.

    Shape: `before` is None for a create.
    """
    if kind.served.custom:
        return list(_finalizers(before, after))
    name = kind.served.kind
    if name in _TEMPLATES:
        steps = _TEMPLATES[name]
        template = _at(after, steps)
        if before is not None and equal(_at(before, steps), template):
            return []
        return list(_pod(template, ".".join(steps) + "."))
    match name:
        case "Pod":
            if before is not None and equal(before.get("spec"), after.get("spec")):
                return []
            return list(_pod(after, ""))
        case "Service":
            return list(_service(after))
        case "Ingress" if before is None:
            return list(_ingress(after))
        case "PersistentVolume":
            return list(_volume(after))
        case "CSIDriver":
            return list(_csi_driver(after))
        case _:
            return []


def _at(document: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        document = document.get(step) if isinstance(document, dict) else None
    return document if document is not None else {}


def _list(holder: Any, name: str) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _finalizers(before: JsonObject | None, after: JsonObject) -> Iterator[str]:
    """New finalizers of custom resources should have a domain."""
    had = _at(before, ("metadata", "finalizers")) if before is not None else ()
    for each in _at(after, ("metadata", "finalizers")) or ():
        if each in had or each in _STANDARD_FINALIZERS or "/" in str(each):
            continue
        yield (
            f"metadata.finalizers: {quoted(str(each))}: prefer a domain-qualified finalizer name "
            "to avoid accidental conflicts with other finalizer writers"
        )


def _service(document: JsonObject) -> Iterator[str]:
    spec = _at(document, ("spec",))
    if spec.get("type") == "ExternalName":
        return
    if spec.get("clusterIP") == "None":
        if spec.get("loadBalancerIP"):
            yield "spec.loadBalancerIP is ignored for headless services"
        if spec.get("externalIPs"):
            yield "spec.externalIPs is ignored for headless services"
        if spec.get("sessionAffinity", "None") != "None":
            yield "spec.SessionAffinity is ignored for headless services"
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'
    annotations = _at(document, ("metadata", "annotations"))
    if "service.kubernetes.io/topology-aware-hints" in annotations:
        yield (
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use "
            "service.kubernetes.io/topology-mode instead"
        )


def _ingress(document: JsonObject) -> Iterator[str]:
    name = "kubernetes.io/ingress.class"
    if name in _at(document, ("metadata", "annotations")):
        yield f"annotation {quoted(name)} is deprecated, please use 'spec.ingressClassName' instead"


def _volume(document: JsonObject) -> Iterator[str]:
    spec = _at(document, ("spec",))
    yield from _deprecated_volume(spec, "spec")
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        yield (
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
            "Instead, the recommended approach is to use dynamic provisioning."
        )
    for place, term in enumerate(_list(_at(spec, ("nodeAffinity", "required")), "nodeSelectorTerms")):
        where = f"spec.nodeAffinity.required.nodeSelectorTerms[{place}]"
        yield from _node_term(term, where)
    amount = _at(spec, ("capacity",)).get("storage") if isinstance(spec, dict) else None
    if _is_fraction(amount):
        yield (
            f"spec.capacity[storage]: fractional byte value {quoted(_canonical(amount))} is invalid, "
            "must be an integer"
        )


def _csi_driver(document: JsonObject) -> Iterator[str]:
    spec = _at(document, ("spec",))
    if spec.get("tokenRequests") and spec.get("serviceAccountTokenInSecrets") is None:
        yield (
            "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to "
            "true to prevent possible logging of tokens in volume attributes"
        )


def _deprecated_volume(volume: Any, where: str) -> Iterator[str]:
    for name, why in _VOLUMES.items():
        if isinstance(volume, dict) and volume.get(name) is not None:
            yield f"{where}.{name}: {why}"


def _node_term(term: Any, where: str) -> Iterator[str]:
    for place, expression in enumerate(_list(term, "matchExpressions")):
        key = str(expression.get("key"))
        if key in _NODE_LABELS:
            yield f"{where}.matchExpressions[{place}].key: {key} is {_NODE_LABELS[key]}"


def _pod(holder: Any, prefix: str) -> Iterator[str]:
    """Warn of a Pod or a template of one; `prefix` leads to it and ends with a dot."""
    spec = _at(holder, ("spec",))
    where = f"{prefix}spec"
    for key in _at(spec, ("nodeSelector",)):
        if key in _NODE_LABELS:
            yield f"{where}.nodeSelector[{key}]: {_NODE_LABELS[key]}"
    yield from _affinity(_at(spec, ("affinity",)), f"{where}.affinity")
    for place, constraint in enumerate(_list(spec, "topologySpreadConstraints")):
        at = f"{where}.topologySpreadConstraints[{place}]"
        key = str(constraint.get("topologyKey"))
        if key in _NODE_LABELS:
            yield f"{at}.topologyKey: {key} is {_NODE_LABELS[key]}"
        if constraint.get("labelSelector") is None:
            yield f"{at}.labelSelector: {_NULL_SELECTOR}"
    yield from _twice(_list(spec, "hostAliases"), "ip", f"{where}.hostAliases", "ip")
    yield from _secrets(_list(spec, "imagePullSecrets"), f"{where}.imagePullSecrets")
    for place, volume in enumerate(_list(spec, "volumes")):
        yield from _deprecated_volume(volume, f"{where}.volumes[{place}]")
    grace = spec.get("terminationGracePeriodSeconds")
    if isinstance(grace, int) and grace < 0:
        yield (
            f"{where}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and "
            "will be treated as 1"
        )
    yield from _annotations(_at(holder, ("metadata", "annotations")), f"{prefix}metadata.annotations")
    containers = list(_containers(spec, where))
    for container, at in containers:
        yield from _amounts(container, at)
        yield from _hidden(container, at)
    yield from _ports(containers)


def _affinity(affinity: Any, where: str) -> Iterator[str]:
    node = _at(affinity, ("nodeAffinity",))
    required = _at(node, ("requiredDuringSchedulingIgnoredDuringExecution",))
    at = f"{where}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    for place, term in enumerate(_list(required, "nodeSelectorTerms")):
        yield from _node_term(term, f"{at}.nodeSelectorTerms[{place}]")
    at = f"{where}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"
    for place, term in enumerate(_list(node, "preferredDuringSchedulingIgnoredDuringExecution")):
        yield from _node_term(term.get("preference"), f"{at}[{place}].preference")
    for side in ("podAffinity", "podAntiAffinity"):
        terms = _at(affinity, (side,))
        for name, inner in (
            ("requiredDuringSchedulingIgnoredDuringExecution", ""),
            ("preferredDuringSchedulingIgnoredDuringExecution", "podAffinityTerm"),
        ):
            for place, each in enumerate(_list(terms, name)):
                term = _at(each, (inner,)) if inner else each
                if term.get("labelSelector") is None:
                    step = f".{inner}" if inner else ""
                    yield f"{where}.{side}.{name}[{place}]{step}.labelSelector: {_NULL_SELECTOR}"


def _twice(items: list[Any], key: str, where: str, field: str) -> Iterator[str]:
    seen: set[Any] = set()
    for place, item in enumerate(items):
        value = item.get(key)
        if value in seen:
            yield f"{where}[{place}].{field}: duplicate entry {quoted(str(value))}"
        seen.add(value)


def _secrets(items: list[Any], where: str) -> Iterator[str]:
    seen: set[Any] = set()
    for place, item in enumerate(items):
        name = item.get("name") or ""
        if not name:
            yield f'{where}[{place}].name: invalid empty name ""'
        elif name in seen:
            yield f"{where}[{place}]: duplicate name {quoted(name)}"
        seen.add(name)


def _annotations(annotations: Any, where: str) -> Iterator[str]:
    for key in annotations:
        if key == "seccomp.security.alpha.kubernetes.io/pod" or key.startswith(
            "container.seccomp.security.alpha.kubernetes.io/"
        ):
            yield f'{where}[{key}]: non-functional in v1.27+; use the "seccompProfile" field instead'
        elif key.startswith("container.apparmor.security.beta.kubernetes.io/"):
            yield f'{where}[{key}]: deprecated since v1.30; use the "appArmorProfile" field instead'


def _containers(spec: Any, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for place, container in enumerate(_list(spec, name)):
            yield container, f"{where}.{name}[{place}]"


def _amounts(container: Any, where: str) -> Iterator[str]:
    for side in ("limits", "requests"):
        amounts = _at(container, ("resources", side))
        for name in _BYTES:
            if name in amounts and _is_fraction(amounts[name]):
                told = quoted(_canonical(amounts[name]))
                yield (
                    f"{where}.resources.{side}[{name}]: fractional byte value {told} is invalid, "
                    "must be an integer"
                )


def _is_fraction(amount: Json) -> bool:
    """Return whether an amount in thousandths, which wrap around in 64 bits, is no whole one."""
    try:
        found = Quantity(amount)  # type: ignore[arg-type]
    except (ReconcileError, TypeError, ValueError):
        return False
    thousandths = int(found.rounded_up().value * 1000)
    if not -(2**63) <= thousandths < 2**63:
        if found.format != "BinarySI" and sum(map(str.isdigit, str(amount))) <= _SHORT:
            return False  # kept as digits and a power of ten: too much is taken for nothing
        thousandths = (thousandths + 2**63) % 2**64 - 2**63
    return abs(thousandths) % 1000 != 0


_SHORT: Final = 18
"""Digits of what the server does not keep as a big number."""


def _canonical(amount: Json) -> str:
    return str(amount)


def _hidden(container: Any, where: str) -> Iterator[str]:
    """A variable that is set twice hides the first, unless it is made of it."""
    seen: set[str] = set()
    for place, each in enumerate(_list(container, "env")):
        name = str(each.get("name"))
        if name not in seen:
            seen.add(name)
        elif each.get("valueFrom") is not None or f"$({name})" not in str(each.get("value") or ""):
            yield (
                f"{where}.env[{place}]: hides previous definition of {quoted(name)}, "
                "which may be dropped when using apply"
            )


def _ports(containers: list[tuple[dict[str, Any], str]]) -> Iterator[str]:
    """Ports, and then their names, should be there once in a Pod."""
    ports = [
        (port, f"{at}.ports[{place}]")
        for container, at in containers
        for place, port in enumerate(_list(container, "ports"))
    ]
    seen: dict[tuple[Any, Any], list[tuple[Any, str]]] = {}
    for port, where in ports:
        others = seen.setdefault((port.get("containerPort"), port.get("protocol")), [])
        for other, there in others:
            if word := _clash(port, other):
                yield f"{where}: {word} port definition with {there}"
        others.append((port, where))
    names: dict[str, str] = {}
    for port, where in ports:
        name = port.get("name")
        if name and name in names:
            there = names[name]
            yield (
                f"{where}: duplicate port name {quoted(name)} with {there}, services and probes "
                f"that select ports by name will use {there}"
            )
        elif name:
            names[name] = where


def _clash(port: Any, other: Any) -> str:
    mine, theirs = port.get("hostPort") or 0, other.get("hostPort") or 0
    here, there = port.get("hostIP") or "", other.get("hostIP") or ""
    if (mine, here) == (theirs, there):
        return "duplicate"
    if not mine or not theirs:
        return "overlapping"
    return "dangerously ambiguous" if mine == theirs and bool(here) != bool(there) else ""
