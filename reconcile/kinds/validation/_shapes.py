"""The shapes of an object, as its schema says: types, members that must be there, unknown ones.

1. All faults at once; messages hold names of fields, never values.
2. What a kind demands of its values beyond its schema is in the modules beside this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import Fault, LimitError, ReconcileError, nearest
from reconcile.kinds._schema import Schema
from reconcile.objects.quantity import Quantity
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import escape
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["Shapes"]

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}
_WANTED: Final = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
}


class Shapes:
    """A walk over an object and its schema."""

    __slots__ = ("fits", "found", "unknown")

    def __init__(self, *, unknown: bool) -> None:
        self.found: list[Fault] = []
        self.fits = True
        """Whether all is of the right type, so that what is found may be looked at further."""
        self.unknown = unknown

    def value(self, value: Json, schema: Mapping[str, Any], pointer: str, depth: int) -> None:
        """Look at a value and all that is in it. Null says nothing, wherever it stands."""
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting", MAX_DEPTH, pointer=pointer[:200])
        if value is None:
            return
        name = (schema.name or "").rpartition(".")[2] if isinstance(schema, Schema) else ""
        if name == "Quantity":
            self.fits = _quantity(value, pointer, self.found) and self.fits
        elif name == "IntOrString" or schema.get("x-kubernetes-int-or-string") is True:
            if not isinstance(value, (int, str)) or isinstance(value, bool):
                self.wrong(value, pointer, "a whole number or a text")
        elif not _fits(value, schema.get("type")):
            self.wrong(value, pointer, _WANTED[cast("str", schema["type"])])
        elif isinstance(value, dict):
            self.members(value, schema, pointer, depth)
        elif isinstance(value, list):
            self.items(value, schema, pointer, depth)
        elif isinstance(value, str):
            _text(value, schema, pointer, self.found)

    def wrong(self, value: Json, pointer: str, wanted: str) -> None:
        """Note that a value is of a wrong type."""
        self.fits = False
        self.found.append(Fault(pointer, f"is {describe(value)}; {wanted} is needed"))

    def members(
        self, value: JsonObject, schema: Mapping[str, Any], pointer: str, depth: int
    ) -> None:
        """Look at the members of an object, and for those that must be there."""
        properties: Mapping[str, Any] = schema.get("properties") or {}
        others = schema.get("additionalProperties")
        self.found.extend(
            Fault(f"{pointer}/{escape(name)}", "is not there; it is required")
            for name in cast("Iterable[str]", schema.get("required") or ())
            if value.get(name) is None and _is_missed(properties.get(name, {}))
        )
        closed = properties and not others
        if schema.get("x-kubernetes-preserve-unknown-fields") is True or not self.unknown:
            closed = False
        for name, item in value.items():
            place = f"{pointer}/{escape(name)}"
            inner = properties.get(name, others)
            if isinstance(inner, Mapping):
                self.value(item, cast("Mapping[str, Any]", inner), place, depth + 1)
            elif closed:
                self.found.append(Fault(place, f"is not a field{nearest(name, properties)}"))

    def items(self, value: list[Json], schema: Mapping[str, Any], pointer: str, depth: int) -> None:
        """Look at the items of a list, and for two with the same merge keys."""
        items = cast("Mapping[str, Any]", schema.get("items") or {})
        for index, item in enumerate(value):
            self.value(item, items, f"{pointer}/{index}", depth + 1)
        if pointer.startswith("/metadata/"):
            return  # there nobody minds
        kind = schema.get("x-kubernetes-list-type")
        names = tuple(cast("Iterable[str]", schema.get("x-kubernetes-list-map-keys") or ()))
        defaults = cast("Mapping[str, Any]", items.get("properties") or {})
        seen: set[object] = set()
        for index, item in enumerate(value if kind in {"map", "set"} else ()):
            parts: list[object] = [item]
            if kind == "map":
                entry = item if isinstance(item, dict) else {}
                parts = [entry.get(n, defaults.get(n, {}).get("default")) for n in names]
            if any(isinstance(part, (dict, list)) for part in parts):
                continue
            key = tuple((type(part), part) for part in parts)
            if key in seen:
                told = f"the same {' and '.join(names)}" if names else "the same value"
                message = f"has {told} as an item before it"
                self.found.append(Fault(f"{pointer}/{index}", message))
            seen.add(key)


def _is_missed(schema: Mapping[str, Any]) -> bool:
    """Return whether a required member is missed: an object or a list may be an empty one."""
    return schema.get("default") != {} and schema.get("type") != "array"


def _fits(value: Json, kind: object) -> bool:
    if not isinstance(kind, str) or kind not in _TYPES:
        return True
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _quantity(value: Json, pointer: str, found: list[Fault]) -> bool:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            Quantity(value)
        except ReconcileError:
            pass
        else:
            return True
    found.append(Fault(pointer, f"is {describe(value)}; a quantity such as 500m or 1Gi is needed"))
    return False


def _text(value: str, schema: Mapping[str, Any], pointer: str, found: list[Fault]) -> None:
    allowed = cast("list[str] | None", schema.get("enum"))
    if allowed and value not in allowed:
        choices = ", ".join(str(each) for each in allowed)
        found.append(Fault(pointer, f"is none of {choices}"))
    if schema.get("format") == "date-time" and not _TIME.fullmatch(value):
        found.append(Fault(pointer, "is no time as 2026-01-31T12:00:00Z"))
