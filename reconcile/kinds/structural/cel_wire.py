"""Checked expressions as they are written down: messages of `cel.expr.CheckedExpr`, read as needed.

1. A message is a mapping from numbers of fields to their values; what is nested stays bytes until
   somebody reads it.

Source: https://github.com/google/cel-spec proto/cel/expr/checked.proto and syntax.proto.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Message",
    "checked",
    "item_kind",
    "kind_of",
    "name_of",
    "read",
    "text_of",
    "types_of",
]

Message: TypeAlias = dict[int, list[Any]]
"""Number of a field -> its values."""
_PRIMITIVES = ("", "bool", "int", "uint", "double", "string", "bytes")


def _fields(raw: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the numbers and values of the fields of a message."""
    at = 0

    def number() -> int:
        nonlocal at
        shift = value = 0
        while True:
            byte = raw[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(raw):
        key = number()
        kind = key & 7
        if kind == 0:
            yield key >> 3, number()
        elif kind == 2:
            size = number()
            yield key >> 3, raw[at : at + size]
            at += size
        else:  # numbers of a fixed width
            size = 8 if kind == 1 else 4
            yield key >> 3, raw[at : at + size]
            at += size


def read(raw: bytes) -> Message:
    """Return the fields of a message."""
    found: Message = {}
    for number, value in _fields(raw):
        found.setdefault(number, []).append(value)
    return found


def text_of(message: Message, number: int) -> str:
    """Return a field that is a text, empty if it is not there."""
    return bytes(message.get(number, [b""])[-1]).decode("utf-8", "replace")


def checked(tree: bytes) -> Message:
    """Return a checked expression, taken out of an `Any` if it stands in one."""
    message = read(tree)
    if 1 in message and bytes(message[1][0]).startswith(b"type.googleapis.com/"):
        return read(message[2][0])
    return message


def types_of(message: Message) -> dict[int, bytes]:
    """Return the types of a checked expression, by the numbers of its parts."""
    found: dict[int, bytes] = {}
    for entry in message.get(3, []):
        pair = read(entry)
        if 1 in pair and 2 in pair:
            found[int(pair[1][0])] = pair[2][0]
    return found


def kind_of(held: bytes | None) -> str:
    """Return the kind of a type: `dyn` if nothing is known."""
    if held is None:
        return "dyn"
    kind = read(held)
    if 3 in kind:
        return _PRIMITIVES[int(kind[3][0])]
    if 5 in kind:
        return {2: "timestamp", 3: "duration"}.get(int(kind[5][0]), "dyn")
    names = {6: "list", 7: "map", 9: "message", 4: "dyn", 14: "abstract"}
    return next((names[number] for number in names if number in kind), "dyn")


def name_of(held: bytes | None) -> str:
    """Return the name of a type of objects, empty for others."""
    return "" if held is None else text_of(read(held), 9)


def item_kind(held: bytes | None) -> str:
    """Return the kind of the items of a list, or of what is optional; empty for other types."""
    kind = {} if held is None else read(held)
    if 6 in kind:
        return kind_of(read(kind[6][0]).get(1, [None])[0])
    if 14 in kind:
        return kind_of(read(kind[14][0]).get(2, [None])[0])
    return ""
