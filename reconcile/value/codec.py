"""Bytes to documents and back, strictly.

1. What JSON says twice, or cannot say, is refused: nothing is lost without a word.
2. msgspec takes the last of two equal keys. A document that encodes to the very bytes it came
   from cannot have lost one; any other document is read again by a parser that sees every key.
3. The garbage collector is paused around a parse: making many containers starts full collections
   that find nothing (measured: a 14 MB body takes four times as long on CPython 3.11).
"""

from __future__ import annotations

import codecs
import gc
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import msgspec

from reconcile.errors import Fault, LimitError, ObjectError, ReconcileError, RequestError

from .limits import MAX_DEPTH
from .pointer import render
from .redact import describe

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .types import Json, JsonObject

__all__ = ["canonical", "check_utf8", "decode", "decode_object", "encode", "paused_collector"]

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_CHUNK = 64 * 1024
_MAX_DIGITS = 4_000
_DECODER = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


@contextmanager
def paused_collector() -> Generator[None, None, None]:
    """Pause the garbage collector; afterwards it is as it was before."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def check_utf8(data: bytes) -> None:
    """Refuse bytes that are not UTF-8. One pass, no copy of the whole.

    Raises: RequestError.
    """
    if data.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(view), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", True)  # noqa: FBT003  # the end of the text; takes no keyword
    except UnicodeDecodeError:
        raise RequestError("not-utf8", "the text is not UTF-8") from None


def decode(data: bytes | memoryview | msgspec.Raw, *, pointer: str = "") -> Json:
    """Return the document in `data`; `pointer` is where it stands, for messages.

    Guarantees: integers are exact whatever their size, floats are finite, no key is there twice.
    Raises: RequestError when it is not JSON or not UTF-8, or when a key is there twice,
        LimitError when it is nested too deeply.
    Cost: linear; a document with escapes that Python would not write is read twice.
    """
    try:
        document: Json = _DECODER.decode(data)
    except RecursionError:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer) from None
    except (msgspec.DecodeError, ValueError, OverflowError):
        raise _unreadable(bytes(data), pointer) from None
    text = bytes(data)
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
        _check_depth(document, pointer)
    if _ENCODER.encode(document) != text:
        _check_keys(text, pointer)
    return document


def decode_object(data: bytes | memoryview | msgspec.Raw, *, pointer: str = "") -> JsonObject:
    """Return the JSON object in `data`.

    Raises: what `decode` raises, and RequestError when it is JSON but no object.
    """
    document = decode(data, pointer=pointer)
    if not isinstance(document, dict):
        message = f"is {describe(document)}, an object is needed"
        raise RequestError("shape", message, pointer=pointer)
    return document


def encode(document: Json) -> bytes:
    """Return a document as compact JSON, members in their order.

    Raises: ObjectError with every value and key that JSON or Kubernetes cannot say (NaN, infinity,
        whole numbers over 64 bits, other types), LimitError when it is nested too deeply.
    """
    _check_values(document)
    return _ENCODER.encode(document)


def canonical(document: Json) -> bytes:
    """Return a document as compact JSON with sorted members: equal documents, equal bytes.

    Raises: what `encode` raises.
    """
    _check_values(document)
    return msgspec.json.encode(document, order="sorted")


def _unreadable(data: bytes, pointer: str) -> ReconcileError:
    """Return why msgspec could not read `data`."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return RequestError("not-utf8", "the text is not UTF-8", pointer=pointer)
    try:
        document = json.loads(text, parse_constant=_refuse, parse_int=_digits)
    except RecursionError:
        return LimitError("levels of nesting", MAX_DEPTH, pointer=pointer)
    except LimitError:
        return LimitError("digits in a number", _MAX_DIGITS, pointer=pointer)
    except ValueError:
        return RequestError("not-json", "the text is not JSON", pointer=pointer)
    return _overflow(document, pointer)


def _refuse(_constant: str) -> None:
    raise ValueError


