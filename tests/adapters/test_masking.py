"""Facts about what is hidden in recorded traffic, and what a controller can still tell."""

from __future__ import annotations

import base64
import json

import pytest

from reconcile.adapters.masking import MASKS, NAMES, Masking, masks
from reconcile.errors import LimitError

KEY = b"0123456789abcdef"
APPLIED = "metacontroller.k8s.io/last-applied-configuration"


def coded(text: str) -> str:
    """A text in base64."""
    return base64.b64encode(text.encode()).decode()


def secret(**data: str) -> dict:
    """A Secret with its data in base64."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys"},
        "data": {key: coded(value) for key, value in data.items()},
    }


def env(**values: str) -> dict:
    """A container with environment variables."""
    return {"name": "c", "env": [{"name": name, "value": value} for name, value in values.items()]}


def masked(request: object, response: object = None, **options: object):
    """What is recorded of a call."""
    return Masking(key=KEY, **options).call(request, response)


def test_data_of_secrets() -> None:
    """Values become base64 of a mask; keys and empty values stay; equal values stay equal."""
    given = secret(a="hunter2", b="hunter2", c="other", d="")
    given["stringData"] = {"e": "hunter2"}
    request, _ = masked({"children": {"Secret.v1": {"keys": given}}})
    hidden = request["children"]["Secret.v1"]["keys"]
    data = hidden["data"]
    assert data["a"] == data["b"] != data["c"]
    assert data["d"] == ""
    plain = base64.b64decode(data["a"], validate=True).decode()
    assert MASKS.fullmatch(plain)
    assert hidden["stringData"] == {"e": plain}
    assert hidden["metadata"] == {"name": "keys"}
    assert "hunter2" not in json.dumps(request)
    assert coded("hunter2") not in json.dumps(request)


def test_a_key_of_its_own_for_each() -> None:
    """Nobody can try a guess: another process has other masks, the same one the same."""
    one, other = Masking(), Masking()
    first = one.call(secret(a="hunter2"), None)
    assert first == one.call(secret(a="hunter2"), None)
    assert first != other.call(secret(a="hunter2"), None)
    with pytest.raises(ValueError, match="16 to 64"):
        Masking(key=b"short")


def test_secret_values_elsewhere() -> None:
    """What is secret in one place is masked in every other, plain or base64, also inside texts."""
    request = {"children": {"Secret.v1": {"keys": secret(p="hunter2-hunter2")}}}
    response = {
        "status": {"url": "postgres://me:hunter2-hunter2@db", "coded": coded("hunter2-hunter2")},
        "children": [
            {"metadata": {"annotations": {"note": "is hunter2-hunter2"}}, "spec": env(URL="x")}
        ],
    }
    asked, answered = masked(request, response)
    mask = base64.b64decode(asked["children"]["Secret.v1"]["keys"]["data"]["p"]).decode()
    assert answered["status"] == {"url": f"postgres://me:{mask}@db", "coded": coded(mask)}
    assert answered["children"][0]["metadata"]["annotations"] == {"note": f"is {mask}"}
    assert answered["children"][0]["spec"] == env(URL="x")


def test_names_are_not_secret() -> None:
    """A value that also names something, or is short, is masked in its place only."""
    request = {
        "parent": {
            "kind": "Objectstore",
            "metadata": {"name": "objectstore", "labels": {"a": "frontend"}},
        },
        "children": [
            secret(user="objectstore", kind="Objectstore", label="frontend", short="1234567")
        ],
        "texts": ["objectstore", "Objectstore", "frontend", "1234567", coded("frontend")],
    }
    asked, _ = masked(request)
    assert asked["parent"] == request["parent"]
    assert asked["texts"] == request["texts"]
    assert all(masks(value) for value in asked["children"][0]["data"].values())


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "dbPassword",
        "API_KEY",
        "MINIO_ACCESS_KEY",
        "TOKEN",
        "BASIC_AUTH",
        "DB_PASS",
        "SENTRY_DSN",
    ],
)
def test_variables_with_such_names(name: str) -> None:
    """The value of a variable is secret when its name says so."""
    asked, _ = masked({"spec": env(**{name: "hunter2"})})
    assert MASKS.fullmatch(asked["spec"]["env"][0]["value"])
    given = {"env": [{"name": name, "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}]}
    assert masked(given) == (given, None)


@pytest.mark.parametrize("name", ["PATH", "AUTHOR", "COMPASS", "KEYBOARD", "REPLICAS"])
def test_other_variables(name: str) -> None:
    """Other names say nothing; the pattern can be another."""
    given = env(**{name: "hunter2"})
    assert masked(given) == (given, None)
    asked, _ = masked(given, names=f"{NAMES}|{name}")
    assert MASKS.fullmatch(asked["env"][0]["value"])


def test_annotations_that_hold_objects() -> None:
    """They are masked inside and stay readable; without a secret they stay byte for byte."""
    inside = secret(a="hunter2")
    given = secret(a="hunter2")
    given["metadata"]["annotations"] = {APPLIED: json.dumps(inside)}
    asked, _ = masked(given)
    applied = json.loads(asked["metadata"]["annotations"][APPLIED])
    assert applied["data"] == asked["data"]
    assert MASKS.fullmatch(applied["data"]["a"])

    plain = {"metadata": {"annotations": {APPLIED: '{ "kind":"ConfigMap" , "data":{"a":"b"}}'}}}
    asked, _ = masked({"a": plain, "b": secret(x="hunter2")})
    assert asked["a"] == plain

    broken = {"metadata": {"annotations": {APPLIED: "{hunter2"}}}
    asked, _ = masked({"a": broken, "b": secret(x="y")})
    assert asked["a"]["metadata"]["annotations"] == {APPLIED: "masked"}


def test_values_that_no_secret_has() -> None:
    """What is not base64, not text or not a map is hidden all the same; null stays."""
    given = {"kind": "Secret", "data": {"a": "not base64!", "b": 5, "c": None, "d": "//8="}}
    asked, _ = masked(given)
    assert MASKS.fullmatch(asked["data"]["a"])
    assert asked["data"]["b"] == "masked"
    assert asked["data"]["c"] is None
    assert MASKS.fullmatch(asked["data"]["d"])
    assert masked({"kind": "Secret", "data": "hunter2"})[0] != {"kind": "Secret", "data": "hunter2"}


def test_arguments_stay_as_they_are() -> None:
    """The call that is answered is not touched by what is recorded of it."""
    given = {"a": [secret(a="hunter2-hunter2")], "b": "hunter2-hunter2"}
    before = json.dumps(given)
    masked(given, given)
    assert json.dumps(given) == before


def test_masks_of_a_text() -> None:
    """Masks are found again, those in base64 in their plain form."""
    asked, _ = masked({"a": secret(a="hunter2-hunter2"), "b": "x hunter2-hunter2 y"})
    assert masks(asked["b"]) == masks(asked["a"]["data"]["a"])
    assert len(masks(json.dumps(asked))) == 1
    assert masks("masked-0 nothing") == frozenset()


def test_credentials_in_headers() -> None:
    """The scheme stays, the rest is a mask."""
    masking = Masking(key=KEY)
    hidden = masking.authorization("Bearer abc")
    assert MASKS.fullmatch(hidden.removeprefix("Bearer "))
    assert masking.authorization("Bearer abc") == hidden != masking.authorization("Bearer abd")
    assert MASKS.fullmatch(masking.authorization("abc"))


def test_too_deep() -> None:
    """Nesting has a limit, and it is a typed error."""
    deep: object = "x"
    for _ in range(200):
        deep = [deep]
    with pytest.raises(LimitError):
        masked(deep)
