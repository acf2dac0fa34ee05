"""The merge of last applied, observed and desired, value by value; see `three_way`.

It dispatches on the type of what is observed, and lists are merged item by item where all items of
all three have one of the merge keys.
"""
# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from reconcile.errors import LimitError
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.types import ABSENT

try:
    import cython
except ImportError:  # the plain build needs no compiler installed
    from reconcile.value import _plain as cython

if not cython.compiled:
    from reconcile.value._copy_cy import thaw

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["MERGE_KEYS", "merged_object"]

MERGE_KEYS = ("containerPort", "port", "mountPath", "name", "uid", "ip", "path")
"""The members by which items are told apart, in the order in which they are tried."""

Maybe: TypeAlias = "Json | Absent"


def _value(observed: Maybe, last: Maybe, desired: Maybe, depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(observed, dict):
        return merged_object(observed, last, desired, depth)
    if isinstance(observed, list):
        return _array(_as_array(observed) or [], _as_array(last), _as_array(desired), depth)
    return None if desired is ABSENT else thaw(desired)


def _as_object(value: Maybe) -> JsonObject:
    """Return an object as a dict and no other type, an empty one for what is none."""
    if type(value) is dict:
        return value
    return dict(value) if isinstance(value, dict) else {}


def _as_array(value: Maybe) -> list[Json] | None:
    """Return a list as a list and no other type, None for what is none."""
    if type(value) is list:
        return value
    return list(value) if isinstance(value, list) else None


def merged_object(now: Maybe, before: Maybe, wanted: Maybe, depth: int) -> JsonObject:
    """Return an observed object with the change from what was applied to what is wanted."""
    observed, last, desired = _as_object(now), _as_object(before), _as_object(wanted)
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
    texts = [_key_text(item, key) for item in observed]
    old = dict(zip(texts, observed, strict=True))
    before, wanted = _keyed(last or [], key), _keyed(desired or [], key)
    merged: dict[str, Json] = {}
    for text, item in old.items():
        if text in wanted:
            merged[text] = _value(item, before.get(text, ABSENT), wanted[text], depth + 1)
        elif text not in before:
            merged[text] = thaw(item)
    result: list[Json] = []
    emitted: set[str] = set()
    for text in texts:  # an item that is there twice is emitted twice, as the last of the two
        if text in merged:
            result.append(thaw(merged[text]) if text in emitted else merged[text])
            emitted.add(text)
    for text, item in wanted.items():
        if text not in old:
            result.append(thaw(item))
    return result


def _merge_key(items: list[Json]) -> str | None:
    """Return the first known merge key that every item has, None if there is none."""
    for item in items:
        if not isinstance(item, dict):
            return None
    for key in MERGE_KEYS if items else ():
        for item in items:
            if key not in item:  # type: ignore[operator]
                break
        else:
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
