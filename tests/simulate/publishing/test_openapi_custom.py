"""Schemas of custom kinds as they are published."""

from __future__ import annotations

import copy

from reconcile.simulate.publishing.openapi_custom import custom_names, custom_schemas
from reconcile.simulate.publishing.openapi_v2 import swagger
from reconcile.simulate.server.protobuf import document_v2
from tests.simulate.custom import CRD, CUSTOM, TAB

META = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1."
GVK = "x-kubernetes-group-version-kind"


def schemas(*, old: bool = False, crd: dict = CRD) -> dict:
    return custom_schemas(CUSTOM.custom(), [crd], old=old)


def spec(*, old: bool = False) -> dict:
    return schemas(old=old)[TAB]["properties"]["spec"]


def test_what_every_object_has() -> None:
    """A published kind has a version, a kind and metadata, and says which it is."""
    made = schemas()[TAB]
    assert made[GVK] == [{"group": "table.example.com", "kind": "Tab", "version": "v1"}]
    properties = made["properties"]
    assert properties["apiVersion"]["type"] == properties["kind"]["type"] == "string"
    assert properties["kind"]["description"].startswith("Kind is a string value")
    assert properties["metadata"]["allOf"] == [{"$ref": f"{META}ObjectMeta"}]
    assert made["x-kubernetes-selectable-fields"] == [{"fieldPath": "spec.size"}]


def test_lists() -> None:
    """A list of a kind has a schema of its own."""
    made = schemas()[f"{TAB}List"]
    assert made[GVK][0]["kind"] == "TabList"
    assert made["required"] == ["items"]
    assert made["properties"]["items"]["items"] == {"$ref": f"#/components/schemas/{TAB}"}
    assert made["properties"]["metadata"]["allOf"] == [{"$ref": f"{META}ListMeta"}]
    assert made["description"] == "TabList is a list of Tab"
    assert made["x-kubernetes-selectable-fields"] == [{"fieldPath": "spec.size"}]


def test_version_three_keeps_everything() -> None:
    """What the definition says stays, and a choice of types is spelled out."""
    made = spec()["properties"]
    assert made["maybe"] == {"type": "string", "nullable": True}
    assert made["open"]["properties"] == {"a": {"type": "string"}}
    assert made["either"]["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert made["one"]["oneOf"] == [{"enum": ["a"]}, {"enum": ["b"]}]
    inner = made["inner"]
    assert set(inner["properties"]) == {"spec", "apiVersion", "kind", "metadata"}
    assert inner["required"] == ["kind", "apiVersion"]


def test_version_two_leaves_out_what_readers_cannot_bear() -> None:
    """Places that may be null or hold anything say nothing of what is in them."""
    made = spec(old=True)
    assert made["required"] == ["size"]
    properties = made["properties"]
    assert properties["maybe"] == {}
    assert properties["open"] == {"x-kubernetes-preserve-unknown-fields": True}
    assert properties["either"] == {"x-kubernetes-int-or-string": True}
    assert properties["list"] == {"type": "array", "items": {}}
    assert properties["one"] == {"type": "string"}
    assert properties["values"]["additionalProperties"] == {"type": "string", "pattern": "^a"}
    assert properties["size"]["minimum"] == 1


def test_a_version_without_a_schema() -> None:
    """Without a schema a kind is any object; in version 2 also where anything may be."""
    assert schemas()["com.example.table.v2.Tab"]["type"] == "object"
    assert "properties" not in schemas()["com.example.table.v2.Tab"]
    open_crd = copy.deepcopy(CRD)
    version = open_crd["spec"]["versions"][0]
    version["schema"]["openAPIV3Schema"]["x-kubernetes-preserve-unknown-fields"] = True
    assert "properties" not in schemas(old=True, crd=open_crd)[TAB]
    assert "properties" in schemas(crd=open_crd)[TAB]


def test_odd_places() -> None:
    """Lists without items, maps of nullable values and required fields that vanish."""
    crd = copy.deepcopy(CRD)
    version = crd["spec"]["versions"][0]
    version["schema"]["openAPIV3Schema"] = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "nullable": False, "x-kubernetes-preserve-unknown-fields": True},
            "b": {
                "type": "object",
                "required": ["x"],
                "additionalProperties": {"type": "string", "nullable": True},
            },
            "c": {
                "type": "object",
                "required": ["x"],
                "properties": {"x": {"type": "string", "nullable": True}},
            },
        },
    }
    made = schemas(old=True, crd=crd)[TAB]["properties"]
    assert made["a"] == {"x-kubernetes-preserve-unknown-fields": True}
    assert made["b"] == {"type": "object", "additionalProperties": {}}
    assert made["c"] == {"type": "object", "properties": {"x": {}}}


def test_the_definition_is_not_changed() -> None:
    """Publishing a definition leaves it as it is."""
    before = copy.deepcopy(CRD)
    schemas()
    schemas(old=True)
    assert before == CRD


def test_names() -> None:
    """The name of a schema begins with the group, turned round."""
    (first, _) = CUSTOM.custom()
    assert custom_names(first) == {
        ("table.example.com/v1", "Tab"): TAB,
        ("table.example.com/v1", "TabList"): f"{TAB}List",
    }


def test_definitions_that_are_not_there() -> None:
    """A resource whose definition is not handed in has no schema."""
    assert custom_schemas(CUSTOM.custom(), [], old=False) == {}


def test_deep_schemas_end() -> None:
    """A schema nested beyond all measure is cut off rather than failing, in both versions."""
    deep: dict = {}
    for _ in range(600):
        deep = {"type": "object", "properties": {"a": deep}}
    crd = copy.deepcopy(CRD)
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = deep
    for old in (False, True):
        made, levels = schemas(old=old, crd=crd)[TAB], 0
        while "a" in made.get("properties", {}):
            made, levels = made["properties"]["a"], levels + 1
        assert 100 < levels < 200
    document = swagger(CUSTOM, [crd])
    assert len(document_v2(document)) > 1000
