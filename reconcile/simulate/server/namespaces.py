"""The namespace controller: a namespace that is being deleted is emptied, then it goes.

1. An actor beside the server, as the garbage collector is. Pods go first; while one is left,
   nothing else is touched.
2. What is left is told in the conditions of the namespace.

Source: k8s.io/kubernetes pkg/controller/namespace/deletion; recorded conversations.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, cast

from reconcile.diff import equal, server_side_update
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.conditions import Condition, set_condition
from reconcile.simulate.server.deleting import delete
from reconcile.simulate.server.garbage_collector import MANAGER, target_of
from reconcile.simulate.server.options import DeleteOptions
from reconcile.simulate.server.status import ApiError
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import Catalogue
    from reconcile.simulate.server.store import Stored, World
    from reconcile.value.types import Json, JsonObject

__all__ = ["step"]

_PREFIX: Final = "/Namespace/"
_GOOD: Final = (
    Condition(
        "NamespaceDeletionDiscoveryFailure",
        good=False,
        reason="ResourcesDiscovered",
        message="All resources successfully discovered",
    ),
    Condition(
        "NamespaceDeletionGroupVersionParsingFailure",
        good=False,
        reason="ParsedGroupVersions",
        message="All legacy kube types successfully parsed",
    ),
    Condition(
        "NamespaceDeletionContentFailure",
        good=False,
        reason="ContentDeleted",
        message="All content successfully deleted, may be waiting on finalization",
    ),
    Condition(
        "NamespaceContentRemaining",
        good=False,
        reason="ContentRemoved",
        message="All content successfully removed",
    ),
    Condition(
        "NamespaceFinalizersRemaining",
        good=False,
        reason="ContentHasNoFinalizers",
        message="All content-preserving finalizers finished",
    ),
)
"""What a namespace says when nothing holds it up: all these conditions tell of trouble."""


def step(world: World, catalogue: Catalogue) -> World:
    """Return the world after one look at each namespace that is being deleted."""
    for held in list(world.objects.values(_PREFIX)):
        if held.metadata.get("deletionTimestamp") and _spec(held).get("finalizers"):
            world = _emptied(world, catalogue, str(held.metadata["name"]))
    return world


def _spec(held: Stored) -> JsonObject:
    return cast("JsonObject", held.document.get("spec") or {})


def _inside(world: World, name: str) -> list[Stored]:
    return [stored for stored in world.objects.values() if stored.metadata.get("namespace") == name]


def _emptied(world: World, catalogue: Catalogue, name: str) -> World:
    before = world
    content = _inside(world, name)
    pods = [each for each in content if each.document.get("kind") == "Pod"]
    for stored in pods or content:
        if stored.metadata.get("deletionTimestamp") and stored.metadata.get("finalizers"):
            continue
        target = target_of(world, catalogue, stored)
        if target is None:
            continue
        try:
            world = delete(target, DeleteOptions(propagation="Background")).world
        except ApiError:
            continue
    left = _inside(world, name)
    if any(each.document.get("kind") == "Pod" for each in left):
        return _told(world, catalogue, name, [])
    if not left and world is not before:
        return world  # it goes in the next step, so that others may see it empty
    if pods:
        return _emptied(world, catalogue, name)
    if left:
        return _told(world, catalogue, name, left)
    return _gone(world, name)


def _gone(world: World, name: str) -> World:
    """Take the server's own finalizer off, and with it the namespace, unless others hold it."""
    key = f"{_PREFIX}{name}"
    held = world.objects.get(key)
    if held is None:
        return world
    named = cast("list[Json]", _spec(held)["finalizers"])
    finalizers = [each for each in named if each != "kubernetes"]
    if finalizers == named:
        return world  # it waits for others
    if not finalizers and not held.metadata.get("finalizers"):
        return world.drop(key)[0]
    after = cast("JsonObject", thaw(held.document))
    spec = cast("JsonObject", after["spec"])
    if finalizers:
        spec["finalizers"] = finalizers
    else:
        spec.pop("finalizers", None)
    return world.put(key, after, held.form)[0]


def _told(world: World, catalogue: Catalogue, name: str, left: list[Stored]) -> World:
    """Write into the conditions of a namespace what is left in it."""
    key = f"{_PREFIX}{name}"
    held = world.objects.get(key)
    kind = catalogue.find("", "v1", "namespaces")
    if held is None or kind is None:
        return world
    after = cast("JsonObject", thaw(held.document))
    status = cast("JsonObject", after.setdefault("status", {}))
    for condition in _conditions(catalogue, left):
        set_condition(status, condition, stamp(world.now))
    if equal(held.document.get("status"), status):
        return world
    made = server_side_update(
        held.document,
        after,
        manager=MANAGER,
        schema=kind.schema,
        time=stamp(world.now),
        subresource="status",
        ignored=[("f:spec",)],
    )
    return world.put(key, made, held.form)[0]


def _conditions(catalogue: Catalogue, left: list[Stored]) -> list[Condition]:
    """Return what is said of a namespace in which something is left."""
    resources: Counter[str] = Counter()
    finalizers: Counter[str] = Counter()
    for stored in left:
        document = stored.document
        kind = catalogue.find_kind(str(document["apiVersion"]), str(document["kind"]))
        if kind is not None:
            # The core group has no name, but the dot stays.
            resources[f"{kind.served.plural}.{kind.served.group}"] += 1
        finalizers.update(stored.metadata.get("finalizers") or ())
    made = list(_GOOD)
    if resources:
        message = f"Some resources are remaining: {_counted(resources, 'has')}"
        made[3] = made[3]._replace(good=True, reason="SomeResourcesRemain", message=message)
    if finalizers:
        told = _counted(finalizers, "in")
        message = f"Some content in the namespace has finalizers remaining: {told}"
        made[4] = made[4]._replace(good=True, reason="SomeFinalizersRemain", message=message)
    return made


def _counted(counts: Counter[str], word: str) -> str:
    parts = (f"{name} {word} {count} resource instances" for name, count in sorted(counts.items()))
    return ", ".join(parts)
