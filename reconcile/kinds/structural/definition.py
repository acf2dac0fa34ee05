"""CustomResourceDefinitions: what the API server refuses of a new one, and of a change.

1. A definition is looked at as the server holds it: what all versions share (schema, subresources,
   columns, fields to select by) stands beside them, and errors are told there.
2. Of metadata only the name is looked at, which follows from the spec; the rest is as for all
   kinds.
3. An update is not held to what the old definition had wrong already.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go and
pkg/apis/apiextensions/v1/conversion.go, 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from reconcile.kinds.field_error import FieldError
from reconcile.kinds.validation._primitives import (
    IMMUTABLE,
    dns_1035_label,
    dns_subdomain,
    invalid,
    not_supported,
    required,
)
from reconcile.value.equality import equal

from ._go import EMPTY, is_list, is_object
from .definition_parts import (
    column_errors,
    deprecation_errors,
    names_errors,
    scale_errors,
    selectable_errors,
)
from .definition_schema import Strictness, list_key_errors, schema_errors
from .definition_webhook import conversion_errors
from .internal_form import internal_version
from .schema_defaults import default_errors
from .structure import structural_errors, unsupported

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["crd_errors", "crd_update_errors"]

_SHARED: Final = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_APPROVED: Final = "api-approved.kubernetes.io"
_TYPES: Final = frozenset({"array", "boolean", "integer", "number", "object", "string"})
_Map = Mapping[str, Any]


def crd_errors(crd: JsonObject) -> list[FieldError]:
    """Return what the server refuses of a new CustomResourceDefinition.

    Shape: `crd` is in the form in which it is stored, `status.storedVersions` included; of its
        metadata only the name and the approval are looked at.
    Raises: LimitError for a schema nested too deep.
    """
    spec = _of(crd, "spec")
    found: list[FieldError] = []
    name = _of(crd, "metadata").get("name")
    if isinstance(name, str) and name:
        found.extend(invalid("metadata.name", name, text) for text in dns_subdomain(name))
        names = _of(spec, "names")
        if name != f"{names.get('plural') or ''}.{spec.get('group') or ''}":
            detail = 'must be spec.names.plural+"."+spec.group'
            found.append(invalid("metadata.name", name, detail))
    found.extend(_spec(spec, Strictness(), need_schema=True, unchanged=frozenset(), lax_ca=True))
    found.extend(_status(crd, _of(crd, "status").get("storedVersions") or []))
    found.extend(_approval(crd, None))
    found.extend(_preserving(spec))
    return found


def crd_update_errors(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return what the server refuses of a CustomResourceDefinition that replaces another.

    Shape: both in the form in which they are stored. A version that is stored from now on counts
        as stored whether `status.storedVersions` names it or not: the server adds it first.
    Raises: LimitError for a schema nested too deep.
    """
    old, new = _of(before, "spec"), _of(after, "spec")
    established = _is_established(before)
    strict = _strictness(old)
    need = all(_has_schema(each) for each in _versions(old))
    unchanged = _unchanged(old, new)
    found = _spec(new, strict, need_schema=need, unchanged=unchanged, lax_ca=not established)
    fixed = [("group", "group"), ("names.plural", "plural")]
    if established:
        fixed = [("scope", "scope"), ("names.kind", "kind"), *fixed]
    for path, key in fixed:
        inside = (_of(old, "names"), _of(new, "names")) if "." in path else (old, new)
        if inside[0].get(key) != inside[1].get(key):
            found.append(invalid(f"spec.{path}", inside[1].get(key) or "", IMMUTABLE))
    stored = list(_of(after, "status").get("storedVersions") or [])
    for version in _versions(new):
        if version.get("storage") is True and version.get("name") not in stored:
            stored.append(version.get("name"))
    found.extend(_status(after, stored))
    found.extend(_approval(after, before))
    if old.get("preserveUnknownFields") is not True:
        found.extend(_preserving(new))
    return found


def _of(holder: object, key: str) -> _Map:
    found = cast("_Map", holder).get(key) if isinstance(holder, Mapping) else None
    return cast("_Map", found) if isinstance(found, Mapping) else {}


def _versions(spec: _Map) -> list[_Map]:
    found = spec.get("versions")
    several = found if is_list(found) else []
    return [cast("_Map", each) if isinstance(each, Mapping) else {} for each in several]


def _has_schema(version: _Map) -> bool:
    return isinstance(_of(version, "schema").get("openAPIV3Schema"), Mapping)


def _schema(version: _Map) -> _Map:
    return _of(_of(version, "schema"), "openAPIV3Schema")


def _is_established(crd: JsonObject) -> bool:
    conditions: list[Any] = _of(crd, "status").get("conditions") or []
    return any(
        each.get("type") == "Established" and each.get("status") == "True" for each in conditions
    )


