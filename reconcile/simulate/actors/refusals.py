"""What a controller makes of an answer that refuses, and how long it waits before it tries again.

Source: k8s.io/client-go util/workqueue/default_rate_limiters.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from datetime import datetime

    from reconcile.simulate.server.exchange import Response

__all__ = ["RefusedError", "accepted", "closing", "patience", "reason", "refused", "said"]

_SHORTEST: Final = 0.005
_LONGEST: Final = 1000.0


def refused(answer: Response) -> bool:
    """Return whether the server did not do what it was asked."""
    return answer.status >= 300


def said(answer: Response) -> str:
    """Return what a refusal says."""
    return str(_told(answer).get("message") or "")


def reason(answer: Response) -> str:
    """Return the word for why something is refused, as `AlreadyExists`."""
    return str(_told(answer).get("reason") or "")


def closing(answer: Response) -> bool:
    """Return whether something is refused because its namespace is being deleted."""
    details: Mapping[str, Any] = _told(answer).get("details") or {}
    causes: Sequence[Mapping[str, Any]] = details.get("causes") or ()
    return any(each.get("reason") == "NamespaceTerminating" for each in causes)


def patience(now: datetime, since: datetime | None) -> float:
    """Return the seconds after which to try again what has been refused since a time.

    Guarantees: at least 5 milliseconds and at most 1000 seconds; each pause is about as long as
        all before it, as where pauses double.
    """
    gone = 0.0 if since is None else (now - since).total_seconds()
    return min(max(gone, 0.0) + _SHORTEST, _LONGEST)


def _told(answer: Response) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", answer.body) if isinstance(answer.body, dict) else {}


class RefusedError(ReconcileError):
    """The server refused a write, so that the controller has to look again."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer

    def __str__(self) -> str:
        return f"the server refused a write: {reason(self.answer) or self.answer.status}"


def accepted(answer: Response) -> Response:
    """Return an answer that does not refuse. Raises: RefusedError."""
    if refused(answer):
        raise RefusedError(answer)
    return answer
