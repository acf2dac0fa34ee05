"""Facts about the standard library's server: limits, keeping connections, stopping."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stub_app import controller

import reconcile.adapters.server as module
from reconcile.adapters.auth import Bearer
from reconcile.adapters.server import Server, serve
from reconcile.adapters.service import Service
from reconcile.errors import DefinitionError
from reconcile.hook.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POST = "POST /sync HTTP/1.1\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def served(responder: Any = controller, **options: Any) -> Iterator[Server]:
    """Serve in a thread."""
    server = Server(Service(responder, max_body=1000), "127.0.0.1", 0, **options)
    loop = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    loop.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        loop.join()


def connect(server: Server) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=20)


def talk(server: Server, text: bytes, *, end: bool = False) -> bytes:
    """Send bytes and return all that comes until the server closes."""
    with connect(server) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(text)
            if end:
                connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def until(true: Callable[[], bool]) -> None:
    """Wait for another thread or process; generous, not a measurement."""
    for _ in range(2000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen")


def test_a_connection_is_kept() -> None:
    """Calls follow one another on one connection, until one asks to close it."""
    with served() as server:
        two = (
            f"{POST}Content-Length: 1\r\n\r\n1{POST}Content-Length: 1\r\nConnection: close\r\n\r\n2"
        )
        answers = talk(server, two.encode())
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.count(b"Connection: close") == 1


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (b"GET\r\n\r\n", 400, "bad-request"),
        (b"GET / HTTP/x\r\n\r\n", 400, "bad-request"),
        (b"GET / HTTP/3.0\r\n\r\n", 505, "bad-request"),
        (b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n", 414, "uri-too-long"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431, "headers-too-large"),
        (f"{POST}\r\n1".encode(), 411, "length-required"),
        (f"{POST}Content-Length: 1001\r\n\r\n1".encode(), 413, "body-too-large"),
        (
            f"{POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n1".encode(),
            400,
            "bad-content-length",
        ),
        (
            f"{POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1".encode(),
            400,
            "bad-transfer-encoding",
        ),
        (f"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n1".encode(), 400, "bad-transfer-encoding"),
        (f"{POST}Transfer-Encoding: chunked\r\n\r\nx\r\n".encode(), 400, "bad-chunk"),
        (f"{POST}Content-Length: 5\r\n\r\n1".encode(), 400, "body-truncated"),
    ],
)
def test_what_is_refused(text: bytes, status: int, code: str) -> None:
    """What is not HTTP, or has no clear body, is refused with a fixed code and a closed line."""
    with served() as server:
        answer = talk(server, text, end=True)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.endswith(b'\r\n\r\n{"error":"%b"}' % code.encode())
    assert b"Connection: close" in answer
    assert b"Python" not in answer
    assert b"Server:" not in answer


def test_the_query_is_not_the_path() -> None:
    """A query changes nothing; HEAD gets headers only."""
    with served() as server:
        assert b" 200 OK" in talk(server, b"GET /healthz?a=b HTTP/1.0\r\n\r\n")
        answer = talk(server, b"HEAD /other HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404")
    assert answer.endswith(b"\r\n\r\n")


def test_expect_continue() -> None:
    """A caller that asks first is told to go on only when the call is let through."""
    with served() as server:
        with connect(server) as connection:
            connection.sendall(f"{POST}Content-Length: 1\r\nExpect: 100-continue\r\n\r\n".encode())
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"1")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
        refused = f"{POST}Content-Length: 9999\r\nExpect: 100-continue\r\n\r\n"
        assert talk(server, refused.encode(), end=True).startswith(b"HTTP/1.1 413")


def test_slow_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head or a body that does not come in time ends the connection; a body is told so."""
    assert (module.HEAD_SECONDS, module.BODY_SECONDS) == (5, 10)
    with served() as server:
        monkeypatch.setattr(module, "BODY_SECONDS", 0.0)
        answer = talk(server, f"{POST}Content-Length: 1\r\n\r\n".encode())
        assert answer.endswith(b'{"error":"body-timeout"}')
        monkeypatch.setattr(module, "HEAD_SECONDS", 0.05)
        assert talk(server, b"POST /sy") == b""
        monkeypatch.setattr(module, "IDLE_SECONDS", 0.05)
        assert talk(server, b"") == b""


