"""Every adapter under its real server, spoken to over a loopback socket."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Running = Any

OLD, NEW = "an-old-token-0123456789", "a-new-token-0123456789"
# Neither parsing nor writing JSON anew would give these bytes back.
BODY = '{ "big" : 123456789012345678901234567890, "a":1.0,  "a":"é\\u00e9", "n":null}\n'.encode()


def test_body_passes_byte_for_byte(server: Running) -> None:
    """The controller gets the bytes that were sent, and the caller the bytes of the reply."""
    answer = server.call("POST", "/sync", BODY)
    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-hook"] == "sync"
    assert answer.headers["x-entropy"] == "32"


@pytest.mark.parametrize("hook", ["finalize", "customize"])
def test_each_path_calls_its_hook(server: Running, hook: str) -> None:
    """The path picks the hook."""
    assert server.call("POST", f"/{hook}", BODY).headers["x-hook"] == hook


def test_unknown_path(server: Running) -> None:
    """A path that is no hook is not found."""
    assert server.call("POST", "/other", BODY).status == 404
    assert server.call("POST", "/", BODY).status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_wrong_method(server: Running, method: str) -> None:
    """A hook takes POST only, and says so."""
    answer = server.call(method, "/sync")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert answer.body == b'{"error":"method-not-allowed"}'


def test_wrong_content_type(server: Running) -> None:
    """Only JSON in UTF-8 is taken."""
    for wrong in ("text/plain", "application/json; charset=latin-1", "application/jsonx"):
        answer = server.call("POST", "/sync", BODY, content_type=wrong)
        assert (answer.status, answer.body) == (415, b'{"error":"unsupported-media-type"}')
    right = "application/json; charset=UTF-8"
    assert server.call("POST", "/sync", BODY, content_type=right).body == BODY


def test_compressed_body(server: Running) -> None:
    """A compressed body is refused, because its size is not the body's."""
    answer = server.call("POST", "/sync", b'"zip"', content_encoding="gzip")
    assert (answer.status, answer.body) == (415, b'{"error":"unsupported-content-encoding"}')


def test_body_limit(server: Running) -> None:
    """A body of the limit is taken, one byte more is not."""
    assert server.call("POST", "/sync", b"1".ljust(200_000)).status == 200
    answer = server.call("POST", "/sync", b"1".ljust(200_001))
    assert (answer.status, answer.body) == (413, b'{"error":"body-too-large"}')


def test_chunked_body(server: Running) -> None:
    """A body in chunked coding is decoded, under the same limit."""
    if not server.mounted.chunked:
        pytest.skip("the platform passes no chunked bodies")
    assert server.call("POST", "/sync", BODY, chunked=True).body == BODY
    assert server.call("POST", "/sync", b" " * 200_001, chunked=True).status == 413


def test_no_credentials(server: Running) -> None:
    """Without credentials, or with wrong ones, nothing is told but how to present them."""
    wrong = base64.b64encode(b"metacontroller:wrong").decode()
    for authorization in (None, "Bearer wrong", f"Basic {wrong}", NEW):
        answer = server.call("POST", "/sync", BODY, authorization=authorization)
        assert (answer.status, answer.body) == (401, b'{"error":"unauthorized"}')
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_credentials(server: Running) -> None:
    """Both tokens of a rotation and a user with a password are let in, and not handed on."""
    user = base64.b64encode(b"metacontroller:correct horse").decode()
    for authorization in (f"Bearer {OLD}", f"Bearer {NEW}", f"Basic {user}"):
        answer = server.call("POST", "/sync", BODY, authorization=authorization)
        assert answer.status == 200
        assert "authorization" not in answer.headers["x-seen"]


def test_health(server: Running) -> None:
    """Health pages need no credentials and answer with nothing but 200."""
    for path in server.mounted.health:
        answer = server.call("GET", path, authorization=None)
        assert (answer.status, answer.body) == (200, b"")


def test_failure_is_logged_not_told(server: Running) -> None:
    """A failing rule gives the fixed body; the log has the same id and the reason."""
    answer = server.call("POST", "/sync", b'"fail"')
    assert (answer.status, answer.body) == (500, b'{"error":"rule","id":"0123456789abcdef"}')
    line = "failure 0123456789abcdef: RuleError: rule workload: raised KeyError"
    assert line in server.log


def test_exception_is_logged_without_its_text(server: Running) -> None:
    """A controller that raises is a 500; neither the caller nor the log sees the text."""
    answer = server.call("POST", "/sync", b'"raise"')
    assert answer.status == 500
    assert answer.body.startswith(b'{"error":"internal","id":"')
    assert "KeyError at" in server.log
    assert "a-secret-value" not in server.log


def test_unchanged_answer(server: Running) -> None:
    """The entity tag goes out, comes back, and makes the answer empty."""
    tag = server.call("POST", "/sync", BODY).headers["etag"]
    answer = server.call("POST", "/sync", BODY, if_none_match=tag)
    assert (answer.status, answer.headers["etag"], answer.body) == (304, tag, b"")


def test_retry_after(server: Running) -> None:
    """A reply that asks to be called later keeps its header."""
    answer = server.call("POST", "/sync", b'"busy"')
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


def test_one_line_per_call(server: Running) -> None:
    """Calls at once each get their own answer and their own line."""
    before = server.log.count("POST /finalize 200")
    bodies = [b'"%d"' % number for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda body: server.call("POST", "/finalize", body), bodies))
    assert [answer.body for answer in answers] == bodies
    assert server.log.count("POST /finalize 200") == before + 4
