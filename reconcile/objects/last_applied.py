"""An observed object as Metacontroller last applied it.

1. Returned as a desired child, the result changes nothing: it is what was desired before.
2. Three sources, best first: dynamic apply's annotation, server-side apply's managed fields,
   and what identifies the object. Never the observed object itself: its resourceVersion would
   become part of what is applied and change with every write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.errors import LimitError, RequestError
from reconcile.objects.names import FIELD_MANAGER, LAST_APPLIED
from reconcile.value.codec import decode
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value.types import Json, JsonObject

__all__ = ["last_applied"]

_SYSTEM: Final = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
"""Metadata that the API server writes; Metacontroller puts it back to what is observed."""


def last_applied(observed: Mapping[str, Json], *, field_manager: str = FIELD_MANAGER) -> JsonObject:
    """Return `observed` as Metacontroller last applied it.

    Shape: from the last-applied annotation if it holds an object; else the fields that
        `managedFields` gives to the Apply entry of `field_manager`; else `apiVersion`, `kind`
        and `metadata` with `name`, `namespace` and `labels`. Always with apiVersion, kind, name
        and namespace as far as observed has them.
    Guarantees: a fresh plain copy. Without `status`, without metadata that the API server
        writes, and, from managed fields, without the reference to the controlling parent.
    Cost: linear in the size of the annotation or of the object.
    Source: Metacontroller pkg/dynamic/apply; structured-merge-diff fieldpath, serialised sets.
    """
    metadata = observed.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    applied = _from_annotation(metadata)
    if applied is None:
        applied = _from_managed_fields(observed, metadata, field_manager)
    if applied is None:
        applied = {}
        if isinstance(metadata.get("labels"), dict):
            applied["metadata"] = {"labels": thaw(metadata["labels"])}
    return _identified(applied, observed, metadata)


def _from_annotation(metadata: JsonObject) -> JsonObject | None:
    annotations = metadata.get("annotations")
    text = annotations.get(LAST_APPLIED) if isinstance(annotations, dict) else None
    if not isinstance(text, str) or not text:
        return None
    try:
        applied = decode(text.encode())
    except (RequestError, LimitError, UnicodeEncodeError):
        # Anybody may write the annotation. Metacontroller itself gives up on such a child; we
        # fall back to what is known otherwise.
        return None
    return applied if isinstance(applied, dict) else None


def _from_managed_fields(
    observed: Mapping[str, Json], metadata: JsonObject, field_manager: str
) -> JsonObject | None:
    entries = metadata.get("managedFields")
    for entry in entries if isinstance(entries, list) else ():
        if (
            isinstance(entry, dict)
            and entry.get("operation") == "Apply"
            and entry.get("manager") == field_manager
            and not entry.get("subresource")
        ):
            fields = entry.get("fieldsV1")
            if not isinstance(fields, dict):
                continue
            applied = _picked_members(fields, dict(observed), 0)
            _drop_controller(applied)
            return applied
    return None


def _drop_controller(applied: JsonObject) -> None:
    metadata = applied.get("metadata")
    if not isinstance(metadata, dict):
        return
    references = metadata.get("ownerReferences")
    if isinstance(references, list):
        # Metacontroller adds its own reference after the hook; sent back it would be doubled.
        kept = [
            reference
            for reference in references
            if not (isinstance(reference, dict) and reference.get("controller") is True)
        ]
        if kept:
            metadata["ownerReferences"] = kept
        else:
            del metadata["ownerReferences"]


def _identified(
    applied: JsonObject, observed: Mapping[str, Json], before: JsonObject
) -> JsonObject:
    identity: JsonObject = {key: observed[key] for key in ("apiVersion", "kind") if key in observed}
    identity.update(applied)
    identity.pop("status", None)
    metadata = identity.get("metadata")
    kept: JsonObject = {}
    if isinstance(metadata, dict):
        kept = {key: value for key, value in metadata.items() if key not in _SYSTEM}
    for key in ("name", "namespace"):
        if before.get(key) and not kept.get(key):
            kept[key] = before[key]
    annotations = kept.get("annotations")
    if isinstance(annotations, dict) and LAST_APPLIED in annotations:
        # An echoed annotation would be nested into itself, deeper at every create.
        del annotations[LAST_APPLIED]
        if not annotations:
            del kept["annotations"]
    identity["metadata"] = kept
    return identity


def _picked(fields: JsonObject, value: Json, depth: int) -> Json:
    """Return the part of `value` that the field set names; all of it for a leaf of the set."""
    if depth > MAX_DEPTH:
        raise LimitError("levels of nesting", MAX_DEPTH, pointer="/metadata/managedFields")
    if not fields:
        return thaw(value)
    if isinstance(value, dict):
        return _picked_members(fields, value, depth)
    if isinstance(value, list):
        return _picked_items(fields, value, depth)
    # The set names members where there is a scalar now: someone changed the type.
    return value


def _picked_members(fields: JsonObject, value: JsonObject, depth: int) -> JsonObject:
    members: JsonObject = {}
    for key, item in value.items():
        below = fields.get(f"f:{key}")
        if isinstance(below, dict):
            members[key] = _picked(below, item, depth + 1)
    return members


def _picked_items(fields: JsonObject, value: list[Json], depth: int) -> list[Json]:
    # Keys of items are grouped by the names they use, so that each item is looked up instead of
    # compared with every key.
    keyed: dict[tuple[str, ...], dict[object, JsonObject]] = {}
    scalars: set[object] = set()
    for path, below in fields.items():
        if path[:2] not in ("k:", "v:"):
            continue
        try:
            key = decode(path[2:].encode())
        except (RequestError, LimitError, UnicodeEncodeError):
            continue
        if path[0] == "v":
            scalars.add(_token(key))
        elif isinstance(key, dict) and isinstance(below, dict):
            names = tuple(sorted(key))
            keyed.setdefault(names, {})[tuple(_token(key[name]) for name in names)] = below
    items: list[Json] = []
    for index, item in enumerate(value):
        below = fields.get(f"i:{index}")
        if isinstance(item, dict):
            for names, table in keyed.items():
                if all(name in item for name in names):
                    below = table.get(tuple(_token(item[name]) for name in names), below)
        elif scalars and _token(item) in scalars:
            below = {}
        if isinstance(below, dict):
            items.append(_picked(below, item, depth + 1))
    return items


def _token(value: Json) -> object:
    """Return something hashable that is equal only for the same JSON scalar."""
    if isinstance(value, (dict, list)):
        # Merge keys and set members are scalars; a container equals nothing, itself included.
        return object()
    return type(value), value
