"""What is wrong with an object, told to people: where, and what would be right.

1. Shapes are looked at as they were written; where they are right, the kind's rules are applied to
   what the server would store.
2. No message holds a value: a detail that tells one has another text beside it, see `Telling`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconcile.errors import Fault
from reconcile.value.pointer import escape, unescape
from reconcile.value.redact import describe
from reconcile.value.types import ABSENT

from . import metadata as _metadata
from ._primitives import Telling, path_segment
from ._rules import Rules, rules_of
from ._shapes import Shapes

if TYPE_CHECKING:
    from reconcile.kinds._table import Kinds
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Absent, Json, JsonObject

__all__ = ["fault_of", "faults", "pointer_of"]

_STEP: Final = re.compile(r"\.?([^.\[]+)|\[(.*?)\](?=[.\[]|$)", re.DOTALL)
"""One step of a path: a name, or what stands in brackets; a key may hold dots and slashes."""


def faults(kinds: Kinds, document: JsonObject, *, unknown: bool = True) -> list[Fault]:
    """Return what is wrong with an object of a known kind; see `reconcile.kinds.validate`."""
    version, kind = str(document.get("apiVersion")), str(document.get("kind"))
    shapes = Shapes(unknown=unknown)
    shapes.value(document, kinds.schema(version, kind), "", 0)
    found = shapes.found
    if kinds.is_resource(version, kind):
        told = {fault.pointer for fault in found}
        found += [
            fault
            for error in _errors(kinds, document, fits=shapes.fits)
            if (fault := fault_of(error, document)).pointer not in told
        ]
    return sorted(set(found), key=lambda fault: (fault.pointer, fault.message))


def _errors(kinds: Kinds, document: JsonObject, *, fits: bool) -> list[FieldError]:
    """Return what the server would say: of the metadata alone where not all shapes are right."""
    version, kind = str(document["apiVersion"]), str(document["kind"])
    found: list[FieldError] = []
    if not kinds.built_in(version, kind):
        from reconcile.kinds import structural  # which is large, and rarely asked for

        found = structural.refused(kinds.defaulted(document), kinds.schema(version, kind))
    if fits:
        from . import create_errors

        return found + create_errors(kinds, kinds.defaulted(document), every=True)
    rules = Rules()
    if kinds.built_in(version, kind):
        rules = rules_of(version.rpartition("/")[0], kind)
    if rules.metadata == "none":
        return found
    names = path_segment if rules.metadata == "late" else rules.names
    namespaced = kinds.scope(version, kind) == "Namespaced"
    return found + _metadata.created(document, names, namespaced=namespaced)


def fault_of(error: FieldError, document: JsonObject) -> Fault:
    """Return an error in the form for people."""
    detail = error.detail.plain if isinstance(error.detail, Telling) else error.detail
    # Schemas name the place once more.
    detail = detail.removeprefix(f"{error.path} in body ")
    shown = "" if error.value in (ABSENT, None) else f"is {describe(error.value)}"
    match error.reason:
        case "FieldValueRequired":
            said = "is not there; it is required"
        case "FieldValueForbidden":
            said = "may not be there"
        case "FieldValueDuplicate":
            said = "is there already"
        case "FieldValueNotFound":
            said = "names what is not there"
        case "FieldValueNotSupported":
            said = "is not supported"
        case "FieldValueTooLong" | "FieldValueTooMany":
            said = "is too much"
        case _:
            said = shown or "is wrong"
    # Where the server names a place that is none.
    path = error.path.replace("metadata.taints[", "spec.taints[", 1)
    pointer = pointer_of(path, document)
    return Fault(_closer(pointer, error.value, document), f"{said}: {detail}" if detail else said)


def _closer(pointer: str, value: Json | Absent, document: JsonObject) -> str:
    """Return the place of a text in the map or list that the server is content to name."""
    if not isinstance(value, str):
        return pointer
    place: Json = document
    for step in pointer.split("/")[1:]:
        place = _inside(place, unescape(step))
    if isinstance(place, dict):
        keys = [value] if value in place else [key for key, held in place.items() if held == value]
        return f"{pointer}/{escape(keys[0])}" if keys else pointer
    if isinstance(place, list) and value in place:
        return f"{pointer}/{place.index(value)}"
    return pointer


def pointer_of(path: str, document: JsonObject) -> str:
    """Return the pointer (RFC 6901) of a path as the server writes it.

    Guarantees: keys with brackets, dots or slashes are one step if the document has them.
    """
    made, rest = "", path
    place: Json = document
    while rest:
        name, rest = _step(rest, place)
        place = _inside(place, name)
        made += f"/{escape(name)}"
    return made


def _inside(place: Json, step: str) -> Json:
    """Return what is at a step, null if nothing is."""
    if isinstance(place, list):
        return place[int(step)] if step.isdigit() and int(step) < len(place) else None
    return place.get(step) if isinstance(place, dict) else None


def _step(rest: str, place: Json) -> tuple[str, str]:
    """Return the first step of a path, and what comes after it."""
    if rest.startswith("["):
        for key in sorted(place, key=len, reverse=True) if isinstance(place, dict) else ():
            end = len(key) + 2
            if rest[:end] == f"[{key}]" and rest[end : end + 1] in {"", ".", "["}:
                return key, rest[end:]
    match = _STEP.match(rest)
    if match is None:
        return rest, ""
    return match[1] if match[1] is not None else match[2], rest[match.end() :]
