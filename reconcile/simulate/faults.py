"""What goes wrong on request: refusals, lost answers, and views that lag, repeat or miss.

1. A fault is data. The caller puts it on a server; the server never makes one up.
2. A fault strikes the requests it is for, as often as it says, and the first that fits strikes.
3. Refusals come before anything is read, so they change nothing. A lost answer comes after the
   write was stored: who repeats the request meets its own write.

Source: what Sieve, Anvil and chaos tests of operators inject; answers as k8s.io/apiserver's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from reconcile.simulate.server.status import ApiError, conflict, internal

if TYPE_CHECKING:
    from reconcile.simulate.server.exchange import Request
    from reconcile.simulate.server.store import Event, World

__all__ = ["Dropped", "Duplicated", "Fault", "On", "Refused", "Stale", "Unanswered"]


class On(NamedTuple):
    """Which requests a fault is for: those that fit all that is given."""

    method: str = ""
    """As `PUT`, empty for all."""
    path: str = ""
    """How the path begins, as `/apis/apps/v1/namespaces/default/deployments`."""
    user: str = ""

    def fits(self, request: Request) -> bool:
        """Return whether a request is meant."""
        return (
            self.method in ("", request.method)
            and request.path.startswith(self.path)
            and self.user in ("", request.user)
        )


class Refused(NamedTuple):
    """The request is refused, and nothing is read or written."""

    code: int
    """409, 422, 429, 500, 503 or 504."""
    on: On = On()
    times: int | None = 1
    """How often, None for as long as it is there."""
    retry_after: int | None = None
    """Seconds, which the answer tells."""


class Unanswered(NamedTuple):
    """The request is done, and its answer is lost: the client is told of a time-out."""

    on: On = On()
    times: int | None = 1


class Stale(NamedTuple):
    """Gets, lists and watches see the world as it was at a version.

    Shape: a version within the window of what is remembered; older ones are answered with 410.
    """

    version: int
    on: On = On()
    times: int | None = None


class Dropped(NamedTuple):
    """The event of one version does not reach the watchers."""

    version: int
    on: On = On()


class Duplicated(NamedTuple):
    """The event of one version reaches the watchers twice."""

    version: int
    on: On = On()


Fault: TypeAlias = "Refused | Unanswered | Stale | Dropped | Duplicated"

_READS: Final = frozenset({"GET", "HEAD"})
_TOO_MANY: Final = "Too many requests, please try again later.\n"
_LOST: Final = (
    "Timeout: request did not complete within requested timeout - context deadline exceeded"
)


def strike(
    faults: Iterable[Fault], request: Request
) -> tuple[Refused | Unanswered | Stale | None, tuple[Fault, ...]]:
    """Return the fault that strikes a request, None if none does, and the faults that are left."""
    left = tuple(faults)
    for at, fault in enumerate(left):
        if isinstance(fault, (Dropped, Duplicated)) or not fault.on.fits(request):
            continue
        if isinstance(fault, Stale) and request.method not in _READS:
            continue
        if isinstance(fault, Unanswered) and request.method in _READS:
            continue
        if fault.times is None:
            return fault, left
        rest = fault.times - 1
        kept = (fault._replace(times=rest),) if rest > 0 else ()
        return fault, (*left[:at], *kept, *left[at + 1 :])
    return None, left


def refused(fault: Refused, request: Request) -> ApiError:
    """Return the answer of a refusal."""
    name = request.path.rpartition("/")[2]
    match fault.code:
        case 409:
            why = (
                "the object has been modified; please apply your changes to the latest version "
                "and try again"
            )
            made = conflict(request.path.rpartition("/")[0].rpartition("/")[2], "", name, why)
        case 422:
            made = ApiError(422, "Invalid", "the request was refused on request of the test")
        case 429:
            made = ApiError(429, "TooManyRequests", _TOO_MANY, text=_TOO_MANY)
        case 500:
            made = internal("etcdserver: leader changed")
        case 504:
            made = lost()
        case 503:
            made = ApiError(503, "ServiceUnavailable", "apiserver is shutting down")
        case code:
            made = ApiError(code, "", "the request was refused on request of the test")
    made.retry_after = fault.retry_after
    return made


def lost() -> ApiError:
    """Return what a client is told whose answer did not come in time."""
    return ApiError(504, "Timeout", _LOST)


def seen(faults: Iterable[Fault], request: Request, world: World) -> World:
    """Return the world as a watch of a stale view sees it. Faults are not used up by it."""
    for fault in faults:
        if isinstance(fault, Stale) and fault.on.fits(request):
            return world.at(fault.version)
    return world


def delivered(faults: Iterable[Fault], request: Request, events: list[Event]) -> list[Event]:
    """Return the events that reach a watch."""
    found = [each for each in faults if isinstance(each, (Dropped, Duplicated))]
    if not found:
        return events
    made: list[Event] = []
    for event in events:
        times = 1
        for fault in found:
            if fault.version == event.version and fault.on.fits(request):
                times = 0 if isinstance(fault, Dropped) else 2
        made += [event] * times
    return made
