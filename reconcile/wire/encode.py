"""From what is desired to the bytes of a response, and from a request back to its bytes.

1. One function a message; a message has a type, so no field is unknown and none is missing.
2. `children` are always there: an answer without them deletes everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reconcile.errors import Fault, LimitError, ObjectError
from reconcile.value import MAX_DESIRED

from .keys import inner_key
from .messages import CompositeResponse, CustomizeResponse, DecoratorResponse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.objects.document import Document
    from reconcile.state.declared import Related
    from reconcile.state.desired import Desired
    from reconcile.state.object_map import ObjectMap
    from reconcile.value import JsonObject

    from .messages import Request

__all__ = ["encode_composite", "encode_customize", "encode_decorator", "encode_request"]

_ENCODE = msgspec.json.Encoder().encode


def encode_composite(desired: Desired, *, finalizing: bool) -> bytes:
    """Return the response of a CompositeController's sync or finalize hook.

    Assumes: every document in `desired` has been through `accept` (rules see to it).
    Raises: LimitError when there are too many children.
    """
    return _ENCODE(
        CompositeResponse(
            status=desired.status or {},
            children=_children(desired),
            resyncAfterSeconds=_seconds(desired),
            finalized=desired.finalized if finalizing else msgspec.UNSET,
        )
    )


def encode_decorator(desired: Desired, *, finalizing: bool) -> bytes:
    """Return the response of a DecoratorController's sync or finalize hook.

    Labels, annotations and status that no rule speaks of are left out: Metacontroller then leaves
    them alone.
    """
    return _ENCODE(
        DecoratorResponse(
            labels=dict(desired.labels) or msgspec.UNSET,
            annotations=dict(desired.annotations) or msgspec.UNSET,
            status=msgspec.UNSET if desired.status is None else desired.status,
            attachments=_children(desired),
            resyncAfterSeconds=_seconds(desired),
            finalized=desired.finalized if finalizing else msgspec.UNSET,
        )
    )


def encode_customize(related: Iterable[Related]) -> bytes:
    """Return the response of a customize hook."""
    return _ENCODE(CustomizeResponse(relatedResources=[rule.to_wire() for rule in related]))


def _children(desired: Desired) -> list[JsonObject]:
    if len(desired.objects) > MAX_DESIRED:
        raise LimitError("desired children", MAX_DESIRED)
    return list(desired.objects.values())


def _seconds(desired: Desired) -> float | msgspec.UnsetType:
    seconds = desired.resync_after
    if seconds is None:
        return msgspec.UNSET
    if not 0 < seconds < float("inf"):
        raise ObjectError([Fault("/resyncAfterSeconds", "a finite time above 0 is needed")])
    return int(seconds) if seconds == int(seconds) else seconds


def encode_request(request: Request) -> bytes:
    """Return the bytes of a request; the inverse of `decode_request`, up to white space."""
    parent = "object" if request.decorator and request.hook != "customize" else "parent"
    body: dict[str, Any] = {
        "controller": _text(request.controller),
        parent: _text(request.parent),
    }
    if request.hook != "customize":
        body["attachments" if request.decorator else "children"] = _groups(
            request.children, request
        )
        body["related"] = _groups(request.related, request)
        body["finalizing"] = request.finalizing
    body.update(request.unknown)
    return _ENCODE(body)


def _groups(objects: ObjectMap, request: Request) -> dict[str, dict[str, object]]:
    metadata = request.parent.section("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    groups: dict[str, dict[str, object]] = {gvk.key: {} for gvk in objects.kinds}
    for ref in objects:
        entry = objects.entry(ref)
        assert entry is not None
        key = inner_key(
            ref.namespace,
            ref.name,
            version=request.version,
            parent_namespace=namespace if isinstance(namespace, str) else "",
        )
        groups[ref.gvk.key][key] = _text(entry)
    return groups


def _text(entry: Document) -> msgspec.Raw:
    return msgspec.Raw(entry.raw_bytes)
