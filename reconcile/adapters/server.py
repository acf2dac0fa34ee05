"""A controller behind the standard library's HTTP server: for development and small clusters.

1. Everything is bounded: connections, calls at once, seconds for a request's head and its body,
   bytes of both.
2. A stop finishes the calls that run, closes what is idle and takes nothing new.
3. An address that others can reach is served only with authentication, unless asked otherwise.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import os
import signal
import socket
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from reconcile.adapters.bodies import BodyError, read_chunked, read_exactly
from reconcile.adapters.log import LOGGER, describe_error
from reconcile.adapters.service import Options, Service
from reconcile.adapters.wsgi import status_line
from reconcile.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from reconcile.adapters.webhook import Responder
    from reconcile.hook.reply import Reply

__all__ = ["Server", "serve"]

HEAD_SECONDS: Final = 5.0
BODY_SECONDS: Final = 10.0
SEND_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 60.0
"""Seconds a connection may be kept without a call."""

_LINGER_SECONDS: Final = 2.0
# Without it Metacontroller would ask again at once, for ever.
_RETRY: Final[Mapping[str, str]] = {"Retry-After": "1"}
_CODES: Final[Mapping[int, str]] = {414: "uri-too-long", 431: "headers-too-large"}


class Server(ThreadingHTTPServer):
    """The webhook on one address.

    Guarantees: after `shutdown`, `server_close` returns when every running call is answered.
    """

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        *,
        insecure: bool = False,
        max_calls: int | None = None,
    ) -> None:
        """Bind `host` and `port`; port 0 takes a free one, see `server_port`.

        Shape: `max_calls` at once, four for each core by default; more are answered with 429.
        Raises: `DefinitionError` when the address is not a loopback one, there is no
            authentication and `insecure` is not set; `OSError` when it cannot be bound.
        """
        if service.webhook.auth is None and not insecure and not _loopback(host):
            raise DefinitionError(
                ["anybody who reaches it could call; give tokens or users, or say insecure"],
                subject=f"serving on {host or 'every address'}",
            )
        calls = 4 * (os.cpu_count() or 1) if max_calls is None else max_calls
        if calls < 1:
            raise DefinitionError(["max_calls must be above 0"], subject="the server")
        self.service = service
        self.calls = threading.BoundedSemaphore(calls)
        # A waiting connection costs a thread, so they are bounded too, more generously.
        self.connections = threading.BoundedSemaphore(4 * calls + 16)
        self.stopping = threading.Event()
        self._idle: set[socket.socket] = set()
        self._lock = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind, without the look-up of a name that the base class makes: it may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name = str(self.server_address[0])
        self.server_port = int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, or refuse it when there are too many."""
        if self.connections.acquire(blocking=False):
            try:
                super().process_request(request, client_address)
            except BaseException:
                self.connections.release()
                raise
            return
        busy = self.service.refuse("", "", 429, "busy", headers=_RETRY)
        # Who has gone by itself need not be told.
        with contextlib.suppress(OSError):
            request.settimeout(1.0)
            request.sendall(_rendered(busy, head=False, close=True))
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # base's
        """Log what should not happen: broken connections and failed calls do not come here."""
        error = sys.exception()
        LOGGER.error("a connection ended: %s", describe_error(error) if error else "unknown")

    def shutdown(self) -> None:
        """Take no more calls; those that run are finished."""
        with self._lock:
            self.stopping.set()
            for connection in self._idle:
                _end_reading(connection)
        super().shutdown()

    def idle(self, connection: socket.socket, wait: Callable[[], bool]) -> bool:
        """Return what `wait` returns; a stop of the server ends the wait."""
        with self._lock:
            if self.stopping.is_set():
                # What the caller has already sent can still be read.
                _end_reading(connection)
            self._idle.add(connection)
        try:
            return wait()
        finally:
            with self._lock:
                self._idle.discard(connection)


