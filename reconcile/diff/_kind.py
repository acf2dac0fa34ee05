"""What a schema says of a type for server-side apply: one value, a list or a map, and its merging.

1. The type follows a schema lazily, so a schema that holds itself is no trouble.
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
)

from reconcile.value.types import ABSENT

from ._kind_cy import DEDUCED, Kind, ListKind, MapKind

if TYPE_CHECKING:
    from reconcile.value.types import Absent, Json

__all__ = ["DEDUCED", "Kind", "ListKind", "MapKind", "Remembering", "kind_of", "remembered"]

SchemaLike: TypeAlias = "Mapping[str, object]"
Made = TypeVar("Made")


class Remembering(Protocol):
    """A schema that keeps what is made of it."""

    def remember(self, make: Callable[[Any], Made]) -> Made:
        """Return what `make` makes of this schema, made once."""
        ...


def remembered(schema: SchemaLike, make: Callable[[SchemaLike], Made]) -> Made:
    """Return what `make` makes of a schema, made once where the schema can keep it."""
    known: object = schema  # an isinstance of the protocol costs more than all the rest
    return cast("Remembering", known).remember(make) if hasattr(known, "remember") else make(schema)


_SCALARS: dict[object, str] = {
    "string": "string",
    "integer": "numeric",
    "number": "numeric",
    "boolean": "boolean",
}


def kind_of(schema: SchemaLike | None) -> Kind:
    """Return the type that an OpenAPI v3 schema describes."""
    return remembered(schema, _kind_of) if schema else DEDUCED


_RAW = "io.k8s.apimachinery.pkg.runtime.RawExtension"
"""The type of what is kept as it is sent: one value to whoever owns it, whatever is in it."""


def _raw() -> Kind:
    return Kind("untyped", ListKind(_raw, atomic=True), MapKind(None, _raw, atomic=True))


def _kind_of(schema: SchemaLike) -> Kind:
    if getattr(schema, "name", None) == _RAW:
        return _raw()
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
    if not properties:
        return MapKind(None, element, atomic=atomic)
    return MapKind(field, element, atomic=atomic, default=default)


def _schema(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None
