"""Watches: what happened to the selected objects since a version, event by event.

1. A watch is a cursor into the log. Whoever holds it pulls; nothing is pushed and nothing is lost
   within the window.
2. What leaves the selection is deleted to its watcher, what enters is added.

Source: k8s.io/apiserver pkg/storage/cacher, pkg/endpoints/handlers/watch.go; recorded watches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from reconcile.simulate.server.reading import check_list_options, items_of, version_of
from reconcile.simulate.server.status import expired
from reconcile.simulate.server.store import Stored
from reconcile.value.frozen import FrozenDict

if TYPE_CHECKING:
    from reconcile.simulate.server.reading import Selection
    from reconcile.simulate.server.routes import Query
    from reconcile.simulate.server.store import Event, World
    from reconcile.value.types import JsonObject

__all__ = ["Cursor", "begin", "bookmark", "events_since"]

_INITIAL_END = "k8s.io/initial-events-end"


class Cursor(NamedTuple):
    """How far a watch has seen."""

    version: int
    closed: bool = False


Shown = Callable[[dict[str, Any]], "JsonObject"]
"""The form in which an object is shown: whole, or its metadata, or a table."""


def begin(
    world: World, chosen: Selection, query: Query, show: Shown
) -> tuple[list[JsonObject], Cursor]:
    """Return the events that a watch begins with, and how far they go. Raises: ApiError."""
    check_list_options(query, watch=True)
    version = version_of(world, query.get("resourceVersion"))
    initial = query.true("sendInitialEvents") if "sendInitialEvents" in query else version == 0
    if initial:
        events: list[JsonObject] = [
            {"type": "ADDED", "object": show(each)} for each in items_of(world, chosen)
        ]
        if "sendInitialEvents" in query and query.true("allowWatchBookmarks"):
            events.append(bookmark(world, chosen, initial=True))
        return events, Cursor(world.version)
    if version == 0:
        return [], Cursor(world.version)
    if version < world.floor:
        message = f"too old resource version: {version} ({world.floor})"
        error: JsonObject = {"type": "ERROR", "object": expired(message).status()}
        return [error], Cursor(world.version, closed=True)
    return [], Cursor(version)


def bookmark(world: World, chosen: Selection, *, initial: bool = False) -> JsonObject:
    """Return an event that tells only how far the watch has seen."""
    served = chosen.kind.served
    metadata: JsonObject = {"resourceVersion": str(world.version)}
    if initial:
        metadata["annotations"] = {_INITIAL_END: "true"}
    held: JsonObject = {
        "kind": served.kind,
        "apiVersion": served.api_version,
        "metadata": metadata,
    }
    return {"type": "BOOKMARK", "object": held}


def events_since(
    world: World,
    chosen: Selection,
    cursor: Cursor,
    show: Shown,
    delivered: Callable[[list[Event]], list[Event]],
) -> tuple[list[JsonObject], Cursor]:
    """Return what happened since, and how far it goes.

    Shape: `delivered` says which events reach the watch.
    """
    if cursor.closed:
        return [], cursor
    if cursor.version < world.floor:
        message = f"too old resource version: {cursor.version} ({world.floor})"
        error: JsonObject = {"type": "ERROR", "object": expired(message).status()}
        return [error], Cursor(world.version, closed=True)
    made: list[JsonObject] = []
    for event in delivered(world.events(cursor.version)):
        if event.key.startswith(chosen.prefix):
            told = _told(event, chosen)
            if told is not None:
                kind, document = told
                made.append({"type": kind, "object": show(document)})
    return made, Cursor(max(world.version, cursor.version))


def _told(event: Event, chosen: Selection) -> tuple[str, dict[str, Any]] | None:
    """Return what a watcher hears of an event, None for nothing."""
    kind = chosen.kind
    after = kind.shown(Stored(event.after, event.version, event.form))
    if event.type == "DELETED":
        return ("DELETED", after) if chosen.takes(after) else None
    if chosen.whole:
        return event.type, after
    had = event.before is not None and chosen.takes(
        kind.shown(Stored(event.before, event.before_version, event.form))
    )
    has = chosen.takes(after)
    if has:
        return ("MODIFIED" if had else "ADDED"), after
    if had:
        # It shows itself as it was, at the version of the write that took it away.
        before = kind.shown(Stored(cast("FrozenDict", event.before), event.version, event.form))
        metadata = {**cast("JsonObject", before["metadata"]), "resourceVersion": str(event.version)}
        return "DELETED", FrozenDict({**before, "metadata": FrozenDict(metadata)})
    return None
