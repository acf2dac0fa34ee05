"""The definition of a parent: the simulated server takes it, and serves what it defines."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, create_model

from reconcile import (
    Child,
    Contribution,
    Controller,
    DefinitionError,
    LabelSelector,
    Model,
    ObjectError,
    Parent,
    all_of,
    rule,
)
from reconcile.diff import equal
from reconcile.kinds.core_v1 import ConfigMap
from reconcile.manifests import SchemaError, crd
from reconcile.objects.yaml import from_yaml
from reconcile.simulate import ApiServer
from tests.manifests.shapes import SHAPES

ROOT = Path(__file__).parents[2]
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
THINGS = "/apis/demo.example.com/v1/namespaces/default/things"


class Spec(Model):
    """What is asked for."""

    size: int = 1


class Status(Model):
    """What is there."""

    ready: int


class Thing(Parent[Spec, Status], group="demo.example.com", version="v1"):
    """A thing.

    Of some size.
    """


def _thing(spec: Any, status: Any = Status) -> type[Parent[Any, Any]]:
    class Made(
        Parent[spec, status],  # type: ignore[valid-type]
        group="demo.example.com",
        version="v1",
        kind="Thing",
    ):
        pass

    return Made


def _serving(*parents: type[Parent[Any, Any]]) -> ApiServer:
    server = ApiServer()
    for parent in parents:
        answer = server.request("POST", CRDS, body=crd(parent))
        assert answer.status == 201, answer.body
        assert "Warning" not in answer.headers
    server.settle()
    return server


def _created(server: ApiServer, spec: Any) -> Any:
    document = {"apiVersion": "demo.example.com/v1", "kind": "Thing", "metadata": {"name": "t"}}
    return server.request("POST", THINGS, body={**document, "spec": spec})


def _schema(parent: type[Parent[Any, Any]]) -> Any:
    versions: Any = crd(parent)["spec"]
    return versions["versions"][0]["schema"]["openAPIV3Schema"]


def test_whole() -> None:
    """A definition holds all that is known of a parent, and nothing else."""
    number = {"type": "integer", "format": "int64"}
    text = {"type": "string"}
    condition = {
        "type": "object",
        "required": ["type", "status"],
        "properties": {
            "type": text,
            "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
            "reason": text,
            "message": text,
            "lastTransitionTime": {"type": "string", "format": "date-time"},
            "observedGeneration": number,
        },
    }
    schema = {
        "description": "A thing.\n\nOf some size.",
        "type": "object",
        "properties": {
            "spec": {
                "description": "What is asked for.",
                "type": "object",
                "properties": {"size": {**number, "default": 1}},
                "default": {},
            },
            "status": {
                "description": "What is there.",
                "type": "object",
                "properties": {
                    "ready": number,
                    "observedGeneration": number,
                    "conditions": {
                        "type": "array",
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["type"],
                        "items": condition,
                    },
                },
            },
        },
    }
    wanted = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.demo.example.com"},
        "spec": {
            "group": "demo.example.com",
            "scope": "Namespaced",
            "names": {
                "kind": "Thing",
                "listKind": "ThingList",
                "plural": "things",
                "singular": "thing",
            },
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }
    assert equal(crd(Thing), wanted)


def test_fresh() -> None:
    """Nobody's change of one answer is seen in the next."""
    first: Any = crd(Thing)
    first["spec"]["versions"].clear()
    assert equal(crd(Thing), crd(Thing))


def test_names() -> None:
    """What kubectl may call it is the class's to say."""

    class Person(
        Parent[Spec, Status],
        group="demo.example.com",
        version="v1beta1",
        plural="people",
        scope="Cluster",
        short_names=["pp"],
        categories=["all"],
    ):
        pass

    spec: Any = crd(Person)["spec"]
    assert spec["scope"] == "Cluster"
    assert spec["versions"][0]["name"] == "v1beta1"
    assert spec["names"] == {
        "kind": "Person",
        "listKind": "PersonList",
        "plural": "people",
        "singular": "person",
        "shortNames": ["pp"],
        "categories": ["all"],
    }
    _serving(Person)


@pytest.mark.parametrize("name", SHAPES)
def test_server_and_model_agree(name: str) -> None:
    """The server takes the definition of each type, and the documents that the model takes."""
    shape = SHAPES[name]
    parent = _thing(create_model("S", __base__=Model, field=(shape.annotation, ...)))
    server = _serving(parent)
    for value in shape.good:
        answer = _created(server.copy(), {"field": value})
        assert answer.status == 201, answer.body
        assert equal(answer.body["spec"], {"field": _defaulted(value, answer.body["spec"])})
        parent.read(answer.body)
    for value in shape.bad:
        answer = _created(server.copy(), {"field": value})
        assert answer.status == 422, answer.body
        with pytest.raises(ObjectError):
            parent.read(
                {
                    "apiVersion": "demo.example.com/v1",
                    "kind": "Thing",
                    "metadata": {"name": "t"},
                    "spec": {"field": value},
                }
            )


