"""A document laid beside an observed one: items of lists at the places that the observed has them.

1. Items are told apart by their merge keys; where the kind says none, by their names.
2. An item that is not observed comes behind all that are. Places without an item are ABSENT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from reconcile.diff.list_rules import cursor
from reconcile.errors import LimitError
from reconcile.value import ABSENT
from reconcile.value.codec import canonical
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape

if TYPE_CHECKING:
    from reconcile.diff.list_rules import Cursor, ListRules
    from reconcile.value import Absent, Json, JsonObject

__all__ = ["Aligned", "aligned"]


class Aligned(NamedTuple):
    """A document whose lists are as another's."""

    document: Json
    """Lists may hold ABSENT."""
    moved: dict[str, str]
    """The pointer of each item of a list here -> its pointer in the document as it was."""

    def own(self, pointer: str) -> str:
        """Return the pointer that a place has in the document as it was."""
        above, rest = pointer, ""
        while above:
            if above in self.moved:
                return self.moved[above] + rest
            above, _, last = above.rpartition("/")
            rest = f"/{last}{rest}"
        return pointer


def aligned(document: Json, observed: Json | Absent, lists: ListRules | None) -> Aligned:
    """Return a document with the items of its lists where `observed` has them.

    Raises: LimitError for one that is nested too deeply.
    Cost: linear in both documents.
    """
    moved: dict[str, str] = {}
    return Aligned(_laid(document, observed, cursor(lists), ("", ""), moved), moved)


def _laid(
    value: Json,
    observed: Json | Absent,
    at: Cursor,
    pointers: tuple[str, str],
    moved: dict[str, str],
) -> Json:
    """Shape: `pointers` are those of the value here, and in the document as it was."""
    here, own = pointers
    if own.count("/") > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer=own)
    if isinstance(value, dict):
        beside = observed if isinstance(observed, dict) else {}
        return {
            key: _laid(
                each,
                beside.get(key, ABSENT),
                at.member(key),
                (f"{here}/{escape(key)}", f"{own}/{escape(key)}"),
                moved,
            )
            for key, each in value.items()
        }
    if not isinstance(value, list):
        return value
    others = observed if isinstance(observed, list) else []
    places = _places(value, others, at.rule)
    laid = cast("list[Json]", [ABSENT] * (max(places, default=-1) + 1))
    for index, (place, item) in enumerate(zip(places, value, strict=True)):
        there = others[place] if place < len(others) else ABSENT
        pointers = (f"{here}/{place}", f"{own}/{index}")
        moved[pointers[0]] = pointers[1]
        laid[place] = _laid(item, there, at.item(), pointers, moved)
    return laid


def _places(items: list[Json], others: list[Json], rule: object) -> list[int]:
    """Return at which index of the observed list each item belongs."""
    keys = cast("tuple[str, ...]", rule) if isinstance(rule, tuple) else ("name",)
    names, known = _names(items, keys), _names(others, keys)
    if rule in ("atomic", "set") or names is None or known is None:
        return [*range(len(items))]
    found = {name: place for place, name in enumerate(known)}
    places: list[int] = []
    behind = len(others)
    for name in names:
        place = found.get(name)
        if place is None:
            place, behind = behind, behind + 1
        places.append(place)
    return places


def _names(items: list[Json], keys: tuple[str, ...]) -> list[bytes] | None:
    """Return what tells the items apart, None where the keys do not."""
    names: list[bytes] = []
    for item in items:
        if not isinstance(item, dict) or keys[0] not in item:
            return None
        told: JsonObject = {key: item[key] for key in keys if key in item}
        names.append(canonical(told))
    return names if len({*names}) == len(names) else None
