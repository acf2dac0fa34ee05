"""Where marks have no place, and what a server refuses of what classes become."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, JsonValue

from reconcile import (
    Cel,
    Column,
    EmbeddedResource,
    Immutable,
    ListType,
    MapType,
    Model,
    Parent,
    PreserveUnknown,
    Quantity,
    Selectable,
)
from reconcile.manifests import SchemaError, crd

GROUP = {"group": "example.com", "version": "v1"}


class Port(Model):
    name: str
    port_number: int = 80


class Named(Model):
    name: str
    note: str = ""


SHORT = Field(max_length=63)


class Bounded(Model):
    name: Annotated[str, SHORT]
    note: str = ""


LOOKS = Cel("self.all(x, x.name.contains('a'))")


@pytest.mark.parametrize(
    ("field", "named"),
    [
        (Annotated[list[Named], LOOKS], "/spec/field, /spec/field/*/name"),
        (Annotated[list[Named], LOOKS, SHORT], "/spec/field/*/name"),
        (Annotated[list[Bounded], LOOKS], ""),
        (Annotated[list[Bounded], LOOKS, SHORT], ""),
        (Annotated[list[Named], Immutable()], ""),
        (dict[str, Annotated[list[Bounded], LOOKS, SHORT]], "/spec/field"),
        (Annotated[dict[str, dict[str, Annotated[list[Bounded], LOOKS, SHORT]]], SHORT],
         "/spec/field/*"),
        (dict[str, dict[str, Annotated[list[Named], Immutable()]]],
         "/spec/field, /spec/field/*, /spec/field/*/*, /spec/field/*/*/*/name and 1 more"),
    ],
)  # fmt: skip
def test_rules_that_cost_too_much(field: Any, named: str) -> None:
    """What has no bound is told once, by its place; with bounds the rule is taken."""
    spec = type("Spec", (Model,), {"__annotations__": {"field": field}})
    held = type("Held", (Parent[spec, None],), {}, **GROUP)  # type: ignore[valid-type]
    if not named:
        assert crd(held)
        return
    with pytest.raises(SchemaError) as raised:
        crd(held)
    (fault,) = raised.value.faults
    assert fault.message.endswith(f"write Annotated[..., Field(max_length=...)] for {named}")


def _held(field: Any, default: Any = 3, **keywords: Any) -> Any:
    spec = type("Spec", (Model,), {"__annotations__": {"field": field}, "field": default})
    return type("Held", (Parent[spec, None],), {}, **GROUP, **keywords)  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("field", "keywords", "told"),
    [
        (Annotated[int, Cel("self >")], {}, "/spec/field: the server refuses one of its rules: "),
        (
            Annotated[int, Cel("self > 4", message="too small")], {},
            "/spec/field: the server refuses its default: too small; write a default",
        ),
        (
            Annotated[int, Cel("self > 1"), Cel("self > 2", field_path="x")], {},
            "/spec/field: the server refuses the fieldPath of its rule 2: must be a valid path",
        ),
        (
            Annotated[int, MapType("granular"), ListType("atomic")], {},
            "/spec/field: is no list, so it has no list type: take ListType away",
        ),
        (
            Annotated[int, Column("Size", json_path="spec.field")], {},
            "the server refuses the JSONPath of the column Size: must be a simple json path",
        ),
        (int, {"plural": "two words"}, "the server refuses spec.names.plural: a DNS-1035 label"),
        (int, {"cel": [Cel("self.spec.size > 1")]}, "the server refuses its rule 1: compilation"),
    ],
)  # fmt: skip
def test_what_a_server_refuses_is_said_in_lines(field: Any, keywords: Any, told: str) -> None:
    """Each fault is one line, with its place and with what of it is wrong."""
    with pytest.raises(SchemaError) as raised:
        crd(_held(field, **keywords))
    lines = [str(each) for each in raised.value.faults]
    assert any(told in line for line in lines), lines
    assert not any("\n" in line for line in lines)


def test_rules_that_cost_too_much_in_spite_of_bounds() -> None:
    """Where all is bounded, the bounds are too high, or the rule is too dear."""
    many = Field(max_length=10_000)
    twice = Cel("self.all(x, self.all(y, x.contains(y)))")
    held = _held(Annotated[list[Annotated[str, many]], many, twice], default=[])
    with pytest.raises(SchemaError, match="give what they look at lower bounds"):
        crd(held)


class Keyed(Model):
    name: str
    note: str | None = None
    size: int | None = 1
    kind: str = "a"
    ports: list[Port] = []


class Object(Model):
    api_version: str
    kind: str


class Whole(Object):
    metadata: dict[str, JsonValue] = {}


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (Annotated[list[Port], MapType("atomic")], "is no object and no dict, so it has no map"),
        (Annotated[str, PreserveUnknown()], "has no fields, so none is unknown"),
        (Annotated[str, EmbeddedResource()], "is no object, so no resource is embedded"),
        (Annotated[Object, EmbeddedResource()], "without apiVersion, kind and metadata"),
        (Annotated[Whole, EmbeddedResource()], ""),
        (Annotated[Object, EmbeddedResource(), PreserveUnknown()], ""),
        (Annotated[list[Port], ListType("set")], "its items are no texts, numbers or truth values"),
        (Annotated[list[Annotated[Port, MapType("atomic")]], ListType("set")], ""),
        (Annotated[list[Annotated[list[str], ListType("atomic")]], ListType("set")], ""),
        (Annotated[list[str], ListType("map", keys=["a"])], "is no list of models"),
        (Annotated[list[Keyed], ListType("map", keys=["nam"])], "no field of its items, did you"),
        (Annotated[list[Keyed], ListType("map", keys=["note"])], "or may be null"),
        (Annotated[list[Keyed], ListType("map", keys=["size"])], "or may be null"),
        (Annotated[list[Keyed], ListType("map", keys=["ports"])], "no text, number or truth value"),
        (Annotated[list[Keyed], ListType("map", keys=["name", "kind"])], ""),
        (Annotated[list[Keyed], ListType("map", keys=["name", "name"])], "duplicate entries"),
        (Annotated[Port, Column()], "is no single value: say type= of its column"),
        (Annotated[Port, Column("A", type="string", json_path=".spec.field.name")], ""),
        (list[Annotated[str, Column()]], "is in a list or a dict, so no path leads to it"),
        (Annotated[Port, Selectable()], "is not selectable"),
        (Annotated[float, Selectable()], "is not selectable"),
        (dict[str, Annotated[str, Selectable()]], "is not selectable"),
    ],
)
def test_where_a_mark_has_its_place(field: Any, told: str) -> None:
    """A mark that says nothing where it stands is refused, with what to do."""
    spec = type("Spec", (Model,), {"__annotations__": {"field": field}})
    held = type("Held", (Parent[spec, None],), {}, **GROUP)  # type: ignore[valid-type]
    if not told:
        assert crd(held)
        return
    with pytest.raises(SchemaError) as raised:
        crd(held)
    (fault,) = raised.value.faults
    assert told in fault.message
    assert fault.pointer.startswith("/spec/field")


@pytest.mark.parametrize(
    ("field", "column"),
    [
        (Annotated[str | None, Column()], ("Some-Field", "string")),
        (Annotated[float, Column()], ("Some-Field", "number")),
        (Annotated[bool, Column("On")], ("On", "boolean")),
        (Annotated[dt.datetime, Column()], ("Some-Field", "date")),
        (Annotated[Quantity, Column()], ("Some-Field", "string")),
        (Annotated[str, Column(type="date")], ("Some-Field", "date")),
        (Annotated[Literal[1, 2], Column()], ("Some-Field", "integer")),
    ],
)
def test_columns_follow_from_their_field(field: Any, column: tuple[str, str]) -> None:
    """Name, type and path are those of the field, as far as nothing else is said."""
    spec = type("Spec", (Model,), {"__annotations__": {"some_field": field}})
    made: Any = crd(type("Held", (Parent[spec, None],), {}, **GROUP))  # type: ignore[valid-type]
    (told,) = made["spec"]["versions"][0]["additionalPrinterColumns"]
    assert (told["name"], told["type"]) == column
    assert told["jsonPath"] == ".spec.someField"


def test_a_key_that_may_be_left_out() -> None:
    """A key of a list is required or has a default."""

    class Spec(Model):
        items: Annotated[list[Keyed], ListType("map", keys=["note"])] = []

    class Held(Parent[Spec, None], **GROUP, nulls=False):
        pass

    with pytest.raises(SchemaError, match="'note' that may be left out: make the field required"):
        crd(Held)
