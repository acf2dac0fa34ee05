"""Types of fields, with the schema that each becomes and documents on both sides of it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from pydantic import Field, Json, JsonValue, SecretStr, StringConstraints
from typing_extensions import TypedDict

from reconcile import IntOrString, LabelSelector, Model, Quantity
from reconcile.value.types import JsonObject


class Color(enum.Enum):
    """What it looks like."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Share(enum.Enum):
    WHOLE = 1
    HALF = 0.5


class Inner(Model):
    """Something inside."""

    size_limit: int = 3
    class_: str | None = None


class Needed(Model):
    name: str
    inner: Inner = Inner()


class Empty(Model):
    pass


class Cat(Model):
    kind: Literal["cat"]
    lives: int
    name: str = "tom"


class Dog(Model):
    kind: Literal["dog"] = "dog"
    bark: Literal["loud", "soft"] | None = None
    name: str = "rex"


class Point(NamedTuple):
    x: int
    y: int


class Pair(TypedDict):
    left: int
    right: str


class Shape(NamedTuple):
    """One type of a field, required."""

    annotation: Any
    schema: JsonObject
    good: tuple[Any, ...]
    """Documents that the model and the server take."""
    bad: tuple[Any, ...]
    """Documents that both refuse."""


_INT: JsonObject = {"type": "integer", "format": "int64"}
_TEXT: JsonObject = {"type": "string"}
_ANY: JsonObject = {"nullable": True, "x-kubernetes-preserve-unknown-fields": True}
_INNER: JsonObject = {
    "description": "Something inside.",
    "type": "object",
    "properties": {"sizeLimit": {**_INT, "default": 3}, "class": {**_TEXT, "nullable": True}},
}
_INNER_WITH = {**_INNER, "default": {}}
_EITHER: JsonObject = {"x-kubernetes-int-or-string": True}
_CHOICE: JsonObject = {"type": "string", "enum": ["a", "b"]}
QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
DECIMAL = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_PETS: JsonObject = {
    "type": "object",
    "required": ["kind"],
    "properties": {
        "kind": {"type": "string", "enum": ["cat", "dog"]},
        "lives": _INT,
        "name": _TEXT,
        "bark": {"type": "string", "enum": ["loud", "soft"]},
    },
}

