"""Lists whose items are told apart: no two items of a set are equal, no two of a map have one key.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/listtype, 1.36.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from reconcile.kinds.field_error import FieldError

from ._go import EMPTY, below, go_number, is_int, is_list, is_object, keyed

__all__ = ["Lists", "apart_checks", "list_checks"]

Lists: TypeAlias = Callable[[Any, str, "list[FieldError]"], None]
"""Checks the lists of a value at a path and tells what is there twice."""


def list_checks(schema: Mapping[str, Any] | None) -> Lists | None:
    """Return what checks the lists of values of a schema, None if there are none to check."""
    if schema is None:
        return None
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    members = {name: made for name, each in properties.items() if (made := list_checks(each))}
    others = schema.get("additionalProperties")
    rest = list_checks(others) if is_object(others) else None
    items = schema.get("items")
    inner = list_checks(items) if is_object(items) else None
    kind = schema.get("x-kubernetes-list-type")
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
    told = kind in {"set", "map"}
    if not (members or rest or inner or told):
        return None

    def check(value: Any, path: str, found: list[FieldError]) -> None:
        if is_object(value):
            if rest is not None:
                for name, item in value.items():
                    rest(item, keyed(path, name), found)
            for name, look in members.items():
                if name in value:
                    look(value[name], below(path, name), found)
        elif is_list(value):
            if kind == "set":
                for index in _repeated(value):
                    where = f"{path}[{index}]"
                    found.append(FieldError("FieldValueDuplicate", where, "", value[index]))
            elif kind == "map":
                found.extend(_map(value, keys, path))
            if inner is not None:
                for index, item in enumerate(value):
                    inner(item, f"{path}[{index}]", found)

    return check


def apart_checks(schema: Mapping[str, Any] | None) -> Callable[[Any], bool] | None:
    """Return what tells fast that nothing in a value is there twice, None if there is nothing.

    Shape: a function of a value; a "no" of it says only that the check above has to look.
    """
    if schema is None:
        return None
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    members = {name: made for name, each in properties.items() if (made := apart_checks(each))}
    others = schema.get("additionalProperties")
    rest = apart_checks(others) if is_object(others) else None
    items = schema.get("items")
    inner = apart_checks(items) if is_object(items) else None
    kind = schema.get("x-kubernetes-list-type")
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
    if not (members or rest or inner or kind in {"set", "map"}):
        return None
    below_it = tuple(members.items())

    def apart(value: Any) -> bool:
        if is_object(value):
            for name, look in below_it:
                if name in value and not look(value[name]):
                    return False
            return rest is None or all(map(rest, value.values()))
        if is_list(value):
            if kind == "map":
                if not _known_apart(value, keys):
                    return False
            elif kind == "set" and not _texts_apart(value):
                return False
            return inner is None or all(map(inner, value))
        return True

    return apart


def _known_apart(items: Sequence[Any], keys: tuple[str, ...]) -> bool:
    """Return whether items are known by texts that differ."""
    if not all(map(is_object, items)):
        return False
    known: list[Any] = [tuple(item.get(key) for key in keys) for item in items]
    texts = all(isinstance(part, str) for each in known for part in each)
    return texts and len(set(known)) == len(known)


def _texts_apart(items: Sequence[Any]) -> bool:
    return all(isinstance(each, str) for each in items) and len(set(items)) == len(items)


def _map(items: Sequence[Any], keys: tuple[str, ...], path: str) -> list[FieldError]:
    for index, item in enumerate(items):
        if item is not None and not is_object(item):
            detail = "must be an object for an array of list-type map"
            return [FieldError("FieldValueInvalid", f"{path}[{index}]", detail, item)]
    if len(items) <= 1:
        return []
    found: list[Any] = [
        {} if item is None else {key: item[key] for key in keys if key in item} for item in items
    ]
    return [
        FieldError("FieldValueDuplicate", f"{path}[{index}]", "", found[index])
        for index in _repeated(found)
    ]


def _repeated(items: Sequence[Any]) -> list[int]:
    """Return the places of items that are there for the second time."""
    if len(items) <= 1:
        return []
    seen: dict[object, int] = {}
    found: list[int] = []
    for index, item in enumerate(items):
        identity = _identity(item)
        times = seen[identity] = seen.get(identity, 0) + 1
        if times == 2:
            found.append(index)
    return found


def _identity(item: Any) -> object:
    if isinstance(item, (dict, list)):
        return "json", json.dumps(item, sort_keys=True, default=str)
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return ("int" if is_int(item) else "float"), go_number(item)
    return type(item).__name__, item
