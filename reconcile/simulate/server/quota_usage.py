"""What objects use up of a quota, and which names of a quota speak of objects of a kind.

1. Everything counts under `count/RESOURCE.GROUP`; some kinds have other names besides.
2. A Pod that has ended, or should be gone by now, counts as an object only.

Source: k8s.io/kubernetes pkg/quota/v1/evaluator/core; k8s.io/apiserver pkg/quota/v1/generic.
Devices of ResourceClaims are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.objects.quantity import Quantity
from reconcile.simulate.server.limit_ranger import summed

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "Amounts",
    "counts",
    "in_scope",
    "is_counted",
    "matching",
    "missing",
    "resources",
    "usage",
]

Amounts = dict[str, Quantity]
"""Name of what is used -> how much of it."""

_ONE: Final = Quantity(1)
_ZERO: Final = Quantity(0)
_ALIASES: Final = ("configmaps", "resourcequotas", "replicationcontrollers", "secrets")
_REQUESTED: Final = ("cpu", "memory", "ephemeral-storage")
_POD: Final = frozenset(
    {"pods", "count/pods", *_REQUESTED}
    | {f"{what}.{name}" for what in ("requests", "limits") for name in _REQUESTED}
)
_NEEDED: Final = ("cpu", "memory")
"""What each container must say if a quota speaks of it."""
_SERVICE: Final = ("count/services", "services", "services.nodeports", "services.loadbalancers")
_CLAIM: Final = ("persistentvolumeclaims", "requests.storage")
_BY_CLASS: Final = ".storageclass.storage.k8s.io/"
_UNCOUNTED: Final = ("events", "bindings", "componentstatuses")
_CLASS: Final = "volume.beta.kubernetes.io/storage-class"


def counts(kind: ResourceType) -> bool:
    """Return whether a quota can speak of objects of a kind at all."""
    served = kind.served
    return served.namespaced and served.plural not in _UNCOUNTED


def _count_name(kind: ResourceType) -> str:
    served = kind.served
    return f"count/{served.plural}.{served.group}" if served.group else f"count/{served.plural}"


def _core(kind: ResourceType) -> str:
    """Return the resource of a kind of the core group, an empty text for all others."""
    return "" if kind.served.group else kind.served.plural


def matching(kind: ResourceType, names: Iterable[str]) -> list[str]:
    """Return those names of a quota that speak of objects of a kind, in order."""
    return sorted(name for name in names if _speaks_of(kind, name))


def resources(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the groups and resources that names of a quota speak of, in order."""
    found: set[tuple[str, str]] = set()
    for name in names:
        counted = name.removeprefix("count/")
        if counted != name:
            plural, _, group = counted.partition(".")
            found.add((group, plural))
        elif name in _ALIASES:
            found.add(("", name))
        elif name in _SERVICE:
            found.add(("", "services"))
        elif name.endswith(_CLAIM):
            found.add(("", "persistentvolumeclaims"))
        else:
            found.add(("", "pods"))
    return sorted(found)


def _speaks_of(kind: ResourceType, name: str) -> bool:
    match _core(kind):
        case "pods":
            extended = name.removeprefix("requests.")
            prefixed = name.startswith(("hugepages-", "requests.hugepages-"))
            native = "/" not in extended or "kubernetes.io/" in name
            return name in _POD or prefixed or (name.startswith("requests.") and not native)
        case "services":
            return name in _SERVICE
        case "persistentvolumeclaims":
            by_class = tuple(f"{_BY_CLASS}{each}" for each in _CLAIM)
            return name in (*_CLAIM, "count/persistentvolumeclaims") or name.endswith(by_class)
        case other:
            return name == _count_name(kind) or (other in _ALIASES and name == other)


