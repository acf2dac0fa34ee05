"""Requests as the server reads them, and its answers."""

from __future__ import annotations

from typing import Any

from reconcile.simulate.server.exchange import Request, Response, read_request, refusal, warned
from reconcile.simulate.server.status import ApiError, bad_request, too_large_version, unserved_text
from reconcile.value.types import ABSENT


def read(path: str = "/", **more: Any) -> tuple[Request, ApiError | None]:
    """Return a request, and why it is none."""
    told: dict[str, Any] = {"body": ABSENT, "content_type": None, "user": "u", "headers": None}
    return read_request("get", path, **(told | more))


def test_a_request_is_read_into_its_parts() -> None:
    """Methods are large, media types small and without parameters."""
    request, error = read("/a/b?c=d?e", content_type="Application/JSON; charset=utf-8")
    assert error is None
    assert (request.method, request.path, request.media) == ("GET", "/a/b", "application/json")
    assert request.query.get("c") == "d?e"


def test_headers_have_no_case() -> None:
    """Who asks is whoever the caller says, not what a header says."""
    request, _ = read(headers={"USER-Agent": "kubectl/v1", "Accept": "x"})
    assert (request.user, request.header("user-agent")) == ("u", "kubectl/v1")
    assert (request.header("accept"), request.header("other")) == ("x", "")


def test_a_query_that_cannot_be_read_is_told() -> None:
    """The request is there all the same."""
    request, error = read("/a?b=%ff")
    assert (request.path, error is not None and error.code) == ("/a", 400)


def test_bytes_are_made_when_somebody_asks() -> None:
    """Documents end with a line, as the server ends them; texts are sent as they are."""
    response = Response(200, {}, {"a": "<", "b": 1.0})
    assert response.raw == b'{"a":"\\u003c","b":1}\n'
    assert response.raw is response.raw
    assert Response(200, {}, "text").raw == b"text"
    assert Response(200, {}, None, b"as given").raw == b"as given"


def test_a_response_shows_no_content() -> None:
    """It may hold secrets."""
    assert repr(Response(200, {}, {"data": {"password": "x"}})) == "<Response 200>"


def test_warnings_are_told_once() -> None:
    """Quoted, in one header."""
    assert warned(('say "a"', "b", 'say "a"')) == '299 - "say \\"a\\"", 299 - "b"'


def test_refusals_say_when_to_try_again_and_what_else_is_wrong() -> None:
    """In headers; text is answered as text."""
    error = too_large_version(2, 1)
    error.warnings = ("w",)
    answer = refusal(error)
    assert answer.headers == {
        "Content-Type": "application/json",
        "Retry-After": "1",
        "Warning": '299 - "w"',
    }
    assert refusal(bad_request("m")).headers == {"Content-Type": "application/json"}
    text = refusal(unserved_text())
    assert text.headers["Content-Type"].startswith("text/plain")
    assert (text.status, text.body) == (404, "404 page not found\n")
