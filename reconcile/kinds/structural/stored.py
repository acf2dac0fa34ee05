"""A custom resource as it is stored, for those who have no server: defaults given, unknown pruned.

1. The same walks as the server's, in its order. Whole numbers that are written as floats are
   whole, where the schema wants whole numbers; the server's decoder sees to that elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._go import EMPTY, is_list, is_object
from .schema import Structural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds._schema import Schema
    from reconcile.value.types import JsonObject

__all__ = ["stored"]


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
