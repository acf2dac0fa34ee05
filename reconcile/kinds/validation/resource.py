"""Devices and claims to them: what the API server refuses of them, as far as it is looked at here.

1. What must be there, and names. Expressions in CEL, attributes and counters are not looked at.

Source: k8s.io/kubernetes pkg/apis/resource/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import IMMUTABLE, POSITIVE, dns_label, dns_subdomain, fails, invalid, required
from ._read import flag, given, number, obj, objs, text
from ._rules import Rules

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

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


def _claim_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    if obj(before, "spec") == obj(after, "spec"):
        return []
    return [invalid("spec", obj(after, "spec"), IMMUTABLE)]


RULES: Final = {
    "ResourceSlice": Rules(_slice, _slice_update, again=1),
    "ResourceClaim": Rules(update=_claim_update),
    "ResourceClaimTemplate": Rules(update=_claim_update),
}
