"""OpenAPI version 2 in protobuf: what older clients of a server read.

1. A small encoder that is told by tables what each field of a message is. Nothing is decoded.
2. Unset fields, empty text, false and zero are not written (proto3).

Source: protobuf.dev/programming-guides/encoding; github.com/google/gnostic OpenAPIv2.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

__all__ = ["document_v2"]

_MAX_DEPTH: Final = 128


class _Field(NamedTuple):
    """Where a member of a JSON object goes: a number, and what writes its value."""

    number: int
    write: Callable[[int, Any, int], bytes]


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _block(number: int, content: bytes) -> bytes:
    """Return a field whose content has a length: text or a message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _text(number: int, value: Any, depth: int) -> bytes:
    del depth
    return _block(number, value.encode()) if value else b""


def _texts(number: int, value: Any, depth: int) -> bytes:
    del depth
    return b"".join(_block(number, each.encode()) for each in value)


def _bool(number: int, value: Any, depth: int) -> bytes:
    del depth
    return _varint(number << 3) + b"\x01" if value else b""


def _int(number: int, value: Any, depth: int) -> bytes:
    del depth
    # Negative numbers are written as what they are modulo 2 to the 64.
    return _varint(number << 3) + _varint(int(value) & (2**64 - 1)) if value else b""


def _double(number: int, value: Any, depth: int) -> bytes:
    del depth
    return _varint(number << 3 | 1) + struct.pack("<d", value) if value else b""


def _yaml(value: Any) -> bytes:
    """Return an `Any`: its value as YAML, of which JSON is a part."""
    return _block(2, msgspec.json.encode(value))


def _any(number: int, value: Any, depth: int) -> bytes:
    del depth
    return _block(number, _yaml(value))


def _anys(number: int, value: Any, depth: int) -> bytes:
    return b"".join(_any(number, each, depth) for each in value)


def _message(name: str) -> Callable[[int, Any, int], bytes]:
    return lambda number, value, depth: _block(number, _encoded(name, value, depth))


def _messages(name: str) -> Callable[[int, Any, int], bytes]:
    return lambda number, value, depth: b"".join(
        _block(number, _encoded(name, each, depth)) for each in value
    )


def _wrapped(inner: int, name: str) -> Callable[[int, Any, int], bytes]:
    """Write a message inside of one that may hold others."""
    return lambda number, value, depth: _block(number, _block(inner, _encoded(name, value, depth)))


def _named(inner: int, write: Callable[[int, Any, int], bytes]) -> Callable[[int, Any, int], bytes]:
    """Write a map as a message that repeats names with values."""

    def written(number: int, value: Any, depth: int) -> bytes:
        return _block(number, b"".join(_pairs(inner, value, write, depth)))

    return written


def _pairs(
    number: int, value: Mapping[str, Any], write: Callable[[int, Any, int], bytes], depth: int
) -> Iterator[bytes]:
    for name, each in value.items():
        yield _block(number, _text(1, name, depth) + write(2, each, depth))


def _additional(number: int, value: Any, depth: int) -> bytes:
    if isinstance(value, bool):
        return _block(number, _bool(2, value, depth))
    return _wrapped(1, "Schema")(number, value, depth)


def _type(number: int, value: Any, depth: int) -> bytes:
    return _block(number, _texts(1, [value] if isinstance(value, str) else value, depth))


def _parameters(number: int, value: Any, depth: int) -> bytes:
    return b"".join(_block(number, _block(1, _parameter(each, depth))) for each in value)


def _parameter(value: Mapping[str, Any], depth: int) -> bytes:
    if value["in"] == "body":
        return _block(1, _encoded("BodyParameter", value, depth))
    where = {"query": 3, "path": 4}[value["in"]]
    name = "QueryParameter" if where == 3 else "PathParameter"
    return _block(2, _block(where, _encoded(name, value, depth)))


def _scopes(number: int, value: Any, depth: int) -> bytes:
    """Write what an operation requires: for each scheme the texts of its scopes."""
    made = b""
    for each in value:
        pairs = _pairs(1, each, lambda n, texts, d: _block(n, _texts(1, texts, d)), depth)
        made += _block(number, b"".join(pairs))
    return made


_EXTENSION: Final = ""
"""The name under which a message says where its extensions go."""

