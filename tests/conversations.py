"""The recorded conversations as the simulated API server has them, played once for all tests."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.comparison import compare
from reconcile.simulate.transcript import play
from tests.recordings import conversations
from tests.suites import SHARED

if TYPE_CHECKING:
    from types import ModuleType

    from reconcile.simulate.comparison import Difference

__all__ = ["DIFFERENT", "NAMES", "differences", "judge", "produced", "recorded"]

NAMES: Final = tuple(
    f"{folder}/{name}" for folder in ("api", "random") for name in conversations(folder)
)
"""All conversations, as `api/verbs_basic`."""

DIFFERENT: Final = {
    "api/verbs_deep_nesting": "documents of more than 128 levels are refused",
}
"""The conversations that are known to differ, and why. A test holds the list to be exact."""


def recorded(name: str) -> dict[str, Any]:
    """Return a conversation as the real server had it."""
    folder, _, rest = name.partition("/")
    return conversations(folder)[rest]


@cache
def produced(name: str) -> dict[str, Any]:
    """Return a conversation as the simulated server has it."""
    return play(recorded(name))


@cache
def differences(name: str) -> tuple[Difference, ...]:
    """Return where the two differ, by our own comparison."""
    return tuple(compare(recorded(name), produced(name)))


@cache
def judge() -> ModuleType | None:
    """Return the judge of the recordings, None where it is not beside the project."""
    path = SHARED / "recordings" / "judge.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("recordings_judge", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
