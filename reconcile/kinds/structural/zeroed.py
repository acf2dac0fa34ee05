"""What Go makes of a null among the items of a list or a map of a definition: a value of its type.

Source: encoding/json (decode.go); k8s.io/apiextensions-apiserver
pkg/apis/apiextensions/v1/marshal.go for schemas that may be something else, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.kinds import schema

from ._go import is_list

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["SCHEMA_OR", "zeroed"]

SCHEMA_OR: Final = frozenset({"items", "additionalProperties", "additionalItems"})
"""Members of a schema that are a schema, or something else."""

_ZEROS: Final[dict[str, Any]] = {
    "string": "",
    "boolean": False,
    "integer": 0,
    "number": 0,
    "array": (),
    "object": (),
}


def zeroed(definition: JsonObject) -> JsonObject:
    """Return a CustomResourceDefinition with what Go has for a null among items.

    Shape: any JSON; what does not have the form of a definition is left as it is.
    Guarantees: the argument is not changed; what is not changed is shared.
    """
    known = schema("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    return cast("JsonObject", _zeroed(definition, known, "", known))


def _zeroed(value: Any, known: Any, name: str, holder: Any) -> Any:
    """Return a value with what Go has for a null among the items of a list or a map."""
    if known is None:
        return value
    kind: str | None = known.get("type")
    if kind is None and name in SCHEMA_OR and "properties" in holder:
        if is_list(value):
            return [_zeroed({} if each is None else each, holder, "", holder) for each in value]
        return _zeroed(value, holder, "", holder) if isinstance(value, dict) else value
    if kind == "array" and is_list(value):
        return [_item(each, known["items"], known) for each in value]
    if kind != "object" or not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    fields, others = known.get("properties"), known.get("additionalProperties")
    if fields is None:
        return {key: _item(each, others, known) for key, each in members.items()}
    return {key: _zeroed(each, fields.get(key), key, known) for key, each in members.items()}


def _item(value: Any, known: Any, holder: Any) -> Any:
    if value is None and known is not None and known.get("type") in _ZEROS:
        zero = _ZEROS[known["type"]]
        return zero if zero != () else [] if known["type"] == "array" else {}
    return _zeroed(value, known, "", holder)
