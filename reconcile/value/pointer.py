"""JSON pointers: the path of a value in a document. Source: RFC 6901."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconcile.errors import PointerError

from .types import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .types import Absent, Json

__all__ = ["escape", "parse", "render", "resolve", "unescape"]

_BAD_ESCAPE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
# No list is longer than that, and int() refuses texts of some thousands of digits.


def escape(part: str) -> str:
    """Return one part of a path as it stands in a pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """Return one part of a pointer as it stands in a document."""
    return part.replace("~1", "/").replace("~0", "~")


def parse(pointer: str) -> tuple[str, ...]:
    """Return the parts of a pointer; none for "", which is the whole document.

    Raises: PointerError when it does not begin with a slash, or has a ~ that escapes nothing.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise PointerError(pointer, "does not begin with /; the whole document is the empty text")
    if _BAD_ESCAPE.search(pointer):
        raise PointerError(pointer, "has a ~ that is not followed by 0 or 1")
    return tuple(map(unescape, pointer[1:].split("/")))


def render(parts: Iterable[str | int]) -> str:
    """Return the pointer of a path."""
    return "".join(f"/{escape(str(part))}" for part in parts)


def resolve(document: Json, pointer: str) -> Json | Absent:
    """Return the value a pointer points to, ABSENT if there is none.

    Raises: PointerError when the pointer is not one.
    """
    value = document
    for part in parse(pointer):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and _INDEX.fullmatch(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value
