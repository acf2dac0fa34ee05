"""JSON as the API server's language reads and writes it: its words for bad text, its spelling.

1. Reading is left to a fast parser; what is here runs where that one refuses, to say why as the
   server says it, and where a key is there twice.
2. Writing differs from Python's in the spelling of floats and in three characters that Go escapes.

Source: encoding/json (scanner.go, encode.go), sigs.k8s.io/json; recorded answers.
"""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn, Self, cast

import msgspec

from reconcile.simulate._numbers_cy import fits, has_float
from reconcile.value.types import Json

__all__ = ["GoJsonError", "Spelled", "encoded", "float_text", "parse", "quoted", "spelled"]

MAX_DEPTH: Final = 10_000
"""Levels that Go's parser reads. The server itself has no other bound."""
_SPACE: Final = frozenset(" \t\r\n")
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_STRING: Final = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPES: Final = frozenset('bfnrt\\/"')
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_HTML: Final = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_ESCAPED: Final = re.compile("[<>&\u2028\u2029]")
_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder()


class GoJsonError(Exception):
    """The text is no JSON; the message is Go's."""


class Spelled(float):
    """A number that remembers how it was written."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Self:
        """Make a number of its text."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


def parse(data: bytes) -> tuple[Json, list[str]]:
    """Return the document in a text, and the paths of keys that are there twice, in order.

    Guarantees: the last of two keys wins; whole numbers beyond 64 bits are floats; text that is
        not UTF-8 and half characters become U+FFFD, as Go reads them.
    Raises: GoJsonError.
    """
    try:
        document: Json = _DECODER.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _carefully(data)
    if not fits(document):
        return _carefully(data)
    if _ENCODER.encode(document) == data:
        return document, []  # what comes out as it went in has lost nothing
    return document, _twice(data)


class _Members(list["tuple[str, Json]"]):
    __slots__ = ()


def _twice(data: bytes) -> list[str]:
    """Return the paths of keys that are there twice; the text is known to be JSON."""
    plain = json.loads(data, object_pairs_hook=_Members, parse_int=len, parse_float=len)
    found: list[str] = []
    _find_twice(plain, "", found)
    return found


def _find_twice(value: object, path: str, found: list[str]) -> None:
    if isinstance(value, _Members):
        seen: set[str] = set()
        for key, item in value:
            where = f"{path}.{key}" if path else key
            if key in seen:
                found.append(where)
            seen.add(key)
            _find_twice(item, where, found)
    elif isinstance(value, list):
        for index, each in enumerate(cast("list[object]", value)):
            _find_twice(each, f"{path}[{index}]", found)


