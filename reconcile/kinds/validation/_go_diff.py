"""The difference of two objects as the server shows it below what it says of a change.

1. Both are printed as its types are, in JSON, one member a line; then what differs is told with
   three lines around it, as `diff -u` does, without names of files.

Source: k8s.io/apimachinery pkg/util/diff; recorded conversations.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Final

from ._go import printed
from ._primitives import Telling

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["told_with_difference"]

_ESCAPES: Final = str.maketrans(
    {each: f"\\u{ord(each):04x}" for each in ("<", ">", "&", "\u2028", "\u2029")}
)
_HEADER: Final = 2
"""Lines that name the files."""


def told_with_difference(
    told: str, kind: str, before: JsonObject, after: JsonObject, plain: str = ""
) -> Telling:
    """Return a detail and, below it, how two parts of a kind of object differ.

    Shape: `kind` names a type of `_go`; `plain` is the detail where it tells a value.
    Cost: quadratic in the number of lines at worst.
    """
    old, new = (_lines(printed(kind, each)) for each in (before, after))
    shown = list(difflib.unified_diff(old, new))[_HEADER:]
    return Telling(f"{told}\n{''.join(shown)}", plain or told)


def _lines(value: Json) -> list[str]:
    text = json.dumps(value, ensure_ascii=False, indent=1).translate(_ESCAPES)
    return [f"{line}\n" for line in text.split("\n")]
