"""The tag of an answer: a digest of its bytes, so that equal answers need not be sent twice.

Metacontroller keeps the answer per parent and asks with `If-None-Match`; 304 makes it use the kept
one as if it were fresh. Source: Metacontroller pkg/hooks/webhook.go.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["matches", "tag"]


def tag(body: bytes) -> str:
    """Return the strong ETag of a body, in its quotes."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def matches(headers: Mapping[str, str] | None, etag: str) -> bool:
    """Return whether the caller holds the answer with this tag already."""
    for name, value in (headers or {}).items():
        if name.lower() == "if-none-match":
            held = (text.strip().removeprefix("W/") for text in value.split(","))
            return any(text in {etag, "*"} for text in held)
    return False
