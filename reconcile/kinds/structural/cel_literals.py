"""Literals of a rule that can be seen to be wrong before it runs.

1. Patterns, times and durations that are written out are read when a rule is compiled; items of a
   list that is written out have one type.

Source: github.com/google/cel-go cel/validator.go, 1.36 of Kubernetes.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from .cel_wire import Message, checked, kind_of, read, text_of, types_of
from .patterns import PatternFault, compiled

__all__ = ["literal_errors"]

_DURATION: Final = re.compile(r"[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def literal_errors(tree: bytes, source: str) -> str:
    """Return what is wrong with the literals of a checked expression, empty if nothing is."""
    message = checked(tree)
    places = _places(message)
    types = types_of(message)
    found: list[str] = []
    for identity, text in _wrong(message[4][0], types):
        found.append(_told(text, places.get(identity, 0), source))
    return "\n".join(found)


def _places(message: Message) -> dict[int, int]:
    """Return where the parts of an expression stand, by their numbers."""
    found: dict[int, int] = {}
    for source in message.get(5, []):
        for entry in read(source).get(4, []):
            pair = read(entry)
            found[int(pair.get(1, [0])[0])] = int(pair.get(2, [0])[0])
    return found


def _told(text: str, offset: int, source: str) -> str:
    before = source[:offset]
    line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1)
    shown = source.split("\n")[line - 1]
    return f"ERROR: <input>:{line}:{column + 1}: {text}\n | {shown}\n | {'.' * column}^"


def _wrong(raw: bytes, types: dict[int, bytes]) -> list[tuple[int, str]]:
    """Return the numbers of the parts that are wrong, and why."""
    expression = read(raw)
    found: list[tuple[int, str]] = []
    inner: list[bytes] = []
    if 5 in expression:
        inner = read(expression[5][0]).get(1, [])
    elif 6 in expression:
        call = read(expression[6][0])
        inner = [*call.get(1, []), *call.get(3, [])]
        found.extend(_argument(text_of(call, 2), call.get(3, [])))
    elif 7 in expression:
        inner = read(expression[7][0]).get(1, [])
        found.extend(_mixed(inner, types))
    elif 8 in expression:
        for entry in read(expression[8][0]).get(2, []):
            pair = read(entry)
            inner += [*pair.get(3, []), *pair.get(4, [])]
    elif 9 in expression:
        loop = read(expression[9][0])
        inner = [part for number in (2, 4, 5, 6, 7) for part in loop.get(number, [])]
    for each in inner:
        found.extend(_wrong(each, types))
    return found


def _argument(function: str, arguments: list[bytes]) -> list[tuple[int, str]]:
    """Return what is wrong with a text that is written out as an argument."""
    if function not in {"matches", "timestamp", "duration"} or not arguments:
        return []
    argument = read(arguments[-1])
    constant = read(argument[3][0]) if 3 in argument else {}
    if 6 not in constant:
        return []
    text = text_of(constant, 6)
    if function == "matches":
        try:
            compiled(text)
        except PatternFault:
            return [(_id(argument), "invalid matches argument")]
        return []
    fine = _DURATION.fullmatch(text) if function == "duration" else _is_time(text)
    return [] if fine else [(_id(argument), f"invalid {function} argument")]


def _is_time(text: str) -> bool:
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _id(message: Message) -> int:
    return int(message.get(2, [0])[0])


def _mixed(items: list[bytes], types: dict[int, bytes]) -> list[tuple[int, str]]:
    """Return the first item of a list that is of another type than the items before it."""
    wanted = ""
    for each in items:
        identity = _id(read(each))
        kind = kind_of(types.get(identity))
        if kind == "dyn":
            continue
        if wanted and kind != wanted:
            return [(identity, f"expected type '{wanted}' but found '{kind}'")]
        wanted = kind
    return []
