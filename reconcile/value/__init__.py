"""What a JSON document is: types, equality, pointers, bytes, secrets, limits.

1. The decoder and the digest are loaded when somebody asks for them: whoever only makes objects
   needs neither, and they bring msgspec and hashlib.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from .equality import equal
from .frozen import FrozenDict, FrozenList, freeze, thaw
from .limits import MAX_BODY, MAX_DEPTH, MAX_DESIRED, MAX_OBJECT, MAX_OBSERVED
from .pointer import escape, parse, render, resolve, unescape
from .redact import describe, mask
from .types import ABSENT, NULL, Absent, Json, JsonArray, JsonIn, JsonObject, Null

if TYPE_CHECKING:
    from .codec import canonical, check_utf8, decode, decode_object, encode, paused_collector
    from .digest import digest

__all__ = [
    "ABSENT",
    "MAX_BODY",
    "MAX_DEPTH",
    "MAX_DESIRED",
    "MAX_OBJECT",
    "MAX_OBSERVED",
    "NULL",
    "Absent",
    "FrozenDict",
    "FrozenList",
    "Json",
    "JsonArray",
    "JsonIn",
    "JsonObject",
    "Null",
    "canonical",
    "check_utf8",
    "decode",
    "decode_object",
    "describe",
    "digest",
    "encode",
    "equal",
    "escape",
    "freeze",
    "mask",
    "parse",
    "paused_collector",
    "render",
    "resolve",
    "thaw",
    "unescape",
]

_CODEC = {"canonical", "check_utf8", "decode", "decode_object", "encode", "paused_collector"}


class _Package(ModuleType):
    """Keeps the function that has its module's name, whoever imports that module."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "digest" and isinstance(value, ModuleType):
            value = vars(value)[name]
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    if name in _CODEC:
        from . import codec

        return vars(codec)[name]
    if name == "digest":
        from .digest import digest

        return digest
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
