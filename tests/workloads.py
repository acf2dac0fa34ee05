"""The recorded conversations with workload controllers, and how ours differ from them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reconcile.simulate.actors.playing import play_workloads
from reconcile.simulate.comparison import compare
from tests.recordings import conversations

if TYPE_CHECKING:
    from reconcile.simulate.comparison import Difference

__all__ = ["differences", "workloads"]


def workloads(beginning: str = "") -> tuple[str, ...]:
    """Return the names of the recordings that begin so."""
    return tuple(name for name in conversations("workloads") if name.startswith(beginning))


@cache
def differences(name: str) -> tuple[Difference, ...]:
    """Return where a conversation with our actors differs."""
    recorded = conversations("workloads")[name]
    return tuple(compare(recorded, play_workloads(recorded)))
