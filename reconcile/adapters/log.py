"""One line per call, through the standard `logging` under the name "reconcile".

1. No line holds a value: of our own errors the text is written (it has none), of others the type
   and where they were raised.
2. What comes from the caller (method, path) is cut and stripped of control characters, so that
   nobody writes lines of their own into a log.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from reconcile.hook.reply import Reply

__all__ = ["LOGGER", "describe_error", "record"]

LOGGER: Final = logging.getLogger("reconcile")

_FRAMES: Final = 4
_CAUSES: Final = 4


def _clean(text: str, size: int) -> str:
    kept = text if len(text) <= size else text[:size] + "..."
    return "".join(c if c.isprintable() else "?" for c in kept)


def _one(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, ReconcileError):
        return f"{name}: {_clean(str(error), 2000)}"
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    # File, line and function only: the source line and the locals may hold values.
    places = [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return f"{name} at {' > '.join(places)}" if places else name


def describe_error(error: BaseException) -> str:
    """Return one line about an error and its causes, without a value."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < _CAUSES:
        parts.append(_one(current))
        current = current.__cause__
    return ", caused by ".join(parts)


def record(method: str, path: str, reply: Reply, *, milliseconds: float, received: int) -> None:
    """Log one call.

    Shape: `METHOD PATH STATUS MS RECEIVED->SENT`, and the failure if there is one; the same facts
        are in the record's `extra` fields `hook_status`, `hook_ms` and `hook_failure`.
    Units: `received` in bytes.
    """
    level = logging.ERROR if reply.status >= 500 else logging.INFO
    if not LOGGER.isEnabledFor(level):
        return
    line = (
        f"{_clean(method, 16)} {_clean(path, 100)} {reply.status} {milliseconds:.1f} ms "
        f"{received}->{len(reply.body)} B"
    )
    failure = reply.failure
    if failure is not None:
        line += f" failure {failure.id}: {describe_error(failure.error)}"
    LOGGER.log(
        level,
        "%s",
        line,
        extra={
            "hook_status": reply.status,
            "hook_ms": milliseconds,
            "hook_failure": None if failure is None else failure.id,
        },
    )
