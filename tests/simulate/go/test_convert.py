"""Objects converted into structures."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.kinds import schema
from reconcile.simulate.go.convert import convert
from reconcile.simulate.go.types import Unreadable
from reconcile.value.equality import equal

DEPLOYMENT = schema("apps/v1", "Deployment")
SECRET = schema("v1", "Secret")


@pytest.mark.parametrize(("value", "kept"), [(2.0, 2), (2**32 + 1, 1), (2**31, -(2**31)), (-3, -3)])
def test_numbers_are_cut_to_the_size_of_a_field(value: float, kept: int) -> None:
    """A number is kept as far as its field is wide."""
    made: dict[str, Any] = {"spec": {"replicas": value}}
    assert convert(made, DEPLOYMENT) == []
    assert equal(made, {"spec": {"replicas": kept}})


def test_numbers_in_lists_are_found() -> None:
    """A number is written where it stands."""
    port = {"containerPort": 80.0}
    pod = {"containers": [{"name": "a"}, {"ports": [port]}]}
    assert convert({"spec": {"template": {"spec": pod}}}, DEPLOYMENT) == []
    assert equal(port, {"containerPort": 80})


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"replicas": "x"}, "unrecognized type: int32"),
        ({"replicas": True}, "unrecognized type: int32"),
        ({"replicas": 2.5}, "cannot convert float64 to int32"),
        ({"paused": 1}, "unrecognized type: bool"),
        ({"template": "x"}, "cannot restore struct from: string"),
        ({"template": {"spec": {"containers": {}}}}, "cannot restore slice from map"),
        ({"template": {"metadata": {"labels": []}}}, "cannot restore map from slice"),
        ({"template": {"metadata": {"labels": 1.5}}}, "cannot restore map from float64"),
        ({"template": {"metadata": {"name": 1}}}, "cannot convert int64 to string"),
        ({"template": {"metadata": {"name": True}}}, "unrecognized type: string"),
        ({"template": {"spec": {"restartPolicy": 1}}}, "cannot convert int64 to v1.RestartPolicy"),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": True}}},
            "json: cannot unmarshal bool into Go value of type int32",
        ),
        (
            {"template": {"metadata": {"creationTimestamp": 1}}},
            "json: cannot unmarshal number into Go value of type string",
        ),
    ],
)
def test_what_does_not_fit(spec: dict[str, Any], words: str) -> None:
    """The first value that does not fit is told by its kind, without saying where it stands."""
    with pytest.raises(Unreadable) as error:
        convert({"spec": spec}, DEPLOYMENT)
    assert str(error.value) == words


def test_bytes_and_fractions() -> None:
    """Bytes are read as JSON, and a fraction is any number."""
    assert convert({"data": {"a": "YQ=="}}, SECRET) == []
    for value, words in (
        (1, "cannot restore slice from int64"),
        ("a", "error decoding from json: illegal base64 data at input byte 0"),
    ):
        with pytest.raises(Unreadable) as error:
            convert({"data": {"a": value}}, SECRET)
        assert str(error.value) == words


def test_unknown_fields_are_sorted() -> None:
    """What the structure does not have is told in order."""
    found = convert({"spec": {"b": 1, "a": 1, "template": {"c": 1}}, "0": 1}, DEPLOYMENT)
    assert found == ["0", "spec.a", "spec.b", "spec.template.c"]