def usage(kind: ResourceType, document: Mapping[str, Json], now: datetime) -> Amounts:
    """Return what an object uses."""
    match _core(kind):
        case "pods":
            return _pod_usage(document, now)
        case "services":
            return _service_usage(document)
        case "persistentvolumeclaims":
            return _claim_usage(document)
        case other:
            made = {_count_name(kind): _ONE}
            if other in _ALIASES:
                made[other] = _ONE
            return made


def _object(holder: Mapping[str, Any], name: str) -> JsonObject:
    found = holder.get(name)
    return cast("JsonObject", found) if isinstance(found, dict) else {}


def _objects(holder: Mapping[str, Any], name: str) -> list[JsonObject]:
    found = holder.get(name)
    return cast("list[JsonObject]", found) if isinstance(found, list) else []


# -- Pods ----------------------------------------------------------------------------------------


def is_counted(pod: Mapping[str, Json], now: datetime) -> bool:
    """Return whether a Pod uses more than its place in the store."""
    if _object(pod, "status").get("phase") in ("Failed", "Succeeded"):
        return False
    about = _object(pod, "metadata")
    when, grace = about.get("deletionTimestamp"), about.get("deletionGracePeriodSeconds")
    if not isinstance(when, str) or not isinstance(grace, int):
        return True
    return now <= datetime.fromisoformat(when) + timedelta(seconds=grace)


def _pod_usage(pod: Mapping[str, Json], now: datetime) -> Amounts:
    made: Amounts = {"count/pods": _ONE}
    if not is_counted(pod, now):
        return made
    made["pods"] = _ONE
    spec = _object(pod, "spec")
    requests, limits = summed(spec, "requests"), summed(spec, "limits")
    for name, value in _object(spec, "overhead").items():
        more = Quantity(cast("str", value))
        requests[name] = requests[name] + more if name in requests else more
        if limits.get(name):
            limits[name] += more
    for name, amount in requests.items():
        if name in _REQUESTED or name.startswith("hugepages-"):
            made[name] = amount
            made[f"requests.{name}"] = amount
        elif "/" in name and "kubernetes.io/" not in name:
            made[f"requests.{name}"] = amount
    for name in _REQUESTED:
        if name in limits:
            made[f"limits.{name}"] = limits[name]
    return made


def missing(pod: Mapping[str, Json], names: Iterable[str]) -> str:
    """Return what a Pod must say and does not, of the names that a quota limits; empty if nothing.

    Shape: as `cpu for: a,b; limits.memory for: b`.
    """
    spec = _object(pod, "spec")
    own = _object(spec, "resources")
    for what in ("requests", "limits"):
        if any(name in _NEEDED or name.startswith("hugepages-") for name in _object(own, what)):
            return ""
    told: list[str] = []
    for name in sorted(names):
        what, _, resource = name.rpartition(".")
        if resource not in _NEEDED or what not in ("", "requests", "limits"):
            continue
        without = [
            str(each.get("name"))
            for each in (*_objects(spec, "containers"), *_objects(spec, "initContainers"))
            if resource not in _object(_object(each, "resources"), what or "requests")
        ]
        if without:
            told.append(f"{name} for: {','.join(sorted(set(without)))}")
    return "; ".join(told)


# -- Services and claims -------------------------------------------------------------------------


def _service_usage(service: Mapping[str, Json]) -> Amounts:
    spec = _object(service, "spec")
    ports = _objects(spec, "ports")
    made: Amounts = {}
    for name in _SERVICE:
        made[name] = _ONE
    made["services.nodeports"] = made["services.loadbalancers"] = _ZERO
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        made["services.nodeports"] = Quantity(len(ports))
    if spec.get("type") == "LoadBalancer":
        made["services.loadbalancers"] = _ONE
        if spec.get("allocateLoadBalancerNodePorts") is False:
            made["services.nodeports"] = Quantity(sum(bool(each.get("nodePort")) for each in ports))
    return made


