"""Whole objects within an object: their metadata has the form and the rules that metadata has.

1. `apiVersion` and `kind` must be there and say something; metadata need not.
2. Members that metadata does not have are dropped and told; a member of a wrong type is an error
   that the server answers before it validates.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/objectmeta, 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias, cast

from reconcile.kinds._facts import schema_named
from reconcile.kinds._schema import Schema
from reconcile.kinds.defaults.normal import normal
from reconcile.kinds.field_error import FieldError, Telling
from reconcile.kinds.validation._primitives import dns_1035_label, path_segment
from reconcile.kinds.validation.metadata import created

from ._go import EMPTY, below, is_list, is_object, keyed

__all__ = ["Embedded", "coercing", "embedded_checks", "object_meta"]

Embedded: TypeAlias = Callable[[Any, str, "list[str]", "list[FieldError]"], None]
"""Walks a value at a path; tells unknown members and errors."""
_KINDS: Final = {bool: "bool", int: "number", float: "number", str: "string", list: "array"}


@cache
def object_meta() -> Schema:
    """Return the schema of the metadata of all objects."""
    return Schema({"$ref": "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}, schema_named)


def _walking(
    schema: Mapping[str, Any] | None, here: Embedded, *, each_level: str
) -> Embedded | None:
    """Return what walks to the whole objects within values, None if there are none."""
    if schema is None:
        return None
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    members = {
        name: made
        for name, each in properties.items()
        if (made := _walking(each, here, each_level=each_level))
    }
    others = schema.get("additionalProperties")
    rest = _walking(others, here, each_level=each_level) if is_object(others) else None
    items = schema.get("items")
    inner = _walking(items, here, each_level=each_level) if is_object(items) else None
    embedded = schema.get("x-kubernetes-embedded-resource") is True
    if not (members or rest or inner or embedded):
        return None

    def walk(value: Any, path: str, unknown: list[str], found: list[FieldError]) -> None:
        if is_object(value):
            if embedded:
                here(value, path, unknown, found)
            for name, look in members.items():
                if name in value:
                    look(value[name], below(path, name), unknown, found)
            if rest is not None:
                for name, item in value.items():
                    if name not in properties:
                        rest(item, keyed(path, name), unknown, found)
        elif inner is not None and is_list(value):
            for index, item in enumerate(value):
                inner(item, f"{path}[{index}]", unknown, found)

    return walk


def coercing(schema: Mapping[str, Any]) -> Embedded | None:
    """Return what gives the metadata of whole objects within values its form."""
    return _walking(schema, _coerce, each_level="coerce")


def embedded_checks(schema: Mapping[str, Any]) -> Embedded | None:
    """Return what validates whole objects within values."""
    return _walking(schema, _check, each_level="check")


def _coerce(value: dict[str, Any], path: str, unknown: list[str], found: list[FieldError]) -> None:
    for name in ("apiVersion", "kind"):
        if name in value and not isinstance(value[name], str):
            where = below(path, name)
            found.append(FieldError("FieldValueInvalid", where, "must be a string", value[name]))
    if "metadata" not in value:
        return
    metadata = value["metadata"]
    where = below(path, "metadata")
    wrong = "" if metadata is None else _misfit(metadata, object_meta(), "ObjectMeta", "")
    if wrong:
        found.append(FieldError("FieldValueInvalid", where, f"json: {wrong}", metadata))
        return
    if metadata is None:
        value["metadata"] = {}
        return
    _unknown(metadata, object_meta(), where, unknown)
    value["metadata"] = cast("dict[str, Any]", normal(metadata, object_meta()))


def _unknown(value: Any, schema: Mapping[str, Any], path: str, unknown: list[str]) -> None:
    """Tell the members that the types of metadata do not have."""
    if is_object(value):
        properties = schema.get("properties")
        if not properties:
            return
        for name, item in value.items():
            if name in properties:
                _unknown(item, properties[name], below(path, name), unknown)
            else:
                unknown.append(below(path, name))
    elif is_list(value) and "items" in schema:
        for index, item in enumerate(value):
            _unknown(item, schema["items"], f"{path}[{index}]", unknown)


def _kind_of(value: object) -> str:
    return next((name for kind, name in _KINDS.items() if isinstance(value, kind)), "object")


def _misfit(value: Any, schema: Mapping[str, Any], struct: str, field: str) -> str:
    """Return what Go's decoder says of a value of a wrong type, empty if it fits."""
    if value is None:
        return ""
    kind = schema.get("type") or ("object" if "properties" in schema else "")
    named = schema.name.rpartition(".")[2] if isinstance(schema, Schema) and schema.name else ""
    into = {"object": "map[string]string", "array": "[]string", "boolean": "bool"}
    into |= {"integer": "int64", "string": "string", "": named}
    actual = _kind_of(value)
    target = f"v1.{named}" if named else into.get(kind, kind)
    where = (
        f"Go struct field {struct}.{field} of type {target}"
        if field
        else f"Go value of type {target}"
    )
    fits: dict[str, type] = {"object": dict, "array": list, "boolean": bool}
    fits |= {"integer": int, "string": str}
    wanted = fits.get(kind)
    misplaced = wanted is int and isinstance(value, bool)
    if wanted is not None and (misplaced or wanted not in type(value).__mro__):
        return f"cannot unmarshal {actual} into {where}"
    if is_object(value):
        properties = schema.get("properties") or EMPTY
        others = schema.get("additionalProperties")
        for name, item in value.items():
            inner = properties.get(name, others)
            if isinstance(inner, Mapping):
                at = (f"{field}.{name}" if field else name) if name in properties else field
                wrong = _misfit(item, cast("Mapping[str, Any]", inner), struct, at)
                if wrong:
                    return wrong
    if is_list(value) and "items" in schema:
        for item in value:
            wrong = _misfit(item, schema["items"], struct, field)
            if wrong:
                return wrong
    return ""


def _check(
    value: dict[str, Any], path: str, _unknown_ones: list[str], found: list[FieldError]
) -> None:
    for name in ("apiVersion", "kind"):
        where = below(path, name)
        if name not in value or value[name] == "":
            found.append(FieldError("FieldValueRequired", where))
        elif not isinstance(value[name], str):
            found.append(FieldError("FieldValueInvalid", where, "must be a string", value[name]))
        elif name == "apiVersion":
            version = value[name]
            if version.count("/") > 1:
                plain = "unexpected GroupVersion string"
                telling = Telling(f"{plain}: {version}", plain)
                found.append(FieldError("FieldValueInvalid", where, telling, version))
        else:
            wrong = dns_1035_label(value[name].lower())
            if wrong:
                detail = "may have mixed case, but should otherwise match: " + ",".join(wrong)
                found.append(FieldError("FieldValueInvalid", where, detail, value[name]))
    metadata = value.get("metadata")
    if is_object(metadata):
        named = metadata if metadata.get("name") else {**metadata, "name": "fakename"}
        where = below(path, "metadata")
        namespaced = bool(metadata.get("namespace"))
        found.extend(created({"metadata": named}, path_segment, namespaced=namespaced, path=where))
