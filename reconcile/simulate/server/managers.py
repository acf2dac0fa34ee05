"""Who owns which fields, at each write: `managedFields` as the API server keeps them.

Source: k8s.io/apimachinery pkg/util/managedfields/internal (fieldmanager.go, skipnonapplied.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconcile.diff import equal, field_set
from reconcile.diff.field_set import FieldSet
from reconcile.diff.server_side import Managers, managers_of, update_managed
from reconcile.errors import ObjectError, ReconcileError
from reconcile.value.frozen import FrozenList

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = ["Entries", "created", "entries_of", "owned", "owners_of", "updated", "with_entries"]


class Entries(FrozenList):
    """The `managedFields` of an object, with what they say: nothing has to be read again.

    Copies that can be changed are plain lists, which know nothing of it.
    """

    __slots__ = ("owners",)

    owners: Managers

    @classmethod
    def of(cls, owners: Managers) -> Entries:
        """Return the entries of owners."""
        made = cls(owners.json())
        made.owners = owners
        return made


def owners_of(document: JsonObject) -> Managers:
    """Return the owners that an object names. Raises: ObjectError, LimitError."""
    entries = entries_of(document)
    return entries.owners if isinstance(entries, Entries) else managers_of(document)


def created(
    kind: ResourceType, document: JsonObject, manager: str, time: str, subresource: str = ""
) -> JsonObject:
    """Return a new object with its manager."""
    try:
        owners = update_managed(
            None,
            Managers(),
            document,
            manager=manager,
            schema=kind.schema,
            time=time,
            subresource=subresource,
            ignored=kind.ignored(subresource, document),
            unset=kind.unset,
        )
    except ObjectError:  # validation will say what is wrong
        return without_entries(document)
    return owned(document, owners)


def updated(
    target: Target,
    before: JsonObject,
    after: JsonObject,
    manager: str,
    time: str,
) -> JsonObject:
    """Return an object that was written with its managers.

    Shape: entries that come with the new object win over those that are there, unless it is a write
        to a subresource. One entry without content takes all of them away.
    """
    kind, subresource = target.type, target.subresource
    asked = entries_of(after)
    if asked is not None and _is_reset(asked):
        return without_entries(after)
    live = before
    if asked and not subresource and not _same(asked, entries_of(before)) and _readable(asked):
        live = with_entries(before, asked)
    if kind.strategy.custom and not _fits_all(target, live, after):
        return without_entries(after)
    try:
        owners = update_managed(
            live,
            owners_of(live),
            after,
            manager=manager,
            schema=kind.schema,
            time=time,
            subresource=subresource,
            ignored=kind.ignored(subresource, {**before, **after}),
        )
    except ObjectError:  # as above
        return without_entries(after)
    return owned(after, owners, before)


def owned(document: JsonObject, owners: Managers, before: JsonObject | None = None) -> JsonObject:
    """Return a document with its owners; `before` may be one that has the same."""
    if not len(owners):
        return without_entries(document)
    held = None if before is None else entries_of(before)
    if isinstance(held, Entries) and held.owners is owners:
        return with_entries(document, held)
    return with_entries(document, Entries.of(owners))


def _fits_all(target: Target, before: JsonObject, after: JsonObject) -> bool:
    """Return whether an object has a form at each version that an entry was written at.

    The server compares at that version, with the object as it is: what a version does not have
    makes it give up keeping track.
    """
    served = target.type.served
    for entry in entries_of(before) or []:
        at = str(entry.get("apiVersion")) if isinstance(entry, dict) else ""
        if at in ("", served.api_version):
            continue
        other = target.catalogue.find_kind(at, served.kind)
        if other is None:
            continue
        try:
            for document in (before, after):
                field_set(without_entries(document), schema=other.schema)
        except ObjectError:
            return False
    return True


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


def _same(asked: list[Json], held: list[Json] | None) -> bool:
    return asked is held or (held is not None and equal(asked, held))


def _is_reset(entries: list[Json]) -> bool:
    return len(entries) == 1 and entries[0] == {}


def _readable(entries: list[Json]) -> bool:
    """Return whether the entries can be read; what cannot is as if it was not sent."""
    return all(
        isinstance(entry, dict)
        and entry.get("operation") in ("Apply", "Update")
        and entry.get("fieldsType") == "FieldsV1"
        and _is_set(entry.get("fieldsV1"))
        for entry in entries
    )


def _is_set(fields: Json) -> bool:
    """Return whether fields can be read."""
    try:
        FieldSet.from_json(cast("JsonObject", fields or {}))
    except ReconcileError:
        return False
    return True
