"""Metacontroller's dynamic apply: last applied, observed and desired make the next object.

The merge guesses which lists are associative from the items themselves and dispatches on the type
of what is observed. Both lead to results that surprise (docs/gotchas.md); they are reproduced as
they are. Source: Metacontroller 4.17.2, pkg/dynamic/apply/apply.go, Merge, and
pkg/controller/common/manage_children.go for the fields that are put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from reconcile.errors import LimitError
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["MERGE_KEYS", "SYSTEM_METADATA", "three_way"]

MERGE_KEYS = ("containerPort", "port", "mountPath", "name", "uid", "ip", "path")
"""The members by which items are told apart, in the order in which they are tried."""
SYSTEM_METADATA = (
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
)
"""Members of metadata that stay as observed, whatever is desired."""

Maybe: TypeAlias = "Json | Absent"


def three_way(
    last_applied: JsonObject | None, observed: JsonObject, desired: JsonObject
) -> JsonObject:
    """Return `observed` with the change from `last_applied` to `desired` made to it.

    Shape: all three are whole objects; `desired` holds only the fields the caller cares about.
        None for `last_applied` means the object was never applied.
    Guarantees: outside lists, fields in neither `last_applied` nor `desired` are as observed
        (lists: see docs/gotchas.md). The status and the members of metadata that only the server
        writes are as observed. The last-applied annotation is not written: callers who need it
        put it in.
    Assumes: the three describe the same object; not checked.
    Raises: LimitError when a document is nested too deeply.
    Cost: time linear in the number of fields; no argument is changed or shared with the result.
    Source: Metacontroller pkg/dynamic/apply/apply.go, Merge.
    """
    merged = _object(observed, last_applied or {}, desired, 0)
    _put_back(merged, observed, "status")
    before = observed.get("metadata")
    held = before if isinstance(before, dict) else {}
    if "metadata" not in merged and any(field in held for field in SYSTEM_METADATA):
        merged["metadata"] = {}  # was applied and is desired no longer: the server's part stays
    after = merged.get("metadata")
    if isinstance(after, dict):
        for field in SYSTEM_METADATA:
            _put_back(after, held, field)
    return merged


def _put_back(merged: JsonObject, observed: JsonObject, field: str) -> None:
    if field in observed:
        merged[field] = thaw(observed[field])
    else:
        merged.pop(field, None)


def _value(observed: Maybe, last: Maybe, desired: Maybe, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(observed, dict):
        return _object(observed, _as_object(last), _as_object(desired), depth)
    if isinstance(observed, list):
        return _array(observed, _as_array(last), _as_array(desired), depth)
    return None if desired is ABSENT else thaw(desired)


def _as_object(value: Maybe) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _as_array(value: Maybe) -> list[Json] | None:
    return value if isinstance(value, list) else None


def _object(observed: JsonObject, last: JsonObject, desired: JsonObject, depth: int) -> JsonObject:
    merged: JsonObject = {}
    for key, value in observed.items():
        if key in desired:
            merged[key] = _value(value, last.get(key, ABSENT), desired[key], depth + 1)
        elif key not in last:
            merged[key] = thaw(value)
    for key, value in desired.items():
        if key not in observed:
            merged[key] = thaw(value)
    return merged


def _array(
    observed: list[Json], last: list[Json] | None, desired: list[Json] | None, depth: int
) -> Json:
    key = _merge_key([*observed, *(last or ()), *(desired or ())])
    if key is None:
        return None if desired is None else thaw(desired)
    # Of two items with one key the last one counts, in each of the three lists.
    old = _keyed(observed, key)
    before, wanted = _keyed(last or [], key), _keyed(desired or [], key)
    merged: dict[str, Json] = {
        text: _value(item, before.get(text, ABSENT), wanted[text], depth + 1)
        if text in wanted
        else thaw(item)
        for text, item in old.items()
        if text in wanted or text not in before
    }
    for text, item in wanted.items():
        if text not in old:
            merged[text] = thaw(item)
    result: list[Json] = []
    emitted: set[str] = set()
    for item in observed:  # an item that is there twice is emitted twice, as the last of the two
        text = _key_text(item, key)
        if text in merged:
            result.append(thaw(merged[text]) if text in emitted else merged[text])
            emitted.add(text)
    for item in desired or ():
        text = _key_text(item, key)
        if text not in emitted:
            result.append(merged[text])
            emitted.add(text)
    return result


def _merge_key(items: list[Json]) -> str | None:
    """Return the first known merge key that every item has, None if there is none."""
    objects = [item for item in items if isinstance(item, dict)]
    if not items or len(objects) != len(items):
        return None
    for key in MERGE_KEYS:
        if all(key in item for item in objects):
            return key
    return None


def _keyed(items: list[Json], key: str) -> dict[str, Json]:
    return {_key_text(item, key): item for item in items}


def _key_text(item: Json, key: str) -> str:
    """Return the value of a merge key as Go prints it: 80 and "80" are one key, null is a key."""
    return _go_text(item[key] if isinstance(item, dict) else None, 0)


def _go_text(value: Json, depth: int) -> str:
    """Return a value as Go's `%v` does. Any value may stand where a merge key is looked for."""
    if isinstance(value, str):
        return value
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(value, dict):
        members = (f"{key}:{_go_text(value[key], depth + 1)}" for key in sorted(value))
        return f"map[{' '.join(members)}]"
    if isinstance(value, list):
        return f"[{' '.join(_go_text(item, depth + 1) for item in value)}]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _go_number(value)


def _go_number(value: float) -> str:
    if isinstance(value, int):
        if value.bit_length() < 64:
            return str(value)
        if value.bit_length() > 1023:  # Go cannot read it; it is still a key of its own
            return hex(value)
        value = float(value)  # Go reads a whole number over 64 bits as a float
    text = repr(value)
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return text.removesuffix(".0")
    digits = len(text.partition("e")[0].replace(".", "").strip("-0"))
    return format(value, f".{max(digits, 1) - 1}e")
