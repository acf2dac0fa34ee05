"""What an apply that does not fit its type is told: the typed engine's own words, values and all.

1. `reconcile.diff` refuses the same documents, with errors for people that hold no value. This
   walk runs over what it refuses, to answer as the server does.

Source: sigs.k8s.io/structured-merge-diff typed/validate.go, typed/helpers.go; recorded refusals.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconcile.diff._kind import Kind, kind_of
from reconcile.simulate.go.json import float_text, quoted
from reconcile.value.types import ABSENT

if TYPE_CHECKING:
    from reconcile.diff._kind import ListKind, MapKind
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["printed", "typed_faults"]


def typed_faults(document: JsonObject, kind: ResourceType) -> list[str]:
    """Return why a document cannot be applied, as the server says it; nothing if it can."""
    found: list[str] = []
    whole = kind_of(kind.schema).map
    if whole is None:
        return found
    for name, value in document.items():
        if name in ("apiVersion", "kind"):
            continue
        inner = kind_of(kind.metadata) if name == "metadata" else _field(whole, name)
        if inner is None:
            found.append(f".{name}: field not declared in schema")
        else:
            _validate(value, inner, f".{name}", found)
    return found


def _field(kind: MapKind, name: str) -> Kind | None:
    return (kind.field(name) if kind.field is not None else None) or kind.element()


def _validate(value: Json, kind: Kind, path: str, found: list[str]) -> None:
    if value is None:
        return
    if kind.map is not None and (
        isinstance(value, dict) or (kind.scalar is None and kind.list is None)
    ):
        _map(value, kind.map, path, found)
    elif kind.list is not None and (isinstance(value, list) or kind.scalar is None):
        _list(value, kind.list, path, found)
    elif kind.scalar is not None:
        _scalar(value, kind.scalar, path, found)


def _scalar(value: Json, scalar: str, path: str, found: list[str]) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if scalar == "numeric" and not number:
        found.append(f"{path}: expected numeric (int or float), got {_type(value)}")
    elif scalar == "string" and not isinstance(value, str):
        found.append(
            f"{path}: expected string, got &value.valueUnstructured{{Value:{_syntax(value)}}}"
        )
    elif scalar == "boolean" and not isinstance(value, bool):
        found.append(
            f"{path}: expected boolean, got &value.valueUnstructured{{Value:{_syntax(value)}}}"
        )
    elif scalar == "untyped" and isinstance(value, (dict, list)):
        found.append(f"{path}: expected any scalar, got &{{{printed(value)}}}")


def _map(value: Json, kind: MapKind, path: str, found: list[str]) -> None:
    if not isinstance(value, dict):
        found.append(f"{path}: expected map, got &{{{printed(value)}}}")
        return
    for name, item in value.items():
        inner = _field(kind, name)
        if inner is None:
            found.append(f"{path}.{name}: field not declared in schema")
        else:
            _validate(item, inner, f"{path}.{name}", found)


def _list(value: Json, kind: ListKind, path: str, found: list[str]) -> None:
    if not isinstance(value, list):
        found.append(f"{path}: expected list, got &{{{printed(value)}}}")
        return
    seen: set[str] = set()
    element = kind.element()
    for place, item in enumerate(value):
        where = f"[{place}]"
        if not kind.atomic:
            told, wrong = _identity(item, kind, element)
            if wrong:
                found.append(f"{path}: element {place}: {wrong}")
                return
            where = told
            if where in seen:
                found.append(f"{path}: duplicate entries for key {where}")
            seen.add(where)
        _validate(item, element, f"{path}{where}", found)


def _identity(item: Json, kind: ListKind, element: Kind) -> tuple[str, str]:
    """Return how an item is told from others, or why it cannot be."""
    if not kind.keys:
        if isinstance(item, dict):
            return "", "associative list without keys has an element that's a map type"
        if isinstance(item, list):
            return "", "not supported: associative list with lists as elements"
        if item is None:
            return "", "associative list without keys has an element that's an explicit null"
        return f"[={_key(item)}]", ""
    if item is None:
        return "", "associative list with keys may not have a null element"
    if not isinstance(item, dict):
        return "", "associative list with keys may not have non-map elements"
    parts: list[str] = []
    for name in sorted(kind.keys):
        value = item.get(name, ABSENT)
        if value is ABSENT and element.map is not None:
            value = element.map.default(name) if element.map.default is not None else ABSENT
        if value is not ABSENT:
            parts.append(f"{name}={_key(value)}")
    if not parts:
        told = " ".join(quoted(name) for name in kind.keys)
        why = "associative list with keys has an element that omits all key fields "
        return "", f"{why}[{told}] (and doesn't have default values for any key fields)"
    return f"[{','.join(parts)}]", ""


def _key(value: Json) -> str:
    if isinstance(value, str):
        return quoted(value)
    return printed(value)


def _type(value: Json) -> str:
    """Return the name of a value's type, as `%T` prints it."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return "<nil>" if value is None else "float64" if isinstance(value, float) else "int64"


def printed(value: Json) -> str:
    """Return a value as `%v` prints it: `map[name:a]`, `[1 2]`, `<nil>`."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{printed(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(printed(item) for item in value)}]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return float_text(value) if isinstance(value, float) else str(value)


def _syntax(value: Json) -> str:
    """Return a value as `%#v` prints it."""
    if isinstance(value, dict):
        inside = ", ".join(f"{quoted(key)}:{_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inside}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(_syntax(item) for item in value)}}}"
    if value is None:
        return "interface {}(nil)"
    return (
        json.dumps(value, ensure_ascii=False) if isinstance(value, (bool, str)) else printed(value)
    )
