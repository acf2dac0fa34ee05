"""Children by server-side apply: what was applied is remembered, the rest is asked of the server.

1. What is remembered is that of the process: it knows neither controllers nor versions, and is gone
   after a restart (rule 5.6).

Source: pkg/controller/common/manage_children.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.diff import equal
from reconcile.diff.three_way import SYSTEM_METADATA
from reconcile.objects.names import LAST_APPLIED
from reconcile.simulate.metacontroller.children import delete, own
from reconcile.simulate.metacontroller.client import Refusal
from reconcile.simulate.metacontroller.documents import (
    annotations_of,
    generation_of,
    is_deleted,
    metadata_of,
    sorted_text,
    without_last_applied,
)
from reconcile.simulate.metacontroller.object_maps import place_of
from reconcile.simulate.metacontroller.webhook import HookError
from reconcile.value.frozen import thaw
from reconcile.value.pointer import escape

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.children import Managed
    from reconcile.simulate.metacontroller.process import Metacontroller
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["Applied", "apply"]

_APPLY: Final = "application/apply-patch+yaml"
_JSON_PATCH: Final = "application/json-patch+json"


class Applied(NamedTuple):
    """What is remembered of the last application of a child."""

    text: str
    generation: int
    version: str
    uid: str

    def holds(self, live: JsonObject, text: str) -> bool:
        """Return whether nothing is to be sent (rule 5.7)."""
        metadata = metadata_of(live)
        generation = generation_of(live)
        return (
            self.uid == metadata.get("uid")
            and self.text == text
            and self.generation == generation
            and (generation != 0 or self.version == metadata.get("resourceVersion"))
        )


def apply(
    process: Metacontroller,
    managed: Managed,
    parent: JsonObject,
    live: JsonObject | None,
    child: JsonObject,
) -> None:
    """Bring a child to what is desired. Raises: Refusal, HookError."""
    kind, method = managed
    if live is not None and is_deleted(live):
        return
    wanted = cast("JsonObject", thaw(child))
    own(wanted, parent)
    wanted = _sanitized(wanted)
    text = sorted_text(wanted)
    if live is not None:
        known = process.applied_of(kind, wanted)
        if known is not None and known.holds(live, text):
            return
        if method in ("", "OnDelete"):
            process.remember_applied(kind, wanted, _applied(text, live))
            return
        if method in ("Recreate", "RollingRecreate"):
            _recreate(process, kind, live, wanted, text)
            return
        if not _annotation_removed(process, kind, live):
            return
    try:
        made = _patched(process, kind, wanted)
    except Refusal as error:
        if error.reason == "Conflict":
            return
        raise
    process.remember_applied(kind, wanted, _applied(text, made))


def _applied(text: str, live: JsonObject) -> Applied:
    metadata = metadata_of(live)
    version, uid = str(metadata.get("resourceVersion", "")), str(metadata.get("uid", ""))
    return Applied(text, generation_of(live), version, uid)


def _recreate(
    process: Metacontroller, kind: ResourceType, live: JsonObject, wanted: JsonObject, text: str
) -> None:
    """Delete a child that a dry run would change (rule 5.8). Raises: Refusal, HookError."""
    try:
        made = _patched(process, kind, wanted, dry_run=True)
    except Refusal as error:
        if error.reason in ("BadRequest", "Forbidden"):
            process.remember_applied(kind, wanted, _applied(text, live))
            return
        message = f"dry run failed for server-side apply: {error}"
        raise HookError(message) from error
    before, after = metadata_of(live), metadata_of(made)
    generation = generation_of(live), generation_of(made)
    if generation[0] != generation[1] or before.get("uid") != after.get("uid"):
        message = (
            "generation or UID changed during dry run for server-side apply, expected generation "
            f"{generation[0]} and UID {before.get('uid')} but got generation {generation[1]} and "
            f"UID {after.get('uid')}, this likely means the object was updated after we read it, "
            "retrying on next reconciliation loop to avoid unnecessary delete and recreate"
        )
        raise HookError(message)
    if equal(_sanitized(made), _sanitized(live)):
        process.remember_applied(kind, wanted, _applied(text, live))
        return
    delete(process, kind, live)


def _annotation_removed(process: Metacontroller, kind: ResourceType, live: JsonObject) -> bool:
    """Remove the annotation of dynamic apply; return whether the child is still there."""
    if LAST_APPLIED not in annotations_of(live):
        return True
    namespace, name = place_of(live)
    patch: list[Json] = [{"op": "remove", "path": f"/metadata/annotations/{escape(LAST_APPLIED)}"}]
    try:
        process.client.patch(kind, namespace, name, patch, media=_JSON_PATCH, query="")
    except Refusal as error:
        if error.reason == "NotFound":
            return False
        raise
    return True


def _patched(
    process: Metacontroller, kind: ResourceType, wanted: JsonObject, *, dry_run: bool = False
) -> JsonObject:
    namespace, name = place_of(wanted)
    if not name:
        message = "name is required"
        raise HookError(message)
    asked = "dryRun=All&" if dry_run else ""
    query = f"{asked}fieldManager={process.flags.field_manager}&force=true"
    return process.client.patch(kind, namespace, name, wanted, media=_APPLY, query=query)


def _sanitized(document: JsonObject) -> JsonObject:
    """Return an object without what only the server writes (rule 5.4)."""
    made = {key: value for key, value in without_last_applied(document).items() if key != "status"}
    metadata = made.get("metadata")
    if isinstance(metadata, dict):
        made["metadata"] = {
            key: value for key, value in metadata.items() if key not in SYSTEM_METADATA
        }
    return made
