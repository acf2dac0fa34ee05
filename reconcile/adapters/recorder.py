"""Production traffic, written to files while it is answered, for replays and tests.

1. A call is a JSON line: `time`, `took` in seconds, `hook`, `headers` of interest, `request`,
   `status`, `response_headers` of interest, `response`; the fields of the recordings of
   Metacontroller, and when it was.
2. Secrets are masked, see `masking`. A body that is not JSON cannot be, so only its size is told.
3. The hook comes first: the answer is what it would be without us, whatever happens here. A
   failure to write is logged once, and again after a call could be written.
4. Calls that are not hook calls (health pages, other methods and paths) are not recorded.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TypedDict

from reconcile.adapters.clock import SYSTEM, Clock
from reconcile.adapters.log import LOGGER, describe_error
from reconcile.adapters.masking import Masking
from reconcile.adapters.record_files import MAX_BYTES, MAX_FILES, RecordFiles
from reconcile.adapters.webhook import HOOKS
from reconcile.errors import ReconcileError
from reconcile.value.codec import decode
from reconcile.value.redact import describe

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from typing import Unpack
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from reconcile.adapters.asgi import Message, Receive, Scope, Send
    from reconcile.adapters.webhook import Hook, Responder
    from reconcile.hook.reply import Reply
    from reconcile.value import Json

__all__ = ["Recorder", "RecorderOptions", "recorded", "recorded_asgi", "recorded_controller"]

_ASKED: Final = ("user-agent", "content-type", "accept-encoding", "if-none-match", "authorization")
_ANSWERED: Final = {
    name.lower(): name for name in ("Content-Type", "ETag", "Location", "Retry-After")
}


class RecorderOptions(TypedDict, total=False):
    """What a recorder takes beside its folder and its masking."""

    max_bytes: int
    """Bytes of one file; 16 MiB by default."""
    max_files: int
    """Files in the folder; 16 by default."""
    clock: Clock
    """Where time comes from."""


class Recorder:
    """Writes calls to a folder."""

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        mask: Masking | None = None,
        max_bytes: int = MAX_BYTES,
        max_files: int = MAX_FILES,
        clock: Clock = SYSTEM,
    ) -> None:
        """Take the folder, which is made when the first call comes.

        Shape: `mask` hides what is secret; by default as `Masking` does, with a key of its own.
        Units: `max_bytes` of one file, `max_files` in the folder.
        Raises: DefinitionError.
        """
        self.files = RecordFiles(folder, max_bytes=max_bytes, max_files=max_files)
        self.mask = Masking() if mask is None else mask
        self.clock = clock
        self._failing = False

    def record(
        self,
        hook: str,
        headers: Mapping[str, str],
        body: bytes,
        answer: tuple[int, Mapping[str, str], bytes],
        *,
        now: datetime,
        started: float,
    ) -> None:
        """Write one call.

        Shape: `answer` is status, headers and body; `now` is when the call came, `started` the
            clock's seconds then.
        Guarantees: never raises; what goes wrong is logged without a value.
        Cost: parses both bodies and writes them again.
        """
        try:
            took = self.clock.seconds() - started
            row = self._row(hook, headers, body, answer)
            row = {"time": _written(now), "took": round(took, 6), **row}
            self.files.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"), now)
        except Exception as error:  # noqa: BLE001  # rule 3 above
            if not self._failing:
                what = (
                    "a call is larger than a file"
                    if isinstance(error, OverflowError)
                    else (describe_error(error))
                )
                LOGGER.error("calls are not recorded: %s", what)
            self._failing = True
        else:
            self._failing = False

    def _row(
        self,
        hook: str,
        headers: Mapping[str, str],
        body: bytes,
        answer: tuple[int, Mapping[str, str], bytes],
    ) -> dict[str, Json]:
        status, response_headers, response_body = answer
        request, response = self.mask.call(_document(body), _document(response_body))
        lowered = {name.lower(): value for name, value in headers.items()}
        shown: dict[str, Json] = {name: lowered[name] for name in _ASKED if name in lowered}
        if "authorization" in shown:
            shown["authorization"] = self.mask.authorization(lowered["authorization"])
        told: dict[str, Json] = {
            _ANSWERED[name.lower()]: value
            for name, value in response_headers.items()
            if name.lower() in _ANSWERED
        }
        return {
            "hook": hook,
            "headers": shown,
            "request": request,
            "status": status,
            "response_headers": told,
            "response": response,
        }


def recorded_controller(controller: Responder, recorder: Recorder) -> Responder:
    """Return a controller that answers as `controller` does, and records.

    For every adapter; what the adapter itself refuses is not recorded. The time that is recorded
    is the very one the rules see.
    """
    return _RecordedController(controller, recorder)


def recorded(
    app: WSGIApplication,
    folder: str | os.PathLike[str],
    *,
    mask: Masking | None = None,
    **options: Unpack[RecorderOptions],
) -> WSGIApplication:
    """Return a WSGI application that answers as `app` does, and records its hook calls.

    Shape: `app` may be any: what counts is that the last part of the path is a hook's name.
        `options` are those of `Recorder`, see `RecorderOptions`.
    Guarantees: the request is read as far as `app` reads it, the answer goes out part by part as
        `app` gives it.
    """
    recorder = Recorder(folder, mask=mask, **options)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        hook = _hook(str(environ.get("REQUEST_METHOD", "")), str(environ.get("PATH_INFO", "")))
        if hook is None:
            return app(environ, start_response)
        call = _WsgiCall(recorder, hook, environ)
        return call.passing_on(app(environ, call.starting(start_response)))

    return application


def recorded_asgi(
    app: Callable[[Scope, Receive, Send], Awaitable[None]],
    folder: str | os.PathLike[str],
    *,
    mask: Masking | None = None,
    **options: Unpack[RecorderOptions],
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return an ASGI application that answers as `app` does, and records its hook calls.

    Shape: as `recorded`. Calls are written in a thread, after the answer has gone out.
    """
    import asyncio

    recorder = Recorder(folder, mask=mask, **options)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        hook = _hook(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if hook is None:
            await app(scope, receive, send)
            return
        now, started = recorder.clock.now(), recorder.clock.seconds()
        asked: list[bytes] = []
        status = 0
        headers: dict[str, str] = {}
        answered: list[bytes] = []

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                asked.append(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal status
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.update(_texts(message.get("headers", ())))
            elif message["type"] == "http.response.body":
                answered.append(message.get("body", b""))

        await app(scope, receiving, sending)
        if status:
            answer = (status, headers, b"".join(answered))
            sent = _texts(scope["headers"])
            await asyncio.to_thread(
                recorder.record, hook, sent, b"".join(asked), answer, now=now, started=started
            )

    return application


class _RecordedController:
    """What `recorded_controller` returns."""

    def __init__(self, controller: Responder, recorder: Recorder) -> None:
        self.controller = controller
        self.recorder = recorder

    def respond(
        self,
        body: bytes,
        *,
        hook: Hook = "sync",
        headers: Mapping[str, str] | None = None,
        now: datetime | None = None,
        entropy: bytes | None = None,
    ) -> Reply:
        """Return the controller's reply to one request's body."""
        started = self.recorder.clock.seconds()
        reply = self.controller.respond(body, hook=hook, headers=headers, now=now, entropy=entropy)
        when = self.recorder.clock.now() if now is None else now
        answer = (reply.status, reply.headers, reply.body)
        self.recorder.record(hook, headers or {}, body, answer, now=when, started=started)
        return reply


class _WsgiCall:
    """One call that passes by."""

    def __init__(self, recorder: Recorder, hook: str, environ: WSGIEnvironment) -> None:
        self._recorder = recorder
        self._hook = hook
        self._now, self._started = recorder.clock.now(), recorder.clock.seconds()
        self._headers = {
            name.removeprefix("HTTP_").replace("_", "-"): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        self._read = _Read(environ["wsgi.input"])
        environ["wsgi.input"] = self._read
        self._status = 0
        self._answered: dict[str, str] = {}
        self._parts: list[bytes] = []

    def starting(self, start_response: StartResponse) -> StartResponse:
        """Return a `start_response` that notes what it is given."""

        def starts(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            write = start_response(status, headers, *failure)
            digits = status.partition(" ")[0]
            self._status = int(digits) if digits.isascii() and digits.isdigit() else 0
            self._answered = dict(headers)

            def writes(data: bytes, /) -> object:
                self._parts.append(data)
                return write(data)

            return writes

        return starts

    def passing_on(self, result: Iterable[bytes]) -> _Passing:
        """Return the parts of the answer; when the server is done with them, write the call."""
        return _Passing(result, self)

    def note(self, part: bytes) -> None:
        """Keep a part of the answer."""
        self._parts.append(part)

    def write(self) -> None:
        """Write the call, if it was answered."""
        if self._status:
            self._recorder.record(
                self._hook,
                self._headers,
                b"".join(self._read.parts),
                (self._status, self._answered, b"".join(self._parts)),
                now=self._now,
                started=self._started,
            )


class _Passing:
    """The parts of an answer on their way from the application to the server."""

    def __init__(self, result: Iterable[bytes], call: _WsgiCall) -> None:
        self._result = result
        self._parts = iter(result)
        self._call = call

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part = next(self._parts)
        self._call.note(part)
        return part

    def close(self) -> None:
        """End the answer; servers call it in any case."""
        try:
            close = getattr(self._result, "close", None)
            if close is not None:
                close()
        finally:
            self._call.write()


class _Read:
    """The stream of a request, keeping what is read of it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.parts: list[bytes] = []

    def read(self, size: int = -1, /) -> bytes:
        return self._kept(self._stream.read(size))

    def readline(self, size: int = -1, /) -> bytes:
        return self._kept(self._stream.readline(size))

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        return [self._kept(line) for line in self._stream.readlines(hint)]

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            yield self._kept(line)

    def _kept(self, data: bytes) -> bytes:
        self.parts.append(data)
        return data


def _hook(method: str, path: str) -> str | None:
    """Return the hook that a call is for; None when it is for none."""
    last = f"/{path.rpartition('/')[2]}"
    return HOOKS[last] if method == "POST" and last in HOOKS else None


def _document(body: bytes) -> Json:
    """Return the JSON in a body; a text that tells its size when there is none to mask."""
    if not body:
        return ""
    try:
        return decode(body)
    except ReconcileError:
        return f"<{describe(body.decode('latin-1'))}, not JSON>"


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {
        bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in headers
    }


def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat().replace("+00:00", "Z")
