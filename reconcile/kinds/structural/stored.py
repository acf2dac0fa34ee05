"""A custom resource as it is stored, and why it is not, for those who have no server.

1. The same walks as the server's, in its order. Whole numbers that are written as floats are
   whole, where the schema wants whole numbers; the server's decoder sees to that elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._go import EMPTY, NOWHERE, is_list, is_object
from .schema import Structural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds._schema import Schema
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["refused", "stored"]


def stored(document: JsonObject, schema: Schema) -> JsonObject:
    """Return a custom resource as it is stored. `document` is changed.

    Raises: LimitError for a schema nested too deep.
    """
    structural = schema.remember(_compiled)
    structural.default(document)
    structural.prune(document)
    structural.coerce(document)
    _whole_numbers(document, structural.schema)
    return document


def refused(document: JsonObject, schema: Schema) -> list[FieldError]:
    """Return what the schema of a custom resource refuses of it, as it would be stored.

    Raises: RulesNotRunError if a rule would have to run and the extra `cel` is missing.
        LimitError for what is nested too deep.
    """
    # That rules did not run is said of no place; the faults that kept them from it are.
    errors = schema.remember(_compiled).errors(document)
    return [each for each in errors if each.path != NOWHERE or "not checked" not in each.detail]


def _compiled(schema: Schema) -> Structural:
    return Structural(schema._raw)


def _whole_numbers(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a value with floats made whole where they are meant to be."""
    if isinstance(value, float):
        return int(value) if schema.get("type") == "integer" and value.is_integer() else value
    if is_object(value):
        properties = schema.get("properties") or EMPTY
        others = schema.get("additionalProperties")
        for name, item in value.items():
            inner = properties.get(name, others)
            if is_object(inner):
                value[name] = _whole_numbers(item, inner)
    elif is_list(value) and is_object(schema.get("items")):
        value[:] = [_whole_numbers(item, schema["items"]) for item in value]
    return value
