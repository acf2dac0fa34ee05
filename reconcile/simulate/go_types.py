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
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NoReturn, cast

from reconcile.errors import ReconcileError
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity
from reconcile.simulate.go_json import Spelled, float_text, quoted

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["Unreadable", "read"]

_INT32: Final = 2**31
_INT64: Final = 2**63
_QUANTITY: Final = re.compile(r"([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)")
_NOT_A_QUANTITY: Final = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_BARE: Final = frozenset({"", "any", "RawExtension", "FieldsV1", "JSON", "JSONSchemaProps"})


class Unreadable(Exception):
    """A document does not fit its structure; the message is the server's."""


class _Reading:
    __slots__ = ("first", "unknown")

    def __init__(self) -> None:
        self.first: str | None = None
        self.unknown: list[str] = []


def read(document: Json, schema: Schema) -> list[str]:
    """Return the paths of what the structure of a schema does not have.

    Shape: paths as the server tells them: `spec.template.spec.containers[0].cmd`.
    Raises: Unreadable for the first value that does not fit.
    Cost: linear.
    """
    reading = _Reading()
    shape = schema.remember(_Shape)
    shape.read(document, reading, "", "", "")
    if reading.first is not None:
        raise Unreadable(reading.first)
    return reading.unknown


class _Shape:
    """How values of one schema are read; made once for each schema."""

    __slots__ = ("_schema", "below", "form", "go", "members", "struct")

    def __init__(self, schema: Schema) -> None:
        name = schema.name or ""
        self._schema = schema
        self.struct = name.rpartition(".")[2]
        self.below: _Shape | None = None
        self.members: dict[str, tuple[Schema, str, str]] = {}
        kind = str(schema.get("type", ""))
        properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
        items, others = schema.get("items"), schema.get("additionalProperties")
        if self.struct in ("Quantity", "IntOrString", "MicroTime", "Time"):
            self.form = self.struct
        elif self.struct in _BARE and self.struct:
            self.form = "any"
        elif properties:
            self.form = "struct"
            embedded = _EMBEDDED.get(self.struct, {})
            for field, inner in properties.items():
                through = embedded.get(field) or embedded.get("*", "")
                if "*" in embedded and field in embedded.get("-", "").split():
                    through = ""
                self.members[field] = (inner, through, _TEXTS.get((self.struct, field), ""))
        elif isinstance(items, Schema):
            self.form, self.below = "list", items.remember(_Shape)
        elif isinstance(others, Schema):
            self.form, self.below = "map", others.remember(_Shape)
        elif kind == "string":
            form = str(schema.get("format", ""))
            self.form = {"byte": "bytes", "date-time": "Time"}.get(form, "string")
        elif kind in ("integer", "number", "boolean"):
            self.form = kind
        else:
            self.form = "any"
        self.go = self._go(name)

    def _go(self, name: str) -> str:
        parts = name.split(".")
        match self.form:
            case "struct":
                package = "v1" if "apimachinery" in name else parts[-2] if len(parts) > 1 else ""
                return f"{package}.{self.struct}" if package else self.struct
            case "list":
                return f"[]{self.below.go if self.below else 'string'}"
            case "map":
                return f"map[string]{self.below.go if self.below else 'string'}"
            case "bytes":
                return "[]uint8"
            case "boolean":
                return "bool"
            case "number":
                return "float64"
            case "integer":
                return "int32" if self._schema.get("format") == "int32" else "int64"
            case "IntOrString":
                return "int32"
            case "any":
                return "interface {}"
            case "Time" | "MicroTime":
                return f"v1.{self.form}"
            case "Quantity":
                return "resource.Quantity"
            case _:
                return "string"

    def read(
        self, value: Json, to: _Reading, path: str, struct: str, fields: str, go: str = ""
    ) -> None:
        """Read a value: `path` is where it stands, `fields` the way by names of fields only."""
        if value is None:
            return
        form = self.form
        if form == "string":
            if not isinstance(value, str):
                _misfit(value, to, struct, fields, go or self.go)
        elif form == "struct":
            if not isinstance(value, dict):
                _misfit(value, to, struct, fields, self.go)
                return
            for key, item in value.items():
                known = self.members.get(key)
                if known is None:
                    to.unknown.append(f"{path}.{key}" if path else key)
                    continue
                schema, through, text = known
                step = f"{through}.{key}" if through else key
                schema.remember(_Shape).read(
                    item,
                    to,
                    f"{path}.{key}" if path else key,
                    (through or self.struct) or struct,
                    f"{fields}.{step}" if fields else step,
                    text,
                )
        elif form == "list":
            if not isinstance(value, list):
                wanted = f"[]{go}" if go else self.go
                _misfit(value, to, struct, fields, wanted)
                return
            below = cast("_Shape", self.below)
            for index, item in enumerate(value):
                below.read(item, to, f"{path}[{index}]", struct, fields, go)
        elif form == "map":
            if not isinstance(value, dict):
                wanted = f"map[string]{go}" if go else self.go
                _misfit(value, to, struct, fields, wanted)
                return
            below = cast("_Shape", self.below)
            for key, item in value.items():
                below.read(item, to, f"{path}.{key}" if path else key, struct, fields, go)
        elif form == "boolean":
            if not isinstance(value, bool):
                _misfit(value, to, struct, fields, "bool")
        elif form == "integer":
            _whole(value, to, struct, fields, self.go)
        elif form == "number":
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                _misfit(value, to, struct, fields, "float64")
        elif form != "any":
            _by_itself(form, value, to, struct, fields)


def _by_itself(form: str, value: Json, to: _Reading, struct: str, fields: str) -> None:
    """Read a value whose type reads itself."""
    if form == "IntOrString":
        if not isinstance(value, str):
            _whole(value, to, struct, fields, "int32", stop=True)
    elif form == "Quantity":
        _quantity(value)
    elif form == "bytes":
        if not isinstance(value, str):
            _misfit(value, to, struct, fields, "[]uint8")
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
    value: Json, to: _Reading, struct: str, fields: str, go: str, *, number: bool = False
) -> None:
    """Remember a value that does not fit, if it is the first."""
    if to.first is not None:
        return
    what = _kind(value, number=number)
    if struct:
        where = f"Go struct field {struct}.{fields}"
    else:
        where = "Go value"
    to.first = f"json: cannot unmarshal {what} into {where} of type {go}"


def _whole(
    value: Json, to: _Reading, struct: str, fields: str, go: str, *, stop: bool = False
) -> None:
    bound = _INT32 if go == "int32" else _INT64
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _misfit(value, to, struct, fields, go)
    elif isinstance(value, float) or not -bound <= value < bound:
        _misfit(value, to, struct, fields, go, number=True)
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
    text = text.strip()  # spaces around are not part of it
    if not _QUANTITY.fullmatch(text):
        _stop(_NOT_A_QUANTITY)
    try:
        Quantity(text)
    except ReconcileError:
        digits = re.match(r"[+-]?[0-9.]+", text)
        number = digits[0] if digits else ""
        if number.count(".") > 1 or not any(each.isdigit() for each in number):
            _stop(_NOT_A_QUANTITY)
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


def _time(text: str, layout: str) -> None:
    """Stop unless a text is a time in a layout. Source: time.Parse, ParseError.Error."""
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
