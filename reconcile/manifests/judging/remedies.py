"""What to do about what the server refuses of a definition, where its own words do not say it.

1. A remedy says what to write. Where the words of the server say it already, there is none.
2. Rules that cost too much: the lists, maps and texts around them that have no bound are named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .places import Place, places, within

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError

__all__ = ["remedy_of"]

_NAMED: Final = 4
"""Fields without a bound that are named."""
_BOUNDS: Final = {"array": "maxItems", "object": "maxProperties", "string": "maxLength"}
_REMEDIES: Final = (
    ("must be spec.names.plural", "name it PLURAL.GROUP"),
    (
        "must be a valid regular expression",
        "patterns are RE2, which cannot look around or back: say it as an enum or as a rule of CEL",
    ),
    ("must not be empty for specified", "say its type"),
    ("must not be empty at the root", "say type: object"),
    ("to be structural", "write it outside of allOf, anyOf, oneOf and not"),
    ("because it is defined in", "say it with its type outside of allOf, anyOf, oneOf and not too"),
    ("exactly one version marked as storage", "say storage: true in one version only"),
    ("$ref is not supported", "write what it refers to in its place"),
    ("uniqueItems cannot be set", "say x-kubernetes-list-type: set"),
    ("are mutual exclusive", "keep properties, or make it a map with additionalProperties"),
    (
        "must be a required property",
        "put it among the required ones of the items, or give it a default",
    ),
    ("type cannot be set to null", "say nullable: true beside the type"),
    ("items must be a schema object", "write one schema that all items fulfil"),
    ("only [", "put rules, bounds and the like into spec or status"),
    ("protected groups", "take a group of your own"),
    ("oldSelf cannot be used", "make the lists around it map lists, or put the rule above them"),
    ("compilation failed", "see https://kubernetes.io/docs/reference/using-api/cel"),
)
"""A part of the server's words, and what to do; the first that fits."""


def remedy_of(error: FieldError, crd: Mapping[str, Any]) -> str:
    """Return what to do about an error, "" where the server says it."""
    detail = str(error.detail)
    if "exceeds budget" in detail or "exceeding cost limit" in detail:
        return _bounds(error.path, crd)
    if ".default" in error.path and error.path.partition(".default")[0].endswith("]"):
        return "write a default that its own schema takes, or none"
    for words, remedy in _REMEDIES:
        if words in detail:
            return remedy
    if error.reason == "FieldValueRequired" and not detail:
        return "write it"
    return ""


def _bounds(path: str, crd: Mapping[str, Any]) -> str:
    """Return which bounds make rules cheaper."""
    way = within(crd, path)
    if len(way) < 2:
        return "make the rules that are told of above cheaper" if way else ""
    around = [each for each in way[:-1] if _open(each) and each.schema.get("type") != "string"]
    # The members of the object around stand beside each other: a rule looks at some of them.
    inside = [each for each in places(way[-1].schema, way[-1].path) if _open(each)]
    named: dict[str, None] = {}
    for each in around:
        named[_bound(each, each.field)] = None
    above = way[-1].field
    for each in inside:
        dot = "." if above and each.field[:1] not in {"", "["} else ""
        named[_bound(each, f"{above}{dot}{each.field}")] = None
    shown = list(named)[:_NAMED]
    if not shown:
        return ""
    more = len(named) - len(shown)
    end = f" and {more} more" if more else ""
    return f"without a bound are {', '.join(shown)}{end}"


def _open(place: Place) -> bool:
    """Return whether nothing says how large values of a place become."""
    schema = place.schema
    bound = _BOUNDS.get(schema.get("type") or "")
    if bound is None or schema.get(bound) is not None:
        return False
    if bound == "maxLength":
        return not (schema.get("enum") or schema.get("format"))
    return bound == "maxItems" or isinstance(schema.get("additionalProperties"), Mapping)


def _bound(place: Place, field: str) -> str:
    return f"{field or 'self'} ({_BOUNDS[place.schema['type']]})"
