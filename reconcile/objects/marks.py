"""What types cannot say of a field, said in `Annotated`: list types, rules, columns.

1. A mark is a value: `Annotated[list[Port], ListType("map", keys=["name"])]`. It changes nothing of
   how a model reads and writes; only the CustomResourceDefinition knows of it.
2. A mark speaks to pydantic's JSON Schema, under the key that the definition has in the end or one
   that begins with `x-reconcile-`, which never leaves this library.
3. Fields are named as in Python or as on the wire; paths inside of an object are Kubernetes' own.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/v1/types_jsonschema.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from reconcile.errors import DefinitionError
from reconcile.objects.wire_names import cel_name, wire_name

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from reconcile.value.types import JsonObject

__all__ = [
    "COLUMN",
    "RAW",
    "RULES",
    "SELECTABLE",
    "Cel",
    "Column",
    "EmbeddedResource",
    "Immutable",
    "ListType",
    "MapType",
    "PreserveUnknown",
    "Scale",
    "Schema",
    "Selectable",
    "annotated",
    "at_least_one_of",
    "at_most_one_of",
    "exactly_one_of",
]

COLUMN: Final = "x-reconcile-columns"
"""Where a field's printer columns wait until it is known where the field stands."""

SELECTABLE: Final = "x-reconcile-selectable"
"""Marks a field that selectors of fields may name."""

RAW: Final = "x-reconcile-schema"
"""Keys of a schema that replace what follows from the type."""

RULES: Final = "x-kubernetes-validations"
"""The rules of a value."""
_Reason: TypeAlias = Literal[
    "FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"
]


class _Mark:
    """Base of what may stand in `Annotated`."""

    __slots__ = ()

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Return what pydantic tells of the type, and what the mark says, beside each other."""
        told: dict[str, Any] = dict(handler(core_schema))
        for key, value in self._told().items():
            before = told.get(key)
            # Several rules and several columns of one field add up, and so do raw keys.
            if isinstance(before, list):
                told[key] = [*before, *value]
            else:
                told[key] = {**before, **value} if isinstance(before, dict) else value
        return told

    def _told(self) -> Mapping[str, Any]:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ListType(_Mark):
    """How a list is merged by server-side apply, and what the server holds it to.

    Shape: "map" for objects told apart by `keys`, fields of the items that are scalars and either
        required or have a default; "set" for distinct scalars; "atomic" for one value as a whole.
    Raises: DefinitionError for keys without "map", or "map" without keys.
    """

    kind: Literal["atomic", "set", "map"]
    keys: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot go together."""
        findings: list[str] = []
        if self.kind not in ("atomic", "set", "map"):
            findings.append("the kind of a list is atomic, set or map")
        if isinstance(self.keys, str):
            findings.append('keys= takes a list of fields, such as ["name"]')
        elif (self.kind == "map") is not bool(self.keys):
            findings.append("keys= goes with map, and map needs them: they tell its items apart")
        if findings:
            raise DefinitionError(findings, subject="ListType")
        object.__setattr__(self, "keys", tuple(self.keys))

    def _told(self) -> Mapping[str, Any]:
        told: dict[str, Any] = {"x-kubernetes-list-type": self.kind}
        if self.keys:
            told["x-kubernetes-list-map-keys"] = [*self.keys]
        return told


@dataclass(frozen=True, slots=True)
class MapType(_Mark):
    """Whether server-side apply owns an object or a dict as a whole, or each field of it."""

    kind: Literal["atomic", "granular"]

    def _told(self) -> Mapping[str, Any]:
        return {"x-kubernetes-map-type": self.kind}


@dataclass(frozen=True, slots=True)
class Cel(_Mark):
    """A rule that the server evaluates at each write of a value.

    Shape: `rule` is CEL; `self` is the value, `oldSelf` the stored one, which makes it a rule of
        changes. One of `message` and `message_expression`, CEL that gives a text. `field_path` is
        where an error is shown, relative to the value, such as `.spec.size`.
        `optional_old_self` lets a rule of changes be asked for new values too.
    """

    rule: str
    message: str | None = None
    message_expression: str | None = None
    reason: _Reason | None = None
    field_path: str | None = None
    optional_old_self: bool | None = None

    def _told(self) -> Mapping[str, Any]:
        return {RULES: [self.to_wire()]}

    def to_wire(self) -> JsonObject:
        """Return the rule as a definition has it."""
        told: JsonObject = {"rule": self.rule}
        for key, value in (
            ("message", self.message),
            ("messageExpression", self.message_expression),
            ("reason", self.reason),
            ("fieldPath", self.field_path),
            ("optionalOldSelf", self.optional_old_self),
        ):
            if value is not None:
                told[key] = value
        return told