def _shared(versions: Sequence[_Map]) -> frozenset[str]:
    """Return what all versions have the same of."""
    if not versions:
        return frozenset()
    first = versions[0]
    return frozenset(
        key
        for key in _SHARED
        if first.get(key) not in (None, [])
        and all(equal(each.get(key), first.get(key)) for each in versions[1:])
    )


def _strictness(spec: _Map) -> Strictness:
    """Return what a change of a definition is held to."""
    schemas = [_schema(each) for each in _versions(spec) if _has_schema(each)]
    readable = [each for each in schemas if not unsupported(each)]
    structural = len(readable) == len(schemas) and not any(
        structural_errors(each, "") for each in readable
    )
    places = [place for schema in schemas for place in _places(schema)]
    return Strictness(
        types=all((each.get("type") or "string") in _TYPES for each in places),
        structural=structural,
        pruned=not structural or not any(_unpruned(each) for each in schemas),
        atomic_sets=not any(_loose_set(each) for each in places),
        list_keys=not any(list_key_errors(each, "") for each in places),
    )


def _unpruned(schema: _Map) -> bool:
    return any(each.detail == "must not have unknown fields" for each in default_errors(schema, ""))


def _loose_set(schema: _Map) -> bool:
    items = schema.get("items")
    if schema.get("x-kubernetes-list-type") != "set" or not is_object(items):
        return False
    kind = items.get("type")
    if kind == "array":
        return items.get("x-kubernetes-list-type") not in (None, "atomic")
    return kind == "object" and items.get("x-kubernetes-map-type") != "atomic"


def _places(schema: _Map) -> Iterator[_Map]:
    """Yield a schema and all within it."""
    yield schema
    inner: list[Any] = [*(schema.get("properties") or EMPTY).values()]
    inner.extend(schema.get(key) for key in ("items", "additionalProperties", "not"))
    for key in ("allOf", "anyOf", "oneOf"):
        inner.extend(schema.get(key) or ())
    for each in inner:
        if is_object(each):
            yield from _places(each)


def _unchanged(old: _Map, new: _Map) -> frozenset[str]:
    """Return the names of versions whose schemas have not changed."""
    before = {each.get("name"): each.get("schema") for each in _versions(old)}
    return frozenset(
        str(each.get("name"))
        for each in _versions(new)
        if each.get("name") in before and equal(before[each.get("name")], each.get("schema"))
    )


def _spec(
    spec: _Map,
    strict: Strictness,
    *,
    need_schema: bool,
    unchanged: frozenset[str],
    lax_ca: bool,
) -> list[FieldError]:
    found: list[FieldError] = []
    group = spec.get("group") or ""
    if not group:
        found.append(required("spec.group"))
    elif wrong := dns_subdomain(group):
        found.append(invalid("spec.group", group, ",".join(wrong)))
    elif "." not in group:
        found.append(invalid("spec.group", group, "should be a domain with at least one dot"))
    scope = spec.get("scope") or ""
    if not scope:
        found.append(required("spec.scope"))
    elif scope not in {"Cluster", "Namespaced"}:
        found.append(not_supported("spec.scope", scope, ("Cluster", "Namespaced")))
    versions = _versions(spec)
    for index, version in enumerate(versions):
        if not _has_schema(version) and (need_schema or version.get("served") is True):
            detail = "" if need_schema else "because otherwise all fields are pruned"
            found.append(required(f"spec.versions[{index}].schema.openAPIV3Schema", detail))
    found.extend(_all_versions(spec, versions, strict, unchanged))
    found.extend(names_errors(_of(spec, "names"), "spec.names", needed=True))
    found.extend(conversion_errors(_of(spec, "conversion"), "spec.conversion", lax_ca=lax_ca))
    return found


def _all_versions(
    spec: _Map, versions: Sequence[_Map], strict: Strictness, unchanged: frozenset[str]
) -> list[FieldError]:
    found: list[FieldError] = []
    shared = _shared(versions)
    names = [version.get("name") or "" for version in versions]
    any_status = any(_status_is_apart(each) for each in versions)
    for index, version in enumerate(versions):
        path = f"spec.versions[{index}]"
        if wrong := dns_1035_label(names[index]):
            found.append(invalid(f"{path}.name", names[index], ",".join(wrong)))
        found.extend(deprecation_errors(version, path))
        lax = Strictness(
            strict.types, strict.structural, strict.pruned, strict.atomic_sets, strict.list_keys,
            costs=names[index] not in unchanged,
        )  # fmt: skip
        own = {key: value for key, value in version.items() if key not in shared}
        found.extend(
            _parts(own, path, f"{path}.schema", version, lax, status=_status_is_apart(version))
        )
    if len(set(names)) != len(names):
        found.append(invalid("spec.versions", _shown(versions, shared), _UNIQUE))
    if sum(version.get("storage") is True for version in versions) != 1:
        # None were sent, or an empty list of them: the server tells which.
        given = None if spec.get("versions") is None else _shown(versions, shared)
        found.append(invalid("spec.versions", given, _ONE_STORED))
    if versions:
        if wrong := dns_1035_label(names[0]):
            found.append(invalid("spec.version", names[0], ",".join(wrong)))
        lax = Strictness(
            strict.types, strict.structural, strict.pruned, strict.atomic_sets, strict.list_keys,
            costs=names[0] not in unchanged,
        )  # fmt: skip
        common = {key: versions[0][key] for key in shared}
        found.extend(_parts(common, "spec", "spec.validation", versions[0], lax, status=any_status))
    return found


