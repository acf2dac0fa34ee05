"""The simulated API server as an ASGI application: requests in, answers and streams out.

1. The simulated server is touched in one event loop only: a request is answered in one go, so no
   two of them ever meet half-way.
2. What Kubernetes answers is decided below. Here is what HTTP asks for: limits, compression,
   streams, and what an answer looks like when there is no request to speak of.

Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/writers.go, pkg/server/filters.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeGuard, cast

from reconcile.http_api.limits import Limits
from reconcile.http_api.messages import (
    discard,
    header_bytes,
    headers_of,
    read_body,
    send_whole,
    target_of,
)
from reconcile.http_api.pace import LOGGER, Pace
from reconcile.http_api.streams import BOOKMARK_SECONDS, Stream, Streams
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from reconcile.http_api.messages import Body, Receive, Scope, Send
    from reconcile.http_api.streams import Cursor
    from reconcile.value.types import JsonIn

__all__ = ["Answer", "HttpApi", "Served", "manager", "wants_watch"]

_DEFAULT: Final = Limits()
_COMPRESSED_FROM: Final = 128 * 1024
_THREAD_FROM: Final = 1024 * 1024
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_COMMON: Final = ((b"cache-control", b"no-cache, private"),)
_CLOSE: Final = (b"connection", b"close")
_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")
_MANAGER_BYTES: Final = 128


class Answer(Protocol):
    """What the simulated server answers."""

    @property
    def status(self) -> int:
        """The code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Content-Type and what else the answer needs."""
        ...

    @property
    def raw(self) -> bytes:
        """The body."""
        ...


class Served(Protocol):
    """What is served: `reconcile.simulate.ApiServer`, or whatever behaves like it."""

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | JsonIn | Absent = ABSENT,
        content_type: str | None = None,
        user: str = "user",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Answer a request."""
        ...

    def watch(
        self, path: str, *, user: str = "user", headers: Mapping[str, str] | None = None
    ) -> Answer | Cursor:
        """Begin a watch, or refuse it."""
        ...

    def settle(self, seconds: float = 0.0) -> object:
        """Let time pass and everything come to rest."""
        ...


class HttpApi:
    """One simulated server, as an ASGI application.

    Assumes: one event loop, and nobody else touches `served` while the application runs.
    """

    def __init__(
        self,
        served: Served,
        *,
        limits: Limits = _DEFAULT,
        bookmark_seconds: float = BOOKMARK_SECONDS,
    ) -> None:
        self.served = served
        self.streams = Streams(bookmark_seconds=bookmark_seconds)
        self.pace = Pace(served, self.streams.wake)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the server's start and stop."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})

    def changed(self) -> None:
        """Tell the application that `served` was changed by somebody else, in the loop."""
        self.pace.written()
        self.streams.wake()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.pace.start()
            else:
                self.streams.stop()
                self.pace.stop()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = target_of(scope)
        if target == "*" and scope["method"] == "OPTIONS":
            await send_whole(send, 200, (), b"")
            return
        if target is None:
            # Go's HTTP server answers so, before any handler sees the request.
            await send_whole(send, 400, [_TEXT, _CLOSE], b"400 Bad Request")
            return
        try:
            body = await read_body(
                receive, limit=self._limits.body_bytes, seconds=self._limits.body_seconds
            )
        except TimeoutError:
            text = "Timeout: request did not complete within the allotted timeout"
            await self._refuse(send, 504, "Timeout", text, close=True)
            return
        if body is None:
            return
        method: str = scope["method"]
        headers = headers_of(scope)
        try:
            answer = self._ask(method, target, headers, body)
            data = b"" if isinstance(answer, Stream) else answer.raw
        except Exception:  # noqa: BLE001  # a fault of ours; the next request may be fine
            LOGGER.exception("the simulated server failed on %s of a path", method)
            text = "Internal error occurred: the simulated server failed; its log tells where"
            await self._refuse(send, 500, "InternalError", text, close=False)
            return
        if isinstance(answer, Stream):
            # Bodies of reads mean nothing; what is left of a long one ends the stream's connection.
            await answer.run(receive, send, _COMMON)
            return
        sent = _Sent(answer.status, answer.headers, data)
        await _deliver(receive, send, sent, method, headers, whole=body.whole)

    def _ask(
        self, method: str, target: str, headers: Mapping[str, str], body: Body
    ) -> Answer | Stream:
        user = manager(headers.get("User-Agent", ""))
        if method == "GET" and wants_watch(target):
            begun = self.served.watch(target, user=user, headers=headers)
            if _is_cursor(begun):
                return Stream(self.streams, begun)
            return cast("Answer", begun)
        if method not in _READS:
            self.pace.before_write()
        try:
            return self.served.request(
                method,
                target,
                body=body.data or ABSENT,
                content_type=headers.get("Content-Type"),
                user=user,
                headers=headers,
            )
        finally:
            if method not in _READS:
                self.changed()

    async def _refuse(
        self, send: Send, code: int, reason: str, message: str, *, close: bool
    ) -> None:
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": {},
            "code": code,
        }
        headers = [*_COMMON, (b"content-type", b"application/json")]
        if close:
            headers.append(_CLOSE)
        await send_whole(send, code, headers, json.dumps(status).encode() + b"\n")


class _Sent(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


async def _deliver(
    receive: Receive,
    send: Send,
    answer: _Sent,
    method: str,
    asked: Mapping[str, str],
    *,
    whole: bool,
) -> None:
    body = answer.body
    headers = [header_bytes(name, value) for name, value in answer.headers.items()]
    if "Cache-Control" not in answer.headers:
        headers += _COMMON
    if len(body) > _COMPRESSED_FROM and method != "HEAD" and _accepts_gzip(asked):
        headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
        if len(body) > _THREAD_FROM:
            body = await asyncio.to_thread(_compressed, body)
        else:
            body = _compressed(body)
    if whole:
        await send_whole(send, answer.status, headers, body)
        return
    headers += [_CLOSE, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await discard(receive)
    await send({"type": "http.response.body", "body": b""})


def wants_watch(target: str) -> bool:
    """Return whether a GET asks for a stream, as far as the request alone tells."""
    path, _, query = target.partition("?")
    if "/watch/" in path:
        return True
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == "watch":
            # The first value counts. Source: apimachinery, Convert_Slice_string_To_bool.
            return value.lower() not in ("false", "0")
    return False


def manager(user_agent: str) -> str:
    """Return the field manager that a User-Agent stands for: what is printable before the slash.

    Source: k8s.io/apiserver pkg/endpoints/handlers/create.go, prefixFromUserAgent.
    """
    name, size = "", 0
    for letter in user_agent.partition("/")[0]:
        if letter.isprintable():
            size += len(letter.encode("utf-8", "replace"))
            if size > _MANAGER_BYTES:
                break
            name += letter
    return name


def _is_cursor(begun: Answer | Cursor) -> TypeGuard[Cursor]:
    return hasattr(begun, "take")


def _accepts_gzip(headers: Mapping[str, str]) -> bool:
    # As the server reads it: a weight behind the name is another name.
    tokens = headers.get("Accept-Encoding", "").split(",")
    return any(token.strip() == "gzip" for token in tokens)


def _compressed(body: bytes) -> bytes:
    # Level 1, as the server does: loopback is fast, and the processor is what is short.
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()
