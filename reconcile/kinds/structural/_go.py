"""What Go makes of JSON values: the names of their types, numbers as they are printed, paths.

1. A whole number beyond 64 bits is a float to Go, which decodes it as one.
"""

from __future__ import annotations

import json
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeGuard

__all__ = [
    "EMPTY",
    "NOWHERE",
    "below",
    "go_number",
    "go_quoted",
    "is_int",
    "is_list",
    "is_object",
    "keyed",
    "printed",
    "whole",
]

is_object: Final = cast("Callable[[object], TypeGuard[dict[str, Any]]]", dict.__instancecheck__)
"""Tells whether a value is an object of JSON; a type checker then knows what it holds."""
is_list: Final = cast("Callable[[object], TypeGuard[list[Any]]]", list.__instancecheck__)
"""Tells whether a value is a list of JSON."""
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
"""An object without members."""
NOWHERE: Final = "<nil>"
"""The path of the whole object, as Go prints a path that is not there."""
_MAX_INT: Final = 2**63
_MAX_WHOLE: Final = 2**53 - 1
_EPSILON: Final = 1e-9


def below(path: str, name: str) -> str:
    """Return the path of a member."""
    return f"{path}.{name}" if path else name


def keyed(path: str, key: str) -> str:
    """Return the path of an entry of a map."""
    return f"{path}[{key}]"


def is_int(value: object) -> bool:
    """Return whether Go holds a value as a whole number."""
    return type(value) is int and -_MAX_INT <= value < _MAX_INT


def whole(number: float) -> bool:
    """Return whether a float counts as a whole number of JSON.

    Source: github.com/go-openapi/swag, IsFloat64AJSONInteger.
    """
    if math.isnan(number) or math.isinf(number) or abs(number) > _MAX_WHOLE:
        return False
    cut = float(int(number))
    if number == cut:
        return True
    if number < 0 or cut == 0:
        return False
    return abs(number - cut) / (number + cut) < _EPSILON


def go_number(number: float) -> str:
    """Return a number as Go's `%v` prints it."""
    if isinstance(number, int) and is_int(number):
        return str(number)
    value = float(number)
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    digits = mantissa.replace("-", "").replace(".", "").strip("0") or "0"
    power = math.floor(math.log10(abs(value))) if value else 0
    if exponent:
        power = int(exponent)
    sign = "-" if text.startswith("-") else ""
    if power < -4 or power >= 21:
        shown = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        return f"{sign}{shown}e{'-' if power < 0 else '+'}{abs(power):02d}"
    if value.is_integer():
        return str(int(value))
    return text if not exponent else f"{value:.{len(digits) - 1 - power}f}"


def go_quoted(text: str) -> str:
    """Return a text as Go's `%q` prints it."""
    shown = json.dumps(text, ensure_ascii=False)
    controls = {"\\b": "\\b", "\\f": "\\f"}
    shown = re.sub(
        r"\\u00([01][0-9a-f])",
        lambda found: {"07": "\\a", "0b": "\\v"}.get(found[1], f"\\x{found[1]}"),
        shown,
    )
    return controls.get(shown, shown).replace("\x7f", "\\x7f")


def printed(values: Iterable[Any]) -> str:
    """Return values as Go's `%v` prints a list of them."""
    shown: list[str] = []
    for value in values:
        if value is None:
            shown.append("<nil>")
        elif isinstance(value, bool):
            shown.append("true" if value else "false")
        elif isinstance(value, (int, float)):
            shown.append(go_number(value))
        else:
            shown.append(value if isinstance(value, str) else json.dumps(value))
    return f"[{' '.join(shown)}]"
