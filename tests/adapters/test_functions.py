"""Facts about the function platforms' adapters with the events they hand in."""

from __future__ import annotations

import base64
import io
import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from stub_app import controller

from reconcile.adapters import aws_lambda, openfaas

JSON = {"Content-Type": "application/json"}


def kubeless(data: Any, *, body: bytes | None = None) -> Any:
    """Call the Kubeless function, and send its result through a pickle."""
    pytest.importorskip("bottle")
    from reconcile.adapters.kubeless import handler

    request = SimpleNamespace(method="POST", path="/sync", headers=JSON)
    if body is not None:
        request.body = io.BytesIO(body)
    event = {"data": data, "extensions": {"request": request}}
    return pickle.loads(pickle.dumps(handler(controller)(event, None)))


def test_kubeless_takes_the_bytes() -> None:
    """The bytes as they came win over what the platform parsed."""
    result = kubeless({"a": 1}, body=b'{"a":1.0,"a":1}')
    assert (result.status_code, result.body) == (200, b'{"a":1.0,"a":1}')
    assert result.get_header("X-Hook") == "sync"


def test_kubeless_without_the_bytes() -> None:
    """An older runtime gives only data: bytes as they are, parsed JSON written again."""
    assert kubeless(b"[ 1 ]").body == b"[ 1 ]"
    assert kubeless({"é": [1.0, None]}).body == '{"é":[1.0,null]}'.encode()


@pytest.mark.parametrize("body", [b'"\xc3\xa9"', '"é"'])
def test_openfaas_bodies(body: bytes | str) -> None:
    """Bytes and texts are taken; the answer's body is a text."""
    event = SimpleNamespace(body=body, headers=JSON, method="POST", path="/sync")
    answer = openfaas.handler(controller)(event, None)
    assert (answer["statusCode"], answer["body"]) == (200, '"é"')
    assert answer["headers"]["X-Hook"] == "sync"


def test_openfaas_address_is_one_hook() -> None:
    """A function at one address may be one hook."""
    event = SimpleNamespace(body=b"1", headers=JSON, method="POST", path="/")
    answer = openfaas.handler(controller, root="finalize")(event, None)
    assert answer["headers"]["X-Hook"] == "finalize"


def test_lambda_encodings() -> None:
    """A text, base64 and no body at all are taken; broken base64 is refused."""
    handle = aws_lambda.handler(controller)
    event = {"httpMethod": "POST", "path": "/sync", "headers": JSON}
    assert handle({**event, "body": '"é"'}, None)["body"] == '"é"'
    encoded = base64.b64encode(b"[1]").decode()
    assert handle({**event, "body": encoded, "isBase64Encoded": True}, None)["body"] == "[1]"
    assert handle({**event, "body": None}, None)["statusCode"] == 200
    answer = handle({**event, "body": "é", "isBase64Encoded": True}, None)
    assert (answer["statusCode"], answer["body"]) == (400, '{"error":"bad-base64"}')


def test_lambda_repeated_headers() -> None:
    """A gateway may give each header a list of values."""
    several = {"Content-Type": ["application/json"], "X-A": ["1", "2"]}
    event = {"httpMethod": "POST", "path": "/sync", "headers": JSON, "multiValueHeaders": several}
    answer = aws_lambda.handler(controller)({**event, "headers": None, "body": "1"}, None)
    assert answer["headers"]["X-Seen"] == "content-type,x-a"
    wrong = {**event, "headers": {"Content-Type": "text/plain"}}
    assert aws_lambda.handler(controller)(wrong, None)["statusCode"] == 415


def test_lambda_with_nothing() -> None:
    """An event of another shape is an unknown path, not an exception."""
    assert aws_lambda.handler(controller)({}, None)["statusCode"] == 404
