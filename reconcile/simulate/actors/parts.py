"""The parts of objects that several actors read, without a question whether they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "about",
    "annotations_of",
    "changed",
    "condition_of",
    "is_deleting",
    "is_ready",
    "labels_of",
    "listed",
    "name_of",
    "namespace_of",
    "owner_reference",
    "place_of",
    "spec_of",
    "status_of",
]

_NOTHING: Final[Mapping[str, Any]] = {}


def _part(document: Mapping[str, Json], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else _NOTHING


def about(document: Mapping[str, Json]) -> Mapping[str, Any]:
    """Return the metadata of an object."""
    return _part(document, "metadata")


def spec_of(document: Mapping[str, Json]) -> Mapping[str, Any]:
    """Return the spec of an object, empty if there is none."""
    return _part(document, "spec")


def status_of(document: Mapping[str, Json]) -> Mapping[str, Any]:
    """Return the status of an object, empty if there is none."""
    return _part(document, "status")


def labels_of(document: Mapping[str, Json]) -> Mapping[str, str]:
    """Return the labels of an object, empty if there are none."""
    return about(document).get("labels") or {}


def annotations_of(document: Mapping[str, Json]) -> Mapping[str, str]:
    """Return the annotations of an object, empty if there are none."""
    return about(document).get("annotations") or {}


def name_of(document: Mapping[str, Json]) -> str:
    """Return the name of an object."""
    return str(about(document).get("name", ""))


def namespace_of(document: Mapping[str, Json]) -> str:
    """Return the namespace of an object, empty if it has none."""
    return str(about(document).get("namespace") or "")


def is_deleting(document: Mapping[str, Json]) -> bool:
    """Return whether an object is being deleted."""
    return about(document).get("deletionTimestamp") is not None


def condition_of(document: Mapping[str, Json], name: str) -> Mapping[str, Any] | None:
    """Return a condition in the status of an object, None if it is not there."""
    found = listed(status_of(document), "conditions")
    return next((each for each in found if each.get("type") == name), None)


def is_ready(document: Mapping[str, Json]) -> bool:
    """Return whether an object says of itself that it is ready."""
    found = condition_of(document, "Ready")
    return found is not None and found.get("status") == "True"


def changed(document: Mapping[str, Json]) -> dict[str, Any]:
    """Return a copy of an object that can be changed."""
    return cast("dict[str, Any]", thaw(cast("JsonObject", document)))


def place_of(key: str) -> tuple[str, str]:
    """Return the namespace and the name that a key of a namespaced kind ends in."""
    _, namespace, name = key.rsplit("/", 2)
    return namespace, name


def owner_reference(api_version: str, kind: str, document: Mapping[str, Json]) -> dict[str, Any]:
    """Return the reference by which an object says that another one controls it."""
    known = about(document)
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": known["name"],
        "uid": known["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def listed(fields: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of objects that stands among fields, empty if there is none."""
    found = fields.get(name)
    return cast("Sequence[Mapping[str, Any]]", found) if isinstance(found, list) else ()
