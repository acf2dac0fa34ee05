"""Facts about hooks by URL, held to real servers: raw sockets, the standard library, node."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from reconcile.adapters import http_hook as module
from reconcile.adapters.http_connection import Connection
from reconcile.adapters.http_hook import http_hook
from reconcile.errors import DefinitionError
from reconcile.hook.transport import Call, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconcile.hook.transport import Transport

    Serving = Callable[..., str]

SENT = {
    "Content-Type": "application/json",
    "User-Agent": "Go-http-client/1.1",
    "Accept-Encoding": "gzip",
}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def call(body: bytes = b"{}", *, path: str = "/sync", method: str = "POST", seconds: float = 10):
    """One call, as Metacontroller makes it."""
    return Call(method, f"http://hooks.demo:80{path}", SENT, body, seconds)


def received(connection: socket.socket) -> bytes:
    """One request with its body; empty when nothing comes any more."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or b"0")
    while len(body) < length and (part := connection.recv(65536)):
        body += part
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Serve each connection by a function of the socket and its number; give the URL."""
    with contextlib.ExitStack() as stack:
        yield lambda serve: stack.enter_context(_raw(serve))


@contextlib.contextmanager
def _raw(serve: Callable[[socket.socket, int], None]) -> Iterator[str]:
    threads: list[threading.Thread] = []
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    stopping = threading.Event()

    def one(connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            serve(connection, number)

    def loop() -> None:
        number = 0
        while not stopping.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            number += 1
            thread = threading.Thread(target=one, args=(connection, number))
            threads.append(thread)
            thread.start()

    main = threading.Thread(target=loop)
    main.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stopping.set()
        main.join()
        listening.close()
        for thread in threads:
            thread.join()


def saying(data: bytes) -> Callable[[socket.socket, int], None]:
    """A server that reads a request, says `data` and closes."""

    def serve(connection: socket.socket, _number: int) -> None:
        received(connection)
        connection.sendall(data)

    return serve


def text_of(url: str, **options: object) -> str:
    """What a call that fails says."""
    with pytest.raises(TransportError) as raised:
        http_hook(url)(call(**options))
    return str(raised.value)


def test_request_as_the_server_sees_it(serving: Serving) -> None:
    """Path and query of the call go below the path of the base; the headers go as they are."""
    seen: list[bytes] = []

    def serve(connection: socket.socket, _number: int) -> None:
        while data := received(connection):
            seen.append(data)
            connection.sendall(OK)

    url = serving(serve)
    hook = http_hook(f"{url}/objectstore/")
    assert hook(call(b'{"a":1}', path="/sync?x=1")).body == b"{}"
    hook(call(b"", method="GET"))
    del hook
    host = url.removeprefix("http://").encode()
    assert seen[0] == (
        b"POST /objectstore/sync?x=1 HTTP/1.1\r\nHost: " + host + b"\r\n"
        b"Content-Type: application/json\r\nUser-Agent: Go-http-client/1.1\r\n"
        b'Accept-Encoding: gzip\r\nContent-Length: 7\r\n\r\n{"a":1}'
    )
    assert b"Content-Length" not in seen[1]


# What Go 1.26 says of each, read off it.
BROKEN = "net/http: HTTP/1.x transport connection broken: "
FAULTS = {
    "nothing": (b"", "EOF"),
    "no status": (
        b"hello there, this is not HTTP\r\n\r\n",
        f'{BROKEN}malformed HTTP status code "there,"',
    ),
    "one word": (b"abc\r\n", f'{BROKEN}malformed HTTP response "abc"'),
    "bytes": (
        b"\x15\x03\x01\x00\x02\x02\x46",
        f'{BROKEN}malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02F"',
    ),
    "empty line": (b"\r\n", f'{BROKEN}malformed HTTP response ""'),
    "half a head": (
        b"HTTP/1.1 200 OK\r\nCont",
        f'{BROKEN}malformed MIME header: missing colon: "Cont"',
    ),
    "half a status": (b"HTTP/1.1 2", f'{BROKEN}malformed HTTP status code "2"'),
    "no number": (b"HTTP/1.1 abc OK\r\n\r\n", f'{BROKEN}malformed HTTP status code "abc"'),
    "two digits": (b"HTTP/1.1 99 OK\r\n\r\n", f'{BROKEN}malformed HTTP status code "99"'),
    "version": (b"HTTP/x.1 200 OK\r\n\r\n", f'{BROKEN}malformed HTTP version "HTTP/x.1"'),
    "header": (
        b"HTTP/1.1 200 OK\r\nbad header line\r\n\r\n",
        f'{BROKEN}malformed MIME header: missing colon: "bad header line"',
    ),
    "length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        f'{BROKEN}bad Content-Length "x"',
    ),
    "negative length": (
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        f'{BROKEN}bad Content-Length "-1"',
    ),
    "two lengths": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        f"{BROKEN}http: message cannot contain multiple Content-Length headers; got "
        '["2" "3"]',
    ),
    "coding": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xyz\r\n\r\n{}",
        f'{BROKEN}unsupported transfer encoding: "xyz"',
    ),
}  # fmt: skip
BODIES = {
    "short": (b"Content-Length: 10\r\n\r\n{}", "unexpected EOF"),
    "short chunk": (b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}", "unexpected EOF"),
    "no last chunk": (b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "unexpected EOF"),
    "no chunk size": (
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        "invalid byte in chunk length",
    ),
    "half a gzip": (b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "unexpected EOF"),
    "no gzip": (
        b"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n{} {} {} {} ",
        "gzip: invalid header",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_answers_that_are_none(name: str, serving: Serving) -> None:
    """What is not HTTP is an error in Go's words."""
    said, expected = FAULTS[name]
    assert text_of(serving(saying(said))) == expected


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_break(name: str, serving: Serving) -> None:
    """A head without its whole body is an error that knows the status."""
    said, expected = BODIES[name]
    url = serving(saying(b"HTTP/1.1 503 Service Unavailable\r\n" + said))
    with pytest.raises(TransportError) as raised:
        http_hook(url)(call())
    assert (str(raised.value), raised.value.status) == (expected, 503)


