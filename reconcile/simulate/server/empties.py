"""Lists and maps that were sent empty: the server shows them as such in what it refuses.

1. The stored form of an object does not have them: there, none is as if nothing was said. What was
   sent is looked at when a value that is refused is not there.

Source: encoding/json, which makes empty lists and maps of empty ones; recorded refusals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["as_sent"]

_STEP: Final = re.compile(r"\[([^\]]*)\]|[^.\[\]]+")


def as_sent(errors: Iterable[FieldError], sent: JsonObject, stored: JsonObject) -> list[FieldError]:
    """Return errors that show what was sent empty as empty, not as null.

    Shape: `stored` is what would be stored of what was sent. An object that is there may be refused
        for something in it, which is null.
    """
    return [
        each._replace(value=found)
        if each.value is None
        and (found := _at(sent, each.path)) in ({}, [])
        and _at(stored, each.path) is None
        else each
        for each in errors
    ]


def _at(document: Json, path: str) -> Json:
    """Return what stands at the path of an error, null if nothing does."""
    for step in _STEP.finditer(path):
        name = step[0] if step[1] is None else step[1]
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return None
    return document
