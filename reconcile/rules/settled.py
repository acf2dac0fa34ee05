"""What the cluster has already goes before what a rule says: the heart of `once` and `keep`.

1. A value that is absent, null or empty is none.
2. What is observed goes first, then what was last applied (the server keeps some fields to
   itself: a Secret's stringData), then what the rule says.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING

from reconcile.errors import LimitError
from reconcile.objects.last_applied import last_applied
from reconcile.value import MAX_DEPTH
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value import Json, JsonObject
    from reconcile.value.types import Absent

__all__ = ["kept", "settled"]


def kept(observed: JsonObject | None, desired: JsonObject) -> JsonObject:
    """Return the child as it was last applied, `desired` if it does not exist yet."""
    return desired if observed is None else last_applied(observed)


def settled(observed: JsonObject | None, desired: JsonObject) -> JsonObject:
    """Return `desired` with each of its leaves as the cluster has it already, where it has.

    Shape: a leaf is a scalar or a list. Members that `desired` does not set are not added.
    Guarantees: no argument is changed. Identity (apiVersion, kind, metadata) is the rule's,
        labels and annotations included: they are how a child is found.
    """
    if observed is None:
        return desired
    sources = (_readable(observed), last_applied(observed))
    return {
        key: value
        if key in {"apiVersion", "kind", "metadata"}
        else _settle(value, [source.get(key, ABSENT) for source in sources], 1)
        for key, value in desired.items()
    }


def _settle(desired: Json, sources: list[Json | Absent], depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(desired, dict) and desired:
        objects = [source for source in sources if isinstance(source, dict)]
        return {
            key: _settle(value, [source.get(key, ABSENT) for source in objects], depth + 1)
            for key, value in desired.items()
        }
    for source in sources:
        if source not in (ABSENT, None, "") and source != [] and source != {}:  # noqa: PLR1714
            return source
    return desired


def _readable(observed: JsonObject) -> JsonObject:
    """Return the observed object with a Secret's stringData put back, which nobody can read."""
    data, texts = observed.get("data"), observed.get("stringData")
    if observed.get("apiVersion") != "v1" or observed.get("kind") != "Secret":
        return observed
    readable = _decoded(data) if isinstance(data, dict) else {}
    return {**observed, "stringData": readable | (texts if isinstance(texts, dict) else {})}


def _decoded(data: Mapping[str, Json]) -> JsonObject:
    texts: JsonObject = {}
    for key, value in data.items():
        try:
            texts[key] = b64decode(str(value), validate=True).decode()
        except (Base64Error, UnicodeDecodeError):
            continue
    return texts
