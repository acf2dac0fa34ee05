"""Places in a definition: the server's field paths, and the fields of objects that they are about.

1. A path is `spec.versions[0].schema.openAPIV3Schema.properties[spec].items`, or begins with
   `spec.validation.openAPIV3Schema` where all versions share their schema.
2. A field is `spec.ports[*].name`; `[*]` is any item, and any member of a map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from reconcile.kinds.structural._go import is_list

__all__ = ["Place", "field_of", "part", "places", "schema_of", "several", "versions_of", "within"]

_ROOT: Final = "openAPIV3Schema"
_STEP: Final = re.compile(r"\.(?:properties\[([^\]]*)\]|(items|additionalProperties))(?=\.|$)")
_VERSION: Final = re.compile(r"spec\.versions\[(\d+)\]")


class Place(NamedTuple):
    """A schema within the schema of a version."""

    path: str
    field: str
    """The field it is the schema of, "" for the whole object."""
    schema: Mapping[str, Any]
    above: Place | None


def part(holder: object, key: str) -> Mapping[str, Any]:
    """Return an object within an object, empty if it is not there."""
    found = cast("Mapping[str, Any]", holder).get(key) if isinstance(holder, Mapping) else None
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def several(holder: object, key: str) -> list[Any]:
    """Return a list within an object, empty if it is not there."""
    found = cast("Mapping[str, Any]", holder).get(key) if isinstance(holder, Mapping) else None
    return found if is_list(found) else []


def field_of(path: str) -> str:
    """Return the field of objects that a path is about, "" for none."""
    _, found, within = path.partition(_ROOT)
    made = ""
    end = 0
    while found and (step := _STEP.match(within, end)):
        made = _below(made, step[1])
        end = step.end()
    return made


def _below(field: str, name: str | None) -> str:
    """Return the field of a member; None is any item."""
    if name is None:
        return f"{field}[*]"
    return f"{field}.{name}" if field else name


def versions_of(crd: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the versions of a definition."""
    return several(part(crd, "spec"), "versions")


def schema_of(version: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a version, empty if it has none."""
    return part(part(version, "schema"), _ROOT)


def places(schema: Mapping[str, Any], path: str) -> Iterator[Place]:
    """Yield a schema and all that makes up its structure, each before what is in it.

    Shape: what stands in `allOf`, `anyOf`, `oneOf` and `not` is no place of its own.
    """
    waiting = [Place(path, "", schema, None)]
    while waiting:
        place = waiting.pop()
        yield place
        inner: list[Place] = []
        for name, each in part(place.schema, "properties").items():
            at = f"{place.path}.properties[{name}]"
            inner.append(Place(at, _below(place.field, name), each, place))
        for key in ("items", "additionalProperties"):
            each = place.schema.get(key)
            if isinstance(each, Mapping):
                below = cast("Mapping[str, Any]", each)
                inner.append(Place(f"{place.path}.{key}", f"{place.field}[*]", below, place))
        waiting.extend(reversed(inner))


def within(crd: Mapping[str, Any], path: str) -> list[Place]:
    """Return the places on the way to what a path is about, the root first.

    Shape: none if the path leads into no schema. What all versions share is found in the first.
    """
    before, found, rest = path.partition(_ROOT)
    versions = versions_of(crd)
    if not found or not versions:
        return []
    numbered = _VERSION.match(before)
    index = int(numbered[1]) if numbered else 0
    if index >= len(versions):
        return []
    way = [Place(f"{before}{_ROOT}", "", schema_of(versions[index]), None)]
    end = 0
    while step := _STEP.match(rest, end):
        last = way[-1]
        holder = part(last.schema, "properties") if step[2] is None else last.schema
        inner = holder.get(step[2] or step[1])
        if not isinstance(inner, Mapping):
            break
        below = cast("Mapping[str, Any]", inner)
        end = step.end()
        way.append(Place(f"{way[0].path}{rest[:end]}", _below(last.field, step[1]), below, last))
    return way