def _defaulted(value: Any, spec: Any) -> Any:
    """Return what is stored, once it is sure that nothing that was given is lost in it."""
    stored = spec["field"]

    def kept(given: Any, found: Any) -> bool:
        if isinstance(given, dict):
            return all(key in found and kept(each, found[key]) for key, each in given.items())
        if isinstance(given, list):
            return len(given) == len(found) and all(map(kept, given, found))
        return equal(given, found)

    assert kept(value, stored)
    return stored


@pytest.mark.parametrize("name", SHAPES)
def test_status_may_be_of_any_type_too(name: str) -> None:
    """The server takes each type in a status, and a status that holds nothing of it."""
    status = create_model("S", __base__=Model, field=(SHAPES[name].annotation, ...))
    server = _serving(_thing(Spec, status))
    assert _created(server, {}).status == 201
    told = {"conditions": [{"type": "Accepted", "status": "False"}], "observedGeneration": 1}
    merge = "application/merge-patch+json"
    answer = server.request(
        "PATCH", f"{THINGS}/t/status", body={"status": told}, content_type=merge
    )
    assert answer.status == 200, answer.body
    assert equal(answer.body["status"], told)


@pytest.mark.parametrize("status", [Any, None, dict[str, Any], dict[str, str], int, str | bool])
def test_status_of_no_model(status: Any) -> None:
    """A status always keeps what the engine writes, and is open where nobody says more."""
    schema = _schema(_thing(Spec, status))["properties"]["status"]
    assert schema["x-kubernetes-preserve-unknown-fields"] is True
    assert list(schema["properties"]) == ["observedGeneration", "conditions"]
    _serving(_thing(Spec, status))


def test_nothing_said() -> None:
    """A parent without types is open."""

    class Loose(Parent, group="demo.example.com", version="v1"):  # type: ignore[type-arg]
        pass

    spec = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    assert _schema(Loose)["properties"]["spec"] == spec
    _serving(Loose)


def test_spec_that_must_be_there() -> None:
    """A spec with a field that must be there must be there, one without has its defaults."""
    needing = _thing(create_model("S", __base__=Model, size=(int, ...)))
    assert _schema(needing)["required"] == ["spec"]
    assert "default" not in _schema(needing)["properties"]["spec"]
    server = _serving(Thing)
    document = {"apiVersion": "demo.example.com/v1", "kind": "Thing", "metadata": {"name": "t"}}
    answer = server.request("POST", THINGS, body=document)
    assert answer.body["spec"] == {"size": 1}


def test_no_description_of_ours() -> None:
    """The docstrings of our bases are not the user's."""
    assert "description" not in _schema(_thing(create_model("S", __base__=Model)))
    assert (
        "description"
        not in _schema(_thing(create_model("S", __base__=Model)))["properties"]["spec"]
    )


def test_faults() -> None:
    """All faults of spec and status at once, each with its place."""

    class Node(Model):
        inner: Node | None = None

    bad = create_model("S", __base__=Model, x=(int | bool, ...))
    with pytest.raises(SchemaError) as raised:
        crd(_thing(create_model("S", __base__=Model, node=(Node, ...)), bad))
    assert [fault.pointer for fault in raised.value.faults] == ["/spec/node/inner", "/status/x"]
    assert raised.value.subject == "Made"


def test_the_server_has_the_last_word() -> None:
    """What only the server's rules refuse is told at the place of the field."""
    lookahead = Annotated[str, Field(json_schema_extra={"pattern": "(?=a)"})]
    listed = Annotated[list[str], Field(json_schema_extra={"x-kubernetes-list-type": "bag"})]
    spec = create_model("S", __base__=Model, a=(lookahead, ...), b=(dict[str, listed], ...))
    with pytest.raises(SchemaError) as raised:
        crd(_thing(spec))
    places = {fault.pointer for fault in raised.value.faults}
    assert places == {"/spec/a", "/spec/b/*"}


def test_field_beside_spec_and_status() -> None:
    """A parent reads nothing else, so nothing else is defined."""

    class Wide(Parent[Spec, Status], group="demo.example.com", version="v1"):
        data: dict[str, str] = {}

    with pytest.raises(SchemaError, match="/data: is not read by a parent"):
        crd(Wide)


