"""What a user may change of a parent: for each field of its spec, the spec with another value.

1. A pure function of schema and object, in the order of the schema, and bounded.
2. Fields that are objects or lists of objects are gone into; other lists get one more item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.manifests.checking.examples import example, fits, inside
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconcile.value.types import Json, JsonObject

__all__ = ["changed"]

_MAX_CHANGES: Final = 64
_MAX_DEPTH: Final = 6
_QUANTITIES: Final = ("2", "2Gi", "200m", "1Gi")


def changed(document: JsonObject, schema: Mapping[str, Any]) -> Iterator[tuple[str, JsonObject]]:
    """Yield the pointer of each field of the spec, and the object with another value there.

    Shape: `document` is a whole object, `schema` that of its kind. At most 64.
    """
    fields = _fields(document.get("spec"), inside(schema, "spec"), 0)
    for count, (steps, value) in enumerate(fields):
        if count == _MAX_CHANGES:
            return
        made = cast("JsonObject", thaw(document))
        _put(made, ("spec", *steps), value)
        yield "/" + "/".join(str(step) for step in ("spec", *steps)), made


def _fields(
    value: Json, schema: Mapping[str, Any], depth: int
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Yield the places in a value, and what else may stand there."""
    properties: Mapping[str, Any] = schema.get("properties") or {}
    if properties and depth < _MAX_DEPTH:
        held = value if isinstance(value, dict) else {}
        for name, inner in properties.items():
            for steps, other in _fields(held.get(name), inner, depth + 1):
                yield (name, *steps), other
        return
    items: Mapping[str, Any] = schema.get("items") or {}
    if items.get("properties") and isinstance(value, list) and value and depth < _MAX_DEPTH:
        for steps, other in _fields(value[0], items, depth + 1):
            yield (0, *steps), other
        return
    for other in _others(value, schema):
        if not equal(other, value):
            yield (), other
            return


def _others(value: Json, schema: Mapping[str, Any]) -> Iterator[Json]:
    """Yield what else a place may hold, the likeliest first."""
    yield from (thaw(each) for each in schema.get("enum") or ())
    if schema.get("enum"):
        return
    if isinstance(value, bool) or schema.get("type") == "boolean":
        yield not value
    elif isinstance(value, str):
        texts = (f"{value}2", f"{value}a", *_QUANTITIES, f"2{value[1:]}", f"b{value[1:]}")
        yield from (text for text in texts if fits(schema, text))
    elif isinstance(value, (int, float)):
        step = schema.get("multipleOf") or 1
        for number in (value + step, value - step):
            least, most = schema.get("minimum", number), schema.get("maximum", number)
            if least <= number <= most:
                yield number
    elif isinstance(value, list):
        more = example(schema.get("items") or {}, whole=True)
        if len(value) < int(schema.get("maxItems", len(value) + 1)):
            yield [*value, f"{more}{len(value)}" if isinstance(more, str) else more]
    elif isinstance(value, dict):
        made = example(schema, whole=True)
        if isinstance(made, dict) and made:
            yield {**value, **made}
    else:
        yield example(schema, whole=True)


def _put(document: Json, steps: tuple[str | int, ...], value: Json) -> None:
    """Put a value into a document, with the objects on the way."""
    place: Any = document
    for step in steps[:-1]:
        if isinstance(step, str) and not isinstance(place.get(step), (dict, list)):
            place[step] = {}
        place = place[step]
    place[steps[-1]] = value
