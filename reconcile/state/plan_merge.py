"""The object that would be written: Metacontroller's own merge, or the server's apply.

Source: Metacontroller 4.17.2, pkg/dynamic/apply and pkg/controller/common/manage_children.go; held
    to its recordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from reconcile.diff import diff, equal, server_side_apply, three_way
from reconcile.diff.three_way import SYSTEM_METADATA
from reconcile.errors import LimitError, RequestError
from reconcile.objects.names import LAST_APPLIED
from reconcile.value import thaw
from reconcile.value.codec import decode

from .plan_sync import metadata_of, recorded, texts

if TYPE_CHECKING:
    from reconcile.value import JsonObject

    from .plan_sync import Sync

__all__ = ["BrokenRecordError", "Merged", "merged"]


class BrokenRecordError(Exception):
    """The last-applied annotation holds no JSON object, so the child cannot be merged."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The object that would be written, beside the one that is there."""

    before: JsonObject
    after: JsonObject
    differs: bool
    """Whether Metacontroller would write; also true where only what is recorded differs."""


def merged(sync: Sync, observed: JsonObject, stamped: JsonObject) -> Merged:
    """Return what applying a stamped child would write.

    Raises: BrokenRecordError; under server-side apply ObjectError for what the schema refuses.
    """
    if sync.apply == "dynamic":
        return _dynamic(observed, stamped)
    return _server_side(sync, observed, stamped)


def _dynamic(observed: JsonObject, stamped: JsonObject) -> Merged:
    desired = _without_record(stamped)
    text = recorded(observed)
    last = None if text is None else _parsed(text)
    after = three_way(last, observed, desired)
    about = metadata_of(after)
    held = about.pop("annotations", None)
    if texts(held) == held:  # with one that is no text, none is kept
        about["annotations"] = held
    if text is not None:
        # It is written anew whatever is merged, and compared below.
        about["annotations"] = {**texts(about.get("annotations")), LAST_APPLIED: text}
    same = last is not None and not diff(last, desired, numbers="value")
    if last is None and not metadata_of(observed).get("uid"):
        same = True  # made by hand, for a test: no server holds it, so nothing was recorded
    return Merged(observed, after, not same or not equal(observed, after))


def _parsed(text: str) -> JsonObject | None:
    try:
        found = decode(text.encode())
    except (RequestError, LimitError, UnicodeEncodeError):
        raise BrokenRecordError from None
    if found is None or isinstance(found, dict):
        return found
    raise BrokenRecordError


def _server_side(sync: Sync, observed: JsonObject, stamped: JsonObject) -> Merged:
    api_version, kind = str(observed.get("apiVersion")), str(observed.get("kind"))
    known = sync.kinds.known(api_version, kind)
    # Nulls stay: in a map of texts the server makes empty ones of them.
    payload = _without_record(stamped)
    payload.pop("status", None)
    for name in SYSTEM_METADATA:
        metadata_of(payload).pop(name, None)
    schema = sync.kinds.schema(api_version, kind) if known else None
    made = server_side_apply(
        observed, payload, manager=sync.field_manager, schema=schema, time="", force=True
    )
    before = _comparable(sync, observed, known=known)
    after = _comparable(sync, made, known=known)
    return Merged(before, after, bool(diff(before, after, numbers="value")))


def _without_record(document: JsonObject) -> JsonObject:
    """Return a copy without the annotation that is Metacontroller's own."""
    made = cast("JsonObject", thaw(document))
    annotations = metadata_of(made).get("annotations")
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)
    return made


def _comparable(sync: Sync, document: JsonObject, *, known: bool) -> JsonObject:
    """Return an object as it is stored, without what is not the apply's to change.

    That is what the server alone writes, the annotation, and the reference to the parent: a claim
    has written that. Where nobody says who the parent is, nothing is said of owners.
    """
    made = _without_record(document)
    if known:
        made = sync.kinds.defaulted(made)
    made.pop("status", None)
    metadata = metadata_of(made)
    for name in SYSTEM_METADATA:
        metadata.pop(name, None)
    if not metadata.get("annotations"):
        metadata.pop("annotations", None)
    references = metadata.pop("ownerReferences", None)
    others = [
        one
        for one in (references if isinstance(references, list) and sync.uid else ())
        if not (isinstance(one, dict) and one.get("uid") == sync.uid)
    ]
    if others:
        metadata["ownerReferences"] = others
    return made
