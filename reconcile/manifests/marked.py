"""What the marks of fields become in a definition, and where a mark has no place.

1. A mark that stands where it says nothing is refused, with the place and what to do: the server
   would drop it, or refuse the whole definition in words about paths that nobody wrote.
2. Columns and selectable fields follow from where their field stands. Inside of lists and dicts
   there is no one such place.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, 1.36.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import Fault, nearest
from reconcile.objects.marks import COLUMN, RAW, RULES, SELECTABLE, Column
from reconcile.objects.wire_names import wire_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.value.types import Json, JsonObject

__all__ = ["Marked", "column"]

_LIST_TYPE: Final = "x-kubernetes-list-type"
_LIST_KEYS: Final = "x-kubernetes-list-map-keys"
_MAP_TYPE: Final = "x-kubernetes-map-type"
_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_EITHER: Final = "x-kubernetes-int-or-string"
_SIMPLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SELECTABLE: Final = frozenset({"boolean", "integer", "string"})
_COLUMNS: Final = frozenset({"boolean", "integer", "number", "string"})
_IDENTITY: Final = frozenset({"apiVersion", "kind", "metadata"})


@dataclass(slots=True)
class Marked:
    """What the marks of one part of an object say of the version as a whole."""

    columns: list[JsonObject] = field(default_factory=list["JsonObject"])
    selectable: list[JsonObject] = field(default_factory=list["JsonObject"])

    def see(
        self, raw: Mapping[str, Any], node: JsonObject, pointer: str, faults: list[Fault]
    ) -> None:
        """Take the marks of one place and hold them to its schema.

        Shape: `raw` is what pydantic tells, `node` the structural schema, which `Schema` changes
            here. What is wrong is appended to `faults`.
        """
        if node.get(_EMBEDDED) is True:
            _open_up(node)
        if isinstance(node.get(RULES), list):
            node[RULES] = [_readable(each) for each in cast("list[Json]", node[RULES])]
        faults += [Fault(pointer, message) for message in _misplaced(node)]
        for each in cast("Sequence[Column]", raw.get(COLUMN, ())):
            self._column(each, node, pointer, faults)
        if raw.get(SELECTABLE):
            path = _path(pointer)
            if path is None or path.startswith(".metadata") or node.get("type") not in _SELECTABLE:
                message = "is not selectable: that is for a text, a whole number or a truth value"
                faults.append(Fault(pointer, f"{message}, in no list and no dict"))
            else:
                self.selectable.append({"jsonPath": path})
        for key, value in cast("Mapping[str, Json]", raw.get(RAW, {})).items():
            if value is None:
                node.pop(key, None)
            else:
                node[key] = value

    def _column(self, told: Column, node: JsonObject, pointer: str, faults: list[Fault]) -> None:
        path = told.json_path or _path(pointer)
        kind = told.type or _kind(node)
        if path is None:
            message = "is in a list or a dict, so no path leads to it: say json_path="
            faults.append(Fault(pointer, f"{message} of its column"))
        elif kind is None:
            message = "is no single value: say type= of its column, or put it on a field inside"
            faults.append(Fault(pointer, message))
        else:
            name = told.name or _title(pointer)
            self.columns.append(column(told, name=name, kind=kind, path=path))


def column(told: Column, *, name: str, kind: str, path: str) -> JsonObject:
    """Return a printer column as a definition has it."""
    made: JsonObject = {"name": name, "type": kind}
    if told.format is not None:
        made["format"] = told.format
    if told.description is not None:
        made["description"] = told.description
    if told.priority:
        made["priority"] = told.priority
    return {**made, "jsonPath": path}


def _readable(rule: Json) -> Json:
    """Return a rule with what it says before what is told when it is broken."""
    return {"rule": rule["rule"], **rule} if isinstance(rule, dict) and "rule" in rule else rule


def _open_up(node: JsonObject) -> None:
    """Say of a dict of anything what an embedded resource may say: that all its fields are kept."""
    values = node.get("additionalProperties")
    if isinstance(values, dict) and values.get(_OPEN) is True and "type" not in values:
        del node["additionalProperties"]
        node[_OPEN] = True


def _misplaced(node: JsonObject) -> list[str]:
    kind = node.get("type")
    found: list[str] = []
    if _LIST_TYPE in node and kind != "array":
        found.append("is no list, so it has no list type: take ListType away")
    elif node.get(_LIST_TYPE) == "map" and _LIST_KEYS in node:
        found += _keys(node)
    elif node.get(_LIST_TYPE) == "set" and not (_scalar(_items(node)) or _atomic(_items(node))):
        message = "is no set, for its items are no texts, numbers or truth values"
        found.append(f'{message}: write ListType("map", keys=[...]) or ListType("atomic")')
    if _MAP_TYPE in node and kind != "object":
        found.append("is no object and no dict, so it has no map type: take MapType away")
    if node.get(_OPEN) is True and kind not in (None, "object"):
        found.append("has no fields, so none is unknown: take PreserveUnknown away")
    if node.get(_EMBEDDED) is True:
        inside = cast("Mapping[str, Any]", node.get("properties") or {})
        if kind != "object":
            found.append("is no object, so no resource is embedded: write dict[str, JsonValue]")
        elif node.get(_OPEN) is not True and not inside.keys() >= _IDENTITY:
            message = "is an embedded resource without apiVersion, kind and metadata"
            found.append(f"{message}: add them, or PreserveUnknown()")
    return found


def _keys(node: JsonObject) -> list[str]:
    """Bring the keys of a list into the names of the wire; return what is wrong with them."""
    items = _items(node)
    inside = cast("Mapping[str, Any]", items.get("properties") or {})
    required = cast("Sequence[str]", items.get("required") or ())
    if items.get("type") != "object" or not inside:
        return ['is no list of models, so its items have no keys: write ListType("atomic")']
    found: list[str] = []
    named: list[Json] = []
    for told in cast("Sequence[str]", node[_LIST_KEYS]):
        key = told if told in inside else wire_name(told)
        named.append(key)
        if key not in inside:
            found.append(f"has a list key {told!r}, no field of its items{nearest(key, inside)}")
        elif not _scalar(inside[key]):
            message = f"has a list key {told!r} that is no text, number or truth value"
            found.append(f"{message}, or may be null: take another field")
        elif key not in required and "default" not in inside[key]:
            message = f"has a list key {told!r} that may be left out"
            found.append(f"{message}: make the field required, or give it a default")
    node[_LIST_KEYS] = named
    return found


def _items(node: JsonObject) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", node.get("items") or {})


def _scalar(node: Mapping[str, Any]) -> bool:
    plain = _EITHER in node or node.get("type") in _COLUMNS
    return plain and node.get("nullable") is not True


def _atomic(node: Mapping[str, Any]) -> bool:
    held = (node.get(_LIST_TYPE), node.get(_MAP_TYPE))
    return "atomic" in held and node.get("nullable") is not True


def _kind(node: JsonObject) -> str | None:
    if node.get("format") in ("date", "date-time") and node.get("type") == "string":
        return "date"
    if _EITHER in node:
        return "string"
    kind = node.get("type")
    return str(kind) if kind in _COLUMNS else None


def _path(pointer: str) -> str | None:
    """Return the path of a place as Kubernetes writes it, None inside of lists and dicts."""
    steps = pointer.split("/")[1:]
    if all(_SIMPLE.fullmatch(step) for step in steps):
        return "".join(f".{step}" for step in steps)
    return None


def _title(pointer: str) -> str:
    """Return `Storage-Class` for `/spec/storageClass`."""
    words = _WORDS.split(pointer.rpartition("/")[2])
    return "-".join(word[:1].upper() + word[1:] for word in words)
