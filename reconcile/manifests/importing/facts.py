"""The facts of one place of a schema, as pydantic and the marks say them.

1. A fact is said in the most readable way that gives it back exactly; what nothing says stays in
   `rest`, and is carried over as it is by `Schema`.
2. A default is said twice where the definition of the model would have another one: as Python's
   value, and as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import Field, TypeAdapter
from pydantic_core import SchemaError as PatternError

from reconcile.manifests.importing.layout import Brackets, Expression, call, literal
from reconcile.manifests.importing.reading import SELECTABLE
from reconcile.manifests.schema import ordered

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["Facts", "in_order", "rules"]

_LIST_TYPE: Final = "x-kubernetes-list-type"
_LIST_KEYS: Final = "x-kubernetes-list-map-keys"
_MAP_TYPE: Final = "x-kubernetes-map-type"
_RULES: Final = "x-kubernetes-validations"
_SIZES: Final = {
    "string": (("minLength", "min_length"), ("maxLength", "max_length")),
    "array": (("minItems", "min_length"), ("maxItems", "max_length")),
    "object": (("minProperties", "min_length"), ("maxProperties", "max_length")),
}
_BOUNDS: Final = (
    ("minimum", "exclusiveMinimum", "ge", "gt"),
    ("maximum", "exclusiveMaximum", "le", "lt"),
)
_ORDER: Final = (
    *("description", "ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern"),
    *("validation_alias", "serialization_alias"),
)
_RULE_KEYS: Final = {
    "rule": "rule",
    "message": "message",
    "messageExpression": "message_expression",
    "reason": "reason",
    "fieldPath": "field_path",
    "optionalOldSelf": "optional_old_self",
}
_WORD: Final = 1 << 63


@dataclass(slots=True)
class Facts:
    """What is said of one place, beside its type."""

    rest: JsonObject
    """What is not said yet: the keys of the place, less and less of them."""
    uses: set[str]
    """What the module imports."""
    raw: JsonObject = field(default_factory=dict[str, "Json"])
    """What the type says otherwise, for `Schema`; None takes a key away."""
    fields: dict[str, Expression] = field(default_factory=dict[str, Expression])
    """Arguments of `Field`."""
    marks: list[Expression] = field(default_factory=list[Expression])

    def size(self, kind: str) -> None:
        """Take how long a text, a list or a dict may be."""
        for key, name in _SIZES[kind]:
            value = self.rest.get(key)
            if type(value) is int and 0 <= value < _WORD:
                self.fields[name] = literal(self.rest.pop(key))

    def bounds(self, *, whole: bool) -> None:
        """Take between what a number may be. `whole` numbers have whole bounds."""
        types = (int,) if whole else (int, float)
        for key, exclusive, name, strict in _BOUNDS:
            value = self.rest.get(key)
            if type(value) in types and abs(cast("int", value)) < _WORD:
                if self.rest.get(exclusive) is True:
                    del self.rest[exclusive]
                    name = strict  # noqa: PLW2901 -- which of the two it is
                self.fields[name] = literal(self.rest.pop(key))
        value = self.rest.get("multipleOf")
        if type(value) in types and 0 < cast("int", value) < _WORD:
            self.fields["multiple_of"] = literal(self.rest.pop("multipleOf"))

    def pattern(self) -> None:
        """Take a pattern that pydantic can run, as nearly all that the server can."""
        value = self.rest.get("pattern")
        if not isinstance(value, str):
            return
        try:
            TypeAdapter(_matching(value))
        except PatternError:
            return
        self.fields["pattern"] = literal(self.rest.pop("pattern"))

    def description(self) -> None:
        """Take what is told of a field."""
        value = self.rest.get("description")
        if isinstance(value, str) and value and value == value.strip():
            self.fields["description"] = literal(self.rest.pop("description"))

    def lists(self, *, scalars: bool) -> None:
        """Take how a list is merged. The mark takes sets of `scalars` alone; a server, of more."""
        kind = self.rest.get(_LIST_TYPE)
        keys = self.rest.get(_LIST_KEYS)
        if kind == "map" and isinstance(keys, list):
            del self.rest[_LIST_TYPE], self.rest[_LIST_KEYS]
            self.mark("ListType", literal(kind), keys=literal(keys))
        elif keys is None and (kind == "atomic" or (kind == "set" and scalars)):
            del self.rest[_LIST_TYPE]
            self.mark("ListType", literal(kind))

    def maps(self) -> None:
        """Take how a dict is merged."""
        kind = self.rest.get(_MAP_TYPE)
        if kind in {"atomic", "granular"}:
            del self.rest[_MAP_TYPE]
            self.mark("MapType", literal(kind))

    def selectable(self) -> None:
        """Take whether selectors of fields may name it."""
        if self.rest.pop(SELECTABLE, None):
            self.mark("Selectable")

    def rules(self) -> None:
        """Take the rules of CEL."""
        for each in rules(self.rest, self.uses):
            self.marks.append(each)

    def mark(self, name: str, *parts: Expression, **named: Expression) -> None:
        """Add a mark."""
        self.uses.add(name)
        self.marks.append(call(name, *parts, **named))

    def annotations(self) -> list[Expression]:
        """Return all that stands beside the type in `Annotated`, with what is left as it is."""
        told: list[Expression] = []
        if self.fields:
            self.uses.add("Field")
            told.append(
                call("Field", **{name: self.fields[name] for name in _ORDER if name in self.fields})
            )
        told += self.marks
        raw = {**self.rest, **self.raw}
        if raw:
            self.uses.add("Schema")
            told.append(call("Schema", literal(in_order(raw))))
        if told:
            self.uses.add("Annotated")
        return told


def in_order(raw: JsonObject) -> JsonObject:
    """Return keys of a schema in the order that the definition of a model gives them."""
    return ordered({key: _sorted(raw[key], key) for key in sorted(raw)})


def _sorted(value: Json, under: str) -> Json:
    """Return a value as pydantic sorts what it tells: by keys, but for names of fields."""
    if isinstance(value, list):
        return [_sorted(each, under) for each in value]
    if not isinstance(value, dict):
        return value
    keys = list(value) if under in {"properties", "default"} else sorted(value)
    return {key: _sorted(value[key], key) for key in keys}


def rules(rest: JsonObject, uses: set[str]) -> list[Brackets]:
    """Return the rules of a place, and take them from what is left to say."""
    found = cast("list[dict[str, Json]]", rest.get(_RULES) or [])
    if not all(each and set(each) <= set(_RULE_KEYS) for each in found):
        return []
    rest.pop(_RULES, None)
    return [_rule(each, uses) for each in found]


def _rule(rule: dict[str, Json], uses: set[str]) -> Brackets:
    message = rule.get("message")
    if rule.get("rule") == "self == oldSelf" and set(rule) == {"rule", "message"} and message:
        uses.add("Immutable")
        return call("Immutable", literal(message))
    uses.add("Cel")
    named = {name: literal(rule[key]) for key, name in _RULE_KEYS.items() if key in rule}
    return call("Cel", named.pop("rule"), **named)


def _matching(pattern: str) -> Any:
    from typing import Annotated

    return Annotated[str, Field(pattern=pattern)]
