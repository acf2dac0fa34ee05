"""JSON, read and written as Go does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.go.json import (
    GoJsonError,
    Spelled,
    encoded,
    float_text,
    parse,
    quoted,
    spelled,
)
from reconcile.value.equality import equal

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ('{"a":1', "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("{a", "invalid character 'a' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("1 2", "invalid character '2' after top-level value"),
        ("nul", "unexpected end of JSON input"),
        ("nux", "invalid character 'x' in literal null (expecting 'l')"),
        ('"\n"', "invalid character '\\n' in string literal"),
        ('"\\x"', "invalid character 'x' in string escape code"),
        ('"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1ex", "invalid character 'x' in exponent of numeric literal"),
        ("'", "invalid character '\\'' looking for beginning of value"),
        ("ü", "invalid character 'Ã' looking for beginning of value"),
        ("\ufeff{}", "invalid character 'ï' looking for beginning of value"),
    ],
)
def test_bad_text_is_told_in_go_s_words(text: str, why: str) -> None:
    """The first character that cannot be is named, with what was looked for."""
    with pytest.raises(GoJsonError) as told:
        parse(text.encode())
    assert str(told.value) == why


def test_keys_that_are_there_twice_are_told_in_order() -> None:
    """The last one wins; the paths are those of the warnings."""
    text = b'{"a":1,"b":[{"c":1,"c":2}],"a":{"d":1,"d":1},"a":3}'
    assert parse(text) == ({"a": 3, "b": [{"c": 2}]}, ["b[0].c", "a", "a.d", "a"])


def test_whole_numbers_beyond_64_bits_are_floats() -> None:
    """One that fits stays whole."""
    found, _ = parse(b"[9223372036854775807,9223372036854775808,-9223372036854775808]")
    assert equal(found, [2**63 - 1, float(2**63), -(2**63)])


def test_half_characters_are_replaced() -> None:
    """As Go does where text is no text."""
    assert parse(b'["\\ud800","a\\udc00b"]')[0] == ["\ufffd", "a\ufffdb"]


def test_numbers_remember_their_spelling_where_it_counts() -> None:
    """Whole numbers say it themselves."""
    found = spelled(b"[1.0,1e2,12]")
    assert isinstance(found, list)
    assert [each.text if isinstance(each, Spelled) else each for each in found] == [
        "1.0",
        "1e2",
        12,
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e16, "10000000000000000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.25e-9, "1.25e-9"),
        (5e-324, "5e-324"),
    ],
)
def test_floats_are_spelt_as_go_spells_them(value: float, text: str) -> None:
    """Without an exponent from a millionth to a trilliard."""
    assert float_text(value) == text
    assert encoded([value]) == f"[{text}]".encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_spelling_says_the_number_itself(value: float) -> None:
    """Whatever its size."""
    assert float(float_text(value)) == value


@given(DOCUMENTS)
def test_what_is_written_is_read(document: Any) -> None:
    """Floats that are whole come back as whole numbers, as from the server."""
    text = encoded(document)
    found, twice = parse(text)
    assert twice == []
    assert found == json.loads(text)


def test_answers_escape_what_a_browser_could_read() -> None:
    """Bodies do, stored documents do not."""
    document = {"a<": "<b>&\u2028\u2029", "f": 0.5}
    assert encoded(document, escape_html=True) == (
        b'{"a\\u003c":"\\u003cb\\u003e\\u0026\\u2028\\u2029","f":0.5}'
    )
    assert encoded({"a": "<"}) == b'{"a":"<"}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a", '"a"'),
        ('"\\', '"\\"\\\\"'),
        ("\n\t\x00\x7f", '"\\n\\t\\x00\\x7f"'),
        ("ü\u200b\U000e0001", '"ü\\u200b\\U000e0001"'),
    ],
)
def test_texts_are_quoted_as_go_quotes_them(text: str, told: str) -> None:
    """What prints stays, everything else is named by its number."""
    assert quoted(text) == told
