"""What the server warns of in a definition that it takes: formats that it does not check.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ._go import EMPTY, go_quoted, is_object
from .formats import known

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["crd_warnings"]


def crd_warnings(before: JsonObject | None, after: JsonObject) -> list[str]:
    """Return what the server warns of when a definition is written.

    Shape: `before` is None for a new definition; only what it did not have already is told.
    """
    old: set[str] = set() if before is None else set(_formats(before))
    found = dict.fromkeys(name for name in _formats(after) if name not in old)
    return [f"unrecognized format {go_quoted(name)}" for name in found]


def _formats(crd: JsonObject) -> Iterator[str]:
    """Yield the formats of texts that are not known."""
    spec: Any = crd.get("spec") or EMPTY
    for version in spec.get("versions") or ():
        yield from _within((version.get("schema") or EMPTY).get("openAPIV3Schema"))


def _within(schema: Any) -> Iterator[str]:
    if not is_object(schema):
        return
    name: str = schema.get("format") or ""
    if name and schema.get("type") == "string" and not known(name):
        yield name
    inner: list[Any] = [schema.get(key) for key in ("items", "additionalProperties", "not")]
    for key in ("allOf", "anyOf", "oneOf"):
        inner.extend(schema.get(key) or ())
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    for each in [*inner, *properties.values()]:
        yield from _within(each)