def _claim_usage(claim: Mapping[str, Json]) -> Amounts:
    made: Amounts = {"persistentvolumeclaims": _ONE, "count/persistentvolumeclaims": _ONE}
    spec = _object(claim, "spec")
    annotations = _object(_object(claim, "metadata"), "annotations")
    name = annotations.get(_CLASS, spec.get("storageClassName")) or ""
    asked = _object(_object(spec, "resources"), "requests").get("storage")
    if asked is not None:
        size = Quantity(cast("str", asked)).rounded_up(digits=0)
        given = _object(_object(claim, "status"), "allocatedResources").get("storage")
        if given is not None:
            size = max(size, Quantity(cast("str", given)).rounded_up(digits=0))
        made["requests.storage"] = size
    if name:
        made |= {f"{name}{_BY_CLASS}{key}": made[key] for key in _CLAIM if key in made}
    return made


# -- scopes --------------------------------------------------------------------------------------


def in_scope(kind: ResourceType, quota: Mapping[str, Json], document: Mapping[str, Json]) -> bool:
    """Return whether an object is one of those that a quota is about, as far as its scopes go."""
    spec = _object(quota, "spec")
    told = spec.get("scopes")
    for scope in told if isinstance(told, list) else ():
        if not _is_in(kind, {"scopeName": scope, "operator": "Exists"}, document):
            return False
    selectors = _objects(_object(spec, "scopeSelector"), "matchExpressions")
    return all(_is_in(kind, each, document) for each in selectors)


def _is_in(kind: ResourceType, selector: Mapping[str, Any], document: Mapping[str, Json]) -> bool:
    if _core(kind) == "persistentvolumeclaims":
        if selector.get("scopeName") != "VolumeAttributesClass":
            return False
        return _chosen(selector, _attributes(document))
    if _core(kind) != "pods":
        return False
    spec = _object(document, "spec")
    match selector.get("scopeName"):
        case "Terminating":
            return _has_deadline(spec)
        case "NotTerminating":
            return not _has_deadline(spec)
        case "BestEffort":
            return _object(document, "status").get("qosClass") == "BestEffort"
        case "NotBestEffort":
            return _object(document, "status").get("qosClass") != "BestEffort"
        case "PriorityClass":
            name = spec.get("priorityClassName")
            return _chosen(selector, [str(name)] if name else [])
        case "CrossNamespacePodAffinity":
            return _looks_across(spec)
        case _:
            return False


def _has_deadline(spec: JsonObject) -> bool:
    found = spec.get("activeDeadlineSeconds")
    return isinstance(found, int) and found >= 0


def _chosen(selector: Mapping[str, Any], names: list[str]) -> bool:
    """Return whether a selector of a scope takes what has these names, which may be none."""
    values = cast("list[str]", selector.get("values") or [])
    match selector.get("operator"):
        case "Exists":
            return bool(names)
        case "DoesNotExist":
            return not names
        case "In":
            return any(name in values for name in names)
        case "NotIn":
            return not names or any(name not in values for name in names)
        case _:
            return False


def _attributes(claim: Mapping[str, Json]) -> list[str]:
    """Return the classes of attributes that a claim has, had or will have."""
    status = _object(claim, "status")
    found = (
        _object(claim, "spec").get("volumeAttributesClassName"),
        status.get("currentVolumeAttributesClassName"),
        _object(status, "modifyVolumeStatus").get("targetVolumeAttributesClassName"),
    )
    return [str(each) for each in found if each]


def _looks_across(spec: JsonObject) -> bool:
    """Return whether a Pod wants to be near or far from Pods of other namespaces."""
    affinity = _object(spec, "affinity")
    for name in ("podAffinity", "podAntiAffinity"):
        held = _object(affinity, name)
        weighted = _objects(held, "preferredDuringSchedulingIgnoredDuringExecution")
        terms = [
            *_objects(held, "requiredDuringSchedulingIgnoredDuringExecution"),
            *(_object(each, "podAffinityTerm") for each in weighted),
        ]
        if any(each.get("namespaces") or "namespaceSelector" in each for each in terms):
            return True
    return False
