"""Reading a request's body from a stream: never more than a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BodyError", "read_chunked", "read_exactly"]

_MAX_LINE: Final = 1024
_MAX_TRAILERS: Final = 32


class BodyError(Exception):
    """A body that cannot be taken: the status and the fixed code to refuse it with."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code


def read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """Return `size` bytes, or all there are when the stream ends before."""
    first = read(size)
    if len(first) == size or not first:
        return first
    parts = [first]
    missing = size - len(first)
    while missing and (part := read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def read_chunked(
    read: Callable[[int], bytes], readline: Callable[[int], bytes], limit: int
) -> bytes:
    """Return a body in chunked coding, decoded.

    Raises: `BodyError` when it has more than `limit` bytes, ends early or is not well-formed.
    Source: RFC 9112, section 7.1.
    """
    parts: list[bytes] = []
    total = 0
    while True:
        size = _chunk_size(_line(readline))
        if size == 0:
            break
        total += size
        if total > limit:
            raise BodyError(413, "body-too-large")
        part = read_exactly(read, size)
        if len(part) != size:
            raise BodyError(400, "body-truncated")
        parts.append(part)
        if _line(readline):
            raise BodyError(400, "bad-chunk")
    for _ in range(_MAX_TRAILERS):
        if not _line(readline):
            return b"".join(parts)
    raise BodyError(400, "bad-chunk")


def _line(readline: Callable[[int], bytes]) -> bytes:
    line = readline(_MAX_LINE)
    if not line.endswith(b"\r\n"):
        raise BodyError(400, "bad-chunk")
    return line[:-2]


def _chunk_size(line: bytes) -> int:
    # "A recipient MUST ignore unrecognized chunk extensions."
    digits = line.split(b";", 1)[0].strip()
    # int() alone would take signs, underscores and prefixes.
    if not 0 < len(digits) <= 16 or digits.strip(b"0123456789abcdefABCDEF"):
        raise BodyError(400, "bad-chunk")
    return int(digits, 16)
