"""The four fields of every kind that live in its metadata.

1. Name, namespace, labels and annotations are read and written where they stand, one level deeper
   than the attribute; metadata that is absent is made at the first write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.objects._containers import ScalarMap, TextMap, mapped, scalars
from reconcile.objects._fields import Field
from reconcile.objects._node import Node
from reconcile.objects._unparsed import Unparsed
from reconcile.value.redact import describe
from reconcile.value.types import NULL

__all__ = ["MetaMap", "MetaText"]


class _Meta(Field):
    """A field of every kind that lives in its `metadata`."""

    __slots__ = ("required",)

    def __init__(self, name: str, *, required: bool = False) -> None:
        super().__init__(name, name, Node, None)
        self.required = required

    if not TYPE_CHECKING:

        def __set__(self, node: Node, value: Any) -> None:
            super().__set__(self.metadata(node), value)

    def metadata(self, node: Node) -> Node:
        """Return the object's metadata as a place of the document."""
        raw = (node._raw or node._find()).get("metadata")
        if not isinstance(raw, Unparsed):
            raw = node._item("metadata", raw, dict)
        place: Node = scalars(ScalarMap, node, "metadata", raw)
        return place

    def present(self, node: Node) -> bool:
        return self.wire in self.metadata(node)._find()


class MetaText(_Meta):
    """Name or namespace of an object."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            raw = (node._raw or node._find()).get("metadata")
            value = raw.get(self.wire) if isinstance(raw, dict | Unparsed) else None
            if value.__class__ is str or (value is None and not self.required):
                return value
            if value is None:
                metadata = self.metadata(node)
                state = "null" if self.wire in metadata._find() else "absent"
                raise metadata._fault(self.wire, f"is required but {state}")
            raise self.metadata(node)._fault(self.wire, f"must be a text, is {describe(value)}")


class MetaMap(_Meta):
    """Labels or annotations of an object."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __get__(self, node: Any, owner: type | None = None) -> Any:
            if node is None:
                return self
            metadata = self.metadata(node)
            value = metadata._item(self.wire, metadata._find().get(self.wire), dict)
            return scalars(TextMap, metadata, self.wire, value)

    def store(self, value: Any) -> Any:
        return None if value is NULL else mapped(value, str(self))
