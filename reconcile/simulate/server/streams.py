"""Watches as their holders see them: streams of events that are pulled.

1. A watch asks its server's world whenever it is pulled, so it never misses what was written, and
   an idle one costs a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from reconcile.simulate import faults
from reconcile.simulate.go.json import encoded
from reconcile.simulate.go.numbers import GoNumberError, parse_int
from reconcile.simulate.server import watching
from reconcile.simulate.server.negotiation import JSON
from reconcile.simulate.server.status import bad_request

if TYPE_CHECKING:
    from reconcile.simulate.server.exchange import Request
    from reconcile.simulate.server.reading import Selection
    from reconcile.simulate.server.routes import Query
    from reconcile.simulate.server.store import Event, World
    from reconcile.value.types import JsonObject

__all__ = ["Lines", "Source", "Watch"]

_KEPT: Final = 4096
"""Lines that are kept for other watchers of the same events."""


class Lines:
    """Events as they are sent, written once for all watchers."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[tuple[object, int], tuple[object, bytes]] = {}

    def of(self, event: JsonObject) -> bytes:
        """Return the line of an event."""
        document = event["object"]
        at = (event["type"], id(document))
        held = self._held.get(at)
        if held is not None and held[0] is document:
            return held[1]
        made = encoded(event, escape_html=True)
        if len(self._held) >= _KEPT:
            self._held.clear()
        self._held[at] = (document, made)
        return made


class Source(Protocol):
    """Where a watch looks: a server."""

    world: World
    faults: tuple[faults.Fault, ...]
    lines: Lines


class Watch:
    """A stream of events, pulled by whoever holds it."""

    __slots__ = (
        "_chosen",
        "_cursor",
        "_first",
        "_request",
        "_server",
        "_show",
        "bookmarks",
        "headers",
        "timeout",
    )

    def __init__(
        self, server: Source, chosen: Selection, show: watching.Shown, request: Request
    ) -> None:
        self._server = server
        self._chosen = chosen
        self._show = show
        self._request = request
        world = faults.seen(server.faults, request, server.world)
        self._first, self._cursor = watching.begin(world, chosen, request.query, show)
        self.headers: Mapping[str, str] = {"Content-Type": JSON}
        self.timeout: float | None = _timeout(request.query)
        """Seconds after which the stream ends, None if the client does not say."""
        self.bookmarks = request.query.true("allowWatchBookmarks")

    @property
    def closed(self) -> bool:
        """Whether the stream is over: an error was its last event."""
        return self._cursor.closed

    def take(self) -> list[bytes]:
        """Return the events that came since the last call, one JSON document each.

        Cost: an event is written once for all watchers of a server that see it in the same form.
        """
        lines = self._server.lines
        return [lines.of(event) for event in self.events()]

    def events(self) -> list[JsonObject]:
        """Return the events that came since the last call."""
        server = self._server
        if not self._first and self._cursor.version == server.world.version:
            return []
        made, self._first = self._first, []
        world = faults.seen(server.faults, self._request, server.world)
        more, self._cursor = watching.events_since(
            world, self._chosen, self._cursor, self._show, self._delivered
        )
        return made + more

    def _delivered(self, events: list[Event]) -> list[Event]:
        return faults.delivered(self._server.faults, self._request, events)

    def bookmark(self) -> bytes:
        """Return an event that tells how far the watch has seen."""
        server = self._server
        world = faults.seen(server.faults, self._request, server.world)
        return encoded(watching.bookmark(world, self._chosen), escape_html=True)


def _timeout(query: Query) -> float | None:
    text = query.get("timeoutSeconds")
    try:
        return float(parse_int(text)) if text else None
    except GoNumberError as error:
        raise bad_request(str(error)) from None
