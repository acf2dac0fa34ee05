"""Facts about clients that are slow, endless or wrong: an answer or an end, and nothing is changed."""

from __future__ import annotations

import json
import socket

import pytest
from wire import Watching, call, raw

from reconcile.http_api import Limits, running

MIB = 1024 * 1024
END = b"Host: a\r\nConnection: close\r\n\r\n"


def _alive(server, stub):
    assert stub.log == []
    assert call(server, "GET", "/posts")[2] == b"0"


def _status(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.mark.parametrize(
    "head",
    [
        b"GET",
        b"GET /a HTTP/9.9\r\n",
        b"G\x00T /a HTTP/1.1\r\n",
        b"GET /a\x00b HTTP/1.1\r\n",
        b"GET /a b HTTP/1.1\r\n",
        b"GET a HTTP/1.1\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n",
        b"GET /a%zz HTTP/1.1\r\n",
        b"GET /a% HTTP/1.1\r\n",
        b"GET /a%2 HTTP/1.1\r\n",
        b"CONNECT a:80 HTTP/1.1\r\n",
        b"GET * HTTP/1.1\r\n",
        b"POST /posts HTTP/1.1\r\nContent-Length: -1\r\n",
        b"POST /posts HTTP/1.1\r\nContent-Length: x\r\n",
        b"POST /posts HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
        b"POST /posts HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n",
        b"POST /posts HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"POST /posts HTTP/1.1\r\nTransfer-Encoding: identity\r\n",
        b"GET /a HTTP/1.1\r\nno colon\r\n",
        b"GET /a HTTP/1.1\r\n folded: x\r\n",
        b"GET /a HTTP/1.1\r\nA: b\rc\r\n",
        b"GET /a HTTP/1.1\r\nA: b\x00c\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(server, stub, head):
    """Requests that break the rules get a 400 or an end, and reach nobody."""
    assert _status(raw(server, head + END)) in (400, 404, 505, None)
    assert [asked for asked in stub.asked if asked["method"] not in ("GET", "OPTIONS")] == []
    _alive(server, stub)


@pytest.mark.parametrize(
    "bad", [b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n"]
)
def test_broken_chunks_are_refused(server, stub, bad):
    """A body whose chunks are wrong is no body."""
    head = b"POST /posts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END
    assert _status(raw(server, head + bad)) in (400, None)
    _alive(server, stub)


@pytest.mark.parametrize(
    "path",
    [
        "/a/../b",
        "/../../etc/passwd",
        "/a/%2e%2e/b",
        "/a%00b",
        "//a",
        "/a%2F..%2Fb",
        "/%ff%fe",
        "/ä",
    ],
)
def test_odd_paths_are_nobodys_business_here(server, stub, path):
    """Paths are names: nothing is resolved, cut or opened, the simulated server gets them whole."""
    answer = raw(server, b"GET " + path.encode() + b" HTTP/1.1\r\n" + END)
    assert _status(answer) in (404, 400)
    assert [asked["path"] for asked in stub.asked] in ([path], [])
    _alive(server, stub)


def test_long_bodies_are_refused_by_the_server(server, stub):
    """Of a body above 3 MiB the simulated server sees one byte too much, and says 413."""
    status, headers, _ = call(server, "POST", "/posts", b"x" * (3 * MIB + 100_000))
    assert (status, headers["Connection"]) == (413, "close")
    assert len(stub.asked[-1]["body"]) == 3 * MIB + 1
    assert stub.log == []


def test_a_body_of_three_mebibytes_is_let_in(server, stub):
    """The limit itself is allowed, in chunks too."""
    assert call(server, "POST", "/posts", b"x" * (3 * MIB))[0] == 201
    assert call(server, "POST", "/posts", iter([b"x" * MIB] * 3))[0] == 201
    assert [len(body) for body in stub.log] == [3 * MIB, 3 * MIB]


def test_endless_bodies_are_cut_off(server, stub):
    """A body in chunks without end is refused after the limit, whatever still comes."""
    head = b"POST /posts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END
    chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
    answer = raw(server, head, *[chunk] * 64)
    assert _status(answer) in (413, None)
    _alive(server, stub)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /a HTTP/1.1\r\nA: " + b"x" * (2 * MIB),
        b"GET /" + b"x" * (2 * MIB),
        b"GET /a HTTP/1.1\r\n" + b"A: b\r\n" * (MIB // 2),
    ],
)
def test_long_heads_are_refused(server, stub, head):
    """A head above 1 MiB is refused while it comes."""
    assert _status(raw(server, head)) in (431, None)
    assert stub.asked == []
    _alive(server, stub)


def test_a_long_selector_is_no_long_head(server, stub):
    """Addresses of 100 KB reach the simulated server."""
    assert call(server, "GET", f"/posts?labelSelector={'x' * 100_000}")[0] == 200


def test_options_of_the_server_itself(server, stub):
    """`OPTIONS *` asks the server, not the simulated one."""
    assert _status(raw(server, b"OPTIONS * HTTP/1.1\r\n" + END)) == 200
    assert stub.asked == []


def test_who_says_nothing_is_let_go(stub):
    """A connection without a request, or with half a head, ends."""
    with running(stub, limits=Limits(head_seconds=0.2)) as server:
        assert raw(server) == b""
        assert raw(server, b"GET /posts HT") == b""
        half = b"GET /posts HTTP/1.1\r\nHost: a\r\n\r\nGET /posts HT"
        assert raw(server, half).count(b"HTTP/1.1 200") == 1
        _alive(server, stub)


def test_who_sends_half_a_body_is_told(stub):
    """A body that does not come is answered with 504, as the server does after its timeout."""
    with running(stub, limits=Limits(body_seconds=0.2)) as server:
        head = b"POST /posts HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{}"
        answer = raw(server, head)
        assert _status(answer) == 504
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["reason"] == "Timeout"
        assert stub.asked == []
        _alive(server, stub)


def test_who_goes_in_the_middle_of_a_body_changes_nothing(server, stub):
    """Half a document is no document."""
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(b"POST /posts HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{}")
    _alive(server, stub)
    assert [asked["method"] for asked in stub.asked] == ["GET"]


def test_who_does_not_read_is_let_go(stub):
    """A watcher that stands still is cut off, and holds no events meanwhile."""
    limits = Limits(stall_seconds=0.2)
    with (
        running(stub, limits=limits) as server,
        socket.socket() as slow,
        Watching(server, "/posts?watch=1") as quick,
    ):
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((server.host, server.port))
        slow.sendall(b"GET /posts?watch=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert slow.recv(5) == b"HTTP/"
        big = json.dumps("x" * MIB)
        for _ in range(16):
            call(server, "POST", "/posts", big)
            assert quick.line() == "x" * MIB
        streams = server._app.streams
        for _ in range(1000):
            if len(streams) == 1:
                break
            call(server, "GET", "/posts")
        assert len(streams) == 1


def test_too_many_connections_are_refused(stub):
    """Beyond the limit a request is answered with 503."""
    with running(stub, limits=Limits(connections=3)) as server:
        kept = [socket.create_connection((server.host, server.port)) for _ in range(3)]
        try:
            # The last one is heard of when the ones before it are.
            kept[-1].sendall(b"GET /posts HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b" 503 " in kept[-1].recv(65536)
        finally:
            for connection in kept:
                connection.close()


def test_a_pipeline_that_is_dropped_leaves_nothing(server, stub):
    """A watch with requests sent behind it ends with its connection."""
    with socket.create_connection((server.host, server.port)) as connection:
        ahead = b"GET /posts HTTP/1.1\r\nHost: a\r\n\r\n" * 3
        connection.sendall(b"GET /posts?watch=1 HTTP/1.1\r\nHost: a\r\n\r\n" + ahead)
        assert connection.recv(5) == b"HTTP/"
    streams = server._app.streams
    for _ in range(200):
        call(server, "POST", "/posts", b"{}")
        if not len(streams):
            break
    assert len(streams) == 0
