"""Everything that runs beside the server, stepped until nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.errors import LimitError
from reconcile.simulate import definitions, garbage_collector, namespaces
from reconcile.simulate.deleting import delete
from reconcile.simulate.garbage_collector import target_of
from reconcile.simulate.options import DeleteOptions
from reconcile.simulate.status import ApiError

if TYPE_CHECKING:
    from reconcile.simulate.resource_type import Catalogue
    from reconcile.simulate.store import Stored, World

__all__ = ["settled"]

_MOST: Final = 100_000


def settled(world: World, catalogue: Catalogue) -> World:
    """Return the world when the collector and the controllers of the server have come to rest.

    Raises: LimitError after 100,000 steps.
    """
    for _ in range(_MOST):
        before = world
        world = _definitions(world, catalogue)
        world = namespaces.step(world, catalogue)
        world = garbage_collector.step(world, catalogue)
        if world is before or world.version == before.version:
            return world
    limit = "steps until a world is at rest"
    raise LimitError(limit, _MOST)


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
