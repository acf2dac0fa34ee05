"""The normal form of an object: what its Go types keep of what was sent, and how they write it.

1. Null and what the type does not have are dropped; members without a value that their type always
   writes are written.
2. Optional members that are empty are dropped; a zero only where the type cannot tell it from
   nothing, which no schema says: those are listed here.
3. Quantities, times and bytes have one spelling. Quantities of resources are rounded up to
   thousandths.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import LimitError, ReconcileError
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["fill", "normal"]

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
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)"
)
_WRITTEN_TIMES: Final = frozenset(
    {
        "finishedAt",
        "lastHeartbeatTime",
        "lastProbeTime",
        "lastTransitionTime",
        "lastUpdateTime",
        "startedAt",
    }
)
"""Times without a pointer, of conditions and containers: one that is not set is written as null."""
_HOLDERS: Final = frozenset({dict, list})


class Shape:
    """What a type keeps and writes, as its schema says; made once for each schema."""

    __slots__ = ("always", "below", "form", "members", "name", "required", "spelt")

    def __init__(self, schema: Schema) -> None:
        self.name = (schema.name or "").rpartition(".")[2]
        properties: Mapping[str, Schema] = schema.get("properties") or {}
        others, items = schema.get("additionalProperties"), schema.get("items")
        self.members: Mapping[str, Schema] = dict(properties)
        self.required = frozenset(cast("list[str]", schema.get("required") or ()))
        self.below: Schema | None = None
        self.form = "leaf"
        if self.name == "Quantity":
            self.form = "quantity"
        elif properties:
            self.form = "object"
        elif isinstance(others, Schema):
            self.form, self.below = "map", others
        elif isinstance(items, Schema):
            self.form, self.below = "list", items
        elif schema.get("format") == "date-time":
            self.form = "microtime" if self.name == "MicroTime" else "time"
        elif schema.get("format") == "byte":
            self.form = "bytes"
        self.spelt = frozenset(name for name, inner in self.members.items() if _is_spelt(inner))
        self.always = tuple(
            always
            for name, inner in self.members.items()
            if (always := _written(name, inner, required=name in self.required)) is not None
        )


def _written(name: str, schema: Schema, *, required: bool) -> tuple[str, Json] | None:
    """Return a member that a type always writes: its name and its value."""
    if name in _WRITTEN_TIMES and schema.get("format") == "date-time":
        return name, None
    if "default" in schema:
        default = cast("Json", schema["default"])
        if default == {} or default or name not in _ZERO_IS_NOTHING:
            return name, default
    if required and schema.get("type") == "array":
        return name, None
    # A required quantity has no pointer, and the zero of it is a text.
    return (name, "0") if required and (schema.name or "").endswith(".Quantity") else None


def normal(value: Json, schema: Schema, *, resources: bool = False, depth: int = 0) -> Json:
    """Return a value as its type keeps it. `resources`: quantities are of resources.

    Raises: LimitError for more than 128 levels.
    """
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    shape = schema.remember(Shape)
    form = shape.form
    if form == "quantity":
        return _quantity(value, resources=resources)
    if isinstance(value, dict):
        if form == "object":
            return _members(value, shape, depth)
        if form != "map" or shape.below is None:
            return thaw(value, depth)
        below = shape.below
        nothing = _zero(below)
        return {
            key: nothing if item is None else normal(item, below, resources=True, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list) and form == "list" and shape.below is not None:
        below = shape.below
        nothing = _zero(below)
        return [
            nothing if item is None else normal(item, below, depth=depth + 1) for item in value
        ]
    if form in {"time", "microtime"} and isinstance(value, str):
        return _in_utc(value, micro=form == "microtime")
    if form == "bytes" and isinstance(value, str):
        return _bytes(value)
    return thaw(value, depth)


def _zero(schema: Schema) -> Json:
    """Return what null is in a list or a map: the zero of its type, which is no pointer."""
    if (schema.name or "").endswith(".Quantity"):
        return "0"
    return "" if schema.get("type") == "string" else None


def _members(value: JsonObject, shape: Shape, depth: int) -> JsonObject:
    kept: JsonObject = {}
    members, required = shape.members, shape.required
    for key, item in value.items():
        inner = members.get(key)
        if inner is None or item is None:
            continue  # a list that is always written is written as null again
        found: Json = item
        if isinstance(item, (dict, list)) or key in shape.spelt:
            found = normal(item, inner, depth=depth + 1)
        if key in required:
            kept[key] = None if found == [] and "default" not in inner else found
        elif found or not _nothing(shape.name, key, found, inner):
            kept[key] = found
    return kept


def _in_utc(text: str, *, micro: bool) -> str:
    """Return a time as it is written: in UTC, whole seconds or microseconds."""
    found = _TIME.fullmatch(text)
    if not found:
        return text
    seconds, fraction, zone = found.groups()
    if zone != "Z":
        from datetime import datetime, timezone

        try:
            moved = datetime.fromisoformat(f"{seconds}{zone}").astimezone(timezone.utc)
        except (ValueError, OverflowError):
            return text
        seconds = moved.strftime("%Y-%m-%dT%H:%M:%S")
    if not micro:
        return f"{seconds}Z"
    return f"{seconds}.{(fraction or '.')[1:7].ljust(6, '0')}Z"


def _is_spelt(schema: Schema) -> bool:
    """Return whether a leaf has several spellings."""
    spelt = schema.get("format") in ("byte", "date-time")
    return spelt or (schema.name or "").endswith(".Quantity")


def _nothing(name: str, key: str, value: Json, schema: Schema) -> bool:
    """Return whether a type cannot tell an empty value from none."""
    match value:
        case [] | {}:
            return "additionalProperties" in schema or schema.get("type") == "array"
        case "":
            return key not in _EMPTY_COUNTS and not (schema.name or "").endswith(".IntOrString")
        case float():
            return False
        case _:
            return key in _ZERO_IS_NOTHING and (name, key) not in _ZERO_COUNTS


def _quantity(value: Json, *, resources: bool) -> Json:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return value
    try:
        found = Quantity(value.strip() if isinstance(value, str) else value)
    except ReconcileError:
        return value
    return (found.rounded_up() if resources else found).canonical


def _bytes(text: str) -> str:
    """Return bytes as they are written: no line breaks, no bits beyond the last byte."""
    try:
        found = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError:
        return text
    return base64.b64encode(found).decode()


def fill(value: Json, schema: Schema, *, leaves: bool) -> None:
    """Write the members that a type always writes into a value; the objects only, if asked."""
    shape = schema.remember(Shape)
    if isinstance(value, dict):
        if shape.form == "object":
            for name, default in shape.always:
                if name not in value:
                    if default == {}:
                        value[name] = {}
                    elif leaves:
                        value[name] = thaw(default)
            members = shape.members
            for key, item in value.items():
                if type(item) in _HOLDERS and key in members:
                    fill(item, members[key], leaves=leaves)
        elif shape.form == "map" and shape.below is not None:
            for item in value.values():
                if type(item) in _HOLDERS:
                    fill(item, shape.below, leaves=leaves)
    elif isinstance(value, list) and shape.form == "list" and shape.below is not None:
        for item in value:
            if type(item) in _HOLDERS:
                fill(item, shape.below, leaves=leaves)
