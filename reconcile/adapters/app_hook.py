"""A hook by its WSGI or ASGI application, called in this process for the simulated cluster.

1. No socket is opened: the application sees the call as its server would give it.
2. An application that raises is answered for with a 500, as its server would; the log says why.
3. ASGI's lifespan is not played: each call has an event loop of its own.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from reconcile.adapters.go_words import AWAITING
from reconcile.adapters.log import LOGGER, describe_error
from reconcile.hook.transport import Answer, TransportError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from urllib.parse import SplitResult
    from wsgiref.types import WSGIApplication

    from reconcile.adapters.asgi import Message, Receive, Scope, Send
    from reconcile.hook.transport import Call, Transport

__all__ = ["asgi_hook", "wsgi_hook"]

_FAILED: Final = Answer(500, {"Content-Type": "text/plain"}, b"Internal Server Error")


def wsgi_hook(app: WSGIApplication) -> Transport:
    """Return a transport that calls a WSGI application.

    Guarantees: the application is given as long as it takes; nothing can stop it.
    """

    def transport(call: Call) -> Answer:
        started: list[tuple[int, list[tuple[str, str]]]] = []
        parts: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], object]:
            # Nothing has been sent yet, so an error may always replace what was said before.
            if started and exc_info is None:
                message = "start_response was called twice"
                raise AssertionError(message)
            started[:] = [(int(status.split(" ", 1)[0]), headers)]
            return parts.append

        try:
            result = app(_environ(call), start_response)
            try:
                parts.extend(result)
            finally:
                close = getattr(result, "close", None)
                if close is not None:
                    close()
            status, headers = started[0]
        except Exception as error:  # noqa: BLE001  # rule 2 above
            LOGGER.error("the application failed: %s", describe_error(error))
            return _FAILED
        return Answer(status, _first(headers), b"".join(parts))

    return transport


def asgi_hook(app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> Transport:
    """Return a transport that calls an ASGI application.

    Guarantees: works inside a running event loop as well; an application that takes longer than
        the call's timeout, by the real clock, is cancelled.
    Raises: the transport raises TransportError when the time is over.
    """

    def transport(call: Call) -> Answer:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(_asked(app, call))
        # A loop runs in this thread, and a second one cannot.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, _asked(app, call)).result()

    return transport


async def _asked(app: Callable[[Scope, Receive, Send], Awaitable[None]], call: Call) -> Answer:
    request: list[Message] = [{"type": "http.request", "body": call.body, "more_body": False}]
    sent: list[Message] = []
    ended = asyncio.Event()

    async def receive() -> Message:
        if request:
            return request.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            ended.set()

    try:
        async with asyncio.timeout(call.timeout):
            await app(_scope(call), receive, send)
    except TimeoutError:
        if not ended.is_set():
            raise TransportError(AWAITING) from None
    except Exception as error:  # noqa: BLE001  # rule 2 above
        LOGGER.error("the application failed: %s", describe_error(error))
        return _FAILED
    if not ended.is_set():
        LOGGER.error("the application failed: it ended before its answer did")
        return _FAILED
    headers = [
        (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
        for name, value in sent[0].get("headers", ())
    ]
    body = b"".join(bytes(message.get("body", b"")) for message in sent[1:])
    return Answer(sent[0]["status"], _first(headers), body)


def _environ(call: Call) -> dict[str, Any]:
    target, path = _target(call)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": target.query,
        "SERVER_NAME": target.hostname or "localhost",
        "SERVER_PORT": str(_port(target)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": target.netloc,
        "CONTENT_LENGTH": str(len(call.body)) if call.body or call.method != "GET" else "",
        "CONTENT_TYPE": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": target.scheme,
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in call.headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "HOST"):
            environ[f"HTTP_{key}"] = value
    return environ


def _scope(call: Call) -> Scope:
    target, path = _target(call)
    headers = [(b"host", target.netloc.encode("latin-1"))]
    headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in call.headers.items()
        if name.lower() not in ("host", "content-length")
    ]
    if call.body or call.method != "GET":
        headers.append((b"content-length", str(len(call.body)).encode("ascii")))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": target.scheme,
        "path": path.decode("utf-8", "replace"),
        "raw_path": (target.path or "/").encode("ascii", "replace"),
        "query_string": target.query.encode("ascii", "replace"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": (target.hostname or "localhost", _port(target)),
    }


def _target(call: Call) -> tuple[SplitResult, bytes]:
    """Return the call's URL in parts, and its path without escapes."""
    target = urlsplit(call.url)
    return target, unquote_to_bytes(target.path or "/")


def _port(target: SplitResult) -> int:
    with suppress(ValueError):
        return target.port or (443 if target.scheme == "https" else 80)
    return 80


def _first(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return headers as a map; of a name that is there twice the first, as Go's `Get` gives it."""
    headers: dict[str, str] = {}
    seen: set[str] = set()
    for name, value in pairs:
        if name.lower() not in seen:
            seen.add(name.lower())
            headers[name] = value
    return headers
