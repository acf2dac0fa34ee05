"""One schema for several types: it takes what each of them takes."""

from __future__ import annotations

import copy

import pytest

from reconcile.diff import equal
from reconcile.manifests.unions import alike
from reconcile.value.types import JsonObject

_INT: JsonObject = {"type": "integer", "format": "int64"}
_TEXT: JsonObject = {"type": "string"}
_EITHER: JsonObject = {"x-kubernetes-int-or-string": True}
_ANY: JsonObject = {"x-kubernetes-preserve-unknown-fields": True}


def _object(*required: str, **properties: JsonObject) -> JsonObject:
    needed: JsonObject = {"required": list(required)} if required else {}
    return {"type": "object", **needed, "properties": dict(properties)}


@pytest.mark.parametrize(
    ("nodes", "wanted"),
    [
        ([_INT], _INT),
        ([_INT, _INT], _INT),
        ([_INT, {**_INT, "description": "d"}], _INT),
        ([_INT, {"type": "number"}], {"type": "number"}),
        ([_INT, _TEXT], _EITHER),
        ([_EITHER, _TEXT], _EITHER),
        ([_INT, {**_INT, "minimum": 1}], _INT),
        ([_TEXT, {"type": "string", "pattern": "a"}], _TEXT),
        ([{**_INT, "minimum": 1}, {**_TEXT, "format": "uuid"}], {**_EITHER, "minimum": 1}),
        ([{**_INT, "nullable": True}, _TEXT], {**_EITHER, "nullable": True}),
        (
            [{**_TEXT, "enum": ["a", "b"]}, {**_TEXT, "enum": ["b", "c"]}],
            {**_TEXT, "enum": ["a", "b", "c"]},
        ),
        ([{**_TEXT, "enum": ["a"]}, {**_INT, "enum": [1]}], {**_EITHER, "enum": ["a", 1]}),
        ([{**_TEXT, "enum": ["a"]}, {**_TEXT, "pattern": "b"}], _TEXT),
        ([_ANY, _TEXT], _ANY),
        (
            [{"type": "array", "items": _INT}, {"type": "array", "items": _TEXT}],
            {"type": "array", "items": _EITHER},
        ),
        (
            [{"type": "object", "additionalProperties": each} for each in (_INT, _TEXT)],
            {"type": "object", "additionalProperties": _EITHER},
        ),
    ],
)
def test_common_form(nodes: list[JsonObject], wanted: JsonObject) -> None:
    """Bounds hold where only one type of their sort has them."""
    before = copy.deepcopy(nodes)
    made = alike(nodes)
    assert made is not None
    made.pop("description", None)
    assert equal(made, wanted)
    assert nodes == before


@pytest.mark.parametrize(
    "nodes",
    [
        [{"type": "number"}, _TEXT],
        [{"type": "boolean"}, _INT],
        [_TEXT, {"type": "array", "items": _TEXT}],
        [_object(a=_INT), {"type": "object", "additionalProperties": _INT}],
        [_object(a=_INT), _TEXT],
        [_object(a=_INT), _object(a={"type": "boolean"})],
        [{"type": "array", "items": _INT}, {"type": "array", "items": {"type": "boolean"}}],
    ],
)
def test_no_common_form(nodes: list[JsonObject]) -> None:
    """A structural schema has one type at each place."""
    assert alike(nodes) is None


def test_models() -> None:
    """All fields of all models; what must be there together is said by branches."""
    made = alike([_object("a", "b", a=_INT, b=_INT), _object("a", "c", a=_TEXT, c=_INT)])
    assert made == {
        "type": "object",
        "required": ["a"],
        "properties": {"a": _EITHER, "b": _INT, "c": _INT},
        "anyOf": [{"required": ["b"]}, {"required": ["c"]}],
    }


def test_models_of_which_one_needs_nothing() -> None:
    """A branch that always holds would be no branch."""
    assert "anyOf" not in (alike([_object("a", a=_INT), _object(b=_INT)]) or {})


def test_open_objects() -> None:
    """What one of them keeps, all of it keeps; a model without fields adds none."""
    kept: JsonObject = {"type": "object", **_ANY}
    plain: JsonObject = {"type": "object"}
    entries: JsonObject = {"type": "object", "additionalProperties": _INT}
    for node in (_object(a=_INT), entries, plain):
        assert alike([node, kept]) == kept
        assert alike([{**_object(b=_TEXT), **_ANY}, node]) == kept
    assert alike([plain, _object(a=_INT)]) == _object(a=_INT)
    assert alike([plain, entries]) is None


def test_tag() -> None:
    """With a tag just one branch holds, and the tag is there, with a default or without."""
    cat = _object("kind", kind={**_TEXT, "enum": ["cat"]})
    dog = _object(kind={**_TEXT, "enum": ["dog"], "default": "dog"})
    assert alike([cat, dog], tag="kind") == {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {**_TEXT, "enum": ["cat", "dog"]}},
        "oneOf": [
            {"properties": {"kind": {"enum": ["cat"]}}},
            {"properties": {"kind": {"enum": ["dog"]}}},
        ],
    }


def test_defaults_of_all_and_of_one() -> None:
    """The server would give the default of one model to the others."""
    with_default: JsonObject = {**_INT, "default": 3}
    made = alike([_object(a=with_default, b=with_default), _object(a=with_default, c=_INT)]) or {}
    assert made["properties"] == {"a": with_default, "b": _INT, "c": _INT}
    made = alike([_object(a=with_default), _object(a={**_INT, "default": 4})]) or {}
    assert made["properties"] == {"a": _INT}
