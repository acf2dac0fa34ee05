"""Objects in protobuf, as newer clients send those of built-in kinds: what they say, as JSON.

1. The layout of every message is data; nothing here knows a kind.
2. What comes out is what the same client would send as JSON: empty values are left out where its
   library leaves them out, times and quantities are text, bytes are base64.

Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf; generated.proto and types.go of
k8s.io/api 0.36; protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import msgspec

from reconcile.simulate.go.structs import Field, layouts, message_name
from reconcile.simulate.server.status import bad_request
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.types import Json, JsonObject

__all__ = ["MEDIA_TYPE", "document_of"]

MEDIA_TYPE: Final = "application/vnd.kubernetes.protobuf"
_MAGIC: Final = b"k8s\x00"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _MalformedError(Exception):
    """The bytes are no message."""


def document_of(data: bytes) -> JsonObject:
    """Return the object in a body.

    Raises: ApiError 400 for what is no object of a kind that is known.
    Cost: linear; the first body also reads the layouts.
    """
    try:
        return _document(data)
    except (_MalformedError, ValueError, OverflowError, msgspec.DecodeError):
        raise bad_request(
            "the object provided is unrecognized: it is no protobuf message"
        ) from None


def _document(data: bytes) -> JsonObject:
    if not data.startswith(_MAGIC):
        raise _MalformedError
    api_version = kind = ""
    raw = b""
    for number, value in _fields(data[len(_MAGIC) :]):
        if number == 1 and isinstance(value, bytes):
            for inner, text in _fields(value):
                if isinstance(text, bytes):
                    api_version = text.decode() if inner == 1 else api_version
                    kind = text.decode() if inner == 2 else kind
        elif number == 2 and isinstance(value, bytes):
            raw = value
    name = message_name(api_version, kind)
    if name not in layouts():
        raise _MalformedError
    found = _message(name, raw, 0)
    if not isinstance(found, dict):
        raise _MalformedError
    return {"kind": kind, "apiVersion": api_version, **found}


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise _MalformedError
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), at
        shift += 7
    raise _MalformedError


def _fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Yield the numbers and values of the fields of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
                yield tag >> 3, value
            case 1:
                yield tag >> 3, struct.unpack("<d", _part(data, at, 8))[0]
                at += 8
            case 2:
                length, at = _varint(data, at)
                yield tag >> 3, _part(data, at, length)
                at += length
            case 5:
                _part(data, at, 4)  # no field of Kubernetes has this form
                at += 4
            case _:
                raise _MalformedError


def _part(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise _MalformedError
    return data[at : at + length]


def _message(name: str, data: bytes, depth: int) -> Json:
    """Return what a message says; None where it says nothing that JSON would tell."""
    if depth > MAX_DEPTH:
        raise _MalformedError
    special = _SPECIAL.get(name.removeprefix("io.k8s.apimachinery.pkg."))
    if special is not None:
        return special(dict(_fields(data)))
    layout = layouts()[name]
    made: JsonObject = {}
    for number, value in _fields(data):
        field = layout.get(number)
        if field is not None:
            _put(made, field, value, depth)
    if name.endswith(("ExtraValue", "Verbs")):  # a list that is a message of its own
        return made.get("items", [])
    return made


def _put(made: JsonObject, field: Field, value: float | bytes, depth: int) -> None:
    if field.form.isupper():
        if not isinstance(value, bytes):
            raise _MalformedError
        entry = dict(_fields(value))
        key = entry.get(1, b"")
        if not isinstance(key, bytes):
            raise _MalformedError
        plain = field._replace(form=field.form.lower())
        empty = b"" if plain.form in "sym" else 0
        held = cast("JsonObject", made.setdefault(field.name, {}))
        held[key.decode()] = _value(plain, entry.get(2, empty), depth)
    elif field.form.startswith("*"):
        held_list = cast("list[Json]", made.setdefault(field.name, []))
        held_list.append(_value(field._replace(form=field.form[1:]), value, depth))
    else:
        found = _value(field, value, depth)
        if not field.name:
            made.update(cast("JsonObject", found))
        elif found is not None and (field.kept or found not in ("", 0)):
            made[field.name] = found


def _value(field: Field, value: float | bytes, depth: int) -> Json:
    match field.form, value:
        case "m", bytes():
            return _message(field.target, value, depth + 1)
        case "s", bytes():
            return value.decode()
        case "y", bytes():
            return base64.b64encode(value).decode()
        case "b", int():
            return bool(value)
        case "i", int():
            return value - 2**64 if value >= 2**63 else value
        case "d", float():
            return value
        case _:
            raise _MalformedError


_Parts = dict[int, int | float | bytes]


def _text(parts: _Parts, number: int) -> str:
    value = parts.get(number, b"")
    if not isinstance(value, bytes):
        raise _MalformedError
    return value.decode()


def _number(parts: _Parts, number: int) -> int:
    value = parts.get(number, 0)
    if not isinstance(value, int):
        raise _MalformedError
    return value - 2**64 if value >= 2**63 else value


def _quantity(parts: _Parts) -> Json:
    return _text(parts, 1) or "0"


def _int_or_string(parts: _Parts) -> Json:
    return _text(parts, 3) if _number(parts, 1) == 1 else _number(parts, 2)


def _time(parts: _Parts) -> Json:
    seconds, nanos = _number(parts, 1), _number(parts, 2)
    if not seconds and not nanos:
        return None
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def _micro_time(parts: _Parts) -> Json:
    seconds, nanos = _number(parts, 1), _number(parts, 2)
    if not seconds and not nanos:
        return None
    return (
        f"{_EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000):%Y-%m-%dT%H:%M:%S.%fZ}"
    )


def _raw(parts: _Parts) -> Json:
    text = _text(parts, 1)
    return cast("Json", msgspec.json.decode(text)) if text else None


_SPECIAL: Final[dict[str, Callable[[_Parts], Json]]] = {
    "api.resource.Quantity": _quantity,
    "util.intstr.IntOrString": _int_or_string,
    "apis.meta.v1.Time": _time,
    "apis.meta.v1.MicroTime": _micro_time,
    "apis.meta.v1.FieldsV1": _raw,
    "runtime.RawExtension": _raw,
}
"""Messages that JSON tells in a form of their own."""
