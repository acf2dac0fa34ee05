"""What holds of the definition of every parent."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated, Any, Literal, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, JsonValue, create_model

from reconcile import LabelSelector, Model, Parent, Quantity
from reconcile.diff import equal
from reconcile.manifests import SchemaError, crd
from reconcile.simulate import ApiServer

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
THINGS = "/apis/demo.example.com/v1/namespaces/default/things"


class Phase(enum.Enum):
    """One of two."""

    ON = "on"
    OFF = "off"


Typed = tuple[Any, Any]
"""A type, and a document of it."""

_LEAVES: st.SearchStrategy[Typed] = st.sampled_from(
    [
        (bool, True),
        (int, 3),
        (float, 1.5),
        (str, ""),
        (bytes, "b"),
        (dt.datetime, "2026-01-31T12:00:00Z"),
        (Any, [1, {"a": None}]),
        (JsonValue, None),
        (None, None),
        (Phase, "on"),
        (Quantity, "1Gi"),
        (LabelSelector, {"matchLabels": {"a": "b"}}),
        (int | str, "25%"),
        (Literal["a"], "a"),
        (Literal["a", 1], 1),
        (Annotated[int, Field(ge=1, lt=9)], 8),
        (Annotated[str, Field(max_length=3, pattern="^a")], "ab"),
        (dict[str, Any], {"a": {"b": None}}),
    ]
)
_NAMES = st.sampled_from(["a", "b_c", "class_", "type", "items", "x"])
_WIRE = {"b_c": "bC", "class_": "class"}


def _model(fields: dict[str, tuple[Typed, bool]]) -> Typed:
    told: dict[str, Any] = {
        name: (_either(kind, None), None) if optional else (kind, ...)
        for name, ((kind, _), optional) in fields.items()
    }
    document = {_WIRE.get(name, name): value for name, ((_, value), _) in fields.items()}
    return create_model("Made", __base__=Model, **told), document


def _models(types: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return st.dictionaries(_NAMES, st.tuples(types, st.booleans()), max_size=3).map(_model)


def _around(types: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    two = st.tuples(types, types)
    return st.one_of(
        types.map(lambda told: (list[told[0]], [told[1]] * 2)),
        types.map(lambda told: (dict[str, told[0]], {"k": told[1]})),
        types.map(lambda told: (tuple[told[0], told[0]], [told[1]] * 2)),
        two.map(lambda both: (tuple[both[0][0], both[1][0]], [both[0][1], both[1][1]])),
        two.map(lambda both: (_either(both[0][0], both[1][0]), both[0][1])),
        types.map(lambda told: (_either(told[0], None), told[1])),
        _models(types),
    )


def _either(one: Any, other: Any) -> Any:
    return Union[one, other]  # noqa: UP007 -- None | None is no type


_TYPES = st.recursive(_LEAVES, _around, max_leaves=8)


def _at_fields(error: SchemaError) -> None:
    places = [fault.pointer for fault in error.faults]
    assert places
    assert all(place.startswith(("/spec/", "/status/")) for place in places)
    assert "the server refuses" not in str(error)


@pytest.mark.slow
@given(_models(_TYPES), _models(_TYPES))
def test_taken_or_refused_with_a_place(spec: Typed, status: Typed) -> None:
    """A server takes every definition that is made; all others are refused at a field.

    And it takes what the model takes, and keeps all of it.
    """

    class Thing(
        Parent[spec[0], status[0]],  # type: ignore[name-defined]
        group="demo.example.com",
        version="v1",
    ):
        pass

    try:
        definition = crd(Thing)
    except SchemaError as error:
        _at_fields(error)
        return
    assert equal(definition, crd(Thing))
    server = ApiServer()
    answer = server.request("POST", f"{CRDS}?fieldValidation=Strict", body=definition)
    assert answer.status == 201, answer.body
    assert "Warning" not in answer.headers
    server.settle()
    document = {
        "apiVersion": "demo.example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "t"},
        "spec": spec[1],
    }
    Thing.read(document)
    answer = server.request("POST", THINGS, body=document)
    assert answer.status == 201, answer.body
    assert equal(answer.body["spec"], spec[1])
    answer = server.request("PUT", f"{THINGS}/t/status", body={**answer.body, "status": status[1]})
    assert answer.status == 200, answer.body
    assert equal(answer.body.get("status", {}), status[1])
