"""Facts about hooks that are WSGI and ASGI applications, called without a socket."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import pytest

from reconcile.adapters.app_hook import asgi_hook, wsgi_hook
from reconcile.adapters.asgi import asgi
from reconcile.adapters.http_hook import http_hook
from reconcile.adapters.server import Server
from reconcile.adapters.service import Service
from reconcile.adapters.wsgi import wsgi
from reconcile.hook.reply import Reply
from reconcile.hook.transport import Call, TransportError

SENT = {"Content-Type": "application/json", "If-None-Match": '"a"', "Accept-Encoding": "gzip"}


class Echo:
    """A controller that tells what it was given."""

    def respond(self, body, *, hook, headers, now, entropy):
        if body == b"fail":
            raise KeyError
        told = {"hook": hook, "body": body.decode(), "etag": headers.get("if-none-match")}
        return Reply(200, {"ETag": '"b"'}, json.dumps(told).encode())


def call(path: str = "/sync", body: bytes = b"{}", method: str = "POST", seconds: float = 10):
    """One call, as Metacontroller makes it."""
    return Call(method, f"http://hooks.demo:80{path}", SENT, body, seconds)


HOOKS = {"wsgi": wsgi_hook(wsgi(Echo())), "asgi": asgi_hook(asgi(Echo()))}


@pytest.mark.parametrize("name", HOOKS)
def test_calls_reach_the_controller(name: str) -> None:
    """Path, headers and body go in; status, headers and body come out."""
    answer = HOOKS[name](call("/finalize?a=b", b'{"n":1}'))
    assert answer.status == 200
    assert {key.lower(): value for key, value in answer.headers.items()}["etag"] == '"b"'
    assert json.loads(answer.body) == {"hook": "finalize", "body": '{"n":1}', "etag": '"a"'}
    assert HOOKS[name](call("/nothing")).status == 404
    assert HOOKS[name](call("/healthz", b"", "GET")).status == 200
    assert HOOKS[name](call("/sync", b"", "GET")).status == 405
    assert HOOKS[name](call(body=b"fail")).status == 500


@pytest.mark.parametrize("name", HOOKS)
def test_same_answer_as_over_a_socket(name: str) -> None:
    """The application answers as its server does."""
    import threading

    server = Server(Service(Echo()), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        over = http_hook(f"http://127.0.0.1:{server.server_port}")
        for sent in (call(), call("/x%2Fy"), call(body=b"fail"), call(method="GET")):
            one, other = over(sent), HOOKS[name](sent)
            assert (one.status, one.body) == (other.status, other.body)
        del over
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_a_wsgi_application_sees() -> None:
    """The environment is that of PEP 3333; the validator of the standard library agrees."""
    from wsgiref.validate import validator

    seen = []

    def app(environ, start_response):
        seen.append((environ["PATH_INFO"], environ["QUERY_STRING"], environ["wsgi.input"].read(3)))
        write = start_response(
            "201 Created", [("Content-Type", "text/plain"), ("A", "1"), ("A", "2")]
        )
        write(b"first ")
        return [b"second"]

    environ_of_get = call("/a%C3%A9?b=c", b"", "GET")
    answer = wsgi_hook(validator(app))(environ_of_get)
    assert answer == (201, {"Content-Type": "text/plain", "A": "1"}, b"first second", 0.0)
    assert seen == [("/aÃ©", "b=c", b"")]


def test_wsgi_applications_that_fail(caplog: pytest.LogCaptureFixture) -> None:
    """Raising, never starting and starting twice are a 500; an error may replace the beginning."""
    closed = []

    class Parts:
        def __iter__(self):
            yield b"a"
            raise KeyError("a secret")

        def close(self):
            closed.append(True)

    def raising(environ, start_response):
        start_response("200 OK", [])
        return Parts()

    def silent(environ, start_response):
        return [b""]

    def twice(environ, start_response):
        start_response("200 OK", [])
        start_response("200 OK", [])
        return [b""]

    def replaced(environ, start_response):
        start_response("200 OK", [])
        try:
            raise KeyError
        except KeyError:
            start_response("503 Oh", [], sys.exc_info())
        return [b"oh"]

    with caplog.at_level(logging.ERROR, "reconcile"):
        assert [wsgi_hook(app)(call()).status for app in (raising, silent, twice)] == [500] * 3
    assert closed == [True]
    assert caplog.text.count("the application failed: ") == 3
    assert "secret" not in caplog.text
    assert wsgi_hook(replaced)(call()) == (503, {}, b"oh", 0.0)


def test_what_an_asgi_application_sees() -> None:
    """The scope is that of the specification; after the answer the caller is gone."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["path"], scope["raw_path"], scope["query_string"], scope["server"]))
        seen.append(dict(scope["headers"])[b"content-length"])
        seen.append(await receive())
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"a", b"1"), (b"A", b"2")]}
        )
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.body", "body": b"y"})
        seen.append(await receive())

    assert asgi_hook(app)(call("/a%C3%A9?b=c")) == (200, {"a": "1"}, b"xy", 0.0)
    assert seen == [
        ("/aé", b"/a%C3%A9", b"b=c", ("hooks.demo", 80)),
        b"2",
        {"type": "http.request", "body": b"{}", "more_body": False},
        {"type": "http.disconnect"},
    ]


def test_asgi_applications_that_fail(caplog: pytest.LogCaptureFixture) -> None:
    """Raising and ending early are a 500; an application that does not end is given up."""

    async def raising(scope, receive, send):
        raise KeyError("a secret")

    async def early(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})

    async def hanging(scope, receive, send):
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR, "reconcile"):
        assert [asgi_hook(app)(call()).status for app in (raising, early)] == [500, 500]
    assert "secret" not in caplog.text
    with pytest.raises(TransportError, match="exceeded while awaiting headers"):
        asgi_hook(hanging)(call(seconds=0.05))


def test_inside_a_running_loop() -> None:
    """A test that is itself asynchronous may use the transport."""

    async def test() -> int:
        return HOOKS["asgi"](call()).status

    assert asyncio.run(test()) == 200


def test_frameworks() -> None:
    """Flask and FastAPI applications are hooks as they are."""
    flask, fastapi = pytest.importorskip("flask"), pytest.importorskip("fastapi")
    from reconcile.adapters.fastapi import router
    from reconcile.adapters.flask import blueprint

    one = flask.Flask("webhook")
    one.register_blueprint(blueprint(Echo()), url_prefix="/hooks")
    other = fastapi.FastAPI()
    other.include_router(router(Echo()), prefix="/hooks")
    for hook in (wsgi_hook(one), asgi_hook(other)):
        assert json.loads(hook(call("/hooks/customize")).body)["hook"] == "customize"
