"""Facts about bodies in protobuf: what Go clients send, and what nobody should."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import call

from reconcile.http_api.protobuf import MEDIA_TYPE, ProtobufError, to_json

CASES = json.loads((Path(__file__).parents[1] / "cases/protobuf.json").read_text("utf-8"))
SPACE = base64.b64decode(CASES[0]["sent"])


def _field(number, value):
    """Return a field of protobuf: an integer, or bytes with their length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value % 2**64)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value):
    made = b""
    while value > 0x7F:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def _sent(api_version, kind, *fields):
    """Return a whole body."""
    about = _field(1, api_version.encode()) + _field(2, kind.encode())
    return b"k8s\x00" + _field(1, about) + _field(2, b"".join(fields))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_kubectl_sends(case):
    """Each body becomes the object that was meant."""
    assert json.loads(to_json(base64.b64decode(case["sent"]))) == case["expected"]


def test_a_zero_counts_where_it_is_a_pointer():
    """`replicas: 0` was meant, `paused: false` and `minReadySeconds: 0` only stand there."""
    spec = _field(1, 0) + _field(5, 0) + _field(7, 0) + _field(6, 2)
    held = json.loads(to_json(_sent("apps/v1", "Deployment", _field(2, spec))))
    assert held["spec"] == {"replicas": 0, "revisionHistoryLimit": 2}


def test_special_forms():
    """Times, either-ors, negative numbers, structs within structs and raw JSON are as in JSON."""
    time = _field(1, 1_700_000_000) + _field(2, 250_000_000)
    owner = _field(7, _field(1, b'{"f:a":{}}')) + _field(1, b"me")
    metadata = _field(8, time) + _field(9, b"") + _field(17, owner)
    port = _field(2, b"TCP") + _field(3, 80) + _field(4, _field(1, 1) + _field(3, b"http"))
    number = _field(3, 81) + _field(4, _field(1, 0) + _field(2, 8081) + _field(3, b""))
    held = json.loads(
        to_json(
            _sent(
                "v1",
                "Service",
                _field(1, metadata),
                _field(2, _field(1, port) + _field(1, number)),
            )
        )
    )
    assert held["metadata"] == {
        "creationTimestamp": "2023-11-14T22:13:20Z",
        "managedFields": [{"manager": "me", "fieldsV1": {"f:a": {}}}],
    }
    assert held["spec"]["ports"] == [
        {"protocol": "TCP", "port": 80, "targetPort": "http"},
        {"port": 81, "targetPort": 8081},
    ]
    lease = _field(2, _field(4, time) + _field(2, -1))
    held = json.loads(to_json(_sent("coordination.k8s.io/v1", "Lease", lease)))
    assert held["spec"] == {
        "renewTime": "2023-11-14T22:13:20.250000Z",
        "leaseDurationSeconds": -1,
    }
    volume = _field(1, b"v") + _field(2, _field(2, b""))
    held = json.loads(to_json(_sent("v1", "Pod", _field(2, _field(1, volume)))))
    assert held["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_options_are_spoken_everywhere():
    """DeleteOptions come in the version of what is deleted."""
    options = _field(1, 0) + _field(4, b"Foreground")
    held = json.loads(to_json(_sent("apps/v1", "DeleteOptions", options)))
    assert held["gracePeriodSeconds"] == 0
    assert held["propagationPolicy"] == "Foreground"


def test_unknown_fields_are_passed_over():
    """What a later version of Kubernetes has is no fault."""
    extra = _field(900, b"x") + _varint(901 << 3 | 1) + bytes(8) + _varint(902 << 3 | 5) + bytes(4)
    held = json.loads(to_json(_sent("v1", "Namespace", extra)))
    assert held == {"apiVersion": "v1", "kind": "Namespace"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"k8s\x00",
        b"k8s\x00\xff",
        SPACE[:-1],
        SPACE[4:],
        _sent("v1", "Nothing"),
        _sent("example.com/v1", "Tool"),
        _sent("v1", "Namespace", b"\x0b"),
        _sent("v1", "Namespace", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        _sent("v1", "Namespace", _field(1, 5)),
        _sent("v1", "Namespace", _field(1, _field(1, b"\xff\xfe"))),
        _sent("v1", "Namespace", _field(0, b"")),
        _sent("v1", "Namespace") + _field(3, b"gzip"),
        _sent("v1", "Pod", _field(1, _field(17, _field(7, _field(1, b"[" * 100_000))))),
    ],
)
def test_what_is_broken_is_refused(body):
    """Anything else is an error of one kind, and says nothing of what was sent."""
    with pytest.raises(ProtobufError) as caught:
        to_json(body)
    assert str(caught.value) == "the body cannot be read as protobuf of a built-in kind"


@given(st.binary() | st.binary(max_size=40).map(lambda data: _sent("v1", "Pod", data)))
def test_any_bytes_are_an_object_or_an_error(data):
    """No bytes raise anything but the one error."""
    try:
        held = json.loads(to_json(data))
    except ProtobufError:
        return
    assert held["kind"] == "Pod"


def test_schemas_that_are_one_of_two():
    """In a CustomResourceDefinition a schema may be a schema or a boolean, one or several."""
    leaf = _field(5, b"string")
    either = _field(24, _field(1, leaf)) + _field(30, _field(1, 1))
    nested = _field(29, _field(1, b"a") + _field(2, either)) + _field(2, b"s") + _field(38, 1)
    version = _field(1, b"v1") + _field(4, _field(1, nested))
    kind = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    held = json.loads(to_json(_sent(*kind, _field(2, _field(7, version)))))
    [made] = held["spec"]["versions"]
    assert made["schema"]["openAPIV3Schema"] == {
        "properties": {"a": {"items": {"type": "string"}, "additionalProperties": True}},
        "$schema": "s",
        "x-kubernetes-preserve-unknown-fields": True,
    }


def test_a_body_in_protobuf_reaches_the_server_as_json(server, stub):
    """The simulated server sees JSON, and a broken body is a 400 that never reaches it."""
    call(server, "POST", "/posts", SPACE, Content_Type=MEDIA_TYPE)
    asked = stub.asked[-1]
    assert asked["type"] == asked["headers"]["Content-Type"] == "application/json"
    assert json.loads(asked["body"])["kind"] == "Namespace"
    status, _, body = call(server, "POST", "/posts", SPACE[:-1], Content_Type=MEDIA_TYPE)
    assert (status, json.loads(body)["reason"]) == (400, "BadRequest")
    assert len(stub.asked) == 1
