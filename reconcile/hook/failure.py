"""The one place that turns errors into replies.

1. The body is fixed: a word and an id. Metacontroller copies error bodies into Events, so no text
   of ours, and no value of an object, may be in it.
2. The id is a digest of the request: equal requests fail under equal ids and are one Event, and
   the log line that holds what happened carries the same id.
3. Who must act decides the status: the sender 4xx, the author of the controller 500.
"""

from __future__ import annotations

from hashlib import blake2b
from math import ceil

from reconcile.errors import (
    ConflictError,
    LimitError,
    ObjectError,
    ReconcileError,
    RequestError,
    RetryLater,
    RuleError,
)

from .reply import Failure, Reply

__all__ = ["failed"]

JSON = {"Content-Type": "application/json"}


def failed(error: Exception, body: bytes, *, reading: bool = False) -> Reply:
    """Return the reply for a call that failed. `reading` tells that the request was still read."""
    if isinstance(error, RetryLater):
        headers = {**JSON, "Retry-After": str(max(1, ceil(error.seconds)))}
        return Reply(429, headers, b'{"error":"retry-later"}')
    status, word = _status(error, reading=reading)
    failure = Failure(blake2b(body, digest_size=8).hexdigest(), error)
    return Reply(status, JSON, f'{{"error":"{word}","id":"{failure.id}"}}'.encode(), failure)


def _status(error: Exception, *, reading: bool) -> tuple[int, str]:
    match error:
        case RequestError():
            return error.status, error.code
        case LimitError():
            too_large = error.limit.startswith("bytes")
            return (413 if too_large else 400, "limit") if reading else (500, "limit")
        case RuleError():
            return 500, "rule"
        case ConflictError():
            return 500, "conflict"
        case ObjectError():
            return 500, "object"
        case ReconcileError():
            return 500, "reconcile"
        case _:
            return 500, "internal"
