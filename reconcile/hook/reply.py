"""What one call answers: status, headers, body, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Failure", "Reply"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed. Never sent: the adapter logs it."""

    id: str
    """16 hexadecimal digits of a digest of the request: equal requests fail under equal ids."""
    error: Exception
    """What was raised."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one call, ready for any HTTP server.

    Guarantees: the body holds no value of an object when `status` is not 200.
    """

    status: int
    """200, 304 (nothing changed), 429 (called too often), or 4xx and 5xx for a failure."""
    headers: Mapping[str, str]
    """Header names as they are usually spelt. Content-Length is the server's business."""
    body: bytes
    """JSON, or empty."""
    failure: Failure | None = None
    """What the adapter logs; None unless the call failed."""
