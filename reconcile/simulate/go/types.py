"""Objects read into the server's structures: what does not fit, in its words, and what it ignores.

1. One walk tells both: the first value that does not fit, and the fields that the structure does
   not have, in the order of the document.
2. A value that a type reads by itself (a time, a quantity, bytes) ends the reading at once; any
   other one is remembered and the reading goes on, so the former is told where there are both.
3. Names of structures and types follow from the names of schemas; what no schema says stands in
   the tables at the end: names of text types, structures that are embedded in others.

Source: encoding/json (decode.go), sigs.k8s.io/json; k8s.io/api; recorded refusals.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NoReturn, cast

from reconcile.errors import ReconcileError
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity
from reconcile.simulate._reading_cy import Member, Reading, Shape, fields_of, read_value
from reconcile.simulate.go.json import Spelled, float_text, quoted

if TYPE_CHECKING:
    from reconcile.simulate._reading_cy import Where
    from reconcile.value.types import Json

__all__ = ["Unreadable", "read", "read_other"]

_INT32: Final = 2**31
_INT64: Final = 2**63
# Less strict than what the server says of it: no digit has to be there.
_QUANTITY: Final = re.compile(r"[+-]?[0-9]*(\.[0-9]*)?[eEinumkKMGTP]*[-+]?[0-9]*")
_PLAIN_QUANTITY: Final = re.compile("[1-9][0-9]{0,2}(m|k|M|G|Ki|Mi|Gi)?")
"""Most quantities, which are right."""
_NOT_A_QUANTITY: Final = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_BARE: Final = frozenset({"", "any", "RawExtension", "FieldsV1", "JSON"})


class Unreadable(Exception):
    """A document does not fit its structure; the message is the server's."""


def read(document: Json, schema: Schema, *, other: Callable[..., None] | None = None) -> list[str]:
    """Return the paths of what the structure of a schema does not have.

    Shape: paths as the server tells them: `spec.template.spec.containers[0].cmd`. `other` reads
        what does not obviously fit, in place of `read_other`.
    Raises: Unreadable for the first value that does not fit; LimitError for more than 128 levels.
    Cost: linear.
    """
    reading = Reading(other or read_other)
    read_value(schema.remember(_shape_of), document, reading, None, "", "", 0)
    if reading.first is not None:
        raise Unreadable(reading.first)
    return reading.unknown


_CODES: Final = {
    "any": 0,
    "string": 1,
    "struct": 2,
    "list": 3,
    "map": 4,
    "boolean": 5,
    "integer": 6,
    "IntOrString": 6,
}


def _shape_of(schema: Schema) -> Shape:
    """Return how values of a schema are read."""
    name = schema.name or ""
    made = Shape(name.rpartition(".")[2])
    struct = made.struct
    kind = str(schema.get("type", ""))
    properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
    items, others = schema.get("items"), schema.get("additionalProperties")
    if struct in ("Quantity", "IntOrString", "MicroTime", "Time"):
        made.form = struct
    elif struct in _BARE and struct:
        made.form = "any"
    elif properties:
        made.form = "struct"
        embedded = _EMBEDDED.get(struct, {})
        for field, inner in properties.items():
            through = embedded.get(field) or embedded.get("*", "")
            if "*" in embedded and field in embedded.get("-", "").split():
                through = ""
            step = f"{through}.{field}" if through else field
            text = _TEXTS.get((struct, field), "")
            made.members[field] = Member(inner, _shape_of, through or struct, step, text)
    elif isinstance(items, Schema):
        made.form, made.below = "list", items.remember(_shape_of)
    elif isinstance(others, Schema):
        made.form, made.below = "map", others.remember(_shape_of)
    elif kind == "string":
        form = str(schema.get("format", ""))
        made.form = {"byte": "bytes", "date-time": "Time"}.get(form, "string")
    elif kind in ("integer", "number", "boolean"):
        made.form = kind
    made.code = _CODES.get(made.form, 7)
    made.go = _go(made, schema)
    return made


