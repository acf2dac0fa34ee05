"""Facts about recording production traffic: what is written, and that the hook never notices."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from datetime import UTC, datetime
from wsgiref.validate import validator

import pytest

from reconcile.adapters.app_hook import asgi_hook, wsgi_hook
from reconcile.adapters.asgi import asgi
from reconcile.adapters.clock import Clock
from reconcile.adapters.masking import MASKS, Masking
from reconcile.adapters.recorder import Recorder, recorded, recorded_asgi, recorded_controller
from reconcile.adapters.wsgi import wsgi
from reconcile.hook.reply import Reply
from reconcile.hook.transport import Call

NOW = datetime(2026, 1, 31, 12, 0, 0, 250000, tzinfo=UTC)
SENT = {
    "Content-Type": "application/json",
    "User-Agent": "Go-http-client/1.1",
    "Authorization": "Bearer hunter2",
    "Cookie": "hunter2",
}
SECRET = {
    "kind": "Secret",
    "metadata": {"name": "keys"},
    "data": {"p": base64.b64encode(b"hunter2").decode()},
}
REQUEST = {
    "parent": {"kind": "Thing", "metadata": {"name": "t"}},
    "children": {"Secret.v1": {"keys": SECRET}},
}


class Keeping:
    """A controller that keeps the Secret it sees."""

    def respond(self, body, *, hook, headers, now, entropy):
        if body == b"fail":
            raise KeyError
        if body == b"html":
            return Reply(200, {"Content-Type": "text/html"}, b"<p>hunter2</p>")
        answer = {
            "status": {"n": 1.0},
            "children": [json.loads(body)["children"]["Secret.v1"]["keys"]],
        }
        headers = {"Content-Type": "application/json", "ETag": '"a"', "X-Other": "b"}
        return Reply(200, headers, json.dumps(answer).encode())


def clock() -> Clock:
    """A clock of which each reading of seconds is a quarter later."""
    ticks = iter(range(1000))
    return Clock(now=lambda: NOW, seconds=lambda: next(ticks) / 4)


def hooks(folder, **options):
    """The same controller, recorded in each way."""
    recorder = Recorder(folder, clock=clock(), **options)
    return {
        "wsgi": wsgi_hook(
            validator(recorded(validator(wsgi(Keeping())), folder, clock=clock(), **options))
        ),
        "asgi": asgi_hook(recorded_asgi(asgi(Keeping()), folder, clock=clock(), **options)),
        "controller": wsgi_hook(
            wsgi(recorded_controller(Keeping(), recorder), clock=Clock(now=lambda: NOW))
        ),
    }


def call(
    body: bytes = json.dumps(REQUEST).encode(), path: str = "/hooks/sync", method: str = "POST"
):
    """One call, as Metacontroller makes it."""
    return Call(method, f"http://hooks.demo{path}", SENT, body, 10)


def rows(folder) -> list[dict]:
    """What was recorded."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


WAYS = ["wsgi", "asgi", "controller"]


@pytest.mark.parametrize("way", WAYS)
def test_a_recorded_call(way: str, tmp_path) -> None:
    """The row has the form of the recordings; secrets are masked, equal ones alike."""
    plain = wsgi_hook(wsgi(Keeping()))(call(path="/sync"))
    answer = hooks(tmp_path)[way](call(path="/sync"))
    assert (answer.status, answer.body) == (plain.status, plain.body)
    text = "".join(file.read_text() for file in tmp_path.iterdir())
    assert "hunter2" not in text
    assert SECRET["data"]["p"] not in text
    [row] = rows(tmp_path)
    seen = row["request"]["children"]["Secret.v1"]["keys"]
    headers = row.pop("headers")
    assert row == {
        "time": "2026-01-31T12:00:00.250000Z",
        "took": row["took"],
        "hook": "sync",
        "request": {**REQUEST, "children": {"Secret.v1": {"keys": seen}}},
        "status": 200,
        "response_headers": {"Content-Type": "application/json", "ETag": '"a"'},
        "response": {"status": {"n": 1.0}, "children": [seen]},
    }
    assert row["took"] > 0
    assert isinstance(row["response"]["status"]["n"], float)
    assert MASKS.fullmatch(seen["data"]["p"])
    assert seen["metadata"] == {"name": "keys"}
    # Credentials end at the webhook; what stands before it masks them.
    credentials = headers.pop("authorization", None)
    assert headers == {"user-agent": "Go-http-client/1.1", "content-type": "application/json"}
    if way == "controller":
        assert credentials is None
    else:
        assert MASKS.fullmatch(credentials.removeprefix("Bearer "))


