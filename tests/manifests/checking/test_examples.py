"""Facts about examples made from schemas, and about what is changed in them."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile import Parent
from reconcile.kinds import schema, validate
from reconcile.manifests import crd
from reconcile.manifests.checking.changes import changed
from reconcile.manifests.checking.examples import example
from tests.manifests.checking.wrongs import Mall, Picky, Shop

CASES: list[tuple[dict[str, Any], Any, Any]] = [
    ({"type": "string"}, "example", "example"),
    ({"type": "string", "default": "a"}, "a", "a"),
    ({"type": "string", "enum": ["b", "c"]}, "b", "b"),
    ({"type": "string", "minLength": 9}, "exampleee", "exampleee"),
    ({"type": "string", "maxLength": 2}, "a", "a"),
    ({"type": "string", "pattern": "^[0-9]+Gi$"}, "1Gi", "1Gi"),
    ({"type": "string", "format": "date-time"}, "2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
    ({"type": "integer"}, 1, 1),
    ({"type": "integer", "minimum": 5}, 5, 5),
    ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6, 6),
    ({"type": "integer", "maximum": 0}, 0, 0),
    ({"type": "integer", "maximum": 0, "exclusiveMaximum": True}, -1, -1),
    ({"type": "integer", "multipleOf": 4}, 4, 4),
    ({"type": "number", "minimum": 1.5}, 1.5, 1.5),
    ({"type": "boolean"}, False, False),
    ({"x-kubernetes-int-or-string": True}, 1, 1),
    ({"type": "array", "items": {"type": "string"}}, [], ["example"]),
    ({"type": "array", "minItems": 2, "items": {"type": "string"}},
     ["example", "example1"], ["example", "example1"]),
    ({"type": "array", "default": [], "items": {"type": "integer"}}, [], [1]),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, {}, {"example": 1}),
    ({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
      "required": ["a"]}, {"a": 1}, {"a": 1, "b": 1}),
    ({"type": "object", "default": {}, "properties": {"a": {"type": "integer", "default": 3}}},
     {"a": 3}, {"a": 3}),
    ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("told", "least", "whole"), CASES)
def test_examples(told: dict[str, Any], least: Any, whole: Any) -> None:
    """The least example has what is needed and defaulted, the whole one all there is."""
    for made, expected in ((example(told), least), (example(told, whole=True), whole)):
        assert made == expected
        assert type(made) is type(expected)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_examples_of_built_in_kinds(kind: str) -> None:
    """What a schema requires is there, however deep."""
    made: Any = example(schema("apps/v1", kind)["properties"]["spec"])
    assert set(made) >= {"selector", "template"}
    with pytest.raises(Exception, match="containers"):
        validate({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": made})


def test_a_schema_that_contains_itself_ends() -> None:
    """The definition of definitions nests without end; its example does not."""
    nested: dict[str, Any] = {"type": "object", "properties": {}}
    nested["properties"]["inner"] = nested
    made: Any = example(nested, whole=True)
    depth = 0
    while made:
        made, depth = made["inner"], depth + 1
    assert 5 < depth < 20


@pytest.mark.parametrize("parent", [Shop, Mall, Picky])
def test_changes_are_one_field_each(parent: type[Parent[Any, Any]]) -> None:
    """Each field of the spec is changed by itself, to something that the class takes."""
    document: Any = crd(parent)
    found: Any = document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    whole: Any = {
        "apiVersion": "example.com/v1",
        "kind": parent.__name__,
        "metadata": {"name": "a"},
        "spec": example(found["properties"]["spec"], whole=True),
    }
    fields = [pointer for pointer, _ in changed(whole, found)]
    assert fields == list(dict.fromkeys(fields))
    if parent is Shop:
        names = ["image", "cpu", "replicas", "items", "note"]
        assert fields == [f"/spec/{name}" for name in names]
    for pointer, made in changed(whole, found):
        first = pointer.split("/")[2]
        spec: Any = made["spec"]
        assert spec[first] != whole["spec"][first]
        assert {key: spec[key] for key in spec if key != first} == {
            key: whole["spec"][key] for key in spec if key != first
        }
        parent.read(made)
