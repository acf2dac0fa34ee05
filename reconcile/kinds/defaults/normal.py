"""The normal form of an object: what its Go types keep of what was sent, and how they write it.

1. Null and what the type does not have are dropped; members without a value that their type always
   writes are written.
2. Optional members that are empty are dropped; a zero only where the type cannot tell it from
   nothing, which no schema says: those are listed here.
3. Quantities and times have one spelling. Quantities of resources are rounded up to thousandths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import ReconcileError
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["filled", "normal"]

_ZERO_IS_NOTHING: Final = frozenset(
    {
        "count",
        "failureThreshold",
        "globalDefault",
        "healthCheckNodePort",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostPort",
        "initialDelaySeconds",
        "minReadySeconds",
        "nodePort",
        "observedGeneration",
        "paused",
        "periodSeconds",
        "publishNotReadyAddresses",
        "readOnly",
        "stdin",
        "stdinOnce",
        "successThreshold",
        "timeoutSeconds",
        "tty",
        "unschedulable",
    }
)
"""Optional numbers and booleans without a pointer: zero and false are as if not given."""
_ZERO_COUNTS: Final = frozenset(
    {
        ("MutatingWebhook", "timeoutSeconds"),
        ("ValidatingWebhook", "timeoutSeconds"),
        ("ClientIPConfig", "timeoutSeconds"),
        ("AzureDiskVolumeSource", "readOnly"),
        ("CSIVolumeSource", "readOnly"),
    }
)
"""Those of the same name that have one."""
_EMPTY_COUNTS: Final = frozenset(
    {
        "apiGroup",
        "appProtocol",
        "deviceClassName",
        "ingressClassName",
        "internalTrafficPolicy",
        "ipFamilyPolicy",
        "loadBalancerClass",
        "name",
        "namespace",
        "preemptionPolicy",
        "protocol",
        "runtimeClassName",
        "service",
        "storageClassName",
        "trafficDistribution",
        "type",
        "volumeAttributesClassName",
    }
)
"""Optional texts behind a pointer, or always written."""
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z")


def normal(value: JsonObject, schema: Schema) -> JsonObject:
    """Return an object as its type keeps it."""
    return cast("JsonObject", _normal(value, schema, resources=False))


def _normal(value: Json, schema: Mapping[str, Any], *, resources: bool) -> Json:
    properties: Mapping[str, Any] | None = schema.get("properties")
    if _name(schema) == "Quantity":
        return _quantity(value, resources=resources)
    if isinstance(value, dict):
        if properties is not None:
            return _members(value, schema, properties)
        inner = schema.get("additionalProperties")
        if isinstance(inner, Mapping):
            below = cast("Mapping[str, Any]", inner)
            nothing = "" if below.get("type") == "string" else None  # null is the zero of the type
            return {
                key: nothing if item is None else _normal(item, below, resources=True)
                for key, item in value.items()
            }
        return dict(value)
    if isinstance(value, list) and "items" in schema:
        items = cast("Mapping[str, Any]", schema["items"])
        return [_normal(item, items, resources=False) for item in value]
    if isinstance(value, str) and schema.get("format") == "date-time":
        found = _TIME.fullmatch(value)
        return (
            f"{found[1]}Z" if found and "Micro" not in str(getattr(schema, "name", "")) else value
        )
    return value


def _members(
    value: JsonObject, schema: Mapping[str, Any], properties: Mapping[str, Any]
) -> JsonObject:
    name = _name(schema)
    required = schema.get("required") or ()
    kept: JsonObject = {}
    for key, item in value.items():
        if key not in properties or item is None:
            continue  # a list that is always written is written as null again
        inner = properties[key]
        found = _normal(item, inner, resources=False)
        if key in required:
            kept[key] = None if found == [] and "default" not in inner else found
        elif not _nothing(name, key, found, inner):
            kept[key] = found
    return kept


def _name(schema: Mapping[str, Any]) -> str:
    """Return the name of the type that a schema describes, without its package."""
    return (schema.name or "").rpartition(".")[2] if isinstance(schema, Schema) else ""


def _nothing(name: str, key: str, value: Json, schema: Mapping[str, Any]) -> bool:
    """Return whether a type cannot tell a value from none."""
    if value == [] or (value == {} and "properties" not in schema):
        return "additionalProperties" in schema or schema.get("type") == "array"
    if value == "" and type(value) is str:
        return key not in _EMPTY_COUNTS
    if value in (0, False) and not isinstance(value, float):
        return key in _ZERO_IS_NOTHING and (name, key) not in _ZERO_COUNTS
    return False


def _quantity(value: Json, *, resources: bool) -> Json:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return value
    try:
        found = Quantity(value)
    except ReconcileError:
        return value
    return (found.rounded_up() if resources else found).canonical


def filled(value: JsonObject, schema: Schema, *, leaves: bool = True) -> JsonObject:
    """Return an object with the members that its type always writes; the objects only, if asked."""
    return cast("JsonObject", _filled(value, schema, leaves))


def _filled(value: Json, schema: Mapping[str, Any], leaves: bool) -> Json:
    if isinstance(value, list) and "items" in schema:
        return [_filled(item, schema["items"], leaves) for item in value]
    if not isinstance(value, dict):
        return value
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        below = cast("Mapping[str, Any]", others)
        return {key: _filled(item, below, leaves) for key, item in value.items()}
    properties: Mapping[str, Any] = schema.get("properties") or {}
    made: JsonObject = {
        key: _filled(item, properties[key], leaves) if key in properties else item
        for key, item in value.items()
    }
    required = schema.get("required") or ()
    for key, inner in properties.items():
        if key in made:
            continue
        default = cast("Json", inner.get("default"))
        if default == {}:
            made[key] = _filled({}, inner, leaves)
        elif leaves and key in required and inner.get("type") == "array":
            made[key] = None
        elif leaves and "default" in inner and (default or key not in _ZERO_IS_NOTHING):
            made[key] = default
    return made
