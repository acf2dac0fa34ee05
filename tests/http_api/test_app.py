"""Facts about answers and streams over HTTP, with a stand-in for the simulated server."""

from __future__ import annotations

import gzip
import http.client
import json

import pytest
from stub_server import StubServer
from wire import Watching, call, raw

from reconcile.http_api.app import HttpApi, manager, wants_watch
from reconcile.value.types import ABSENT


def test_a_request_reaches_the_server_as_it_was_sent(server, stub):
    """Method, path with query, body, media type and headers are handed on unchanged."""
    path = "/a%2Fb/c?x=1&y=%zz&z=a+b"
    call(server, "PATCH", path, b'{"a":1}', Content_Type="x/y", X_Two="b", User_Agent="tool/v1 (x)")
    asked = stub.asked[-1]
    assert (asked["method"], asked["path"]) == ("PATCH", path)
    assert (asked["body"], asked["type"], asked["user"]) == (b'{"a":1}', "x/y", "tool")
    assert asked["headers"]["X-Two"] == "b"
    assert asked["headers"]["User-Agent"] == "tool/v1 (x)"


def test_no_body_is_absent(server, stub):
    """A request without a body has none, which is something else than an empty text."""
    call(server, "DELETE", "/posts")
    assert stub.asked[-1]["body"] is ABSENT


def test_an_answer_goes_back_as_it_is(server):
    """Status, headers and body are the simulated server's; nothing may be cached."""
    status, headers, body = call(server, "GET", "/posts")
    assert (status, body) == (200, b"0")
    assert headers["Content-Type"] == "application/json"
    assert headers["Cache-Control"] == "no-cache, private"
    assert headers["Content-Length"] == "1"
    assert "Server" not in headers


def test_header_values_cannot_break_out(server):
    """Line ends and control characters of a warning become spaces, other letters stay."""
    status, headers, _ = call(server, "GET", "/warned")
    assert status == 200
    assert headers["Warning"].encode("latin-1").decode() == '299 - "käse  "'