def _digits(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise LimitError("digits in a number", _MAX_DIGITS)
    return int(text)


def _overflow(document: Json, pointer: str) -> RequestError:
    """Return the error for a text that only Python's parser reads: a number no float can hold."""
    for path, value in _walk(document):
        if isinstance(value, float) and value in {float("inf"), float("-inf")}:
            message = "a number is too large for a 64-bit float"
            return RequestError("number", message, pointer=pointer + render(path))
    return RequestError("not-json", "the text is not JSON", pointer=pointer)


def _walk(document: object) -> Iterator[tuple[list[str | int], object]]:
    """Yield every value with its path, an object before its members.

    The path is one list that changes as the walk goes on: a path of its own for every value would
    make a small text with one long key, or with many levels, cost its square in memory.
    """
    path: list[str | int] = []
    yield path, document
    stack = [_members(document)]
    while stack:
        for part, value in stack[-1]:
            path.append(part)
            yield path, value
            if isinstance(value, (dict, list)):
                stack.append(_members(cast("object", value)))
                break
            path.pop()
        else:
            stack.pop()
            if path:
                path.pop()


def _members(value: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, dict):
        return iter(cast("dict[str, object]", value).items())
    if isinstance(value, _Pairs):
        return iter(value)
    return enumerate(cast("list[object]", value) if isinstance(value, list) else ())


def _check_depth(document: Json, pointer: str) -> None:
    level: list[Json] = [document]
    for _ in range(MAX_DEPTH + 1):
        below: list[Json] = []
        for value in level:
            if type(value) is dict:
                below.extend(value.values())
            elif type(value) is list:
                below.extend(value)
        if not below:
            return
        level = below
    raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer)


class _Pairs(list["tuple[str, object]"]):
    """The members of one object, none of them lost."""

    __slots__ = ()


class _TwiceError(Exception):
    """Some key is there twice."""


def _once(members: list[tuple[str, object]]) -> None:
    if len({key for key, _ in members}) < len(members):
        raise _TwiceError


def _check_keys(text: bytes, pointer: str) -> None:
    """Raise RequestError for the first object in which a key is there twice.

    The first reading keeps nothing; only a text that has such an object is read once more.
    """
    try:
        json.loads(text, object_pairs_hook=_once, parse_int=len, parse_float=len)
    except _TwiceError:
        pass
    else:
        return
    found: object = json.loads(text, object_pairs_hook=_Pairs, parse_int=len, parse_float=len)
    for path, value in _walk(found):
        seen: set[str] = set()
        for key, _ in value if isinstance(value, _Pairs) else ():
            if key in seen:
                shown = repr(key) if len(key) <= 100 else describe(key)
                message = f"the key {shown} is there twice"
                raise RequestError("duplicate-key", message, pointer=pointer + render(path))
            seen.add(key)


def _check_values(document: Json, depth: int = 0) -> None:
    if not _clean(document, depth):
        _blame(document)


def _clean(value: Json, depth: int) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return INT64_MIN <= value <= INT64_MAX  # type: ignore[operator]
    if kind is float:
        return value - value == 0  # type: ignore[operator]  # NaN and infinities are not
    if depth >= MAX_DEPTH and value:
        return False
    if isinstance(value, dict):
        return all(type(key) is str and _clean(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return all(_clean(item, depth + 1) for item in value)
    return False


def _blame(document: Json) -> None:
    faults: list[Fault] = []
    for path, value in _walk(document):
        if len(path) > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH, pointer=render(path[:8]))
        message = _fault(value)
        if message:
            faults.append(Fault(render(path), message))
    if faults:
        raise ObjectError(faults)


def _fault(value: object) -> str | None:
    match value:
        case None | bool() | str() | list():
            return None
        case int():
            fits = INT64_MIN <= value <= INT64_MAX
            return None if fits else "is a whole number of more than 64 bits"
        case float():
            return None if value - value == 0 else "is not a finite number"
        case dict():
            keys = cast("dict[object, object]", value)
            wrong = {type(key).__name__ for key in keys if type(key) is not str}
            return f"has keys of type {', '.join(sorted(wrong))}" if wrong else None
        case _:
            return f"is {describe(value)}, which JSON cannot say"
