"""What may be said of a value, and a copy of a document with its secrets taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from reconcile.errors import LimitError

from .limits import MAX_DEPTH

if TYPE_CHECKING:
    from .types import Json

__all__ = ["describe", "mask"]

APPLIED = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "metacontroller.k8s.io/last-applied-configuration",
)
"""Annotations that hold a whole object as text."""


def describe(value: object) -> str:
    """Return the type and size of a value, never the value itself."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return f"a text of {_count(len(value), 'character')}"
        case Mapping():
            size = len(cast("Mapping[object, object]", value))
            return f"an object with {_count(size, 'member')}"
        case Sequence() if not isinstance(value, (bytes, bytearray, memoryview)):
            size = len(cast("Sequence[object]", value))
            return f"a list of {_count(size, 'item')}"
        case _:
            return f"a {type(value).__name__}"


def mask(document: Json) -> Json:
    """Return a copy of a document in which no secret is left.

    Each value in the data and stringData of a Secret, and each annotation that holds a whole
    object, becomes a text that tells its type and size.
    """
    return _mask(document, 0)


def _mask(value: Json, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(value, list):
        return [_mask(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    secret = value.get("kind") == "Secret"
    return {
        key: _hide(member)
        if key in APPLIED or (secret and key in {"data", "stringData"})
        else _mask(member, depth + 1)
        for key, member in value.items()
    }


def _hide(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: f"<{describe(member)}>" for key, member in value.items()}
    return f"<{describe(value)}>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