ANSWERS = {
    "no length": (b"HTTP/1.1 200 OK\r\n\r\n{}", 200, b"{}"),
    "old": (b"HTTP/1.0 200 OK\r\n\r\n{}", 200, b"{}"),
    "line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", 200, b"{}"),
    "100 first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"{}"),
    "equal lengths": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        200,
        b"{}",
    ),
    "length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\n{}\r\n0\r\n\r\n",
        200,
        b"{}",
    ),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "304": (b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', 304, b""),
    "redirect": (
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
        307,
        b"",
    ),
    "500": (b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\nhelp", 500, b"help"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str, serving: Serving) -> None:
    """Every status is an answer; no redirect is followed."""
    said, status, body = ANSWERS[name]
    answer = http_hook(serving(saying(said)))(call())
    assert (answer.status, answer.body, answer.delay) == (status, body, 0.0)


def test_headers_of_an_answer(serving: Serving) -> None:
    """Names stay as they are spelt; of a header that is there twice the first counts, as in Go."""
    head = (
        b'HTTP/1.1 429 No\r\netag: "a"\r\nETag: "b"\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n'
    )
    answer = http_hook(serving(saying(head)))(call())
    assert answer.headers == {"etag": '"a"', "Retry-After": "3", "Content-Length": "0"}


def test_packed_answers(serving: Serving) -> None:
    """A gzip body is unpacked when the call asked for one, and only then."""
    packed = gzip.compress(b'{"children":[]}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    url = serving(saying(head + packed))
    assert http_hook(url)(call())[1:3] == ({}, b'{"children":[]}')
    # Another client: the connection of the first one is about to end.
    assert http_hook(url)(call()._replace(headers={})).body == packed
    nothing = b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n"
    assert http_hook(serving(saying(nothing)))(call())[:3] == (304, {}, b"")


def test_answers_have_a_limit(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond the limit is not kept, packed or not."""
    monkeypatch.setattr(module, "MAX_ANSWER", 1000)
    packed = gzip.compress(b" " * 1001)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert text_of(serving(saying(head + packed))) == "the answer has more than 1000 bytes"
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b" " * 1001
    assert text_of(serving(saying(long))) == "the answer has more than 1000 bytes"
    many = b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"
    assert "response headers exceeded" in text_of(serving(saying(many)))


def test_nobody_listens() -> None:
    """A refused connection names the address, IPv4 or IPv6; an unknown host is looked up in vain."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    refused = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert text_of(f"http://127.0.0.1:{port}") == refused
    if socket.has_ipv6:
        text = text_of(f"http://[::1]:{port}")
        assert text.startswith(f"dial tcp [::1]:{port}: connect: ")
    text = text_of("http://hooks.invalid:80")
    assert text == "dial tcp: lookup hooks.invalid: no such host"


def test_time_is_for_the_whole_call(serving: Serving) -> None:
    """A server that never ends is given up, whether it is silent, slow in its head or in its body."""
    stop = threading.Event()

    def silent(connection: socket.socket, _number: int) -> None:
        received(connection)
        stop.wait(20)

    def slow(head: bytes, dripping: bytes) -> Callable[[socket.socket, int], None]:
        def serve(connection: socket.socket, _number: int) -> None:
            received(connection)
            connection.sendall(head)
            # Each byte comes in time; all of them do not.
            while not stop.wait(0.05):
                connection.sendall(dripping)

        return serve

    awaiting = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    reading = (
        "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
    )
    try:
        assert text_of(serving(silent), seconds=0.3) == awaiting
        assert text_of(serving(slow(b"HTTP/1.1 200 OK\r\nA: ", b"x")), seconds=0.3) == awaiting
        counted = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        assert text_of(serving(slow(counted, b"x")), seconds=0.3) == reading
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert text_of(serving(slow(chunked, b"1\r\nx\r\n")), seconds=0.3) == reading
        with pytest.raises(TransportError, match="awaiting headers"):
            http_hook(serving(silent), timeout=0.2)(call(seconds=60))
    finally:
        stop.set()


def test_connection_is_reset(serving: Serving) -> None:
    """A reset names both ends, in the head and in the body."""

    def at_once(connection: socket.socket, _number: int) -> None:
        received(connection)
        reset(connection)

    def in_body(connection: socket.socket, _number: int) -> None:
        received(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}")
        time.sleep(0.1)
        reset(connection)

    for serve in (at_once, in_body):
        url = serving(serve)
        text = text_of(url)
        assert text.startswith("read tcp 127.0.0.1:")
        assert text.endswith(f"->{url.removeprefix('http://')}: read: connection reset by peer")


def test_request_that_cannot_be_sent(serving: Serving) -> None:
    """A server that reads nothing is given up; one that resets meanwhile is told as Go tells it."""
    stop = threading.Event()

    def deaf(connection: socket.socket, _number: int) -> None:
        stop.wait(20)

    def resetting(connection: socket.socket, _number: int) -> None:
        connection.recv(1000)
        reset(connection)

    long = b" " * 30_000_000
    awaiting = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    try:
        assert text_of(serving(deaf), body=long, seconds=0.3) == awaiting
        text = text_of(serving(resetting), body=long)
        assert re.fullmatch(
            r"write tcp \S+->\S+: write: (connection reset by peer|broken pipe)", text
        )
    finally:
        stop.set()


def test_connection_that_is_closed_in_this_very_moment(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be sent on a kept connection is sent on a new one."""
    gone = threading.Semaphore(0)

    def serve(connection: socket.socket, number: int) -> None:
        received(connection)
        connection.sendall(OK)
        if number == 1:
            reset(connection)
        gone.release()

    hook = http_hook(serving(serve))
    monkeypatch.setattr(Connection, "quiet", lambda _: True)
    for _ in range(2):
        assert hook(call()).body == b"{}"
        assert gone.acquire(timeout=20)
    del hook


def test_one_connection_serves_many_calls(serving: Serving) -> None:
    """The connection is kept, and not kept when the answer ends with it."""
    numbers: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        while received(connection):
            numbers.append(number)
            closing = b"Connection: close\r\n" if len(numbers) == 3 else b""
            chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + closing + chunks)
            if closing:
                return

    hook = http_hook(serving(serve))
    for _ in range(5):
        assert hook(call()).body == b"{}"
    del hook
    assert numbers == [1, 1, 1, 2, 2]


def test_connection_that_the_server_closed_is_replaced(serving: Serving) -> None:
    """A server may close what is idle, or say what nobody asked for: the next call connects anew."""
    gone = threading.Semaphore(0)
    numbers: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        received(connection)
        numbers.append(number)
        # The fourth says it together with its answer, so that it is read ahead.
        connection.sendall(OK + OK if number == 4 else OK)
        if number == 1:
            connection.close()
        elif number == 2:
            reset(connection)
        elif number == 3:
            connection.sendall(OK)
        gone.release()
        if number >= 3:
            received(connection)

    hook = http_hook(serving(serve))
    for _ in range(5):
        assert hook(call()).body == b"{}"
        assert gone.acquire(timeout=20)
    del hook
    assert numbers == [1, 2, 3, 4, 5]


def test_request_that_was_read_is_not_sent_twice(serving: Serving) -> None:
    """A server that takes a request on a kept connection and closes: EOF, as in Go."""
    requests: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        for index in range(2):
            received(connection)
            requests.append(number)
            if index == 0:
                connection.sendall(OK)

    hook = http_hook(serving(serve))
    hook(call())
    with pytest.raises(TransportError, match=r"^EOF$"):
        hook(call())
    assert requests == [1, 1]


def test_answer_before_the_request_is_read(serving: Serving) -> None:
    """A refusal is seen although the body could not be sent."""

    def serve(connection: socket.socket, _number: int) -> None:
        connection.recv(1000)
        connection.sendall(
            b"HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
        )
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    assert http_hook(serving(serve))(call(b" " * 5_000_000)).status == 413


def test_threads_share_a_transport(serving: Serving) -> None:
    """Calls at a time get a connection each, and each its own answer."""

    def serve(connection: socket.socket, _number: int) -> None:
        while data := received(connection):
            body = data.partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    hook = http_hook(serving(serve))
    wrong: list[object] = []

    def many(hook: Transport, name: int) -> None:
        for index in range(30):
            body = f"{name}/{index}".encode()
            if hook(call(body)).body != body:
                wrong.append(body)

    threads = [threading.Thread(target=many, args=(hook, name)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del hook, threads, thread
    assert wrong == []


def test_calls_that_cannot_be_sent(serving: Serving) -> None:
    """A header with a line break is refused, and nothing is sent."""
    with pytest.raises(TransportError, match="invalid request"):
        http_hook(serving(saying(OK)))(call()._replace(headers={"A": "b\r\nC: d"}))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("ftp://127.0.0.1", "http://"),
        ("127.0.0.1:80", "http://"),
        ("http://", "names no host"),
        ("http://127.0.0.1:99999", "port"),
        ("http://127.0.0.1/?a=b", "query"),
        ("http://me:secret@127.0.0.1", "user"),
    ],
)
def test_addresses_that_cannot_be(url: str, found: str) -> None:
    """A base that is none is refused before any call, without quoting it."""
    with pytest.raises(DefinitionError, match=found) as raised:
        http_hook(url)
    assert "secret" not in str(raised.value)
    with pytest.raises(DefinitionError, match="timeout"):
        http_hook("http://127.0.0.1", timeout=0)


def test_https(serving: Serving, tmp_path) -> None:
    """A server without TLS is told apart; a certificate that nobody vouches for is refused."""

    def plain(connection: socket.socket, _number: int) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    url = serving(plain).replace("http:", "https:")
    assert text_of(url) == "http: server gave HTTP response to HTTPS client"
    stop = threading.Event()
    try:
        silent = serving(lambda _connection, _number: stop.wait(20) and None)
        assert "awaiting headers" in text_of(silent.replace("http:", "https:"), seconds=0.3)
    finally:
        stop.set()
    closing = serving(lambda connection, _number: reset(connection)).replace("http:", "https:")
    assert text_of(closing)
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there, so there is no certificate")
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hooks"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    serving_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving_context.load_cert_chain(certificate, key)

    def serve(connection: socket.socket, _number: int) -> None:
        with serving_context.wrap_socket(connection, server_side=True) as secured:
            while received(secured):
                secured.sendall(OK)

    url = serving(serve).replace("http:", "https:")
    assert text_of(url).startswith("tls: failed to verify certificate: x509: ")
    trusting = ssl.create_default_context(cafile=str(certificate))
    hook = http_hook(url, context=trusting)
    assert [hook(call()).status for _ in range(2)] == [200, 200]
    del hook


def test_standard_library_server() -> None:
    """A hook behind http.server answers over one kept connection."""
    seen: list[object] = []

    class Hook(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append(self.client_address)
            body = json.dumps({"path": self.path, "seen": request}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            hook = http_hook(f"http://127.0.0.1:{server.server_port}")
            for number in range(3):
                answer = hook(call(json.dumps({"n": number}).encode(), path="/finalize"))
                assert json.loads(answer.body) == {"path": "/finalize", "seen": {"n": number}}
            del hook
        finally:
            server.shutdown()
            thread.join()
    assert len(set(seen)) == 1


NODE = """
const http = require("http");
const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (part) => { body += part; });
  request.on("end", () => {
    const { parent } = JSON.parse(body);
    const children = [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: parent.metadata.name } }];
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: { path: request.url }, children }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""

# An HTTP server of a few lines, for the httpd of busybox: the script is the hook.
SCRIPT = """#!/bin/sh
body=$(head -c "$CONTENT_LENGTH")
name=$(printf %s "$body" | sed 's/.*"name":"\\([^"]*\\)".*/\\1/')
printf 'Content-Type: application/json\\r\\n\\r\\n'
printf '{"status":{},"children":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"}}]}' "$name"
"""
REQUEST = b'{"parent":{"metadata":{"name":"store"}},"children":{}}'


@contextlib.contextmanager
def process(*command: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, stopped at the end."""
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, **options) as running:
        try:
            yield running
        finally:
            running.terminate()


def test_node(tmp_path) -> None:
    """A hook in JavaScript under node's http: chunked, kept alive."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there")
    (tmp_path / "hook.js").write_text(NODE)
    with process(node, str(tmp_path / "hook.js")) as running:
        assert running.stdout is not None
        hook = http_hook(f"http://127.0.0.1:{int(running.stdout.readline())}")
        for path in ("/sync", "/finalize"):
            answer = hook(call(REQUEST, path=path))
            told = json.loads(answer.body)
            assert told["status"] == {"path": path}
            assert told["children"][0]["metadata"] == {"name": "store"}
        del hook


def test_shell_script_under_busybox(tmp_path) -> None:
    """A hook in shell under busybox httpd, which closes each connection."""
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("busybox is not there")
    scripts = tmp_path / "cgi-bin"
    scripts.mkdir()
    (scripts / "sync").write_text(SCRIPT)
    (scripts / "sync").chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with process(busybox, "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", str(tmp_path)):
        hook = http_hook(f"http://127.0.0.1:{port}/cgi-bin")
        for _ in range(200):
            try:
                told = json.loads(hook(call(REQUEST)).body)
            except TransportError:
                time.sleep(0.05)
            else:
                break
        assert told["children"][0]["metadata"] == {"name": "store"}
