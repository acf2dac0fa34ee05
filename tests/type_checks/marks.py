"""What type checkers make of marks of fields, keywords of parents, and definitions.

A line that ends in `# error` must be refused by both; every other line must be accepted.
"""

from __future__ import annotations

from typing import Annotated, assert_type

from pydantic import JsonValue

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
    Scale,
    Schema,
    Selectable,
    at_least_one_of,
    at_most_one_of,
    exactly_one_of,
)
from reconcile.manifests import crd
from reconcile.value.types import JsonObject


class Port(Model):
    name: str
    number: int = 80


class Spec(Model, cel=[exactly_one_of("color", "note"), at_most_one_of("color", "note")]):
    ports: Annotated[list[Port], ListType("map", keys=["name"])] = []
    tags: Annotated[list[str], ListType("set")] | None = None
    labels: Annotated[dict[str, str], MapType("atomic")] = {}
    color: Annotated[str | None, Immutable(), Column(), Selectable()] = None
    size: Annotated[int, Cel("self > 0", reason="FieldValueInvalid"), Schema({"title": "Size"})] = 1
    template: Annotated[dict[str, JsonValue], EmbeddedResource()] | None = None
    inner: Annotated[Port, PreserveUnknown()] = Port(name="a")
    note: str | None = None


class Status(Model, cel=[at_least_one_of("replicas", "ready")], schema={"title": "Seen"}):
    replicas: int = 0
    ready: int = 0


class Thing(
    Parent[Spec, Status],
    group="example.com",
    version="v1",
    scale=Scale(spec=".spec.size"),
    columns=[Column("Age", type="date", json_path=".metadata.creationTimestamp")],
    cel=[Cel("true", message="never")],
    deprecated="use v2",
    served=True,
    singular="thing",
):
    pass


class Noted(Parent[Annotated[Spec, PreserveUnknown()], Annotated[Status, Schema({})]]):
    pass


thing = Thing.of("a", spec=Spec())
assert_type(thing.spec.ports, list[Port])
assert_type(thing.spec.tags, list[str] | None)
assert_type(thing.spec.color, str | None)
assert_type(thing.spec.size, int)
assert_type(Noted.of("a").spec, Spec)
assert_type(crd(Thing, Thing, labels={"a": "b"}), JsonObject)

ListType("bag")  # error
ListType("map", keys=1)  # error
MapType("set")  # error
Cel("true", reason="Wrong")  # error
Column(type="text")  # error
Column(priority="1")  # error
Scale(spec=1)  # error
exactly_one_of(1, 2)  # error
crd(Spec)  # error
