"""The schemas of a definition: which keys may stand where, list types, map keys, rules.

1. One walk over all places of a schema, junctors included; errors of rules come after all others,
   and rules are looked at only where nothing else is wrong at the place or below it.
2. What an old definition has wrong already is let pass where the server lets it: see `Strictness`.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reconcile.errors import LimitError
from reconcile.kinds.field_error import FieldError
from reconcile.kinds.validation._primitives import forbidden, invalid, not_supported, required
from reconcile.value.limits import MAX_DEPTH

from ._go import EMPTY, is_list, is_object
from .definition_rules import Costs, Scope, rule_errors, rule_forms
from .internal_form import ROOT_FIELDS, go_name, internal_schema
from .schema_defaults import default_errors
from .structure import structural_errors, unsupported

__all__ = ["Strictness", "list_key_errors", "schema_errors"]

_Schema = Mapping[str, Any]
_TYPES: Final = ("array", "boolean", "integer", "number", "object", "string")
_META: Final = frozenset({"metadata", "kind", "apiVersion"})


@dataclass(frozen=True, slots=True)
class Strictness:
    """What an update is held to: not to what the old definition had wrong already."""

    types: bool = True
    """Types must be known."""
    structural: bool = True
    pruned: bool = True
    """Defaults hold nothing unknown."""
    atomic_sets: bool = True
    list_keys: bool = True
    costs: bool = True
    """Each rule is cheap enough; not asked of a schema that has not changed."""


@dataclass(frozen=True, slots=True)
class _Where:
    """What holds at a place because of what is above it."""

    strict: Strictness
    root: bool = False
    defaults: str | None = None
    """Why defaults are forbidden, None if they are not."""
    meta: bool = False
    """Inside of what all objects have."""
    uncorrelated: str = ""
    """The first path above from which old values are not found again."""
    costs: Costs | None = None
    scope: Scope | None = None
    """What rules see here; None where rules are not looked at."""
    depth: int = 0


@dataclass(slots=True)
class _Found:
    schema: list[FieldError] = field(default_factory=list[FieldError])
    rules: list[FieldError] = field(default_factory=list[FieldError])


def schema_errors(
    schema: _Schema, path: str, *, status: bool, strict: Strictness
) -> list[FieldError]:
    """Return what is wrong with the schema of a version.

    Shape: `path` leads to `openAPIV3Schema`; `status` says that status is a subresource.
    Raises: LimitError for a schema nested too deep.
    """
    found = _root_errors(schema, path) if status else []
    if schema.get("nullable") is True:
        found.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    costs: Costs | None = None
    unreadable = ""
    if strict.structural:
        unreadable = unsupported(schema)
        wrong = [] if unreadable else structural_errors(schema, path)
        if not (unreadable or wrong):
            wrong = default_errors(schema, path, pruned=strict.pruned)
        found.extend(wrong)
        if not (unreadable or wrong):
            costs = Costs()
    scope = None if costs is None else Scope.of_root(schema)
    where = _Where(strict, root=True, costs=costs, scope=scope)
    walked = _Found()
    _walk(schema, path, where, walked)
    found.extend(walked.schema)
    found.extend(walked.rules)
    if not found and unreadable:
        found.append(invalid(path, "", unreadable))
    if costs is not None:
        found.extend(costs.errors(path))
    return found


def _root_errors(schema: _Schema, path: str) -> list[FieldError]:
    """Return what may not stand at the root, because status is held to its part of it alone."""
    for name in sorted(schema, key=lambda each: go_name(each)[0]):
        value = schema[name]
        if value in (None, False, "", [], {}) and not (name == "default" and value is not None):
            continue
        if name == "type":
            if value != "object":
                detail = (
                    'only "object" is allowed as the type at the root of the schema if the status '
                    "subresource is enabled"
                )
                return [invalid(f"{path}.type", value, detail)]
        elif go_name(name)[1] not in ROOT_FIELDS:
            detail = (
                f"only [{' '.join(ROOT_FIELDS)}] fields are allowed at the root of the schema if "
                "the status subresource is enabled"
            )
            return [invalid(path, internal_schema(schema), detail)]
    return []


def _walk(schema: _Schema, path: str, where: _Where, found: _Found) -> None:
    if where.depth > MAX_DEPTH:
        raise LimitError("levels of nesting in a schema", MAX_DEPTH)
    here = _Found()
    _keys(schema, path, where, here)
    _below(schema, path, where, here)
    _types(schema, path, where.strict, here)
    _map_list(schema, path, here)
    if where.strict.list_keys:
        here.schema.extend(list_key_errors(schema, path))
    rules: list[Any] = schema.get("x-kubernetes-validations") or []
    if rules:
        here.schema.extend(rule_forms(rules, schema, f"{path}.x-kubernetes-validations"))
        if not here.schema and where.scope is not None and where.costs is not None:
            at = f"{path}.x-kubernetes-validations"
            told = rule_errors(
                rules, at, where.scope, where.costs,
                uncorrelated=where.uncorrelated, each_cost=where.strict.costs,
            )  # fmt: skip
            here.rules.extend(told)
    found.schema.extend(here.schema)
    found.rules.extend(here.rules)


def _below(schema: _Schema, path: str, where: _Where, here: _Found) -> None:
    inner = replace(where, root=False, depth=where.depth + 1)
    nowhere = replace(inner, scope=None)
    others = schema.get("additionalProperties")
    properties: Mapping[str, Any] = schema.get("properties") or EMPTY
    if schema.get("uniqueItems") is True:
        detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        here.schema.append(forbidden(f"{path}.uniqueItems", detail))
    if others is not None:
        if properties and others is not True:
            detail = "additionalProperties and properties are mutual exclusive"
            here.schema.append(forbidden(f"{path}.additionalProperties", detail))
        if is_object(others):
            each = inner
            if where.meta:
                reason = "inside additionalProperties applying to object metadata"
                each = replace(inner, defaults=reason)
            scope = None if where.scope is None else where.scope.items(others)
            _walk(others, f"{path}.additionalProperties", replace(each, scope=scope), here)
    kind = schema.get("x-kubernetes-map-type")
    correlated = kind in (None, "granular", "atomic")
    whole = where.root or schema.get("x-kubernetes-embedded-resource") is True
    for name, each in properties.items():
        lower = inner
        if not correlated:
            lower = replace(lower, uncorrelated=where.uncorrelated or path)
        if whole and name in _META:
            lower = replace(lower, meta=True)
            if where.root:
                lower = replace(lower, defaults=f"in top-level {name}")
        scope = None if where.scope is None else where.scope.member(each, name)
        _walk(each, f"{path}.properties[{name}]", replace(lower, scope=scope), here)
    negated = schema.get("not")
    if is_object(negated):
        _walk(negated, f"{path}.not", nowhere, here)
    for key in ("allOf", "oneOf", "anyOf"):
        for index, each in enumerate(schema.get(key) or ()):
            _walk(each, f"{path}.{key}[{index}]", nowhere, here)
    for name, each in (schema.get("definitions") or EMPTY).items():
        _walk(each, f"{path}.definitions[{name}]", nowhere, here)
    items = schema.get("items")
    if items is not None:
        lower = inner
        if schema.get("x-kubernetes-list-type") != "map":
            lower = replace(lower, uncorrelated=where.uncorrelated or path)
        if is_object(items):
            scope = None if where.scope is None else where.scope.items(items)
            _walk(items, f"{path}.items", replace(lower, scope=scope), here)
        elif is_list(items):
            for index, each in enumerate(items):
                _walk(each, f"{path}.items[{index}]", replace(lower, scope=None), here)
    for name, each in (schema.get("dependencies") or EMPTY).items():
        if is_object(each):
            _walk(each, f"{path}.dependencies[{name}]", nowhere, here)


def _keys(schema: _Schema, path: str, where: _Where, here: _Found) -> None:
    """Check the keys of a place one by one."""
    found = here.schema
    kind = schema.get("type") or ""
    if where.strict.types and kind and kind not in _TYPES:
        found.append(not_supported(f"{path}.type", kind, _TYPES))
    if schema.get("default") is not None and where.defaults is not None:
        detail = f"must not be set {where.defaults}".rstrip()
        found.append(forbidden(f"{path}.default", detail))
    for key in (
        "id",
        "additionalItems",
        "patternProperties",
        "definitions",
        "dependencies",
        "$ref",
    ):
        given = schema.get(key)
        if given not in (None, "", {}) or (key in {"$ref", "dependencies"} and given is not None):
            found.append(forbidden(f"{path}.{key}", f"{key} is not supported"))
    if kind == "null":
        detail = "type cannot be set to null, use nullable as an alternative"
        found.append(forbidden(f"{path}.type", detail))
    if is_list(schema.get("items")) and schema["items"]:
        detail = "items must be a schema object and not an array"
        found.append(forbidden(f"{path}.items", detail))
    if where.meta and schema.get("x-kubernetes-embedded-resource") is True:
        detail = "must not be used inside of resource meta"
        found.append(forbidden(f"{path}.x-kubernetes-embedded-resource", detail))


def _types(schema: _Schema, path: str, strict: Strictness, here: _Found) -> None:
    """Check what lists and maps are said to be."""
    found = here.schema
    kind = schema.get("type") or ""
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        at = f"{path}.x-kubernetes-preserve-unknown-fields"
        found.append(invalid(at, value=False, detail="must be true or undefined"))
    map_type, list_type = (schema.get(f"x-kubernetes-{each}-type") for each in ("map", "list"))
    for what, given, wanted in (("map", map_type, "object"), ("list", list_type, "array")):
        if given is not None and kind != wanted:
            detail = f"must be {wanted} if x-kubernetes-{what}-type is specified"
            at = f"{path}.type"
            found.append(invalid(at, kind, detail) if kind else required(at, detail))
        elif what == "list" and strict.atomic_sets and given == "set":
            _set_items(schema.get("items"), path, found)
        if what == "map" and given not in (None, "atomic", "granular"):
            at = f"{path}.x-kubernetes-map-type"
            found.append(not_supported(at, given, ("atomic", "granular")))
        if what == "list" and given not in (None, "atomic", "set", "map"):
            at = f"{path}.x-kubernetes-list-type"
            found.append(not_supported(at, given, ("atomic", "set", "map")))


def _set_items(items: Any, path: str, found: list[FieldError]) -> None:
    if not is_object(items):
        return
    detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
    list_type = items.get("x-kubernetes-list-type")
    if items.get("type") == "array" and list_type not in (None, "atomic"):
        found.append(invalid(f"{path}.items.x-kubernetes-list-type", list_type, detail))
    if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        # The server tells the other key's value.
        found.append(invalid(f"{path}.items.x-kubernetes-map-type", list_type, detail))


def _map_list(schema: _Schema, path: str, here: _Found) -> None:
    """Check what the items of a map list are known by."""
    found = here.schema
    list_type, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys")
    items = schema.get("items")
    if keys and list_type != "map":
        at = f"{path}.x-kubernetes-list-type"
        detail = "must be map if x-kubernetes-list-map-keys is non-empty"
        found.append(required(at, detail) if list_type is None else invalid(at, list_type, detail))
    if list_type != "map":
        return
    at = f"{path}.x-kubernetes-list-map-keys"
    if not keys:
        found.append(required(at, "must not be empty if x-kubernetes-list-type is map"))
    if items is None:
        detail = "must have a schema if x-kubernetes-list-type is map"
        found.append(required(f"{path}.items", detail))
    elif is_list(items):
        detail = "must only have a single schema if x-kubernetes-list-type is map"
        several: Any = {"Schema": None, "JSONSchemas": [internal_schema(each) for each in items]}
        found.append(invalid(f"{path}.items", several, detail))
    elif items.get("type") != "object":
        detail = "must be object if parent array's x-kubernetes-list-type is map"
        found.append(invalid(f"{path}.items.type", items.get("type") or "", detail))
    else:
        seen: set[str] = set()
        for key in keys or ():
            inner = (items.get("properties") or EMPTY).get(key)
            if inner is None:
                found.append(invalid(at, keys, "entries must all be names of item properties"))
            elif inner.get("type") in {"array", "object"}:
                where = f"{path}.items.properties[{key}].type"
                detail = "must be a scalar type if parent array's x-kubernetes-list-type is map"
                found.append(invalid(where, "object", detail))
            if key in seen:
                found.append(invalid(at, keys, "must not contain duplicate entries"))
            seen.add(key)


def list_key_errors(schema: _Schema, path: str) -> list[FieldError]:
    """Return what is wrong with nulls and keys of the items of a set or a map list."""
    items, list_type = schema.get("items"), schema.get("x-kubernetes-list-type")
    if not is_object(items) or list_type not in {"set", "map"}:
        return []
    found: list[FieldError] = []
    if items.get("nullable") is True:
        detail = f"cannot be nullable when x-kubernetes-list-type is {list_type}"
        found.append(forbidden(f"{path}.items.nullable", detail))
    if list_type == "set":
        return found
    properties = items.get("properties") or EMPTY
    for key in schema.get("x-kubernetes-list-map-keys") or ():
        if key not in properties:
            continue
        inner = properties[key]
        where = f"{path}.items.properties[{key}]"
        what = "this property is in x-kubernetes-list-map-keys, so it"
        if key not in (items.get("required") or ()) and inner.get("default") is None:
            detail = f"{what} must have a default or be a required property"
            found.append(required(f"{where}.default", detail))
        if inner.get("nullable") is True:
            found.append(forbidden(f"{where}.nullable", f"{what} cannot be nullable"))
    return found
