"""Facts about the ASGI application that a well-behaved server does not show."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from stub_app import MAX_BODY, controller

import reconcile.adapters.asgi as module
from reconcile.adapters.asgi import asgi

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/sync",
    "headers": [(b"content-type", b"application/json")],
}


def call(*messages: dict[str, Any], wait: bool = False, **scope: Any) -> list[dict[str, Any]]:
    """Call the application with the messages a server would give, and return what it sent."""
    sent: list[dict[str, Any]] = []
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if wait and not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    app = asgi(controller, max_body=MAX_BODY)
    asyncio.run(app.handle({**SCOPE, **scope}, receive, send))
    return sent


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    """Return the message that brings a part of the body."""
    return {"type": "http.request", "body": data, "more_body": more}


def test_parts_are_joined() -> None:
    """A body may come in parts, empty ones among them."""
    start, end = call(
        body(b"1", more=True), {"type": "http.request", "more_body": True}, body(b"2")
    )
    assert (start["status"], end["body"]) == (200, b"12")
    assert (b"content-length", b"2") in start["headers"]


def test_reading_stops_at_the_limit() -> None:
    """Once the limit is passed, no more is read."""
    start, _ = call(body(b"1" * MAX_BODY, more=True), body(b"1", more=True))
    assert start["status"] == 413


def test_a_caller_who_goes() -> None:
    """Who closes the connection gets no answer, and nothing is computed."""
    assert call(body(b"1", more=True), {"type": "http.disconnect"}) == []


def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body is not waited for longer than ten seconds."""
    assert module.BODY_SECONDS == 10
    monkeypatch.setattr(module, "BODY_SECONDS", 0.0)
    start, end = call(body(b"1", more=True), wait=True)
    assert (start["status"], end["body"]) == (408, b'{"error":"body-timeout"}')


def test_repeated_headers() -> None:
    """A header sent twice is one with both values, which is not JSON."""
    start, _ = call(headers=[(b"Content-Type", b"application/json")] * 2)
    assert start["status"] == 415


def test_mounted_below_a_path() -> None:
    """Where the application is mounted does not count."""
    assert call(body(b"1"), path="/hooks/sync", root_path="/hooks")[0]["status"] == 200
    assert call(body(b"1"), path="/sync", root_path="/hooks")[0]["status"] == 200
    assert call(body(b"1"), path="/hookssync", root_path="/hooks")[0]["status"] == 404


def test_head_and_unchanged_have_no_body() -> None:
    """An answer to HEAD is empty; a 304 says nothing of a body."""
    assert call(method="HEAD", path="/other")[1]["body"] == b""
    tag = dict(call(body(b"1"))[0]["headers"])[b"etag"]
    start, end = call(body(b"1"), headers=[*SCOPE["headers"], (b"if-none-match", tag)])
    assert (start["status"], end["body"]) == (304, b"")
    assert b"content-length" not in dict(start["headers"])


def test_start_and_stop() -> None:
    """The server's start and stop are confirmed."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = call(*messages, type="lifespan")
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_websockets_are_closed() -> None:
    """There is nothing to talk about; other protocols are left alone."""
    assert call(type="websocket") == [{"type": "websocket.close", "code": 1003}]
    assert call(type="other") == []


def test_the_object_for_knative() -> None:
    """It starts, stops, lives and is ready, with nothing to tell."""
    app = asgi(controller)
    app.start({})
    app.stop()
    assert (app.alive(), app.ready()) == ((True, ""), (True, ""))
