"""The parents that rules are asked about: those given, else examples made from the schema.

1. An example has what the schema requires, a second one all that the schema has: lists that are
   empty in the first are not in the second. Both have the labels that selectors ask for.
2. Related objects that nobody gives are examples, too: one for each name that `customize` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import ReconcileError
from reconcile.hook.controller import Controller
from reconcile.kinds import known
from reconcile.kinds import schema as schema_of
from reconcile.manifests.checking.declared import scope_of
from reconcile.manifests.checking.definitions import definition_of
from reconcile.manifests.checking.examples import example
from reconcile.manifests.checking.installed import member, objects
from reconcile.manifests.definition import crd
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.objects.resource import Parent
from reconcile.state.declared import Decorated, Related, gvk_of, namespaced
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconcile.hook.controller import Decorator
    from reconcile.value.types import Json, JsonObject

__all__ = ["Sample", "related_of", "request_of", "samples"]

_LABELS: Final[dict[str, str]] = {"app": "example"}
_DATA: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("v1", "ConfigMap"): {"example": "example"},
    ("v1", "Secret"): {"example": "ZXhhbXBsZQ=="},
}
"""What nobody makes such an object without."""
_UID: Final = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True)
class Sample:
    """A parent to ask the rules about."""

    document: JsonObject
    related: tuple[JsonObject, ...] | None
    """The related objects; None makes them up."""
    schema: Mapping[str, Any]
    """The schema of its kind, empty where nobody knows it."""
    certain: bool
    """Whether somebody gave it: a rule that fails for it is wrong."""
    least: bool = True
    """Whether it is no second example, which may contradict itself."""


def samples(
    controller: Controller[Any] | Decorator[Any],
    given: Sequence[JsonObject],
    documents: Sequence[JsonObject],
) -> list[Sample]:
    """Return the parents to ask about.

    Shape: `given` are objects of the controller's kinds, or requests that hold one; `documents`
        may hold the definition of the parent.
    """
    made: list[Sample] = []
    for document in given:
        held = document.get("parent") or document.get("object")
        parent = held if isinstance(held, dict) else document
        related = _related_in(document) if isinstance(held, dict) else None
        schema = _schema(controller, parent, documents)
        cluster = _cluster_scoped(controller, parent)
        made.append(Sample(_named(parent, cluster=cluster), related, schema, certain=True))
    return made or [*_examples(controller, documents)]


def _related_in(request: JsonObject) -> tuple[JsonObject, ...]:
    groups = request.get("related")
    return tuple(
        each
        for group in (groups.values() if isinstance(groups, dict) else ())
        for each in (group.values() if isinstance(group, dict) else ())
        if isinstance(each, dict)
    )


def _examples(
    controller: Controller[Any] | Decorator[Any], documents: Sequence[JsonObject]
) -> Iterator[Sample]:
    if isinstance(controller, Controller):
        kind: JsonObject = {
            "apiVersion": controller.gvk.api_version,
            "kind": controller.gvk.kind,
        }
        schema = _schema(controller, kind, documents)
        cluster = _cluster_scoped(controller, kind)
        for whole in (False, True):
            made = _example(kind, schema, cluster=cluster, whole=whole)
            yield Sample(made, None, schema, certain=False, least=not whole)
        return
    for each in controller.decorated:
        kind = {"apiVersion": each.kind.gvk.api_version, "kind": each.kind.gvk.kind}
        schema = _schema(controller, kind, documents)
        made = _example(kind, schema, cluster=not each.kind.namespaced, whole=False)
        yield Sample(_selected(made, each), None, schema, certain=False)


def _cluster_scoped(controller: Controller[Any] | Decorator[Any], document: JsonObject) -> bool:
    if isinstance(controller, Controller):
        return scope_of(controller) == "Cluster"
    gvk = Gvk(str(document.get("apiVersion")), str(document.get("kind")))
    return not controller.resources[gvk].namespaced


def _schema(
    controller: Controller[Any] | Decorator[Any],
    document: JsonObject,
    documents: Sequence[JsonObject],
) -> Mapping[str, Any]:
    """Return the schema of a parent: of its class, else of its definition or its kind."""
    names = (str(document.get("apiVersion")), str(document.get("kind")))
    definition: JsonObject | None = None
    if isinstance(controller, Controller):
        parent: Any = controller.parent
        if issubclass(parent, Parent):
            try:
                definition = crd(cast("type[Parent[Any, Any]]", parent))
            except ReconcileError:
                definition = None
        definition = definition or definition_of(controller, documents)
    for version in objects(member(definition, "spec", "versions")):
        if version.get("name") == names[0].rpartition("/")[2]:
            found = member(version, "schema", "openAPIV3Schema")
            return found if isinstance(found, dict) else {}
    return schema_of(*names) if known(*names) else {}


def _example(
    kind: JsonObject, schema: Mapping[str, Any], *, cluster: bool, whole: bool
) -> JsonObject:
    properties: Mapping[str, Any] = schema.get("properties") or {}
    made: JsonObject = {**kind, "metadata": {"name": "example"}}
    if "spec" in properties:
        spec = example(properties["spec"], whole=whole)
        made["spec"] = spec
        inner: Mapping[str, Any] = properties["spec"].get("properties") or {}
        if isinstance(spec, dict) and "selector" in inner:
            _select(spec, inner)
    return _named(made, cluster=cluster)


def _select(spec: JsonObject, inner: Mapping[str, Any]) -> None:
    """Let a selector and the template beside it speak of the same labels."""
    spec["selector"] = {"matchLabels": dict(_LABELS)}
    if "template" in inner:
        template = spec.get("template")
        made: JsonObject = dict(template) if isinstance(template, dict) else {}
        metadata = made.get("metadata")
        held: JsonObject = dict(metadata) if isinstance(metadata, dict) else {}
        made["metadata"] = {**held, "labels": dict(_LABELS)}
        spec["template"] = made


def _selected(document: JsonObject, each: Decorated[Any]) -> JsonObject:
    """Return an object with the labels and annotations that a decorator asks for."""
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    for name, selector, exact in (
        ("labels", each.label_selector, "matchLabels"),
        ("annotations", each.annotation_selector, "matchAnnotations"),
    ):
        texts = _texts(selector or {}, exact)
        if texts:
            metadata[name] = cast("Json", texts)
    return document


def _texts(selector: Mapping[str, Any], exact: str) -> dict[str, str]:
    """Return texts that a selector selects."""
    texts = dict(selector.get(exact) or {})
    for expression in selector.get("matchExpressions") or ():
        if expression["operator"] == "Exists":
            texts.setdefault(expression["key"], "example")
        elif expression["operator"] == "In":
            texts.setdefault(expression["key"], expression["values"][0])
    return texts


def _named(document: JsonObject, *, cluster: bool) -> JsonObject:
    """Return an object with what the server, or kubectl, would have put on it."""
    made = cast("JsonObject", thaw(document))
    metadata = made.get("metadata")
    held: JsonObject = {**metadata} if isinstance(metadata, dict) else {}
    if not cluster and not held.get("namespace"):
        held["namespace"] = "default"
    made["metadata"] = {**held, "uid": held.get("uid") or _UID, "generation": 1}
    made.setdefault("spec", {})
    return made


def related_of(asked: Sequence[Related], *, namespace: str) -> tuple[JsonObject, ...]:
    """Return objects that are what `customize` asks for."""
    made: list[JsonObject] = []
    for each in asked:
        gvk = gvk_of(each.kind)
        schema: Mapping[str, Any] = schema_of(*gvk) if known(*gvk) else {}
        labels = _texts(each.labels or {}, "matchLabels")
        for name in each.names or ("example",):
            document = example(schema) if schema else {}
            assert isinstance(document, dict)
            metadata: JsonObject = {"name": name, "uid": f"uid-of-{name}"}
            if namespaced(each.kind) is not False:
                metadata["namespace"] = each.namespace or namespace or "default"
            if labels:
                metadata["labels"] = cast("Json", labels)
            if (gvk.api_version, gvk.kind) in _DATA:
                document["data"] = dict(_DATA[gvk.api_version, gvk.kind])
            made.append(
                {**document, "apiVersion": gvk.api_version, "kind": gvk.kind, "metadata": metadata}
            )
    return tuple(made)


def request_of(
    controller: Controller[Any] | Decorator[Any], sample: Sample, related: Sequence[JsonObject]
) -> JsonObject:
    """Return the first request of Metacontroller for a parent, of hooks of version 2."""
    composite = isinstance(controller, Controller)
    kind = "CompositeController" if composite else "DecoratorController"
    groups: dict[str, dict[str, Json]] = {}
    for each in related:
        gvk = Gvk(str(each.get("apiVersion")), str(each.get("kind")))
        ref = Ref.of(each)
        name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
        groups.setdefault(gvk.key, {})[name] = each
    return {
        "controller": {"kind": kind, "metadata": {"name": "example"}, "spec": {}},
        "parent" if composite else "object": sample.document,
        "children" if composite else "attachments": {
            child.gvk.key: {} for child in controller.children
        },
        "related": cast("Json", groups),
        "finalizing": False,
    }
