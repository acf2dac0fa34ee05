"""Paths of fields as definitions write them, `.spec.size` or `.labels['a.b']`, held to a schema.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/cel/validation.go, ValidFieldPath, 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ._go import below, is_object, keyed

__all__ = ["FieldPath", "PathFault", "field_path"]

_PART: Final = re.compile(r"'(?:[^'\\]|\\.)*'|[.\[\]]|[^.\[\]']+|'.*", re.DOTALL)
_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "'": "'", "\\": "\\",
}  # fmt: skip


class PathFault(Exception):
    """Why a path is none; the text is the server's."""


class FieldPath(NamedTuple):
    """A path, as errors tell it, and what stands there."""

    path: str
    names: tuple[str, ...]
    schema: Mapping[str, Any]


def field_path(text: str, schema: Mapping[str, Any], *, brackets: bool = True) -> FieldPath:
    """Return where a path leads in a schema. Raises: PathFault with the server's text."""
    parts: list[str] = _PART.findall(text)
    place = 0
    path = ""
    names: list[str] = []

    def following() -> str:
        nonlocal place
        if place >= len(parts):
            raise PathFault("unexpected end of JSON path")
        place += 1
        return parts[place - 1]

    while place < len(parts):
        part = following()
        if part == "[":
            if not brackets:
                raise PathFault("array notation is not allowed")
            quoted = following()
            if len(quoted) < 2 or quoted[0] != "'" or quoted[-1] != "'":
                raise PathFault(f"expected single quoted string but got {quoted}")
            name = _unescaped(quoted[1:-1])
        elif part == ".":
            name = following()
        else:
            raise PathFault(f"expected [ or . but got: {part}")
        properties = schema.get("properties")
        others = schema.get("additionalProperties")
        if properties:
            if name not in properties:
                raise PathFault("does not refer to a valid field")
            path = below(path, name)
            schema = properties[name]
        elif others is not None:
            path = keyed(path, name)
            schema = others if is_object(others) else {}
        else:
            raise PathFault("does not refer to a valid field")
        names.append(name)
        if part == "[":
            closing = following()
            if closing != "]":
                raise PathFault(f"expected ] but got {closing}")
    return FieldPath(path, tuple(names), schema)


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise PathFault(f"invalid string literal: invalid escape char {found[0]}")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", plain, text, flags=re.DOTALL)