class Held:
    """Answer only when let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def respond(self, body: bytes, **arguments: Any) -> Reply:
        """Wait."""
        self.entered.set()
        self.let_go.wait(20)
        return Reply(200, {}, body)


def fetch(server: Server, answers: list[int], path: str = "/sync") -> threading.Thread:
    """Call in a thread."""

    def run() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
        connection.request("POST", path, b"1", {"Content-Type": "application/json"})
        answers.append(connection.getresponse().status)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_too_many_calls() -> None:
    """With all places taken, a call is told to come again, and health pages still answer."""
    held, answers = Held(), []
    with served(held, max_calls=1) as server:
        thread = fetch(server, answers)
        assert held.entered.wait(20)
        busy = talk(server, f"{POST}Content-Length: 1\r\n\r\n1".encode(), end=True)
        assert busy.startswith(b"HTTP/1.1 429")
        assert b"Retry-After: 1\r\n" in busy
        assert b" 200 OK" in talk(server, b"GET /readyz HTTP/1.0\r\n\r\n")
        held.let_go.set()
        thread.join()
    assert answers == [200]


def test_too_many_connections() -> None:
    """With all threads taken, a connection is told to come again without getting one."""
    with served(max_calls=1) as server:
        waiting = [connect(server) for _ in range(20)]
        until(lambda: len(server._idle) == 20)
        answer = talk(server, b"")
        assert answer.startswith(b"HTTP/1.1 429")
        assert b"Retry-After: 1\r\n" in answer
        for connection in waiting:
            connection.close()


def test_stop_finishes_the_running_call() -> None:
    """A stop waits for the call that runs and closes the connection that is idle."""
    held, answers = Held(), []
    with served(held) as server:
        idle = connect(server)
        thread = fetch(server, answers)
        assert held.entered.wait(20)
        until(lambda: len(server._idle) == 1)
        stopper = threading.Thread(target=server.shutdown)
        stopper.start()
        assert idle.recv(1) == b""
        assert answers == []
        held.let_go.set()
        thread.join()
        stopper.join()
        idle.close()
    assert answers == [200]


def test_sigterm_during_a_call(start: Any) -> None:
    """The process answers the call that runs when SIGTERM comes, and ends with 0."""
    server = start("server-stdlib")
    answers: list[int] = []
    call = threading.Thread(
        target=lambda: answers.append(server.call("POST", "/sync", b'"slow"').status)
    )
    folder = server.log_file.parent
    call.start()
    until((folder / "running").exists)
    server.process.send_signal(signal.SIGTERM)

    def refused() -> bool:
        try:
            server.call("GET", "/healthz")
        except OSError:
            return True
        return False

    assert server.process.poll() is None
    (folder / "go").touch()
    call.join()
    assert answers == [200]
    assert server.process.wait(20) == 0
    assert refused()
    assert "POST /sync 200" in server.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_in_this_process(number: signal.Signals) -> None:
    """A signal ends `serve`, and puts back what signals did before."""
    before = signal.getsignal(number)
    ports: list[int] = []

    def ready(server: Server) -> None:
        ports.append(server.server_port)
        os.kill(os.getpid(), number)

    serve(controller, port=0, ready=ready)
    assert signal.getsignal(number) is before
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", ports[0]))


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "example.com"])
def test_an_address_for_everybody(host: str) -> None:
    """Where others could call, authentication is asked for."""
    with pytest.raises(DefinitionError, match="anybody who reaches it could call"):
        Server(Service(controller), host, 0)


def test_addresses_that_are_served() -> None:
    """Loopback in all spellings, and any address with authentication or when told so."""
    for host in ("127.0.0.1", "127.8.8.8", "localhost"):
        Server(Service(controller), host, 0).server_close()
    Server(Service(controller, auth=Bearer("t")), "0.0.0.0", 0).server_close()
    Server(Service(controller), "", 0, insecure=True).server_close()
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
        with contextlib.suppress(OSError):
            Server(Service(controller), "::1", 0).server_close()


def test_no_calls_at_all() -> None:
    """A server takes at least one call at a time."""
    with pytest.raises(DefinitionError, match="max_calls"):
        Server(Service(controller), "127.0.0.1", 0, max_calls=0)


def test_what_should_not_happen_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of the server's own ends one connection and is in the log, without values."""
    with served() as server:
        monkeypatch.setattr(server.service, "admit", None)
        assert talk(server, b"GET /healthz HTTP/1.1\r\n\r\n") == b""
        monkeypatch.undo()
        assert b" 200 OK" in talk(server, b"GET /healthz HTTP/1.0\r\n\r\n")
    assert "a connection ended: TypeError at" in caplog.text


def test_a_thread_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without a thread is closed, and its place is free again."""

    def full(*arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    with served(max_calls=1) as server:
        monkeypatch.setattr("socketserver.ThreadingMixIn.process_request", full)
        assert [talk(server, b"") for _ in range(30)] == [b""] * 30
        monkeypatch.undo()
        assert b" 200 OK" in talk(server, b"GET /healthz HTTP/1.0\r\n\r\n")


def test_a_call_that_came_before_the_stop() -> None:
    """What has been sent when the server stops is still answered, and the connection closed."""
    with served() as server:
        server.stopping.set()
        answer = talk(server, b"GET /healthz HTTP/1.1\r\n\r\n", end=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 200 OK")


def test_serve_needs_nobody_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not ask is not told when calls are taken."""
    monkeypatch.setattr(Server, "serve_forever", lambda *arguments, **named: None)
    serve(controller, port=0)
