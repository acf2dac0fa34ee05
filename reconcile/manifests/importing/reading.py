"""A CustomResourceDefinition, read for what a typed parent says of it.

1. Only what a server takes is read, by the server's own rules; what it fills in is filled in.
2. What no parent can say is refused with its place. What a parent does not need is left out, and
   told in `left_out`, which a reader of the code gets to see.
3. A document is a stranger's: it is judged before anything is made of it, and never changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import DefinitionError, LimitError
from reconcile.kinds.structural import RulesNotRunError, crd_errors
from reconcile.manifests.definition import engine
from reconcile.manifests.importing.form import misformed
from reconcile.value.equality import equal
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.pointer import render
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["MAX_NODES", "SELECTABLE", "Definition", "Version", "read", "without_rules"]

MAX_NODES: Final = 1_000_000
"""Keys and values of a definition; the largest in the wild have a twentieth of that."""

SELECTABLE: Final = "x-reconcile-selectable"
"""Stands in the schema of a field that selectors of fields may name."""

_API: Final = "apiextensions.k8s.io/v1"
_KIND: Final = "CustomResourceDefinition"
_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_RULES: Final = "x-kubernetes-validations"
_ROOT: Final = "openAPIV3Schema"
_FALSE: Final = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems"})
"""Keys of which False says what is so anyway."""
_SHOWN: Final = 3
"""Findings that are told of a definition that the server refuses."""
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[['\"]([^'\"]*)['\"]\]")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a kind."""

    name: str
    served: bool
    storage: bool
    deprecated: bool | str
    """True, or the warning that the server gives."""
    root: JsonObject
    """The root of its schema, without `properties`."""
    spec: JsonObject
    status: JsonObject
    """Without what the definition of a parent adds to it."""
    columns: Sequence[JsonObject]
    scale: JsonObject
    """Empty if there is none."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a definition says of a kind."""

    group: str
    kind: str
    plural: str
    singular: str
    list_kind: str
    scope: str
    short_names: Sequence[str]
    categories: Sequence[str]
    versions: Sequence[Version]
    """The stored one first, then in the order of the document."""
    left_out: Sequence[str]


def read(document: Mapping[str, Any], version: str | None) -> Definition:
    """Return what a definition says, of one version or of all.

    Raises: DefinitionError if it is no definition, the server would refuse it, it has no such
        version, or a parent cannot say it. LimitError if it is too large.
    """
    subject = _subject(document)
    _bounded(document, subject)
    if document.get("apiVersion") != _API:
        raise DefinitionError([_other_version(document)], subject=subject)
    if fault := misformed(document):
        raise DefinitionError([f"it is no definition: {fault}"], subject=subject)
    filled = _filled(document, subject)
    _checked(filled, subject)
    spec = _map(filled["spec"])
    names = _map(spec["names"])
    found = _maps(spec["versions"])
    if version is not None:
        known = [each["name"] for each in found]
        found = [each for each in found if each["name"] == version]
        if not found:
            finding = f"it has no version {version}; it has {', '.join(known)}"
            raise DefinitionError([finding], subject=subject)
    findings: list[str] = []
    left_out: list[str] = []
    versions = [_version(each, findings, left_out) for each in found]
    if findings:
        raise DefinitionError(sorted(set(findings)), subject=subject)
    if _map(spec.get("conversion")).get("strategy", "None") != "None":
        left_out.append("conversion: a webhook, which a deployment of its own answers")
    return Definition(
        group=spec["group"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names["singular"],
        list_kind=names["listKind"],
        scope=spec["scope"],
        short_names=names.get("shortNames") or (),
        categories=names.get("categories") or (),
        versions=sorted(versions, key=lambda each: not each.storage),
        left_out=tuple(dict.fromkeys(left_out)),
    )


def _subject(document: Mapping[str, Any]) -> str:
    if document.get("kind") != _KIND:
        what = "no kind" if document.get("kind") is None else "another kind"
        finding = f"expected a {_KIND}, and the document has {what}"
        raise DefinitionError([finding], subject="the document")
    name = _map(document.get("metadata")).get("name")
    return _one_line(name) if isinstance(name, str) and name else "the definition"


def _one_line(text: str) -> str:
    """Return a text of a stranger, so that it does nothing to a terminal."""
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown if len(shown) <= 200 else f"{shown[:200]}..."


def _other_version(document: Mapping[str, Any]) -> str:
    if document.get("apiVersion") == "apiextensions.k8s.io/v1beta1":
        return f"it is of v1beta1, which no server takes since 1.22: write it as {_API} first"
    return f"its apiVersion must be {_API}, not {describe(document.get('apiVersion'))}"


def _bounded(document: Mapping[str, Any], subject: str) -> None:
    """Raise for what is too deep or too large to walk, and for what is no JSON."""
    level: list[Any] = [document]
    places = depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitError(f"levels of nesting in {subject}", MAX_DEPTH)
        below: list[Any] = []
        for each in level:
            if not _json(each):
                raise DefinitionError(["it holds what JSON has no form for"], subject=subject)
            below += _map(each).values()
            below += cast("list[object]", each) if isinstance(each, list) else ()
        places += len(below)
        if places > MAX_NODES:
            raise LimitError(f"keys and values in {subject}", MAX_NODES)
        level = below


def _json(value: object) -> bool:
    """Return whether a value, without what is in it, is one of JSON."""
    if isinstance(value, dict):
        return all(type(key) is str for key in cast("dict[object, object]", value))
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, list) or type(value) in {bool, int, str}


