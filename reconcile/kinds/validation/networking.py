"""NetworkPolicies, Ingresses and the addresses of a cluster: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/networking/validation/validation.go, 1.36.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    dns_label,
    dns_subdomain,
    fails,
    forbidden,
    invalid,
    not_supported,
    path_segment,
    port_name,
    port_number,
    required,
    too_long,
    wildcard_subdomain,
)
from ._read import given, number, obj, objs, text, texts
from ._rules import Rules
from ._shared import address, cidr, immutable, label_selector

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_CLASS: Final = "kubernetes.io/ingress.class"
_PROTOCOLS: Final = ("TCP", "UDP", "SCTP")
_PATH_TYPES: Final = ("Exact", "ImplementationSpecific", "Prefix")


def _network_policy(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = label_selector(obj(spec, "podSelector"), "spec.podSelector")
    for name, peers in (("ingress", "from"), ("egress", "to")):
        for index, each in enumerate(objs(spec, name)):
            path = f"spec.{name}[{index}]"
            for position, port in enumerate(objs(each, "ports")):
                found.extend(_policy_port(port, f"{path}.ports[{position}]"))
            for position, peer in enumerate(objs(each, peers)):
                found.extend(_peer(peer, f"{path}.{peers}[{position}]"))
    types = texts(spec, "policyTypes")
    if len(types) > 2:
        what = "may not specify more than two policyTypes"
        return [*found, invalid("spec.policyTypes", [*types], what)]
    for index, kind in enumerate(types):
        if kind not in {"Ingress", "Egress"}:
            path = f"spec.policyTypes[{index}]"
            found.append(not_supported(path, kind, ["Ingress", "Egress"]))
    return found


def _policy_port(port: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    if given(port, "protocol") and text(port, "protocol") not in _PROTOCOLS:
        found.append(not_supported(f"{path}.protocol", text(port, "protocol"), _PROTOCOLS))
    held, last = port.get("port"), number(port, "endPort")
    if held is None:
        if last is not None:
            what = "may not be specified when `port` is not specified"
            found.append(invalid(f"{path}.endPort", last, what))
    elif isinstance(held, str):
        if last is not None:
            what = "may not be specified when `port` is non-numeric"
            found.append(invalid(f"{path}.endPort", last, what))
        found.extend(fails(f"{path}.port", held, port_name))
    else:
        first = number(port, "port") or 0
        found.extend(invalid(f"{path}.port", first, message) for message in port_number(first))
        if last is not None:
            if last < first:
                what = "must be greater than or equal to `port`"
                found.append(invalid(f"{path}.endPort", last, what))
            found.extend(invalid(f"{path}.endPort", last, each) for each in port_number(last))
    return found


def _peer(peer: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    names = [n for n in ("podSelector", "namespaceSelector", "ipBlock") if given(peer, n)]
    for name in names:
        place = f"{path}.{name}"
        if name == "ipBlock":
            found.extend(_block(obj(peer, name), place))
        else:
            found.extend(label_selector(obj(peer, name), place))
    if not names:
        found.append(required(path, "must specify a peer"))
    elif len(names) > 1 and "ipBlock" in names:
        found.append(forbidden(path, "may not specify both ipBlock and another peer"))
    return found


def _block(block: JsonObject, path: str) -> list[FieldError]:
    whole = text(block, "cidr")
    if not whole:
        return [required(f"{path}.cidr")]
    found = cidr(whole, f"{path}.cidr", strict=False)
    if found:
        return found
    around = _network(whole)
    for index, each in enumerate(texts(block, "except")):
        place = f"{path}.except[{index}]"
        wrong = cidr(each, place, strict=False)
        found.extend(wrong)
        inside = None if wrong else _network(each)
        if inside is None or around is None:
            continue
        same = inside.version == around.version and inside.network_address in around
        if not same or inside.prefixlen <= around.prefixlen:
            found.append(invalid(place, each, "must be a strict subset of `cidr`"))
    return found


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None


def _ingress(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    rules = objs(spec, "rules")
    if not rules and not given(spec, "defaultBackend"):
        what = "either `defaultBackend` or `rules` must be specified"
        found.append(invalid("spec", spec.get("rules"), what))
    if given(spec, "defaultBackend"):
        found.extend(_backend(obj(spec, "defaultBackend"), "spec.defaultBackend"))
    for index, each in enumerate(rules):
        found.extend(_ingress_rule(each, f"spec.rules[{index}]"))
    for index, each in enumerate(objs(spec, "tls")):
        for position, host in enumerate(texts(each, "hosts")):
            check = wildcard_subdomain if "*" in host else dns_subdomain
            found.extend(fails(f"spec.tls[{index}].hosts[{position}]", host, check))
        if text(each, "secretName"):
            path = f"spec.tls[{index}].secretName"
            found.extend(fails(path, text(each, "secretName"), dns_subdomain))
    if given(spec, "ingressClassName"):
        name = text(spec, "ingressClassName")
        found.extend(fails("spec.ingressClassName", name, dns_subdomain))
    return found


def _ingress_create(document: JsonObject) -> list[FieldError]:
    found = _ingress(document)
    noted = obj(document, "metadata", "annotations").get(_CLASS)
    spec = obj(document, "spec")
    named = given(spec, "ingressClassName") and isinstance(noted, str)
    if named and noted != text(spec, "ingressClassName"):
        what = "must match `ingressClassName` when both are specified"
        found.append(invalid(f"annotations.{_CLASS}", noted, what))
    return found


def _ingress_update(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _ingress(after)


def _ingress_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    for index, each in enumerate(objs(obj(after, "status", "loadBalancer"), "ingress")):
        path = f"status.loadBalancer.ingress[{index}]"
        if text(each, "ip"):
            found.extend(address(text(each, "ip"), f"{path}.ip", strict=False))
        host = text(each, "hostname")
        if host:
            found.extend(fails(f"{path}.hostname", host, dns_subdomain))
            if not address(host, "", strict=False):
                what = "must be a DNS name, not an IP address"
                found.append(invalid(f"{path}.hostname", host, what))
    return found


def _ingress_rule(rule: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    host = text(rule, "host")
    if host:
        if not address(host, "", strict=False):
            what = "must be a DNS name, not an IP address"
            found.append(invalid(f"{path}.host", host, what))
        check = wildcard_subdomain if "*" in host else dns_subdomain
        found.extend(fails(f"{path}.host", host, check))
    if given(rule, "http"):
        paths = objs(obj(rule, "http"), "paths")
        if not paths:
            found.append(required(f"{path}.http.paths"))
        for index, each in enumerate(paths):
            found.extend(_http_path(each, f"{path}.http.paths[{index}]"))
    return found


def _http_path(route: JsonObject, path: str) -> list[FieldError]:
    if not given(route, "pathType"):
        return [required(f"{path}.pathType", "pathType must be specified")]
    found: list[FieldError] = []
    kind, held, place = text(route, "pathType"), text(route, "path"), f"{path}.path"
    if kind in {"Exact", "Prefix"}:
        if not held.startswith("/"):
            found.append(invalid(place, held, "must be an absolute path"))
        found.extend(
            invalid(place, held, f"must not contain '{part}'")
            for part in ("//", "/./", "/../", "%2f", "%2F")
            if part in held
        )
        ends = (part for part in ("/..", "/.") if held.endswith(part))
        found.extend(invalid(place, held, f"cannot end with '{part}'") for part in ends)
    elif kind == "ImplementationSpecific":
        if held and not held.startswith("/"):
            found.append(invalid(place, held, "must be an absolute path"))
    else:
        found.append(not_supported(f"{path}.pathType", kind, _PATH_TYPES))
    found.extend(_backend(obj(route, "backend"), f"{path}.backend"))
    return found


def _backend(backend: JsonObject, path: str) -> list[FieldError]:
    service = obj(backend, "service")
    if given(backend, "resource") and given(backend, "service"):
        return [invalid(path, "", "cannot set both resource and service backends")]
    if given(backend, "resource"):
        return _reference(obj(backend, "resource"), f"{path}.resource")
    if not given(backend, "service"):
        return [invalid(path, "", "resource or service backend is required")]
    found: list[FieldError] = []
    if text(service, "name"):
        found.extend(fails(f"{path}.service.name", text(service, "name"), dns_label))
    else:
        found.append(required(f"{path}.service.name"))
    port = obj(service, "port")
    name, held = text(port, "name"), number(port, "number") or 0
    if name and held:
        found.append(invalid(path, "", "cannot set both port name & port number"))
    elif name:
        found.extend(fails(f"{path}.service.port.name", name, port_name))
    elif held:
        place = f"{path}.service.port.number"
        found.extend(invalid(place, held, message) for message in port_number(held))
    else:
        found.append(required(path, "port name or number is required"))
    return found


def _reference(reference: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a reference to an object of some kind in the same place."""
    found: list[FieldError] = []
    if given(reference, "apiGroup"):
        found.extend(fails(f"{path}.apiGroup", text(reference, "apiGroup"), dns_subdomain))
    for name in ("kind", "name"):
        held = text(reference, name)
        if held:
            found.extend(fails(f"{path}.{name}", held, path_segment))
        else:
            found.append(required(f"{path}.{name}"))
    return found


