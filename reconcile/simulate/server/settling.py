"""Everything that runs beside the server, stepped until nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import LimitError
from reconcile.simulate.server import definitions, garbage_collector, namespaces
from reconcile.simulate.server.deleting import delete
from reconcile.simulate.server.garbage_collector import target_of
from reconcile.simulate.server.options import DeleteOptions
from reconcile.simulate.server.status import ApiError

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import Catalogue
    from reconcile.simulate.server.store import Stored, World

__all__ = ["at_rest", "settled", "stepped"]

_MOST: Final = 100_000


def settled(world: World, catalogue: Catalogue) -> World:
    """Return the world when the collector and the controllers of the server have come to rest.

    Raises: LimitError after 100,000 steps.
    """
    for _ in range(_MOST):
        before = world
        world = stepped(world, catalogue)
        if world is before or world.version == before.version:
            return world
    limit = "steps until a world is at rest"
    raise LimitError(limit, _MOST)


def stepped(world: World, catalogue: Catalogue) -> World:
    """Return the world after one step of each controller; the same one if it is at rest."""
    world = _definitions(world, catalogue)
    world = namespaces.step(world, catalogue)
    return garbage_collector.step(world, catalogue)


def at_rest(world: World, catalogue: Catalogue, since: int) -> bool:
    """Return whether nothing is left to be done, if the world was at rest at a version.

    Guarantees: false where it cannot be said at once.
    Cost: the number of events since then, whatever else there is.
    """
    for event in world.newest_first(since):
        if event.type == "DELETED":
            return False
        metadata = cast("Mapping[str, Any]", event.after["metadata"])
        if metadata.get("deletionTimestamp"):
            return False
        for owner in metadata.get("ownerReferences") or ():
            kind = catalogue.find_kind(str(owner.get("apiVersion")), str(owner.get("kind")))
            if kind is None:
                return False
            held = world.objects.get(
                kind.key(metadata.get("namespace", ""), str(owner.get("name")))
            )
            if held is None or held.metadata.get("uid") != owner.get("uid"):
                return False
            if held.metadata.get("deletionTimestamp"):
                return False
    return True


def _definitions(world: World, catalogue: Catalogue) -> World:
    """Delete the objects of definitions that are being deleted, then the definitions."""
    for held in list(definitions.definitions_of(world)):
        if not held.metadata.get("deletionTimestamp"):
            continue
        if definitions.CLEANUP not in (held.metadata.get("finalizers") or ()):
            continue
        for stored in _objects(world, held):
            target = target_of(world, catalogue, stored)
            waits = stored.metadata.get("deletionTimestamp") and stored.metadata.get("finalizers")
            if target is not None and not waits:
                try:
                    world = delete(target, DeleteOptions()).world
                except ApiError:
                    continue
        left = bool(_objects(world, held))
        world = definitions.emptied(world, catalogue, held, left=left)
    return world


def _objects(world: World, held: Stored) -> list[Stored]:
    spec = held.document["spec"]
    if not isinstance(spec, dict):
        return []
    names = spec["names"]
    kind = names.get("kind") if isinstance(names, dict) else ""
    return list(world.objects.values(f"{spec['group']}/{kind}/"))
