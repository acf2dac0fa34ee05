"""Bodies in protobuf, as Go clients send them for built-in kinds: read into JSON.

1. Only requests are read. Who asks for protobuf takes JSON too, so answers stay JSON.
2. Fields are told by number; which ones there are, a table says (`data/protobuf.json.gz`).
3. Go writes what is not a pointer even when nobody set it, so a zero there says nothing: it is left
   out where Go's JSON leaves it out.

Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf; protobuf's encoding specification.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

from reconcile.errors import ReconcileError

__all__ = ["MEDIA_TYPE", "ProtobufError", "to_json"]

MEDIA_TYPE: Final = "application/vnd.kubernetes.protobuf"

_MAGIC: Final = b"k8s\x00"
_MAX_DEPTH: Final = 128
_META: Final = "k8s.io.apimachinery.pkg.apis.meta.v1"
_UNKNOWN: Final = "k8s.io.apimachinery.pkg.runtime.Unknown"
# Spoken in every group and version.
_COMMON: Final = frozenset({"DeleteOptions", "CreateOptions", "UpdateOptions", "PatchOptions"})
# Missing kinds, ends in the middle of something, texts that are none, JSON within that is too deep.
_FAULTS: Final = (
    KeyError,
    IndexError,
    ValueError,
    OverflowError,
    RecursionError,
    AttributeError,
    TypeError,
    struct.error,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNED: Final = frozenset({"int32", "int64"})
_VARINTS: Final = frozenset({"bool", "int32", "int64", "uint32", "uint64"})


class ProtobufError(ReconcileError):
    """The sender must act: the bytes are not what they are said to be."""

    def __str__(self) -> str:
        return "the body cannot be read as protobuf of a built-in kind"


class _Field(NamedTuple):
    number: int
    name: str
    """In JSON; empty for a struct whose fields stand among those around it."""
    type: str
    form: str
    said: bool
    """Whether a zero is written: what is a pointer, and what has no `omitempty`."""


class _Table(NamedTuple):
    packages: Mapping[str, str]
    messages: Mapping[str, Mapping[int, _Field]]


@cache
def _table() -> _Table:
    archive = files("reconcile.http_api") / "data" / "protobuf.json.gz"
    held: dict[str, Any] = json.loads(gzip.decompress(archive.read_bytes()))
    messages = {
        name: {field[0]: _Field(*field) for field in fields}
        for name, fields in held["messages"].items()
    }
    return _Table(held["packages"], messages)


def to_json(body: bytes) -> bytes:
    """Return a body as JSON.

    Shape: four bytes of magic, then an envelope that names version and kind.
    Raises: `ProtobufError` for what is broken, deeper than 128 levels, or of a kind that is not
        built in.
    """
    if not body.startswith(_MAGIC):
        raise ProtobufError
    try:
        envelope = _message(body[len(_MAGIC) :], _UNKNOWN, 0)
        api_version, kind = envelope.get("apiVersion", ""), envelope.get("kind", "")
        if envelope.get("contentEncoding"):
            raise ProtobufError
        package = _META if kind in _COMMON else _table().packages[api_version]
        raw = base64.b64decode(envelope.get("raw", ""))
        document = _message(raw, f"{package}.{kind}", 0)
    except _FAULTS as error:
        raise ProtobufError from error
    return json.dumps({"apiVersion": api_version, "kind": kind, **document}).encode()


def _message(data: bytes, name: str, depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        raise ProtobufError
    fields = _table().messages[name]
    made: dict[str, Any] = {}
    for number, value in _wire(data):
        field = fields.get(number)
        if field is None:
            # Of another version of Kubernetes.
            continue
        if field.form == "map":
            key, item = _entry(cast("bytes", value), field.type, depth)
            made.setdefault(field.name, {})[key] = item
        elif field.form == "list":
            held = made.setdefault(field.name, [])
            if isinstance(value, bytes) and field.type in _VARINTS:
                held += [_scalar(each, field.type) for each in _packed(value)]
            else:
                held.append(_value(value, field.type, depth))
        else:
            item = _value(value, field.type, depth)
            if not field.name:
                made.update(item)
            elif item is not None and (field.said or item not in ("", {}, 0)):
                # `False` is 0: it is left out as well.
                made[field.name] = item
    return made


def _entry(data: bytes, kind: str, depth: int) -> tuple[str, Any]:
    key, item = "", None
    for number, value in _wire(data):
        if number == 1:
            key = cast("bytes", value).decode()
        elif number == 2:
            item = _value(value, kind, depth)
    if item is None:
        item = _value(b"" if kind not in _VARINTS else 0, kind, depth)
    return key, item


def _value(value: int | bytes, kind: str, depth: int) -> Any:
    if "." not in kind:
        return _scalar(value, kind)
    if not isinstance(value, bytes):
        raise ProtobufError
    special = _SPECIAL.get(kind) or _SPECIAL.get(kind.rpartition(".")[2])
    if special is not None:
        return special(value)
    made = _message(value, kind, depth + 1)
    return _CHOICES[kind.rpartition(".")[2]](made) if _is_choice(kind) else made


def _scalar(value: int | bytes, kind: str) -> Any:
    if isinstance(value, int):
        if kind == "bool":
            return value != 0
        if kind not in _VARINTS:
            raise ProtobufError
        return value - 2**64 if kind in _SIGNED and value >= 2**63 else value
    if kind == "string":
        return value.decode()
    if kind == "bytes":
        return base64.b64encode(value).decode()
    if kind == "double":
        return struct.unpack("<d", value)[0]
    raise ProtobufError


def _time(data: bytes, *, micro: bool) -> str | None:
    held = {number: _scalar(value, "int64") for number, value in _wire(data)}
    if not data:
        return None
    at = _EPOCH + timedelta(seconds=held.get(1, 0), microseconds=held.get(2, 0) // 1000)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _int_or_string(data: bytes) -> int | str:
    made = _message(data, "k8s.io.apimachinery.pkg.util.intstr.IntOrString", 0)
    chosen: int | str = made.get("strVal", "") if made.get("type") == 1 else made.get("intVal", 0)
    return chosen


def _json(data: bytes) -> Any:
    for number, value in _wire(data):
        if number == 1 and isinstance(value, bytes) and value:
            return json.loads(value)
    return None


def _text(data: bytes) -> str:
    for number, value in _wire(data):
        if number == 1 and isinstance(value, bytes):
            return value.decode()
    return ""


def _items(data: bytes) -> list[str]:
    return [value.decode() for _, value in _wire(data) if isinstance(value, bytes)]


def _duration(data: bytes) -> str:
    held = {number: _scalar(value, "int64") for number, value in _wire(data)}
    return f"{held.get(1, 0) / 1e9:g}s"


_SPECIAL: Final[Mapping[str, Callable[[bytes], Any]]] = {
    f"{_META}.Time": lambda data: _time(data, micro=False),
    f"{_META}.MicroTime": lambda data: _time(data, micro=True),
    f"{_META}.Duration": _duration,
    f"{_META}.FieldsV1": _json,
    f"{_META}.Verbs": _items,
    "k8s.io.apimachinery.pkg.runtime.RawExtension": _json,
    "k8s.io.apimachinery.pkg.api.resource.Quantity": _text,
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
    # These are called so in several groups and versions.
    "ExtraValue": _items,
    "JSON": _json,
}
_CHOICES: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = {
    "JSONSchemaPropsOrArray": lambda made: made.get("jSONSchemas") or made.get("schema", {}),
    "JSONSchemaPropsOrBool": lambda made: made.get("schema", made.get("allows", False)),
    "JSONSchemaPropsOrStringArray": lambda made: made.get("property") or made.get("schema", {}),
}


def _is_choice(kind: str) -> bool:
    return kind.rpartition(".")[2] in _CHOICES


def _wire(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field: an integer, or bytes."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ProtobufError
        if number == 0 or size > end - at:
            raise ProtobufError
        yield number, data[at : at + size]
        at += size


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
        if shift > 63:
            raise ProtobufError
