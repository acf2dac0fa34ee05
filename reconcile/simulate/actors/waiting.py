"""When what a cloud or a driver makes is there: at once, after some seconds, or never."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from reconcile.errors import DefinitionError, nearest

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api

__all__ = ["Readiness", "Wait"]

Readiness = Literal["at once", "slow", "never"]
"""When something is there; `slow` is after a number of seconds."""
_WORDS: Final[tuple[str, ...]] = get_args(Readiness)


class Wait(NamedTuple):
    """How long something takes.

    Units: `seconds`, which count where `ready` is `slow`.
    """

    ready: Readiness
    seconds: float

    def checked(self, subject: str) -> Wait:
        """Return this. Raises: DefinitionError for a word that is not known or a negative time."""
        wrong: list[str] = []
        if self.ready not in _WORDS:
            known = ", ".join(_WORDS)
            wrong.append(f"ready must be one of {known}{nearest(self.ready, _WORDS)}")
        if self.seconds < 0:
            wrong.append("seconds must not be negative")
        if wrong:
            raise DefinitionError(wrong, subject=subject)
        return self

    def left(self, api: Api, since: str) -> float | None:
        """Return the seconds until it is there, 0 if it is, None if it never will be.

        Shape: `since` is the time of what it was asked for by, as objects hold it.
        """
        if self.ready == "never":
            return None
        if self.ready == "at once":
            return 0.0
        gone = (api.now - datetime.fromisoformat(since)).total_seconds()
        return max(0.0, self.seconds - gone)