@pytest.mark.parametrize("way", WAYS)
def test_what_is_recorded(way: str, tmp_path) -> None:
    """Each hook call is, whatever its answer; health pages, other paths and methods are not."""
    hook = hooks(tmp_path)[way]
    for path in ("/finalize", "/customize"):
        hook(call(path=path))
    hook(call(b"", "/healthz", "GET"))
    hook(call(path="/other"))
    hook(call(b"", "/sync", "GET"))
    hook(call(b"fail", "/sync"))
    hook(call(b"html", "/sync"))
    found = rows(tmp_path)
    # The controller's failure becomes an answer outside of the controller.
    statuses = [(row["hook"], row["status"]) for row in found]
    failed = [] if way == "controller" else [("sync", 500)]
    assert statuses == [("finalize", 200), ("customize", 200), *failed, ("sync", 200)]
    assert found[-1]["request"] == "<a text of 4 characters, not JSON>"
    assert found[-1]["response"] == "<a text of 14 characters, not JSON>"


@pytest.mark.parametrize("way", WAYS)
def test_the_hook_never_notices(way: str, tmp_path, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong is logged once, without a value, and the answer goes out."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    class Broken(Masking):
        def call(self, request, response):
            raise RuntimeError("hunter2")

    cases = [
        (blocked, {}),
        (tmp_path / "a", {"mask": Broken()}),
        (tmp_path / "b", {"max_bytes": 10}),
    ]
    for folder, options in cases:
        caplog.clear()
        hook = hooks(folder, **options)[way]
        with caplog.at_level(logging.ERROR, "reconcile"):
            assert [hook(call(path="/sync")).status for _ in range(3)] == [200] * 3
        [record] = caplog.records
        assert record.getMessage().startswith("calls are not recorded: ")
        assert "hunter2" not in caplog.text
        assert not folder.is_dir() or rows(folder) == []


def test_a_failure_is_logged_again_after_a_success(
    tmp_path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each time that writing stops working, the log says so."""
    recorder = Recorder(tmp_path, max_bytes=1000, clock=clock())
    with caplog.at_level(logging.ERROR, "reconcile"):
        for size in (1, 2000, 2000, 1, 2000):
            body = json.dumps({"a": "x" * size}).encode()
            recorder.record("sync", {}, body, (200, {}, b"{}"), now=NOW, started=0.0)
    assert [record.getMessage() for record in caplog.records] == [
        "calls are not recorded: a call is larger than a file"
    ] * 2
    assert len(rows(tmp_path)) == 2


def test_wsgi_answers_go_out_part_by_part(tmp_path) -> None:
    """The middleware waits for nothing, closes what it is given, and knows `write`."""
    seen = []

    class Parts:
        def __iter__(self):
            for part in (b'{"a"', b":1}"):
                seen.append(part)
                yield part

        def close(self):
            seen.append("closed")

    def app(environ, start_response):
        environ["wsgi.input"].readline()
        list(environ["wsgi.input"])
        start_response("200 OK", [])(b" ")
        return Parts()

    application = recorded(app, tmp_path, clock=clock())
    import io

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/sync",
        "wsgi.input": io.BytesIO(b'{"b":\n2\n}'),
    }
    written = []
    result = application(environ, lambda status, headers: written.append)
    assert seen == []
    parts = iter(result)
    assert (next(parts), seen) == (b'{"a"', [b'{"a"'])
    assert rows(tmp_path) == []
    list(parts)
    result.close()
    assert (seen[-1], written) == ("closed", [b" "])
    [row] = rows(tmp_path)
    assert (row["request"], row["response"]) == ({"b": 2}, {"a": 1})


def test_asgi_passes_everything_else(tmp_path) -> None:
    """Lifespan and websockets are not ours; an application that raises still raises."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])
        if scope["type"] == "http":
            raise KeyError

    application = recorded_asgi(app, tmp_path)
    asyncio.run(application({"type": "lifespan"}, None, None))
    with pytest.raises(KeyError):
        asyncio.run(
            application(
                {"type": "http", "method": "POST", "path": "/sync", "headers": []}, None, None
            )
        )
    assert seen == ["lifespan", "http"]
    assert list(tmp_path.iterdir()) == []


def test_bodies_in_parts(tmp_path) -> None:
    """An ASGI request that comes in parts is one document."""

    async def app(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"b"', "more_body": True})
        await send({"type": "http.response.body", "body": b":2}"})

    async def run() -> None:
        parts = [b'{"a"', b":1}"]

        async def receive():
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

        async def send(message):
            return

        scope = {"type": "http", "method": "POST", "path": "/sync", "headers": []}
        await recorded_asgi(app, tmp_path)(scope, receive, send)

    asyncio.run(run())
    [row] = rows(tmp_path)
    assert (row["request"], row["response"]) == ({"a": 1}, {"b": 2})
