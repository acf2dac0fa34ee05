"""Marks of fields and facts of classes: what a server makes of them."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field, JsonValue

from reconcile import (
    Cel,
    Column,
    DefinitionError,
    EmbeddedResource,
    Immutable,
    ListType,
    Model,
    ObjectError,
    Parent,
    PreserveUnknown,
    Scale,
    Schema,
    Selectable,
    exactly_one_of,
)
from reconcile.manifests import SchemaError, crd
from reconcile.simulate import ApiServer

GROUP = {"group": "example.com", "version": "v1"}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _cases() -> Any:
    path = Path(__file__).with_name("definitions.py")
    spec = importlib.util.spec_from_file_location("definitions_cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_page() -> None:
    """Each row of the page is what happens."""
    cases = _cases()
    assert cases.PAGE.read_text() == cases.page(), "run: python -m tests.manifests.definitions"


MARKERS = """
path singular shortName categories scope status scale printcolumn storageversion unservedversion
deprecatedversion skipversion selectablefield metadata externalDocs Minimum Maximum ExclusiveMinimum
ExclusiveMaximum MultipleOf MinLength MaxLength Pattern MinItems MaxItems UniqueItems MinProperties
MaxProperties Enum Format Type XValidation optionalOldSelf XIntOrString EmbeddedResource Schemaless
items ExactlyOneOf AtMostOneOf AtLeastOneOf default example title nullable optional required listType
listMapKey mapType structType PreserveUnknownFields k8s:required k8s:optional k8s:enum k8s:immutable
k8s:listType k8s:listMapKey"""


def test_every_marker_has_a_row() -> None:
    """Who knows controller-gen finds each of its markers on the page."""
    cases = _cases()
    rows = " ".join([*(each.what for each in cases.FACTS), *cases.LEFT_OUT])
    words = set(re.findall(r"(?:k8s:)?\w+", rows))
    assert [each for each in MARKERS.split() if each not in words] == []


class Port(Model):
    name: str
    port_number: int = 80


class Span(Model, cel=[Cel("self.first <= self.last", message="first is after last")]):
    first: int = 0
    last: int = 1


class Source(Model, cel=[exactly_one_of("from_git", "url")]):
    from_git: str | None = None
    url: str | None = None


class Spec(Model):
    ports: Annotated[list[Port], ListType("map", keys=["name", "port_number"])] = []
    color: Annotated[str, Immutable(), Column(), Selectable(), Field(max_length=9)] = "red"
    span: Span = Span()
    source: Source | None = None
    template: Annotated[dict[str, JsonValue], EmbeddedResource()] | None = None
    replicas: Annotated[int, Column("Wanted", priority=1)] = 1


class Status(Model):
    replicas: Annotated[int, Column("Ready")] = 0
    selector: str | None = None


class Thing(
    Parent[Spec, Status],
    group="example.com",
    version="v1",
    scale=Scale(selector=".status.selector"),
    columns=[Column("Age", type="date", json_path=".metadata.creationTimestamp")],
    cel=[Cel("self.metadata.name.size() < 20")],
):
    """A thing."""


class Beta(
    Parent[Spec, Status], group="example.com", version="v1beta1", kind="Thing", deprecated="use v1"
):
    """As it was."""


@pytest.fixture(scope="module")
def server() -> ApiServer:
    made = ApiServer()
    assert made.request("POST", DEFINITIONS, body=crd(Thing, Beta)).status == 201
    made.settle(1)
    return made


def _put(server: ApiServer, name: str, spec: Any) -> tuple[int, str]:
    body = {
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "metadata": {"name": name},
        "spec": spec,
    }
    path = "/apis/example.com/v1/namespaces/default/things"
    made = server.request("POST", path, body=body)
    return made.status, made.body.get("message", "")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, ""),
        ({"span": {"first": 3}}, "spec.span: Invalid value: first is after last"),
        ({"source": {"url": "u"}}, ""),
        ({"source": {"url": "u", "fromGit": "g"}}, "exactly one of fromGit, url must be set"),
        ({"ports": [{"name": "a"}, {"name": "a", "portNumber": 81}]}, ""),
        ({"ports": [{"name": "a"}, {"name": "a"}]}, "Duplicate value"),
        ({"template": {"kind": "Pod"}}, "spec.template.apiVersion: Required value"),
    ],
)
def test_a_server_holds_objects_to_them(server: ApiServer, spec: Any, told: str) -> None:
    """What a mark says is what a server does."""
    status, message = _put(server.copy(), "a", spec)
    assert (status == 201) is not bool(told)
    assert told in message


def test_rules_of_the_whole_object_and_of_changes(server: ApiServer) -> None:
    """A rule of the class is about the object; an immutable field stays."""
    held = server.copy()
    assert _put(held, "a" * 20, {})[0] == 422
    assert _put(held, "a", {})[0] == 201
    changed = held.request(
        "PATCH",
        "/apis/example.com/v1/namespaces/default/things/a",
        body={"spec": {"color": "blue"}},
        content_type="application/merge-patch+json",
    )
    assert 'spec.color: Invalid value: "blue": cannot be changed' in changed.body["message"]


def test_scale_columns_and_versions_are_served(server: ApiServer) -> None:
    """Subresource, table, selector and the other version work as they are declared."""
    held = server.copy()
    assert _put(held, "a", {"replicas": 3})[0] == 201
    path = "/apis/example.com/v1/namespaces/default/things"
    assert held.request("GET", f"{path}/a/scale").body["spec"] == {"replicas": 3}
    table = held.request(
        "GET", path, headers={"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    ).body
    names = [each["name"] for each in table["columnDefinitions"]]
    assert names == ["Name", "Color", "Wanted", "Ready", "Age"]
    assert held.request("GET", f"{path}?fieldSelector=spec.color=red").body["items"]
    assert not held.request("GET", f"{path}?fieldSelector=spec.color=blue").body["items"]
    old = held.request("GET", "/apis/example.com/v1beta1/namespaces/default/things/a")
    assert old.body["apiVersion"] == "example.com/v1beta1"


def test_models_read_as_without_marks() -> None:
    """A mark is for the definition alone."""
    made = Spec(ports=[Port(name="a")], color="green")
    assert made.to_wire() == {"ports": [{"name": "a"}], "color": "green"}
    assert Thing.of("a", spec={"span": {"first": 9, "last": 1}}).spec.span.first == 9


def test_rules_are_inherited_and_add_up() -> None:
    """A class has the rules of those it is made from, and a field's own after them."""

    class Wider(Span, cel=[Cel("self.last < 9")]):
        pass

    class Holder(Model):
        span: Annotated[Wider, Cel("self.first > 0")]

    class Held(Parent[Holder, None], **GROUP):
        pass

    version: Any = crd(Held)["spec"]["versions"][0]  # type: ignore[index, call-overload]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    rules = [each["rule"] for each in spec["properties"]["span"]["x-kubernetes-validations"]]
    assert rules == ["self.first <= self.last", "self.last < 9", "self.first > 0"]
    assert "default" not in spec


