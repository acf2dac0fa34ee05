"""Whether a document has the form of a definition: what is a text, a list, an object.

1. A server finds this when it decodes a document, before any rule is asked; so do we, and what
   reads the document afterwards need not ask again.
2. Faults tell the place and what kind of value it wants.

Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/v1/types.go and types_jsonschema.go,
1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from reconcile.errors import Fault
from reconcile.value.pointer import escape
from reconcile.value.redact import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["misformed"]

_Form: TypeAlias = "str | tuple[str, _Form] | dict[str, _Form]"
"""The name of a kind of value; a list or dict of a form; an object with fields of forms."""

_RULE: Final[_Form] = {
    "rule": "text",
    "message": "text",
    "messageExpression": "text",
    "reason": "text",
    "fieldPath": "text",
    "optionalOldSelf": "truth value",
}
_SCHEMA: Final[dict[str, _Form]] = {
    **dict.fromkeys(
        {"type", "description", "title", "format", "pattern"}
        | {"x-kubernetes-list-type", "x-kubernetes-map-type"},
        "text",
    ),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), "number"),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        "whole number",
    ),
    **dict.fromkeys(
        {"nullable", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems"}
        | {"x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"}
        | {"x-kubernetes-embedded-resource"},
        "truth value",
    ),
    "enum": ("list", "any"),
    "required": ("list", "text"),
    "x-kubernetes-list-map-keys": ("list", "text"),
    "x-kubernetes-validations": ("list", _RULE),
    "properties": ("dict", "schema"),
    "additionalProperties": "schema or truth value",
    "items": "schema",
    "not": "schema",
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), ("list", "schema")),
}
_VERSION: Final[_Form] = {
    "name": "text",
    "served": "truth value",
    "storage": "truth value",
    "deprecated": "truth value",
    "deprecationWarning": "text",
    "schema": {"openAPIV3Schema": "schema"},
    "subresources": {
        "status": {},
        "scale": {
            "specReplicasPath": "text",
            "statusReplicasPath": "text",
            "labelSelectorPath": "text",
        },
    },
    "additionalPrinterColumns": (
        "list",
        {
            "name": "text",
            "type": "text",
            "format": "text",
            "description": "text",
            "priority": "whole number",
            "jsonPath": "text",
        },
    ),
    "selectableFields": ("list", {"jsonPath": "text"}),
}
_DEFINITION: Final[_Form] = {
    "metadata": {"name": "text", "annotations": ("dict", "text")},
    "spec": {
        "group": "text",
        "scope": "text",
        "preserveUnknownFields": "truth value",
        "names": {
            "plural": "text",
            "singular": "text",
            "kind": "text",
            "listKind": "text",
            "shortNames": ("list", "text"),
            "categories": ("list", "text"),
        },
        "versions": ("list", _VERSION),
        "conversion": {"strategy": "text"},
    },
}
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "truth value": (bool,),
    "whole number": (int,),
    "number": (int, float),
    "list": (list,),
    "dict": (dict,),
}


def misformed(document: object) -> Fault | None:
    """Return the first place of a definition that is of another form, None if there is none.

    Assumes: its levels are counted.
    """
    return _fault(document, _DEFINITION, "")


def _fault(value: object, form: _Form, pointer: str) -> Fault | None:
    if value is None or form == "any":
        return None  # A null is as if nothing was there.
    if form == "schema or truth value":
        form = "truth value" if isinstance(value, bool) else "schema"
    if form == "schema":
        form = _SCHEMA
    if isinstance(form, str):
        fits = type(value) in _TYPES[form]
        return None if fits else Fault(pointer, f"must be a {form}, not {describe(value)}")
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return Fault(pointer, f"must be an object, not {describe(value)}")
        inside = cast("dict[str, object]", value)
        known = [(key, each, form[key]) for key, each in inside.items() if key in form]
    else:
        kind, each_form = form
        if not isinstance(value, dict if kind == "dict" else list):
            what = "an object" if kind == "dict" else "a list"
            return Fault(pointer, f"must be {what}, not {describe(value)}")
        several = (
            cast("dict[str, object]", value).items()
            if kind == "dict"
            else enumerate(cast("list[object]", value))
        )
        known = [(str(key), each, each_form) for key, each in several]
    for key, each, inner in known:
        if fault := _fault(each, inner, f"{pointer}/{escape(key)}"):
            return fault
    return None
