"""EndpointSlices: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/discovery/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    invalid,
    qualified_name,
    required,
    too_many,
)
from ._read import given, obj, objs, text, texts
from ._rules import Rules
from ._shared import address, immutable, labels, one_of, special_address
from .core_service import PROTOCOLS

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_TYPES: Final = ("FQDN", "IPv4", "IPv6")
_MAX_ENDPOINTS: Final = 1000
_MAX_ADDRESSES: Final = 100
_MAX_PORTS: Final = 20_000
_MAX_HINTS: Final = 8


def _slice(document: JsonObject) -> list[FieldError]:
    kind = text(document, "addressType")
    found = one_of(kind, _TYPES, "addressType")
    endpoints = objs(document, "endpoints")
    if len(endpoints) > _MAX_ENDPOINTS:
        found.append(too_many("endpoints", len(endpoints), _MAX_ENDPOINTS))
    else:
        for index, each in enumerate(endpoints):
            found.extend(_endpoint(each, kind, f"endpoints[{index}]"))
    found.extend(_ports(objs(document, "ports")))
    return found


def _endpoint(endpoint: JsonObject, kind: str, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    held, place = texts(endpoint, "addresses"), f"{path}.addresses"
    if not held:
        found.append(required(place, "must contain at least 1 address"))
    elif len(held) > _MAX_ADDRESSES:
        found.append(too_many(place, len(held), _MAX_ADDRESSES))
    for index, each in enumerate(held):
        where = f"{place}[{index}]"
        if kind == "FQDN":
            found.extend(fails(where, each.removesuffix("."), dns_subdomain))
        elif kind in _TYPES:
            wrong = address(each, where, strict=False)
            if not wrong and (kind == "IPv6") != (":" in each):
                found.append(invalid(where, each, f"must be an {kind} address"))
            found.extend(wrong or special_address(each, where))
    if given(endpoint, "nodeName"):
        found.extend(fails(f"{path}.nodeName", text(endpoint, "nodeName"), dns_subdomain))
    found.extend(labels(endpoint, f"{path}.deprecatedTopology", "deprecatedTopology"))
    if given(endpoint, "hostname"):
        found.extend(fails(f"{path}.hostname", text(endpoint, "hostname"), dns_label))
    for name in ("forZones", "forNodes"):
        hints = objs(obj(endpoint, "hints"), name)
        where = f"{path}.hints.{name}"
        if len(hints) > _MAX_HINTS:
            found.append(too_many(where, len(hints), _MAX_HINTS))
            continue
        seen: set[str] = set()
        for index, hint in enumerate(hints):
            zone = text(hint, "name")
            if zone in seen:
                found.append(duplicate(f"{where}[{index}].name", zone))
            seen.add(zone)
    return found


def _ports(ports: list[JsonObject]) -> list[FieldError]:
    if len(ports) > _MAX_PORTS:
        return [too_many("ports", len(ports), _MAX_PORTS)]
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(ports):
        name, path = text(each, "name"), f"ports[{index}]"
        if name:
            found.extend(fails(f"{path}.name", name, dns_label))
        if name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
        found.extend(one_of(text(each, "protocol"), PROTOCOLS, f"{path}.protocol"))
        if given(each, "appProtocol"):
            found.extend(fails(f"{path}.appProtocol", text(each, "appProtocol"), qualified_name))
    return found


def _slice_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    name = "addressType"
    return _slice(after) + immutable(before.get(name), after.get(name), name)


RULES: Final = {"EndpointSlice": Rules(_slice, _slice_update, again=1, changes=False)}
