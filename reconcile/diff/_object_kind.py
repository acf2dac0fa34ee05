"""What the server knows of a whole object beyond its schema, made once for each schema.

1. Every object has an apiVersion, a kind and metadata, and metadata have one type.
2. A new object is compared with one in which nothing is set, and which for a built-in kind still
   has its inner structures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from ._kind import kind_of, remembered
from ._kind_cy import Kind, MapKind

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["ObjectKind", "object_kind"]

SchemaLike: TypeAlias = "Mapping[str, object]"

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "object", "additionalProperties": _TEXT}
_METADATA: Final = kind_of(
    {
        "type": "object",
        "properties": {
            "annotations": _TEXTS,
            "labels": _TEXTS,
            "finalizers": {"type": "array", "items": _TEXT, "x-kubernetes-list-type": "set"},
            "ownerReferences": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["uid"],
                "items": {"type": "object", "x-kubernetes-map-type": "atomic"},
            },
        },
        "additionalProperties": True,
    }
)
_STRING: Final = kind_of(_TEXT)


class ObjectKind:
    """The type of whole objects, and what a new one is compared with."""

    __slots__ = ("_structure", "kind")

    def __init__(self, schema: SchemaLike) -> None:
        self.kind = _whole(schema)
        self._structure: JsonObject = _structure(schema) if _is_built_in(schema) else {}

    def unset(self, written: Mapping[str, Json], known: JsonObject | None) -> JsonObject:
        """Return what the server compares a new object with: the object with nothing set.

        Shape: `known` is that object where the caller knows it better than the schema does.
        """
        made = dict(self._structure if known is None else known)
        for key in ("apiVersion", "kind"):
            if key in written:
                made[key] = written[key]
        return made


def object_kind(schema: SchemaLike | None) -> ObjectKind:
    """Return what is known of the objects of a schema; it is kept with the schema."""
    return remembered(schema, ObjectKind) if schema else _NOT_DESCRIBED


def _whole(schema: SchemaLike) -> Kind:
    """Return the type of a whole object, which always has an apiVersion, a kind and metadata."""
    inner = kind_of(schema).map
    if inner is None:
        return kind_of(schema)
    properties = schema.get("properties")
    known: SchemaLike = {}
    if isinstance(properties, Mapping):
        known = cast("SchemaLike", cast("SchemaLike", properties).get("metadata") or {})
    metadata = kind_of(known) if "properties" in known else _METADATA

    def field(name: str) -> Kind | None:
        if name == "metadata":
            return metadata
        return _STRING if name in {"apiVersion", "kind"} else inner.field(name)

    return Kind(map=MapKind(field, inner.element, atomic=False))


def _is_built_in(schema: SchemaLike) -> bool:
    """Return whether a schema is of a built-in kind: definitions do not describe metadata."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or "apiVersion" not in properties:
        return False
    metadata = cast("SchemaLike", properties).get("metadata")
    return isinstance(metadata, Mapping) and "properties" in metadata


def _structure(schema: SchemaLike) -> JsonObject:
    """Return an object of a built-in kind with nothing set, as far as its defaults say."""
    made: JsonObject = {}
    properties = schema.get("properties")
    required = schema.get("required")
    wanted = set(cast("list[str]", required)) if isinstance(required, (list, tuple)) else set[str]()
    if not isinstance(properties, Mapping):
        return made
    for name, inner in cast("Mapping[str, SchemaLike]", properties).items():
        if inner.get("default") == {}:
            made[name] = cast("Json", _structure(inner))
        elif name in wanted:
            made[name] = cast("Json", inner.get("default"))
    return made


_NOT_DESCRIBED: Final = ObjectKind({})
