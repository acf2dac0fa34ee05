"""Where time and randomness come from: read here, handed on as data."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SYSTEM", "Clock", "entropy", "now"]


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def entropy() -> bytes:
    """Return 32 bytes that nobody can guess."""
    return secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Clock:
    """The three readings an adapter takes from the world."""

    now: Callable[[], datetime] = now
    entropy: Callable[[], bytes] = entropy
    seconds: Callable[[], float] = time.monotonic
    """Seconds that never run backwards; only differences mean something."""


SYSTEM: Final = Clock()
