"""Definitions as Go holds them inside the server, for the few errors that print them whole.

1. Every field is there, under its Go name; what all versions share stands beside the versions.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/types.go and types_jsonschema.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ._go import EMPTY, is_list, is_object

__all__ = ["ROOT_FIELDS", "go_name", "internal_rule", "internal_schema", "internal_version"]

_NAMES: Final = (
    ("id", "ID"),
    ("$schema", "Schema"),
    ("$ref", "Ref"),
    ("description", "Description"),
    ("type", "Type"),
    ("nullable", "Nullable"),
    ("format", "Format"),
    ("title", "Title"),
    ("default", "Default"),
    ("maximum", "Maximum"),
    ("exclusiveMaximum", "ExclusiveMaximum"),
    ("minimum", "Minimum"),
    ("exclusiveMinimum", "ExclusiveMinimum"),
    ("maxLength", "MaxLength"),
    ("minLength", "MinLength"),
    ("pattern", "Pattern"),
    ("maxItems", "MaxItems"),
    ("minItems", "MinItems"),
    ("uniqueItems", "UniqueItems"),
    ("multipleOf", "MultipleOf"),
    ("enum", "Enum"),
    ("maxProperties", "MaxProperties"),
    ("minProperties", "MinProperties"),
    ("required", "Required"),
    ("items", "Items"),
    ("allOf", "AllOf"),
    ("oneOf", "OneOf"),
    ("anyOf", "AnyOf"),
    ("not", "Not"),
    ("properties", "Properties"),
    ("additionalProperties", "AdditionalProperties"),
    ("patternProperties", "PatternProperties"),
    ("dependencies", "Dependencies"),
    ("additionalItems", "AdditionalItems"),
    ("definitions", "Definitions"),
    ("externalDocs", "ExternalDocs"),
    ("example", "Example"),
    ("x-kubernetes-preserve-unknown-fields", "XPreserveUnknownFields"),
    ("x-kubernetes-embedded-resource", "XEmbeddedResource"),
    ("x-kubernetes-int-or-string", "XIntOrString"),
    ("x-kubernetes-list-map-keys", "XListMapKeys"),
    ("x-kubernetes-list-type", "XListType"),
    ("x-kubernetes-map-type", "XMapType"),
    ("x-kubernetes-validations", "XValidations"),
)
_ORDER: Final = {name: (place, go) for place, (name, go) in enumerate(_NAMES)}
_TEXTS: Final = frozenset({"ID", "Schema", "Description", "Type", "Format", "Title", "Pattern"})
_FLAGS: Final = frozenset(
    {
        "Nullable",
        "ExclusiveMaximum",
        "ExclusiveMinimum",
        "UniqueItems",
        "XEmbeddedResource",
        "XIntOrString",
    }
)
_SCHEMAS: Final = frozenset({"AllOf", "OneOf", "AnyOf"})
_MAPS: Final = frozenset({"Properties", "PatternProperties", "Definitions"})
ROOT_FIELDS: Final = (
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
)
"""What may stand at the root of a schema if status is a subresource."""


def go_name(name: str) -> tuple[int, str]:
    """Return the place and the name that a key of a schema has in Go."""
    return _ORDER.get(name, (len(_NAMES), name))


def internal_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with all fields."""
    made: dict[str, Any] = {}
    for name, go in _NAMES:
        value = schema.get(name)
        if go in _TEXTS:
            made[go] = value or ""
        elif go in _FLAGS:
            made[go] = value is True
        elif value is None:
            made[go] = None
        elif go in _SCHEMAS:
            made[go] = [internal_schema(each) for each in value]
        elif go in _MAPS:
            made[go] = {key: internal_schema(each) for key, each in sorted(value.items())}
        elif go == "Not":
            made[go] = internal_schema(value)
        elif go == "Items":
            several = is_list(value)
            made[go] = {
                "Schema": None if several else internal_schema(value),
                "JSONSchemas": [internal_schema(each) for each in value] if several else None,
            }
        elif go in {"AdditionalProperties", "AdditionalItems"}:
            held = internal_schema(value) if is_object(value) else None
            made[go] = {"Allows": value is not False, "Schema": held}
        elif go == "XValidations":
            made[go] = [internal_rule(each) for each in value]
        else:
            made[go] = value
    return made


def internal_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule with all fields."""
    return {
        "Rule": rule.get("rule") or "",
        "Message": rule.get("message") or "",
        "MessageExpression": rule.get("messageExpression") or "",
        "Reason": rule.get("reason"),
        "FieldPath": rule.get("fieldPath") or "",
        "OptionalOldSelf": rule.get("optionalOldSelf"),
    }


def internal_version(version: Mapping[str, Any], shared: frozenset[str]) -> dict[str, Any]:
    """Return a version with all fields. Shape: `shared` names what stands beside the versions."""

    def own(key: str) -> Any:
        return None if key in shared else version.get(key)

    schema = (own("schema") or EMPTY).get("openAPIV3Schema")
    subresources = own("subresources")
    columns = own("additionalPrinterColumns")
    fields = own("selectableFields")
    held = (
        None if own("schema") is None else {"OpenAPIV3Schema": schema and internal_schema(schema)}
    )
    return {
        "Name": version.get("name") or "",
        "Served": version.get("served") is True,
        "Storage": version.get("storage") is True,
        "Deprecated": version.get("deprecated") is True,
        "DeprecationWarning": version.get("deprecationWarning"),
        "Schema": held,
        "Subresources": None if subresources is None else _subresources(subresources),
        "AdditionalPrinterColumns": None
        if columns is None
        else [_column(each) for each in columns],
        "SelectableFields": None
        if fields is None
        else [{"JSONPath": each.get("jsonPath") or ""} for each in fields],
    }


def _subresources(given: Mapping[str, Any]) -> dict[str, Any]:
    scale = given.get("scale")
    made = None
    if scale is not None:
        made = {
            "SpecReplicasPath": scale.get("specReplicasPath") or "",
            "StatusReplicasPath": scale.get("statusReplicasPath") or "",
            "LabelSelectorPath": scale.get("labelSelectorPath"),
        }
    return {"Status": None if given.get("status") is None else {}, "Scale": made}


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Name": column.get("name") or "",
        "Type": column.get("type") or "",
        "Format": column.get("format") or "",
        "Description": column.get("description") or "",
        "Priority": column.get("priority") or 0,
        "JSONPath": column.get("jsonPath") or "",
    }
