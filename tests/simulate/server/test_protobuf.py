"""The protobuf form of OpenAPI, read by a decoder that knows of fields and numbers only."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

import pytest

from reconcile.simulate.publishing.openapi_v2 import swagger
from reconcile.simulate.server.protobuf import document_v2
from tests.simulate.custom import CRD, CUSTOM, TAB


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data: bytes) -> Iterator[tuple[int, object]]:
    """Yield the numbers and values of the fields of a message."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        match tag & 7:
            case 0:
                value, at = varint(data, at)
            case 1:
                (value,) = struct.unpack_from("<d", data, at)
                at += 8
            case _:
                length, at = varint(data, at)
                value = data[at : at + length]
                at += length
        yield tag >> 3, value


def several(data: bytes, number: int) -> list:
    return [value for found, value in fields(data) if found == number]


def one(data: bytes, *numbers: int):
    """Return what stands behind the only field of each number."""
    for number in numbers:
        (data,) = several(data, number)
    return data


def named(data: bytes, number: int) -> dict[str, bytes]:
    """Return a map that is written as pairs."""
    return {one(pair, 1).decode(): one(pair, 2) for pair in several(data, number)}


def schema(told: dict) -> bytes:
    """Return the message of one schema."""
    document = document_v2({"definitions": {"X": told}})
    return named(one(document, 9), 1)["X"]


@pytest.fixture(scope="module")
def made() -> tuple[dict, bytes]:
    document = swagger(CUSTOM, [CRD])
    return document, document_v2(document)


def test_definitions(made: tuple[dict, bytes]) -> None:
    """All definitions are there, in order, with their texts and properties."""
    document, data = made
    found = named(one(data, 9), 1)
    assert list(found) == list(document["definitions"])
    name = "io.k8s.api.apps.v1.DeploymentStrategy"
    told = document["definitions"][name]
    assert one(found[name], 4).decode() == told["description"]
    assert one(found[name], 22, 1) == b"object"
    properties = named(one(found[name], 25), 1)
    assert (
        one(properties["rollingUpdate"], 1).decode() == told["properties"]["rollingUpdate"]["$ref"]
    )
    assert [one(each, 2) for each in several(properties["type"], 20)] == [
        b'"Recreate"',
        b'"RollingUpdate"',
    ]
    extensions = named(found[TAB], 31)
    known = json.loads(one(extensions["x-kubernetes-group-version-kind"], 2))
    assert known == [{"group": "table.example.com", "kind": "Tab", "version": "v1"}]


def test_paths(made: tuple[dict, bytes]) -> None:
    """Paths hold operations, these parameters, answers and what they are of."""
    document, data = made
    found = named(one(data, 8), 2)
    assert list(found) == list(document["paths"])
    path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    patch = one(found[path], 8)
    assert one(patch, 5) == b"patchAppsV1NamespacedDeployment"
    assert several(patch, 10) == [b"https"]
    parameters = [one(each, 1) for each in several(patch, 8)]
    assert one(parameters[0], 1, 2) == b"body"
    queries = [one(each, 2, 3) for each in parameters[1:]]
    assert b"dryRun" in [one(each, 4) for each in queries]
    inside = [one(each, 1, 2, 4) for each in several(found[path], 9)[:2]]
    assert [(one(each, 4), one(each, 1)) for each in inside] == [(b"name", 1), (b"namespace", 1)]
    answers = named(one(patch, 9), 1)
    assert one(answers["200"], 1, 2, 1, 1) == b"#/definitions/io.k8s.api.apps.v1.Deployment"
    assert one(answers["401"], 1, 1) == b"Unauthorized"
    kind = json.loads(one(named(patch, 13)["x-kubernetes-group-version-kind"], 2))
    assert kind["kind"] == "Deployment"


def test_the_frame(made: tuple[dict, bytes]) -> None:
    """Version, title and how to prove who one is are there."""
    _, data = made
    assert one(data, 1) == b"2.0"
    assert one(data, 2, 1) == b"Kubernetes"
    scheme = named(one(data, 13), 1)["BearerToken"]
    assert one(scheme, 2, 1) == b"apiKey"
    assert one(named(one(data, 12), 1)["BearerToken"]) == b""


def test_every_member_of_a_schema() -> None:
    """Numbers, truth and values of any type have a form of their own."""
    data = schema(
        {
            "format": "int32",
            "default": {"a": [1]},
            "maximum": 2.5,
            "minimum": -1,
            "exclusiveMinimum": True,
            "maxLength": 300,
            "minItems": 0,
            "required": ["a", "b"],
            "additionalProperties": True,
            "allOf": [{"type": "string"}],
            "items": {"type": ["string", "null"]},
        }
    )
    assert one(data, 2) == b"int32"
    assert json.loads(one(data, 5, 2)) == {"a": [1]}
    assert (one(data, 7), one(data, 9)) == (2.5, -1.0)
    assert (one(data, 10), one(data, 11)) == (1, 300)
    assert several(data, 15) == []
    assert several(data, 19) == [b"a", b"b"]
    assert one(data, 21, 2) == 1
    assert one(data, 24, 22, 1) == b"string"
    assert several(one(data, 23, 1, 22), 1) == [b"string", b"null"]
    assert one(schema({"additionalProperties": {"title": "t"}}), 21, 1, 3) == b"t"


def test_negative_lengths_do_not_hang() -> None:
    """A negative number is ten bytes long, as protobuf has it."""
    assert one(schema({"minLength": -1}), 12) == 2**64 - 1


def test_members_without_a_place_are_left_out() -> None:
    """What the message does not know, and null, are not written."""
    assert schema({"nullable": True, "not": {}, "description": None, "title": ""}) == b""


def test_fields_are_in_order() -> None:
    """Fields stand in the order of their numbers, whatever the order of members."""
    data = schema({"x-a": 1, "type": "object", "format": "f"})
    assert [number for number, _ in fields(data)] == [2, 22, 31]


def test_deep_schemas_end() -> None:
    """A schema nested beyond all measure is cut off rather than failing."""
    deep: dict = {}
    for _ in range(600):
        deep = {"items": deep}
    data, levels = schema(deep), 0
    while several(data, 23):
        data, levels = one(data, 23, 1), levels + 1
    assert levels == 128
