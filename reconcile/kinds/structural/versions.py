"""The versions of a definition: which one is stored, how objects go from one to another, columns.

1. Without a webhook an object goes to another version as it is, under the other version's name;
   what the other version does not know is pruned by whoever reads it.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/conversion and
pkg/registry/customresource/tableconvertor, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ._go import EMPTY

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["Column", "columns", "convert", "storage_version", "version_named"]


class Column(NamedTuple):
    """A printer column of a version."""

    name: str
    type: str
    format: str
    description: str
    priority: int
    json_path: str


def version_named(crd: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return a version of a definition, None if it has none of that name."""
    versions = (crd.get("spec") or EMPTY).get("versions") or ()
    return next((each for each in versions if each.get("name") == name), None)


def storage_version(crd: Mapping[str, Any]) -> str:
    """Return the name of the version that is stored, empty if none is."""
    versions = (crd.get("spec") or EMPTY).get("versions") or ()
    return next((str(each.get("name")) for each in versions if each.get("storage") is True), "")


def convert(document: JsonObject, version: str) -> JsonObject:
    """Return an object under the name of another version. Shares all but its first level."""
    group = str(document.get("apiVersion", "")).partition("/")[0]
    return {**document, "apiVersion": f"{group}/{version}"}


def columns(version: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the printer columns of a version, as its definition has them.

    Shape: a column without a description is described by its path, as in the server's tables. A
        version without columns shows the age of its objects.
    """
    given = version.get("additionalPrinterColumns") or ()
    if not given:
        text = (
            "CreationTimestamp is a timestamp representing the server time when this object was "
            "created. It is not guaranteed to be set in happens-before order across separate "
            "operations. Clients may not set this value. It is represented in RFC3339 form and is "
            "in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: "
            "https://git.k8s.io/community/contributors/devel/sig-architecture/"
            "api-conventions.md#metadata"
        )
        return (Column("Age", "date", "", text, 0, ".metadata.creationTimestamp"),)
    what = "Custom resource definition column (in JSONPath format):"
    return tuple(
        Column(
            each.get("name") or "",
            each.get("type") or "",
            each.get("format") or "",
            each.get("description") or f"{what} {each.get('jsonPath') or ''}",
            each.get("priority") or 0,
            each.get("jsonPath") or "",
        )
        for each in given
    )