def test_a_default_is_whole_where_rules_ask_for_it() -> None:
    """A server asks the rules of an object about its default as it stands there."""

    class Ruled(Model, cel=[Cel("self.span.first < self.size")]):
        span: Span = Span()
        size: int = 2

    class Held(Parent[Ruled, None], **GROUP):
        pass

    version: Any = crd(Held)["spec"]["versions"][0]  # type: ignore[index, call-overload]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert spec["default"] == {"span": {"first": 0, "last": 1}, "size": 2}


def test_a_default_that_breaks_a_rule() -> None:
    """The server would refuse the definition."""

    class Deep(Source):
        depth: int = 1

    class Broken(Model):
        source: Deep = Deep()

    class Held(Parent[Broken, None], **GROUP):
        pass

    with pytest.raises(SchemaError, match=r"/spec/source: .*exactly one of fromGit, url"):
        crd(Held)


def test_keys_as_they_are() -> None:
    """`Schema` puts keys, and takes them away."""

    class Raw(Model):
        size: Annotated[int, Schema({"format": None, "title": "Size"})] = 1

    class Held(Parent[Raw, None], **GROUP):
        pass

    version: Any = crd(Held)["spec"]["versions"][0]  # type: ignore[index, call-overload]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert spec["properties"]["size"] == {"type": "integer", "default": 1, "title": "Size"}


