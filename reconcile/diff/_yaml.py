"""A document as the lines of a YAML text, for people to read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["item_lines", "literal", "member_lines", "scalar"]

_PLAIN: Final = re.compile(r"[A-Za-z_./][\w./:@%+,=()$*<>|&!?;^~\\ -]*\Z|\d[\w./:%-]*[A-Za-z/%]\Z")
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})
_NUMBER: Final = re.compile(
    r"[-+]?[.\d][\d_.:]*([eE][-+]?\d+)?\Z|0[xo][\da-fA-F_]+\Z|\.(inf|nan)\Z"
)


def scalar(value: Json) -> str:
    """Return a value on one line; only texts that could be read otherwise are quoted."""
    if isinstance(value, str):
        if (
            _PLAIN.match(value)
            and value.lower() not in _WORDS
            and not _NUMBER.match(value)
            and ": " not in value
            and " #" not in value
            and not value.endswith((":", " "))
            and value.isprintable()
        ):
            return value
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if value == {}:
        return "{}"
    return "[]" if value == [] else json.dumps(value)


def literal(value: Json) -> list[str] | None:
    """Return the lines of a text that is best shown as lines, None if it is not."""
    if not isinstance(value, str) or "\n" not in value or value[:1] in (" ", "\n"):
        return None
    lines = value.split("\n")
    if lines[-1] == "":
        lines.pop()
        if lines[-1] == "":
            return None
    if any(not line.isprintable() or line.endswith(" ") for line in lines):
        return None
    return lines


def member_lines(key: str, value: Json, indent: str) -> list[str]:
    """Return the lines of a member of an object."""
    name = f"{indent}{scalar(key)}:"
    if isinstance(value, dict) and value:
        lines = [name]
        for inner, item in value.items():
            lines += member_lines(inner, item, indent + "  ")
        return lines
    if isinstance(value, list) and value:
        lines = [name]
        for item in value:
            lines += item_lines(item, indent)
        return lines
    text = literal(value)
    if text is not None and isinstance(value, str):
        mark = "|" if value.endswith("\n") else "|-"
        return [f"{name} {mark}", *(f"{indent}  {line}".rstrip() for line in text)]
    return [f"{name} {scalar(value)}"]


def item_lines(value: Json, indent: str) -> list[str]:
    """Return the lines of an item of a list."""
    lines: list[str] = []
    if isinstance(value, dict) and value:
        for key, item in value.items():
            lines += member_lines(key, item, indent + "  ")
    elif isinstance(value, list) and value:
        for item in value:
            lines += item_lines(item, indent + "  ")
    else:
        return [f"{indent}- {scalar(value)}"]
    lines[0] = f"{indent}- {lines[0][len(indent) + 2 :]}"
    return lines