def _go(shape: Shape, schema: Schema) -> str:
    """Return what Go calls the type of a schema."""
    name = schema.name or ""
    parts = name.split(".")
    below = shape.below.go if shape.below else "string"
    match shape.form:
        case "struct":
            own = "v1" if "apimachinery" in name else parts[-2] if len(parts) > 1 else ""
            return f"{own}.{shape.struct}" if own else shape.struct
        case "list":
            return f"[]{below}"
        case "map":
            return f"map[string]{below}"
        case "bytes":
            return "[]uint8"
        case "boolean":
            return "bool"
        case "number":
            return "float64"
        case "integer":
            return "int32" if schema.get("format") == "int32" else "int64"
        case "IntOrString":
            return "int32"
        case "any":
            return "interface {}"
        case "Time" | "MicroTime":
            return f"v1.{shape.form}"
        case "Quantity":
            return "resource.Quantity"
        case _:
            return "string"


def read_other(  # noqa: PLR0917  # compiled functions call it by position
    shape: Shape, value: Json, to: Reading, where: Where, struct: str, go: str
) -> None:
    """Read a value that does not obviously fit."""
    form, told = shape.form, shape.go
    if form == "string":
        told = go or told
    elif form == "list":
        told = f"[]{go}" if go else told
    elif form == "map":
        told = f"map[string]{go}" if go else told
    elif form == "integer":
        _whole(value, to, struct, where, told)
        return
    elif form == "number":
        if not isinstance(value, bool) and isinstance(value, (int, float)):
            return
    elif form not in ("struct", "boolean"):
        _by_itself(form, value, to, struct, where)
        return
    _misfit(value, to, struct, where, told)


def _by_itself(form: str, value: Json, to: Reading, struct: str, where: Where) -> None:
    """Read a value whose type reads itself."""
    if form == "IntOrString":
        if not isinstance(value, str):
            _whole(value, to, struct, where, "int32", stop=True)
    elif form == "Quantity":
        _quantity(value)
    elif form == "bytes":
        if not isinstance(value, str):
            _misfit(value, to, struct, where, "[]uint8")
        else:
            _bytes(value)
    elif not isinstance(value, str):
        # The type reads a text of its own accord, so nothing says where it stands.
        _stop(f"json: cannot unmarshal {_kind(value)} into Go value of type string")
    elif form == "MicroTime":
        _time(value, "2006-01-02T15:04:05.000000Z07:00")
    else:
        _time(value, "2006-01-02T15:04:05Z07:00")


def _stop(message: str) -> NoReturn:
    raise Unreadable(message)


