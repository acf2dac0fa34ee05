"""Numbers in queries and versions, read as Go's strconv reads them.

1. Stricter than `int`: no spaces, no underscores, no digits of other scripts, 64 bits.

Source: Go, strconv.ParseInt and strconv.ParseUint with base 10 and 64 bits.
"""

from __future__ import annotations

import re
from typing import Final

from reconcile.simulate.go.json import quoted

__all__ = ["GoNumberError", "parse_int", "parse_uint"]

_SIGNED: Final = re.compile(r"[+-]?[0-9]+")
_UNSIGNED: Final = re.compile(r"[0-9]+")
_DIGITS: Final = 20
"""No number of 64 bits has more."""


class GoNumberError(ValueError):
    """A text is no number of 64 bits; its own text is Go's."""

    def __init__(self, function: str, text: str, why: str) -> None:
        super().__init__(f"strconv.{function}: parsing {quoted(text)}: {why}")


def parse_int(text: str) -> int:
    """Return a whole number from -2**63 to 2**63 - 1. Raises: GoNumberError."""
    return _parsed("ParseInt", text, _SIGNED, -(1 << 63), (1 << 63) - 1)


def parse_uint(text: str) -> int:
    """Return a whole number from 0 to 2**64 - 1. Raises: GoNumberError."""
    return _parsed("ParseUint", text, _UNSIGNED, 0, (1 << 64) - 1)


def _parsed(function: str, text: str, form: re.Pattern[str], least: int, most: int) -> int:
    if not form.fullmatch(text):
        raise GoNumberError(function, text, "invalid syntax")
    digits = text.lstrip("+-").lstrip("0")
    value = int(digits or "0") if len(digits) <= _DIGITS else most + 1
    if text.startswith("-"):
        value = -value
    if not least <= value <= most:
        raise GoNumberError(function, text, "value out of range")
    return value
