"""What a document still in bytes offers to views, whoever reads it.

1. Views know this much and no more, so that importing them loads no decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["Unparsed"]


class Unparsed:
    """One object, parsed as far as somebody looks; see `reconcile.objects.document`."""

    __slots__ = ()

    def section(self, key: str) -> Json | Absent:
        """Return one top-level member, ABSENT if it is not there."""
        raise NotImplementedError

    def get(self, key: str) -> Json | Unparsed:
        """Return one top-level member, None if it is not there; a large object unparsed."""
        raise NotImplementedError

    def whole(self) -> JsonObject:
        """Return the whole object, shared: it must not be changed."""
        raise NotImplementedError

    def document(self) -> JsonObject:
        """Return the whole object, made afresh."""
        raise NotImplementedError

    def frozen(self) -> JsonObject:
        """Return the whole object, read-only; the same one on every call."""
        raise NotImplementedError

    def __contains__(self, key: object) -> bool:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError
