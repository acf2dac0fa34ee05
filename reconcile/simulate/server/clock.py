"""Time and identity as data: times as objects hold them, uids and suffixes from a seed."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

__all__ = ["EPOCH", "hashed", "micro_stamp", "stamp", "suffix", "uid"]

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When a world begins unless its maker says otherwise."""
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes suffixes of: nothing that spells a word."""


def stamp(now: datetime) -> str:
    """Return a time as objects hold it: whole seconds, UTC."""
    return f"{now.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def micro_stamp(now: datetime) -> str:
    """Return a time as leases and events hold it: microseconds, UTC."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def hashed(seed: int, label: str, count: int) -> bytes:
    """Return 16 bytes that follow from a seed, what they are for, and a count."""
    return blake2b(f"{seed}/{label}/{count}".encode(), digest_size=16).digest()


def uid(seed: int, count: int) -> str:
    """Return the uid of the object made as number `count`: a random one in form (RFC 9562, 4)."""
    made = bytearray(hashed(seed, "uid", count))
    made[6] = made[6] & 0x0F | 0x40
    made[8] = made[8] & 0x3F | 0x80
    text = made.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def suffix(seed: int, count: int) -> str:
    """Return the five characters put behind a `generateName`."""
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in hashed(seed, "name", count)[:5])