def Immutable(message: str | None = None) -> Cel:  # noqa: N802 -- stands among marks, as one of them
    """Return the rule that a value cannot be changed once it is set.

    Guarantees: a value may still be set later and taken away; a rule of the object around it says
        more: `Cel("has(self.size) == has(oldSelf.size)")`.
    """
    return Cel("self == oldSelf", message=message or "cannot be changed")


def exactly_one_of(*fields: str) -> Cel:
    """Return the rule of a model that one of these fields is set, and no other of them.

    Shape: names as in Python or as on the wire.
    Guarantees: counted as the server counts: a null that is written out, in a field that may be
        null, is there. A parent with `nulls=False` has no such fields: the server drops the null.
    """
    return _counted(fields, "==", "exactly one of {} must be set")


def at_most_one_of(*fields: str) -> Cel:
    """Return the rule of a model that no two of these fields are set."""
    return _counted(fields, "<=", "at most one of {} may be set")


def at_least_one_of(*fields: str) -> Cel:
    """Return the rule of a model that one of these fields is set, or several."""
    return _counted(fields, ">=", "at least one of {} must be set")


def _counted(fields: Sequence[str], sign: str, message: str) -> Cel:
    if len(fields) < 2:
        raise DefinitionError(["two fields or more are told apart"], subject="a rule of fields")
    names = [wire_name(each) for each in fields]
    shown = [cel_name(each) for each in names]
    if not all(shown):
        raise DefinitionError(
            ["a rule of CEL cannot name all of these"], subject="a rule of fields"
        )
    held = ",".join(f"has(self.{each})" for each in shown)
    return Cel(
        f"[{held}].filter(x,x==true).size() {sign} 1", message=message.format(", ".join(names))
    )


@dataclass(frozen=True, slots=True)
class Column(_Mark):
    """A column of `kubectl get`.

    Shape: in `Annotated`, everything follows from where the field stands; the name is the field's
        if none is given. In `columns=[...]` of a class, `name`, `type` and `json_path` say it all:
        `Column("Age", type="date", json_path=".metadata.creationTimestamp")`.
        Columns with a `priority` above 0 are shown by `-o wide` only.
    """

    name: str | None = None
    type: Literal["boolean", "date", "integer", "number", "string"] | None = None
    json_path: str | None = None
    format: str | None = None
    priority: int = 0
    description: str | None = None

    def _told(self) -> Mapping[str, Any]:
        return {COLUMN: [self]}


@dataclass(frozen=True, slots=True)
class Selectable(_Mark):
    """A field that `kubectl get --field-selector` may name.

    Shape: on a text, a whole number or a truth value.
    """

    def _told(self) -> Mapping[str, Any]:
        return {SELECTABLE: True}


@dataclass(frozen=True, slots=True)
class PreserveUnknown(_Mark):
    """An object whose unknown fields the server keeps instead of dropping them."""

    def _told(self) -> Mapping[str, Any]:
        return {"x-kubernetes-preserve-unknown-fields": True}


@dataclass(frozen=True, slots=True)
class EmbeddedResource(_Mark):
    """A whole Kubernetes object inside of another one: the server reads its metadata as such."""

    def _told(self) -> Mapping[str, Any]:
        return {"x-kubernetes-embedded-resource": True}


@dataclass(frozen=True, slots=True)
class Schema(_Mark):
    """Keys of the schema as they are, for what nothing else says: `Schema({"title": "Size"})`.

    Shape: keys of a structural schema; they replace what follows from the type. None takes a key
        away.
    """

    keys: Mapping[str, Any]

    def __hash__(self) -> int:
        """Return a number for what holds types by what stands beside them, as unions do."""
        return hash(tuple(sorted(self.keys)))

    def _told(self) -> Mapping[str, Any]:
        return {RAW: dict(self.keys)}


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale subresource of a parent: what `kubectl scale` and autoscalers read and write.

    Shape: paths inside of the object. `selector` is a text in the status, for autoscalers.
    """

    spec: str = ".spec.replicas"
    status: str = ".status.replicas"
    selector: str | None = None

    def to_wire(self) -> JsonObject:
        """Return the subresource as a definition has it."""
        told: JsonObject = {"specReplicasPath": self.spec, "statusReplicasPath": self.status}
        if self.selector is not None:
            told["labelSelectorPath"] = self.selector
        return told


def annotated(field: FieldInfo) -> Any:
    """Return the type of a field, with what stands beside it in `Annotated`."""
    beside: list[Any] = [*field.metadata]
    if field.description or field.json_schema_extra:
        told = Field(description=field.description, json_schema_extra=field.json_schema_extra)
        beside.append(told)
    annotation: Any = field.annotation
    return Annotated[(annotation, *beside)] if beside else annotation
