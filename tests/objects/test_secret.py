"""The values of a Secret."""

from __future__ import annotations

from base64 import b64decode

from hypothesis import given
from hypothesis import strategies as st

from reconcile.objects.secret import base64_values


def test_text_is_utf_8() -> None:
    """A text is encoded as UTF-8 before it becomes base64."""
    assert base64_values({"user": "ä"}) == {"user": "w6Q="}


def test_nothing_gives_nothing() -> None:
    """No values make no data."""
    assert base64_values({}) == {}


@given(st.dictionaries(st.text(), st.binary()))
def test_decoding_gives_the_values_back(values: dict[str, bytes]) -> None:
    """Law: what base64 says decodes to the value, key by key, on one line of ASCII."""
    encoded = base64_values(values)
    assert {key: b64decode(text, validate=True) for key, text in encoded.items()} == values
    assert all(text.isascii() and "\n" not in text for text in encoded.values())
