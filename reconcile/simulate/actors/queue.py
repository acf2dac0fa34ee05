"""What the actors of a cluster have to do, and in which order.

1. A queue holds keys; the same key waits once. Time is the server's: what is due later is looked at
   when its clock has come there.
2. One step looks at one object.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from reconcile.errors import LimitError
from reconcile.simulate.actors.actor import Api, Later
from reconcile.simulate.server.settling import at_rest
from reconcile.simulate.server.store import Event

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Actor
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.server.store import World

__all__ = ["Queue"]

_MOST: Final = 100_000


class Queue:
    """The work of some actors on one server.

    Guarantees: the same events give the same steps. A copy costs what is waiting.
    """

    __slots__ = ("_due", "_later", "_rested", "_seen", "acted", "actors")

    def __init__(self, actors: Sequence[Actor]) -> None:
        self.actors = tuple(actors)
        self.acted = ""
        """The name of the actor that looked at an object last."""
        self._seen = 0
        self._rested = -1
        """The version at which nothing was left for the server's own controllers."""
        self._due: dict[tuple[int, str], None] = {}
        self._later: dict[tuple[int, str], datetime] = {}

    def copy(self) -> Queue:
        """Return a queue that goes its own way."""
        made = Queue(self.actors)
        made.acted = self.acted
        made._seen = self._seen
        made._rested = self._rested
        made._due = dict(self._due)
        made._later = dict(self._later)
        return made

    def look(self, server: ApiServer) -> bool:
        """Take in what happened and whose time has come; return whether anything is to be done."""
        world = server.world
        if self._seen < world.version:
            api = Api(server)
            events = _listed(world) if self._seen < world.floor else world.events(self._seen)
            self._seen = world.version
            for event in events:
                for number, actor in enumerate(self.actors):
                    for asked in actor.concerned(event, api):
                        self._add(number, asked, world.now)
        if self._later:
            for at, when in list(self._later.items()):
                if when <= world.now:
                    del self._later[at]
                    self._due[at] = None
        return bool(self._due)

    def _add(self, number: int, asked: str | Later, now: datetime) -> None:
        """Let an object be looked at; of two times that are to come, the sooner counts."""
        if isinstance(asked, str):
            self._due[number, asked] = None
            return
        at, when = (number, asked.key), now + timedelta(seconds=asked.seconds)
        self._later[at] = min(when, self._later.get(at, when))

    def step(self, server: ApiServer) -> bool:
        """Let one actor look at one object; return whether there was one to look at."""
        if not self.look(server):
            return False
        number, key = at = next(iter(self._due))
        del self._due[at]
        self.acted = self.actors[number].name
        after = self.actors[number].sync(Api(server), key)
        self._later.pop(at, None)
        if after is not None:
            self._later[at] = server.world.now + timedelta(seconds=after)
        return True

    @property
    def wakes(self) -> datetime | None:
        """When the next look is due that waits for its time, None if none waits."""
        return min(self._later.values(), default=None)

    def settle(self, server: ApiServer, seconds: float = 0.0) -> None:
        """Let the actors, the collector and the server's own controllers come to rest.

        Units: `seconds` by which the clock moves; what falls due on the way is done in its time.
        Raises: LimitError after 100,000 steps.
        """
        end = server.world.now + timedelta(seconds=seconds)
        self._rest(server)
        while (wakes := self.wakes) is not None and wakes <= end:
            server.settle(max(0.0, (wakes - server.world.now).total_seconds()))
            self._rest(server)
        server.settle(max(0.0, (end - server.world.now).total_seconds()))
        self._rest(server)

    def _rest(self, server: ApiServer) -> None:
        for _ in range(_MOST):
            known = self._rested >= server.world.floor
            if not known or not at_rest(server.world, server.catalogue, self._rested):
                server.settle()
            self._rested = server.world.version
            if not self.step(server):
                return
        limit = "steps until actors are at rest"
        raise LimitError(limit, _MOST)


def _listed(world: World) -> list[Event]:
    """Return all that is there as if it had just come: what happened before is forgotten."""
    return [
        Event(stored.version, "ADDED", key, stored.document, None, 0, stored.form, None)
        for key, stored in world.objects.items()
    ]
