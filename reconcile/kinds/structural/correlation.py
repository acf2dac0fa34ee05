"""An object beside what it was: which part of the old one is the same part of the new one.

1. Members are found by name, items of map lists by their keys. Items of other lists are not found.
2. Equal means equal where each part is found: a map list may be in another order.

Source: k8s.io/apiserver pkg/cel/common/equality.go and maplist.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.value.equality import equal

from ._go import EMPTY, is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Correlated", "by_keys", "item_key"]


def item_key(item: Any, keys: tuple[str, ...], schema: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return what an item of a map list is known by, None if it is no object."""
    if not is_object(item):
        return None
    properties = schema.get("properties") or EMPTY
    found: list[Any] = []
    for key in keys:
        value = item.get(key)
        if value is None:
            value = (properties.get(key) or EMPTY).get("default")
        found.append((type(value).__name__, str(value)))
    return tuple(found)


def by_keys(schema: Mapping[str, Any], items: Any) -> dict[tuple[Any, ...], Any] | None:
    """Return the items of a map list by their keys, None if it is none."""
    if schema.get("x-kubernetes-list-type") != "map" or not is_list(items):
        return None
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
    inner = schema.get("items") or EMPTY
    found: dict[tuple[Any, ...], Any] = {}
    for item in items:
        key = item_key(item, keys, inner)
        if key is not None:
            found[key] = item
    return found


class Correlated:
    """A value, what it was, and the schema that tells how their parts belong together."""

    __slots__ = ("_children", "_same", "old", "old_items", "schema", "value")

    def __init__(self, value: Any, old: Any, schema: Mapping[str, Any]) -> None:
        self.value = value
        self.old = old
        self.schema = schema
        self.old_items: dict[tuple[Any, ...], Any] | None = None
        self._children: dict[str | int, Correlated | None] = {}
        self._same: bool | None = None

    def member(self, name: str) -> Correlated | None:
        """Return a member beside what it was, None if it is not known."""
        if name not in self._children:
            self._children[name] = self._member(name)
        return self._children[name]

    def _member(self, name: str) -> Correlated | None:
        value, old = self.value, self.old
        if not (is_object(value) and is_object(old) and name in value and name in old):
            return None
        properties = self.schema.get("properties") or EMPTY
        inner = properties.get(name)
        if inner is None:
            inner = self.schema.get("additionalProperties")
        return Correlated(value[name], old[name], inner) if is_object(inner) else None

    def item(self, index: int) -> Correlated | None:
        """Return an item beside what it was, None if it is not known."""
        if index not in self._children:
            self._children[index] = self._item(index)
        return self._children[index]

    def _item(self, index: int) -> Correlated | None:
        if self.old_items is None:
            self.old_items = by_keys(self.schema, self.old)
        inner = self.schema.get("items")
        if self.old_items is None or not is_object(inner):
            return None
        keys = tuple(self.schema.get("x-kubernetes-list-map-keys") or ())
        item = self.value[index]
        key = item_key(item, keys, inner)
        old = None if key is None else self.old_items.get(key)
        return None if old is None else Correlated(item, old, inner)

    def unchanged(self) -> bool:
        """Return whether the value is what it was."""
        if self._same is None:
            self._same = self._compare()
        return self._same

    def _compare(self) -> bool:
        value, old = self.value, self.old
        if is_list(value) and is_list(old):
            if len(value) != len(old):
                return False
            for index in range(len(value)):
                child = self.item(index)
                if child is None:
                    return self.old_items is None and equal(value, old)
                if not child.unchanged():
                    return False
            return True
        if is_object(value) and is_object(old):
            if len(value) != len(old):
                return False
            children = [self.member(name) for name in value]
            return all(child is not None and child.unchanged() for child in children)
        return equal(value, old)
