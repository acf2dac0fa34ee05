"""Facts about the line that is logged for a call."""

from __future__ import annotations

import logging

import pytest

from reconcile.adapters.log import describe_error, record
from reconcile.errors import RuleError
from reconcile.hook.reply import Failure, Reply


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """Return an error that has been raised, so that it has a traceback."""
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_the_line(caplog: pytest.LogCaptureFixture) -> None:
    """Method, path, status, time and sizes are in the line, and as fields."""
    caplog.set_level(logging.INFO, "reconcile")
    record("POST", "/sync", Reply(200, {}, b"12"), milliseconds=1.25, received=7)
    (line,) = caplog.records
    assert line.getMessage() == "POST /sync 200 1.2 ms 7->2 B"
    assert (line.levelname, line.hook_status, line.hook_failure) == ("INFO", 200, None)


def test_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A failed call is an error, with id and reason in the same line."""
    error = raised(RuleError("keys", "raised KeyError"), raised(KeyError("secret")))
    reply = Reply(500, {}, b"", Failure("00ff", error))
    record("POST", "/sync", reply, milliseconds=0, received=0)
    (line,) = caplog.records
    assert line.levelname == "ERROR"
    assert "failure 00ff: RuleError: rule keys: raised KeyError, caused by KeyError at " in (
        line.getMessage()
    )
    assert "test_log.py:" in line.getMessage()
    assert "secret" not in line.getMessage()


def test_nothing_is_made_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Where nobody listens to the level, nothing is logged."""
    caplog.set_level(logging.ERROR, "reconcile")
    record("POST", "/sync", Reply(200, {}, b""), milliseconds=0, received=0)
    assert not caplog.records


def test_no_second_line(caplog: pytest.LogCaptureFixture) -> None:
    """A caller cannot write lines, nor fill the log."""
    caplog.set_level(logging.INFO, "reconcile")
    path = "/x\n2026 INFO POST /sync 200\x1b[0m" + "y" * 1000
    record("P\r\n", path, Reply(404, {}, b""), milliseconds=0, received=0)
    text = caplog.records[0].getMessage()
    assert text.isprintable()
    assert len(text) < 200


def test_a_foreign_error_without_traceback() -> None:
    """An error that was never raised is told by its type."""
    assert describe_error(ValueError("secret")) == "ValueError"


def test_causes_are_bounded() -> None:
    """Four errors of a chain are told, the rest is left out."""
    error = ValueError()
    for _ in range(10):
        error = raised(ValueError(), error)
    assert describe_error(error).count("ValueError") == 4
