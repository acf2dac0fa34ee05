"""Recorded conversations with a server beside which controllers run, played on the simulated one.

1. Which actors run is said by the recording; scheduler and kubelet are played by the conversation.
2. Time passes only where the recording waits; in between, nobody acts.

Source: the recordings' own description of their form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.queue import Queue
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.transcript import play, prepared

if TYPE_CHECKING:
    from reconcile.simulate.server.exchange import Response
    from reconcile.simulate.transcript import Asked
    from reconcile.value.types import Json, JsonObject

__all__ = ["BEGIN", "play_workloads"]

BEGIN: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""When a conversation begins unless the caller says otherwise: Jobs are named after the minute."""
_BEFORE: Final = 2.0
"""Seconds between the making of the namespaces and the first step."""
_NOW: Final = "${now}"


def play_workloads(recording: Mapping[str, Any], *, now: datetime = BEGIN) -> JsonObject:
    """Return a conversation as it goes on a new server with actors, in the form of a recording.

    Shape: `controllers` of the recording is a value of the flag `--controllers`; `${now}` in a
        body stands for the time at which it is sent.
    Raises: DefinitionError if a controller is not known; LimitError if the actors find no rest.
    """
    server = ApiServer(now=now)
    queue = Queue(built_in(recording["controllers"]))

    def ask(asked: Asked) -> Response:
        body = asked.body
        if not isinstance(body, bytes):
            body = cast("Json", _dated(body, stamp(server.world.now)))
        return server.request(
            asked.method,
            asked.path,
            body=body,
            content_type=asked.media,
            user=asked.user,
            headers=asked.headers,
        )

    def settle(seconds: float) -> None:
        queue.settle(server, seconds)

    prepared(recording, ask)
    settle(_BEFORE)
    bare = {**recording, "namespaces": (), "crds": ()}
    played = play(bare, ask=ask, settle=settle)
    return {**recording, "steps": played["steps"]}


def _dated(value: object, now: str) -> object:
    """Return a body with the time in place of what stands for it."""
    if isinstance(value, str):
        return value.replace(_NOW, now)
    if isinstance(value, list):
        return [_dated(item, now) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: _dated(item, now) for key, item in items}
    return value
