"""Unknown fields, defaults and nulls: what is made of a document before it is validated."""

from __future__ import annotations

import pytest

from reconcile.kinds.structural import Structural

STRING = {"type": "string"}


def made(properties: dict, spec: object, **keys: bool) -> tuple[object, list[str]]:
    """Return what becomes of a spec, and what was unknown in it."""
    schema = Structural(
        {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}
    )
    document: dict = {"apiVersion": "a/v1", "kind": "A", "metadata": {}, "spec": spec}
    schema.default(document, **keys)
    unknown = schema.prune(document)
    return document.get("spec"), unknown


def test_what_whole_objects_have_is_never_unknown():
    """`apiVersion`, `kind` and `metadata` stay, whatever the schema says."""
    document: dict = {"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "x"}, "spec": 1}
    assert Structural({"type": "object"}).prune(document) == ["spec"]
    assert document == {"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "x"}}


def test_unknown_fields_are_told_sorted_with_their_paths():
    """Items by index, entries of maps by name."""
    item = {"type": "object", "properties": {"a": STRING}}
    properties = {
        "l": {"type": "array", "items": item},
        "m": {"type": "object", "additionalProperties": item},
    }
    spec = {"z": 1, "m": {"k": {"q": 1}}, "l": [{"a": "", "b": 1}]}
    assert made(properties, spec) == (
        {"m": {"k": {}}, "l": [{"a": ""}]},
        ["spec.l[0].b", "spec.m.k.q", "spec.z"],
    )


def test_open_content_is_kept_and_what_is_named_within_is_pruned():
    """A named member of open content is as closed as it says."""
    closed = {"type": "object", "properties": {"a": STRING}}
    properties = {
        "o": {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
            "properties": {"c": closed},
        }
    }
    assert made(properties, {"o": {"x": {"y": 1}, "c": {"q": 1}}}) == (
        {"o": {"x": {"y": 1}, "c": {}}},
        ["spec.o.c.q"],
    )


def test_what_stands_where_a_scalar_should_is_pruned_too():
    """An object in place of a list or a text loses its members."""
    assert made({"s": STRING}, {"s": {"a": 1}}) == ({"s": {}}, ["spec.s.a"])


@pytest.mark.parametrize(
    ("property_", "value", "wanted"),
    [
        ({"type": "integer", "default": 5}, None, {"x": 5}),
        ({"type": "string"}, None, {}),
        ({"type": "string", "nullable": True, "default": "a"}, None, {"x": None}),
        ({"type": "object", "additionalProperties": STRING}, {"a": None}, {"x": {}}),
        ({"type": "array", "items": STRING}, [None], {"x": [None]}),
    ],
)
def test_nulls_give_way_to_defaults_or_go(property_, value, wanted):
    """Only where no null is allowed; items stay for validation to tell."""
    assert made({"x": property_}, {"x": value})[0] == wanted


def test_an_applied_document_keeps_nulls_that_have_no_default():
    """What is applied is not decoded, so its nulls are validated."""
    properties = {"a": STRING, "b": {"type": "integer", "default": 1}}
    assert made(properties, {"a": None, "b": None}, drop_nulls=False)[0] == {"a": None, "b": 1}


def test_a_default_is_not_shared_between_documents():
    """Each document has a default of its own."""
    schema = Structural(
        {
            "type": "object",
            "properties": {
                "spec": {
                    "type": "object",
                    "default": {"l": []},
                    "properties": {"l": {"type": "array", "items": STRING}},
                }
            },
        }
    )
    first: dict = {}
    second: dict = {}
    schema.default(first)
    schema.default(second)
    first["spec"]["l"].append("x")
    assert second == {"spec": {"l": []}}


def test_metadata_of_an_object_within_has_its_form():
    """Unknown members go and are told; a wrong type is told as the decoder tells it."""
    inner = {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    }
    schema = Structural({"type": "object", "properties": {"o": inner}})
    document: dict = {"o": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "zz": 1}}}
    assert schema.coerce(document) == (["o.metadata.zz"], None)
    assert document["o"]["metadata"] == {"name": "x"}
    _, error = schema.coerce({"o": {"metadata": {"name": 5}}})
    assert error is not None
    assert str(error) == (
        'o.metadata: Invalid value: {"name":5}: json: cannot unmarshal number into Go struct field '
        "ObjectMeta.name of type string"
    )


def test_items_of_sets_and_map_lists_are_told_apart():
    """The second appearance is told, with the keys it is known by."""
    keyed = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["a", "b"],
        "items": {"type": "object", "properties": {"a": STRING, "b": STRING}},
    }
    schema = Structural(
        {
            "type": "object",
            "properties": {
                "l": keyed,
                "s": {"type": "array", "x-kubernetes-list-type": "set", "items": STRING},
            },
        }
    )
    found = schema.errors({"l": [{"a": "1", "b": "2"}, {"a": "1", "b": "2"}], "s": ["x", "x", "x"]})
    assert [str(each) for each in found] == [
        'l[1]: Duplicate value: {"a":"1","b":"2"}',
        's[1]: Duplicate value: "x"',
    ]


def test_what_has_not_changed_may_stay_wrong():
    """Members and items of map lists are found again; items of other lists are not."""
    short = {"type": "string", "maxLength": 1}
    keyed = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        "items": {"type": "object", "properties": {"k": STRING, "v": short}},
    }
    schema = Structural(
        {
            "type": "object",
            "properties": {
                "a": short,
                "b": STRING,
                "l": {"type": "array", "items": short},
                "m": keyed,
            },
        }
    )
    before = {"a": "long", "b": "1", "l": ["long"], "m": [{"k": "x", "v": "long"}]}
    moved = {**before, "b": "2", "m": [{"k": "y", "v": "o"}, {"k": "x", "v": "long"}]}
    assert schema.update_errors(before, moved) == []
    longer = {**before, "l": ["long", "o"]}
    assert [each.path for each in schema.update_errors(before, longer)] == ["l[0]"]
