"""The fields in which two documents differ, each with who asks for it, and with secrets masked.

1. Items of a list are paired by what tells them apart, so that an item more or less is one change
   and not one of all that follow.
2. What a Secret holds and what was last applied becomes `(secret)`, wherever it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.diff import equal
from reconcile.diff.three_way import MERGE_KEYS
from reconcile.errors import LimitError
from reconcile.objects.names import CONTROLLER_UID, DECORATOR_CONTROLLER
from reconcile.value import ABSENT, Absent, escape
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import APPLIED

from .plan_steps import SECRET, FieldChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconcile.value import Json, JsonObject

    from .plan_steps import Source

__all__ = ["field_changes", "masked", "set_by_server"]

_NAMES: Final = ("name", *(key for key in MERGE_KEYS if key != "name"), "key", "type")
_STAMPED: Final = (
    f"/metadata/labels/{CONTROLLER_UID}",
    f"/metadata/annotations/{escape(DECORATOR_CONTROLLER)}",
)
_IDENTITY: Final = ("/apiVersion", "/kind", "/metadata/name", "/metadata/namespace")


class _Place(NamedTuple):
    """One place in both documents, and the same place in what is desired."""

    pointer: str
    before: Json | Absent
    after: Json | Absent
    asked_at: str
    """Where it stands in the desired document."""
    asked: Json | Absent
    hidden: bool


def field_changes(
    before: JsonObject,
    after: JsonObject,
    *,
    desired: JsonObject,
    owners: Mapping[str, tuple[str, ...]],
) -> tuple[FieldChange, ...]:
    """Return the fields in which `after` differs from `before`.

    Shape: whole objects; `desired` is what is asked for, and `owners` which rules set its fields
        (`Desired.owners`). A part that is new is told field by field, one that is taken away, or a
        list of scalars, as a whole. What identifies the object is left out.
    Guarantees: sorted by members, lists by position; no secret is in the result.
    Raises: LimitError for more than 128 levels.
    Cost: linear in the documents and in `owners`, times their depth.
    """
    below = _below(owners)
    return tuple(
        FieldChange(
            place.pointer,
            _shown(place.before, place.pointer, hidden=place.hidden),
            _shown(place.after, place.pointer, hidden=place.hidden),
            rules := _rules(owners, below, place),
            _source(place, rules),
        )
        for place in _differences(_Place("", before, after, "", desired, hidden=False), deep=True)
        if place.pointer not in _IDENTITY
    )


def set_by_server(sent: JsonObject, stored: JsonObject) -> tuple[FieldChange, ...]:
    """Return the fields that are in an object as it is stored and not in what was sent.

    Guarantees: as `field_changes`; a part that is new is told as a whole.
    """
    whole = _Place("", sent, stored, "", ABSENT, hidden=False)
    return tuple(
        FieldChange(
            place.pointer,
            ABSENT,
            _shown(place.after, place.pointer, hidden=place.hidden),
            source="server",
        )
        for place in _differences(whole, deep=False)
        if place.before is ABSENT
    )


def masked(value: Json, *, hidden: bool = False, depth: int = 0) -> Json:
    """Return a copy in which no secret is left: names of what a Secret holds, and no values."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH)
    if isinstance(value, dict):
        return {
            key: masked(item, hidden=hidden or _hides(value, key), depth=depth + 1)
            for key, item in value.items()
        }
    if hidden:
        return SECRET
    if isinstance(value, list):
        return [masked(item, depth=depth + 1) for item in value]
    return value


def _shown(value: Json | Absent, pointer: str, *, hidden: bool) -> Json | Absent:
    return ABSENT if value is ABSENT else masked(value, hidden=hidden, depth=pointer.count("/"))


def _hides(value: Json | Absent, key: str) -> bool:
    """Return whether a member of an object is never shown."""
    secret = isinstance(value, dict) and value.get("kind") == "Secret"
    return key in APPLIED or (secret and key in {"data", "stringData"})


