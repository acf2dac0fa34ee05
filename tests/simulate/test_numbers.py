"""Numbers in documents, as they come back from being kept."""

from __future__ import annotations

import pytest

from reconcile.simulate._numbers_cy import fits, has_float, renumbered


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (1.0, 1),
        (-0.0, 0),
        (1.5, 1.5),
        (1e18, 10**18),
        (1e19, 1e19),
        (9223372036854775807.0, 9223372036854775807.0),
        (True, True),
        (3, 3),
    ],
)
def test_whole_numbers_lose_their_fraction(given: object, kept: object) -> None:
    """A float without a fraction that 64 bits hold comes back whole; all else stays."""
    made = renumbered({"a": [given]})  # type: ignore[dict-item]  # JSON
    assert made == {"a": [kept]}
    assert type(made["a"][0]) is type(kept)  # type: ignore[index,call-overload]  # as it went in


def test_what_does_not_change_is_shared() -> None:
    """Only the way to a number that changes is new, and nothing that went in is changed."""
    given = {"a": {"b": 1.0}, "c": {"d": [1.5]}}
    made = renumbered(given)
    assert made == {"a": {"b": 1}, "c": {"d": [1.5]}}
    assert made["c"] is given["c"]  # type: ignore[index,call-overload]
    assert type(given["a"]["b"]) is float
    assert renumbered(given["c"]) is given["c"]


def test_floats_are_found_anywhere() -> None:
    """One float is enough, and a true is none."""
    assert has_float({"a": [{"b": 1.0}]})
    assert has_float(1.5)
    assert not has_float({"a": [1, True, None, "1.0"]})


def test_numbers_beyond_64_bits_are_found() -> None:
    """The bounds themselves fit."""
    assert fits({"a": [2**63 - 1, -(2**63), 1e300, "x"]})
    assert not fits({"a": [2**63]})
    assert not fits([-(2**63) - 1])
