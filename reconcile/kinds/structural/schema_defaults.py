"""Defaults in a schema held to the schema itself: they validate, and nothing in them is unknown.

Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reconcile.kinds.field_error import FieldError
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw

from ._go import EMPTY, is_object
from .cel_compile import available
from .embedded import coercing, embedded_checks
from .rules import has_rules, rules_of
from .values import Node, as_errors, validate
from .walks import META, pruning

__all__ = ["default_errors"]

_EMBEDDED: Final = "x-kubernetes-embedded-resource"


def default_errors(
    schema: Mapping[str, Any], path: str, *, pruned: bool = True
) -> list[FieldError]:
    """Return what is wrong with the defaults of a schema.

    Shape: `pruned` asks that nothing in them is unknown.
    """
    found: list[FieldError] = []
    _walk({**schema, _EMBEDDED: True}, path, found, inside=False, pruned=pruned)
    return found


def _walk(
    schema: Mapping[str, Any], path: str, found: list[FieldError], *, inside: bool, pruned: bool
) -> None:
    """Check the defaults of a schema and below. `inside`: of metadata, or of what stands beside."""
    embedded = schema.get(_EMBEDDED) is True
    inside = inside and not embedded
    default = schema.get("default")
    if default is not None:
        found.extend(_one(schema, default, f"{path}.default", inside=inside, pruned=pruned))
    items = schema.get("items")
    if is_object(items):
        _walk(items, f"{path}.items", found, inside=inside, pruned=pruned)
    for name, each in (schema.get("properties") or EMPTY).items():
        below_meta = inside or (embedded and name in META)
        at = f"{path}.properties[{name}]"
        _walk(each, at, found, inside=below_meta, pruned=pruned)


def _one(
    schema: Mapping[str, Any], default: Any, path: str, *, inside: bool, pruned: bool
) -> list[FieldError]:
    found: list[FieldError] = []
    if not inside:
        if pruned and (prune := pruning(schema)) is not None:
            without = thaw(default)
            prune(without)
            if not equal(without, default):
                detail = "must not have unknown fields"
                found.append(FieldError("FieldValueInvalid", path, detail, thaw(default)))
        coerce, check = coercing(schema), embedded_checks(schema)
        of_metadata: list[FieldError] = []
        if coerce is not None:
            coerce(thaw(default), path, [], of_metadata)
        if not of_metadata and check is not None:
            check(default, path, [], of_metadata)
        if of_metadata:
            return [*found, *of_metadata]
    values = as_errors(validate(Node(schema), default, ""), path)
    if not values and has_rules(schema) and available():
        values = rules_of(schema, root=False).errors(default, default, path, ratcheting=False)
    return [*found, *values]
