"""The recorded runs of Metacontroller as the simulated one has them, each played once for all tests."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.metacontroller.schedules import reproduced
from tests.recordings import files, runs

if TYPE_CHECKING:
    from reconcile.simulate.comparison import Difference

__all__ = [
    "DIFFERENT",
    "RUNS",
    "differences",
    "hooks_of",
    "in_default_order",
    "kinds",
    "produced",
    "recorded",
]

RUNS: Final = runs()
"""The names of all runs."""

DIFFERENT: Final[dict[str, str]] = {
    "keys_version_mismatch": "autoscalers are not converted between their versions, but renamed",
}
"""The runs that are known to differ, and why. A test holds the list to be exact."""


@cache
def recorded(name: str) -> dict[str, Any]:
    """Return a run as the real programs had it. Nobody may change it."""
    return json.loads(files("metacontroller")[f"{name}/recording.json"])


def hooks_of(name: str) -> dict[str, Any]:
    """Return the functions of the file beside a recording; none where there is none."""
    source = files("metacontroller").get(f"{name}/hooks.py")
    made: dict[str, Any] = {}
    if source is not None:
        exec(compile(source, f"{name}/hooks.py", "exec"), made)
    return {key: each for key, each in made.items() if callable(each)}


def kinds() -> list[Any]:
    """Return the definitions that the runs share."""
    return json.loads(files("metacontroller")["kinds.json"])


@cache
def _reproduced(name: str) -> tuple[dict[str, Any], tuple[Difference, ...], bool]:
    run, found, default = reproduced(recorded(name), hooks_of(name), kinds())
    return json.loads(json.dumps(run)), tuple(found), default


def produced(name: str) -> dict[str, Any]:
    """Return a run as the simulated programs have it."""
    return _reproduced(name)[0]


def differences(name: str) -> tuple[Difference, ...]:
    """Return where the two differ, by our own comparison."""
    return _reproduced(name)[1]


def in_default_order(name: str) -> bool:
    """Return whether they are equal without another order of what the real programs leave open."""
    return _reproduced(name)[2]
