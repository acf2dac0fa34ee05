"""What a server takes in a definition and somebody regrets: each with its reason and a remedy.

1. `breaks`: something does not work. `advice`: it works, and surprises.
2. The same field of several versions is told once.
3. Only a definition that a server takes is looked at.

Source: Metacontroller 4.17.2, rules 7.4 and 7.5 of its status; recorded conversations; Kubernetes
API conventions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, cast

from reconcile.kinds.structural import Structural

from .places import Place, part, places, schema_of, several, versions_of

__all__ = ["Note", "lint"]

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_LIST: Final = "x-kubernetes-list-type"
_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_APART: Final = frozenset({"default", "enum", "x-kubernetes-validations"})
"""Keys that do not tell whether a value of an enum fits where it stands."""
_BOUNDS: Final = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_META: Final = frozenset({"apiVersion", "kind", "metadata"})
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[['\"]([^'\"]*)['\"]\]|(\[[^\]]*\])")
_COLUMNS: Final = {
    "string": frozenset({"string", "boolean", "integer", "number"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"string"}),
}
"""The types of fields that a type of column shows."""


class Note(NamedTuple):
    """One thing to be said of a definition."""

    severity: Literal["breaks", "advice"]
    path: str
    message: str
    remedy: str


def lint(crd: Mapping[str, Any]) -> Iterator[Note]:
    """Yield what is to be said of a definition that a server takes.

    Shape: `crd` as the server holds it.
    """
    versions = versions_of(crd)
    if not any(version.get("served") is True for version in versions):
        what = "no version is served, so no object can be written or read"
        yield Note("breaks", "spec.versions", what, "say served: true")
    seen: set[tuple[str, str]] = set()
    for index, version in enumerate(versions):
        path = f"spec.versions[{index}]"
        for field, note in _of_version(version, path):
            if (field, note.message) not in seen:
                seen.add((field, note.message))
                yield note


def _of_version(version: Mapping[str, Any], path: str) -> Iterator[tuple[str, Note]]:
    schema = schema_of(version)
    at = f"{path}.schema.openAPIV3Schema"
    if version.get("served") is True:
        yield from (("status", each) for each in _status(version, schema, path, at))
    for column, each in enumerate(several(version, "additionalPrinterColumns")):
        yield from _column(each, schema, f"{path}.additionalPrinterColumns[{column}]")
    yield from _scale(version, schema, f"{path}.subresources.scale")
    for place in places(schema, at):
        yield from ((place.field, each) for each in _of_place(place))


# -- status ----------------------------------------------------------------------------------------


def _status(
    version: Mapping[str, Any], schema: Mapping[str, Any], path: str, at: str
) -> Iterator[Note]:
    """Yield what is wrong with the status of a parent."""
    if part(version, "subresources").get("status") is None:
        what = "status is no subresource: Metacontroller does not start with such a parent"
        yield Note("breaks", f"{path}.subresources", what, "say subresources: {status: {}}")
        return
    if schema.get(_OPEN) is True and "status" not in part(schema, "properties"):
        return
    status = part(schema, "properties").get("status")
    where = f"{at}.properties[status]"
    if status is None:
        what = (
            "has no status, so the server drops all of it, and Metacontroller writes it again at "
        )
        what += "every sync"
        yield Note("breaks", at, what, "describe status, or say that it keeps unknown fields")
        return
    fields = part(status, "properties")
    for name in several(status, "required"):
        if part(fields, name).get("default") is None:
            what = (
                f"{name} is required: a status without it is refused, and with it all of the sync"
            )
            yield Note("breaks", where, what, "let no field of the status be required")
    if status.get(_OPEN) is not True and "additionalProperties" not in status:
        for name, who in (
            ("observedGeneration", "Metacontroller writes"),
            ("conditions", "reports of errors and of progress stand in"),
        ):
            if name not in fields:
                what = f"has no {name}, which {who}: the server drops it, and it is written again "
                what += "at every sync"
                yield Note("advice", where, what, f"describe {name}, as reconcile crd does")
    for name, each in fields.items():
        if each.get("default") is not None:
            what = "has a default, which the server puts into every status: Metacontroller finds a "
            what += "difference and writes it at every sync unless the hook answers it"
            yield Note("advice", f"{where}.properties[{name}]", what, "let the hook say it")


# -- columns and scale -----------------------------------------------------------------------------


def _column(
    column: Mapping[str, Any], schema: Mapping[str, Any], path: str
) -> Iterator[tuple[str, Note]]:
    text = str(column.get("jsonPath") or "")
    found = _reached(text, schema)
    if found is None:
        what = "leads to no field of the schema, so the column stays empty"
        yield text, Note("advice", f"{path}.jsonPath", what, "name a field that is there")
        return
    kind, given = column.get("type"), found.get("type")
    if kind in _COLUMNS and given is not None and given not in _COLUMNS[kind] and given != "array":
        what = f"the column is of type {kind} and its field of type {given}, so it stays empty"
        if kind == "string" and given == "object":
            what = "the field is an object, which is shown as JSON"
        yield text, Note("advice", path, what, "show a field of that type")


def _reached(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of the field that a path of a column leads to, empty if nothing tells.

    Shape: None if there is no such field.
    """
    node: Mapping[str, Any] = schema
    end = 0
    while end < len(text):
        step = _STEP.match(text, end)
        if step is None or step[3] is not None:
            return {}  # a filter, a slice or all of something
        name = step[1] if step[1] is not None else step[2]
        if end == 0 and name in {"metadata", "kind", "apiVersion"}:
            return {}
        inner = part(node, "properties").get(name)
        if inner is None:
            inner = part(node, "additionalProperties")
            if not inner:
                opened = node.get(_OPEN) is True or node.get("additionalProperties") is not None
                return {} if opened else None
        node = inner
        end = step.end()
    return node


