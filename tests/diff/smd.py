"""The types of the structured-merge-diff suite, in its own form of schemas."""

from __future__ import annotations

import json
from typing import Any

from reconcile.diff._kind import DEDUCED, Kind, ListKind, MapKind
from reconcile.value.types import ABSENT
from tests.suites import shared

FOLDER = ("suites", "structured-merge-diff")


def kind(schema: str, name: str | dict[str, Any]) -> Kind:
    """Return a type of a schema, by its name or a reference."""
    if schema == "deduced":
        return DEDUCED
    types = json.loads(shared(*FOLDER, "schemas.json").read_text())[schema]["types"]
    reference = {"namedType": name} if isinstance(name, str) else name
    return _kind(reference, {row["name"]: row for row in types})


def _kind(reference: dict[str, Any], types: dict[str, Any]) -> Kind:
    name = reference.get("namedType")
    atom = types.get(name, {}) if name is not None else reference.get("inlined", reference)
    relation = reference.get("elementRelationship")
    made: dict[str, Any] = {}
    if "scalar" in atom:
        made["scalar"] = atom["scalar"]
    if "list" in atom:
        about = atom["list"]
        made["list"] = ListKind(
            lambda: _kind(about["elementType"], types),
            atomic=(relation or about.get("elementRelationship", "atomic")) == "atomic",
            keys=tuple(about.get("keys") or ()),
        )
    if "map" in atom:
        made["map"] = _map(atom["map"], relation, types)
    return Kind(**made)


def _map(about: dict[str, Any], relation: str | None, types: dict[str, Any]) -> MapKind:
    fields = {row["name"]: row for row in about.get("fields") or ()}

    def field(name: str) -> Kind | None:
        return _kind(fields[name]["type"], types) if name in fields else None

    def element() -> Kind | None:
        below = about.get("elementType")
        return _kind(below, types) if below else None

    return MapKind(
        field,
        element,
        atomic=(relation or about.get("elementRelationship", "separable")) == "atomic",
        default=lambda name: fields.get(name, {}).get("default", ABSENT),
    )
