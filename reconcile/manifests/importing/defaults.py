"""Defaults: as Python has them, and whether the definition of a model says the same.

1. A default of an object is the model, made from it when the module is loaded; so it must be one
   that the model takes.
2. What the definition of a model says of a default is what the default is when it is read; where
   that is not what was written, it is carried over as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from reconcile.errors import ObjectError
from reconcile.kinds.structural import Structural
from reconcile.manifests.importing.layout import (
    Brackets,
    Expression,
    Named,
    Text,
    call,
    flat,
    literal,
)
from reconcile.manifests.importing.reading import without_rules
from reconcile.objects.quantity import Quantity
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.manifests.importing.facts import Facts
    from reconcile.value.types import Json, JsonObject

__all__ = ["Type", "fits", "or_none", "told_alike", "value_of"]


@dataclass(slots=True)
class Type:
    """The type of a place."""

    expression: Expression
    empty: str = ""
    """What an absent list or dict is."""
    item: Type | None = None
    """The type of what is in a list or dict, where it is not any value."""
    model: str = ""
    """The class, where it is one."""


def or_none(expression: Expression) -> Expression:
    """Return a type that may be None, too."""
    if isinstance(expression, Brackets):
        return Brackets(expression.before, expression.parts, f"{expression.after} | None")
    # Any value of JSON may be None anyway.
    return expression if expression == "JsonValue" else f"{cast('str', expression)} | None"


def value_of(kind: Type, value: Json) -> Expression:
    """Return a value of a type as Python has it."""
    if value is None:
        return "None"
    if kind.model:
        return call(f"{kind.model}.read", literal(value)) if value else call(kind.model)
    if kind.expression == "Quantity":
        return call("Quantity", literal(value))
    if kind.item is not None and isinstance(value, list):
        return Brackets("[", [value_of(kind.item, each) for each in value], "]")
    if kind.item is not None and isinstance(value, dict):
        members = [
            Named(f"{flat(Text(key))}: ", value_of(kind.item, each)) for key, each in value.items()
        ]
        return Brackets("{", members, "}")
    return literal(value)


def told_alike(kind: Type, default: Json, facts: Facts) -> bool:
    """Return whether the definition of the model has a default as it is written here."""
    if kind.expression == "Quantity":
        return isinstance(default, str) and _amount(default) == default
    if kind.empty and kind.item is not None:
        inside = list(default.values()) if isinstance(default, dict) else default
        if not isinstance(inside, list) or not inside:
            return False  # An empty list is what an absent one is.
        is_set = any(
            isinstance(mark, Brackets) and mark.parts[:1] == (Text("set"),) for mark in facts.marks
        )  # Of which the items are put in order.
        return not is_set and all(_scalar(each) for each in inside)
    return _scalar(default)


def fits(kind: Type, node: JsonObject, default: Json) -> bool:
    """Return whether the model takes a default that a server takes."""
    if kind.expression == "Quantity":
        return isinstance(default, (str, int)) and _amount(default) is not None
    if kind.model or kind.item is not None:
        schema = Structural({"type": "object", "properties": {"spec": without_rules(node)}})
        document = cast("JsonObject", thaw({"spec": default}))
        schema.default(document)
        return not schema.errors(document) and _typed(node, default)
    return _typed(node, default)


def _typed(node: JsonObject, value: Json) -> bool:
    """Return whether whole numbers are written as such, and nulls stand only where they may."""
    if value is None:
        return node.get("nullable") is True or "type" not in node
    kind = node.get("type")
    if kind == "integer":
        return type(value) is int
    if kind == "object" and isinstance(value, dict):
        fields = cast("dict[str, JsonObject]", node.get("properties") or {})
        others = node.get("additionalProperties")
        each_other = others if isinstance(others, dict) else {}
        return all(_typed(fields.get(key, each_other), each) for key, each in value.items())
    if kind == "array" and isinstance(value, list):
        items = node.get("items")
        inner = items if isinstance(items, dict) else {}
        return all(_typed(inner, each) for each in value)
    return True


def _amount(default: str | int) -> str | None:
    """Return an amount as it is written by us, None if it is none."""
    try:
        return str(Quantity(default))
    except ObjectError:
        return None


def _scalar(value: Json) -> bool:
    return value is not None and not isinstance(value, (dict, list))
