"""What server-side apply knows of a type: one value, a list or a map, and how it merges.

1. The form follows a schema lazily, so a schema that holds itself is no trouble.
2. Where nothing is said, objects are merged member by member and lists are replaced.
3. What has been made of a schema is kept as long as the schema, by the schema itself where it can
   (`Remembering`); a schema never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Protocol,
    TypeAlias,
    TypeVar,
    cast,
    runtime_checkable,
)

from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["DEDUCED", "Kind", "ListKind", "MapKind", "Remembering", "kind_of", "remembered"]

SchemaLike: TypeAlias = "Mapping[str, object]"
Made = TypeVar("Made")


@runtime_checkable
class Remembering(Protocol):
    """A schema that keeps what is made of it."""

    def remember(self, make: Callable[[Any], Made]) -> Made:
        """Return what `make` makes of this schema, made once."""
        ...


def remembered(schema: SchemaLike, make: Callable[[SchemaLike], Made]) -> Made:
    """Return what `make` makes of a schema, made once where the schema can keep it."""
    return schema.remember(make) if isinstance(schema, Remembering) else make(schema)


class ListKind:
    """A list: atomic, a set of scalars, or items told apart by merge keys."""

    __slots__ = ("_element", "_known", "atomic", "keys")

    def __init__(
        self, element: Callable[[], Kind], *, atomic: bool, keys: tuple[str, ...] = ()
    ) -> None:
        self._element = element
        self._known: Kind | None = None
        self.atomic = atomic
        self.keys = tuple(sorted(keys))

    def element(self) -> Kind:
        """Return the type of the items."""
        if self._known is None:
            self._known = self._element()
        return self._known


class MapKind:
    """An object: atomic or merged; its fields, and what all other members are."""

    __slots__ = ("_default", "_element", "_field", "_fields", "_known", "atomic")

    def __init__(
        self,
        field: Callable[[str], Kind | None],
        element: Callable[[], Kind | None],
        *,
        atomic: bool,
        default: Callable[[str], Json | Absent] = lambda _name: ABSENT,
    ) -> None:
        self._field = field
        self._element = element
        self._default = default
        self._fields: dict[str, Kind] = {}
        self._known: Kind | None = None
        self.atomic = atomic

    def field(self, name: str) -> Kind | None:
        """Return the type of a declared member, None if it is not declared."""
        found = self._fields.get(name)
        if found is None:
            found = self._field(name)
            if found is not None:
                self._fields[name] = found
        return found

    def element(self) -> Kind | None:
        """Return the type of the members that are not declared, None if there can be none."""
        if self._known is None:
            self._known = self._element()
        return self._known

    def member(self, name: str) -> Kind | None:
        """Return the type of a member, None if there can be none of this name."""
        return self._fields.get(name) or self.field(name) or self.element()

    def default(self, name: str) -> Json | Absent:
        """Return the value of a member that is not there, ABSENT if none."""
        return self._default(name)


class Kind:
    """A type. One that can be several things is what the value at hand is."""

    __slots__ = ("_as", "list", "map", "scalar")

    def __init__(
        self,
        scalar: str | None = None,
        list: ListKind | None = None,  # noqa: A002  # what it is called everywhere
        map: MapKind | None = None,  # noqa: A002
    ) -> None:
        self.scalar = scalar
        """string, numeric, boolean, or untyped for any of them."""
        self.list = list
        self.map = map
        self._as: tuple[Kind, Kind, Kind] | None = None

    def narrowed(self, value: Json | Absent) -> Kind:
        """Return what the type is for the value at hand."""
        if self._as is None:
            several = [part for part in (self.scalar, self.list, self.map) if part is not None]
            self._as = (self, self, self) if len(several) < 2 else self._parts()
        if isinstance(value, dict):
            return self._as[2]
        if isinstance(value, list):
            return self._as[1]
        return self._as[0] if isinstance(value, (str, int, float)) else self

    def _parts(self) -> tuple[Kind, Kind, Kind]:
        return (
            self if self.scalar is None else Kind(self.scalar),
            self if self.list is None else Kind(list=self.list),
            self if self.map is None else Kind(map=self.map),
        )


def _deduced() -> Kind:
    return DEDUCED


def _atomic() -> Kind:
    return _ATOMIC


_ATOMIC = Kind(
    "untyped", ListKind(_atomic, atomic=True), MapKind(lambda _: None, _atomic, atomic=True)
)
DEDUCED = Kind(
    "untyped", ListKind(_atomic, atomic=True), MapKind(lambda _: None, _deduced, atomic=False)
)
"""The type of what no schema describes."""
_SCALARS: dict[object, str] = {
    "string": "string",
    "integer": "numeric",
    "number": "numeric",
    "boolean": "boolean",
}


def kind_of(schema: SchemaLike | None) -> Kind:
    """Return the type that an OpenAPI v3 schema describes."""
    return remembered(schema, _kind_of) if schema else DEDUCED


def _kind_of(schema: SchemaLike) -> Kind:
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") is True
    if schema.get("x-kubernetes-int-or-string") is True or "oneOf" in schema:
        return Kind("untyped")
    what = schema.get("type")
    if what == "array":
        return Kind(list=_list_kind(schema))
    if what == "object" or "properties" in schema or "additionalProperties" in schema:
        return Kind(map=_map_kind(schema, open_ended=open_ended))
    if what in _SCALARS and not open_ended:
        return Kind(_SCALARS[what])
    return DEDUCED


def _list_kind(schema: Mapping[str, object]) -> ListKind:
    def element() -> Kind:
        return kind_of(_schema(schema.get("items")))

    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        keys = cast("list[str]", schema.get("x-kubernetes-list-map-keys") or [])
        return ListKind(element, atomic=False, keys=tuple(keys))
    if kind is not None:
        return ListKind(element, atomic=kind != "set")
    if "merge" not in str(schema.get("x-kubernetes-patch-strategy", "")).split(","):
        return ListKind(element, atomic=True)
    key = schema.get("x-kubernetes-patch-merge-key")
    return ListKind(element, atomic=False, keys=(key,) if isinstance(key, str) else ())


def _map_kind(schema: Mapping[str, object], *, open_ended: bool) -> MapKind:
    properties = _schema(schema.get("properties")) or {}
    others = schema.get("additionalProperties")

    def field(name: str) -> Kind | None:
        return kind_of(_schema(properties[name])) if name in properties else None

    def element() -> Kind | None:
        if isinstance(others, Mapping):
            return kind_of(cast("Mapping[str, object]", others))
        return DEDUCED if open_ended or others is True or not properties else None

    def default(name: str) -> Json | Absent:
        inner = _schema(properties.get(name)) or {}
        return cast("Json", inner["default"]) if "default" in inner else ABSENT

    atomic = schema.get("x-kubernetes-map-type") == "atomic"
    return MapKind(field, element, atomic=atomic, default=default)


def _schema(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None