def test_labels_of_the_definition() -> None:
    """They are the definition's own."""
    made: Any = crd(Thing, labels={"a": "b"}, annotations={"c": "d"})
    assert made["metadata"] == {
        "name": "things.example.com",
        "labels": {"a": "b"},
        "annotations": {"c": "d"},
    }


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ListType("map"), "map needs them"),
        (lambda: ListType("set", keys=["a"]), "keys= goes with map"),
        (lambda: ListType("map", keys="name"), "takes a list of fields"),
        (lambda: ListType("bag"), "is atomic, set or map"),
        (lambda: exactly_one_of("a"), "two fields or more"),
        (lambda: exactly_one_of("a", "ü"), "cannot name"),
        (lambda: type("M", (Model,), {}, cel=[1]), r"cel= takes a list of Cel"),
        (lambda: type("M", (Model,), {}, cel=Cel("true")), r"cel= takes a list of Cel"),
        (
            lambda: type("T", (Parent[Spec, Status],), {}, **GROUP, columns=[Column()]),
            "columns= takes",
        ),
        (lambda: type("T", (Parent[Spec, Status],), {}, **GROUP, scale=True), "scale= takes"),
    ],
)
def test_marks_that_say_nothing(make: Any, told: str) -> None:
    """What is wrong is told where it is written."""
    with pytest.raises(DefinitionError, match=told):
        make()


class Other(Parent[Spec, Status], group="example.com", version="v1"):
    """No version of the first."""


class Wide(Parent[Spec, Status], group="example.com", version="v2", kind="Thing", scope="Cluster"):
    """In no namespace."""


@pytest.mark.parametrize(
    ("other", "told"),
    [(Other, "no version of"), (Wide, "another plural or scope"), (Thing, "is a second v1")],
)
def test_versions_are_of_one_resource(other: Any, told: str) -> None:
    """Versions share a kind and where they are."""
    with pytest.raises(DefinitionError, match=told):
        crd(Thing, other)


def test_scale_paths_lead_somewhere() -> None:
    """Each path ends at a field that it can be about."""

    class Empty(Model):
        size: str = ""

    class Held(Parent[Empty, None], **GROUP, scale=Scale(spec=".spec.size")):
        pass

    with pytest.raises(SchemaError) as raised:
        crd(Held)
    assert [fault.pointer for fault in raised.value.faults] == ["/spec/size", "/status/replicas"]


def test_scale_paths_into_an_open_status() -> None:
    """What is in an open status nobody can tell, so a path into it is taken."""

    class Sized(Model):
        replicas: int = 1

    class Held(Parent[Sized, dict[str, Any]], **GROUP, scale=Scale()):
        pass

    made: Any = crd(Held)
    assert made["spec"]["versions"][0]["subresources"]["scale"]["statusReplicasPath"] == (
        ".status.replicas"
    )


