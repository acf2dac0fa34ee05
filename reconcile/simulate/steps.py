"""One step of a cluster: one event.

Source: `Cluster.steps` tells which are possible.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

__all__ = ["Step", "What"]

What: TypeAlias = Literal["deliver", "reconcile", "sync", "collect", "act"]
"""What happens: an event of one kind reaches Metacontroller; it looks at a controller object; it
syncs one parent; the server's own controllers do the next thing; an actor looks at an object."""


class Step(NamedTuple):
    """Something that can happen."""

    what: What
    about: str = ""
    """Of a delivery the kind, as `apps/Deployment/`; of a sync the controller and the parent."""

    def __str__(self) -> str:
        return f"{self.what} {self.about}".rstrip()
