"""The elements of a field path: how they are written, read, ordered and shown.

1. An element is the text that Kubernetes writes in `fieldsV1`: `f:` a member, `k:` an item by its
   merge keys, `v:` an item of a set by its value, `i:` an item by its position.
2. One element has one text: keys are sorted and numbers written one way, so that texts can be
   compared and hashed in place of values. 1 and 1.0 are one number here, as they are upstream.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import Fault, LimitError, ObjectError, ReconcileError
from reconcile.value.codec import decode
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.value.types import Json

__all__ = ["SELF", "element", "element_order", "key_element", "readable", "text", "value_element"]

SELF: Final = "."
"""Stands in a trie for the path itself, beside what is below it."""

_KINDS: Final = {"f": 0, "k": 1, "v": 2, "i": 3}
_SIMPLE: Final = r'"([A-Za-z0-9]+)":(?:"[^"\\\x00-\x1f]*"|0|-?[1-9][0-9]{0,17}|true|false|null)'
_KEYS: Final = re.compile(f"k:{{{_SIMPLE}(?:,{_SIMPLE})?}}").fullmatch
"""One or two merge keys, written as we write them if the keys are in order."""


def value_element(value: Json) -> str:
    """Return the element of an item of a set."""
    return "v:" + text(value)


def key_element(keys: Iterable[tuple[str, Json]]) -> str:
    """Return the element of an item of an associative list, by its merge keys in sorted order."""
    return "k:{" + ",".join([f"{quote(name)}:{text(value)}" for name, value in keys]) + "}"


def text(value: Json, depth: int = 0) -> str:
    """Return a value as compact JSON with sorted members, numbers as Go writes them.

    Raises: LimitError when it is nested too deeply.
    """
    if isinstance(value, str):
        return quote(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(value, list):
        return "[" + ",".join([text(item, depth + 1) for item in value]) + "]"
    if isinstance(value, dict):
        members = [f"{quote(key)}:{text(value[key], depth + 1)}" for key in sorted(value)]
        return "{" + ",".join(members) + "}"
    return _plain(value)


_plain = json.JSONEncoder().encode


def _number(value: float) -> str:
    """Return a float as Go's JSON writes it: plain up to 21 digits, an exponent beyond."""
    size = abs(value)
    if size != 0 and not 1e-6 <= size < 1e21:
        mantissa, _, exponent = repr(value).partition("e")
        sign = exponent[0] if exponent[0] in "+-" else "+"
        return f"{mantissa.removesuffix('.0')}e{sign}{exponent.lstrip('+-').zfill(2)}"
    if value.is_integer():
        return str(int(value))
    shown = repr(value)
    return f"{value:.20f}".rstrip("0") if "e" in shown else shown


def element(written: str, pointer: str = "") -> str | None:
    """Return the one text of an element, None for a kind of element that is not known.

    Raises: ObjectError when the text is no element.
    """
    if written.startswith("f:"):
        return written
    if written.startswith("k:") and written.isascii():
        keys = _KEYS(written)
        if keys is not None and (keys[2] is None or keys[1] < keys[2]):
            return written
    kind, colon, rest = written.partition(":")
    if not colon or not kind:
        raise _fault(pointer, "is no element of a field path, f:, k:, v: or i: is needed")
    if kind == "i":
        digits = rest[1:] if rest[:1] in ("-", "+") else rest
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
            raise _fault(pointer, "has i: without a whole number behind it")
        return f"i:{int(rest)}"
    if kind not in _KINDS:
        return None
    value = _read(rest, pointer)
    if kind == "v":
        return value_element(value)
    if not isinstance(value, dict):
        raise _fault(pointer, f"has k: with {describe(value)} behind it, an object is needed")
    return key_element(sorted(value.items()))


def _read(written: str, pointer: str) -> Json:
    try:
        return decode(written.encode(), pointer=pointer)
    except (ReconcileError, UnicodeEncodeError):
        raise _fault(pointer, "has an element whose value is not JSON") from None


def _fault(pointer: str, message: str) -> ObjectError:
    return ObjectError([Fault(pointer, message)])


def element_order(known: str) -> tuple[int, Any]:
    """Return what elements are sorted by: members, keys, values, positions; then their content."""
    kind = _KINDS.get(known[0], -1)
    rest = known[2:]
    if kind <= 0:
        return kind, rest
    if kind == 3:
        return kind, int(rest)
    if kind == 1 and "\\" not in rest:
        parts = rest.split('"')  # most items have one key, a text, or a number and a text
        if len(parts) == 5 and parts[2] == ":" and parts[4] == "}":
            return kind, [(parts[1], (1, parts[3]))]
        if len(parts) == 7 and parts[4] == ":" and parts[6] == "}":
            number = parts[2][1:-1]
            if parts[2].endswith(",") and number.isascii() and number.isdigit():
                return kind, [(parts[1], (0, int(number))), (parts[3], (1, parts[5]))]
    value: Json = json.loads(rest)
    if kind == 1:
        return kind, [(name, value_order(v)) for name, v in cast("dict[str, Json]", value).items()]
    return kind, value_order(value)


def value_order(value: Json) -> tuple[int, Any]:
    """Return what values are sorted by: numbers, texts, booleans, lists, objects, null."""
    match value:
        case bool():
            return 2, value
        case int() | float():
            return 0, value
        case str():
            return 1, value
        case list():
            return 3, [value_order(item) for item in value]
        case dict():
            return 4, [(key, value_order(value[key])) for key in sorted(value)]
        case _:
            return 5, None


def readable(path: Iterable[str]) -> str:
    """Return a path as people read it, as in `.spec.containers[name="app"].image`."""
    parts: list[str] = []
    for known in path:
        rest = known[2:]
        match known[:1]:
            case "k":
                keys = cast("dict[str, Json]", json.loads(rest))
                shown = ",".join(f"{name}={text(value)}" for name, value in keys.items())
                parts.append(f"[{shown}]")
            case "v":
                parts.append(f"[={rest}]")
            case "i":
                parts.append(f"[{rest}]")
            case _:
                parts.append(f".{rest}")
    return "".join(parts)