def _filled(document: Mapping[str, Any], subject: str) -> JsonObject:
    """Return the definition with what the server fills in, as far as it is read here."""
    spec = _map(document.get("spec"))
    if not spec:
        raise DefinitionError(["it has no spec"], subject=subject)
    names = _map(spec.get("names"))
    versions = _maps(spec.get("versions"))
    kind = names.get("kind")
    if isinstance(kind, str):
        names = {"singular": kind.lower(), "listKind": f"{kind}List", **names}
    stored = [each.get("name") for each in versions if each.get("storage") is True]
    return {**document, "spec": {**spec, "names": names}, "status": {"storedVersions": stored}}


def _checked(document: JsonObject, subject: str) -> None:
    try:
        found = crd_errors(document)
    except RulesNotRunError:
        # The rules are carried over as they are; who installs the definition asks about them.
        found = crd_errors(cast("JsonObject", without_rules(document)))
    errors = [f"{_one_line(error.path)}: {_detail(error)}" for error in found]
    if not errors:
        return
    more = len(errors) - _SHOWN
    several = [*errors[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    raise DefinitionError(["the server refuses it", *several], subject=subject)


def without_rules(node: Json) -> Json:
    """Return a schema without rules of CEL."""
    if isinstance(node, list):
        return [without_rules(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {key: without_rules(each) for key, each in node.items() if key != _RULES}


def _detail(error: FieldError) -> str:
    return _one_line(" ".join((error.detail or error.message).split()))


def _version(version: dict[str, Any], findings: list[str], left_out: list[str]) -> Version:
    name = version["name"]
    schema = _cleaned(_map(_map(version.get("schema")).get(_ROOT)))
    properties = dict(_map(schema.pop("properties", None)))
    for key in ("apiVersion", "kind"):
        properties.pop(key, None)
    if set(_map(properties.pop("metadata", None))) - {"type", "description"}:
        left_out.append("what the schema says of metadata")
    findings += [
        f"version {name}: {render([key])} is not in spec or status, which is all that a parent has"
        for key in sorted(set(properties) - {"spec", "status"})
    ]
    spec = {"type": "object", **_map(properties.get("spec"))}
    status = {"type": "object", **_map(properties.get("status", {_OPEN: True}))}
    for key, part in (("spec", spec), ("status", status)):
        if part["type"] != "object":
            findings.append(f"version {name}: {render([key])} is not an object")
        if part.pop("nullable", None):
            left_out.append(f"that {render([key])} may be null")
    if "additionalProperties" in status:
        findings.append(f"version {name}: /status has no room for conditions: it is a map")
    for field in _maps(version.get("selectableFields")):
        spec = _selectable(spec, field["jsonPath"], "spec")
        status = _selectable(status, field["jsonPath"], "status")
    return Version(
        name=name,
        served=version.get("served") is True,
        storage=version.get("storage") is True,
        deprecated=version.get("deprecationWarning") or version.get("deprecated") is True,
        root=schema,
        spec=_lean_spec(spec),
        status=_lean_status(status),
        columns=tuple(_maps(version.get("additionalPrinterColumns"))),
        scale=_map(_map(version.get("subresources")).get("scale")),
    )


def _cleaned(node: JsonObject) -> JsonObject:
    """Return a schema without what a server reads as if nothing was there."""
    made: JsonObject = {
        key: value
        for key, value in node.items()
        if value is not None and key != SELECTABLE and not (value is False and key in _FALSE)
    }
    properties = _map(made.pop("properties", None))
    if properties:
        made["properties"] = {key: _cleaned(_map(each)) for key, each in properties.items()}
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _cleaned(_map(made[key]))
    return made


def _map(value: object) -> dict[str, Any]:
    """Return an object of the document, an empty one where there is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _maps(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list of the document."""
    several = cast("list[object]", value) if isinstance(value, list) else []
    return [_map(each) for each in several if _map(each)]


def _lean_spec(spec: JsonObject) -> JsonObject:
    """Return a spec without the default that its fields' defaults give it anyway."""
    fields = _map(spec.get("properties"))
    given = any(_map(each).get("default") is not None for each in fields.values())
    if spec.get("default") == {} and given and not spec.get("required"):
        return {key: value for key, value in spec.items() if key != "default"}
    return spec


def _lean_status(status: JsonObject) -> JsonObject:
    """Return a status without what is added to it anyway."""
    fields = _map(status.get("properties"))
    added = engine()
    kept = {key: each for key, each in fields.items() if not _alike(each, added.get(key))}
    made = {key: value for key, value in status.items() if key not in {"properties", "required"}}
    if kept:
        made["properties"] = kept
    return made


def _alike(x: Json, y: Json) -> bool:
    """Return whether two schemas are equal, but for the 64 bits that whole numbers have anyway."""
    return equal(_without_words(x), _without_words(y))


def _without_words(node: Json) -> Json:
    if isinstance(node, list):
        return [_without_words(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_words(each)
        for key, each in node.items()
        if (key, each, node.get("type")) != ("format", "int64", "integer")
    }


def _selectable(part: JsonObject, path: str, key: str) -> JsonObject:
    """Return the schema of a part with a mark at the field that a path names, if it is in there."""
    steps = [found[1] if found[1] is not None else found[2] for found in _STEP.finditer(path)]
    return _marked(part, steps[1:]) if steps[:1] == [key] else part


def _marked(node: JsonObject, steps: Sequence[str]) -> JsonObject:
    if not steps:
        return {**node, SELECTABLE: True}
    properties = _map(node.get("properties"))
    if steps[0] not in properties:
        return node
    inner = _marked(properties[steps[0]], steps[1:])
    return {**node, "properties": {**properties, steps[0]: inner}}