def _scale(
    version: Mapping[str, Any], schema: Mapping[str, Any], path: str
) -> Iterator[tuple[str, Note]]:
    scale = part(part(version, "subresources"), "scale")
    wanted = (
        ("specReplicasPath", "integer"),
        ("statusReplicasPath", "integer"),
        ("labelSelectorPath", "string"),
    )
    for key, kind in wanted:
        text = str(scale.get(key) or "")
        found = _reached(text, schema)
        if text and (found is None or found.get("type", kind) != kind):
            what = f"leads to no field of type {kind}: scaling does not work"
            yield text, Note("breaks", f"{path}.{key}", what, "name a field that is there")


# -- places ----------------------------------------------------------------------------------------


def _of_place(place: Place) -> Iterator[Note]:
    schema = place.schema
    yield from _impossible(place)
    items = schema.get("items")
    if (
        schema.get("type") == "array"
        and isinstance(items, Mapping)
        and cast("Mapping[str, Any]", items).get("type") == "object"
        and schema.get(_LIST) is None
    ):
        yield _listed(place, cast("Mapping[str, Any]", items))
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and pattern and not re.search(r"[\^$]|\\A|\\z", pattern):
        what = "the pattern has neither ^ nor $, so it is looked for anywhere in the text"
        yield Note("advice", f"{place.path}.pattern", what, "put it between ^ and $")
    if place.field in {"", "spec"} and schema.get(_OPEN) is True:
        what = "keeps unknown fields, so a field that is misspelt is stored and does nothing"
        yield Note("advice", place.path, what, "describe the fields, or let only a part keep them")


def _listed(place: Place, items: Mapping[str, Any]) -> Note:
    """Return the advice about a list of objects that nobody said how to merge."""
    fields = part(items, "properties")
    required = several(items, "required")
    keys = [
        name
        for name in ("name", "type", "key", "id")
        if name in required and part(fields, name).get("type") == "string"
    ]
    what = "is a list of objects without a list type: whoever applies it replaces all of it, and "
    what += "rules of CEL cannot compare an item with what it was"
    remedy = f"say {_LIST}: map with x-kubernetes-list-map-keys"
    remedy += f": [{keys[0]}]" if keys else ", or atomic"
    return Note("advice", place.path, what, remedy)


def _impossible(place: Place) -> Iterator[Note]:
    """Yield why no value of a place can be valid."""
    schema = place.schema
    for least, most in _BOUNDS:
        low, high = schema.get(least), schema.get(most)
        if low is not None and high is not None and low > high:
            what = f"{least} is above {most}, so no value is valid"
            yield Note("breaks", place.path, what, "turn them round")
    fields = part(schema, "properties")
    if schema.get(_OPEN) is not True and schema.get("additionalProperties") is None:
        embedded = schema.get("x-kubernetes-embedded-resource") is True or not place.field
        for name in several(schema, "required"):
            if name not in fields and not (embedded and name in _META):
                what = (
                    f"{name} is required and not described: the server drops it, so no object is "
                )
                what += "valid"
                yield Note("breaks", place.path, what, f"describe {name}, or do not require it")
    values = several(schema, "enum")
    if values and not schema.get(_INT_OR_STRING):
        # Each value by the schema without the list of values.
        rest = {key: each for key, each in schema.items() if key not in _APART}
        check = Structural({"type": "object", "properties": {"value": rest}, _OPEN: True})
        wrong = [each for each in values if check.errors({"value": each})]
        if len(wrong) == len(values):
            what = "no value of the enum is of the field's own type and bounds, so none is valid"
            yield Note("breaks", f"{place.path}.enum", what, "write values of the field's type")
        elif wrong:
            what = (
                f"{len(wrong)} of {len(values)} values of the enum break the field's own type or "
            )
            what += "bounds, so they are never valid"
            yield Note("advice", f"{place.path}.enum", what, "leave them out")
