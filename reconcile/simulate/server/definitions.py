"""CustomResourceDefinitions as objects that live: names accepted, established, emptied, gone.

1. `prepare` and `prepare_change` are the strategy of a write; the rest are the controllers that run
   in the server itself, stepped by it after each write of a definition.
2. Which resources are served follows from the definitions that are established.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go,
pkg/controller/{status,establish,finalizer}; recorded conversations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.diff import equal, server_side_update
from reconcile.kinds.structural import named
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.conditions import Condition, holds, set_condition
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import Catalogue
    from reconcile.simulate.server.store import Stored, World
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "CLEANUP",
    "KIND",
    "controlled",
    "definitions_of",
    "emptied",
    "established",
    "finalized",
    "prepare",
    "prepare_change",
]

KIND: Final = "apiextensions.k8s.io/CustomResourceDefinition/"
CLEANUP: Final = "customresourcecleanup.apiextensions.k8s.io"
_MANAGER: Final = "kube-apiserver"
_ESTABLISHED: Final = Condition(
    "Established",
    good=True,
    reason="InitialNamesAccepted",
    message="the initial names have been accepted",
)
_NOT_ACCEPTED: Final = Condition(
    "Established", good=False, reason="NotAccepted", message="not all names are accepted"
)
_TERMINATING: Final = Condition(
    "Terminating",
    good=True,
    reason="InstanceDeletionPending",
    message="CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
)
_EMPTYING: Final = Condition(
    "Terminating",
    good=True,
    reason="InstanceDeletionInProgress",
    message="CustomResource deletion is in progress",
)


def prepare(document: JsonObject) -> None:
    """Give a new definition its first status."""
    versions = cast("list[JsonObject]", cast("JsonObject", document["spec"]).get("versions") or [])
    stored = [each["name"] for each in versions if each.get("storage") is True and "name" in each]
    document["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": cast("Json", stored or None),
    }


def prepare_change(before: JsonObject, after: JsonObject) -> None:
    """Keep the versions that objects were ever stored in."""
    spec, old = after.get("spec"), before.get("spec")
    if not isinstance(spec, dict) or equal(spec, old):
        return
    status = cast("JsonObject", after.setdefault("status", {}))
    stored = list(cast("list[Json]", status.get("storedVersions") or []))
    for each in cast("list[JsonObject]", spec.get("versions") or []):
        if each.get("storage") is True and each.get("name") not in stored:
            stored.append(each.get("name"))
    status["storedVersions"] = stored


def definitions_of(world: World) -> Iterator[Stored]:
    """Yield all definitions."""
    return world.objects.values(KIND)


def established(world: World) -> list[dict[str, Any]]:
    """Return the definitions whose resources are served."""
    return [
        cast("dict[str, Any]", held.document)
        for held in definitions_of(world)
        if holds(cast("JsonObject", held.document.get("status") or {}), "Established")
    ]


def controlled(world: World, catalogue: Catalogue) -> World:
    """Return the world after the controllers of definitions came to rest.

    Guarantees: names are accepted in the order in which definitions came.
    """
    for held in sorted(definitions_of(world), key=lambda each: str(each.metadata["name"])):
        world = _named(world, catalogue, held)
    return world


def _named(world: World, catalogue: Catalogue, held: Stored) -> World:
    """Accept the names of a definition that nobody else has, and establish it."""
    others = (
        cast("dict[str, Any]", other.document)
        for other in definitions_of(world)
        if other.metadata["name"] != held.metadata["name"]
    )
    naming = named(cast("dict[str, Any]", held.document), others)
    status = _status(held)
    status["acceptedNames"] = cast("Json", naming.accepted)
    now = stamp(world.now)
    accepted = Condition("NamesAccepted", naming.good, naming.reason, naming.message)
    set_condition(status, accepted, now)
    if not holds(status, "Established"):
        set_condition(status, _ESTABLISHED if naming.good else _NOT_ACCEPTED, now)
    return _with_status(world, catalogue, held, status)


def _status(held: Stored) -> JsonObject:
    """Return a copy of the status of a definition that can be changed."""
    return cast("JsonObject", thaw(held.document.get("status") or {}))


def _with_status(world: World, catalogue: Catalogue, held: Stored, status: JsonObject) -> World:
    """Write a status as the server itself does, if it differs."""
    if equal(held.document.get("status"), status):
        return world
    kind = catalogue.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    if kind is None:
        return world
    written = cast("JsonObject", thaw(held.document))
    written["status"] = status
    made = server_side_update(
        held.document,
        written,
        manager=_MANAGER,
        schema=kind.schema,
        time=stamp(world.now),
        subresource="status",
        ignored=[("f:spec",), ("f:metadata",)],
    )
    world, _ = world.put(f"{KIND}{held.metadata['name']}", made, held.form)
    return world


def finalized(document: JsonObject, now: str) -> None:
    """Mark a definition that is being deleted: its objects go first."""
    status = cast("JsonObject", document.setdefault("status", {}))
    set_condition(status, _TERMINATING, now)


def emptied(world: World, catalogue: Catalogue, held: Stored, *, left: bool) -> World:
    """Return the world after a look at a definition that is being deleted.

    Shape: `left` says whether objects of it are still there.
    """
    key = f"{KIND}{held.metadata['name']}"
    finalizers = [each for each in held.metadata.get("finalizers") or () if each != CLEANUP]
    if left:
        status = _status(held)
        set_condition(status, _EMPTYING, stamp(world.now))
        return _with_status(world, catalogue, held, status)
    if not finalizers:
        world, _ = world.drop(key)
        return world
    written = cast("JsonObject", thaw(held.document))
    cast("JsonObject", written["metadata"])["finalizers"] = cast("Json", finalizers)
    world, _ = world.put(key, written, held.form)
    return world
