"""Objects in which every field is set are judged to the end, whatever stands in the fields."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.kinds import Kinds
from reconcile.kinds.field_error import FieldError
from reconcile.kinds.structural import crd_errors, crd_update_errors
from reconcile.kinds.validation import create_errors, status_update_errors, update_errors
from reconcile.simulate import ApiServer

KINDS = Kinds()
RESOURCES = sorted(
    {
        (served.api_version, served.kind)
        for served in ApiServer().catalogue.resources.all()
        if served.storage is not None and not served.custom
    }
)
FILLINGS: list[tuple[str, int, bool]] = [
    ("", 0, False),
    ("a", 1, True),
    ("Not valid!", -1, True),
    ("10.0.0.1", 70000, False),
    ("/a/../b", 443, True),
    ("*", 2, True),
    ("Localhost", 8080, False),
    ("https://a.example.com/b", 10, True),
    ("Always", 100, False),
    ("example.com/a", 600, True),
]
"""What stands in every text, number and boolean of an object."""
LEVELS = 9


def filled(schema: Any, filling: tuple[str, int, bool], level: int = 0) -> Any:
    """Return a value of a type in which all that can be there is there."""
    text, number, flag = filling
    if "enum" in schema and number == 1:
        return schema["enum"][0]
    properties = schema.get("properties")
    if properties and level < LEVELS:
        return {
            name: filled(inner, filling, level + 1)
            for name, inner in properties.items()
            if name not in {"apiVersion", "kind", "managedFields"} or level
        }
    others = schema.get("additionalProperties")
    match schema.get("type"):
        case "object":
            below = others if isinstance(others, dict) else None
            return {text or "a": filled(below, filling, level + 1)} if below else {}
        case "array":
            item = filled(schema["items"], filling, level + 1)
            members = item if isinstance(item, dict) and level < LEVELS - 2 else {}
            parts = [name for name in members if isinstance(item[name], dict)]
            if len(parts) > 3:  # one of them each, as they exclude others
                plain = {name: item[name] for name in item if name not in parts}
                return [item, *({**plain, part: item[part]} for part in parts)]
            return [item, item] if number == 1 else [item]
        case "boolean":
            return flag
        case "integer" | "number":
            return number
        case _:
            name = (schema.name or "") if hasattr(schema, "name") else ""
            if name.endswith(("Quantity", "IntOrString")):
                return number if name.endswith("IntOrString") else str(number)
            for ending, value in (
                ("OrArray", {"type": text}),
                ("OrBool", flag),
                ("OrStringArray", [text]),
            ):
                if name.endswith(ending):
                    return value
            if schema.get("format") == "date-time":
                return "2026-01-01T00:00:00Z"
            return "YQ==" if schema.get("format") == "byte" else text


@pytest.mark.parametrize("filling", FILLINGS, ids=[repr(each[0]) for each in FILLINGS])
@pytest.mark.parametrize("resource", RESOURCES, ids="/".join)
def test_an_object_with_everything_is_judged(resource, filling):
    """Each of the three ways to write it ends with errors that have a reason, a place and words."""
    api_version, kind = resource
    made = filled(KINDS.schema(api_version, kind), filling)
    made |= {"apiVersion": api_version, "kind": kind}
    other = filled(KINDS.schema(api_version, kind), FILLINGS[1])
    other |= {"apiVersion": api_version, "kind": kind}
    found: list[FieldError] = [
        *create_errors(KINDS, made, every=True),
        *update_errors(KINDS, other, made),
        *update_errors(KINDS, made, other),
        *status_update_errors(KINDS, other, made),
        *status_update_errors(KINDS, made, other),
    ]
    if kind == "CustomResourceDefinition":
        found += [
            *crd_errors(made),
            *crd_update_errors(other, made),
            *crd_update_errors(made, other),
        ]
    assert found, "so much at once cannot be right"
    for error in found:
        assert error.reason.startswith("FieldValue")
        assert error.message
