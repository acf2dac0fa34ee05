"""A controller as an ASGI application, for uvicorn and hypercorn; Knative's func runs it as it is.

1. Answers are computed in a thread: rules are plain functions, and the event loop stays free for
   the health pages.
2. A body is never read beyond the limit, nor waited for longer than ten seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from reconcile.adapters.service import Options, Service

if TYPE_CHECKING:
    from typing import Unpack

    from reconcile.adapters.webhook import Responder
    from reconcile.hook.reply import Reply

__all__ = ["BODY_SECONDS", "Asgi", "Message", "Receive", "Scope", "Send", "asgi", "reply_to"]

# The shapes that the ASGI specification gives; the values are whatever the server puts there.
Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

BODY_SECONDS: Final = 10.0
"""Seconds in which a whole body must have come."""


class Asgi:
    """An ASGI application, and at the same time the object that Knative's `new()` returns."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            reply = await reply_to(self.service, scope, receive, _path(scope))
            if reply is not None:
                await _send(reply, send, head=scope["method"] == "HEAD")
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; the name under which Knative's func looks for it."""
        await self(scope, receive, send)

    def start(self, config: Mapping[str, str]) -> None:
        """Do nothing: there is nothing to prepare."""

    def stop(self) -> None:
        """Do nothing: there is nothing to close."""

    def alive(self) -> tuple[bool, str]:
        """Say that the process lives."""
        return True, ""

    def ready(self) -> tuple[bool, str]:
        """Say that calls are answered: a controller that exists is ready."""
        return True, ""


def asgi(controller: Responder, **options: Unpack[Options]) -> Asgi:
    """Return an ASGI application that answers for `controller`.

    Raises: `DefinitionError` when an option cannot be used.
    """
    return Asgi(Service(controller, **options))


async def reply_to(service: Service, scope: Scope, receive: Receive, path: str) -> Reply | None:
    """Return the reply to one call made to `path`; None when the caller has gone."""
    method: str = scope["method"]
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    started = service.clock.seconds()
    reply = service.admit(method, path, headers)
    if reply is not None:
        return reply
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(receive, service.max_body)
    except TimeoutError:
        return service.refuse(method, path, 408, "body-timeout")
    if body is None:
        return None
    # Waiting for a free thread counts: a call that waited too long is not computed any more.
    return await asyncio.to_thread(service.call, method, path, headers, body, started=started)


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Return the body, of which at most little more than `limit` is read; None: caller gone."""
    parts: list[bytes] = []
    size = 0
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if not message.get("more_body", False):
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _send(reply: Reply, send: Send, *, head: bool) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in reply.headers.items()
    ]
    if reply.status != 304:
        headers.append((b"content-length", str(len(reply.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else reply.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _path(scope: Scope) -> str:
    # An application mounted below a path gets the whole path, and where it is mounted beside it.
    path: str = scope["path"]
    mounted: str = scope.get("root_path", "").rstrip("/")
    return path[len(mounted) :] if mounted and path.startswith(mounted + "/") else path
