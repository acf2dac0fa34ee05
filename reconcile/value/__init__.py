"""What a JSON document is: types, equality, pointers, bytes, secrets, limits."""

from __future__ import annotations

from .codec import canonical, check_utf8, decode, decode_object, encode, paused_collector
from .digest import digest
from .equality import equal
from .frozen import FrozenDict, FrozenList, freeze, thaw
from .limits import MAX_BODY, MAX_DEPTH, MAX_DESIRED, MAX_OBJECT, MAX_OBSERVED
from .pointer import escape, parse, render, resolve, unescape
from .redact import describe, mask
from .types import ABSENT, NULL, Absent, Json, JsonArray, JsonIn, JsonObject, Null

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
