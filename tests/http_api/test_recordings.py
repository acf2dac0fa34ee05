"""Recorded conversations are had over HTTP as they are had with the server itself."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from urllib.parse import quote, urlsplit

import pytest

from reconcile.http_api import running
from reconcile.simulate import ApiServer
from reconcile.simulate.comparison import compare
from reconcile.simulate.server.exchange import Response
from reconcile.simulate.transcript import Asked, play
from reconcile.value.types import ABSENT
from tests.conversations import DIFFERENT, NAMES, recorded

ALL = "RECONCILE_ALL_OBJECTS" in os.environ
PLAYED = [
    name for name in NAMES if ALL or name.startswith("api/") or name.endswith(("_000", "_001"))
]
SILENCE = 0.3
"""Seconds after which a stream is taken to have told all."""


class Held:
    """A server that is a new one for each conversation, and whose time moves only in it."""

    def __init__(self) -> None:
        self.server = ApiServer()

    @property
    def world(self):
        return self.server.world

    def request(self, *request, **more):
        return self.server.request(*request, **more)

    def watch(self, *request, **more):
        return self.server.watch(*request, **more)

    def settle(self, seconds: float = 0.0) -> None:
        del seconds


@pytest.fixture(scope="module")
def served():
    with running(Held()) as made:
        yield made


class Asking:
    """How requests go over HTTP: on one connection, until a stream takes it."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url)
        self.connection = self.connected()

    def connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=20)

    def close(self) -> None:
        self.connection.close()

    def __call__(self, asked: Asked) -> Response:
        content = asked.body
        if content is ABSENT:
            content = b""
        elif not isinstance(content, bytes):
            content = json.dumps(content).encode()
        made = self.connection
        path = quote(asked.path, safe="/?&=%:,;+!*'()~@$[]{}|^`\"<>\\#")
        made.putrequest(asked.method, path, skip_accept_encoding=True)
        headers = {"User-Agent": asked.user, **asked.headers}
        if asked.media:
            headers["Content-Type"] = asked.media
        if content or asked.method in {"POST", "PUT", "PATCH"}:
            headers["Content-Length"] = str(len(content))
        for key, value in headers.items():
            made.putheader(key, value)
        made.endheaders(content)
        answer = made.getresponse()
        if answer.getheader("Transfer-Encoding") == "chunked" and "watch" in asked.path:
            raw = told(made, answer)
            answer.close()
            made.close()
            self.connection = self.connected()
            body = [json.loads(line) for line in raw.splitlines()]
        else:
            raw = answer.read()
            is_json = raw and "json" in (answer.getheader("Content-Type") or "")
            body = json.loads(raw) if is_json else raw.decode()
        told_headers = {name.title(): value for name, value in answer.getheaders()}
        return Response(answer.status, told_headers, body, raw)


def told(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> bytes:
    """Return what a stream tells until it is silent."""
    connection.sock.settimeout(SILENCE)
    found = b""
    with contextlib.suppress(TimeoutError):
        while line := answer.readline():
            found += line
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAYED)
def test_a_conversation_over_http_is_the_recorded_one(served, name):
    recording = recorded(name)
    server = ApiServer()
    served.call(lambda held: setattr(held, "server", server))
    with contextlib.closing(Asking(served.url)) as ask:
        made = play(
            recording, ask=ask, settle=lambda seconds: served.call(lambda _: server.settle(seconds))
        )
    found = list(compare(recording, made))
    assert bool(found) == (name in DIFFERENT), found[:3]
