"""The wall clock: lets the simulated time follow it, and lets the controllers of the server run.

1. Time passes in whole steps of `settle(seconds)`: before a write when some has passed, soon after
   a write, and now and then.
2. A world that takes long to settle is settled less often, so that requests keep most of the time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["LOGGER", "Pace", "Settling"]

LOGGER: Final = logging.getLogger("reconcile.http_api")

_SOON: Final = 0.02
"""Seconds after a write until the garbage collector looks."""
_STEP: Final = 0.2
"""Seconds that the simulated time may be behind when something is written."""
_TICK: Final = 0.5
"""Seconds between two steps when nobody writes."""

_REST: Final = 10
"""Times as long as it took to settle, until it happens again."""


class Settling(Protocol):
    """What is needed of the simulated server."""

    def settle(self, seconds: float = 0.0) -> object:
        """Let time pass and everything come to rest."""
        ...


class Pace:
    """Keeps one server's time."""

    def __init__(
        self,
        server: Settling,
        settled: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._settled = settled
        self._clock = clock
        self._at = clock()
        self._cost = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._running = False

    def start(self) -> None:
        """Begin; the running loop is the server's."""
        self._running = True
        self._at = self._clock()
        self._schedule(_TICK)

    def stop(self) -> None:
        """End."""
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def before_write(self) -> None:
        """Bring the time up to date, if it is behind."""
        if self._running and self._clock() - self._at >= max(_STEP, _REST * self._cost):
            self._settle()

    def written(self) -> None:
        """Let the controllers of the server look, soon."""
        if self._running:
            self._schedule(max(_SOON, _REST * self._cost))

    def _schedule(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._settle()
        self._schedule(max(_TICK, _REST * self._cost))

    def _settle(self) -> None:
        began = self._clock()
        passed, self._at = began - self._at, began
        try:
            self._server.settle(passed)
        except Exception:
            # One world that does not settle must not end the server.
            LOGGER.exception("the controllers of the simulated server failed")
        self._cost = self._clock() - began
        self._settled()
