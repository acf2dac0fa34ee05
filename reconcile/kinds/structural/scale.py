"""Replicas where a definition says they are: what the server refuses of a custom resource there.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresource/validator.go;
k8s.io/apimachinery pkg/apis/meta/v1/unstructured/helpers.go, 1.36.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from reconcile.kinds.field_error import FieldError

from ._go import go_number, is_int, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value.types import JsonObject

__all__ = ["nested", "scale_errors"]

_MAX: Final = 2**31 - 1


def scale_errors(
    document: JsonObject, scale: Mapping[str, Any] | None, *, status: bool = False
) -> list[FieldError]:
    """Return what is wrong with the replicas of a custom resource.

    Shape: `scale` is the subresource of the version, None if it has none; `status` says that only
        the status is written.
    """
    if scale is None:
        return []
    found: list[FieldError] = []
    keys = ("statusReplicasPath",) if status else ("specReplicasPath", "statusReplicasPath")
    for key in keys:
        path = scale.get(key) or ""
        number, wrong = nested(document, path, "int64")
        if wrong:
            found.append(FieldError("FieldValueInvalid", path, wrong, 0))
        elif number is not None and number < 0:
            detail = "should be a non-negative integer"
            found.append(FieldError("FieldValueInvalid", path, detail, number))
        elif number is not None and number > _MAX:
            detail = f"should be less than or equal to {_MAX}"
            found.append(FieldError("FieldValueInvalid", path, detail, number))
    path = scale.get("labelSelectorPath")
    if path:
        _, wrong = nested(document, path, "string")
        if wrong:
            found.append(FieldError("FieldValueInvalid", path, wrong, ""))
    return found


def nested(document: JsonObject, path: str, wanted: str) -> tuple[Any, str]:
    """Return what a path such as `.spec.replicas` leads to, or why it leads nowhere.

    Shape: None and an empty text if nothing is there; `wanted` is `int64` or `string`.
    """
    value: Any = document
    names = path.removeprefix(".").split(".")
    for place, name in enumerate(names):
        if value is None:
            return None, ""
        if not is_object(value):
            expected = "map[string]interface{}"
            return None, _misplaced(names[: place + 1], value, expected)
        if name not in value:
            return None, ""
        value = value[name]
    fits = is_int(value) if wanted == "int64" else isinstance(value, str)
    return (value, "") if fits else (None, _misplaced(names, value, wanted))


def _misplaced(names: list[str], value: Any, wanted: str) -> str:
    where = "." + ".".join(names)
    return (
        f"{where} accessor error: {_shown(value)} is of the type {_type(value)}, expected {wanted}"
    )


def _shown(value: Any) -> str:
    """Return a value as Go's `%v` prints it."""
    if value is None:
        return "<nil>"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return go_number(value)
    if is_object(value):
        members = " ".join(f"{key}:{_shown(value[key])}" for key in sorted(value))
        return f"map[{members}]"
    if isinstance(value, list):
        items: list[Any] = [*value]
        return f"[{' '.join(_shown(each) for each in items)}]"
    return json.dumps(value)


def _type(value: Any) -> str:
    if value is None:
        return "<nil>"
    names: tuple[tuple[type, str], ...] = (
        (bool, "bool"),
        (str, "string"),
        (dict, "map[string]interface {}"),
        (list, "[]interface {}"),
    )
    for kind, name in names:
        if isinstance(value, kind):
            return name
    return "int64" if is_int(value) else "float64"