def test_a_connection_is_kept(server):
    """Many requests go through one connection."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.connect()
    port = connection.sock.getsockname()
    for _ in range(5):
        connection.request("GET", "/posts")
        assert connection.getresponse().read() == b"0"
        assert connection.sock.getsockname() == port
    connection.close()


def test_head_has_no_body(server):
    """HEAD is answered by head alone, with the length that a body would have."""
    status, headers, body = call(server, "HEAD", "/anything")
    assert (status, body) == (404, b"")
    assert int(headers["Content-Length"]) > 0


def test_options_is_asked_of_the_server(server, stub):
    """OPTIONS is a method like others: the simulated server says what it thinks of it."""
    assert call(server, "OPTIONS", "/posts")[0] == 405
    assert stub.asked[-1]["method"] == "OPTIONS"


@pytest.mark.parametrize(
    ("size", "accepted", "coding"),
    [
        (128 * 1024 + 1, "gzip", "gzip"),
        (128 * 1024 + 1, "deflate, gzip", "gzip"),
        (2 * 1024 * 1024, "gzip", "gzip"),
        (128 * 1024, "gzip", None),
        (128 * 1024 + 1, "identity", None),
        (128 * 1024 + 1, "gzip;q=0", None),
    ],
)
def test_long_answers_are_compressed_for_who_asks(server, size, accepted, coding):
    """Bodies above 128 KiB go out in gzip if the client names it."""
    status, headers, body = call(server, "GET", f"/sized/{size}", Accept_Encoding=accepted)
    assert (status, headers["Content-Encoding"]) == (200, coding)
    assert headers["Vary"] == (coding and "Accept-Encoding")
    assert len(gzip.decompress(body) if coding else body) == size


def test_a_fault_of_ours_is_a_status(server):
    """An exception of the simulated server is a 500 without its text, and the next request works."""
    status, _, body = call(server, "GET", "/fails")
    assert (status, json.loads(body)["reason"]) == (500, "InternalError")
    assert b"a fault" not in body
    assert call(server, "GET", "/posts")[0] == 200


def test_a_watch_tells_what_happens(server):
    """Events come as they are written, a JSON document a line, in one chunked stream."""
    with Watching(server, "/posts?watch=1") as watching:
        assert watching.answer.headers["Transfer-Encoding"] == "chunked"
        assert watching.answer.headers["Content-Type"] == "application/json"
        for number in range(3):
            call(server, "POST", "/posts", json.dumps({"n": number}))
            assert watching.line() == {"n": number}


def test_a_watch_ends_after_its_time(server):
    """After timeoutSeconds the stream ends with its last chunk, and the connection is kept."""
    with Watching(server, "/posts?watch=true&timeoutSeconds=1") as watching:
        assert watching.line() is None
        watching.connection.request("GET", "/posts")
        assert watching.connection.getresponse().status == 200


def test_a_watch_ends_after_an_error(server):
    """What closes the cursor is told, then the stream ends."""
    with Watching(server, "/posts?watch=1") as watching:
        call(server, "POST", "/posts", b'{"type":"ERROR"}')
        assert watching.line() == {"type": "ERROR"}
        assert watching.line() is None


def test_a_watch_may_be_refused(server):
    """A refusal is an answer like any other."""
    assert call(server, "GET", "/refused?watch=1")[0] == 422


def test_bookmarks_come_before_the_end(server):
    """Who asked for bookmarks gets one two seconds before the time is over."""
    path = "/posts?watch=1&timeoutSeconds=3&allowWatchBookmarks=true"
    with Watching(server, path) as watching:
        assert watching.line() == {"type": "BOOKMARK"}
        assert watching.line() is None


def test_a_change_from_outside_wakes_the_watchers(server, stub):
    """What a test changes through `call` is seen by who watches."""
    with Watching(server, "/posts?watch=1") as watching:
        server.call(lambda served: served.log.append(b'{"by":"hand"}'))
        assert watching.line() == {"by": "hand"}


def test_reads_wake_nobody(server, stub):
    """A watcher looks when something was written or time passed, not when somebody reads."""
    with Watching(server, "/posts?watch=1"):
        server.call(lambda served: None)
        before = stub.taken
        for _ in range(50):
            call(server, "GET", "/posts")
        # Time may have passed, a tick or two; fifty reads have not been fifty looks.
        assert stub.taken - before < 20


def test_who_goes_is_forgotten(server, stub):
    """A watcher that closes its connection leaves nothing behind."""
    watchers = [Watching(server, "/posts?watch=1") for _ in range(20)]
    streams = server._app.streams
    assert len(streams) == 20
    for watching in watchers:
        watching.close()
    for _ in range(200):
        call(server, "POST", "/posts", b"{}")
        if not len(streams):
            break
    assert len(streams) == 0


def test_a_stop_ends_the_streams(stub):
    """A watcher of a server that stops sees the end of its stream."""
    from reconcile.http_api import running

    with running(stub) as server:
        watching = Watching(server, "/posts?watch=1")
        assert watching.answer.status == 200
    assert watching.line() is None
    watching.close()


def test_time_follows_the_clock(server, stub):
    """The controllers run after a write, and the seconds they are given are those that passed."""
    call(server, "POST", "/posts", b"{}")
    call(server, "GET", "/posts")
    with Watching(server, "/posts?watch=1&timeoutSeconds=1") as watching:
        assert watching.line() is None
    assert 0.5 < sum(stub.settled) < 30
    assert all(seconds >= 0 for seconds in stub.settled)


def test_pipelined_requests_are_answered_in_order(server):
    """Requests sent ahead wait for one another."""
    asked = b"GET /posts HTTP/1.1\r\nHost: a\r\n\r\n" * 2
    answer = raw(server, asked + b"GET /sized/3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.endswith(b'"x"')


def test_waits_for_a_body_that_is_announced(server, stub):
    """Expect: 100-continue is answered before the body is sent."""
    head = b"POST /posts HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
    answer = raw(server, head + b"Connection: close\r\n\r\n", b"{}")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")
    assert stub.log == [b"{}"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a?watch=1", True),
        ("/a?watch=true", True),
        ("/a?watch=", True),
        ("/a?watch", True),
        ("/a?b=c&watch=TRUE", True),
        ("/a?watch=0", False),
        ("/a?watch=False", False),
        ("/a?watch=0&watch=1", False),
        ("/a?watching=1", False),
        ("/a", False),
        ("/api/v1/watch/pods", True),
    ],
)
def test_which_requests_watch(target, expected):
    """A request watches unless it says no, as the API server reads booleans."""
    assert wants_watch(target) is expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("kubectl/v1.20.2 (linux/amd64)", "kubectl"),
        ("Swagger-Codegen/37", "Swagger-Codegen"),
        ("plain", "plain"),
        ("", ""),
        ("a\x01b/c", "ab"),
        ("x" * 200, "x" * 128),
        ("ä" * 100, "ä" * 64),
    ],
)
def test_managers_are_named_by_user_agents(agent, expected):
    """A field manager is what stands before the slash, printable, 128 bytes at most."""
    assert manager(agent) == expected


def test_other_protocols_are_refused():
    """A websocket is closed; whatever else a server offers is let alone."""
    import asyncio

    sent = []

    async def send(message):
        sent.append(message)

    async def run():
        app = HttpApi(StubServer())
        await app({"type": "websocket"}, None, send)
        await app({"type": "unknown"}, None, send)

    asyncio.run(run())
    assert sent == [{"type": "websocket.close", "code": 1003}]
