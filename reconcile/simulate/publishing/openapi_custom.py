"""The schemas of custom kinds, as the server publishes them.

1. A definition's schema, with what every object has: version, kind, metadata; and a list of it.
2. Version 2 knows less: what its readers cannot bear is left out, and such a place says nothing.

Source: k8s.io/apiextensions-apiserver pkg/controller/openapi/builder/builder.go;
pkg/controller/openapi/v2/conversion.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconcile.simulate.publishing.descriptions import field_text
from reconcile.simulate.publishing.openapi_paths import META, ref
from reconcile.simulate.publishing.resources import Served
from reconcile.simulate.tables.shared import at
from reconcile.value.types import Json, JsonObject

__all__ = ["custom_names", "custom_schemas"]

_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_EITHER: Final = "x-kubernetes-int-or-string"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_GVK: Final = "x-kubernetes-group-version-kind"
_SELECTABLE: Final = "x-kubernetes-selectable-fields"
_JUNCTORS: Final = ("allOf", "anyOf", "oneOf", "not")
_SPOKEN: Final = f"{META}ObjectMeta"
_CONVENTIONS: Final = (
    "More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md"
)
_INSIDE: Final = {
    "apiVersion": "apiVersion defines the versioned schema of this representation of an object. "
    f"{_CONVENTIONS}#resources",
    "kind": "kind is a string value representing the type of this object. In CamelCase. "
    f"{_CONVENTIONS}#types-kinds",
}
"""What is told of an object inside of another."""
_METADATA: Final = f"Standard object's metadata. {_CONVENTIONS}#metadata"
_LIST_METADATA: Final = f"Standard list metadata. {_CONVENTIONS}#types-kinds"
_MAX_DEPTH: Final = 128


def custom_names(served: Served) -> dict[tuple[str, str], str]:
    """Return the names of a custom kind's schema and of its list's, by version and kind."""
    prefix = ".".join((*reversed(served.group.split(".")), served.version))
    kinds = (served.kind, served.list_kind)
    return {(served.api_version, kind): f"{prefix}.{kind}" for kind in kinds}


def custom_schemas(
    served: Iterable[Served], crds: Iterable[Mapping[str, Any]], *, old: bool
) -> dict[str, JsonObject]:
    """Return the schemas of custom resources and their lists, by name.

    Shape: `old` says that they are for version 2; references are those of version 3.
    """
    by_name = {crd["metadata"]["name"]: crd for crd in crds}
    found: dict[str, JsonObject] = {}
    for each in served:
        crd = by_name.get(each.qualified) if each.custom else None
        if crd is not None:
            found.update(_of(each, crd, old=old))
    return found


def _of(served: Served, crd: Mapping[str, Any], *, old: bool) -> dict[str, JsonObject]:
    version = next(each for each in crd["spec"]["versions"] if each["name"] == served.version)
    schema: dict[str, Any] | None = at(version, "schema", "openAPIV3Schema")
    everything = bool(crd["spec"].get("preserveUnknownFields"))
    if schema is None or (old and (everything or schema.get(_PRESERVE))):
        made: JsonObject = {"type": "object"}
    else:
        made = _published(schema, old=old, depth=0)
        properties = made.get("properties")
        made["properties"] = {**(properties if isinstance(properties, dict) else {}), **_every()}
    more: JsonObject = {}
    selectable = version.get("selectableFields")
    if selectable:
        paths = [str(at(each, "jsonPath")).removeprefix(".") for each in selectable]
        more[_SELECTABLE] = [{"fieldPath": path} for path in paths]
    names = custom_names(served)
    own, several = (
        names[served.api_version, served.kind],
        names[served.api_version, served.list_kind],
    )
    return {
        own: {**made, _GVK: _known(served, served.kind), **more},
        several: {**_list_of(served, own), **more},
    }


def _list_of(served: Served, own: str) -> JsonObject:
    types = _types()
    return {
        "description": f"{served.list_kind} is a list of {served.kind}",
        "type": "object",
        "required": ["items"],
        "properties": {
            **types,
            "items": {
                "description": f"List of {served.plural}. {_CONVENTIONS}",
                "type": "array",
                "items": ref(own),
            },
            "metadata": {"description": _LIST_METADATA, "allOf": [ref(f"{META}ListMeta")]},
        },
        _GVK: _known(served, served.list_kind),
    }


def _known(served: Served, kind: str) -> list[Json]:
    return [{"group": served.group, "kind": kind, "version": served.version}]


def _types() -> JsonObject:
    """Return the two fields that say what an object is."""
    return {
        field: {"type": "string", "description": field_text(f"{META}Status", field)}
        for field in ("apiVersion", "kind")
    }


def _every() -> JsonObject:
    """Return the fields that every object has."""
    metadata: JsonObject = {"description": _METADATA, "allOf": [ref(_SPOKEN)]}
    return {**_types(), "metadata": metadata}


def _published(schema: Mapping[str, Any], *, old: bool, depth: int) -> JsonObject:
    """Return a schema as it is published; the argument is not changed."""
    if depth > _MAX_DEPTH:
        return {}
    made: JsonObject = {key: value for key, value in schema.items() if value is not None}
    for key in ("$schema", "id", "example"):
        made.pop(key, None)
    if made.get(_EITHER) is True and "anyOf" not in made and "allOf" not in made:
        made["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if old:
        _simplified(made)
    properties = made.get("properties")
    if isinstance(properties, dict):
        made["properties"] = {
            name: _published(each, old=old, depth=depth + 1)
            for name, each in properties.items()
            if isinstance(each, dict)
        }
    for key in ("items", "additionalProperties"):
        inner = made.get(key)
        if isinstance(inner, dict):
            made[key] = _published(inner, old=old, depth=depth + 1)
    if made.get(_EMBEDDED) is True and not (old and made.get(_PRESERVE) is True):
        _embedded(made)
    return made


def _embedded(made: JsonObject) -> None:
    """Add to a schema what an object inside of another has."""
    own, required = made.get("properties"), made.get("required")
    types: JsonObject = {
        field: {"type": "string", "description": text} for field, text in _INSIDE.items()
    }
    made["properties"] = {**(own if isinstance(own, dict) else {}), **_every(), **types}
    known = required if isinstance(required, list) else []
    made["required"] = [*known, *(name for name in ("kind", "apiVersion") if name not in known)]


def _simplified(made: JsonObject) -> None:
    """Take out of a schema what readers of version 2 cannot bear."""
    for key in _JUNCTORS:
        made.pop(key, None)
    preserving = made.get(_PRESERVE) is True
    properties = made.get("properties")
    if isinstance(properties, dict):
        optional = {
            name
            for name, each in properties.items()
            if isinstance(each, dict) and each.get("nullable") is True
        }
        _require(made, optional)
    if made.pop("nullable", False) is True:
        for key in ("type", "items", "properties"):
            made.pop(key, None)
    if preserving:
        made.pop("items", None)
        made.pop("properties", None)
    if made.get("type") == "array" and "items" not in made:
        del made["type"]
    if preserving and made.get("type") == "object":
        del made["type"]
    inner = made.get("additionalProperties")
    if isinstance(inner, dict) and inner.get("nullable") is True:
        made.pop("required", None)


def _require(made: JsonObject, optional: set[str]) -> None:
    required = made.get("required")
    if not isinstance(required, list) or not optional:
        return
    left = [name for name in required if name not in optional]
    if left:
        made["required"] = left
    else:
        del made["required"]
