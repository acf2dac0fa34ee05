"""Applies that changed nothing: asked for again, they have the same answer.

1. What an answer follows from is the object that is there, the request, and for some kinds what
   else is there: only where all of it is the same is an apply not made again.
2. What is known stands beside the object in the store, and goes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reconcile.diff import equal
from reconcile.simulate.server import admission
from reconcile.simulate.server.store import Quiet

if TYPE_CHECKING:
    from reconcile.simulate.server.decoding import Body
    from reconcile.simulate.server.options import WriteOptions
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import JsonObject

__all__ = ["Asked", "asked_for", "known"]


class Asked(NamedTuple):
    """All that the answer to an apply follows from, besides the object that is there."""

    type: ResourceType
    said: tuple[object, ...]
    wanted: JsonObject
    around: tuple[object, ...]
    """What else is there, for kinds whose admission looks at it."""

    def same(self, other: object) -> bool:
        """Return whether two applies of one object have the same answer."""
        return (
            isinstance(other, Asked)
            and self.type is other.type
            and self.said == other.said
            and len(self.around) == len(other.around)
            and all(one is two for one, two in zip(self.around, other.around, strict=True))
            and equal(self.wanted, other.wanted)
        )


def asked_for(target: Target, options: WriteOptions, wanted: JsonObject, read: Body) -> Asked:
    """Return what an apply asks for; `wanted` is not changed later."""
    world = target.world
    around = (world.objects, world.taken) if admission.looks_around(target.type) else ()
    said = (target.subresource, options, read.twice, read.remarks)
    return Asked(target.type, said, wanted, around)


def known(target: Target, asked: Asked) -> tuple[str, ...] | None:
    """Return what an apply that would change nothing is warned of, None if nothing is known."""
    stored = target.stored
    quiet = None if stored is None else stored.quiet
    return quiet.warnings if isinstance(quiet, Quiet) and asked.same(quiet.asked) else None
