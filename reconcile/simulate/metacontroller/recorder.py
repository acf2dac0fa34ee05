"""Events that Metacontroller emits: alike ones are counted, many different ones are combined.

1. An event that was told before is counted; the tenth different text of one reason about one object
   within ten minutes is combined with those that follow.
2. About one object, 25 events come at once, then one every 300 seconds (rule 9.1).

Source: k8s.io/client-go tools/record, events_cache.go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.simulate.metacontroller.client import USER
from reconcile.simulate.metacontroller.documents import metadata_of
from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.api_server import ApiServer
    from reconcile.value.types import JsonObject

__all__ = ["Emitted", "Recorder"]

_INTERVAL: Final = timedelta(seconds=600)
_DIFFERENT: Final = 10
_BURST: Final = 25.0
_RATE: Final = 1 / 300
_COMBINED: Final = "(combined from similar events): "


class Emitted(NamedTuple):
    """An event that was written."""

    verb: str
    """`create`, or `patch` for one that was there before."""
    type: str
    reason: str
    message: str
    times: int
    about: JsonObject


class _Alike(NamedTuple):
    messages: frozenset[str]
    last: datetime


class _Known(NamedTuple):
    name: str
    times: int
    first: str


class Recorder:
    """What was told of which object, in the life of one process.

    Shape: `burst` events about one object come at once, then `rate` in a second.
    """

    __slots__ = ("_alike", "_burst", "_known", "_rate", "_tokens")

    def __init__(self, burst: float = _BURST, rate: float = _RATE) -> None:
        self._burst = burst
        self._rate = rate
        self._alike: dict[tuple[str, ...], _Alike] = {}
        self._known: dict[tuple[str, ...], _Known] = {}
        self._tokens: dict[tuple[str, ...], tuple[float, datetime]] = {}

    def copy(self) -> Recorder:
        """Return a recorder that goes its own way. Cost: what it remembers."""
        made = Recorder(self._burst, self._rate)
        made._alike = dict(self._alike)
        made._known = dict(self._known)
        made._tokens = dict(self._tokens)
        return made

    def emit(
        self, server: ApiServer, about: JsonObject, kind: str, reason: str, message: str
    ) -> Emitted | None:
        """Write an event about an object; return it, None if there were too many.

        Shape: `kind` is `Normal` or `Warning`.
        """
        now = server.world.now
        reference = _reference(about)
        place = tuple(str(value) for name, value in reference.items() if name != "resourceVersion")
        key = (*place, kind, reason)
        alike = self._alike.get(key)
        if alike is None or now - alike.last > _INTERVAL:
            alike = _Alike(frozenset(), now)
        messages = alike.messages | {message}
        if len(messages) < _DIFFERENT:
            key = (*key, message)
        else:
            messages = alike.messages
            message = _COMBINED + message
        self._alike[(*place, kind, reason)] = _Alike(messages, now)
        known = self._known.get(key)
        if not self._allowed(place, now):
            return None
        return self._write(server, key, known, reference, kind, reason, message)

    def _allowed(self, place: tuple[str, ...], now: datetime) -> bool:
        tokens, since = self._tokens.get(place, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since).total_seconds() * self._rate)
        allowed = tokens >= 1
        self._tokens[place] = (tokens - 1 if allowed else tokens, now)
        return allowed

    def _write(  # noqa: PLR0917  # what an event says
        self,
        server: ApiServer,
        key: tuple[str, ...],
        known: _Known | None,
        reference: JsonObject,
        kind: str,
        reason: str,
        message: str,
    ) -> Emitted:
        now = server.world.now
        namespace = str(reference.get("namespace") or "default")
        path = f"/api/v1/namespaces/{namespace}/events"
        if known is not None:
            patch: JsonObject = {
                "count": known.times + 1,
                "lastTimestamp": stamp(now),
                "message": message,
            }
            response = server.request(
                "PATCH",
                f"{path}/{known.name}",
                body=patch,
                content_type="application/strategic-merge-patch+json",
                user=USER,
            )
            if response.status < 300:
                self._known[key] = known._replace(times=known.times + 1)
                return Emitted("patch", kind, reason, message, known.times + 1, reference)
        name = f"{reference['name']}.{_ticks(now):x}{server.world.serial:x}"
        event: JsonObject = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": reference,
            "reason": reason,
            "message": message,
            "source": {"component": USER},
            "firstTimestamp": stamp(now),
            "lastTimestamp": stamp(now),
            "count": 1,
            "type": kind,
            "reportingComponent": USER,
        }
        response = server.request("POST", path, body=event, user=USER)
        if response.status < 300:
            self._known[key] = _Known(name, 1, stamp(now))
        return Emitted("create", kind, reason, message, 1, reference)


def _ticks(now: datetime) -> int:
    return int(now.timestamp()) * 1_000_000 + now.microsecond


def _reference(about: JsonObject) -> JsonObject:
    metadata = cast("dict[str, Any]", metadata_of(about))
    made: JsonObject = {"kind": about.get("kind", "")}
    if metadata.get("namespace"):
        made["namespace"] = metadata["namespace"]
    made["name"] = metadata.get("name", "")
    if metadata.get("uid"):
        made["uid"] = metadata["uid"]
    made["apiVersion"] = about.get("apiVersion", "")
    if metadata.get("resourceVersion"):
        made["resourceVersion"] = metadata["resourceVersion"]
    return made
