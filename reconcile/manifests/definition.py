"""The CustomResourceDefinition of a parent, as an API server takes it.

1. What the server would refuse is refused here, by the server's own rules: see
   `reconcile.kinds.structural`.
2. Status is a subresource, always: Metacontroller takes no parent without.
3. The status keeps what the engine writes, `conditions` and `observedGeneration`: as the model has
   them, or else as the engine writes them. It has no defaults, and no field of it is required at
   its top: the status of a parent that cannot be read holds conditions only.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from reconcile.errors import DefinitionError, Fault
from reconcile.manifests.marked import Marked, column
from reconcile.manifests.refused import refusals
from reconcile.manifests.schema import SchemaError, filled, ordered, structural
from reconcile.objects.marks import RULES, annotated
from reconcile.objects.resource import Parent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconcile.objects.marks import Scale
    from reconcile.value.types import Json, JsonObject

__all__ = ["crd", "engine"]

_OPEN: Final = "x-kubernetes-preserve-unknown-fields"
_ROOT: Final = "openAPIV3Schema"


def crd(
    parent: type[Parent[Any, Any]],
    *others: type[Parent[Any, Any]],
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> JsonObject:
    """Return the CustomResourceDefinition of a parent.

    Shape: apiextensions.k8s.io/v1. Names are the class's. The version of `parent` is the one that
        is stored; `others` are further versions of it, which the server answers with the same
        fields under another version: it drops those that their schema does not have. Descriptions
        are docstrings and `Field(description=)`; defaults are the fields' own, with what defaults
        inside of them say left out. `labels` and `annotations` are the definition's own.
    Guarantees: an API server takes it. The same for the same classes, in a fresh document.
    Raises: SchemaError with every field that a structural schema cannot say, and what to write
        instead. DefinitionError for versions that are not of one resource. LimitError for a schema
        that is too large.
    """
    if findings := _of_one_resource(parent, others):
        raise DefinitionError(findings, subject=parent.__name__)
    versions: list[Json] = [_version(each, storage=each is parent) for each in (parent, *others)]
    gvk = parent.gvk
    names: JsonObject = {
        "kind": gvk.kind,
        "listKind": parent.list_kind,
        "plural": parent.plural,
        "singular": parent.singular,
    }
    if parent.short_names:
        names["shortNames"] = list(parent.short_names)
    if parent.categories:
        names["categories"] = list(parent.categories)
    metadata: JsonObject = {"name": f"{parent.plural}.{gvk.group}"}
    for key, told in (("labels", labels), ("annotations", annotations)):
        if told:
            metadata[key] = dict(told)
    made: JsonObject = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": {
            "group": gvk.group,
            "scope": parent.scope,
            "names": names,
            "versions": versions,
        },
    }
    if faults := refusals(made):
        raise SchemaError(faults, subject=parent.__name__)
    return made


def _of_one_resource(
    parent: type[Parent[Any, Any]], others: Sequence[type[Parent[Any, Any]]]
) -> list[str]:
    """Return why some classes are not versions of one resource."""
    findings: list[str] = []
    gvk = parent._kind()  # pyright: ignore[reportPrivateUsage] -- raises without a kind
    seen = {gvk.version}
    for each in others:
        other = each._kind()  # pyright: ignore[reportPrivateUsage] -- as above
        if (other.group, other.kind) != (gvk.group, gvk.kind):
            findings.append(f"{each.__name__} is a {other}, no version of {gvk}")
        elif (each.plural, each.scope) != (parent.plural, parent.scope):
            findings.append(f"{each.__name__} has another plural or scope than {parent.__name__}")
        elif other.version in seen:
            findings.append(f"{each.__name__} is a second {other.version}")
        seen.add(other.version)
    return findings


def _version(parent: type[Parent[Any, Any]], *, storage: bool) -> JsonObject:
    """Return one version. Raises: SchemaError."""
    faults: list[Fault] = []
    gvk = parent._kind()  # pyright: ignore[reportPrivateUsage] -- raises without a kind
    if not gvk.group:
        faults.append(Fault("", "has no group, which a custom resource must have: say group="))
        raise SchemaError(faults, subject=parent.__name__)
    faults += [
        Fault(f"/{name}", "is not read by a parent: put it into spec or status")
        for name in parent.model_fields
        if name not in {"metadata", "spec", "status"}
    ]
    marked = Marked()
    schema = _root(parent, faults, marked)
    subresources: JsonObject = {"status": {}}
    if parent.scale is not None:
        subresources["scale"] = parent.scale.to_wire()
        nothing = parent.model_fields["status"].annotation in {None, type(None)}
        faults += _unscalable(parent.scale, schema, open_status=not nothing)
    if faults:
        raise SchemaError(faults, subject=parent.__name__)
    version: JsonObject = {"name": gvk.version, "served": parent.served, "storage": storage}
    if parent.deprecated:
        version["deprecated"] = True
        if isinstance(parent.deprecated, str):
            version["deprecationWarning"] = parent.deprecated
    columns = [
        *marked.columns,
        *(
            column(each, name=str(each.name), kind=str(each.type), path=str(each.json_path))
            for each in parent.columns
        ),
    ]
    if columns:
        version["additionalPrinterColumns"] = cast("Json", columns)
    if marked.selectable:
        version["selectableFields"] = cast("Json", marked.selectable)
    version["subresources"] = subresources
    version["schema"] = {_ROOT: schema}
    return version


def _unscalable(scale: Scale, schema: JsonObject, *, open_status: bool) -> list[Fault]:
    """Return which paths of a scale subresource lead to no field that it could be about.

    Shape: `open_status` is False for a parent that has no status of its own: it writes none.
    """
    faults: list[Fault] = []
    for told, path, kind in (
        ("spec", scale.spec, "integer"),
        ("status", scale.status, "integer"),
        ("selector", scale.selector, "string"),
    ):
        if path is None:
            continue
        node: Any = schema
        for step in path.removeprefix(".").split("."):
            inside: Any = node.get("properties") or {}
            if node.get(_OPEN) is True and step not in inside:
                break  # Whatever is in there: nobody can tell.
            node = inside.get(step) or {}
        unknown = node.get(_OPEN) is True and (open_status or not path.startswith(".status"))
        if not unknown and node.get("type") != kind:
            what = "whole number" if kind == "integer" else "text"
            pointer = "/" + path.removeprefix(".").replace(".", "/")
            faults.append(Fault(pointer, f"is no {what}, as scale={told}= needs it: add the field"))
    return faults


def _root(parent: type[Parent[Any, Any]], faults: list[Fault], marked: Marked) -> JsonObject:
    annotations = {name: annotated(field) for name, field in parent.model_fields.items()}
    spec = _part(annotations["spec"], "/spec", faults, marked, nulls=parent.nulls)
    root: JsonObject = {"type": "object"}
    if description := cleandoc(parent.__doc__ or ""):
        root = {"description": description, **root}
    if rules := parent._rules:  # pyright: ignore[reportPrivateUsage] -- of the same library
        root[RULES] = [rule.to_wire() for rule in rules]
    if spec.get("required"):
        root["required"] = ["spec"]
    elif "default" not in spec and any("default" in each for each in _properties(spec).values()):
        # An absent spec is read as an empty one; rules are asked about it as it stands here.
        spec["default"] = filled(spec) if RULES in spec else {}
    status = _status(annotations["status"], faults, marked, nulls=parent.nulls)
    for key, value in parent._schema.items():  # pyright: ignore[reportPrivateUsage] -- as above
        root[key] = value
        if value is None:
            del root[key]
    root["properties"] = {"spec": ordered(spec), "status": status}
    return root


def _part(
    annotation: object,
    pointer: str,
    faults: list[Fault],
    marked: Marked,
    *,
    nulls: bool,
    written: bool = False,
) -> JsonObject:
    # The class's own parameter: nobody said what it holds.
    told = Any if isinstance(annotation, TypeVar) else annotation
    part = structural(told, pointer, faults, written=written, marked=marked, nulls=nulls)
    if part.get(_OPEN) is True:
        part = {"type": "object", **part}
        part.pop("nullable", None)
    return part


def _status(annotation: object, faults: list[Fault], marked: Marked, *, nulls: bool) -> JsonObject:
    """Return the schema of a status, with what the engine writes."""
    found: list[Fault] = []
    status = _part(annotation, "/status", found, marked, nulls=nulls, written=True)
    if status.get("type") != "object" or "additionalProperties" in status:
        status = cast("JsonObject", {"type": "object", _OPEN: True})
    elif not (len(found) == 1 and found[0].pointer == "/status"):
        faults.extend(found)
    for key in ("nullable", "required"):
        status.pop(key, None)
    status["properties"] = _with_engine(_properties(status))
    return ordered(status)


def _with_engine(own: dict[str, JsonObject]) -> JsonObject:
    """Return the fields of a status, with those that the engine writes where they are not said."""
    added = {key: each for key, each in engine().items() if key not in own}
    return cast("JsonObject", {**own, **added})


def _properties(schema: JsonObject) -> dict[str, JsonObject]:
    return cast("dict[str, JsonObject]", schema.get("properties") or {})


def engine() -> dict[str, JsonObject]:
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
