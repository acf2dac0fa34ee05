"""Who owns which fields, at each write: `managedFields` as the API server keeps them.

Source: k8s.io/apimachinery pkg/util/managedfields/internal (fieldmanager.go, skipnonapplied.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconcile.diff import server_side_update
from reconcile.errors import ObjectError

if TYPE_CHECKING:
    from reconcile.simulate.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["created", "entries_of", "updated", "with_entries"]


def created(
    kind: ResourceType, document: JsonObject, manager: str, time: str, subresource: str = ""
) -> JsonObject:
    """Return a new object with its manager."""
    try:
        return server_side_update(
            None,
            document,
            manager=manager,
            schema=kind.schema,
            time=time,
            subresource=subresource,
            ignored=kind.strategy.ignored(subresource, document),
        )
    except ObjectError:  # validation will say what is wrong
        return without_entries(document)


def updated(
    kind: ResourceType,
    before: JsonObject,
    after: JsonObject,
    manager: str,
    time: str,
    subresource: str = "",
) -> JsonObject:
    """Return an object that was written with its managers.

    Shape: entries that come with the new object win over those that are there, unless it is a write
        to a subresource. One entry without content takes all of them away.
    """
    asked = entries_of(after)
    if asked is not None and _is_reset(asked):
        return without_entries(after)
    live = before
    if asked and not subresource and _readable(asked):
        live = with_entries(before, asked)
    try:
        return server_side_update(
            live,
            after,
            manager=manager,
            schema=kind.schema,
            time=time,
            subresource=subresource,
            ignored=kind.strategy.ignored(subresource, {**before, **after}),
        )
    except ObjectError:  # as above
        return without_entries(after)


def without_entries(document: JsonObject) -> JsonObject:
    """Return an object without entries."""
    metadata = {**cast("JsonObject", document.get("metadata") or {})}
    metadata.pop("managedFields", None)
    return {**document, "metadata": metadata}


def entries_of(document: JsonObject) -> list[Json] | None:
    """Return the entries of an object, None if it has none at all."""
    metadata = document.get("metadata")
    found = metadata.get("managedFields") if isinstance(metadata, dict) else None
    return found if isinstance(found, list) else None


def with_entries(document: JsonObject, entries: list[Json]) -> JsonObject:
    """Return an object with other entries."""
    metadata = cast("JsonObject", document["metadata"])
    return {**document, "metadata": {**metadata, "managedFields": entries}}


def _is_reset(entries: list[Json]) -> bool:
    return len(entries) == 1 and entries[0] == {}


def _readable(entries: list[Json]) -> bool:
    """Return whether the entries can be read; what cannot is as if it was not sent."""
    return all(
        isinstance(entry, dict)
        and entry.get("operation") in ("Apply", "Update")
        and entry.get("fieldsType") == "FieldsV1"
        for entry in entries
    )
