"""Objects in protobuf, as kubectl sent them, and bytes that are none."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from reconcile.kinds._facts import load
from reconcile.kinds._index import MODULES
from reconcile.simulate.go.structs import layouts
from reconcile.simulate.server.protobuf_bodies import document_of
from reconcile.simulate.server.status import ApiError

CASES = json.loads((Path(__file__).parents[2] / "cases" / "protobuf_bodies.json").read_text())


def block(number: int, content: bytes | str) -> bytes:
    """Return a field with a length of one byte."""
    content = content.encode() if isinstance(content, str) else content
    return bytes([number << 3 | 2, len(content)]) + content


def whole(number: int, value: int) -> bytes:
    """Return a field that is a small number."""
    return bytes([number << 3, value])


def body(kind: str, api_version: str, raw: bytes) -> bytes:
    return b"k8s\x00" + block(1, block(1, api_version) + block(2, kind)) + block(2, raw)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_kubectl_sends(case: dict) -> None:
    """The object is the one that kubectl was asked to make."""
    document = document_of(base64.b64decode(case["data"]))
    assert json.dumps(document) == json.dumps(case["document"])


def test_every_field_of_every_schema_has_a_place() -> None:
    """Each member of a schema is a field of its message, and no field is unknown to its schema."""

    def members(name: str) -> set[str]:
        found: set[str] = set()
        for field in layouts()[name].values():
            found |= {field.name} if field.name else members(field.target)
        return found

    checked = 0
    for module in MODULES.values():
        for name, schema in load(module).schemas.items():
            if name in layouts() and "properties" in schema:
                told = set(schema["properties"])
                # What an object is stands beside it, in the envelope.
                assert members(name) | {"apiVersion", "kind"} == told | {"apiVersion", "kind"}, name
                checked += 1
    assert checked > 400


def test_lists_numbers_and_empty_values() -> None:
    """A pointer to zero is told, a plain zero is not; text that has to be there is."""
    spec = whole(1, 0) + whole(5, 0)
    document = document_of(body("Deployment", "apps/v1", block(2, spec)))
    assert document == {"kind": "Deployment", "apiVersion": "apps/v1", "spec": {"replicas": 0}}
    port = document_of(body("Service", "v1", block(2, block(1, whole(3, 80) + block(4, b"")))))
    assert port["spec"]["ports"] == [{"port": 80}]


def test_values_of_their_own_form() -> None:
    """Times, quantities, choices, bytes and maps are what JSON tells."""
    metadata = block(8, whole(1, 60)) + block(9, b"") + block(11, block(1, "k") + block(2, "v"))
    metadata += block(11, block(1, "empty"))
    document = document_of(body("Secret", "v1", block(1, metadata) + block(2, block(1, "a"))))
    assert document["metadata"] == {
        "creationTimestamp": "1970-01-01T00:01:00Z",
        "labels": {"k": "v", "empty": ""},
    }
    assert document["data"] == {"a": ""}
    quota = block(2, block(1, block(1, "cpu") + block(2, block(1, "2"))))
    assert document_of(body("ResourceQuota", "v1", quota))["spec"] == {"hard": {"cpu": "2"}}
    spec = block(1, whole(1, 1) + block(3, "5%"))
    budget = document_of(body("PodDisruptionBudget", "policy/v1", block(2, spec)))
    assert budget["spec"] == {"minAvailable": "5%"}
    assert (
        document_of(body("Lease", "coordination.k8s.io/v1", block(2, block(4, b""))))["spec"] == {}
    )
    micro = block(2, block(4, whole(1, 1) + whole(2, 0)) + block(1, "h"))
    lease = document_of(body("Lease", "coordination.k8s.io/v1", micro))
    assert lease["spec"] == {
        "renewTime": "1970-01-01T00:00:01.000000Z",
        "holderIdentity": "h",
    }
    revision = block(2, block(1, '{"a": 1}')) + whole(3, 4)
    made = document_of(body("ControllerRevision", "apps/v1", revision))
    assert (made["data"], made["revision"]) == ({"a": 1}, 4)


def test_members_that_stand_in_the_object_around_them() -> None:
    """The source of a volume is part of the volume."""
    volume = block(1, "v") + block(2, block(2, b""))
    pod = document_of(body("Pod", "v1", block(2, block(1, volume))))
    assert pod["spec"]["volumes"] == [{"name": "v", "emptyDir": {}}]


def test_lists_of_their_own() -> None:
    """What a user has besides is lists of text."""
    extra = block(5, block(1, "k") + block(2, block(1, "a") + block(1, "b")))
    name = "SubjectAccessReview"
    review = document_of(body(name, "authorization.k8s.io/v1", block(2, extra)))
    assert review["spec"]["extra"] == {"k": ["a", "b"]}


def test_options_of_any_version() -> None:
    """Options of a deletion are a kind of each version."""
    options = document_of(body("DeleteOptions", "policy/v1", whole(1, 5) + block(4, "Orphan")))
    assert options["gracePeriodSeconds"] == 5
    assert options["propagationPolicy"] == "Orphan"


def test_unknown_fields_are_left_out() -> None:
    """A field of a later version does not disturb."""
    later = b"\xfd\x7f\x00\x00\x00\x00" + b"\xf9\x7f" + bytes(8) + whole(5, 1)
    assert (
        document_of(body("ConfigMap", "v1", later))
        == {
            "kind": "ConfigMap",
            "apiVersion": "v1",
        }
        or document_of(body("ConfigMap", "v1", later))["immutable"] is True
    )


def test_negative_numbers() -> None:
    """A negative number is told as one."""
    minus = b"\x10" + b"\xff" * 9 + b"\x01"
    made = document_of(body("PriorityClass", "scheduling.k8s.io/v1", minus))
    assert made["value"] == -1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"k8s\x00",
        body("Nothing", "v1", b""),
        body("Pod", "v9", b""),
        body("ConfigMap", "v1", b"\x0a\x7f"),
        body("ConfigMap", "v1", b"\x0b"),
        body("ConfigMap", "v1", b"\xff" * 11),
        body("ConfigMap", "v1", b"\x80"),
        body("ConfigMap", "v1", whole(1, 1)),
        body("ConfigMap", "v1", whole(2, 1)),
        body("ConfigMap", "v1", block(2, whole(1, 1))),
        body("ConfigMap", "v1", block(1, block(1, b"\xff"))),
        body("ConfigMap", "v1", block(1, block(8, block(1, "x")))),
        body("ConfigMap", "v1", block(1, block(8, b"\x08" + b"\xff" * 8 + b"\x7f"))),
        body("ControllerRevision", "apps/v1", block(2, block(1, "{"))),
        body("ControllerRevision", "apps/v1", block(2, whole(1, 1))),
        body("ConfigMap", "v1", block(2, block(1, "k") + whole(2, 1))),
        body("Lease", "coordination.k8s.io/v1", block(2, block(4, block(1, "x")))),
        b"k8s\x00" + whole(1, 1) + whole(2, 1),
    ],
)
def test_what_is_no_object(data: bytes) -> None:
    """Bytes that are none of a known kind are refused, whatever they are."""
    with pytest.raises(ApiError) as caught:
        document_of(data)
    assert caught.value.code == 400
