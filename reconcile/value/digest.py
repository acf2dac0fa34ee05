"""A digest of a document: equal documents have equal digests, in every process and build.

1. The digest is BLAKE2b of canonical JSON: members sorted, numbers and escapes written one way.
2. msgspec writes it, and writes null for NaN and infinity: a text with a null is read again and
   compared. What msgspec cannot write, or writes in two ways, is written here, to the same letter:
   zeros with a sign, whole numbers of any size, half characters, any depth, any mapping.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from ._walk_cy import check, container
from .equality import equal

if TYPE_CHECKING:
    from .types import JsonIn

__all__ = ["digest"]

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder()
_NULLS = (b"null", b":null", b"[null", b",null")
_ZEROS = (b"-0.0", b":-0.0", b"[-0.0", b",-0.0")


def digest(document: JsonIn, *, key: bytes = b"") -> bytes:
    """Return 16 bytes that stand for a document: the same for documents that are `equal`.

    Shape: `key`, up to 64 bytes, makes digests that only its holder can make. Give one where the
        documents come from others and equal digests are taken for equal documents; leave it out
        where others make the same digest, as for an annotation of a Pod template.
    Guarantees: the order of members does not count; 1, 1.0 and true differ, 0.0 and -0.0 do not.
        The same on every version of Python, in both builds. Any depth.
    Raises: TypeError for a value or a key that JSON does not have, ValueError for a key that is
        too long, LimitError for a document that contains itself.
    Cost: linear; a few times that of `equal`, more for a document with nulls.
    """
    check(document)
    return blake2b(_text(document), digest_size=16, key=key).digest()


def _text(document: JsonIn) -> bytes:
    try:
        text = _ENCODER.encode(document)
        if not _has(text, _ZEROS) and (
            not _has(text, _NULLS) or equal(_DECODER.decode(text), document)
        ):
            return text
    except (TypeError, OverflowError, UnicodeEncodeError, RecursionError):
        pass
    return _written(document)


def _has(text: bytes, leaves: tuple[bytes, ...]) -> bool:
    """Return whether a leaf stands in a text, or seems to, in a string."""
    leaf, *places = leaves
    return leaf in text and (text == leaf or any(place in text for place in places))


def _written(document: JsonIn) -> bytes:
    """Return canonical JSON, extended to all that `equal` compares."""
    parts: list[bytes] = []
    rest: list[object] = [document]  # what is to be written, last first; bytes are written as such
    while rest:
        value = rest.pop()
        if isinstance(value, bytes):
            parts.append(value)
            continue
        inside = container(value)
        if inside is None:
            parts.append(_leaf(value))
        elif isinstance(inside, dict):
            rest.append(b"}")
            for index, name in enumerate(sorted(inside, reverse=True), start=1):
                rest += [inside[name], _leaf(name) + b":"]
                if index < len(inside):
                    rest.append(b",")
            rest.append(b"{")
        else:
            rest.append(b"]")
            for index, item in enumerate(reversed(inside), start=1):
                rest.append(item)
                if index < len(inside):
                    rest.append(b",")
            rest.append(b"[")
    return b"".join(parts)


def _leaf(value: object) -> bytes:
    if isinstance(value, float) and not (value - value == 0 and value):
        return json.dumps(value or 0.0).encode()  # 0.0, NaN, Infinity, -Infinity
    try:
        return _ENCODER.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return json.dumps(value).encode()
