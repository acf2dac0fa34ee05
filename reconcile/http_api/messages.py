"""ASGI messages: what a server hands us of a request, and how an answer goes back to it.

1. Nothing here knows Kubernetes; nothing here touches the simulated server.
2. A body is never held beyond the limit, nor waited for without end.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = [
    "Body",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "canonical",
    "discard",
    "disconnected",
    "header_bytes",
    "headers_of",
    "read_body",
    "send_whole",
    "target_of",
]

# The shapes that the ASGI specification gives; the values are whatever the server puts there.
Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BODILESS: Final = frozenset({204, 304})
_LINGER_BYTES: Final = 32 * 1024 * 1024
_LINGER_SECONDS: Final = 2.0


class Body(NamedTuple):
    """What came of a request's body."""

    data: bytes
    whole: bool
    """False when there is more than the limit: `data` is the limit and one byte."""


def target_of(scope: Scope) -> str | None:
    """Return path and query as they were sent; None if the path is none.

    A path begins with a slash, and its percent escapes are whole. `*` stands for the server itself.
    Source: Go's net/url refuses other paths, and leaves the query to whoever reads it.
    """
    raw: bytes = scope["raw_path"]
    if b"%" in raw and _BAD_ESCAPE.search(raw):
        return None
    if not raw.startswith(b"/") and raw != b"*":
        return None
    query: bytes = scope["query_string"]
    # Bytes beyond ASCII stand for UTF-8 that was not escaped.
    path = raw.decode("utf-8", "surrogateescape")
    return f"{path}?{query.decode('utf-8', 'surrogateescape')}" if query else path


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers with their canonical names; values of one name are joined by commas."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = canonical(raw_name), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


@lru_cache(maxsize=256)
def canonical(name: bytes) -> str:
    """Return a header's name as Go writes it: `content-type` is `Content-Type`."""
    return "-".join(part.capitalize() for part in name.decode("latin-1").split("-"))


def header_bytes(name: str, value: str) -> tuple[bytes, bytes]:
    """Return a header as it goes out: control characters become spaces, as Go has it."""
    return name.lower().encode("ascii"), _CONTROL.sub(b" ", value.encode("utf-8", "replace"))


async def read_body(receive: Receive, *, limit: int, seconds: float) -> Body | None:
    """Return the body of a request; None when the sender has gone.

    Shape: `limit`: bytes; `seconds` for all of it.
    Raises: `TimeoutError` when it has not come in time.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    data: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return (
            Body(data, whole=True) if len(data) <= limit else Body(data[: limit + 1], whole=False)
        )
    parts = bytearray(data)
    async with asyncio.timeout(seconds):
        while len(parts) <= limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts += message.get("body", b"")
            if not message.get("more_body", False):
                break
        else:
            return Body(bytes(parts[: limit + 1]), whole=False)
    whole = len(parts) <= limit
    return Body(bytes(parts) if whole else bytes(parts[: limit + 1]), whole=whole)


async def send_whole(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> None:
    """Send an answer at once."""
    told = list(headers)
    if status not in _BODILESS:
        told.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


async def discard(receive: Receive) -> None:
    """Read what is still coming, for a while, and forget it.

    A connection closed upon unread data is reset, and the sender may never see its answer.
    """
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while size <= _LINGER_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


async def disconnected(receive: Receive) -> None:
    """Return when the other side has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
