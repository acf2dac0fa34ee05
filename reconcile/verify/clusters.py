"""The clusters that a test makes, and what its report tells of them.

1. Only what happened since the beginning is told: not how the cluster was set up.
2. No text holds a value of an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from reconcile.simulate.cluster import Cluster
from reconcile.verify.telling import timeline, tree

if TYPE_CHECKING:
    from typing import Unpack

    from reconcile.kinds._loop import Apply
    from reconcile.objects.accept import Acceptable
    from reconcile.simulate.actors.actor import Actor
    from reconcile.simulate.cluster import AnyController

__all__ = ["ClusterFactory", "ClusterOptions"]


class ClusterOptions(TypedDict, total=False):
    """The options of a `Cluster`."""

    namespace: str
    apply: Apply
    objects: Iterable[Acceptable]
    actors: Sequence[Actor]
    now: datetime
    seed: int
    faithful: bool
    pure: bool
    order: Callable[[Iterable[tuple[str, str]]], list[tuple[str, str]]]
    pause: float
    options: Mapping[str, Any] | None


class _Made(NamedTuple):
    cluster: Cluster
    begun: int
    """The version at which it was set up."""


class ClusterFactory:
    """Makes clusters for one test: what the fixture `cluster` is.

    Shape: called as `Cluster` is. `apply` is how their Metacontrollers write children unless a call
        says so itself.
    """

    def __init__(self, apply: Apply = "dynamic") -> None:
        self.apply: Apply = apply
        self._made: list[_Made] = []

    def __call__(self, *controllers: AnyController, **options: Unpack[ClusterOptions]) -> Cluster:
        """Return a new cluster. Raises: as `Cluster`."""
        options.setdefault("apply", self.apply)
        made = Cluster(*controllers, **options)
        self._made.append(_Made(made, made.server.world.version))
        return made

    def report(self) -> list[tuple[str, str]]:
        """Return what happened in each cluster, and what is there: titles and texts."""
        told: list[tuple[str, str]] = []
        for number, made in enumerate(self._made, 1):
            which = f"cluster {number} of {len(self._made)}" if len(self._made) > 1 else "cluster"
            how = "server-side" if made.cluster.server_side else "dynamic"
            told += [
                (f"{which} ({how} apply): timeline", timeline(made.cluster, made.begun)),
                (f"{which}: tree", tree(made.cluster)),
            ]
        return told
