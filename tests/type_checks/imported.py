"""Store of example.com, from its definition."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from reconcile import (
    Cel,
    Column,
    EmbeddedResource,
    Immutable,
    IntOrString,
    ListType,
    MapType,
    Model,
    Parent,
    Quantity,
    Scale,
    Schema,
    Selectable,
)

Int32 = Annotated[int, Schema({"format": "int32"})]
Ipv4 = Annotated[str, Schema({"format": "ipv4"})]
Uri = Annotated[str, Schema({"format": "uri"})]


class Volume(Model):
    """One volume."""

    name: Annotated[str, Field(pattern="^[a-z]+$")]
    read_only: Annotated[bool | None, Schema({"nullable": True})] = None


class Schedule(Model):
    hours: list[Annotated[int, Field(ge=0, lt=24)]] = []
    pause: IntOrString = "10%"


class Source(Model, schema={"oneOf": [{"required": ["snapshot"]}, {"required": ["url"]}]}):
    snapshot: str | None = None
    url: Uri | None = None


class StoreSpec(
    Model,
    cel=[Cel("self.replicas > 1 || self.level != 'gold'", message="gold has two servers or more")],
):
    """What a team asks for."""

    size: Annotated[Quantity, Field(description="How large it is.")]
    class_: Annotated[str, Field(max_length=40), Immutable("cannot be moved")]
    level: Annotated[Literal["silver", "gold"], Selectable()] = "silver"
    replicas: Annotated[Int32, Field(ge=1, le=5)] = 1
    cluster_ips: Annotated[
        list[Ipv4],
        Field(validation_alias="clusterIPs", serialization_alias="clusterIPs"),
        ListType("set"),
    ] = []
    volumes: Annotated[
        list[Volume],
        Field(
            description=(
                "Where data is kept. Each volume has a name of its own, by which it is found "
                "again\n"
                "when it is changed."
            ),
            max_length=8,
        ),
        ListType("map", keys=["name"]),
    ] = []
    schedule: Annotated[Schedule, Schema({"default": {}})] = Schedule()
    template: Annotated[dict[str, Any], EmbeddedResource()] = {}
    labels: Annotated[dict[str, str], MapType("atomic")] = {}
    source: Source | None = None
    extra: JsonValue = None


class StoreStatus(Model):
    replicas: Int32 | None = None
    endpoint: str | None = None


class Store(
    Parent[StoreSpec, StoreStatus],
    group="example.com",
    version="v1",
    plural="stores",
    short_names=["st"],
    categories=["all"],
    columns=[
        Column("Size", type="string", json_path=".spec.size"),
        Column("Age", type="date", json_path=".metadata.creationTimestamp", priority=1),
    ],
    scale=Scale(),
    nulls=False,
):
    """An object store for one team."""


class StoreV1beta1(
    Parent[dict[str, Any], dict[str, Any]],
    group="example.com",
    version="v1beta1",
    kind="Store",
    plural="stores",
    short_names=["st"],
    categories=["all"],
    deprecated="use v1",
    nulls=False,
):
    pass
