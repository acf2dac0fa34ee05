"""The garbage collector: what goes, waits or is let go when its owners do.

1. An actor beside the server: it looks at the world and acts through what requests act through,
   under its own name. `step` does one thing at most; a world that it leaves as it is has come to
   rest for it.
2. Owners are found by version, kind, name and the dependent's own namespace, and must have the uid
   that the reference names; a kind that nobody serves decides nothing.

Source: k8s.io/kubernetes pkg/controller/garbagecollector/garbagecollector.go; recorded
conversations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.simulate.server.deleting import delete
from reconcile.simulate.server.options import DeleteOptions, WriteOptions
from reconcile.simulate.server.status import ApiError
from reconcile.simulate.server.writing import Target, metadata_of, update
from reconcile.value.frozen import thaw
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from reconcile.simulate.server.options import Propagation
    from reconcile.simulate.server.resource_type import Catalogue
    from reconcile.simulate.server.store import Stored, World
    from reconcile.simulate.server.writing import Made
    from reconcile.value.types import Json, JsonObject

__all__ = ["MANAGER", "step", "target_of"]

MANAGER: Final = "kube-controller-manager"
_FOREGROUND: Final = "foregroundDeletion"
_ORPHAN: Final = "orphan"
_OPTIONS: Final = WriteOptions(dry_run=False, manager=MANAGER, validation="Ignore")


class _Node(NamedTuple):
    """An object, and what is known of it."""

    stored: Stored

    @property
    def references(self) -> Sequence[dict[str, Any]]:
        return self.stored.metadata.get("ownerReferences") or ()

    @property
    def uid(self) -> str:
        return str(self.stored.metadata.get("uid"))

    @property
    def finalizers(self) -> list[str]:
        return list(self.stored.metadata.get("finalizers") or ())

    @property
    def deleting(self) -> bool:
        return self.stored.metadata.get("deletionTimestamp") is not None

    @property
    def waiting(self) -> bool:
        """Whether it waits for its dependents to go."""
        return self.deleting and _FOREGROUND in self.finalizers


def target_of(world: World, catalogue: Catalogue, stored: Stored) -> Target | None:
    """Return an object as the target of a request, None if nobody serves it."""
    document = stored.document
    kind = catalogue.find_kind(str(document.get("apiVersion")), str(document.get("kind")))
    if kind is None:
        return None
    metadata = stored.metadata
    return Target(
        world, catalogue, kind, str(metadata.get("namespace") or ""), str(metadata["name"])
    )


def step(world: World, catalogue: Catalogue) -> World:
    """Return the world after the next thing the collector does, the same one if none is left."""
    nodes = [_Node(stored) for stored in world.objects.values()]
    dependents: dict[str, list[_Node]] = {}
    for node in nodes:
        for reference in node.references:
            dependents.setdefault(str(reference.get("uid")), []).append(node)
    for node in nodes:
        if not node.deleting and not node.references:
            continue
        made = _looked_at(world, catalogue, node, dependents)
        if made is not world:
            return made
    return world


def _looked_at(
    world: World, catalogue: Catalogue, node: _Node, dependents: dict[str, list[_Node]]
) -> World:
    target = target_of(world, catalogue, node.stored)
    if target is None:
        return world
    below = dependents.get(node.uid, [])
    if node.deleting and _ORPHAN in node.finalizers:
        for dependent in below:
            other = target_of(world, catalogue, dependent.stored)
            if other is not None:
                return _let_go(other, {node.uid})
        return _without_finalizer(target, _ORPHAN)
    if node.waiting:
        if any(_blocks(each, node.uid) for each in below):
            return world  # those below are looked at in their turn
        return _without_finalizer(target, _FOREGROUND)
    if node.deleting or not node.references:
        return world
    return _owned(target, node, dependents)


def _blocks(node: _Node, uid: str) -> bool:
    return any(
        each.get("uid") == uid and each.get("blockOwnerDeletion") is True
        for each in node.references
    )


def _owned(target: Target, node: _Node, dependents: dict[str, list[_Node]]) -> World:
    """Decide about an object with owners."""
    solid: list[str] = []
    dangling: set[str] = set()
    waiting: set[str] = set()
    for reference in node.references:
        found = _owner(target, reference)
        uid = str(reference.get("uid"))
        if found is ABSENT:
            dangling.add(uid)
        elif found is None:
            return target.world
        elif _Node(found).waiting:
            waiting.add(uid)
        else:
            solid.append(uid)
    if solid:
        if dangling or waiting:
            return _let_go(target, dangling | waiting)
        return target.world
    below = dependents.get(node.uid, [])
    if waiting and below:
        if any(each.waiting for each in below):
            target = target._replace(world=_unblocked(target))
        return _deleted(target, node, "Foreground")
    policy: Propagation = "Background"
    if _ORPHAN in node.finalizers:
        policy = "Orphan"
    elif _FOREGROUND in node.finalizers:
        policy = "Foreground"
    return _deleted(target, node, policy)


def _owner(target: Target, reference: dict[str, Any]) -> Stored | Absent | None:
    """Return an owner, ABSENT if it is not there, None if that cannot be said."""
    kind = target.catalogue.find_kind(str(reference.get("apiVersion")), str(reference.get("kind")))
    if kind is None:
        return None
    if kind.served.namespaced and not target.namespace:
        return None  # a namespaced owner of an object without a namespace is no owner
    key = kind.key(target.namespace, str(reference.get("name")))
    found = target.world.objects.get(key)
    if found is None or found.metadata.get("uid") != reference.get("uid"):
        return ABSENT
    return found


def _deleted(target: Target, node: _Node, policy: Propagation) -> World:
    options = DeleteOptions(propagation=policy, uid=node.uid)
    try:
        return delete(target, options).world
    except ApiError:
        return target.world


def _let_go(target: Target, uids: set[str]) -> World:
    """Take references to owners off an object."""

    def make(before: JsonObject) -> Made:
        after = cast("JsonObject", thaw(before))
        metadata = metadata_of(after)
        kept = [
            each
            for each in cast("list[JsonObject]", metadata.get("ownerReferences") or [])
            if each.get("uid") not in uids
        ]
        if kept:
            metadata["ownerReferences"] = cast("Json", kept)
        else:
            metadata.pop("ownerReferences", None)
        return after, []

    return _changed(target, make)


def _unblocked(target: Target) -> World:
    """Let an object not hold up its owners any more: it is part of a circle."""

    def make(before: JsonObject) -> Made:
        after = cast("JsonObject", thaw(before))
        for each in cast("list[JsonObject]", metadata_of(after).get("ownerReferences") or []):
            if each.get("blockOwnerDeletion") is True:
                each["blockOwnerDeletion"] = False
        return after, []

    return _changed(target, make)


def _without_finalizer(target: Target, name: str) -> World:
    def make(before: JsonObject) -> Made:
        after = cast("JsonObject", thaw(before))
        metadata = metadata_of(after)
        kept = [
            each for each in cast("list[Json]", metadata.get("finalizers") or []) if each != name
        ]
        if kept:
            metadata["finalizers"] = kept
        else:
            metadata.pop("finalizers", None)
        return after, []

    return _changed(target, make)


def _changed(target: Target, make: Callable[[JsonObject], Made]) -> World:
    """Write an object, as far as the server lets the collector."""
    try:
        return update(target, make, _OPTIONS).world
    except ApiError:
        return target.world