SHAPES: Mapping[str, Shape] = {
    "boolean": Shape(bool, {"type": "boolean"}, (True, False), ("true", 1)),
    "integer": Shape(int, _INT, (1, -(2**63), 2**63 - 1), ("1", 1.5, True)),
    "number": Shape(float, {"type": "number"}, (1, 1.5), ("1", True)),
    "text": Shape(str, _TEXT, ("", "a"), (1, None, ["a"])),
    "nullable": Shape(int | None, {**_INT, "nullable": True}, (1, None), ("1",)),
    "at least": Shape(Annotated[int, Field(ge=1)], {**_INT, "minimum": 1}, (1,), (0,)),
    "more than": Shape(
        Annotated[float, Field(gt=0, lt=1)],
        {
            "type": "number",
            "minimum": 0,
            "exclusiveMinimum": True,
            "maximum": 1,
            "exclusiveMaximum": True,
        },
        (0.5,),
        (0, 1),
    ),
    "stricter of two bounds": Shape(
        Annotated[int, Field(ge=1, gt=4, le=9, lt=20)],
        {**_INT, "minimum": 4, "exclusiveMinimum": True, "maximum": 9},
        (5, 9),
        (4, 10),
    ),
    "multiple": Shape(
        Annotated[int, Field(multiple_of=5)], {**_INT, "multipleOf": 5}, (10,), (11,)
    ),
    "pattern": Shape(
        Annotated[str, StringConstraints(pattern="^a+$", min_length=2, max_length=3)],
        {**_TEXT, "pattern": "^a+$", "minLength": 2, "maxLength": 3},
        ("aa", "aaa"),
        ("a", "aaaa", "bb"),
    ),
    "secret": Shape(SecretStr, {**_TEXT, "format": "password"}, ("a",), (1,)),
    "time": Shape(
        dt.datetime,
        {**_TEXT, "format": "date-time"},
        ("2026-01-31T12:00:00Z",),
        ("yesterday",),
    ),
    "date": Shape(dt.date, {**_TEXT, "format": "date"}, ("2026-01-31",), ("31",)),
    # The server's format of that name is Go's: 1h30m.
    "duration": Shape(dt.timedelta, _TEXT, ("PT1H",), (1,)),
    "uuid": Shape(
        UUID,
        {**_TEXT, "format": "uuid"},
        ("123e4567-e89b-12d3-a456-426614174000",),
        ("123",),
    ),
    "bytes": Shape(bytes, _TEXT, ("a",), (1,)),
    "decimal": Shape(Decimal, {**_EITHER, "pattern": DECIMAL}, ("1.50", 1, "-.5e3"), ("a", True)),
    "quantity": Shape(
        Quantity, {**_EITHER, "pattern": QUANTITY}, ("1Gi", 1, "500m"), ("1 Gi", True)
    ),
    "int or string": Shape(IntOrString, _EITHER, (1, "25%"), (1.5, True, {})),
    "bounded int or string": Shape(
        Annotated[int, Field(ge=1)] | Annotated[str, StringConstraints(pattern="%$")],
        {**_EITHER, "minimum": 1, "pattern": "%$"},
        (1, "25%"),
        (0, "25"),
    ),
    "int or float": Shape(int | float, {"type": "number"}, (1, 1.5), ("1",)),
    "one text": Shape(Literal["a"], {"type": "string", "enum": ["a"]}, ("a",), ("b", 1)),
    "texts": Shape(Literal["a", "b"], _CHOICE, ("a", "b"), ("c",)),
    "numbers and texts": Shape(
        Literal[1, "a"], {**_EITHER, "enum": [1, "a"]}, (1, "a"), (2, "b", 1.5)
    ),
    "truth": Shape(Literal[True], {"type": "boolean", "enum": [True]}, (True,), (False, "true")),
    "union of literals": Shape(Literal["a"] | Literal["b"], _CHOICE, ("a", "b"), ("c",)),  # noqa: PYI030
    "enum": Shape(
        Color,
        {"description": "What it looks like.", "type": "string", "enum": ["red", "blue"]},
        ("red",),
        ("RED",),
    ),
    "numbered enum": Shape(Level, {"type": "integer", "enum": [1, 2]}, (1,), (3, "LOW")),
    "enum of numbers": Shape(Share, {"type": "number", "enum": [1, 0.5]}, (1, 0.5), (2, "HALF")),
    "list": Shape(list[int], {"type": "array", "items": _INT}, ([], [1, 1]), (1, ["a"], None)),
    "list of nullable": Shape(
        list[int | None],
        {"type": "array", "items": {**_INT, "nullable": True}},
        ([1, None],),
        (["a"],),
    ),
    "bounded list": Shape(
        Annotated[list[str], Field(min_length=1, max_length=2)],
        {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 2},
        (["a"],),
        ([], ["a", "b", "c"]),
    ),
    "list of anything": Shape(list[Any], {"type": "array", "items": _ANY}, ([1, "a", {}],), (1,)),
    "set": Shape(
        set[str],
        {"type": "array", "items": _TEXT, "x-kubernetes-list-type": "set"},
        ([], ["b", "a"]),
        ([1],),
    ),
    "frozen set": Shape(
        frozenset[int],
        {"type": "array", "items": _INT, "x-kubernetes-list-type": "set"},
        ([2, 1],),
        (["a"],),
    ),
    "tuple": Shape(tuple[int, ...], {"type": "array", "items": _INT}, ([1, 2, 3],), (["a"],)),
    "pair": Shape(
        tuple[int, int],
        {"type": "array", "items": _INT, "minItems": 2, "maxItems": 2},
        ([1, 2],),
        ([1], [1, 2, 3]),
    ),
    "mixed pair": Shape(
        tuple[int, str],
        {"type": "array", "items": _EITHER, "minItems": 2, "maxItems": 2},
        ([1, "a"],),
        ([1], [1, {}]),
    ),
    "named tuple": Shape(
        Point,
        {"type": "array", "items": _INT, "minItems": 2, "maxItems": 2},
        ([1, 2],),
        ([1], ["a", "b"]),
    ),
    "dict": Shape(
        dict[str, int],
        {"type": "object", "additionalProperties": _INT},
        ({}, {"a": 1}),
        ({"a": "b"},),
    ),
    "bounded dict": Shape(
        Annotated[dict[str, str], Field(min_length=1, max_length=2)],
        {"type": "object", "additionalProperties": _TEXT, "minProperties": 1, "maxProperties": 2},
        ({"a": "b"},),
        ({}, {"a": "", "b": "", "c": ""}),
    ),
    "dict of numbered keys": Shape(
        dict[int, str],
        {"type": "object", "additionalProperties": _TEXT},
        ({"1": "a"},),
        ({"1": 1},),
    ),
    "dict of patterned keys": Shape(
        dict[Annotated[str, StringConstraints(pattern="^a")], int],
        {"type": "object", "additionalProperties": _INT},
        ({"ab": 1},),
        ({"ab": "c"},),
    ),
    "dict of counted keys": Shape(
        dict[Literal["a", "b"], int],
        {"type": "object", "properties": {"a": _INT, "b": _INT}},
        ({}, {"a": 1}),
        ({"a": "b"},),
    ),
    "dict of an enum": Shape(
        dict[Color, int],
        {"type": "object", "properties": {"red": _INT, "blue": _INT}},
        ({"red": 1},),
        ({"red": "b"},),
    ),
    "dict of anything": Shape(
        dict[str, Any],
        {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        ({}, {"a": {"b": [None, 1]}}),
        ([], "a", None),
    ),
    "dict of lists": Shape(
        dict[str, list[int]],
        {"type": "object", "additionalProperties": {"type": "array", "items": _INT}},
        ({"a": [1]},),
        ({"a": 1},),
    ),
    "anything": Shape(Any, _ANY, (1, "a", [], {"a": None}, None), ()),
    "object": Shape(object, _ANY, (1, "a", None), ()),
    "JSON value": Shape(JsonValue, _ANY, (1, "a", [{"a": [None]}], None), ()),
    "JSON in a text": Shape(Json[Any], _TEXT, ('{"a": 1}',), (1,)),
    "model": Shape(
        Inner, _INNER, ({}, {"sizeLimit": 1}, {"class": None}), ({"sizeLimit": "a"}, None, [])
    ),
    "nullable model": Shape(Inner | None, {**_INNER, "nullable": True}, ({}, None), ([],)),
    "model in a model": Shape(
        Needed,
        {
            "type": "object",
            "required": ["name"],
            "properties": {"name": _TEXT, "inner": _INNER_WITH},
        },
        ({"name": "a"}, {"name": "a", "inner": {"class": "b"}}),
        ({}, {"name": "a", "inner": 1}),
    ),
    "empty model": Shape(Empty, {"type": "object"}, ({},), ([],)),
    "typed dict": Shape(
        Pair,
        {
            "type": "object",
            "required": ["left", "right"],
            "properties": {"left": _INT, "right": _TEXT},
        },
        ({"left": 1, "right": "a"},),
        ({"left": 1}, {"left": 1, "right": 1}),
    ),
    "list of models": Shape(
        list[Inner], {"type": "array", "items": _INNER}, ([{}, {"sizeLimit": 1}],), ([1],)
    ),
    "label selector": Shape(
        LabelSelector,
        {
            "description": "A selector of objects by their labels.",
            "type": "object",
            "x-kubernetes-map-type": "atomic",
            "properties": {
                "matchLabels": {"type": "object", "nullable": True, "additionalProperties": _TEXT},
                "matchExpressions": {
                    "type": "array",
                    "nullable": True,
                    "items": {
                        "description": "One expression of a selector.",
                        "type": "object",
                        "required": ["key", "operator"],
                        "properties": {
                            "key": _TEXT,
                            "operator": {
                                "type": "string",
                                "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
                            },
                            "values": {"type": "array", "nullable": True, "items": _TEXT},
                        },
                    },
                },
            },
        },
        ({"matchLabels": {"a": "b"}}, {"matchExpressions": [{"key": "a", "operator": "Exists"}]}),
        ({"matchLabels": {"a": 1}}, {"matchExpressions": [{"key": "a", "operator": "Is"}]}),
    ),
    "tagged union": Shape(
        Annotated[Cat | Dog, Field(discriminator="kind")],
        {
            **_PETS,
            "oneOf": [
                {"properties": {"kind": {"enum": ["cat"]}}, "required": ["lives"]},
                {"properties": {"kind": {"enum": ["dog"]}}},
            ],
        },
        ({"kind": "cat", "lives": 9}, {"kind": "dog"}, {"kind": "dog", "bark": "loud"}),
        ({"kind": "cat"}, {"kind": "cow"}, {}, {"kind": "dog", "bark": "low"}),
    ),
    "untagged union": Shape(
        Needed | Pair,
        {
            "type": "object",
            "properties": {"name": _TEXT, "inner": _INNER, "left": _INT, "right": _TEXT},
            "anyOf": [{"required": ["name"]}, {"required": ["left", "right"]}],
        },
        ({"name": "a"}, {"left": 1, "right": "a"}),
        ({}, {"left": 1}),
    ),
    "union of lists": Shape(
        list[int] | list[str], {"type": "array", "items": _EITHER}, ([1], ["a"]), ([{}],)
    ),
    "extended": Shape(
        Annotated[
            list[Needed],
            Field(
                json_schema_extra={
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                }
            ),
        ],
        {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": _TEXT, "inner": _INNER_WITH},
            },
        },
        ([{"name": "a"}, {"name": "b"}],),
        ([{}],),
    ),
}
