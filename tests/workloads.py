"""The recorded conversations with workload controllers, and how ours differ from them."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from reconcile.simulate.actors.playing import play_workloads
from reconcile.simulate.comparison import compare
from tests.suites import SHARED, shared

if TYPE_CHECKING:
    from reconcile.simulate.comparison import Difference

__all__ = ["differences", "workloads"]

_FOLDER = ("recordings", "workloads")


def workloads(beginning: str) -> tuple[str, ...]:
    """Return the names of the recordings that begin so, none where they are absent."""
    folder = SHARED.joinpath(*_FOLDER)
    return tuple(sorted(path.stem for path in folder.glob(f"{beginning}*.json")))


@cache
def differences(name: str) -> tuple[Difference, ...]:
    """Return where a conversation with our actors differs; skips where there is no recording."""
    path = shared(*_FOLDER, f"{name}.json")
    recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tuple(compare(recorded, play_workloads(recorded)))
