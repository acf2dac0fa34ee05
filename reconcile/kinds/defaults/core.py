"""The core group. Shown by the recordings of each kind, two of them that of Pods."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ._rule import Change, Default, Rule, at, same_as
from .pod import CLAIM_SPEC, POD, TEMPLATE

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["CORE"]


def _encoded(holder: JsonObject, _root: JsonObject) -> None:
    """What is given as text is stored as data."""
    given = holder.pop("stringData", None)
    if isinstance(given, dict) and given:
        data = holder.setdefault("data", {})
        if isinstance(data, dict):
            for key, value in given.items():
                if isinstance(value, str):
                    data[key] = base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()


def _type_is(*types: str) -> Callable[[JsonObject, JsonObject], bool]:
    return lambda _, root: _spec(root).get("type") in types


def _spec(root: JsonObject) -> JsonObject:
    spec = root.get("spec")
    return spec if isinstance(spec, dict) else {}


def _from_outside(_holder: JsonObject, root: JsonObject) -> bool:
    spec = _spec(root)
    kind = spec.get("type")
    return kind in ("NodePort", "LoadBalancer") or (
        kind == "ClusterIP" and bool(spec.get("externalIPs"))
    )


def _has_address(holder: JsonObject, root: JsonObject) -> bool:
    """Return whether a place of a load balancer is an address, not a name."""
    return bool(holder.get("ip")) and _spec(root).get("type") == "LoadBalancer"


def _is_sticky(_holder: JsonObject, root: JsonObject) -> bool:
    return _spec(root).get("sessionAffinity") == "ClientIP"


def _labels(holder: JsonObject, _root: JsonObject) -> None:
    """The labels of the template are those of the controller, and what it selects."""
    template = _spec(holder).get("template")
    metadata = template.get("metadata") if isinstance(template, dict) else None
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    if isinstance(labels, dict) and labels:
        _spec(holder).setdefault("selector", dict(labels))
        own = holder.setdefault("metadata", {})
        if isinstance(own, dict) and not own.get("labels"):
            own["labels"] = dict(labels)


def _sources(holder: JsonObject, _root: JsonObject) -> None:
    """A claim that says where its data are from says it twice, unless it names a namespace.

    Source: k8s.io/kubernetes pkg/api/persistentvolumeclaim/util.go, NormalizeDataSources and
        EnforceDataSourceBackwardsCompatibility.
    """
    source, ref = holder.get("dataSource"), holder.get("dataSourceRef")
    if isinstance(source, dict):
        group = source.get("apiGroup") or ""
        if (source.get("kind"), group) not in _SOURCES:
            del holder["dataSource"]
        elif "dataSourceRef" not in holder:
            holder["dataSourceRef"] = dict(source)
    if isinstance(ref, dict):
        ref.pop("namespace", None)  # across namespaces: a feature that is switched off
        if "dataSource" not in holder:
            holder["dataSource"] = dict(ref)


def _protected(finalizer: str) -> Callable[[JsonObject, JsonObject], None]:
    """Return the change that adds a finalizer to those that are given."""

    def protect(holder: JsonObject, _root: JsonObject) -> None:
        given = holder.setdefault("finalizers", [])
        if isinstance(given, list) and finalizer not in given:
            given.append(finalizer)

    return protect


def _target(holder: JsonObject, _root: JsonObject) -> None:
    """A port leads to its own number, unless it says where; zero and nothing say nothing."""
    if holder.get("targetPort") in (None, 0, "") and "port" in holder:
        holder["targetPort"] = holder["port"]


def _limits(holder: JsonObject, _root: JsonObject) -> None:
    """Containers are limited to the maximum and request what they are limited to."""
    if holder.get("type") != "Container":
        return
    steps = (("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min"))
    for name, other in steps:
        found = holder.get(other)
        if isinstance(found, dict) and found:
            mine = holder.setdefault(name, {})
            if isinstance(mine, dict):
                for resource, value in found.items():
                    mine.setdefault(resource, value)


def _name(holder: JsonObject, _root: JsonObject) -> None:
    """A namespace has its name as a label."""
    metadata = holder.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
        labels = metadata.setdefault("labels", {})
        if isinstance(labels, dict):
            labels["kubernetes.io/metadata.name"] = metadata["name"]


def _said_twice(one: str, many: str, *below: str) -> Callable[[JsonObject, JsonObject], None]:
    """Return the change that keeps a list and its first item, told beside it, the same.

    The one that is told beside it wins, as only it was known to older clients.
    Source: k8s.io/kubernetes pkg/apis/core/v1/conversion.go, of PodStatus and NodeSpec.
    """

    def agree(holder: JsonObject, _root: JsonObject) -> None:
        given, single = holder.get(many), holder.get(one)
        items: list[Json] = given if isinstance(given, list) else []
        first: Json = items[0] if items else None
        for name in below:
            first = first.get(name) if isinstance(first, dict) else None
        if isinstance(single, str) and single and single != first:
            new: Json = single
            for name in reversed(below):
                new = {name: new}
            holder[many] = [new]
        elif items:
            holder.pop(one, None)
            if first:
                holder[one] = first

    return agree


_SERVED = _type_is("ClusterIP", "NodePort", "LoadBalancer")
_SOURCES: Final = frozenset(
    {("PersistentVolumeClaim", ""), ("VolumeSnapshot", "snapshot.storage.k8s.io")}
)
"""What a claim may take its data from by its older field."""
CORE: Final[dict[str, tuple[Rule, ...]]] = {
    "Endpoints": (Default("/subsets/*/ports/*/protocol", "TCP"),),
    "Event": (
        Default("/firstTimestamp", None),
        Default("/lastTimestamp", None),
        Default("/eventTime", None),
    ),
    "LimitRange": (Change("/spec/limits/*", _limits),),
    "Namespace": (
        Change("/spec", _protected("kubernetes")),
        Default("/status/phase", "Active"),
        Change("", _name),
    ),
    "Node": (
        Change("/spec", _said_twice("podCIDR", "podCIDRs")),
        Default("/status/allocatable", same_as("capacity")),
    ),
    "PersistentVolume": (
        Change("/metadata", _protected("kubernetes.io/pv-protection")),
        Default("/spec/persistentVolumeReclaimPolicy", "Retain"),
        Default("/spec/volumeMode", "Filesystem"),
        Default("/spec/hostPath/type", ""),
        Default("/status/phase", "Pending"),
    ),
    "PersistentVolumeClaim": (
        Change("/metadata", _protected("kubernetes.io/pvc-protection")),
        *at("/spec", CLAIM_SPEC),
        Change("/spec", _sources),
        Default("/spec/dataSource/apiGroup", None),
        Default("/spec/dataSourceRef/apiGroup", None),
        Default("/status/phase", "Pending"),
    ),
    "Pod": (
        *POD,
        Default("/status/phase", "Pending"),
        Change("/status", _said_twice("podIP", "podIPs", "ip")),
    ),
    "PodTemplate": at("/template", TEMPLATE),
    "ReplicationController": (
        Change("", _labels),
        *at("/spec/template", TEMPLATE),
    ),
    "Secret": (Default("/type", "Opaque"), Change("", _encoded)),
    "Service": (
        Default("/spec/sessionAffinity", "None"),
        Default("/spec/sessionAffinityConfig", {}, _is_sticky),
        Default("/spec/sessionAffinityConfig/clientIP", {}, _is_sticky),
        Default("/spec/sessionAffinityConfig/clientIP/timeoutSeconds", 10800),
        Default("/spec/type", "ClusterIP"),
        Change("/spec/ports/*", _target),
        Default("/spec/internalTrafficPolicy", "Cluster", _SERVED),
        Default("/spec/externalTrafficPolicy", "Cluster", _from_outside),
        Default("/spec/allocateLoadBalancerNodePorts", value=True, when=_type_is("LoadBalancer")),
        Default("/status/loadBalancer/ingress/*/ipMode", "VIP", _has_address),
    ),
}
