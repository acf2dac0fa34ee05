"""Examples made from schemas: the least object that a schema takes, and one that says all it may.

1. A pure function of the schema: defaults, then the first member of an enum, then what bounds,
   lengths and patterns allow. A pattern that no common text fits gets a text that does not fit;
   whoever reads the example says so.
2. No rule of CEL is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.value.types import Json, JsonObject

__all__ = ["example", "fits", "inside"]

_MAX_DEPTH: Final = 12
_TEXTS: Final = (
    "example", "a", "1", "1Gi", "100m", "example.com", "example.com/a", "https://example.com",
    "/example", "10.0.0.1", "10.0.0.0/8", "5m", "1.0.0", "v1", "A", "EXAMPLE", "2030-01-01",
    "0 0 * * *", "a@example.com", "0" * 32, "a=b", "00:00",
)  # fmt: skip
"""What people write into fields that have a pattern."""
_FORMATS: Final = {
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "duration": "5m",
    "ipv4": "10.0.0.1",
    "ipv6": "2001:db8::1",
    "cidr": "10.0.0.0/8",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "a@example.com",
    "hostname": "example.com",
    "byte": "ZXhhbXBsZQ==",
}


def example(schema: Mapping[str, Any], *, whole: bool = False, _depth: int = 0) -> Json:
    """Return a value that a structural schema takes.

    Shape: with the defaults that the server fills in; `whole` fills other members, and an item
        into each list and map, as well.
    """
    hollow = _hollow(schema.get("default"), whole=whole)
    if "default" in schema and not hollow:
        return thaw(schema["default"])
    if schema.get("enum"):
        return thaw(schema["enum"][0])
    if schema.get("x-kubernetes-int-or-string"):
        return 1
    if _depth > _MAX_DEPTH:
        return {}
    match schema.get("type"):
        case "object" | None:
            return _object(schema, whole=whole, depth=_depth)
        case "array":
            items: Mapping[str, Any] = schema.get("items") or {}
            count = max(int(schema.get("minItems", 0)), int(whole))
            made = [example(items, whole=whole, _depth=_depth + 1) for _ in range(min(count, 8))]
            return [_other(one, place) for place, one in enumerate(made)]
        case "string":
            return _text(schema)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return False
        case _:
            return None


def inside(schema: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return the schema of a member, an empty one where nothing is said of it."""
    found: Any = schema
    for name in names:
        properties: Any = found.get("properties") or {}
        found = properties.get(name) or {}
    return cast("Mapping[str, Any]", found)


def fits(schema: Mapping[str, Any], text: str) -> bool:
    """Return whether a text keeps to the pattern and the lengths of a schema."""
    if not int(schema.get("minLength", 0)) <= len(text) <= int(schema.get("maxLength", 2**31)):
        return False
    pattern = schema.get("pattern")
    try:
        return pattern is None or re.search(pattern, text) is not None
    except re.error:  # RE2 and Python differ here and there
        return False


def _hollow(default: object, *, whole: bool) -> bool:
    """Return whether a default has room for more: an object is filled with what defaults in it."""
    return default == {} or (whole and default == [])


def _object(schema: Mapping[str, Any], *, whole: bool, depth: int) -> JsonObject:
    properties: Mapping[str, Any] = schema.get("properties") or {}
    needed: set[str] = set(schema.get("required") or ())
    made: JsonObject = {
        name: example(inner, whole=whole, _depth=depth + 1)
        for name, inner in properties.items()
        if name in needed or whole or "default" in inner
    }
    extra: Any = schema.get("additionalProperties")
    if (whole or schema.get("minProperties")) and not isinstance(extra, bool) and extra:
        made["example"] = example(extra, whole=whole, _depth=depth + 1)
    return made


def _other(value: Json, place: int) -> Json:
    """Return an item as it is, later ones a little different: they may have to be."""
    if not place:
        return value
    if isinstance(value, str):
        return f"{value}{place}"
    if isinstance(value, int) and not isinstance(value, bool):
        return value + place
    if isinstance(value, dict):
        return {key: _other(inner, place) for key, inner in value.items()}
    return value


def _text(schema: Mapping[str, Any]) -> str:
    known = _FORMATS.get(str(schema.get("format")))
    wanted = int(schema.get("minLength", 0))
    for text in (*([known] if known else ()), *_TEXTS):
        for tried in (text, text + text[-1] * max(0, wanted - len(text))):
            if fits(schema, tried):
                return str(tried)
    return _TEXTS[0]


def _number(schema: Mapping[str, Any]) -> int | float:
    least, most = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf")
    made: int | float = step or 1
    if least is not None and made <= least:
        made = least
        if schema.get("exclusiveMinimum") is True:
            made = least + (step or 1)
    if most is not None and made >= most:
        made = most
        if schema.get("exclusiveMaximum") is True:
            made = most - (step or 1)
    return int(made) if schema.get("type") == "integer" else made
