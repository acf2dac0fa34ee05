"""The impure shell around the webhook that all adapters share: clock, deadline, log.

1. An adapter calls `admit` when it has the headers, reads the body only if that gives None, and
   then calls `call`; or `handle` when it already has the body.
2. Every call is logged exactly once, whichever way it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from reconcile.adapters.clock import SYSTEM, Clock
from reconcile.adapters.log import record
from reconcile.adapters.webhook import Webhook, refusal
from reconcile.errors import DefinitionError
from reconcile.hook.reply import Reply
from reconcile.value.limits import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.adapters.auth import Auth
    from reconcile.adapters.webhook import Hook, Responder

__all__ = ["DEADLINE", "Options", "Service"]

DEADLINE: Final = 8.0
"""Seconds: 0.8 of the ten after which Metacontroller gives up."""


class Options(TypedDict, total=False):
    """What every adapter takes beside the controller."""

    auth: Auth | None
    """Who may call; None: everybody."""
    max_body: int
    """Bytes of one request's body; 32 MiB by default."""
    prefix: str
    """What stands before /sync, such as "/hooks"; "" by default."""
    root: Hook | None
    """The hook of a POST to the prefix itself; None by default: there is none."""
    deadline: float
    """Seconds after which an answer is no use any more and becomes a 503; 8 by default."""
    clock: Clock
    """Where time and randomness come from."""


class Service:
    """A webhook with a clock, a deadline and a log."""

    def __init__(
        self,
        controller: Responder,
        *,
        auth: Auth | None = None,
        max_body: int = MAX_BODY,
        prefix: str = "",
        root: Hook | None = None,
        deadline: float = DEADLINE,
        clock: Clock = SYSTEM,
    ) -> None:
        """Take the arguments that `Options` describes.

        Raises: `DefinitionError` when one of them cannot be used.
        """
        if not deadline > 0:
            raise DefinitionError(
                ["deadline must be a number of seconds above 0"], subject="the webhook"
            )
        self.webhook = Webhook(controller, auth=auth, max_body=max_body, prefix=prefix, root=root)
        self.deadline = deadline
        self.clock = clock

    @property
    def max_body(self) -> int:
        """Bytes that may be read of one body."""
        return self.webhook.max_body

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> Reply | None:
        """Return the reply that needs no body, logged; None: read the body and use `call`."""
        reply = self.webhook.admit(method, path, headers)
        if reply is not None:
            record(method, path, reply, milliseconds=0.0, received=0)
        return reply

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        started: float | None = None,
    ) -> Reply:
        """Return the reply to a call that `admit` has let through, logged.

        Shape: `started` is the clock's `seconds` when the call came in, so that waiting counts.
        Guarantees: an answer after the deadline is a 503, because Metacontroller no longer waits
            for it; what went wrong in it is logged all the same. When it is already too late, it
            is not computed.
        """
        clock = self.clock
        begun = clock.seconds() if started is None else started
        reply = refusal(503, "deadline")
        if clock.seconds() - begun <= self.deadline:
            answer = self.webhook.respond(
                path, headers, body, now=clock.now(), entropy=clock.entropy()
            )
            if clock.seconds() - begun <= self.deadline:
                reply = answer
            else:
                reply = Reply(reply.status, reply.headers, reply.body, answer.failure)
        took = clock.seconds() - begun
        record(method, path, reply, milliseconds=took * 1000, received=len(body))
        return reply

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Return the reply to a call whose body has already been read, logged."""
        refused = self.admit(method, path, headers)
        return self.call(method, path, headers, body) if refused is None else refused

    def refuse(
        self,
        method: str,
        path: str,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return a refusal that the adapter decided on, logged."""
        reply = refusal(status, code, headers=headers)
        record(method, path, reply, milliseconds=0.0, received=0)
        return reply
