"""Two sides timed in one run, in turns, so that a noisy machine hits both.

1. The collector is off while a side runs, on both sides, and runs between them.
2. What counts is the ratio of a round, not a time: the median of the rounds' ratios, and their
   quartiles as the noise.
3. Both sides have to give the same answer before they are timed: less work is no speed.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

__all__ = ["Comparison", "Timing", "compare", "measure"]


@dataclass(frozen=True)
class Timing:
    """How long something took. Units: seconds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Ours against a peer."""

    ours: Timing
    peer: Timing
    ratio: Timing
    """Ours divided by the peer's, round by round; a number, not seconds."""


def measure(side: Callable[[], object], *, rounds: int = 9, repeat: int = 1) -> Timing:
    """Return how long one call of `side` takes, over some rounds of `repeat` calls."""
    side()
    return _timing([_once(side, repeat) for _ in range(rounds)])


def compare(
    ours: Callable[[], object],
    peer: Callable[[], object],
    *,
    rounds: int = 9,
    repeat: int = 1,
) -> Comparison:
    """Return how long both take, in turns."""
    ours()
    peer()
    pairs = [(_once(ours, repeat), _once(peer, repeat)) for _ in range(rounds)]
    return Comparison(
        _timing([mine for mine, _ in pairs]),
        _timing([theirs for _, theirs in pairs]),
        _timing([mine / theirs for mine, theirs in pairs]),
    )


def _once(side: Callable[[], object], repeat: int) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(repeat):
            result = side()
        taken = time.perf_counter() - start
        del result
    finally:
        gc.enable()
    return taken / repeat


def _timing(values: list[float]) -> Timing:
    if len(values) < 2:
        return Timing(values[0], values[0], values[0])
    low, _, high = quantiles(values, n=4)
    return Timing(median(values), low, high)
