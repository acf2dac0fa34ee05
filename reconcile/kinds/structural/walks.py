"""Documents made to fit their schema: unknown fields pruned, defaults given, nulls dropped.

1. Each walk is made once from a schema, of functions that know only what their place asks of them;
   a place that asks nothing has no function. Documents are changed in place.
2. A null where none is allowed gives way to a default; without a default it is dropped, where it
   is the value of a member. Items that are null stay, for validation to tell.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/pruning and defaulting, 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from reconcile.value.frozen import thaw

from ._go import EMPTY, is_list, is_object

__all__ = ["META", "Default", "Prune", "defaulting", "null_dropping", "pruning"]

Prune: TypeAlias = Callable[[Any], "list[str] | None"]
"""Prunes a value and returns the paths of what was unknown in it, None if nothing was."""
Default: TypeAlias = Callable[[Any], None]
"""Fills a value, or drops nulls of it."""
META: Final = ("apiVersion", "kind", "metadata")
"""What every whole object has, named in its schema or not."""
_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


def pruning(schema: Mapping[str, Any] | None, *, root: bool = False) -> Prune | None:
    """Return what prunes values of a schema, None if nothing of them can be unknown.

    Shape: None for a schema prunes all members.
    """
    if schema is None:
        return _prune_all
    embedded = root or schema.get("x-kubernetes-embedded-resource") is True
    kept = META if embedded else ()
    return _pruning(schema, kept, keep=schema.get("x-kubernetes-preserve-unknown-fields") is True)


def _pruning(schema: Mapping[str, Any], kept: tuple[str, ...], *, keep: bool) -> Prune | None:
    """Return what prunes values. `keep`: what is not named may stay."""
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    members: dict[str, Prune | None] = {name: pruning(each) for name, each in properties.items()}
    members.update(dict.fromkeys(kept))
    others = schema.get("additionalProperties")
    given = others is not None
    rest = pruning(others if is_object(others) else None) if given else None
    items = schema.get("items")
    if keep:
        inner = _pruning(items, (), keep=True) if is_object(items) else None
    else:
        inner = pruning(items if is_object(items) else None)
    below_any = any(each is not None for each in members.values())
    if (keep or given) and rest is None and not below_any and inner is None:
        return None
    if schema.get("type") in {"string", "integer", "number", "boolean"}:
        return _prune_all  # a scalar has nothing unknown; what was sent in its place has only that
    drops = not (given or keep)

    def prune(value: Any) -> list[str] | None:
        found: list[str] | None = None
        if is_object(value):
            gone: list[str] | None = None
            for name, item in value.items():
                if name in members:
                    look = members[name]
                    if look is None or type(item) in _SCALARS:
                        continue
                elif drops:
                    gone = gone or []
                    gone.append(name)
                    continue
                elif rest is None:
                    continue
                else:
                    look = rest
                more = look(item)
                if more:
                    found = found or []
                    found.extend(_under(name, each) for each in more)
            if gone:
                for name in gone:
                    del value[name]
                found = [*(found or ()), *gone]
        elif inner is not None and is_list(value):
            for index, item in enumerate(value):
                more = inner(item)
                if more:
                    found = found or []
                    found.extend(_under(f"[{index}]", each) for each in more)
        return found

    return prune


def _under(name: str, path: str) -> str:
    """Return a path below a member or an item."""
    return f"{name}{path}" if path.startswith("[") else f"{name}.{path}"


def _prune_all(value: Any) -> list[str] | None:
    """Prune all members of a value of which nothing is known."""
    if is_object(value):
        found = list(value)
        value.clear()
        return found
    if is_list(value):
        return [
            _under(f"[{index}]", each)
            for index, item in enumerate(value)
            for each in _prune_all(item) or ()
        ]
    return None


def defaulting(schema: Mapping[str, Any] | None) -> Default | None:
    """Return what gives values of a schema their defaults, None if there are none."""
    if schema is None:
        return None
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    given = [
        (name, each["default"], each.get("nullable") is not True)
        for name, each in properties.items()
        if each.get("default") is not None
    ]
    simple = [each for each in given if type(each[1]) in _SCALARS]
    whole = [each for each in given if type(each[1]) not in _SCALARS]
    members = {name: made for name, each in properties.items() if (made := defaulting(each))}
    others = schema.get("additionalProperties")
    rest = defaulting(others) if is_object(others) else None
    rest_default, rest_filled = _filler(others)
    items = schema.get("items")
    inner = defaulting(items) if is_object(items) else None
    item_default, item_filled = _filler(items)
    if not (given or members or rest or rest_filled or inner or item_filled):
        return None
    below_it = tuple(members.items())

    def fill(value: Any) -> None:
        if is_object(value):
            for name, default, over_null in simple:
                if name not in value or (over_null and value[name] is None):
                    value[name] = default
            for name, default, over_null in whole:
                if name not in value or (over_null and value[name] is None):
                    value[name] = thaw(default)
            for name, make in below_it:
                if name in value:
                    make(value[name])
            if rest is not None or rest_filled:
                for name in value:
                    if name in properties:
                        continue
                    if rest_filled and value[name] is None:
                        value[name] = thaw(rest_default)
                    if rest is not None:
                        rest(value[name])
        elif is_list(value) and (inner is not None or item_filled):
            for index, item in enumerate(value):
                if item_filled and item is None:
                    value[index] = thaw(item_default)
                if inner is not None:
                    inner(value[index])

    return fill


def _filler(schema: Any) -> tuple[Any, bool]:
    """Return the default of a schema, and whether it stands in for a null."""
    if not is_object(schema):
        return None, False
    default = schema.get("default")
    return default, default is not None and schema.get("nullable") is not True


def null_dropping(schema: Mapping[str, Any] | None) -> Default | None:
    """Return what drops nulls that may not be, None if all may be."""
    if schema is None:
        return None
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    not_null = {name for name, each in properties.items() if each.get("nullable") is not True}
    members = {name: made for name, each in properties.items() if (made := null_dropping(each))}
    others = schema.get("additionalProperties")
    rest = null_dropping(others) if is_object(others) else None
    rest_not_null = is_object(others) and others.get("nullable") is not True
    items = schema.get("items")
    inner = null_dropping(items) if is_object(items) else None
    if not (not_null or members or rest or rest_not_null or inner):
        return None
    below_it = tuple(members.items())

    def drop(value: Any) -> None:
        if is_object(value):
            if None in value.values():
                for name in [name for name, item in value.items() if item is None]:
                    if name in not_null or (rest_not_null and name not in properties):
                        del value[name]
            for name, look in below_it:
                if name in value:
                    look(value[name])
            if rest is not None:
                for name, item in value.items():
                    if name not in properties:
                        rest(item)
        elif inner is not None and is_list(value):
            for item in value:
                inner(item)

    return drop
