"""The table of kinds: schemas, list rules and fields, built in and from CRDs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from reconcile import kinds
from reconcile.errors import LimitError, ObjectError
from reconcile.kinds._facts import schema_named
from reconcile.kinds._schema import Schema
from reconcile.kinds._table import rule_of
from reconcile.value.types import ABSENT


def crd(**changes: Any) -> dict[str, Any]:
    """Return a definition of Widget, with changes to its spec."""
    item = {
        "type": "object",
        "required": ["name"],
        "x-kubernetes-map-type": "atomic",
        "properties": {"name": {"type": "string"}, "n": {"x-kubernetes-int-or-string": True}},
    }
    parts = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": item,
    }
    spec = {
        "type": "object",
        "properties": {
            "parts": parts,
            "first": item,
            "by/name": {"type": "object", "additionalProperties": parts},
            "level": {"type": "integer", "default": 3},
            "inner": {"type": "object", "x-kubernetes-embedded-resource": True},
            "any": {},
        },
    }
    schema = {"type": "object", "properties": {"spec": spec, "metadata": {"type": "object"}}}
    versions = [
        {
            "name": "v1",
            "schema": {"openAPIV3Schema": schema},
            "subresources": {"status": {}, "scale": {}},
        },
        {"name": "v1alpha1"},
    ]
    names = {"kind": "Widget", "plural": "widgets", "shortNames": ["wi"]}
    body = {"group": "example.org", "scope": "Cluster", "names": names, "versions": versions}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {**body, **changes},
    }


def test_schemas_are_read_only_mappings_with_references_followed() -> None:
    """Walking down a schema never meets a reference, and nothing in it can be changed."""
    schema = kinds.schema("apps/v1", "Deployment")
    assert isinstance(schema, Mapping)
    template = schema["properties"]["spec"]["properties"]["template"]
    containers = template["properties"]["spec"]["properties"]["containers"]
    assert containers["x-kubernetes-list-map-keys"] == ["name"]
    assert containers["x-kubernetes-patch-strategy"] == "merge"
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    ports = containers["items"]["properties"]["ports"]
    assert ports["items"]["properties"]["protocol"]["default"] == "TCP"
    assert template["properties"]["spec"].name == "io.k8s.api.core.v1.PodSpec"
    with pytest.raises(TypeError):
        containers["x-kubernetes-list-map-keys"].append("x")
    with pytest.raises(TypeError):
        schema["x"] = 1  # type: ignore[index] # what is refused
    assert schema is kinds.schema("apps/v1", "Deployment")
    assert schema["properties"] is schema["properties"]
    assert "type" in schema
    assert len(schema) == len(list(schema))
    assert repr(schema).startswith("<Schema: ")
    assert hash(schema) == hash(schema)


def test_a_schema_may_hold_itself() -> None:
    """References are followed step by step; a reference to itself alone ends."""
    raw = {
        "Tree": {"type": "object", "properties": {"left": {"$ref": "Tree"}}},
        "Loop": {"$ref": "Loop"},
    }
    tree = Schema({"$ref": "Tree", "not": {"$ref": "Tree"}}, raw.__getitem__)
    assert tree["properties"]["left"]["properties"]["left"]["type"] == "object"
    assert tree["not"].name == "Tree"
    assert Schema({"$ref": "Loop"}, raw.__getitem__).name == "Loop"
    with pytest.raises(KeyError):
        schema_named("io.k8s.api.nowhere.v1.Thing")


@pytest.mark.parametrize(
    ("kind", "pointer", "rule"),
    [
        ("Pod", "/spec/containers", ("name",)),
        ("Pod", "/spec/containers/*/ports", ("containerPort", "protocol")),
        ("Pod", "/spec/containers/*/args", "atomic"),
        ("Pod", "/spec/volumes/*/projected/sources", "atomic"),
        ("Pod", "/spec/topologySpreadConstraints", ("topologyKey", "whenUnsatisfiable")),
        ("Pod", "/metadata/ownerReferences", ("uid",)),
        ("Pod", "/metadata/finalizers", "set"),
        ("Service", "/spec/ports", ("port", "protocol")),
        ("Service", "/status/conditions", ("type",)),
        ("ServiceAccount", "/secrets", ("name",)),
    ],
)
def test_list_rules_are_known_by_pointer_pattern(kind: str, pointer: str, rule: object) -> None:
    """The lists of a kind and of the objects inside its lists are found."""
    assert kinds.list_rules("v1", kind)[pointer] == rule


def test_list_rules_can_be_read_only_once_computed() -> None:
    """The same mapping is given again, and cannot be changed."""
    rules = kinds.list_rules("batch/v1", "CronJob")
    assert rules is kinds.list_rules("batch/v1", "CronJob")
    template = "/spec/jobTemplate/spec/template/spec"
    assert rules[f"{template}/tolerations"] == "atomic"
    with pytest.raises(TypeError):
        rules["x"] = "set"  # type: ignore[index] # what is refused


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ({"x-kubernetes-list-type": "set"}, "set"),
        ({"x-kubernetes-list-type": "atomic", "x-kubernetes-patch-strategy": "merge"}, "atomic"),
        ({"x-kubernetes-patch-strategy": "merge"}, "set"),
        (
            {
                "x-kubernetes-patch-strategy": "merge,retainKeys",
                "x-kubernetes-patch-merge-key": "a",
            },
            ("a",),
        ),
        ({"x-kubernetes-patch-strategy": "replace"}, "atomic"),
        ({}, "atomic"),
    ],
)
def test_a_list_type_wins_over_a_patch_strategy(schema: dict[str, Any], rule: object) -> None:
    """What a schema says of a list decides; where it is silent, the list is atomic."""
    assert rule_of(schema) == rule


def test_fields_tell_the_facts_of_one_place() -> None:
    """Type, need, list rule, default and kinds of values of each field."""
    ports = kinds.fields("v1", "Pod", pointer="/spec/containers/0/ports/*")
    assert ports["containerPort"].required
    assert ports["protocol"].default == "TCP"
    assert ports["hostIP"].default is ABSENT
    assert kinds.fields("v1", "Pod", pointer="/spec")["containers"].list_rule == ("name",)
    assert kinds.fields("v1", "Pod", pointer="/spec")["hostname"].list_rule is None
    assert kinds.fields("v1", "Pod", pointer="/spec")["hostname"].type == "string"
    probe = kinds.fields("v1", "Service", pointer="/spec/ports/*")["targetPort"]
    assert probe.int_or_string
    assert kinds.fields("v1", "Service", pointer="/spec/selector") == {}
    assert kinds.fields("v1", "Pod", pointer="/spec/imagePullSecrets/0")["name"].type == "string"
    assert kinds.fields("v1", "Secret")["data"].type == "object"
    spec = kinds.fields("v1", "ConfigMap", pointer="/metadata")
    assert spec["labels"].type == "object"
    selector = kinds.fields("apps/v1", "Deployment", pointer="/spec")["selector"]
    assert selector.atomic
    with pytest.raises(ObjectError, match="did you mean 'containers'"):
        kinds.fields("v1", "Pod", pointer="/spec/container")


@pytest.mark.parametrize("ask", [kinds.schema, kinds.scope, kinds.plural, kinds.list_rules])
def test_unknown_kinds_are_errors_with_the_nearest(ask: Any) -> None:
    """A misspelt kind or version names the likely one."""
    with pytest.raises(ObjectError, match="did you mean 'Deployment'"):
        ask("apps/v1", "Deploymnt")
    with pytest.raises(ObjectError, match="did you mean 'apps/v1'"):
        ask("apps/v2", "Deployment")


def test_known_tells_without_raising() -> None:
    """Known kinds are those with a schema."""
    assert kinds.known("v1", "Pod")
    assert not kinds.known("v1", "Deployment")
    assert not kinds.known("nowhere/v1", "Pod")


def test_crds_join_the_same_table() -> None:
    """Kinds of definitions answer the same questions, and built-in ones stay."""
    table = kinds.with_crds([crd()])
    assert table.scope("example.org/v1", "Widget") == "Cluster"
    assert table.plural("example.org/v1alpha1", "Widget") == "widgets"
    assert table.resource("example.org/v1", "Widget").subresources == ("scale", "status")
    assert table.resource("example.org/v1", "Widget").singular == "widget"
    assert table.known("example.org/v1", "Widget")
    assert table.list_rules("example.org/v1", "Widget")["/spec/parts"] == ("name",)
    assert table.list_rules("example.org/v1", "Widget")["/spec/by~1name/*"] == ("name",)
    assert table.list_rules("example.org/v1alpha1", "Widget")["/metadata/finalizers"] == "set"
    inner = table.fields("example.org/v1", "Widget", pointer="/spec/by~1name/x/0")
    assert inner["n"].int_or_string
    assert inner["name"].required
    spec = table.fields("example.org/v1", "Widget", pointer="/spec")
    assert spec["first"].atomic
    assert spec["inner"].embedded
    assert spec["level"].default == 3
    assert spec["any"].type == ""
    assert table.scope("v1", "Pod") == "Namespaced"
    assert not kinds.known("example.org/v1", "Widget")
    with pytest.raises(ObjectError, match="did you mean 'Widget'"):
        table.schema("example.org/v1", "Wiget")
    with pytest.raises(ObjectError, match=r"did you mean 'example\.org/v1'"):
        table.schema("example.org/v2", "Widget")
    assert table.with_crds([]).known("example.org/v1", "Widget")


def test_definitions_are_checked_with_all_faults() -> None:
    """What is missing in several definitions is told at once, by place."""
    broken = [
        {},
        crd(scope="Everywhere", versions=[], names={"kind": ""}),
        crd(versions=[3, {"name": "v1"}]),
    ]
    with pytest.raises(ObjectError) as caught:
        kinds.with_crds(broken)
    assert [fault.pointer for fault in caught.value.faults] == [
        "/0/spec",
        "/0/spec/group",
        "/0/spec/names",
        "/0/spec/names/kind",
        "/0/spec/names/plural",
        "/0/spec/scope",
        "/0/spec/versions",
        "/1/spec/names/kind",
        "/1/spec/names/plural",
        "/1/spec/scope",
        "/1/spec/versions",
        "/2/spec/versions/0/name",
    ]


def test_schemas_nested_too_deeply_are_refused() -> None:
    """A definition cannot make us recurse without end."""
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(300):
        schema = {"type": "object", "properties": {"a": schema}}
    deep = crd(versions=[{"name": "v1", "schema": {"openAPIV3Schema": schema}}])
    with pytest.raises(LimitError):
        kinds.with_crds([deep]).list_rules("example.org/v1", "Widget")


def test_importing_kinds_loads_no_module_and_no_facts() -> None:
    """Generated modules are loaded only by whoever imports them."""
    code = (
        "import sys, reconcile.kinds, reconcile.kinds._facts as f\n"
        "assert 'reconcile.kinds.core_v1' not in sys.modules\n"
        "assert 'pydantic' not in sys.modules\n"
        "assert f.load.cache_info().currsize == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_classes_loads_no_table_and_builds_no_fields() -> None:
    """`import reconcile` loads no kinds; their classes need no facts, and no fields before use."""
    code = (
        "import sys, reconcile\n"
        "assert not [m for m in sys.modules if m.startswith('reconcile.kinds')]\n"
        "from reconcile.kinds.apps_v1 import Deployment, DeploymentSpec\n"
        "loaded = {m.rpartition('.')[2] for m in sys.modules if m.startswith('reconcile.kinds.')}\n"
        "assert loaded == {'apps_v1', 'core_v1', 'meta_v1'}, loaded\n"
        "built = [c for c in vars(sys.modules['reconcile.kinds.core_v1']).values()\n"
        "         if isinstance(c, type) and isinstance(vars(c).get('_fields'), dict)]\n"
        "Deployment('a', spec=DeploymentSpec(replicas=1))\n"
        "assert isinstance(vars(DeploymentSpec)['_fields'], dict)\n"
        "print(*[c.__name__ for c in built if c.__module__.startswith('reconcile.kinds')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_typed_objects_are_taken_as_their_documents_are() -> None:
    """What is asked of a dict can be asked of a typed object."""
    from reconcile.kinds.core_v1 import Service

    typed = Service("web", spec={"ports": [{"port": 80, "name": None}], "selektor": {}})
    raw = typed.copy().raw
    assert kinds.defaulted(typed) == kinds.defaulted(raw)
    assert kinds.loops(typed) == kinds.loops(raw) != ()
    del typed.raw["spec"]["selektor"]
    assert not kinds.differences_that_matter(typed, kinds.defaulted(typed))
    with pytest.raises(ObjectError) as caught:
        kinds.validate(Service.of(raw))
    assert caught.value.ref == "Service web"
    assert str(caught.value).startswith("Service web: /spec/selektor: is not a field")
