"""What the cluster has already goes before what a rule says: the heart of `once` and `keep`.

1. A value that is absent, null or empty is none.
2. What the server keeps to itself is looked for where it went: a Secret's stringData in its data.
3. An associative list is gone through item by item. Any other list is one value, and is taken as
   it was last applied where it was: in what is observed the server has filled in defaults.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING

from reconcile.diff import by_key, cursor
from reconcile.objects.last_applied import last_applied
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.diff import Cursor, ListRules
    from reconcile.value import Json, JsonObject
    from reconcile.value.types import Absent

__all__ = ["kept", "settled"]


def kept(observed: JsonObject | None, desired: JsonObject) -> JsonObject:
    """Return the child as it was last applied, `desired` if it does not exist yet."""
    return desired if observed is None else last_applied(observed)


def settled(
    observed: JsonObject | None, desired: JsonObject, *, lists: ListRules | None = None
) -> JsonObject:
    """Return `desired` with each of its leaves as the cluster has it already, where it has.

    Shape: a leaf is a scalar, or a list without merge keys; `lists` is the kind's schema. Members
        and items that `desired` does not set are not added.
    Guarantees: no argument is changed. Identity (apiVersion, kind, metadata) is the rule's,
        labels and annotations included: they are how a child is found.
    """
    if observed is None:
        return desired
    live, applied, root = _readable(observed), last_applied(observed), cursor(lists)
    return {
        key: value
        if key in {"apiVersion", "kind", "metadata"}
        else _settle(value, live.get(key, ABSENT), applied.get(key, ABSENT), root.member(key))
        for key, value in desired.items()
    }


def _settle(desired: Json, live: Json | Absent, applied: Json | Absent, at: Cursor) -> Json:
    # As deep as `desired`, which has been through `accept` and its limit.
    if live is ABSENT or live is None or live in ("", [], {}):
        return desired
    if isinstance(desired, dict) and desired and isinstance(live, dict):
        held = applied if isinstance(applied, dict) else {}
        return {
            key: _settle(value, live.get(key, ABSENT), held.get(key, ABSENT), at.member(key))
            for key, value in desired.items()
        }
    if isinstance(desired, list) and isinstance(live, list):
        wanted, known = by_key(desired, at), by_key(live, at)
        if wanted is None or known is None:
            return applied if isinstance(applied, list) and applied else live
        given = by_key(applied, at) if isinstance(applied, list) else None
        return [
            _settle(item, known.get(key, ABSENT), (given or {}).get(key, ABSENT), at.item())
            for key, item in wanted.items()
        ]
    return live


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