def _ingress_class(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    controller, path = text(spec, "controller"), "spec.controller"
    if len(controller.encode()) > 250:
        found.append(too_long(path, 250))
    found.extend(_domain_path(controller, path))
    if given(spec, "parameters"):
        held, path = obj(spec, "parameters"), "spec.parameters"
        found.extend(_reference(held, path))
        scope = text(held, "scope")
        if not given(held, "scope"):
            found.append(required(f"{path}.scope"))
        elif scope not in {"Cluster", "Namespace"}:
            found.append(not_supported(f"{path}.scope", scope, ["Cluster", "Namespace"]))
        elif scope == "Namespace" and not text(held, "namespace"):
            what = "`parameters.scope` is set to 'Namespace'"
            found.append(required(f"{path}.namespace", what))
        elif scope == "Namespace":
            found.extend(fails(f"{path}.namespace", text(held, "namespace"), dns_label))
        elif given(held, "namespace"):
            what = "`parameters.scope` is set to 'Cluster'"
            found.append(forbidden(f"{path}.namespace", what))
    return found


def _domain_path(value: str, path: str) -> list[FieldError]:
    """Return what is wrong with a path behind a domain, as acme.io/foo."""
    if not value:
        return [required(path)]
    domain, _, rest = value.partition("/")
    if not domain or not rest:
        what = 'must be a domain-prefixed path (such as "acme.io/foo")'
        return [invalid(path, value, what)]
    found = fails(path, domain, dns_subdomain)
    pattern = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
    if not re.fullmatch(pattern, rest):
        what = f"Invalid path (regex used for validation is '{pattern}')"
        found.append(invalid(path, rest, what))
    return found


def _ingress_class_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = (text(obj(each, "spec"), "controller") for each in (before, after))
    return immutable(old, new, "spec.controller") + _ingress_class(after)


def _ip_address(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    path = "spec.parentRef"
    if not given(spec, "parentRef"):
        return [required(path)]
    found: list[FieldError] = []
    held = obj(spec, "parentRef")
    if text(held, "group"):
        found.extend(fails(f"{path}.group", text(held, "group"), dns_subdomain))
    for name in ("resource", "name", "namespace"):
        if text(held, name):
            found.extend(fails(f"{path}.{name}", text(held, name), path_segment))
        elif name != "namespace":
            found.append(required(f"{path}.{name}"))
    return found


def _ip_name(name: str) -> list[str]:
    """Return what is wrong with a name that is an IP address."""
    return [error.detail for error in address(name, "")]


def _ip_address_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = (obj(each, "spec").get("parentRef") for each in (before, after))
    return immutable(old, new, "spec.parentRef")


def _service_cidr(document: JsonObject) -> list[FieldError]:
    ranges, path = texts(obj(document, "spec"), "cidrs"), "spec.cidrs"
    if not ranges:
        return [required(path, "at least one CIDR required")]
    if len(ranges) > 2:
        return [invalid(path, {"CIDRs": [*ranges]}, "may only hold up to 2 values")]
    found: list[FieldError] = []
    for index, each in enumerate(ranges):
        found.extend(cidr(each, f"{path}[{index}]"))
    if not found and len(ranges) == 2 and (":" in ranges[0]) == (":" in ranges[1]):
        what = "may specify no more than one IP for each IP family"
        what += ", i.e 192.168.0.0/24 and 2001:db8::/64"
        found.append(invalid(path, [*ranges], what))
    return found


def _service_cidr_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = (texts(obj(each, "spec"), "cidrs") for each in (before, after))
    path = "spec.cidrs"
    if len(old) != len(new) and (len(old), len(new)) != (1, 2):
        return [invalid(path, [*new] or None, IMMUTABLE)]
    found = [
        invalid(f"{path}[{index}]", new[index], IMMUTABLE)
        for index, each in enumerate(old)
        if each != new[index]
    ]
    return found + (_service_cidr(after) if len(new) > len(old) else [])


RULES: Final = {
    "NetworkPolicy": Rules(_network_policy),
    "Ingress": Rules(_ingress_create, _ingress_update, _ingress_status, again=1),
    "IngressClass": Rules(_ingress_class, _ingress_class_update, again=1),
    "IPAddress": Rules(_ip_address, _ip_address_update, names=_ip_name),
    "ServiceCIDR": Rules(_service_cidr, _service_cidr_update),
}
