"""The CustomResourceDefinition of a parent, as an API server takes it.

1. What the server would refuse is refused here, by the server's own rules: see
   `reconcile.kinds.structural`.
2. Status is a subresource, always: Metacontroller takes no parent without.
3. The status keeps what the engine writes, `conditions` and `observedGeneration`. It has no
   defaults, and no field of it is required at its top: the status of a parent that cannot be read
   holds conditions only.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from reconcile.errors import Fault
from reconcile.kinds.structural import crd_errors
from reconcile.manifests.schema import SchemaError, ordered, structural
from reconcile.objects.resource import Parent

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["crd"]

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_STEP: Final = re.compile(r"properties\[([^\]]*)\]|(items|additionalProperties)(?=\.|$)")
_ROOT: Final = "openAPIV3Schema"


def crd(parent: type[Parent[Any, Any]]) -> JsonObject:
    """Return the CustomResourceDefinition of a parent.

    Shape: apiextensions.k8s.io/v1 with one version, served and stored. Names are the class's.
        Descriptions are docstrings and `Field(description=)`; defaults are the fields' own, with
        what defaults inside of them say left out.
    Guarantees: an API server takes it. The same for the same class, in a fresh document.
    Raises: SchemaError with every field that a structural schema cannot say, and what to write
        instead. LimitError for a schema that is too large.
    """
    faults: list[Fault] = []
    if not parent._kind().group:  # pyright: ignore[reportPrivateUsage] -- raises without a kind
        faults.append(Fault("", "has no group, which a custom resource must have: say group="))
        raise SchemaError(faults, subject=parent.__name__)
    faults += [
        Fault(f"/{name}", "is not read by a parent: put it into spec or status")
        for name in parent.model_fields
        if name not in {"metadata", "spec", "status"}
    ]
    schema = _root(parent, faults)
    if faults:
        raise SchemaError(faults, subject=parent.__name__)
    gvk = parent.gvk
    names: JsonObject = {
        "kind": gvk.kind,
        "listKind": f"{gvk.kind}List",
        "plural": parent.plural,
        "singular": gvk.kind.lower(),
    }
    if parent.short_names:
        names["shortNames"] = list(parent.short_names)
    if parent.categories:
        names["categories"] = list(parent.categories)
    version: JsonObject = {
        "name": gvk.version,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {_ROOT: schema},
    }
    made: JsonObject = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{parent.plural}.{gvk.group}"},
        "spec": {
            "group": gvk.group,
            "scope": parent.scope,
            "names": names,
            "versions": [version],
        },
    }
    _checked(made, parent.__name__)
    return made


def _root(parent: type[Parent[Any, Any]], faults: list[Fault]) -> JsonObject:
    annotations = {name: field.annotation for name, field in parent.model_fields.items()}
    spec = _part(annotations["spec"], "/spec", faults)
    root: JsonObject = {"type": "object"}
    if description := cleandoc(parent.__doc__ or ""):
        root = {"description": description, **root}
    if spec.get("required"):
        root["required"] = ["spec"]
    elif any("default" in each for each in _properties(spec).values()):
        spec["default"] = {}  # an absent spec is read as an empty one
    root["properties"] = {"spec": ordered(spec), "status": _status(annotations["status"], faults)}
    return root


def _part(
    annotation: object, pointer: str, faults: list[Fault], *, written: bool = False
) -> JsonObject:
    # The class's own parameter: nobody said what it holds.
    told = Any if isinstance(annotation, TypeVar) else annotation
    part = structural(told, pointer, faults, written=written)
    if part.get(_OPEN) is True:
        part = {"type": "object", **part}
        part.pop("nullable", None)
    return part


def _status(annotation: object, faults: list[Fault]) -> JsonObject:
    """Return the schema of a status, with what the engine writes."""
    found: list[Fault] = []
    status = _part(annotation, "/status", found, written=True)
    if status.get("type") != "object" or "additionalProperties" in status:
        status = cast("JsonObject", {"type": "object", _OPEN: True})
    elif not (len(found) == 1 and found[0].pointer == "/status"):
        faults.extend(found)
    for key in ("nullable", "required"):
        status.pop(key, None)
    status["properties"] = cast("Json", {**_properties(status), **_engine()})
    return ordered(status)


def _properties(schema: JsonObject) -> dict[str, JsonObject]:
    return cast("dict[str, JsonObject]", schema.get("properties") or {})


def _engine() -> dict[str, JsonObject]:
    """Return what the engine and Metacontroller write into every status."""
    text: JsonObject = {"type": "string"}
    number: JsonObject = {"type": "integer", "format": "int64"}
    condition: JsonObject = {
        "type": "object",
        "required": ["type", "status"],
        "properties": {
            "type": dict(text),
            "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
            "reason": dict(text),
            "message": dict(text),
            "lastTransitionTime": {"type": "string", "format": "date-time"},
            "observedGeneration": dict(number),
        },
    }
    return {
        "observedGeneration": dict(number),
        "conditions": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
            "items": condition,
        },
    }


def _checked(made: JsonObject, subject: str) -> None:
    """Raise for what the server would refuse."""
    spec = cast("dict[str, Any]", made["spec"])
    stored: list[Json] = [version["name"] for version in spec["versions"]]
    held: JsonObject = {**made, "status": {"storedVersions": stored}}
    faults = [
        Fault(_pointer(error.path), f"the server refuses it: {error.detail}")
        for error in crd_errors(held)
    ]
    if faults:
        raise SchemaError(faults, subject=subject)


def _pointer(path: str) -> str:
    """Return the place of an object that an error of the server is about, "" for all of it."""
    _, found, within = path.partition(_ROOT)
    if not found:
        return ""
    steps = (step[1] if step[2] is None else "*" for step in _STEP.finditer(within))
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
