"""Facts about reading a body."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.adapters.bodies import BodyError, read_chunked, read_exactly


def chunked(text: bytes, limit: int = 100) -> bytes:
    """Decode `text`."""
    stream = io.BytesIO(text)
    return read_chunked(stream.read, stream.readline, limit)


@given(st.binary(max_size=50), st.integers(0, 60), st.integers(1, 9))
def test_short_reads_are_put_together(data: bytes, size: int, step: int) -> None:
    """However few bytes a stream gives at once, the wanted ones come, or all there are."""
    stream = io.BytesIO(data)
    assert read_exactly(lambda wanted: stream.read(min(step, wanted)), size) == data[:size]


@given(st.lists(st.binary(min_size=1, max_size=9)))
def test_chunks_are_joined(parts: list[bytes]) -> None:
    """Chunks with extensions, and trailers behind them, give the body."""
    text = b"".join(b"%X;x=y\r\n%b\r\n" % (len(part), part) for part in parts)
    assert chunked(text + b"0\r\nA: b\r\n\r\n", 1000) == b"".join(parts)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"65\r\n", 413),
        (b"64\r\n" + b"1" * 100 + b"\r\n1\r\n", 413),
        (b"ffffffffffffffff\r\n", 413),
        (b"10000000000000000\r\n", 400),
        (b"", 400),
        (b"\r\n", 400),
        (b"+1\r\n1\r\n0\r\n\r\n", 400),
        (b"1_0\r\n", 400),
        (b"0x1\r\n1\r\n", 400),
        (b"1\n1\r\n", 400),
        (b"2\r\n1", 400),
        (b"1\r\n12\r\n", 400),
        (b"1;" + b"x" * 2000 + b"\r\n1\r\n", 400),
        (b"0\r\n" + b"A: b\r\n" * 40 + b"\r\n", 400),
    ],
)
def test_what_is_refused(text: bytes, status: int) -> None:
    """Too large, cut off, or not chunked coding: each has its status."""
    with pytest.raises(BodyError) as caught:
        chunked(text)
    assert caught.value.status == status