def _carefully(data: bytes) -> tuple[Json, list[str]]:
    """Read a text that the fast parser refuses, or whose numbers are large."""
    text = data.decode("utf-8", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        message = "invalid character 'ï' looking for beginning of value"
        raise GoJsonError(message)
    _Scanner(text).check()
    try:
        document = json.loads(text, parse_int=_whole, parse_float=_float)
        return _whole_text(document), _twice(text.encode("utf-8", "surrogatepass"))
    except RecursionError:
        message = "invalid character '{' exceeded max depth"
        raise GoJsonError(message) from None


def _whole(text: str) -> int | float:
    if len(text) < 19:
        return int(text)
    if len(text) > 4000:
        return float(text)
    value = int(text)
    return value if -(2**63) <= value < 2**63 else float(value)


def _float(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        message = f"json: cannot unmarshal number {text} into Go value of type float64"
        raise GoJsonError(message)
    return value


def _whole_text(value: Json) -> Json:
    """Return a document whose half characters have become U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {cast("str", _whole_text(key)): _whole_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole_text(item) for item in value]
    return value


def spelled(data: bytes) -> Json:
    """Return the document in a text that is JSON, its numbers as they are written."""
    text = data.decode("utf-8", "replace")
    return cast("Json", json.loads(text, parse_int=_spelled_whole, parse_float=Spelled))


def _spelled_whole(text: str) -> int | Spelled:
    return int(text) if len(text) < 19 else Spelled(text)


class _Scanner:
    """A walk over a text that stops where Go's scanner does."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def check(self) -> None:
        """Raise GoJsonError unless the text is one JSON value."""
        stack: list[str] = []
        state = "value"
        while True:
            here = self._next()
            if state == "end":
                if here:
                    self._wrong(here, "after top-level value")
                return
            if not here:
                self._short()
            if state in ("value", "first item"):
                state = self._value(here, state, stack)
            elif state in ("key", "first key"):
                state = self._key(here, state, stack)
            elif state == "colon":
                if here != ":":
                    self._wrong(here, "after object key")
                self._at += 1
                state = "value"
            else:
                state = self._separator(here, state, stack)

    def _value(self, here: str, state: str, stack: list[str]) -> str:
        """Go over the beginning of a value, all of a scalar; return what is expected next."""
        if here == "]" and state == "first item":
            return self._closed(stack)
        if here in "{[":
            self._at += 1
            stack.append(here)
            if len(stack) > MAX_DEPTH:
                self._wrong(here, "exceeded max depth")
            return "first key" if here == "{" else "first item"
        self._scalar(here)
        return self._after(stack)

    def _key(self, here: str, state: str, stack: list[str]) -> str:
        if here == "}" and state == "first key":
            return self._closed(stack)
        if here != '"':
            self._wrong(here, "looking for beginning of object key string")
        self._string()
        return "colon"

    def _separator(self, here: str, state: str, stack: list[str]) -> str:
        """Go over what stands behind a member or an item."""
        closing, then = ("}", "key") if state == "object" else ("]", "value")
        if here == closing:
            return self._closed(stack)
        if here != ",":
            what = "object key:value pair" if state == "object" else "array element"
            self._wrong(here, f"after {what}")
        self._at += 1
        return then

    def _closed(self, stack: list[str]) -> str:
        self._at += 1
        stack.pop()
        return self._after(stack)

    @staticmethod
    def _after(stack: list[str]) -> str:
        if not stack:
            return "end"
        return "object" if stack[-1] == "{" else "array"

    def _next(self) -> str:
        text, at = self._text, self._at
        while at < len(text) and text[at] in _SPACE:
            at += 1
        self._at = at
        return text[at] if at < len(text) else ""

    def _scalar(self, here: str) -> None:
        if here == '"':
            self._string()
        elif here in "-0123456789":
            self._number()
        elif here in "tfn":
            self._literal({"t": "true", "f": "false", "n": "null"}[here])
        else:
            self._wrong(here, "looking for beginning of value")

    def _number(self) -> None:
        found = _NUMBER.match(self._text, self._at)
        end = found.end() if found else self._at + 1
        rest = self._text[end : end + 1]
        if found is None:  # a minus alone
            if not rest:
                self._short()
            self._wrong(rest, "in numeric literal")
        if rest == "." or (rest and rest in "eE"):
            after = self._text[end + 1 : end + 2]
            what = "after decimal point in numeric literal"
            if rest in "eE":
                what = "in exponent of numeric literal"
                if after and after in "+-":
                    after = self._text[end + 2 : end + 3]
            if not after:
                self._short()
            self._wrong(after, what)
        self._at = end

    def _literal(self, word: str) -> None:
        for place, expected in enumerate(word):
            here = self._text[self._at + place : self._at + place + 1]
            if not here:
                self._short()
            if here != expected:
                self._wrong(here, f"in literal {word} (expecting {_character(expected)})")
        self._at += len(word)

    def _string(self) -> None:
        text, at = self._text, self._at + 1
        while True:
            found = _STRING.match(text, at)
            at = found.end() if found else at
            if at >= len(text):
                self._short()
            here = text[at]
            if here == '"':
                self._at = at + 1
                return
            if here != "\\":
                self._wrong(here, "in string literal")
            escape = text[at + 1 : at + 2]
            if not escape:
                self._short()
            if escape == "u":
                for each in text[at + 2 : at + 6]:
                    if each not in _HEX:
                        self._wrong(each, "in \\u hexadecimal character escape")
                if len(text) < at + 6:
                    self._short()
                at += 6
            elif escape in _ESCAPES:
                at += 2
            else:
                self._wrong(escape, "in string escape code")

    def _wrong(self, character: str, where: str) -> NoReturn:
        message = f"invalid character {_character(character)} {where}"
        raise GoJsonError(message)

    def _short(self) -> NoReturn:
        message = "unexpected end of JSON input"
        raise GoJsonError(message)


def _character(character: str) -> str:
    if character == "'":
        return "'\\''"
    if character == '"':
        return "'\"'"
    # Go looks at bytes: a character of several is named by its first.
    byte = character.encode("utf-8", "surrogatepass")[0]
    return f"'{quoted(chr(byte))[1:-1]}'"


def quoted(text: str) -> str:
    """Return a text in double quotes, as Go's `%q` writes it."""
    made: list[str] = []
    short = {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
    }
    for each in text:
        if each in '"\\':
            made.append("\\" + each)
        elif each in short:
            made.append(short[each])
        elif each.isprintable():
            made.append(each)
        elif ord(each) < 0x80:
            made.append(f"\\x{ord(each):02x}")
        elif ord(each) < 0x10000:
            made.append(f"\\u{ord(each):04x}")
        else:
            made.append(f"\\U{ord(each):08x}")
    return f'"{"".join(made)}"'


def float_text(value: float) -> str:
    """Return a float as Go's JSON encoder writes it: `1.0` is `1`, `1e16` has all its digits."""
    if value == 0:
        return "0"  # the server does not keep the sign of it
    text = repr(value)
    if 1e-6 <= abs(value) < 1e21:
        if "e" in text or value.is_integer():
            return format(_decimal(text), "f")
        return text
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    sign, digits = exponent[0], exponent[1:].lstrip("0")
    if sign not in "+-":
        sign, digits = "+", exponent.lstrip("0")
    return f"{mantissa.removesuffix('.0')}e{sign}{digits}"


def _decimal(text: str) -> object:
    from decimal import Decimal

    made = Decimal(text)
    return made.quantize(Decimal(1)) if made == made.to_integral_value() else made


def encoded(document: Json, *, escape_html: bool = False, signed: bool = False) -> bytes:
    """Return a document as the server writes it: compact, floats in Go's spelling.

    Shape: `signed` keeps the sign of a zero, which Go's encoder does and the server does not.

    Cost: linear; documents without floats take msgspec's way.
    """
    if not has_float(document):
        made = _ENCODER.encode(document)
        if escape_html and any(each in made for each in (b"<", b">", b"&", b"\xe2\x80")):
            return _ESCAPED.sub(lambda m: _HTML[m[0]], made.decode()).encode()
        return made
    parts: list[str] = []
    _write(document, parts, "-0" if signed else "0")
    text = "".join(parts)
    if escape_html:
        text = _ESCAPED.sub(lambda m: _HTML[m[0]], text)
    return text.encode("utf-8", "replace")


def _write(value: Json, parts: list[str], below_zero: str) -> None:
    if isinstance(value, dict):
        parts.append("{")
        for place, (key, item) in enumerate(value.items()):
            parts.append(f"{',' if place else ''}{json.dumps(key, ensure_ascii=False)}:")
            _write(item, parts, below_zero)
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for place, item in enumerate(value):
            if place:
                parts.append(",")
            _write(item, parts, below_zero)
        parts.append("]")
    elif isinstance(value, float):
        negative = value == 0.0 and repr(value) == "-0.0"
        parts.append(below_zero if negative else float_text(value))
    else:
        parts.append(json.dumps(value, ensure_ascii=False))
