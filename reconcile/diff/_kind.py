"""What server-side apply knows of a type: one value, a list or a map, and how it merges.

1. The form follows a schema lazily, so a schema that holds itself is no trouble.
2. Where nothing is said, objects are merged member by member and lists are replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["DEDUCED", "Kind", "ListKind", "MapKind", "kind_of"]

Scalar: TypeAlias = Literal["string", "numeric", "boolean", "untyped"]


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list: atomic, a set of scalars, or items told apart by merge keys."""

    element: Callable[[], Kind]
    atomic: bool
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapKind:
    """An object: atomic or merged; its fields, and what all other members are, None if refused."""

    field: Callable[[str], Kind | None]
    element: Callable[[], Kind | None]
    atomic: bool
    default: Callable[[str], Json | Absent] = lambda _name: ABSENT


@dataclass(frozen=True, slots=True)
class Kind:
    """A type. One that can be several things is what the value at hand is."""

    scalar: Scalar | None = None
    list: ListKind | None = None
    map: MapKind | None = None


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
_SCALARS: dict[object, Scalar] = {
    "string": "string",
    "integer": "numeric",
    "number": "numeric",
    "boolean": "boolean",
}


def kind_of(schema: Mapping[str, object] | None) -> Kind:
    """Return the type that an OpenAPI v3 schema describes."""
    if not schema:
        return DEDUCED
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
    return MapKind(field, element, atomic, default)


def _schema(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None
