"""Values held to schemas: the texts of each validator, told as the server tells them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import LimitError
from reconcile.kinds.structural import Structural
from reconcile.kinds.structural.fast import checking
from reconcile.kinds.structural.values import Node, validate


def told(spec: dict, value: object) -> list[tuple[str, str]]:
    """Return the paths and messages of a value at `.spec.x`."""
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"x": spec}}},
    }
    found = Structural(schema).errors({"spec": {"x": value}})
    return [(each.path, each.message) for each in found]


@pytest.mark.parametrize(
    ("spec", "value", "wanted"),
    [
        (
            {"type": "string"},
            5,
            'Invalid value: "integer": spec.x in body must be of type string: "integer"',
        ),
        (
            {"type": "integer"},
            True,
            'Invalid value: "boolean": spec.x in body must be of type integer: "boolean"',
        ),
        (
            {"type": "integer"},
            None,
            'Invalid value: "null": spec.x in body must be of type integer: "null"',
        ),
        (
            {"type": "integer", "maximum": 3},
            4,
            "Invalid value: 4: spec.x in body should be less than or equal to 3",
        ),
        (
            {"type": "integer", "maximum": 3, "exclusiveMaximum": True},
            3,
            "Invalid value: 3: spec.x in body should be less than 3",
        ),
        (
            {"type": "number", "minimum": 0.5},
            0.25,
            "Invalid value: 0.25: spec.x in body should be greater than or equal to 0.5",
        ),
        (
            {"type": "number", "multipleOf": 0.5},
            0.75,
            "Invalid value: 0.75: spec.x in body should be a multiple of 0.5",
        ),
        (
            {"type": "object", "minProperties": 1},
            {},
            "Invalid value: 0: spec.x in body should have at least 1 properties",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
            {"a": "", "b": "", "c": ""},
            "Too many: 3: must have at most 2 items",
        ),
        (
            {"type": "string", "enum": ["a", "b"]},
            "c",
            'Unsupported value: "c": supported values: "a", "b"',
        ),
        (
            {"type": "string", "format": "date"},
            5,
            'Invalid value: "int64": spec.x in body must be of type date: "int64"',
        ),
        (
            {"x-kubernetes-int-or-string": True},
            1.5,
            'Invalid value: "number": spec.x in body must be of type integer,string: "number"',
        ),
        (
            {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            ["a", "a"],
            'Invalid value: "": spec.x in body shouldn\'t contain duplicates',
        ),
    ],
)
def test_a_value_that_does_not_fit_is_told_in_the_words_of_the_server(spec, value, wanted):
    """One fault, one text."""
    assert told(spec, value) == [("spec.x", wanted)]


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ({"type": "integer"}, 5.0),
        ({"type": "number"}, 5),
        ({"type": "string", "nullable": True}, None),
        ({"type": "integer", "format": "int32"}, 2**31 - 1),
        ({"type": "integer", "enum": [1, 2]}, 2),
        ({"x-kubernetes-preserve-unknown-fields": True}, [1, {"a": None}]),
        ({"type": "object", "additionalProperties": True}, {"a": 1}),
    ],
)
def test_a_value_that_fits_has_no_errors(spec, value):
    """Numbers, nulls and open content are taken where they may be."""
    assert told(spec, value) == []


def test_a_member_of_a_closed_object_is_forbidden_and_named():
    """`additionalProperties: false` refuses what is not named."""
    spec = {"type": "object", "additionalProperties": False}
    assert told(spec, {"a": 1}) == [
        ("spec.x", 'Invalid value: "a": spec.x.a in body is a forbidden property')
    ]


def test_one_text_is_told_once():
    """Two alternatives with the same fault tell it once."""
    spec = {"type": "string", "allOf": [{"minLength": 2}, {"minLength": 2}]}
    messages = [message for _, message in told(spec, "a")]
    assert messages == [
        'Invalid value: "a": spec.x in body should be at least 2 chars long',
        'Invalid value: "": "spec.x" must validate all the schemas (allOf). None validated',
    ]


def test_a_schema_nested_too_deep_is_refused():
    """A limit, not a crash."""
    deep: dict = {"type": "string"}
    for _ in range(400):
        deep = {"type": "object", "properties": {"a": deep}}
    with pytest.raises(LimitError):
        Structural(deep)


_SCALAR = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "maxLength": st.integers(0, 3),
            "minLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "b$"]),
            "enum": st.just(["a", "b"]),
            "nullable": st.booleans(),
            "format": st.sampled_from(["date", "byte"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("integer")},
        optional={
            "minimum": st.integers(-2, 2),
            "maximum": st.sampled_from([1, 1.5, 3]),
            "multipleOf": st.just(2),
            "exclusiveMinimum": st.booleans(),
            "nullable": st.booleans(),
            "format": st.sampled_from(["int32", "int64"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("number")}, optional={"maximum": st.just(1.5), "format": st.just("float")}
    ),
    st.fixed_dictionaries({"type": st.just("boolean")}, optional={"nullable": st.booleans()}),
    st.just({"x-kubernetes-int-or-string": True}),
    st.just({"x-kubernetes-preserve-unknown-fields": True}),
)
_SCHEMA = st.recursive(
    _SCALAR,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            },
            optional={
                "required": st.just(["a"]),
                "maxProperties": st.integers(0, 2),
                "nullable": st.booleans(),
                "oneOf": st.just([{"required": ["a"]}, {"required": ["b"]}]),
            },
        ),
        st.fixed_dictionaries(
            {"type": st.just("object"), "additionalProperties": st.one_of(inner, st.booleans())}
        ),
        st.fixed_dictionaries(
            {"type": st.just("array"), "items": inner},
            optional={
                "minItems": st.integers(0, 1),
                "maxItems": st.integers(0, 2),
                "uniqueItems": st.booleans(),
            },
        ),
    ),
    max_leaves=6,
)
_VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-4, 4),
        st.sampled_from([2**31, 2**63, 0.5, 2.0, 1e300, "", "a", "ab", "2024-01-01"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(_SCHEMA, _VALUE)
def test_the_fast_check_and_the_walk_agree(schema, value):
    """Whether a value is valid does not depend on who is asked."""
    node = Node(schema)
    assert checking(node)(value) == (not validate(node, value, "").found)