def test_keys_of_a_class_and_of_its_place_add_up() -> None:
    """Keys of a class are in each place of it; a place has the last word, None takes away."""

    class Disk(Model, schema={"title": "Disk", "minProperties": 1, "required": None}):
        """A disk."""

        size: int

    class Larger(Disk, schema={"maxProperties": 3}):
        pass

    class Spec(Model, schema={"default": {"size": 2}}):
        size: int = 1
        first: Annotated[Disk | None, Schema({"title": "First", "description": None})] = None
        disks: list[Annotated[Larger, Schema({"minProperties": None})]] = []

    class Thing(Parent[Spec, None], **GROUP, nulls=False, schema={"title": "Thing"}):
        pass

    made: Any = crd(Thing)
    root = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert root["title"] == "Thing"
    spec = root["properties"]["spec"]
    assert spec["default"] == {"size": 2}
    size = {"size": {"type": "integer", "format": "int64"}}
    assert spec["properties"]["first"] == {
        "type": "object",
        "title": "First",
        "minProperties": 1,
        "properties": size,
    }
    assert spec["properties"]["disks"]["items"] == {
        "type": "object",
        "title": "Disk",
        "maxProperties": 3,
        "properties": size,
    }


def test_keys_of_a_class_are_a_dict() -> None:
    """Anything else is a mistake of the class' author."""
    with pytest.raises(DefinitionError, match="schema= takes a dict of keys"):

        class Wrong(Model, schema=["title"]):  # type: ignore[arg-type]
            pass


def test_conditions_as_the_status_has_them() -> None:
    """A field of the status that the engine writes too is as the model has it."""

    class Condition(Model):
        type: str
        status: str

    class Status(Model):
        conditions: list[Condition] = []

    class Thing(Parent[Model, Status], **GROUP):
        pass

    made: Any = crd(Thing)
    status = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]
    assert list(status["properties"]) == ["conditions", "observedGeneration"]
    assert list(status["properties"]["conditions"]["items"]["properties"]) == ["type", "status"]


def test_marks_stand_in_unions() -> None:
    """A list of marked items may be absent: marks have a hash, for unions of types need one."""
    assert hash(Schema({"title": "a", "format": "b"})) == hash(
        Schema({"format": "b", "title": "a"})
    )
    assert ListType("map", keys=["name"]) == ListType("map", keys=("name",))
    assert hash(ListType("map", keys=["name"])) == hash(ListType("map", keys=("name",)))

    class Spec(Model):
        names: list[Annotated[str, Schema({"title": "Name"})]] | None = None

    assert Spec(names=["a"]).names == ["a"]


def test_marks_of_the_spec_itself() -> None:
    """What stands beside a spec in the parent's arguments counts, in reading too."""

    class Spec(Model):
        size: int = 1

    class Thing(
        Parent[
            Annotated[Spec, PreserveUnknown(), Cel("self.size > 0"), Field(description="Wanted.")],
            Annotated[Status, Schema({"title": "Seen"})],
        ],
        **GROUP,
    ):
        pass

    class Labelled(Parent[Annotated[dict[str, str], Field(max_length=1)], None], **GROUP):
        pass

    made: Any = crd(Thing)
    parts = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    assert parts["spec"] == {
        "description": "Wanted.",
        "type": "object",
        "default": {"size": 1},
        "x-kubernetes-preserve-unknown-fields": True,
        "x-kubernetes-validations": [{"rule": "self.size > 0"}],
        "properties": {"size": {"type": "integer", "default": 1, "format": "int64"}},
    }
    assert parts["status"]["title"] == "Seen"
    assert Labelled.of("a", spec={"a": "b"}).spec == {"a": "b"}
    with pytest.raises(ObjectError, match="/spec"):
        Labelled.of("a", spec={"a": "b", "c": "d"})


@pytest.mark.parametrize(("nulls", "status"), [(True, 422), (False, 201)])
def test_a_null_that_is_written_out_counts(nulls: bool, status: int) -> None:
    """The server counts it where it keeps it, and drops it where a field may not be null."""
    held = type("Held", (Parent[Source, None],), {}, **GROUP, nulls=nulls)
    server = ApiServer()
    assert server.request("POST", DEFINITIONS, body=crd(held)).status == 201
    server.settle(1)
    body = {
        "apiVersion": "example.com/v1",
        "kind": "Held",
        "metadata": {"name": "a"},
        "spec": {"url": "u", "fromGit": None},
    }
    path = "/apis/example.com/v1/namespaces/default/helds"
    assert server.request("POST", path, body=body).status == status
