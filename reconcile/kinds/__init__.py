"""The kinds Kubernetes has built in: typed views, schemas, scopes and list rules.

1. One module per group and version (`core_v1`, `apps_v1`, ...), generated, holds the typed views.
   Importing this package loads none of them, and neither tables nor facts before somebody asks:
   a controller that only makes objects needs their classes and nothing else.
2. The functions here answer for built-in kinds; `with_crds` gives a table that answers the same
   questions for kinds of your own too.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconcile.diff import ListRule, Patch
    from reconcile.kinds._facts import Resource
    from reconcile.kinds._loop import Apply, Loop
    from reconcile.kinds._schema import Schema
    from reconcile.kinds._table import Field, Kinds
    from reconcile.objects.view import Kind
    from reconcile.value.types import JsonIn, JsonObject

__all__ = [
    "Field",
    "Kinds",
    "Loop",
    "Resource",
    "Schema",
    "defaulted",
    "differences_that_matter",
    "fields",
    "immutable_fields",
    "known",
    "list_rules",
    "loops",
    "plural",
    "resource",
    "schema",
    "scope",
    "validate",
    "with_crds",
]


@cache
def _built_in() -> Kinds:
    # A table of immutable facts; what it keeps are answers that never change.
    from reconcile.kinds._table import Kinds

    return Kinds()


def __getattr__(name: str) -> object:
    if name == "Field":
        from reconcile.kinds._table import Field

        return Field
    if name == "Kinds":
        from reconcile.kinds._table import Kinds

        return Kinds
    if name == "Loop":
        from reconcile.kinds._loop import Loop

        return Loop
    if name == "Resource":
        from reconcile.kinds._facts import Resource

        return Resource
    if name == "Schema":
        from reconcile.kinds._schema import Schema

        return Schema
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def schema(api_version: str, kind: str) -> Schema:
    """Return the schema of a built-in kind.

    Shape: a read-only OpenAPI v3 schema object with `x-kubernetes-list-type`, `-list-map-keys`,
        `-map-type`, `-patch-strategy` and `-patch-merge-key`; references are followed when
        somebody looks.
    Raises: ObjectError if the kind is not known.
    """
    return _built_in().schema(api_version, kind)


def scope(api_version: str, kind: str) -> Literal["Namespaced", "Cluster"]:
    """Return whether objects of a built-in kind live in namespaces.

    Raises: ObjectError if the kind is not known.
    """
    return _built_in().scope(api_version, kind)


def plural(api_version: str, kind: str) -> str:
    """Return the name of a built-in kind's resource, as in URLs.

    Raises: ObjectError if the kind is not known.
    """
    return _built_in().plural(api_version, kind)


def resource(api_version: str, kind: str) -> Resource:
    """Return how a built-in kind is served.

    Raises: ObjectError if the kind is not known.
    """
    return _built_in().resource(api_version, kind)


def list_rules(api_version: str, kind: str) -> Mapping[str, ListRule]:
    """Return how the items of each list of a built-in kind are told apart, by pointer pattern.

    Raises: ObjectError if the kind is not known.
    """
    return _built_in().list_rules(api_version, kind)


def fields(api_version: str, kind: str, *, pointer: str = "") -> Mapping[str, Field]:
    """Return the facts of the fields at one place of a built-in kind, by wire name.

    Raises: ObjectError if the kind is not known or has no such place.
    """
    return _built_in().fields(api_version, kind, pointer=pointer)


def immutable_fields(
    api_version: str, kind: str, *, observed: Mapping[str, JsonIn] | None = None
) -> tuple[str, ...]:
    """Return the places of a built-in kind that may not change once an object is there.

    Shape: pointer patterns, sorted; `*` is any item. A place stands for all that is in it. With
        the object that is there, also what may not change of this one: the data of a ConfigMap
        with `immutable: true`, the address that a Service has, the template of a Job that runs.
    Guarantees: an update that changes one of them is refused, or the field keeps its value. Not
        all that is refused is here: what may only grow, and what depends on other fields.
    Raises: ObjectError if the kind is not known.
    Source: see `reconcile/kinds/_immutable.py`.
    """
    return _built_in().immutable_fields(api_version, kind, observed=observed)


def defaulted(document: Mapping[str, JsonIn] | Kind) -> JsonObject:
    """Return an object of a built-in kind as the API server stores it when it is created.

    Shape: `document` is a whole object, a dict or a typed one; the result is a dict.
    Guarantees: defaults are filled in, nulls, empty members and unknown fields dropped, quantities
        and times written one way, as API server 1.36 does. A second time changes nothing. The
        argument is not changed, and shares no container with the result.
    Assumes: the object is valid; what is of a wrong type stays as it is. Left out is what depends
        on the cluster or the moment: uid, resourceVersion and times; addresses, IP families and
        node ports of Services; the default StorageClass; labels and selectors of Jobs, which hold
        the uid; answers of reviews; priority, tolerations and status of Pods; taints of Nodes.
    Raises: ObjectError if the kind is not known or it is no object.
    Cost: linear; the first object of a kind also reads its facts.
    Source: recordings of API server 1.36; k8s.io/kubernetes pkg/apis, defaults.go and strategy.go.
    """
    return _built_in().defaulted(document)


def differences_that_matter(
    desired: Mapping[str, JsonIn] | Kind, observed: Mapping[str, JsonIn] | Kind
) -> Patch:
    """Return what applying a desired object would change in what is stored of it.

    Shape: both are whole objects of one built-in kind, dicts or typed ones. The patch is
        for `observed` in its normal form, `defaulted(observed)`; it is empty where nothing that
        matters differs.
    Guarantees: fields that `desired` does not speak of, defaults, spelling, nulls, the order of
        associative lists and the status do not matter.
    Raises: ObjectError if the kind is not known, or `desired` does not fit it.
    Cost: linear.
    """
    return _built_in().differences_that_matter(desired, observed)


def loops(desired: Mapping[str, JsonIn] | Kind, *, apply: Apply = "dynamic") -> tuple[Loop, ...]:
    """Return the fields of a desired object that come again at every sync, for ever.

    Shape: a whole object of a built-in kind, as a hook returns it. `apply` is Metacontroller's
        strategy. Each field comes with the reason, and with what to do about it.
    Guarantees: nothing where the object is stored as it is written, or what it leaves out is kept.
        Dynamic apply writes again what is stored in another way; server-side apply does not.
        Under both, what the server refuses is sent again for ever.
    Assumes: nobody but the server and Metacontroller writes, and the cluster adds nothing of its
        own (see `defaulted`) but tolerations to Pods. What depends on the parent, on other objects
        or on what was desired before is not seen: labels that its selector does not match, another
        controller, a field that may not change, Recreate under server-side apply, which fails for
        ever where the kind has a generation.
    Raises: ObjectError if the kind is not known.
    Cost: a few times that of `defaulted`.
    Source: recordings of Metacontroller 4.17.2 whose syncs write or fail without end.
    """
    return _built_in().loops(desired, apply=apply)


def known(api_version: str, kind: str) -> bool:
    """Tell whether a kind is built in and known."""
    return _built_in().known(api_version, kind)


def validate(document: Mapping[str, JsonIn] | Kind, *, unknown: bool = True) -> None:
    """Raise unless the API server may take an object of a built-in kind.

    Shape: `document` is a whole object, a dict or a typed one. `unknown=False` lets fields pass
        that the kind does not have, which the server drops unless it is asked to be strict.
    Guarantees: all faults at once, sorted by where they are; no message holds a value. Types,
        required fields, keys of lists, quantities, times, names, labels, annotations and the
        namespace are looked at, and what the server demands of the kind. What the cluster decides
        is not.
    Raises: ObjectError with the faults, or if the kind is not known; LimitError for more than 128
        levels.
    Cost: linear.
    """
    _built_in().validate(document, unknown=unknown)


def with_crds(crds: Iterable[Mapping[str, JsonIn]]) -> Kinds:
    """Return a table of the built-in kinds and those of these CustomResourceDefinitions.

    Raises: ObjectError with all that is missing in them.
    """
    return _built_in().with_crds(crds)