_MESSAGES: Final[Mapping[str, Mapping[str, _Field]]] = {
    "Document": {
        "swagger": _Field(1, _text),
        "info": _Field(2, _message("Info")),
        "paths": _Field(8, _named(2, _message("PathItem"))),
        "definitions": _Field(9, _named(1, _message("Schema"))),
        "security": _Field(12, _scopes),
        "securityDefinitions": _Field(13, _named(1, _wrapped(2, "ApiKey"))),
        _EXTENSION: _Field(16, _any),
    },
    "Info": {"title": _Field(1, _text), "version": _Field(2, _text)},
    "ApiKey": {
        "type": _Field(1, _text),
        "name": _Field(2, _text),
        "in": _Field(3, _text),
        "description": _Field(4, _text),
    },
    "PathItem": {
        "get": _Field(2, _message("Operation")),
        "put": _Field(3, _message("Operation")),
        "post": _Field(4, _message("Operation")),
        "delete": _Field(5, _message("Operation")),
        "options": _Field(6, _message("Operation")),
        "head": _Field(7, _message("Operation")),
        "patch": _Field(8, _message("Operation")),
        "parameters": _Field(9, _parameters),
    },
    "Operation": {
        "tags": _Field(1, _texts),
        "description": _Field(3, _text),
        "operationId": _Field(5, _text),
        "produces": _Field(6, _texts),
        "consumes": _Field(7, _texts),
        "parameters": _Field(8, _parameters),
        "responses": _Field(9, _named(1, _wrapped(1, "Response"))),
        "schemes": _Field(10, _texts),
        _EXTENSION: _Field(13, _any),
    },
    "BodyParameter": {
        "description": _Field(1, _text),
        "name": _Field(2, _text),
        "in": _Field(3, _text),
        "required": _Field(4, _bool),
        "schema": _Field(5, _message("Schema")),
    },
    "QueryParameter": {
        "in": _Field(2, _text),
        "description": _Field(3, _text),
        "name": _Field(4, _text),
        "type": _Field(6, _text),
        "uniqueItems": _Field(20, _bool),
    },
    "PathParameter": {
        "required": _Field(1, _bool),
        "in": _Field(2, _text),
        "description": _Field(3, _text),
        "name": _Field(4, _text),
        "type": _Field(5, _text),
        "uniqueItems": _Field(19, _bool),
    },
    "Response": {
        "description": _Field(1, _text),
        "schema": _Field(2, _wrapped(1, "Schema")),
    },
    "Schema": {
        "$ref": _Field(1, _text),
        "format": _Field(2, _text),
        "title": _Field(3, _text),
        "description": _Field(4, _text),
        "default": _Field(5, _any),
        "multipleOf": _Field(6, _double),
        "maximum": _Field(7, _double),
        "exclusiveMaximum": _Field(8, _bool),
        "minimum": _Field(9, _double),
        "exclusiveMinimum": _Field(10, _bool),
        "maxLength": _Field(11, _int),
        "minLength": _Field(12, _int),
        "pattern": _Field(13, _text),
        "maxItems": _Field(14, _int),
        "minItems": _Field(15, _int),
        "uniqueItems": _Field(16, _bool),
        "maxProperties": _Field(17, _int),
        "minProperties": _Field(18, _int),
        "required": _Field(19, _texts),
        "enum": _Field(20, _anys),
        "additionalProperties": _Field(21, _additional),
        "type": _Field(22, _type),
        "items": _Field(23, _wrapped(1, "Schema")),
        "allOf": _Field(24, _messages("Schema")),
        "properties": _Field(25, _named(1, _message("Schema"))),
        "example": _Field(30, _any),
        _EXTENSION: _Field(31, _any),
    },
}


def document_v2(document: Mapping[str, Any]) -> bytes:
    """Return an OpenAPI document of version 2 as a message `openapi.v2.Document`.

    Guarantees: same document, same bytes. Members the message has no place for are left out,
        as are schemas nested deeper than 128 levels.
    Cost: linear.
    """
    return _encoded("Document", document, 0)


def _encoded(name: str, value: Mapping[str, Any], depth: int) -> bytes:
    if depth > _MAX_DEPTH:
        return b""
    fields = _MESSAGES[name]
    extension = fields.get(_EXTENSION)
    parts: list[tuple[int, bytes]] = []
    for key, each in value.items():
        field = fields.get(key) if key else None
        if field is not None:
            if each is not None:
                parts.append((field.number, field.write(field.number, each, depth + 1)))
        elif extension is not None and key.startswith("x-"):
            pair = _text(1, key, depth) + extension.write(2, each, depth)
            parts.append((extension.number, _block(extension.number, pair)))
    parts.sort(key=lambda part: part[0])
    return b"".join(part for _, part in parts)
