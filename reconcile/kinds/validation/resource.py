"""Devices and claims to them: what the API server refuses of them, as far as it is looked at here.

1. What must be there, and names. Expressions in CEL, attributes and counters are not looked at.

Source: k8s.io/kubernetes pkg/apis/resource/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    POSITIVE,
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    invalid,
    not_supported,
    required,
    too_many,
)
from ._read import flag, given, number, obj, objs, text
from ._rules import Rules

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_MAX_REQUESTS: Final = 32
_ONE_REQUEST: Final = "exactly one of `exactly` or `firstAvailable` is required"
_PLACES: Final = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")


def _slice(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    driver, pool = text(spec, "driver"), obj(spec, "pool")
    if driver:
        found.extend(fails("spec.driver", driver, dns_subdomain))
    else:
        found.append(required("spec.driver"))
    if not text(pool, "name"):
        found.append(required("spec.pool.name"))
    else:
        for part in text(pool, "name").split("/"):
            found.extend(fails("spec.pool.name", part, dns_subdomain))
    count, generation = number(pool, "resourceSliceCount") or 0, number(pool, "generation") or 0
    if count <= 0:
        found.append(invalid("spec.pool.resourceSliceCount", count, POSITIVE))
    if generation < 0:
        what = "must be greater than or equal to zero"
        found.append(invalid("spec.pool.generation", generation, what))
    set_ = [n for n in _PLACES if flag(spec, n) or (n.startswith("nodeN") and text(spec, n))]
    set_ += [n for n in ("nodeSelector",) if given(spec, n)]
    if not set_:
        told = ", ".join(f"`{name}`" for name in _PLACES)
        found.append(required("spec", f"exactly one of {told} is required"))
    for index, each in enumerate(objs(spec, "devices")):
        name, path = text(each, "name"), f"spec.devices[{index}].name"
        found.extend(fails(path, name, dns_label) if name else [required(path)])
    return found


def _slice_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _slice(after)
    old, new = obj(before, "spec"), obj(after, "spec")
    pools = text(obj(old, "pool"), "name"), text(obj(new, "pool"), "name")
    if pools[0] != pools[1]:
        found.append(invalid("spec.pool.name", pools[1], IMMUTABLE))
    for name in ("driver", "nodeName"):
        if text(old, name) != text(new, name):
            found.append(invalid(f"spec.{name}", text(new, name), IMMUTABLE))
    return found


def _claim_spec(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the requests of a claim."""
    found: list[FieldError] = []
    devices, place = obj(spec, "devices"), f"{path}.devices.requests"
    requests = objs(devices, "requests")
    if len(requests) > _MAX_REQUESTS:
        return [too_many(place, len(requests), _MAX_REQUESTS)]
    seen: set[str] = set()
    for index, each in enumerate(requests):
        where, name = f"{place}[{index}]", text(each, "name")
        found.extend(fails(f"{where}.name", name, dns_label))
        if name in seen:
            found.append(duplicate(f"{where}.name", name))
        seen.add(name)
        exact = obj(each, "exactly") if given(each, "exactly") else _flat(each)
        first = objs(each, "firstAvailable")
        if not exact and not first and not given(each, "exactly"):
            found.append(required(where, _ONE_REQUEST))
        elif exact and first:
            what = f"{_ONE_REQUEST}, but multiple fields are set"
            found.append(invalid(where, None, what))
        if exact or given(each, "exactly"):
            found.extend(_wanted(exact, f"{where}.exactly"))
        names: set[str] = set()
        for position, one in enumerate(first):
            inner, called = f"{where}.firstAvailable[{position}]", text(one, "name")
            found.extend(fails(f"{inner}.name", called, dns_label))
            if called in names:
                found.append(duplicate(f"{inner}.name", called))
            names.add(called)
            found.extend(_wanted(one, inner))
    return found


def _flat(request: JsonObject) -> JsonObject:
    """Return what older versions have beside the name of a request."""
    held = {key: value for key, value in request.items() if key not in {"name", "firstAvailable"}}
    return {} if objs(request, "firstAvailable") else held


def _wanted(request: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a request for devices of one class."""
    found: list[FieldError] = []
    name = text(request, "deviceClassName")
    if name:
        found.extend(fails(f"{path}.deviceClassName", name, dns_subdomain))
    else:
        found.append(required(f"{path}.deviceClassName"))
    mode, count = text(request, "allocationMode"), number(request, "count") or 0
    if mode == "All":
        if count:
            what = "must not be specified when allocationMode is 'All'"
            found.append(invalid(f"{path}.count", count, what))
    elif mode == "ExactCount":
        if count <= 0:
            found.append(invalid(f"{path}.count", count, POSITIVE))
    elif mode:
        choices = ("All", "ExactCount")
        found.append(not_supported(f"{path}.allocationMode", mode, choices))
    return found


def _claim(document: JsonObject) -> list[FieldError]:
    return _claim_spec(obj(document, "spec"), "spec")


def _template(document: JsonObject) -> list[FieldError]:
    return _claim_spec(obj(document, "spec", "spec"), "spec.spec")


def _claim_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    if obj(before, "spec") == obj(after, "spec"):
        return []
    return [invalid("spec", obj(after, "spec"), IMMUTABLE)]


RULES: Final = {
    "ResourceSlice": Rules(_slice, _slice_update, again=1),
    "ResourceClaim": Rules(_claim, _claim_update),
    "ResourceClaimTemplate": Rules(_template, _claim_update),
}
