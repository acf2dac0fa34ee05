"""The columns of custom resources: a name, and what their definition adds.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresource/tableconvertor; k8s.io/client-go
util/jsonpath, PrintResults.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from reconcile.simulate.go.json import encoded, float_text
from reconcile.simulate.tables.paths import found, steps
from reconcile.simulate.tables.shared import (
    AGE,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    name_of,
    parsed_time,
    since,
    text,
)
from reconcile.value.types import Json

__all__ = ["custom_printer"]

_ORDERED: Final = msgspec.json.Encoder(order="sorted")
_AGE_ALONE: Final[Mapping[str, Any]] = {
    "name": "Age",
    "type": "date",
    "description": AGE.description,
    "jsonPath": ".metadata.creationTimestamp",
}


def custom_printer(columns: Sequence[Mapping[str, Any]]) -> Printer:
    """Return the columns of a custom resource; without any, its age is shown."""
    columns = columns or (_AGE_ALONE,)
    paths = [steps(column["jsonPath"]) for column in columns]
    types = [str(column["type"]) for column in columns]

    def cells(obj: Object, now: datetime) -> Cells:
        made: Cells = [name_of(obj)]
        for path, kind in zip(paths, types, strict=True):
            values = [] if path is None else found(obj, path)
            made.append(_cell(kind, values[0], now) if values else None)
        return made

    return Printer((NAME, *map(_column, columns)), cells)


def _column(about: Mapping[str, Any]) -> Column:
    return Column(
        about["name"],
        text(about, "description")
        or f"Custom resource definition column (in JSONPath format): {about['jsonPath']}",
        about["type"],
        about.get("priority") or 0,
        text(about, "format"),
    )


def _cell(kind: str, value: Any, now: datetime) -> Json:
    """Return a value as a cell of a type; what does not fit is null."""
    match kind, value:
        case "string", _:
            return _printed(value)
        case "boolean", bool():
            return value
        case (("integer" | "number"), bool()):
            return None
        case "integer", (int() | float()):
            return int(value)
        case "number", (int() | float()):
            return float(value)
        case "date", str():
            if value in ("", "null"):
                return "<unknown>"
            return since(value, now) if parsed_time(value) else "<invalid>"
        case _:
            return None


def _printed(value: Any) -> str:
    """Return a value as text, as Go prints it."""
    match value:
        case None:
            return "<no value>"
        case str():
            return value
        case float() if 0 < abs(value) < 1e-4:  # Python's spelling is that of Go's %v
            return repr(float(value))
        case float():
            return float_text(value)
        case dict() | list():
            ordered = _ORDERED.encode(cast("Json", value))
            return encoded(msgspec.json.decode(ordered), escape_html=True).decode()
        case _:
            return encoded(value).decode()
