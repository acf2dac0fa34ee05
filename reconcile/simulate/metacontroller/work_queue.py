"""What a controller has to do: keys that are due, keys that wait, and how often each one failed.

1. The same key is due once. Of two times for one key that waits, the earlier counts.
2. A failure costs 5 ms, doubled each time, up to 1000 s; all failures of one queue together pass at
   ten in a second, a hundred at once (rule 7.20).

Source: k8s.io/client-go util/workqueue, default_rate_limiters.go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

__all__ = ["WorkQueue"]

_BASE: Final = 0.005
_MOST: Final = 1000.0
_RATE: Final = 10.0
_BURST: Final = 100.0


class WorkQueue:
    """The keys of one controller. Times are the server's."""

    __slots__ = ("_filled", "_tokens", "due", "failures", "later")

    def __init__(self) -> None:
        self.due: dict[str, None] = {}
        self.later: dict[str, datetime] = {}
        self.failures: dict[str, int] = {}
        self._tokens = _BURST
        self._filled: datetime | None = None

    def copy(self) -> WorkQueue:
        """Return a queue that goes its own way. Cost: what is in it."""
        made = WorkQueue()
        made.due = dict(self.due)
        made.later = dict(self.later)
        made.failures = dict(self.failures)
        made._tokens = self._tokens
        made._filled = self._filled
        return made

    def add(self, key: str) -> None:
        """Make a key due."""
        self.due[key] = None

    def add_after(self, key: str, seconds: float, now: datetime) -> None:
        """Make a key due later; at once for 0 seconds and less."""
        if seconds <= 0:
            self.due[key] = None
            return
        when = now + timedelta(seconds=seconds)
        known = self.later.get(key)
        if known is None or when < known:
            self.later[key] = when

    def add_failed(self, key: str, now: datetime) -> None:
        """Make a key due again after a failure."""
        count = self.failures.get(key, 0)
        self.failures[key] = count + 1
        own = min(_BASE * 2.0 ** min(count, 60), _MOST)
        self.add_after(key, max(own, self._reserved(now)), now)

    def forget(self, key: str) -> None:
        """Count the failures of a key from 0 again."""
        self.failures.pop(key, None)

    def ripen(self, now: datetime) -> None:
        """Make due what has waited long enough."""
        if self.later:
            ripe = [key for key, when in self.later.items() if when <= now]
            for key in sorted(ripe, key=lambda key: self.later[key]):
                del self.later[key]
                self.due[key] = None

    @property
    def wakes(self) -> datetime | None:
        """When the next key is due that waits, None if none waits."""
        return min(self.later.values()) if self.later else None

    def _reserved(self, now: datetime) -> float:
        """Take a token from the bucket; return the seconds until it is there."""
        if self._filled is not None:
            passed = (now - self._filled).total_seconds()
            self._tokens = min(_BURST, self._tokens + passed * _RATE)
        self._filled = now
        self._tokens -= 1
        return max(0.0, -self._tokens / _RATE)
