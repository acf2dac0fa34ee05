"""Facts about the WSGI application that a well-behaved server does not show."""

from __future__ import annotations

import io
from typing import Any

import pytest
from stub_app import MAX_BODY, controller

from reconcile.adapters.wsgi import status_line, wsgi

JSON = {"REQUEST_METHOD": "POST", "PATH_INFO": "/sync", "CONTENT_TYPE": "application/json"}


def call(body: bytes = b"", **environ: Any) -> tuple[str, dict[str, str], bytes]:
    """Call the application as a server does."""
    started: list[Any] = []
    application = wsgi(controller, max_body=MAX_BODY)
    given = {**JSON, "wsgi.input": io.BytesIO(body), **environ}
    parts = application(given, lambda *arguments: started.append(arguments))
    ((status, headers),) = started
    return status, dict(headers), b"".join(parts)


def test_the_length_says_how_much_is_read() -> None:
    """Bytes behind the length belong to the next call."""
    assert call(b"12345", CONTENT_LENGTH="3")[2] == b"123"


def test_a_body_cut_off() -> None:
    """Less than the length is refused."""
    assert call(b"1", CONTENT_LENGTH="3")[0] == "400 Bad Request"


def test_no_length() -> None:
    """Without a length, and without a server that marks the end, nothing is read."""
    status, headers, body = call(b"1", CONTENT_LENGTH="")
    assert (status, body) == ("411 Length Required", b'{"error":"length-required"}')
    assert headers["Content-Length"] == str(len(body))


def test_a_marked_end() -> None:
    """A server that marks the end is read to the end, or to one byte above the limit."""
    end = {"wsgi.input_terminated": True}
    assert call(b"123", **end)[2] == b"123"
    assert call(b"1" * (MAX_BODY + 9), **end)[0].startswith("413 ")


def test_head_has_no_body() -> None:
    """An answer to HEAD has the headers only."""
    status, headers, body = call(REQUEST_METHOD="HEAD", PATH_INFO="/other")
    assert (status, body) == ("404 Not Found", b"")
    assert headers["Content-Length"] == "21"


def test_unchanged_has_no_length() -> None:
    """A 304 says nothing of a body."""
    tag = call(b"1", CONTENT_LENGTH="1")[1]["ETag"]
    status, headers, body = call(b"1", CONTENT_LENGTH="1", HTTP_IF_NONE_MATCH=tag)
    assert (status, body) == ("304 Not Modified", b"")
    assert "Content-Length" not in headers


@pytest.mark.parametrize("path", ["/sync\xff", "/\xc3\xa9", ""])
def test_any_path(path: str) -> None:
    """A path that is not UTF-8 is unknown, like any other."""
    assert call(PATH_INFO=path)[0] == "404 Not Found"


def test_status_line() -> None:
    """A status without a phrase gets one, as the protocol wants."""
    assert status_line(429) == "429 Too Many Requests"
    assert status_line(299) == "299 Status"
