"""What rules of CEL may see of a value: types made from a schema, and values of those types.

1. A schema that says nothing of its content is not seen. Members of an object are seen under names
   that are identifiers; those that cannot be written as one are not seen.
2. Whole objects show `apiVersion`, `kind`, and of their metadata `name` and `generateName`.
3. Sizes are the largest that fit into a request; the cost of a rule is estimated by them.

Source: k8s.io/apiserver pkg/cel/common/schemas.go, pkg/cel/escaping.go and pkg/cel/limits.go, 1.36.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Final, Literal, TypeAlias, cast

from reconcile.objects.wire_names import cel_name

from ._go import EMPTY, is_list, is_object

__all__ = ["Convert", "Decl", "converting", "declared"]

Convert: TypeAlias = Callable[[Any], Any]
"""Makes a value of JSON one of CEL."""
_MAX_REQUEST: Final = 3 * 1024 * 1024
_MAX_DURATION: Final = 32
_DATE: Final = 12
_MIN_DATE_TIME: Final = 21
_MAX_DATE_TIME: Final = 37

_Kind: TypeAlias = Literal[
    "dyn", "list", "map", "object", "string", "bytes", "duration", "timestamp", "bool", "int",
    "double",
]  # fmt: skip


@dataclass(slots=True)
class Decl:
    """The type of a value as rules see it."""

    kind: _Kind
    most: int = 0
    """The largest number of elements or characters; none for plain values, as the server has it."""
    least: int = 1
    """The smallest number of bytes that a value is written in."""
    inner: Decl | None = None
    """Of the items of a list, of the values of a map."""
    fields: dict[str, tuple[str, Decl]] = field(default_factory=dict[str, "tuple[str, Decl]"])
    """Of an object: the name that is seen -> the name on the wire, the type."""
    form: str = ""
    """The format of a text that stands for something else."""


def declared(schema: Mapping[str, Any] | None, *, root: bool = False) -> Decl | None:
    """Return the type of values of a schema, None if rules may not see them."""
    if schema is None:
        return None
    length = schema.get("maxLength")
    if schema.get("x-kubernetes-int-or-string") is True:
        return Decl("dyn", most=_MAX_REQUEST - 2 if length is None else max(0, length) * 4)
    kind: str = schema.get("type") or ""
    if kind == "array":
        return _list(schema)
    if kind == "object" or root:
        return _object(schema, root=root)
    if kind == "string":
        return _string(schema)
    if kind == "boolean":
        return Decl("bool", least=4)
    if kind == "number":
        return Decl("double")
    return Decl("int") if kind == "integer" else None


def _of(schema: Mapping[str, Any]) -> Decl | None:
    return declared(schema, root=schema.get("x-kubernetes-embedded-resource") is True)


def _list(schema: Mapping[str, Any]) -> Decl | None:
    items = schema.get("items")
    inner = _of(cast("Mapping[str, Any]", items)) if is_object(items) else None
    if inner is None:
        return None
    most = schema.get("maxItems")
    most = (_MAX_REQUEST - 2) // (inner.least + 1) if most is None else max(0, most)
    return Decl("list", most=most, least=2, inner=inner)


def _object(schema: Mapping[str, Any], *, root: bool) -> Decl | None:
    others = schema.get("additionalProperties")
    if is_object(others):
        inner = _of(cast("Mapping[str, Any]", others))
        if inner is None:
            return None
        most = schema.get("maxProperties")
        most = (_MAX_REQUEST - 2) // (inner.least + 6) if most is None else max(0, most)
        return Decl("map", most=most, least=2, inner=inner)
    properties: dict[str, Any] = dict(schema.get("properties") or EMPTY)
    if root:
        text = {"type": "string"}
        named = {"name": text, "generateName": text}
        properties |= {"kind": text, "apiVersion": text}
        properties["metadata"] = {"type": "object", "properties": named}
    required: set[str] = set(schema.get("required") or ())
    least = 2
    fields: dict[str, tuple[str, Decl]] = {}
    for name, each in properties.items():
        inner = _of(each)
        if inner is None:
            continue
        shown = cel_name(name)
        if shown is not None:
            fields[shown] = (name, inner)
        if name in required and each.get("default") is None:
            least += len(name) + inner.least + 4
    return Decl("object", most=0, least=least, fields=fields)


def _string(schema: Mapping[str, Any]) -> Decl:
    length, form = schema.get("maxLength"), schema.get("format")
    if form == "byte":
        most = _MAX_REQUEST - 2 if length is None else max(0, length)
        return Decl("bytes", most=most, least=2, form="byte")
    if form == "duration":
        return Decl("duration", most=_MAX_DURATION, least=3, form="duration")
    if form == "date":
        return Decl("timestamp", most=_DATE, least=_DATE, form="date")
    if form == "date-time":
        return Decl("timestamp", most=_MAX_DATE_TIME, least=_MIN_DATE_TIME, form="date-time")
    if length is not None:
        return Decl("string", most=max(0, length) * 4, least=2)
    choices = [each for each in schema.get("enum") or () if isinstance(each, str)]
    if choices:
        return Decl("string", most=max(len(each.encode()) for each in choices), least=2)
    return Decl("string", most=_MAX_REQUEST - 2, least=2)


def converting(decl: Decl) -> Convert:
    """Return what makes values of a schema those that rules see."""
    if decl.kind == "object":
        return _object_converting(decl)
    if decl.kind in {"list", "map"} and decl.inner is not None:
        convert = converting(decl.inner)
        if decl.kind == "list":
            return lambda value: [convert(item) for item in value] if is_list(value) else value
        return lambda value: (
            {_key(key): convert(item) for key, item in value.items()} if is_object(value) else value
        )
    if decl.kind == "double":
        return lambda value: float(value) if type(value) is int else value
    if decl.kind == "int":
        return lambda value: int(value) if isinstance(value, float) else value
    forms = {"byte": _bytes, "duration": _duration, "date": _date, "date-time": _date}
    if decl.kind in {"string", "dyn"} and not decl.form:
        return _text
    return forms.get(decl.form, _same)


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    """Return a text as the library takes it, which ends a plain one at its first NUL."""
    if not isinstance(value, str) or (value.isprintable() and "\x00" not in value):
        return value
    plain = value.encode("utf-8", "replace").decode()
    if "\x00" not in plain:
        return plain
    return import_module("google.protobuf.wrappers_pb2").StringValue(value=plain)


def _key(key: str) -> str:
    """Return a key of a map; a NUL in it, which cannot be given, is replaced."""
    return key if key.isprintable() else key.replace("\x00", "\ufffd")


def _object_converting(decl: Decl) -> Convert:
    members = [(shown, name, converting(inner)) for shown, (name, inner) in decl.fields.items()]

    def convert(value: Any) -> Any:
        if not is_object(value):
            return value
        return {shown: make(value[name]) for shown, name, make in members if name in value}

    return convert


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        plain = base64.b64decode(value, validate=True)
    except ValueError:
        return value
    return import_module("google.protobuf.wrappers_pb2").BytesValue(value=plain)


def _date(value: Any) -> Any:
    """Return a time as CEL takes it, from a text that validation let pass."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        return value
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    made: Any = import_module("google.protobuf.timestamp_pb2").Timestamp()
    made.FromDatetime(moment)
    return made


_UNIT_SECONDS: Final = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
    "d": 86400.0, "w": 604800.0,
}  # fmt: skip


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    parts = re.findall(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-zµμ]+)", value.lower())
    seconds = 0.0
    for number, unit in parts:
        short = next((name for name in ("ms", "us", "µs", "ns") if unit.startswith(name)), unit[0])
        seconds += float(number) * _UNIT_SECONDS.get(short, 0.0)
    made: Any = import_module("google.protobuf.duration_pb2").Duration()
    made.FromTimedelta(timedelta(seconds=-seconds if value.startswith("-") else seconds))
    return made