def test_no_group_and_no_kind() -> None:
    """Only kinds with a group can be defined."""

    class Core(Parent[Spec, Status], version="v1"):
        pass

    class Nameless(Parent[Spec, Status]):
        pass

    with pytest.raises(SchemaError, match="say group="):
        crd(Core)
    with pytest.raises(DefinitionError, match="it has no kind"):
        crd(Nameless)


def test_names_that_the_server_refuses() -> None:
    """What is wrong with the definition as a whole is told of no place."""

    class Odd(Parent[Spec, Status], group="demo.example.com", version="v1", short_names=["A B"]):
        pass

    with pytest.raises(SchemaError) as raised:
        crd(Odd)
    assert {fault.pointer for fault in raised.value.faults} == {""}
    with pytest.raises(DefinitionError, match="take lists of texts"):
        type("Odder", (Parent,), {}, group="a.b", version="v1", short_names="os")


@pytest.mark.parametrize(
    ("example", "name"),
    [("objectstore", "Objectstore"), ("configmap_propagation", "ConfigMapPropagation")],
)
def test_examples(example: str, name: str) -> None:
    """The definitions of the examples are taken, and allow all that those beside them allow."""
    folder = ROOT / "examples" / example
    parent = runpy.run_path(str(folder / "controller.py"))[name]
    server = _serving(parent)
    by_hand: Any = from_yaml((folder / "manifests" / "crd.yaml").read_text())
    made: Any = crd(parent)
    for key in ("group", "scope", "names"):
        assert by_hand["spec"][key] == made["spec"][key]
    assert server.request("GET", f"{CRDS}/{made['metadata']['name']}").status == 200
    ours, theirs = (
        each["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for each in (made, by_hand)
    )
    assert _places(theirs) <= _places(ours)


def _places(schema: Any, at: str = "") -> set[str]:
    found = {at}
    for name, each in schema.get("properties", {}).items():
        found |= _places(each, f"{at}/{name}")
    if "items" in schema:
        found |= _places(schema["items"], f"{at}/*")
    return found


def test_example_object() -> None:
    """The objectstore of the example is stored with nothing lost."""
    folder = ROOT / "examples" / "objectstore"
    parent = runpy.run_path(str(folder / "controller.py"))["Objectstore"]
    server = _serving(parent)
    told = (folder / "manifests" / "myobjectstore.yaml").read_text().split("---\n")
    namespace, given = (from_yaml(each) for each in told)
    assert server.request("POST", "/api/v1/namespaces", body=namespace).status == 201
    path = "/apis/unstable.mycompany.com/v1alpha1/namespaces/myproject/objectstores"
    answer = server.request("POST", path, body=given)
    assert answer.status == 201, answer.body
    spec: Any = given["spec"]  # type: ignore[index,call-overload]
    _defaulted(spec, {"field": answer.body["spec"]})
    assert answer.body["spec"]["image"]["registry"] == ""
    assert parent.read(answer.body).spec.storage.size == parent.read(given).spec.storage.size


def test_answers_fit() -> None:
    """The status that a controller answers is taken as it is: another write changes nothing."""

    @rule
    def told(observed: Any) -> Contribution:
        return Contribution(status=Status(ready=observed.parent.spec.size))

    controller = Controller(Thing, rules=all_of(told), children=[Child(ConfigMap)])
    server = _serving(Thing)
    parent = _created(server, {"size": 3}).body
    request = {
        "controller": {"kind": "CompositeController", "spec": {"hooks": {"sync": {}}}},
        "parent": parent,
        "children": {"ConfigMap.v1": {}},
        "related": {},
        "finalizing": False,
    }
    from reconcile.value import decode, encode

    reply: Any = decode(controller.respond(encode(request)).body)
    status = {**reply["status"], "observedGeneration": parent["metadata"]["generation"]}
    answer = server.request("PUT", f"{THINGS}/t/status", body={**parent, "status": status})
    assert answer.status == 200, answer.body
    assert equal(answer.body["status"], status)


def test_selector_of_a_parent_stays_whole() -> None:
    """A LabelSelector is replaced as a whole by server-side apply, as Kubernetes' own are."""
    spec = create_model("S", __base__=Model, selector=(LabelSelector | None, None))
    schema = _schema(_thing(spec))["properties"]["spec"]["properties"]["selector"]
    assert schema["x-kubernetes-map-type"] == "atomic"
    assert schema["nullable"] is True


def test_literal_statuses() -> None:
    """What is written is held to its values, too."""
    status = create_model("S", __base__=Model, phase=(Literal["Up", "Down"] | None, None))
    schema = _schema(_thing(Spec, status))["properties"]["status"]["properties"]["phase"]
    assert schema == {"type": "string", "enum": ["Up", "Down"]}
