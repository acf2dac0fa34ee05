"""What makes a schema structural: types everywhere but in junctors, and what may stand together.

1. A schema tells the type of each field once, outside of `allOf`, `anyOf`, `oneOf` and `not`; those
   may only hold values to more, and only fields that are told outside.
2. Two forms of `x-kubernetes-int-or-string` are let pass although they tell types inside.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/validation.go and complete.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from reconcile.kinds.field_error import FieldError

from ._go import EMPTY, is_list, is_object
from .patterns import PatternFault, compiled

__all__ = ["structural_errors", "unsupported"]

_Level: TypeAlias = Literal["root", "item", "field"]
_Schema: TypeAlias = Mapping[str, Any]
_INT_OR_STRING: Final = [{"type": "integer"}, {"type": "string"}]
_EMPTY_AT: Final = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
_STRUCTURAL: Final = (
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
)
_UNSUPPORTED: Final = (
    ("id", "OpenAPIV3Schema 'id' is not supported"),
    ("$schema", "OpenAPIV3Schema 'schema' is not supported"),
    ("$ref", "OpenAPIV3Schema '$ref' is not supported"),
    ("patternProperties", "OpenAPIV3Schema 'patternProperties' is not supported"),
    ("dependencies", "OpenAPIV3Schema 'dependencies' is not supported"),
    ("additionalItems", "OpenAPIV3Schema 'additionalItems' is not supported"),
    ("definitions", "OpenAPIV3Schema 'definitions' is not supported"),
)


def _invalid(path: str, value: Any, detail: str) -> FieldError:
    return FieldError("FieldValueInvalid", path, detail, value)


def _required(path: str, detail: str) -> FieldError:
    return FieldError("FieldValueRequired", path, detail)


def _forbidden(path: str, detail: str) -> FieldError:
    return FieldError("FieldValueForbidden", path, detail)


def _is(schema: _Schema, key: str) -> bool:
    return schema.get(key) is True


def _parts(schema: _Schema) -> list[_Schema]:
    """Return the schemas within a schema that make up its structure."""
    found: list[Any] = [*(schema.get("properties") or EMPTY).values()]
    found.extend(schema.get(key) for key in ("items", "additionalProperties", "not"))
    for key in ("allOf", "anyOf", "oneOf"):
        found.extend(schema.get(key) or ())
    return [each for each in found if is_object(each)]


def unsupported(schema: _Schema) -> str:
    """Return why a schema cannot be read as a structural one, empty if it can."""
    for key, text in _UNSUPPORTED:
        if schema.get(key) not in (None, "", {}, []):
            return text
    if is_list(schema.get("items")):
        return "OpenAPIV3Schema 'items' must be a schema, but is an array"
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
    return next((text for each in _parts(schema) if (text := unsupported(each))), "")


def structural_errors(schema: _Schema, path: str) -> list[FieldError]:
    """Return why a schema is not structural."""
    found: list[FieldError] = []
    _invariants(schema, "root", path, found)
    _complete(schema, schema, path, path, found)
    return sorted(found, key=str)


def _invariants(schema: _Schema, level: _Level, path: str, found: list[FieldError]) -> None:
    kind = schema.get("type") or ""
    items, others = schema.get("items"), schema.get("additionalProperties")
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    if kind == "array" and items is None:
        found.append(_required(f"{path}.items", "must be specified"))
    if is_object(items):
        _invariants(items, "item", f"{path}.items", found)
    for name, each in properties.items():
        _invariants(each, "field", f"{path}.properties[{name}]", found)
    embedded = _is(schema, "x-kubernetes-embedded-resource")
    open_ended = _is(schema, "x-kubernetes-preserve-unknown-fields")
    int_or_string = _is(schema, "x-kubernetes-int-or-string")
    if others is not None:
        if level == "root":
            found.append(_forbidden(f"{path}.additionalProperties", "must not be used at the root"))
        if is_object(others):
            _invariants(others, "field", f"{path}.additionalProperties", found)
    for key, given in (
        ("x-kubernetes-preserve-unknown-fields", open_ended),
        ("x-kubernetes-embedded-resource", embedded),
    ):
        if int_or_string and given:
            detail = "must be false if x-kubernetes-int-or-string is true"
            found.append(_invalid(f"{path}.{key}", value=True, detail=detail))
    any_of: list[Any] = schema.get("anyOf") or []
    all_of: list[Any] = schema.get("allOf") or []
    in_all = bool(all_of) and (all_of[0].get("anyOf") or []) == _INT_OR_STRING
    _values(schema, any_of == _INT_OR_STRING, in_all, path, found)
    if embedded and kind != "object":
        detail = "must be object if x-kubernetes-embedded-resource is true"
        found.append(
            _invalid(f"{path}.type", kind, detail) if kind else _required(f"{path}.type", detail)
        )
    elif not (kind or int_or_string or open_ended):
        found.append(_required(f"{path}.type", _EMPTY_AT[level]))
    if embedded and others is not None:
        detail = "must not be used if x-kubernetes-embedded-resource is set"
        found.append(_forbidden(f"{path}.additionalProperties", detail))
    if level == "root" and kind and kind != "object":
        found.append(_invalid(f"{path}.type", kind, "must be object at the root"))
    whole = level == "root" or embedded
    for name in ("kind", "apiVersion"):
        if whole and name in properties and properties[name].get("type") != "string":
            at = f"{path}.properties[{name}].type"
            found.append(_invalid(at, properties[name].get("type") or "", "must be string"))
    if "metadata" in properties:
        at = f"{path}.properties[metadata]"
        _metadata(properties["metadata"], whole, level, at, found)
    if embedded and not open_ended and not properties:
        detail = (
            "must not be empty if x-kubernetes-embedded-resource is true without "
            "x-kubernetes-preserve-unknown-fields"
        )
        found.append(_required(f"{path}.properties", detail))


def _metadata(
    schema: _Schema, whole: bool, level: _Level, path: str, found: list[FieldError]
) -> None:
    if whole and schema.get("type") != "object":
        found.append(_invalid(f"{path}.type", schema.get("type") or "", "must be object"))
    if level != "root":
        return
    properties = schema.get("properties") or EMPTY
    named = set(properties)
    allowed = not named or named <= {"name", "generateName"}
    told = {
        key
        for key, value in schema.items()
        if key not in {"type", "default", "properties"} and value not in (None, False, "", [], {})
    }
    if told or not allowed:
        detail = (
            "must not specify anything other than name and generateName, but metadata is "
            "implicitly specified"
        )
        found.append(_forbidden(path, detail))


def _values(
    schema: _Schema, skip_any: bool, skip_first: bool, path: str, found: list[FieldError]
) -> None:
    """Check what a schema asks of values. `skip_any`: its `anyOf` is one of the two forms."""
    if not skip_any:
        for index, each in enumerate(schema.get("anyOf") or ()):
            _nested(each, skip_any=False, path=f"{path}.anyOf[{index}]", found=found)
    for index, each in enumerate(schema.get("allOf") or ()):
        skip = skip_first and index == 0
        _nested(each, skip_any=skip, path=f"{path}.allOf[{index}]", found=found)
    for index, each in enumerate(schema.get("oneOf") or ()):
        _nested(each, skip_any=False, path=f"{path}.oneOf[{index}]", found=found)
    negated = schema.get("not")
    if is_object(negated):
        _nested(negated, skip_any=False, path=f"{path}.not", found=found)
    pattern = schema.get("pattern")
    if pattern:
        try:
            compiled(pattern)
        except PatternFault as fault:
            detail = f"must be a valid regular expression, but isn't: {fault}"
            found.append(_invalid(f"{path}.pattern", pattern, detail))


def _nested(schema: _Schema, *, skip_any: bool, path: str, found: list[FieldError]) -> None:
    _values(schema, skip_any, skip_first=False, path=path, found=found)
    items = schema.get("items")
    if is_object(items):
        _nested(items, skip_any=False, path=f"{path}.items", found=found)
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    for name, each in properties.items():
        _nested(each, skip_any=False, path=f"{path}.properties[{name}]", found=found)
    if schema.get("type"):
        found.append(_forbidden(f"{path}.type", "must be empty to be structural"))
    if schema.get("additionalProperties") is not None:
        detail = "must be undefined to be structural"
        found.append(_forbidden(f"{path}.additionalProperties", detail))
    for key, detail in _STRUCTURAL:
        if schema.get(key) not in (None, False, "", []):
            found.append(_forbidden(f"{path}.{key}", detail))
    if "metadata" in properties:
        detail = "must not be specified in a nested context"
        found.append(_forbidden(f"{path}.properties[metadata]", detail))


def _complete(
    values: _Schema, schema: _Schema | None, path: str, told: str, found: list[FieldError]
) -> None:
    """Check that each field held to more inside junctors is told outside of them."""
    if schema is None:
        found.append(_required(path, f"because it is defined in {told}"))
        return
    negated = values.get("not")
    inside: list[tuple[str, Any]] = [(f"{told}.not", negated)] if negated is not None else []
    for key in ("allOf", "anyOf", "oneOf"):
        inside += [(f"{told}.{key}[{i}]", each) for i, each in enumerate(values.get(key) or ())]
    for at, each in inside:
        _complete_nested(each, schema, path, at, found)


def _complete_nested(
    values: _Schema, schema: _Schema | None, path: str, told: str, found: list[FieldError]
) -> None:
    if schema is None:
        found.append(_required(path, f"because it is defined in {told}"))
        return
    _complete(values, schema, path, told, found)
    items = values.get("items")
    if is_object(items):
        inner = schema.get("items")
        at = f"{path}.items"
        _complete_nested(items, inner if is_object(inner) else None, at, f"{told}.items", found)
    properties = schema.get("properties") or EMPTY
    for name, each in (values.get("properties") or EMPTY).items():
        at, inside = f"{path}.properties[{name}]", f"{told}.properties[{name}]"
        if name in properties:
            _complete_nested(each, properties[name], at, inside, found)
        else:
            found.append(_required(at, f"because it is defined in {inside}"))
