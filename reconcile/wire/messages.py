"""The messages of the hooks: one type each, so none can have an unknown or a missing field.

Source: Metacontroller pkg/controller/{composite,decorator}/api and customize/api.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.objects.document import Document
    from reconcile.state.object_map import ObjectMap

    from .keys import Version

__all__ = [
    "CompositeResponse",
    "CustomizeResponse",
    "DecoratorResponse",
    "Envelope",
    "Hook",
    "Request",
]

Hook: TypeAlias = Literal["sync", "finalize", "customize"]
Objects: TypeAlias = "dict[str, dict[str, msgspec.Raw]]"


class Envelope(msgspec.Struct, omit_defaults=True):
    """A request as it comes: every object in it is still text."""

    controller: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    parent: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    object: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    children: dict[str, dict[str, msgspec.Raw]] | msgspec.UnsetType = msgspec.UNSET
    attachments: dict[str, dict[str, msgspec.Raw]] | msgspec.UnsetType = msgspec.UNSET
    related: dict[str, dict[str, msgspec.Raw]] | msgspec.UnsetType = msgspec.UNSET
    finalizing: bool | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Request:
    """A request, decoded: its parent and children are read when asked for."""

    hook: Hook
    version: Version
    decorator: bool
    """Whether it comes from a DecoratorController."""
    controller: Document
    """The controller object, as Metacontroller held it when it started."""
    parent: Document
    """The parent; a decorator's object."""
    children: ObjectMap
    """The children; a decorator's attachments. Empty for customize."""
    related: ObjectMap
    finalizing: bool
    unknown: Mapping[str, msgspec.Raw]
    """Members of the request that this library does not know, kept as they are."""


class CompositeResponse(msgspec.Struct, kw_only=True):
    """The answer to a CompositeController's sync or finalize hook.

    `status` and `children` are always there: without them Metacontroller wipes the status and
    deletes every child.
    """

    status: dict[str, Any]
    children: list[dict[str, Any]]
    resyncAfterSeconds: float | msgspec.UnsetType = msgspec.UNSET  # noqa: N815  # the wire's name
    finalized: bool | msgspec.UnsetType = msgspec.UNSET


class DecoratorResponse(msgspec.Struct, kw_only=True):
    """The answer to a DecoratorController's sync or finalize hook.

    An absent `status` leaves the object's status alone; `attachments` are always there.
    """

    labels: dict[str, str | None] | msgspec.UnsetType = msgspec.UNSET
    annotations: dict[str, str | None] | msgspec.UnsetType = msgspec.UNSET
    status: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    attachments: list[dict[str, Any]]
    resyncAfterSeconds: float | msgspec.UnsetType = msgspec.UNSET  # noqa: N815  # the wire's name
    finalized: bool | msgspec.UnsetType = msgspec.UNSET


class CustomizeResponse(msgspec.Struct, kw_only=True):
    """The answer to a customize hook of either kind of controller."""

    relatedResources: list[dict[str, Any]]  # noqa: N815  # the wire's name