class _TimedStream(io.RawIOBase):
    """A socket's bytes until a moment: the time is for all of them, not for each."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self.until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Small answers go out at once instead of waiting for more.
    disable_nagle_algorithm = True
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] # always ours

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._stream = _TimedStream(self.connection)
        self._reader = io.BufferedReader(self._stream, 64 * 1024)
        self.rfile = self._reader

    def handle(self) -> None:
        self.close_connection = False
        try:
            while not self.close_connection and self.server.idle(self.connection, self._begun):
                self.handle_one_request()
        except OSError:
            # Nobody is there any more, or somebody is too slow to be waited for.
            return

    def _begun(self) -> bool:
        """Tell whether a call begins to come."""
        self._stream.until = time.monotonic() + IDLE_SECONDS
        return bool(self._reader.peek(1))

    def handle_one_request(self) -> None:
        self.command = self.path = self.requestline = ""
        self.request_version = self.protocol_version
        self._awaits_continue = False
        self._stream.until = time.monotonic() + HEAD_SECONDS
        self.raw_requestline = self._reader.readline(65537)
        if len(self.raw_requestline) > 65536:
            self.send_error(414)
        elif self.parse_request():
            self._answer()

    def handle_expect_100(self) -> bool:
        # Told to go on only when the call has been let through.
        self._awaits_continue = True
        return True

    def send_error(
        self,
        code: int,
        message: str | None = None,
        explain: str | None = None,
    ) -> None:
        """Refuse what is not HTTP; the base class would quote it in its answer."""
        word = _CODES.get(int(code), "bad-request")
        # The base class unsets the method of a line it cannot read.
        self.command = str(getattr(self, "command", None) or "")
        reply = self.server.service.refuse(self.command, self.path, int(code), word)
        self._send(reply, unread=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        """Say nothing: calls are logged by the service."""

    def _answer(self) -> None:
        service = self.server.service
        started = service.clock.seconds()
        path = self.path.partition("?")[0]
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            lowered = name.lower()
            headers[lowered] = f"{headers[lowered]}, {value}" if lowered in headers else value
        reply = service.admit(self.command, path, headers)
        if reply is not None:
            has_body = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
            self._send(reply, unread=has_body)
            return
        if not self.server.calls.acquire(blocking=False):
            busy = service.refuse(self.command, path, 429, "busy", headers=_RETRY)
            self._send(busy, unread=True)
            return
        try:
            try:
                body = self._body(headers)
            except BodyError as error:
                reply = service.refuse(self.command, path, error.status, error.code)
                self._send(reply, unread=True)
                return
            reply = service.call(self.command, path, headers, body, started=started)
            self._send(reply, unread=False)
        finally:
            self.server.calls.release()

    def _body(self, headers: Mapping[str, str]) -> bytes:
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if length is None and coding is None:
            raise BodyError(411, "length-required")
        if coding is not None and (length is not None or coding.strip().lower() != "chunked"):
            # Both at once is how requests are smuggled past a proxy.
            raise BodyError(400, "bad-transfer-encoding")
        if self._awaits_continue:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._stream.until = time.monotonic() + BODY_SECONDS
        try:
            if length is None:
                limit = self.server.service.max_body
                return read_chunked(self._reader.read, self._reader.readline, limit)
            body = read_exactly(self._reader.read, int(length))
        except TimeoutError:
            raise BodyError(408, "body-timeout") from None
        if len(body) != int(length):
            raise BodyError(400, "body-truncated")
        return body

    def _send(self, reply: Reply, *, unread: bool) -> None:
        """Send a reply; with `unread`, bytes of the request may still be on their way."""
        if unread or self.server.stopping.is_set():
            self.close_connection = True
        head = self.command == "HEAD"
        self.connection.settimeout(SEND_SECONDS)
        self.wfile.write(_rendered(reply, head=head, close=self.close_connection))
        if unread:
            self._linger()

    def _linger(self) -> None:
        """Read on for a while and drop it: closing at once could take the reply away again."""
        self.connection.shutdown(socket.SHUT_WR)
        self._stream.until = time.monotonic() + _LINGER_SECONDS
        while self._reader.read1(64 * 1024):
            pass


def serve(
    controller: Responder,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    insecure: bool = False,
    max_calls: int | None = None,
    ready: Callable[[Server], None] | None = None,
    **options: Unpack[Options],
) -> None:
    """Serve `controller` until SIGTERM or SIGINT, then finish the calls that run.

    Shape: `ready` is called once, when calls are taken. To be used in the main thread.
    Raises: as `Server`; `DefinitionError` when an option cannot be used.
    """
    service = Service(controller, **options)
    server = Server(service, host, port, insecure=insecure, max_calls=max_calls)

    def stop(number: int, _frame: object) -> None:
        # A second signal means it: then the default does what it does.
        signal.signal(number, signal.SIG_DFL)
        # `shutdown` waits for the loop, which runs in this very thread.
        threading.Thread(target=server.shutdown).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        if ready is not None:
            ready(server)
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _end_reading(connection: socket.socket) -> None:
    # Who has gone by itself needs no end.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)


def _rendered(reply: Reply, *, head: bool, close: bool) -> bytes:
    """Return the bytes of a reply: one write, so one packet for a small one."""
    lines = [f"HTTP/1.1 {status_line(reply.status)}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if reply.status != 304:
        lines.append(f"Content-Length: {len(reply.body)}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if head else reply.body)