def _differences(whole: _Place, *, deep: bool) -> Iterator[_Place]:
    """Yield the places that differ; `deep` looks into what only `after` has."""
    stack = [whole]
    while stack:
        place = stack.pop()
        x, y = place.before, place.after
        if deep and x is ABSENT:
            if isinstance(y, dict) and y:
                x = {}
            elif isinstance(y, list) and not _plain(y):
                x = []
        if isinstance(x, dict) and isinstance(y, dict):
            stack.extend(reversed([*_members(place, x, y)]))
        elif isinstance(x, list) and isinstance(y, list) and not (_plain(x) and _plain(y)):
            stack.extend(reversed([*_items(place, x, y)]))
        elif x is ABSENT or y is ABSENT or not equal(x, y):
            yield place


def _plain(items: list[Json]) -> bool:
    return not any(isinstance(item, (dict, list)) for item in items)


def _members(place: _Place, x: JsonObject, y: JsonObject) -> Iterator[_Place]:
    asked = place.asked if isinstance(place.asked, dict) else {}
    for key in sorted({*x, *y}):
        below = f"/{escape(key)}"
        yield _Place(
            place.pointer + below,
            x.get(key, ABSENT),
            y.get(key, ABSENT),
            place.asked_at + below,
            asked.get(key, ABSENT),
            place.hidden or _hides(x, key) or _hides(y, key),
        )


def _items(place: _Place, x: list[Json], y: list[Json]) -> Iterator[_Place]:
    """Yield the items of two lists beside each other: those taken away first."""
    asked = place.asked if isinstance(place.asked, list) else []
    name = _told_apart_by(x, y)
    before, after, wanted = _index(x, name), _index(y, name), _index(asked, name)
    for key, at in before.items():
        if key not in after:
            pointer = f"{place.pointer}/{at}"
            yield _Place(pointer, x[at], ABSENT, "", ABSENT, place.hidden)
    for key, at in after.items():
        there, want = before.get(key), wanted.get(key)
        yield _Place(
            f"{place.pointer}/{at}",
            ABSENT if there is None else x[there],
            y[at],
            f"{place.asked_at}/{'' if want is None else want}",
            ABSENT if want is None else asked[want],
            place.hidden,
        )


def _told_apart_by(x: list[Json], y: list[Json]) -> str:
    """Return the member that tells items apart in both lists, "" if only their position does."""
    return next((name for name in _NAMES if _tells(name, x) and _tells(name, y)), "")


def _tells(name: str, items: list[Json]) -> bool:
    """Return whether all items have a member, each another value."""
    keys = {repr(item[name]) for item in items if isinstance(item, dict) and name in item}
    return len(keys) == len(items)


def _index(items: list[Json], name: str) -> dict[object, int]:
    """Return where each item is, by what tells it apart; by position without a name."""
    return {
        repr(item[name]) if name and isinstance(item, dict) and name in item else at: at
        for at, item in enumerate(items)
    }


def _below(owners: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the rules that set something at a place or below it, for each place."""
    found: dict[str, dict[str, None]] = {}
    for pointer, rules in owners.items():
        at = pointer
        while True:
            found.setdefault(at, {}).update(dict.fromkeys(rules))
            if not at:
                break
            at = at.rpartition("/")[0]
    return {pointer: tuple(rules) for pointer, rules in found.items()}


def _rules(
    owners: Mapping[str, tuple[str, ...]], below: Mapping[str, tuple[str, ...]], place: _Place
) -> tuple[str, ...]:
    """Return the rules that set a place, something below it, or what it is a part of."""
    if place.after is ABSENT or place.asked is ABSENT:
        return ()
    at = place.asked_at
    while at and at not in below:
        at = at.rpartition("/")[0]
    return below.get(at, ()) if at == place.asked_at else owners.get(at, ())


def _source(place: _Place, rules: tuple[str, ...]) -> Source:
    return "metacontroller" if place.pointer in _STAMPED and not rules else "rule"
