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

from reconcile.errors import ReconcileError
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity

from ._normal_cy import Member, Shape, filled, normalized

if TYPE_CHECKING:
    from reconcile.value.types import Json

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
_PROPS: Final = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
_EMPTY_COUNTS_IN: Final = frozenset(
    {("io.k8s.api.core.v1.EndpointAddress", "nodeName"), (_PROPS, "default"), (_PROPS, "example")}
)
"""Those that are behind a pointer in one type only."""
_EMPTY_IS_NOTHING: Final = frozenset(
    {
        ("io.k8s.api.core.v1.EndpointPort", "name"),
        ("io.k8s.api.core.v1.PersistentVolumeSpec", "storageClassName"),
    }
)
"""Those that have no pointer in one type."""
_NONE_COUNTS: Final = frozenset({("HPAScalingRules", "policies")})
"""Optional lists of which none is not as if nothing was said: it is refused."""
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")
_CANONICAL: Final = re.compile("[1-9][0-9]{0,2}(m|k|M|G|Ki|Mi|Gi)?")
"""Most quantities, which are spelt as they are written."""
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


def _shape_of(schema: Schema) -> Shape:
    """Return what a type keeps and writes, as its schema says; made once for each schema."""
    made = Shape()
    name = (schema.name or "").rpartition(".")[2]
    properties: Mapping[str, Schema] = schema.get("properties") or {}
    others, items = schema.get("additionalProperties"), schema.get("items")
    if name == "Quantity":
        made.code, made.leaf = 1, _quantity
    elif properties:
        made.code = 2
    elif isinstance(others, Schema):
        made.code, made.below = 3, others.remember(_shape_of)
        made.nothing = _zero(others)
    elif isinstance(items, Schema):
        made.code, made.below = 4, items.remember(_shape_of)
        made.nothing = _zero(items)
    elif schema.get("format") == "date-time":
        made.code, made.leaf = 5, _in_micros if name == "MicroTime" else _in_utc
    elif schema.get("format") == "byte":
        made.code, made.leaf = 5, _bytes
    required = frozenset(cast("list[str]", schema.get("required") or ()))
    for key, inner in properties.items():
        made.members[key] = _member_of(schema.name or "", key, inner, required=key in required)
        always = _written(key, inner, required=key in required)
        if always is not None:
            made.always.append((*always, always[1] == {}))
    return made


def _member_of(full: str, key: str, schema: Schema, *, required: bool) -> Member:
    """Return a member of an object, and when its type cannot tell that it is empty from nothing."""
    made = Member(schema, _shape_of)
    name = full.rpartition(".")[2]
    is_text = key in _EMPTY_COUNTS and (full, key) not in _EMPTY_IS_NOTHING
    is_text = is_text or (full, key) in _EMPTY_COUNTS_IN
    is_text = is_text or (schema.name or "").endswith(".IntOrString")
    made.default = "default" in schema
    made.required = required
    made.spelt = _is_spelt(schema)
    made.no_holder = ("additionalProperties" in schema or schema.get("type") == "array") and (
        name,
        key,
    ) not in _NONE_COUNTS
    made.no_text = not is_text
    made.no_zero = key in _ZERO_IS_NOTHING and (name, key) not in _ZERO_COUNTS
    return made


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
    return normalized(value, schema.remember(_shape_of), resources, depth)


def _zero(schema: Schema) -> Json:
    """Return what null is in a list or a map: the zero of its type, which is no pointer."""
    if (schema.name or "").endswith(".Quantity"):
        return "0"
    return "" if schema.get("type") == "string" else None


def _in_micros(text: Json, resources: bool) -> Json:
    return _in_utc(text, resources, micro=True)


def _in_utc(text: Json, resources: bool, *, micro: bool = False) -> Json:
    """Return a time as it is written: in UTC, whole seconds or microseconds."""
    del resources
    found = _TIME.fullmatch(cast("str", text))
    if not found:
        return text
    seconds, fraction, zone = found.groups()
    if zone != "Z":
        from datetime import UTC, datetime

        try:
            moved = datetime.fromisoformat(f"{seconds}{zone}").astimezone(UTC)
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


def _quantity(value: Json, resources: bool) -> Json:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        return value
    if isinstance(value, str) and _CANONICAL.fullmatch(value):
        return value
    try:
        found = Quantity(value.strip() if isinstance(value, str) else value)
    except ReconcileError:
        return value
    return (found.rounded_up() if resources else found).canonical


def _bytes(text: Json, resources: bool) -> Json:
    """Return bytes as they are written: no line breaks, no bits beyond the last byte."""
    del resources
    try:
        found = base64.b64decode(
            cast("str", text).replace("\r", "").replace("\n", ""), validate=True
        )
    except ValueError:
        return text
    return base64.b64encode(found).decode()


def fill(value: Json, schema: Schema, *, leaves: bool) -> None:
    """Write the members that a type always writes into a value; the objects only, if asked."""
    filled(value, schema.remember(_shape_of), leaves)
