"""The parts of a version of a definition: names, columns, the fields to select by, replicas.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reconcile.kinds.validation._primitives import (
    dns_1035_label,
    duplicate,
    invalid,
    required,
    too_many,
)

from .field_paths import PathFault, field_path

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError

__all__ = [
    "column_errors",
    "deprecation_errors",
    "names_errors",
    "scale_errors",
    "selectable_errors",
]

_COLUMN_TYPES: Final = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS: Final = (
    *("byte", "date", "date-time", "double", "float", "int32", "int64", "password"),
)
_MAX_FIELDS: Final = 8
_MIXED: Final = "may have mixed case, but should otherwise match: "
_Map = Mapping[str, Any]


def deprecation_errors(version: _Map, path: str) -> list[FieldError]:
    """Return what is wrong with the warning of a deprecated version."""
    warning = version.get("deprecationWarning")
    if warning is None:
        return []
    at = f"{path}.deprecationWarning"
    if version.get("deprecated") is not True:
        return [invalid(at, warning, "can only be set for deprecated versions")]
    found: list[FieldError] = []
    if len(warning.encode("utf-8", "surrogatepass")) > 256:
        found.append(invalid(at, warning, "must be <= 256 characters long"))
    if not warning:
        found.append(invalid(at, warning, "must not be an empty string"))
    place = 0
    for char in warning:
        if not (char.isprintable() and (char == " " or not char.isspace())):
            what = f"non-printable character found at index {place}"
            detail = f"must only contain printable UTF-8 characters; {what}"
            found.append(invalid(at, warning, detail))
            break
        place += len(char.encode("utf-8", "surrogatepass"))
    return found


def _simple_path(text: str, path: str) -> list[FieldError]:
    if not text.startswith("."):
        return [invalid(path, text, "must be a simple json path starting with .")]
    return []


def scale_errors(scale: _Map, path: str) -> list[FieldError]:
    """Return what is wrong with the paths of replicas."""
    found: list[FieldError] = []
    wanted: tuple[tuple[str, tuple[str, ...], str], ...] = (
        ("specReplicasPath", (".spec.",), "should be a json path under .spec"),
        ("statusReplicasPath", (".status.",), "should be a json path under .status"),
        (
            "labelSelectorPath",
            (".spec.", ".status."),
            "should be a json path under either .spec or .status",
        ),
    )
    for key, prefixes, detail in wanted:
        at, text = f"{path}.scale.{key}", scale.get(key) or ""
        if not text:
            if key != "labelSelectorPath":
                found.append(required(at))
        elif wrong := _simple_path(text, at):
            found.extend(wrong)
        elif not text.startswith(prefixes):
            found.append(invalid(at, text, detail))
    return found


def column_errors(column: _Map, path: str) -> list[FieldError]:
    """Return what is wrong with a printer column."""
    found: list[FieldError] = []
    if not column.get("name"):
        found.append(required(f"{path}.name"))
    kind, form = column.get("type") or "", column.get("format") or ""
    detail = f"must be one of {','.join(_COLUMN_TYPES)}"
    if not kind:
        found.append(required(f"{path}.type", detail))
    elif kind not in _COLUMN_TYPES:
        found.append(invalid(f"{path}.type", kind, detail))
    if form and form not in _COLUMN_FORMATS:
        detail = f"must be one of {','.join(_COLUMN_FORMATS)}"
        found.append(invalid(f"{path}.format", form, detail))
    where = column.get("jsonPath") or ""
    if not where:
        found.append(required(f"{path}.JSONPath"))
    else:
        found.extend(_simple_path(where, f"{path}.JSONPath"))
    return found


def selectable_errors(fields: Sequence[_Map], schema: _Map, path: str) -> list[FieldError]:
    """Return what is wrong with the fields to select by."""
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(fields):
        at, text = f"{path}[{index}].jsonPath", each.get("jsonPath") or ""
        if not text:
            found.append(required(at))
            continue
        try:
            where = field_path(text, schema, brackets=False)
        except PathFault as fault:
            found.append(invalid(at, text, f"is an invalid path: {fault}"))
            continue
        if where.names[0] == "metadata":
            found.append(invalid(at, text, "must not point to fields in metadata"))
        if where.schema.get("type") not in {"string", "boolean", "integer"}:
            detail = (
                "must point to a field of type string, boolean or integer. Enum string fields and "
                "strings with formats are allowed."
            )
            found.append(invalid(at, text, detail))
        if where.path in seen:
            found.append(duplicate(at, text))
        seen.add(where.path)
    if len(seen) > _MAX_FIELDS:
        found.append(too_many(path, len(seen), _MAX_FIELDS))
    return found


def names_errors(names: _Map, path: str, *, needed: bool = False) -> list[FieldError]:
    """Return what is wrong with names. `needed`: they must be there."""
    found: list[FieldError] = []
    if needed:
        keys = ("plural", "singular", "kind", "listKind")
        found.extend(required(f"{path}.{key}") for key in keys if not names.get(key))
    checks: tuple[tuple[str, Callable[[str], str], str], ...] = (
        ("plural", str, ""),
        ("singular", str, ""),
        ("kind", str.lower, _MIXED),
        ("listKind", str.lower, _MIXED),
    )
    for key, form, prefix in checks:
        text = names.get(key) or ""
        if text and (wrong := dns_1035_label(form(text))):
            found.append(invalid(f"{path}.{key}", text, prefix + ",".join(wrong)))
    for key in ("shortNames", "categories"):
        for index, text in enumerate(names.get(key) or ()):
            if wrong := dns_1035_label(text):
                found.append(invalid(f"{path}.{key}[{index}]", text, ",".join(wrong)))
    kind = names.get("kind") or ""
    if kind and kind == names.get("listKind"):
        detail = "kind and listKind may not be the same"
        found.append(invalid(f"{path}.listKind", kind, detail))
    return found
