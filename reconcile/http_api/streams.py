"""Watches over HTTP: cursors into the simulated server, turned into streams of JSON lines.

1. Nobody polls. Whoever changes the world calls `wake`; once per turn of the loop every idle stream
   looks, and only those that have something are resumed.
2. A stream holds no events. While its client is slow its cursor stays where it is; how far it may
   fall behind is the world's window, how long it may stand still is the connection's business.
3. Streams end with the last chunk, never in the middle of a line.

Source: k8s.io/apiserver pkg/endpoints/handlers/watch.go, pkg/storage/cacher/cache_watcher.go.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from reconcile.http_api.messages import disconnected, header_bytes

if TYPE_CHECKING:
    from reconcile.http_api.messages import Receive, Send

__all__ = ["BOOKMARK_SECONDS", "Cursor", "Stream", "Streams", "next_bookmark"]

BOOKMARK_SECONDS: Final = 60.0
"""How often a client that asked for bookmarks gets one."""
_BEFORE_END: Final = 2.0
# The server's --min-request-timeout: without a timeout of its own a watch lasts so long, or up to
# twice as long, so that the watches of one moment do not all end together.
_MIN_SECONDS: Final = 1800.0


class Cursor(Protocol):
    """What is needed of a watch of the simulated server."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Content-Type and what else the answer needs."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing will come any more."""
        ...

    @property
    def timeout(self) -> float | None:
        """Seconds asked for."""
        ...

    @property
    def bookmarks(self) -> bool:
        """Whether bookmarks were asked for."""
        ...

    def take(self) -> list[bytes]:
        """Return the events since the last call."""
        ...

    def bookmark(self) -> bytes:
        """Return a bookmark of now."""
        ...


class Streams:
    """All the streams of one server."""

    def __init__(self, *, bookmark_seconds: float = BOOKMARK_SECONDS) -> None:
        self.bookmark_seconds = bookmark_seconds
        self.stopped = False
        self._all: set[Stream] = set()
        # In the order in which they began to wait: who waits longest is served first.
        self._idle: dict[Stream, None] = {}
        self._woken = False

    def __len__(self) -> int:
        return len(self._all)

    def wake(self) -> None:
        """Let the streams look for events, soon and once, however often this is called."""
        if not self._woken and self._idle:
            self._woken = True
            asyncio.get_running_loop().call_soon(self._look)

    def stop(self) -> None:
        """End every stream, also those that begin later."""
        self.stopped = True
        for stream in tuple(self._all):
            stream.end()

    def _look(self) -> None:
        self._woken = False
        for stream in tuple(self._idle):
            stream.look()


class Stream:
    """One client's stream."""

    def __init__(self, streams: Streams, cursor: Cursor) -> None:
        self._streams = streams
        self._cursor = cursor
        self._ended = False
        self._gone = False
        self._bookmark_due = False
        self._waiting: asyncio.Future[list[bytes]] | None = None

    def look(self) -> None:
        """Resume if there is something to send."""
        events = self._cursor.take()
        if events or self._cursor.closed:
            self._resume(events)

    def end(self) -> None:
        """End after what is being sent."""
        self._ended = True
        self._resume([])

    async def run(
        self, receive: Receive, send: Send, common: Iterable[tuple[bytes, bytes]]
    ) -> None:
        """Send events until the watch ends, the time is over or the client goes."""
        loop = asyncio.get_running_loop()
        seconds = self._cursor.timeout
        if seconds is None or seconds <= 0:
            seconds = _MIN_SECONDS * (1.0 + random.random())  # noqa: S311  # spreads load only
        deadline = loop.time() + seconds
        timers = [loop.call_at(deadline, self.end)]
        gone = loop.create_task(disconnected(receive))
        gone.add_done_callback(self._leave)
        self._streams._all.add(self)
        try:
            if self._streams.stopped:
                self._ended = True
            own = (header_bytes(*header) for header in self._cursor.headers.items())
            headers = [*common, *own]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            if self._cursor.bookmarks:
                timers.append(self._arm(loop, timers, deadline))
            await self._send_all(send)
        finally:
            self._streams._all.discard(self)
            self._streams._idle.pop(self, None)
            gone.remove_done_callback(self._leave)
            gone.cancel()
            for timer in timers:
                timer.cancel()
        if not self._gone:
            await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send) -> None:
        cursor = self._cursor
        events = cursor.take()
        while True:
            if self._bookmark_due and not cursor.closed:
                self._bookmark_due = False
                events = [*events, cursor.bookmark()]
            for event in events:
                # One chunk for each event, as the server flushes: clients that read chunks whole
                # would see nothing of a chunk in whose middle the connection drops.
                line = event + b"\n"
                await send({"type": "http.response.body", "body": line, "more_body": True})
                if self._gone:
                    return
            if self._ended or cursor.closed:
                return
            # What happened while the last one went out.
            events = cursor.take()
            if not events and not cursor.closed and not self._bookmark_due:
                events = await self._wait()

    async def _wait(self) -> list[bytes]:
        self._waiting = asyncio.get_running_loop().create_future()
        self._streams._idle[self] = None
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def _resume(self, events: list[bytes]) -> None:
        self._streams._idle.pop(self, None)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(events)

    def _leave(self, _: object) -> None:
        self._gone = True
        self.end()

    def _arm(
        self, loop: asyncio.AbstractEventLoop, timers: list[asyncio.TimerHandle], deadline: float
    ) -> asyncio.TimerHandle:
        at = next_bookmark(loop.time(), deadline, self._streams.bookmark_seconds)

        def due() -> None:
            self._bookmark_due = True
            # Events first: a bookmark says that all before it was sent.
            if self._waiting is not None:
                self._resume(self._cursor.take())
            timers[1] = self._arm(loop, timers, deadline)

        return loop.call_at(at, due)


def next_bookmark(now: float, deadline: float, every: float) -> float:
    """Return when the next bookmark is due: each minute, and two seconds before the end."""
    last = deadline - _BEFORE_END
    return min(now + every, last) if last > now else now + every
