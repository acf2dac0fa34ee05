"""The one place that turns errors into replies."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.errors import (
    ConflictError,
    DefinitionError,
    Fault,
    LimitError,
    ObjectError,
    RequestError,
    RetryLater,
    RuleError,
)
from reconcile.hook.failure import failed


@pytest.mark.parametrize(
    ("error", "reading", "status", "word"),
    [
        (RequestError("shape", "m"), True, 400, "shape"),
        (RequestError("odd", "m", status=415), False, 415, "odd"),
        (LimitError("bytes in a request", 1), True, 413, "limit"),
        (LimitError("levels of nesting", 1), True, 400, "limit"),
        (LimitError("bytes in a request", 1), False, 500, "limit"),
        (RuleError("r", "m"), False, 500, "rule"),
        (ConflictError("/a", ("x", "y")), False, 500, "conflict"),
        (ObjectError([Fault("/a", "m")]), False, 500, "object"),
        (DefinitionError(["m"], subject="s"), False, 500, "reconcile"),
        (KeyError("secret"), False, 500, "internal"),
    ],
)
def test_failed(error: Exception, reading: bool, status: int, word: str) -> None:
    """Who must act decides the status; the body is a fixed word and the id."""
    reply = failed(error, b"body", reading=reading)
    assert reply.status == status
    assert reply.headers == {"Content-Type": "application/json"}
    assert reply.failure is not None
    assert reply.body == f'{{"error":"{word}","id":"{reply.failure.id}"}}'.encode()
    assert reply.failure.error is error


def test_the_id_is_that_of_the_request() -> None:
    """Equal requests have equal ids, others have others."""
    ids: list[Any] = [failed(RuleError("r", "m"), body).failure for body in (b"a", b"a", b"b")]
    assert ids[0].id == ids[1].id != ids[2].id
    assert len(ids[0].id) == 16


def test_retry_later_is_no_failure() -> None:
    """Nobody has to look at the log for it."""
    reply = failed(RetryLater(2.1), b"body")
    assert (reply.status, reply.headers["Retry-After"], reply.failure) == (429, "3", None)
