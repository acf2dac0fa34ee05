"""The columns of every built-in kind, and of those without columns of their own.

1. Kinds whose storage has no printer show a name and when they were made.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from reconcile.simulate.publishing.descriptions import field_text
from reconcile.simulate.tables.network import NETWORK
from reconcile.simulate.tables.policy import POLICY
from reconcile.simulate.tables.shared import (
    AGE,
    NAME,
    Cells,
    Column,
    Object,
    Printer,
    at,
    name_of,
    parsed_time,
)
from reconcile.simulate.tables.storage import STORAGE
from reconcile.simulate.tables.workloads import WORKLOADS
from reconcile.value.types import JsonObject

__all__ = ["DEFAULT", "PRINTERS", "Printer", "told"]

_ENUM: Final = "\n\nPossible enum values:"


def _name_and_birth(obj: Object, now: datetime) -> Cells:
    del now
    then = parsed_time(at(obj, "metadata", "creationTimestamp") or "0001-01-01T00:00:00Z")
    if then is None:
        return [name_of(obj), ""]
    return [
        name_of(obj),
        f"{then.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z",
    ]


DEFAULT: Final = Printer((NAME, AGE._replace(name="Created At", type="date")), _name_and_birth)
"""The columns of kinds that have none of their own."""
PRINTERS: Final = {**WORKLOADS, **NETWORK, **STORAGE, **POLICY}
"""Group and kind of the storage -> columns."""


def told(column: Column) -> JsonObject:
    """Return the definition of a column as a table tells it."""
    description = column.description
    if description.startswith("#"):
        schema, _, field = description[1:].partition("/")
        # What a schema adds for an enumeration is not part of the field's own text.
        description = field_text(f"io.k8s.{schema}", field).partition(_ENUM)[0].rstrip("\n")
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": description,
        "priority": column.priority,
    }
