"""Whether a desired object and what is stored of it come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from reconcile.diff import (
    Operation,
    Patch,
    diff,
    equal,
    merge_apply,
    server_side_apply,
    three_way,
)
from reconcile.errors import PointerError
from reconcile.kinds._loop import Loop
from reconcile.value.frozen import thaw
from reconcile.value.pointer import resolve
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds._table import Kinds
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["differences_that_matter", "loops"]

_ROUNDS = 4
_APPLY = "use server-side apply, which knows all keys of a list"


def differences_that_matter(
    kinds: Kinds, desired: Mapping[str, JsonIn], observed: Mapping[str, JsonIn]
) -> Patch:
    """Return what applying would change; see `reconcile.kinds.differences_that_matter`."""
    have = kinds.defaulted(observed)
    # Nulls say nothing to the server.
    wanted = cast("JsonObject", merge_apply({}, desired, dialect="kubernetes"))
    wanted.pop("status", None)
    schema = kinds.schema(str(have["apiVersion"]), str(have["kind"]))
    metadata = have.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("managedFields", None)
    made = server_side_apply(have, wanted, manager="desired", schema=schema, time="", force=True)
    about = made.get("metadata")
    if isinstance(about, dict):
        about.pop("managedFields", None)
    return diff(have, kinds.defaulted(made), lists=schema)


def loops(kinds: Kinds, desired: Mapping[str, JsonIn]) -> tuple[Loop, ...]:
    """Return the fields that never settle; see `reconcile.kinds.loops`."""
    document = cast("JsonObject", thaw(cast("Json", desired)))
    first = observed = kinds.defaulted(document)
    written = three_way(document, observed, document)
    for _ in range(_ROUNDS):
        stored = kinds.defaulted(written)
        if equal(written, observed) or equal(stored, observed):
            break
        observed = stored
        written = three_way(document, observed, document)
    if equal(written, observed):  # it has come to rest, as it was stored first or as it became
        return tuple(
            Loop(operation.path, "is taken from another item with the same merge key", _APPLY)
            for operation in diff(first, observed)
        )
    schema = kinds.schema(str(observed["apiVersion"]), str(observed["kind"]))
    found = diff(observed, written)
    return tuple(_explained(operation, observed, schema) for operation in found)


def _explained(operation: Operation, observed: JsonObject, schema: Mapping[str, object]) -> Loop:
    """Return why an operation comes again, and what to do."""
    pointer, value = operation.path, operation.value
    name = pointer.rpartition("/")[2]
    if operation.op == "remove":
        lost = _at(observed, pointer)
        if isinstance(lost, (str, int, bool)):
            shown = lost if isinstance(lost, str) else str(lost).lower()
            remedy = f"write `{name}: {shown}`" if shown else "write it"
            return Loop(pointer, "is a default that its list loses", remedy)
        return Loop(pointer, "is a default that its list loses", "write it as it is stored")
    if value is None:
        return Loop(pointer, "is null, which is not stored", "leave it out")
    if operation.op == "add":
        if not _known(schema, pointer):
            return Loop(pointer, "is a field that the kind does not have", "leave it out")
        if name == "stringData":
            return Loop(pointer, "is stored as data", "write data, in base64")
        if isinstance(value, (dict, list, str, int)) and not value:
            return Loop(pointer, "is empty, which is not stored", "leave it out")
        return Loop(pointer, "is not stored as it is written", "write it as it is stored")
    if operation.op == "replace":
        return Loop(pointer, "is stored in another spelling", "write it as it is stored")
    return Loop(pointer, "stands in its list in another place or twice", "write each item once")


def _at(document: JsonObject, pointer: str) -> object:
    try:
        return resolve(document, pointer)
    except PointerError:
        return ABSENT


def _known(schema: Mapping[str, object], pointer: str) -> bool:
    """Return whether a kind has a field."""
    about = schema
    for part in pointer.split("/")[1:]:
        properties = cast("Mapping[str, object]", about.get("properties") or {})
        below = properties.get(part) or about.get("items") or about.get("additionalProperties")
        if below is None:
            return about.get("x-kubernetes-preserve-unknown-fields") is True
        if below is True:
            return True
        about = cast("Mapping[str, object]", below)
    return True