def _kind(value: Json, *, number: bool = False) -> str:
    """Return what Go calls a value in its messages."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return f"number {_spelling(value)}" if number else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _spelling(value: float) -> str:
    if isinstance(value, Spelled):
        return value.text
    if isinstance(value, float):
        return f"{value:.1f}" if value.is_integer() and abs(value) < 1e15 else float_text(value)
    return str(value)


def _misfit(
    value: Json, to: Reading, struct: str, where: Where, go: str, *, number: bool = False
) -> None:
    """Remember a value that does not fit, if it is the first."""
    if to.first is not None:
        return
    what = _kind(value, number=number)
    place = f"Go struct field {struct}.{fields_of(where)}" if struct else "Go value"
    to.first = f"json: cannot unmarshal {what} into {place} of type {go}"


def _whole(
    value: Json, to: Reading, struct: str, where: Where, go: str, *, stop: bool = False
) -> None:
    bound = _INT32 if go == "int32" else _INT64
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _misfit(value, to, struct, where, go)
    elif isinstance(value, float) or not -bound <= value < bound:
        _misfit(value, to, struct, where, go, number=True)
    else:
        return
    if stop and to.first is not None:
        raise Unreadable(to.first)


def _quantity(value: Json) -> None:
    """Stop unless a value is a quantity.

    Source: k8s.io/apimachinery pkg/api/resource, Quantity.UnmarshalJSON and ParseQuantity.
    """
    text = _spelling(value) if isinstance(value, (int, float)) else value
    if isinstance(value, bool) or not isinstance(text, str):
        _stop(_NOT_A_QUANTITY)
    if _PLAIN_QUANTITY.fullmatch(text):
        return
    text = text.strip()  # spaces around are not part of it
    if not text or not _QUANTITY.fullmatch(text):
        _stop(_NOT_A_QUANTITY)
    try:
        Quantity(text)
    except ReconcileError:
        _stop("unable to parse quantity's suffix")


def _bytes(text: str) -> None:
    """Stop unless a text is base64. Source: encoding/base64, CorruptInputError."""
    plain = text.replace("\r", "").replace("\n", "")
    try:
        base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        pass
    else:
        if len(plain) % 4 == 0:
            return
    _stop(f"illegal base64 data at input byte {_corrupt(plain)}")


def _corrupt(text: str) -> int:
    """Return where Go finds that a text is no base64."""
    alphabet = re.compile(r"[A-Za-z0-9+/]*")
    found = alphabet.match(text)
    end = found.end() if found else 0
    if end == len(text):
        return end - end % 4 if end % 4 == 1 else end  # it ends within a group
    if text[end] != "=":
        return end
    if end % 4 < 2:
        return end
    rest = text[end:]
    padding = 4 - end % 4
    if len(rest) < padding:
        return len(text)
    wrong = next((i for i, each in enumerate(rest[:padding]) if each != "="), padding)
    return end + wrong


_STEPS: Final = (
    (r"\d{4}", "2006"),
    (r"-", "-"),
    (r"(0[1-9]|1[0-2])", "01"),
    (r"-", "-"),
    (r"\d\d", "02"),
    (r"T", "T"),
    (r"([01]\d|2[0-4])", "15"),
    (r":", ":"),
    (r"[0-5]\d", "04"),
    (r":", ":"),
    (r"[0-5]\d", "05"),
)


_PLAIN_TIME: Final = re.compile(
    "[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z"
)
"""Most times, which are right in each layout without fractions."""


def _time(text: str, layout: str) -> None:
    """Stop unless a text is a time in a layout. Source: time.Parse, ParseError.Error."""
    if ".000000" not in layout and _PLAIN_TIME.fullmatch(text):
        return
    at = 0
    for pattern, step in _STEPS:
        found = re.match(pattern, text[at:])
        if not found:
            if step == "02" and re.match(r"\d\d", text[at:]):
                break
            _stop(_unparsed(text, layout, text[at:], step))
        at += found.end()
    if ".000000" in layout:
        if not re.match(r"\.\d{6}", text[at:]):
            _stop(_unparsed(text, layout, text[at:], ".000000"))
        at += 7
    else:
        fraction = re.match(r"[.,]\d+", text[at:])
        at += fraction.end() if fraction else 0
    zone = re.match(r"Z|[+-]\d\d:\d\d", text[at:])
    if not zone:
        _stop(_unparsed(text, layout, text[at:], "Z07:00"))
    at += zone.end()
    if text[at:]:
        _stop(f"parsing time {quoted(text)}: extra text: {quoted(text[at:])}")
    if not _in_month(text):
        _stop(f"parsing time {quoted(text)}: day out of range")


def _in_month(text: str) -> bool:
    from calendar import monthrange

    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    return year > 0 and 1 <= day <= monthrange(year, month)[1]


def _unparsed(text: str, layout: str, rest: str, step: str) -> str:
    return (
        f"parsing time {quoted(text)} as {quoted(layout)}: "
        f"cannot parse {quoted(rest)} as {quoted(step)}"
    )


_VOLUME: Final = {"*": "VolumeSource", "-": "name"}
_EMBEDDED: Final[dict[str, dict[str, str]]] = {
    "Volume": _VOLUME,
    "Probe": dict.fromkeys(("exec", "httpGet", "tcpSocket", "grpc"), "ProbeHandler"),
    "IngressRule": {"http": "IngressRuleValue"},
    "PersistentVolumeSpec": {
        "*": "PersistentVolumeSource",
        "-": (
            "capacity accessModes claimRef persistentVolumeReclaimPolicy storageClassName "
            "mountOptions volumeMode nodeAffinity volumeAttributesClassName"
        ),
    },
    "EphemeralContainer": {"*": "EphemeralContainerCommon", "-": "targetContainerName"},
    "ConfigMapKeySelector": {"name": "LocalObjectReference"},
    "SecretKeySelector": {"name": "LocalObjectReference"},
    "ConfigMapEnvSource": {"name": "LocalObjectReference"},
    "SecretEnvSource": {"name": "LocalObjectReference"},
    "ConfigMapVolumeSource": {"name": "LocalObjectReference"},
    "ConfigMapProjection": {"name": "LocalObjectReference"},
    "SecretProjection": {"name": "LocalObjectReference"},
    "RuleWithOperations": dict.fromkeys(("apiGroups", "apiVersions", "resources", "scope"), "Rule"),
    "NamedRuleWithOperations": dict.fromkeys(
        ("operations", "apiGroups", "apiVersions", "resources", "scope"), "RuleWithOperations"
    ),
}
"""Structures that stand in others without a field of their own: field -> the structure it is in;
`*` for all fields, but for those that `-` names."""
_TEXTS: Final[dict[tuple[str, str], str]] = {
    ("PersistentVolumeClaimSpec", "accessModes"): "v1.PersistentVolumeAccessMode",
    ("PersistentVolumeClaimSpec", "volumeMode"): "v1.PersistentVolumeMode",
    ("PersistentVolumeSpec", "accessModes"): "v1.PersistentVolumeAccessMode",
    ("PersistentVolumeSpec", "volumeMode"): "v1.PersistentVolumeMode",
    ("PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): "v1.PersistentVolumeReclaimPolicy",
    ("Container", "imagePullPolicy"): "v1.PullPolicy",
    ("Container", "restartPolicy"): "v1.ContainerRestartPolicy",
    ("Container", "terminationMessagePolicy"): "v1.TerminationMessagePolicy",
    ("ContainerPort", "protocol"): "v1.Protocol",
    ("ServicePort", "protocol"): "v1.Protocol",
    ("NetworkPolicyPort", "protocol"): "v1.Protocol",
    ("PodSpec", "restartPolicy"): "v1.RestartPolicy",
    ("PodSpec", "dnsPolicy"): "v1.DNSPolicy",
    ("PodSpec", "preemptionPolicy"): "v1.PreemptionPolicy",
    ("ServiceSpec", "type"): "v1.ServiceType",
    ("ServiceSpec", "sessionAffinity"): "v1.ServiceAffinity",
    ("ServiceSpec", "externalTrafficPolicy"): "v1.ServiceExternalTrafficPolicy",
    ("ServiceSpec", "internalTrafficPolicy"): "v1.ServiceInternalTrafficPolicy",
    ("ServiceSpec", "ipFamilies"): "v1.IPFamily",
    ("ServiceSpec", "ipFamilyPolicy"): "v1.IPFamilyPolicy",
    ("Secret", "type"): "v1.SecretType",
    ("NamespaceSpec", "finalizers"): "v1.FinalizerName",
    ("Taint", "effect"): "v1.TaintEffect",
    ("Toleration", "effect"): "v1.TaintEffect",
    ("Toleration", "operator"): "v1.TolerationOperator",
    ("NodeSelectorRequirement", "operator"): "v1.NodeSelectorOperator",
    ("LabelSelectorRequirement", "operator"): "v1.LabelSelectorOperator",
    ("Capabilities", "add"): "v1.Capability",
    ("Capabilities", "drop"): "v1.Capability",
    ("HTTPGetAction", "scheme"): "v1.URIScheme",
    ("EmptyDirVolumeSource", "medium"): "v1.StorageMedium",
    ("HostPathVolumeSource", "type"): "v1.HostPathType",
    ("VolumeMount", "mountPropagation"): "v1.MountPropagationMode",
    ("ResourceQuotaSpec", "scopes"): "v1.ResourceQuotaScope",
    ("LimitRangeItem", "type"): "v1.LimitType",
    ("OwnerReference", "uid"): "types.UID",
    ("ObjectMeta", "uid"): "types.UID",
    ("ObjectReference", "uid"): "types.UID",
    ("DeploymentStrategy", "type"): "v1.DeploymentStrategyType",
    ("StatefulSetSpec", "podManagementPolicy"): "v1.PodManagementPolicyType",
    ("StatefulSetUpdateStrategy", "type"): "v1.StatefulSetUpdateStrategyType",
    ("DaemonSetUpdateStrategy", "type"): "v1.DaemonSetUpdateStrategyType",
    ("JobSpec", "completionMode"): "v1.CompletionMode",
    ("JobSpec", "podReplacementPolicy"): "v1.PodReplacementPolicy",
    ("CronJobSpec", "concurrencyPolicy"): "v1.ConcurrencyPolicy",
    ("NetworkPolicySpec", "policyTypes"): "v1.PolicyType",
    ("HTTPIngressPath", "pathType"): "v1.PathType",
}
"""Texts with a type of their own: structure and field -> its name; of lists, that of an item."""