_UNIQUE: Final = "must contain unique version names"
_ONE_STORED: Final = "must have exactly one version marked as storage version"


def _shown(versions: Sequence[_Map], shared: frozenset[str]) -> list[Any]:
    """Return the versions as the server prints them."""
    return [internal_version(each, shared) for each in versions]


def _status_is_apart(version: _Map) -> bool:
    return _of(version, "subresources").get("status") is not None


def _parts(
    held: _Map, path: str, schema_path: str, version: _Map, strict: Strictness, *, status: bool
) -> list[FieldError]:
    """Return what is wrong with the parts of a version, or with those that all share."""
    found: list[FieldError] = []
    if _has_schema(held):
        at = f"{schema_path}.openAPIV3Schema"
        found.extend(schema_errors(_schema(held), at, status=status, strict=strict))
    scale = _of(held, "subresources").get("scale")
    if isinstance(scale, Mapping):
        found.extend(scale_errors(cast("_Map", scale), f"{path}.subresources"))
    for index, column in enumerate(held.get("additionalPrinterColumns") or ()):
        found.extend(column_errors(column, f"{path}.additionalPrinterColumns[{index}]"))
    fields: list[Any] = held.get("selectableFields") or []
    if fields:
        at = f"{path}.selectableFields"
        if _has_schema(version):
            found.extend(selectable_errors(fields, _schema(version), at))
        else:
            what = "`version.schema.openAPIV3Schema` is not included"
            found.append(invalid(at, "", f"may only be set when {what}"))
    return found


def _status(crd: JsonObject, stored: Sequence[Any]) -> list[FieldError]:
    found = names_errors(_of(_of(crd, "status"), "acceptedNames"), "status.acceptedNames")
    path = "status.storedVersions"
    if not stored:
        return [*found, invalid(path, None, "must have at least one stored version")]
    versions = _versions(_of(crd, "spec"))
    for version in versions:
        if version.get("storage") is True and version.get("name") not in stored:
            detail = f"must have the storage version {version.get('name')}"
            found.append(invalid(path, list(stored), detail))
    names = {version.get("name") for version in versions}
    for index, name in enumerate(stored):
        if name not in names and name not in stored[index + 1 :]:
            detail = (
                f"missing from spec.versions; {name} was previously a storage version, and must "
                f"remain in spec.versions until a storage migration ensures no data remains "
                f"persisted in {name} and removes {name} from status.storedVersions"
            )
            found.append(invalid(f"{path}[{index}]", name, detail))
    return found


def _approval_state(crd: JsonObject) -> tuple[str, str]:
    """Return how the approval of a group of Kubernetes stands, and why."""
    text = _of(_of(crd, "metadata"), "annotations").get(_APPROVED) or ""
    see = "see https://github.com/kubernetes/enhancements/pull/1111"
    what = f'protected groups must have approval annotation "{_APPROVED}"'
    if not text:
        return "missing", f"{what}, {see}"
    if text.startswith("unapproved"):
        return "bypassed", ""
    try:
        url = urlsplit(str(text))
    except ValueError:
        url = urlsplit("")
    if url.scheme and url.netloc and not re.search(r"[\x00-\x20\x7f]", text):
        return "approved", ""
    either = 'with either a URL or a reason starting with "unapproved"'
    return "invalid", f"{what} {either}, {see}"


def _approval(crd: JsonObject, before: JsonObject | None) -> list[FieldError]:
    group = _of(crd, "spec").get("group") or ""
    protected = ("k8s.io", "kubernetes.io")
    if not any(group == each or group.endswith(f".{each}") for each in protected):
        return []
    state, reason = _approval_state(crd)
    if before is not None and _approval_state(before)[0] == state:
        return []
    path = f"metadata.annotations[{_APPROVED}]"
    if state == "missing":
        return [required(path, reason)]
    if state != "invalid":
        return []
    text = _of(_of(crd, "metadata"), "annotations").get(_APPROVED)
    return [invalid(path, text, reason)]


def _preserving(spec: _Map) -> list[FieldError]:
    if spec.get("preserveUnknownFields") is not True:
        return []
    detail = (
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
        "spec.versions[*].schema instead"
    )
    return [invalid("spec.preserveUnknownFields", value=True, detail=detail)]
