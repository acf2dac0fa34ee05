"""Whole numbers or percentages."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.errors import ObjectError
from reconcile.objects.int_or_string import scaled


@pytest.mark.parametrize(
    ("value", "total", "up", "down"),
    [(3, 10, 3, 3), ("25%", 10, 3, 2), ("0%", 10, 0, 0), ("100%", 7, 7, 7), ("-10%", 5, 0, -1)],
)
def test_percentages_are_rounded_as_asked(value: int | str, total: int, up: int, down: int) -> None:
    """A percentage is taken of the total and rounded the way that is asked for."""
    assert scaled(value, total, round_up=True) == up
    assert scaled(value, total, round_up=False) == down


@pytest.mark.parametrize("value", ["25", "2.5%", "%", "x%", True, None, 2.0])
def test_other_values_are_refused(value: Any) -> None:
    """A text of digits alone is refused, as are truth values and parts of a percent."""
    with pytest.raises(ObjectError):
        scaled(value, 10, round_up=True)
