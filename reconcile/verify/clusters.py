"""The clusters that a test makes, and what its report tells of them.

1. A report tells of each cluster what happened and what is there, as the cluster itself tells it:
   no value of an object is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict

from reconcile.simulate.cluster import Cluster

if TYPE_CHECKING:
    from typing import Unpack

    from reconcile.kinds._loop import Apply
    from reconcile.objects.accept import Acceptable
    from reconcile.simulate.actors.actor import Actor
    from reconcile.simulate.cluster import AnyController

__all__ = ["ClusterFactory", "ClusterOptions"]

_LINES: Final = 100
"""Of a timeline, the last ones; who wants all of it prints it."""


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


class ClusterFactory:
    """Makes clusters for one test: what the fixture `cluster` is.

    Shape: called as `Cluster` is. `apply` is how their Metacontrollers write children unless a call
        says so itself.
    """

    def __init__(self, apply: Apply = "dynamic") -> None:
        self.apply: Apply = apply
        self._made: list[Cluster] = []

    def __call__(self, *controllers: AnyController, **options: Unpack[ClusterOptions]) -> Cluster:
        """Return a new cluster. Raises: as `Cluster`."""
        options.setdefault("apply", self.apply)
        made = Cluster(*controllers, **options)
        self._made.append(made)
        return made

    def report(self) -> list[tuple[str, str]]:
        """Return what happened in each cluster, and what is there: titles and texts."""
        told: list[tuple[str, str]] = []
        for number, made in enumerate(self._made, 1):
            which = f"cluster {number} of {len(self._made)}" if len(self._made) > 1 else "cluster"
            how = "server-side" if made.server_side else "dynamic"
            told.append((f"{which} ({how} apply): timeline", _last(made.timeline())))
            told.append((f"{which}: tree", made.tree() or "nothing is there"))
        return told


def _last(text: str) -> str:
    """Return the last lines of a timeline."""
    lines = text.splitlines()
    if len(lines) <= _LINES:
        return text or "nothing happened"
    return "\n".join([f"({len(lines) - _LINES} lines before)", *lines[-_LINES:]])
