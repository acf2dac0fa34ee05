"""A definition of a stranger, made safe to walk and completed as the server completes it.

1. What is no definition is refused as such; what is too deep or too large is a limit.
2. `form_errors` tells what has the wrong JSON type, which no server can read, and what the
   published form of definitions does not have, which a server drops.

Source: the OpenAPI document of kube-apiserver 1.36; k8s.io/apiextensions-apiserver
pkg/apis/apiextensions/v1/marshal.go for schemas that may be something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.errors import DefinitionError, LimitError, nearest
from reconcile.kinds import schema
from reconcile.kinds._table import Kinds
from reconcile.kinds.defaults import defaulted
from reconcile.kinds.structural._go import is_list
from reconcile.kinds.structural.zeroed import SCHEMA_OR, zeroed
from reconcile.value.frozen import thaw
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.redact import describe

from .places import several

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["KIND", "FormError", "completed", "form_errors", "subject_of"]

KIND: Final = "CustomResourceDefinition"
_API: Final = "apiextensions.k8s.io/v1"
_OLD: Final = "apiextensions.k8s.io/v1beta1"
_MAX_PLACES: Final = 1_000_000
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}
_NAMES: Final = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
}


class FormError(NamedTuple):
    """A place that does not have the form of a definition."""

    path: str
    message: str
    readable: bool
    """Whether a server reads the rest: it drops what it does not know."""


def subject_of(document: Mapping[str, Any]) -> str:
    """Return the name of a definition, one line of it.

    Raises: DefinitionError if the document is none; LimitError if it is too deep or too large.
    """
    if not isinstance(cast("object", document), Mapping):
        finding = f"is {describe(document)}, a {KIND} is needed"
        raise DefinitionError([finding], subject="the document")
    kind, version = document.get("kind"), document.get("apiVersion")
    if kind != KIND:
        what = "no kind" if kind is None else "another kind"
        raise DefinitionError([f"has {what}, a {KIND} is needed"], subject="the document")
    metadata = document.get("metadata")
    name = cast("Any", metadata).get("name") if isinstance(metadata, Mapping) else None
    subject = _one_line(name) if isinstance(name, str) and name else "the definition"
    if version == _OLD:
        finding = f"is of v1beta1, which no server takes since 1.22: write it as {_API}"
        raise DefinitionError([finding], subject=subject)
    if version != _API:
        raise DefinitionError([f"its apiVersion must be {_API}"], subject=subject)
    _bounded(document)
    return subject


def _one_line(text: str) -> str:
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown if len(shown) <= 100 else f"{shown[:100]}..."


def _bounded(document: Mapping[str, Any]) -> None:
    """Raise for what is too deep or too large to walk."""
    level: list[Any] = [document]
    places = depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitError("levels of nesting in a definition", MAX_DEPTH)
        below: list[Any] = []
        for each in level:
            if isinstance(each, Mapping):
                below += cast("Mapping[str, Any]", each).values()
            elif isinstance(each, list):
                below += each
        places += len(below)
        if places > _MAX_PLACES:
            raise LimitError("keys and values in a definition", _MAX_PLACES)
        level = below


def completed(document: Mapping[str, Any], *, status: Any = None) -> JsonObject:
    """Return a definition as the server holds it once it is created.

    Shape: `document` has the form of a definition. `status` is kept where it is given; a new
        definition has the version that is stored.
    """
    fresh = zeroed(cast("JsonObject", thaw(cast("Any", document))))
    fresh.pop("status", None)
    if status is not None:
        fresh["status"] = thaw(status)
    for version in several(fresh.get("spec"), "versions"):
        if version.get("name") is None:
            version["name"] = ""  # as Go has it, so it is the one that is stored, too
    made = defaulted(Kinds(), fresh, keep_status=True)
    spec = fresh.get("spec")
    if isinstance(spec, dict) and spec.get("versions") == []:
        # An empty list would be gone, and is judged before it goes.
        cast("JsonObject", made["spec"])["versions"] = []
    return made


def form_errors(document: Mapping[str, Any]) -> list[FormError]:
    """Return where a document does not have the form of a definition, in its order."""
    known = schema(_API, KIND)
    found: list[FormError] = []
    for name, value in document.items():
        if name != "status":
            # It is the server's: what is sent of it is dropped.
            found.extend(_walk(value, known["properties"].get(name), name, known))
    return found


def _walk(value: Any, known: Any, path: str, holder: Any) -> Iterator[FormError]:
    if known is None:
        last = path.rpartition(".")[2]
        hint = nearest(last, holder["properties"])
        what = f"unknown field, which kubectl refuses and the server drops{hint}"
        yield FormError(path, what, readable=True)
        return
    if value is None:
        return
    kind = known.get("type")
    if kind is None:
        # A schema or something else: any JSON is a value of the rest, such as a default.
        last = path.rpartition(".")[2]
        if last in SCHEMA_OR and "openAPIV3Schema" in path:
            yield from _schema_or(value, last, path, holder)
        return
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        whole = kind == "integer" and isinstance(value, float) and value.is_integer()
        if not whole:
            what = f"is {describe(value)}, {_NAMES[kind]} is needed: no server can read it"
            yield FormError(path, what, readable=False)
        return
    if kind == "array":
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _walk(item, known["items"], f"{path}[{index}]", known)
    elif kind == "object":
        members = known.get("properties")
        others = known.get("additionalProperties")
        for name, item in cast("Mapping[str, Any]", value).items():
            if members is not None:
                yield from _walk(item, members.get(name), f"{path}.{name}", known)
            elif others is not None:
                yield from _walk(item, others, f"{path}[{name}]", known)


def _schema_or(value: Any, name: str, path: str, holder: Any) -> Iterator[FormError]:
    """Yield what is wrong with a schema that may be something else."""
    if isinstance(value, dict):
        yield from _walk(cast("Any", value), holder, path, holder)
    elif is_list(value) and name == "items":
        for index, item in enumerate(value):
            yield from _walk(item, holder, f"{path}[{index}]", holder)
    elif not (isinstance(value, bool) and name != "items"):
        what = f"is {describe(value)}, a schema is needed: no server can read it"
        yield FormError(path, what, readable=False)
