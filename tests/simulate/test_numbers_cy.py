"""Numbers in documents."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate._numbers_cy import fits, has_float, renumbered
from reconcile.value.equality import equal


@pytest.mark.parametrize(
    ("document", "there"),
    [
        (1.0, True),
        (1, False),
        (True, False),
        ("1.0", False),
        ({"a": [1, {"b": 0.5}]}, True),
        ({"a": [1, {"b": 5}]}, False),
        ([], False),
    ],
)
def test_floats_are_found_at_any_depth(document: Any, *, there: bool) -> None:
    """Whole ones too."""
    assert has_float(document) is there


@pytest.mark.parametrize(
    ("document", "fit"),
    [
        (2**63 - 1, True),
        (2**63, False),
        (-(2**63), True),
        (-(2**63) - 1, False),
        ({"a": [2**64]}, False),
        ({"a": [1e300, True, None]}, True),
    ],
)
def test_whole_numbers_have_64_bits(document: Any, *, fit: bool) -> None:
    """Floats are of any size."""
    assert fits(document) is fit


def test_floats_that_are_whole_come_back_whole() -> None:
    """As from the server's store, which writes them without a fraction."""
    found = renumbered({"a": [1.0, 1.5, {"b": -0.0}], "c": 1e16})
    assert equal(found, {"a": [1, 1.5, {"b": 0}], "c": 10**16})
