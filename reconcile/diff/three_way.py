"""Metacontroller's dynamic apply: last applied, observed and desired make the next object.

The merge guesses which lists are associative from the items themselves and dispatches on the type
of what is observed. Both lead to results that surprise (docs/gotchas.md); they are reproduced as
they are. Source: Metacontroller 4.17.2, pkg/dynamic/apply/apply.go, Merge, and
pkg/controller/common/manage_children.go for the fields that are put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.value.frozen import thaw

from ._dynamic_cy import MERGE_KEYS, merged_object

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["MERGE_KEYS", "SYSTEM_METADATA", "three_way"]

SYSTEM_METADATA = (
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
)
"""Members of metadata that stay as observed, whatever is desired."""


def three_way(
    last_applied: JsonObject | None, observed: JsonObject, desired: JsonObject
) -> JsonObject:
    """Return `observed` with the change from `last_applied` to `desired` made to it.

    Shape: all three are whole objects; `desired` holds only the fields the caller cares about.
        None for `last_applied` means the object was never applied.
    Guarantees: outside lists, fields in neither `last_applied` nor `desired` are as observed
        (lists: see docs/gotchas.md). The status and the members of metadata that only the server
        writes are as observed. The last-applied annotation is not written: callers who need it
        put it in.
    Assumes: the three describe the same object; not checked.
    Raises: LimitError when a document is nested too deeply.
    Cost: time linear in the number of fields; no argument is changed or shared with the result.
    Source: Metacontroller pkg/dynamic/apply/apply.go, Merge.
    """
    merged = merged_object(observed, last_applied or {}, desired, 0)
    _put_back(merged, observed, "status")
    before = observed.get("metadata")
    held = before if isinstance(before, dict) else {}
    if "metadata" not in merged and any(field in held for field in SYSTEM_METADATA):
        merged["metadata"] = {}  # was applied and is desired no longer: the server's part stays
    after = merged.get("metadata")
    if isinstance(after, dict):
        for field in SYSTEM_METADATA:
            _put_back(after, held, field)
    return merged


def _put_back(merged: JsonObject, observed: JsonObject, field: str) -> None:
    if field in observed:
        merged[field] = thaw(observed[field])
    else:
        merged.pop(field, None)
