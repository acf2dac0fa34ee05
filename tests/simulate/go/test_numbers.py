"""Numbers, read as Go reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.go.numbers import GoNumberError, parse_int, parse_uint


@given(st.integers(-(2**63), 2**63 - 1))
def test_what_has_64_bits_is_read(value: int) -> None:
    """With a sign or without one, zeros before it do not count."""
    assert parse_int(str(value)) == value
    assert parse_int(f"{'-' if value < 0 else '+'}{'0' * 30}{abs(value)}") == value
    assert parse_uint(str(abs(value))) == abs(value)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1_0", "1.0", "1e3", "0x1", "٣", "²", "--1", "+"])
def test_what_python_alone_takes_is_refused(text: str) -> None:
    """The text is told as Go quotes it."""
    with pytest.raises(GoNumberError) as told:
        parse_int(text)
    assert str(told.value) == f'strconv.ParseInt: parsing "{text}": invalid syntax'


def test_versions_have_no_sign() -> None:
    """Whole numbers that begin with one are none."""
    for text in ("-1", "+1"):
        with pytest.raises(GoNumberError, match=r"ParseUint.*invalid syntax"):
            parse_uint(text)


@pytest.mark.parametrize("text", [str(2**63), str(-(2**63) - 1), "9" * 5000])
def test_more_than_64_bits_are_out_of_range(text: str) -> None:
    """However long a text is, it is not computed."""
    with pytest.raises(GoNumberError, match="value out of range"):
        parse_int(text)
    assert parse_uint(str(2**64 - 1)) == 2**64 - 1
    with pytest.raises(GoNumberError, match="value out of range"):
        parse_uint(str(2**64))
