"""Recorded runs of Metacontroller, as `reconcile replay` finds and plays them.

1. The hooks of a run are the functions of `hooks.py` beside the recording: this runs that file, as
   Python does. Play only recordings that you trust.
2. The kinds that several runs share are in `kinds.json`, in the nearest folder above.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reconcile.cli.target import MisuseError

if TYPE_CHECKING:
    from reconcile.simulate.comparison import Difference
    from reconcile.value import Json
    from reconcile.value.types import JsonObject

__all__ = ["is_run", "play_file"]

_HOOKS: Final = "hooks.py"
_KINDS: Final = "kinds.json"


def is_run(recording: Json) -> bool:
    """Return whether a file holds a run: steps, and what happened in each."""
    steps = recording.get("steps") if isinstance(recording, dict) else None
    return bool(steps) and all(
        isinstance(step, dict) and {"do", "result", "timeline", "world"} <= step.keys()
        for step in (steps if isinstance(steps, list) else ())
    )


def play_file(file: Path, recording: dict[str, Any]) -> tuple[JsonObject, list[Difference]]:
    """Return the run that comes out, and where it differs.

    Raises: `MisuseError` where the hooks, the kinds or the flags cannot be read.
    """
    from reconcile.simulate.metacontroller.flags import FlagError
    from reconcile.simulate.metacontroller.schedules import reproduced

    try:
        made = reproduced(recording, _hooks(file.with_name(_HOOKS)), _kinds(file))
    except FlagError as error:
        message = f"{file}: {error}"
        raise MisuseError(message) from error
    return made.run, made.differences


def _hooks(file: Path) -> dict[str, Callable[..., Any]]:
    if not file.exists():
        return {}
    try:
        made = runpy.run_path(str(file))
    except Exception as error:
        message = f"{file} cannot be run ({type(error).__name__})"
        raise MisuseError(message) from error
    return {name: each for name, each in made.items() if callable(each)}


def _kinds(file: Path) -> list[JsonObject]:
    for folder in file.resolve().parents:
        found = folder / _KINDS
        if not found.exists():
            continue
        try:
            made = json.loads(found.read_bytes())
        except ValueError as error:
            message = f"{found} cannot be read as JSON ({type(error).__name__})"
            raise MisuseError(message) from error
        return [each for each in made if isinstance(each, dict)]
    return []
