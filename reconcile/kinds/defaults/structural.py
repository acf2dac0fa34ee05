"""Custom resources as the API server stores them: pruned, and with the defaults of their schema.

1. Null where it is not allowed is as if nothing was said, and gives way to a default.
2. A whole object within an object has the metadata that objects have.
3. Shown by the recorded conversations about CustomResourceDefinitions. Left out is the way through
   another version, which prunes by both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from reconcile.value.frozen import thaw

from .normal import normal

if TYPE_CHECKING:
    from reconcile.kinds._schema import Schema
    from reconcile.value.types import Json, JsonObject

__all__ = ["structural"]

_ALWAYS = ("apiVersion", "kind", "metadata")


def structural(document: JsonObject, schema: Mapping[str, Any], metadata: Schema) -> JsonObject:
    """Return a custom resource as it is stored. `document` is changed.

    Shape: `metadata` is the schema of the metadata of all objects.
    """
    about = {key: document.pop(key) for key in _ALWAYS if key in document}
    made = _complete(document, schema, metadata)
    return {**about, **cast("JsonObject", made)}


def _complete(value: Json, schema: Mapping[str, Any], metadata: Schema) -> Json:
    """Return a value as it is stored; objects and lists are changed."""
    if isinstance(value, float) and schema.get("type") == "integer" and value.is_integer():
        return int(value)
    if isinstance(value, list) and "items" in schema:
        value[:] = [_complete(item, schema["items"], metadata) for item in value]
    if not isinstance(value, dict):
        return value
    embedded: JsonObject = {}
    if schema.get("x-kubernetes-embedded-resource") is True:
        embedded = {key: value.pop(key) for key in _ALWAYS if key in value}
        about = embedded.get("metadata")
        if isinstance(about, dict):
            embedded["metadata"] = normal(about, metadata)
    properties = cast("Mapping[str, Any]", schema.get("properties") or {})
    others = schema.get("additionalProperties")
    if schema.get("x-kubernetes-preserve-unknown-fields") is not True and not others:
        for name in [name for name in value if name not in properties]:
            del value[name]
    for name, item in list(value.items()):
        inner = properties.get(name, others)
        if not isinstance(inner, Mapping):
            continue
        below = cast("Mapping[str, Any]", inner)
        if item is None and below.get("nullable") is not True:
            del value[name]
        else:
            value[name] = _complete(item, below, metadata)
    for name, inner in properties.items():
        if name not in value and "default" in inner:
            value[name] = _complete(thaw(inner["default"]), inner, metadata)
    value.update(embedded)
    return value
