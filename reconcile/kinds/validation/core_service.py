"""Services and Endpoints: what the API server refuses of them.

1. Addresses and ports that the cluster allocates are not asked for: a Service without them is one
   that has not got them yet. Which families of addresses a cluster has, it says itself.

Source: k8s.io/kubernetes pkg/apis/core/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    invalid,
    port_name,
    port_number,
    qualified_name,
    required,
)
from ._read import given, number, obj, objs, text, texts
from ._rules import Rules
from ._shared import address, cidr, labels, one_of, special_address, unsupported

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["PROTOCOLS", "RULES", "port_or_name"]

PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_TYPES: Final = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_FAMILIES: Final = ("IPv4", "IPv6")
_POLICIES: Final = ("PreferDualStack", "RequireDualStack", "SingleStack")
_DISTRIBUTIONS: Final = ("PreferClose", "PreferSameNode", "PreferSameZone")
_RANGES: Final = "service.beta.kubernetes.io/load-balancer-source-ranges"
_HINTS: Final = "service.kubernetes.io/topology-aware-hints"
_MODE: Final = "service.kubernetes.io/topology-mode"
_ONLY_BALANCED: Final = "may only be used when `type` is 'LoadBalancer'"
_SET_ONCE: Final = "may not change once set"
_MAX_TIMEOUT: Final = 86400


def _service(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    kind = text(spec, "type")
    ports = objs(spec, "ports")
    found: list[FieldError] = []
    if not ports and not _headless(spec) and kind != "ExternalName":
        found.append(required("spec.ports"))
    found.extend(_of_type(spec, kind))
    names: set[str] = set()
    for index, each in enumerate(ports):
        found.extend(_port(each, f"spec.ports[{index}]", names, named=len(ports) > 1))
    found.extend(labels(spec, "spec.selector", "selector"))
    found.extend(_affinity(spec))
    for index, held in enumerate(texts(spec, "externalIPs")):
        path = f"spec.externalIPs[{index}]"
        found.extend(address(held, path, strict=False) or special_address(held, path))
    found.extend(one_of(kind, _TYPES, "spec.type"))
    found.extend(_ports(ports, kind))
    found.extend(_balanced(document, spec, kind))
    found.extend(_traffic(spec, kind))
    return found


def _headless(spec: JsonObject) -> bool:
    return texts(spec, "clusterIPs") == ["None"] or (
        not texts(spec, "clusterIPs") and text(spec, "clusterIP") == "None"
    )


def _of_type(spec: JsonObject, kind: str) -> list[FieldError]:
    found: list[FieldError] = []
    if kind in {"LoadBalancer", "NodePort"} and _headless(spec):
        what = f"may not be set to 'None' for {kind} services"
        found.append(invalid("spec.clusterIPs[0]", "None", what))
    if kind == "ExternalName":
        what = "may not be set for ExternalName services"
        if texts(spec, "clusterIPs") or text(spec, "clusterIP"):
            found.append(forbidden("spec.clusterIPs", what))
        if texts(spec, "ipFamilies"):
            found.append(forbidden("spec.ipFamilies", what))
        if given(spec, "ipFamilyPolicy"):
            found.append(forbidden("spec.ipFamilyPolicy", what))
        name = text(spec, "externalName").removesuffix(".")
        if name:
            found.extend(fails("spec.externalName", name, dns_subdomain))
        else:
            found.append(required("spec.externalName"))
    return found


def _port(port: JsonObject, path: str, names: set[str], *, named: bool) -> list[FieldError]:
    found: list[FieldError] = []
    name = text(port, "name")
    if named and not name:
        found.append(required(f"{path}.name"))
    elif name:
        found.extend(fails(f"{path}.name", name, dns_label))
        if name in names:
            found.append(duplicate(f"{path}.name", name))
        names.add(name)
    held = number(port, "port") or 0
    found.extend(invalid(f"{path}.port", held, message) for message in port_number(held))
    found.extend(one_of(text(port, "protocol"), PROTOCOLS, f"{path}.protocol"))
    # Zero and the empty text are as if absent, and then it is the port itself.
    found.extend(port_or_name(port.get("targetPort") or held, f"{path}.targetPort"))
    if given(port, "appProtocol"):
        found.extend(fails(f"{path}.appProtocol", text(port, "appProtocol"), qualified_name))
    return found


def port_or_name(value: Json, path: str) -> list[FieldError]:
    """Return what is wrong with a port that is given as a number or by its name."""
    if isinstance(value, str):
        return fails(path, value, port_name)
    held = int(value) if isinstance(value, (int, float)) else 0
    return [invalid(path, held, message) for message in port_number(held)]


def _affinity(spec: JsonObject) -> list[FieldError]:
    kind = text(spec, "sessionAffinity")
    path = "spec.sessionAffinityConfig"
    found = one_of(kind, ("ClientIP", "None"), "spec.sessionAffinity")
    if kind == "ClientIP":
        what = "when session affinity type is ClientIP"
        client = obj(spec, "sessionAffinityConfig", "clientIP")
        timeout = number(client, "timeoutSeconds")
        if not given(spec, "sessionAffinityConfig"):
            found.append(required(path, what))
        elif not given(obj(spec, "sessionAffinityConfig"), "clientIP"):
            found.append(required(f"{path}.clientIP", what))
        elif timeout is None:
            found.append(required(f"{path}.clientIP.timeoutSeconds", what))
        elif not 0 < timeout <= _MAX_TIMEOUT:
            rule = f"must be greater than 0 and less than {_MAX_TIMEOUT}"
            found.append(invalid(f"{path}.clientIP.timeoutSeconds", timeout, rule))
    elif kind == "None" and given(spec, "sessionAffinityConfig"):
        found.append(forbidden(path, "must not be set when session affinity is None"))
    return found


def _addresses(document: JsonObject) -> list[FieldError]:
    """Return what is wrong with cluster IPs and their families."""
    spec = obj(document, "spec")
    if text(spec, "type") == "ExternalName":
        return []
    found: list[FieldError] = []
    path = "spec.clusterIPs"
    held, first = texts(spec, "clusterIPs"), text(spec, "clusterIP")
    whole: Json = [*held]
    if held and not first:
        found.append(invalid(path, whole, "must be empty when `clusterIP` is not specified"))
    elif held and held[0] != first:
        found.append(invalid(path, whole, "first value must match `clusterIP`"))
    seen: set[str] = set()
    families = texts(spec, "ipFamilies")
    for index, each in enumerate(families):
        found.extend(unsupported(each, _FAMILIES, f"spec.ipFamilies[{index}]"))
        if each in seen:
            found.append(duplicate(f"spec.ipFamilies[{index}]", each))
        seen.add(each)
    if given(spec, "ipFamilyPolicy"):
        found.extend(unsupported(text(spec, "ipFamilyPolicy"), _POLICIES, "spec.ipFamilyPolicy"))
    held = held or ([first] if first else [])
    wrong: list[FieldError] = []
    for index, each in enumerate(held):
        if index == 0 and each == "None":
            if len(held) > 1:
                wrong.append(invalid(path, whole, "'None' must be the first and only value"))
        else:
            wrong.extend(address(each, f"{path}[{index}]", strict=False))
    found.extend(wrong)
    if len(held) > 2:
        found.append(invalid(path, whole, "may only hold up to 2 values"))
    if wrong or _headless(spec):
        return found
    versions = ["IPv6" if ":" in each else "IPv4" for each in held]
    if len(held) > 1 and (len(held) != 2 or versions[0] == versions[1]):
        found.append(invalid(path, whole, "may specify no more than one IP for each IP family"))
    for index, (each, version) in enumerate(zip(held, versions, strict=True)):
        if index < len(families) and families[index] in _FAMILIES and families[index] != version:
            what = f"expected an {families[index]} value as indicated by `ipFamilies[{index}]`"
            found.append(invalid(f"{path}[{index}]", each, what))
    return found


def _ports(ports: list[JsonObject], kind: str) -> list[FieldError]:
    """Return what is wrong with ports beside each other."""
    found: list[FieldError] = []
    if kind == "ClusterIP":
        what = "may not be used when `type` is 'ClusterIP'"
        found.extend(
            forbidden(f"spec.ports[{index}].nodePort", what)
            for index, each in enumerate(ports)
            if number(each, "nodePort")
        )
    taken: set[tuple[str, int | None]] = set()
    for index, each in enumerate(ports):
        pair = text(each, "protocol"), number(each, "nodePort")
        if pair[1] and pair in taken:
            found.append(duplicate(f"spec.ports[{index}].nodePort", pair[1]))
        taken.add(pair)
    taken = set()
    for index, each in enumerate(ports):
        pair = text(each, "protocol"), number(each, "port")
        if pair in taken:
            shown: JsonObject = {"Name": "", "Protocol": pair[0], "AppProtocol": None}
            shown |= {"Port": pair[1] or 0, "TargetPort": 0, "NodePort": 0}
            found.append(duplicate(f"spec.ports[{index}]", shown))
        taken.add(pair)
    return found


def _balanced(document: JsonObject, spec: JsonObject, kind: str) -> list[FieldError]:
    """Return what is wrong with fields for load balancers."""
    found: list[FieldError] = []
    path = "spec.LoadBalancerSourceRanges"
    ranges = texts(spec, "loadBalancerSourceRanges")
    notes = obj(document, "metadata", "annotations")
    hints, mode = text(notes, _HINTS), text(notes, _MODE)
    if _HINTS in notes and _MODE in notes and hints != mode:
        what = f"must match annotations[{_HINTS}] when both are specified"
        found.append(invalid(f"metadata.annotations[{_MODE}]", mode, what))
    if ranges:
        if kind != "LoadBalancer":
            found.append(forbidden(path, _ONLY_BALANCED))
        for index, each in enumerate(ranges):
            found.extend(cidr(each.strip(), f"{path}[{index}]", strict=False))
    elif _RANGES in notes:
        path = f"metadata.annotations[{_RANGES}]"
        if kind != "LoadBalancer":
            found.append(forbidden(path, _ONLY_BALANCED))
        noted = text(notes, _RANGES).strip()
        for each in noted.split(",") if noted else ():
            found.extend(cidr(each.strip(), path, strict=False))
    allocate = "allocateLoadBalancerNodePorts"
    if given(spec, allocate) and kind != "LoadBalancer":
        found.append(forbidden(f"spec.{allocate}", _ONLY_BALANCED))
    found.extend(_class(spec, kind))
    return found


def _class(spec: JsonObject, kind: str) -> list[FieldError]:
    if not given(spec, "loadBalancerClass"):
        return []
    if kind != "LoadBalancer":
        return [forbidden("spec.loadBalancerClass", _ONLY_BALANCED)]
    return fails("spec.loadBalancerClass", text(spec, "loadBalancerClass"), qualified_name)


def _traffic(spec: JsonObject, kind: str) -> list[FieldError]:
    found: list[FieldError] = []
    policy = text(spec, "externalTrafficPolicy")
    path = "spec.externalTrafficPolicy"
    outside = kind in {"LoadBalancer", "NodePort"}
    if outside or (kind == "ClusterIP" and texts(spec, "externalIPs")):
        if policy:  # the server gives one to those that have none
            found.extend(unsupported(policy, ("Cluster", "Local"), path))
    elif policy:
        found.append(invalid(path, policy, "may only be set for externally-accessible services"))
    port = number(spec, "healthCheckNodePort") or 0
    if port and not _checked(spec):
        what = "`type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        found.append(invalid("spec.healthCheckNodePort", port, f"may only be set when {what}"))
    elif port:
        found.extend(invalid("spec.healthCheckNodePort", port, m) for m in port_number(port))
    if given(spec, "internalTrafficPolicy"):
        inside = text(spec, "internalTrafficPolicy")
        found.extend(unsupported(inside, ("Cluster", "Local"), "spec.internalTrafficPolicy"))
    elif kind in {"ClusterIP", "LoadBalancer", "NodePort"}:
        found.append(required("spec.internalTrafficPolicy"))
    if given(spec, "trafficDistribution"):
        wanted = text(spec, "trafficDistribution")
        found.extend(unsupported(wanted, _DISTRIBUTIONS, "spec.trafficDistribution"))
    return found


def _checked(spec: JsonObject) -> bool:
    """Return whether a Service has a port for checks of its health."""
    policy = text(spec, "externalTrafficPolicy")
    return text(spec, "type") == "LoadBalancer" and policy == "Local"


def _service_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = obj(before, "spec"), obj(after, "spec")
    kinds = text(old, "type"), text(new, "type")
    found: list[FieldError] = []
    if "ExternalName" not in kinds:
        if not (_headless(old) and _headless(new)):
            found.extend(_kept(old, new, "clusterIPs", "clusterIP"))
        if not all(_headless(each) and not obj(each, "selector") for each in (old, new)):
            found.extend(_kept(old, new, "ipFamilies", "ipFamily"))
    held = text(new, "loadBalancerClass")
    if kinds == ("LoadBalancer", "LoadBalancer") and held != text(old, "loadBalancerClass"):
        found.append(invalid("spec.loadBalancerClass", held or "null", _SET_ONCE))
    found.extend(_class(new, kinds[1]))
    ports = number(old, "healthCheckNodePort"), number(new, "healthCheckNodePort")
    if _checked(old) and _checked(new) and ports[0] != ports[1]:
        found.append(forbidden("spec.healthCheckNodePort", IMMUTABLE))
    return found + _service(after)


def _service_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    path = "status.loadBalancer.ingress"
    ingress = objs(obj(after, "status", "loadBalancer"), "ingress")
    if ingress and text(obj(after, "spec"), "type") != "LoadBalancer":
        what = "may only be used when `spec.type` is 'LoadBalancer'"
        return [forbidden(path, what)]
    for index, each in enumerate(ingress):
        place, held = f"{path}[{index}]", text(each, "ip")
        if held:
            found.extend(address(held, f"{place}.ip", strict=False))
        elif given(each, "ipMode"):
            what = "may not be specified when `ip` is not set"
            found.append(forbidden(f"{place}.ipMode", what))
        if given(each, "ipMode"):
            mode = text(each, "ipMode")
            found.extend(unsupported(mode, ("Proxy", "VIP"), f"{place}.ipMode"))
        host = text(each, "hostname")
        if host:
            found.extend(fails(f"{place}.hostname", host, dns_subdomain))
            if not address(host, "", strict=False):
                what = "must be a DNS name, not an IP address"
                found.append(invalid(f"{place}.hostname", host, what))
    return found


def _kept(old: JsonObject, new: JsonObject, name: str, noun: str) -> list[FieldError]:
    """Return what changed of the addresses or families: only the second may come and go."""
    former, held = texts(old, name), texts(new, name)
    path, whole = f"spec.{name}", [*held]
    if len(former) == len(held):
        return [
            invalid(f"{path}[{index if noun == 'clusterIP' else 0}]", [*whole], _SET_ONCE)
            for index, each in enumerate(former)
            if each != held[index]
        ]
    if not held:
        return [invalid(f"{path}[0]", [*whole] or None, f"primary {noun} can not be unset")]
    found: list[FieldError] = []
    if former and held[0] != former[0]:
        found.append(invalid(f"{path}[0]", [*whole], _SET_ONCE))
    policy = text(new, "ipFamilyPolicy")
    if len(former) > len(held) == 1 and policy != "SingleStack":
        what = f"must be set to 'SingleStack' when releasing the secondary {noun}"
        found.append(invalid("spec.ipFamilyPolicy", policy or "null", what))
    return found


def _endpoints(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    for index, each in enumerate(objs(document, "subsets")):
        path = f"subsets[{index}]"
        sets = ("addresses", "notReadyAddresses")
        if not any(objs(each, name) for name in sets):
            found.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for name in sets:
            for position, one in enumerate(objs(each, name)):
                found.extend(_endpoint(one, f"{path}.{name}[{position}]"))
        ports = objs(each, "ports")
        for position, port in enumerate(ports):
            place = f"{path}.ports[{position}]"
            found.extend(_endpoint_port(port, place, named=len(ports) > 1))
    return found


def _endpoint(endpoint: JsonObject, path: str) -> list[FieldError]:
    held = text(endpoint, "ip")
    found = address(held, f"{path}.ip", strict=False)
    if text(endpoint, "hostname"):
        found.extend(fails(f"{path}.hostname", text(endpoint, "hostname"), dns_label))
    if given(endpoint, "nodeName"):
        found.extend(fails(f"{path}.nodeName", text(endpoint, "nodeName"), dns_subdomain))
    return found + special_address(held, f"{path}.ip")


def _endpoint_port(port: JsonObject, path: str, *, named: bool) -> list[FieldError]:
    found: list[FieldError] = []
    name = text(port, "name")
    if named and not name:
        found.append(required(f"{path}.name"))
    elif name:
        found.extend(fails(f"{path}.name", name, dns_label))
    held = number(port, "port") or 0
    found.extend(invalid(f"{path}.port", held, message) for message in port_number(held))
    found.extend(one_of(text(port, "protocol"), PROTOCOLS, f"{path}.protocol"))
    if given(port, "appProtocol"):
        found.extend(fails(f"{path}.appProtocol", text(port, "appProtocol"), qualified_name))
    return found


RULES: Final = {
    "Service": Rules(
        _service, _service_update, _service_status, dns_label, first=_addresses, again=1
    ),
    "Endpoints": Rules(_endpoints, again=1),
}
