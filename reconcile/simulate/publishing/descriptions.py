"""The texts of the API server's schemas, read when they are first asked for."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

__all__ = ["Descriptions", "described", "descriptions", "field_text"]


class Descriptions(msgspec.Struct, frozen=True):
    """What is told of schemas, each text once."""

    texts: list[str]
    schemas: dict[str, dict[str, int]]
    """Schema -> field -> number of its text; the empty field is the schema itself."""
    registered: list[tuple[str, str]]
    """Groups and versions whose objects can be deleted and watched with common kinds."""
    others: dict[str, dict[str, Any]]
    """Whole schemas that are of no group: those of discovery itself."""


@cache
def descriptions() -> Descriptions:
    """Return the recorded texts."""
    # Reading the package's own data, which never change while a program runs. Imported here,
    # because most programs never ask.
    import gzip
    from importlib.resources import files

    archive = files("reconcile.simulate") / "data" / "descriptions.json.gz"
    return msgspec.json.decode(gzip.decompress(archive.read_bytes()), type=Descriptions)


def field_text(schema: str, field: str = "") -> str:
    """Return the text of a field, or of the schema; empty if there is none."""
    found = descriptions()
    number = found.schemas.get(schema, {}).get(field)
    return "" if number is None else found.texts[number]


def described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its texts; the argument is not changed."""
    fields = dict(descriptions().schemas.get(name, {}))
    texts = descriptions().texts
    made = dict(schema)
    own = texts[fields.pop("", 0)] if "" in fields else ""
    if own:
        made["description"] = own
    if fields:
        properties = dict(schema["properties"])
        for field, number in fields.items():
            properties[field] = {**properties[field], "description": texts[number]}
        made["properties"] = properties
    return made
