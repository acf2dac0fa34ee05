"""What is refused for the moment is tried again: conflicts, too many requests, faults.

1. An actor looks again a second later. The real ones wait five milliseconds first and longer each
   time, which asks for a memory.
2. What is refused for good, as an object that is not valid, is not tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from reconcile.simulate.actors.actor import MANAGER, Api

if TYPE_CHECKING:
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.server.exchange import Response
    from reconcile.value.types import JsonIn

__all__ = ["retrying"]

_Sync = TypeVar("_Sync", bound=Callable[..., float | None])
_PAUSE: Final = 1.0
"""Seconds."""
_PASSING: Final = (409, 429)


class _Watching(Api):
    """An `Api` that remembers whether something was refused for the moment."""

    __slots__ = ("failed",)

    def __init__(self, server: ApiServer, user: str) -> None:
        super().__init__(server, user)
        self.failed = False

    def _ask(
        self, method: str, path: str, body: JsonIn, media: str = "application/json"
    ) -> Response:
        answer = super()._ask(method, path, body, media)
        self.failed = self.failed or answer.status in _PASSING or answer.status >= 500
        return answer


def retrying(user: str = MANAGER) -> Callable[[_Sync], _Sync]:
    """Return what makes an actor's `sync` look again when a write was refused for the moment.

    Shape: `user` is who the actor is.
    """

    def decorated(sync: _Sync) -> _Sync:
        @wraps(sync)
        def inner(self: Any, api: Api, key: str) -> float | None:
            watching = _Watching(api.server, user)
            after = sync(self, watching, key)
            if not watching.failed:
                return after
            return _PAUSE if after is None else min(after, _PAUSE)

        return cast("_Sync", inner)

    return decorated
