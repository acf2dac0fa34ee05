"""Which lists are associative, which are sets, which are replaced whole.

1. The diff engine knows JSON, not Kubernetes: it is told, by a schema or by a table of pointers.
2. A cursor walks along with the document, so that no path is put together until one is needed.
3. Where nobody says anything, a list is atomic and an object is merged member by member.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from reconcile.value.codec import canonical
from reconcile.value.pointer import parse
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["NOWHERE", "Cursor", "ListRule", "ListRules", "by_key", "cursor"]

ListRule: TypeAlias = Literal["atomic", "set", "aligned", "position"] | tuple[str, ...]
"""How a list is merged; a tuple holds the merge keys of an associative list."""
ListRules: TypeAlias = Mapping[str, object]
"""An OpenAPI v3 schema, or list rules by pointer pattern, in which * stands for any item."""


class Cursor:
    """What is known of one place in a document. This one knows nothing."""

    __slots__ = ()

    @property
    def rule(self) -> ListRule | None:
        """Return how the list at this place is merged, None if nobody says."""
        return None

    @property
    def atomic(self) -> bool:
        """Return whether the object at this place is replaced whole."""
        return False

    def member(self, _key: str) -> Cursor:
        """Return the place of a member of the object here."""
        return NOWHERE

    def item(self) -> Cursor:
        """Return the place of any item of the list here."""
        return NOWHERE

    def default(self, _key: str) -> Json | Absent:
        """Return the value that the server gives a member that is absent."""
        return ABSENT


NOWHERE = Cursor()


def cursor(lists: ListRules | None) -> Cursor:
    """Return a cursor at the root of a document described by a schema or a table."""
    if not lists:
        return NOWHERE
    if all(not key or key.startswith("/") for key in lists):
        table = cast("Mapping[str, ListRule]", lists)
        rules: dict[tuple[str, ...], ListRule] = {}
        for pattern in table:
            rules[parse(pattern)] = table[pattern]
        return _TableCursor(rules)
    return _SchemaCursor(lists)


@dataclass(frozen=True, slots=True)
class _TableCursor(Cursor):
    rules: Mapping[tuple[str, ...], ListRule]

    @property
    def rule(self) -> ListRule | None:
        return self.rules.get(())

    def member(self, key: str) -> Cursor:
        return self._step(key)

    def item(self) -> Cursor:
        return self._step("*")

    def _step(self, part: str) -> Cursor:
        below: dict[tuple[str, ...], ListRule] = {}
        for wanted in ("*", part):  # a part by its name counts more than *
            for pattern, rule in self.rules.items():
                if pattern and pattern[0] == wanted:
                    below[pattern[1:]] = rule
        return _TableCursor(below) if below else NOWHERE


@dataclass(frozen=True, slots=True)
class _SchemaCursor(Cursor):
    schema: Mapping[str, object]

    @property
    def rule(self) -> ListRule | None:
        kind = self.schema.get("x-kubernetes-list-type")
        if kind == "map":
            keys = self.schema.get("x-kubernetes-list-map-keys")
            if not isinstance(keys, (list, tuple)):
                return "atomic"
            return tuple(map(str, cast("list[object]", keys)))
        if kind in ("set", "atomic"):
            return "set" if kind == "set" else "atomic"
        strategy = str(self.schema.get("x-kubernetes-patch-strategy", "")).split(",")
        if "merge" not in strategy:
            return None
        key = self.schema.get("x-kubernetes-patch-merge-key")
        return (key,) if isinstance(key, str) else "set"

    @property
    def atomic(self) -> bool:
        return self.schema.get("x-kubernetes-map-type") == "atomic"

    def member(self, key: str) -> Cursor:
        properties = self.schema.get("properties")
        if isinstance(properties, Mapping) and key in properties:
            return _at(cast("Mapping[str, object]", properties)[key])
        return _at(self.schema.get("additionalProperties"))

    def item(self) -> Cursor:
        return _at(self.schema.get("items"))

    def default(self, key: str) -> Json | Absent:
        place = self.member(key)
        return place.own_default if isinstance(place, _SchemaCursor) else ABSENT

    @property
    def own_default(self) -> Json | Absent:
        """Return the default of the value here."""
        return cast("Json", self.schema["default"]) if "default" in self.schema else ABSENT


def _at(schema: object) -> Cursor:
    return (
        _SchemaCursor(cast("Mapping[str, object]", schema))
        if isinstance(schema, Mapping)
        else NOWHERE
    )


def by_key(items: list[Json], at: Cursor) -> dict[bytes, Json] | None:
    """Return the items of an associative list by their merge keys.

    None if the list at this place is not associative, an item lacks a merge key that has no
    default, or two items have equal keys.
    """
    keys = at.rule
    if not isinstance(keys, tuple):
        return None
    place = at.item()
    keyed: dict[bytes, Json] = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        key: list[Json] = []
        for name in keys:
            value = item[name] if name in item else place.default(name)
            if value is ABSENT:
                return None
            key.append(value)
        text = canonical(key)
        if text in keyed:
            return None
        keyed[text] = item
    return keyed
