"""Calls of hooks: headers, redirects, ETags, refusals."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest

from reconcile.hook.transport import Answer, Call, TransportError
from reconcile.simulate.metacontroller.settings import HookSettings
from reconcile.simulate.metacontroller.webhook import (
    Called,
    Etags,
    HookError,
    Line,
    TooManyRequestsError,
    called,
)
from reconcile.simulate.server.clock import EPOCH

ABOUT = ("Thing", "demo", "t1")
HOOK = HookSettings(
    "sync",
    "v1",
    "http://hooks/sync",
    10.0,
    strict=False,
    etag=False,
    remembers=0.0,
    authorization="",
)


class Hooks:
    """Answers in turn, and what was asked."""

    def __init__(self, *answers: Answer | TransportError) -> None:
        self.answers = list(answers)
        self.told: list[Called] = []

    def transport(self, call: Call) -> Answer:
        """Give the next answer."""
        answer = self.answers.pop(0)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def call(self, etags: Etags | None = None, *, after: float = 0, **settings: Any) -> bytes:
        """Call the hook, some seconds after the beginning."""
        line = Line(self.transport, EPOCH + timedelta(seconds=after), self.told.append)
        return called(line, HOOK._replace(**settings), b"{}", ABOUT, {} if etags is None else etags)


def answered(body: bytes = b"ok", status: int = 200, **headers: str) -> Answer:
    """Return an answer."""
    return Answer(status, headers, body)


def failed(hooks: Hooks, **settings: Any) -> str:
    """Return why a call failed."""
    with pytest.raises(HookError) as caught:
        hooks.call(**settings)
    return str(caught.value)


def test_a_call_posts_json() -> None:
    """With the headers of Go's client, and an authorization where there is one."""
    hooks = Hooks(answered(), answered())
    assert hooks.call() == b"ok"
    call = hooks.told[0].call
    assert (call.method, call.url, call.body) == ("POST", "http://hooks/sync", b"{}")
    assert call.headers["Content-Type"] == "application/json"
    assert "Authorization" not in call.headers
    hooks.call(authorization="Bearer x")
    assert hooks.told[1].call.headers["Authorization"] == "Bearer x"


def test_another_status_is_no_answer() -> None:
    """The whole body is told."""
    why = failed(Hooks(answered(b"gone", 404)))
    assert why == "unsupported status code: 404 body: gone"
    assert "304" in failed(Hooks(answered(b"", 304)))


def test_no_answer_at_all() -> None:
    """The call is told, and the words of the transport."""
    hooks = Hooks(TransportError("connection refused"))
    assert failed(hooks) == 'http error: Post "http://hooks/sync": connection refused'
    assert hooks.told[0].answer is None


def test_an_answer_that_is_late_is_none() -> None:
    """As long as the timeout, or longer."""
    late = answered()._replace(delay=10.0)
    assert "Client.Timeout exceeded" in failed(Hooks(late))
    assert Hooks(late._replace(delay=9.9)).call() == b"ok"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("-3", 0), ("soon", 0), ("", 0), ("Thu, 01 Jan 2026 00:00:05 GMT", 5)],
)
def test_too_many_requests_say_when_to_come_again(text: str, seconds: int) -> None:
    """Seconds, or a time; what cannot be read is now."""
    with pytest.raises(TooManyRequestsError) as caught:
        Hooks(answered(b"", 429, **{"Retry-After": text})).call()
    assert caught.value.after == seconds


def test_redirects_are_followed() -> None:
    """307 and 308 send the body again; others ask with GET and without it."""
    hooks = Hooks(
        answered(b"", 307, Location="/next"), answered(b"", 302, Location="last"), answered()
    )
    assert hooks.call() == b"ok"
    calls = [each.call for each in hooks.told]
    assert [call.url for call in calls] == [
        "http://hooks/sync",
        "http://hooks/next",
        "http://hooks/last",
    ]
    assert [call.method for call in calls] == ["POST", "POST", "GET"]
    assert [call.body for call in calls] == [b"{}", b"{}", b""]
    assert "Content-Type" not in calls[2].headers


def test_redirects_end() -> None:
    """After ten of them; one that leads nowhere is an answer."""
    circle = [answered(b"", 308, Location="/sync") for _ in range(11)]
    assert failed(Hooks(*circle)).endswith("stopped after 10 redirects")
    assert "302" in failed(Hooks(answered(b"", 302)))


def test_an_answer_with_an_etag_is_remembered() -> None:
    """It stands for 304 and 412, about the same parent."""
    etags: Etags = {}
    hooks = Hooks(answered(b"one", Etag="v1"), answered(b"", 304), answered(b"", 412))
    assert [hooks.call(etags, etag=True) for _ in range(3)] == [b"one"] * 3
    sent = [each.call.headers.get("If-None-Match") for each in hooks.told]
    assert sent == [None, "v1", "v1"]


def test_what_is_remembered_is_forgotten_in_time() -> None:
    """Then it is asked without, and 304 is no answer."""
    etags: Etags = {}
    hooks = Hooks(answered(b"one", Etag="v1"), answered(b"", 304))
    hooks.call(etags, etag=True, remembers=5.0)
    assert "304" in failed(hooks, etags=etags, etag=True, after=5)
    assert etags == {}


def test_without_etags_nothing_is_remembered() -> None:
    """Unless the hook says so, and the answer carries one."""
    etags: Etags = {}
    Hooks(answered(b"one", Etag="v1")).call(etags)
    Hooks(answered(b"one")).call(etags, etag=True)
    assert etags == {}


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ("http://hooks/other", True),
        ("http://below.hooks:8080/sync", True),
        ("http://elsewhere/sync", False),
        ("http://notHooks/sync", False),
    ],
)
def test_credentials_stay_in_their_domain(where: str, *, seen: bool) -> None:
    """A redirect to another host does not take the header along."""
    hooks = Hooks(answered(status=307, Location=where), answered())
    assert hooks.call(authorization="Bearer x") == b"ok"
    assert ["Authorization" in each.call.headers for each in hooks.told] == [True, seen]


def test_gzip_is_undone() -> None:
    """As Go's client does, which asks for it; what is no gzip fails the call."""
    packed = {"Content-Encoding": "gzip"}
    assert Hooks(Answer(200, packed, gzip.compress(b"ok", mtime=0))).call() == b"ok"
    assert failed(Hooks(Answer(200, packed, b"ok"))) == (
        "can't read response body: gzip: invalid header"
    )
    assert "body: no" in failed(Hooks(Answer(500, packed, gzip.compress(b"no", mtime=0))))
