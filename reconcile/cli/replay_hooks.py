"""`reconcile replay --hook MODULE:ATTR`: recorded hook calls, put to a controller again.

A line for each call, `ok NAME` or `DIFFERS NAME: what, pointer`; calls that cannot be put again are
`left out`. Exit code 1 if any differs, and if there is no call at all.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from reconcile.adapters.recorded_calls import differences, recorded_calls
from reconcile.cli.progress import progress
from reconcile.cli.target import MisuseError, load
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconcile.adapters.recorded_calls import Difference, RecordedCall
    from reconcile.adapters.webhook import Responder

__all__ = ["replay_hooks"]


def replay_hooks(paths: Sequence[Path], target: str, *, as_json: bool) -> int:
    """Print a line a call; 1 if any differs. Raises: MisuseError."""
    controller: Responder = load(target, method="respond")
    calls = differing = 0
    with progress("calls") as advance:
        for path in paths:
            if not path.exists():
                message = f"{path} is not there"
                raise MisuseError(message)
            try:
                for call in recorded_calls(path):
                    found = differences(call, controller)
                    calls += 1
                    differing += bool(found)
                    print(_line(call, found, as_json=as_json))
                    advance()
            except (ReconcileError, OSError) as error:
                raise MisuseError(str(error)) from error
    if not calls:
        print("reconcile: there are no recorded calls", file=sys.stderr)
    return 1 if differing or not calls else 0


def _line(call: RecordedCall, found: tuple[Difference, ...], *, as_json: bool) -> str:
    if as_json:
        told = [{"what": each.what, "pointer": each.pointer} for each in found]
        return json.dumps(
            {"name": call.name, "compared": call.comparable, "ok": not found, "differences": told}
        )
    if not call.comparable:
        return f"left out {call.name}: status {call.status}"
    if not found:
        return f"ok {call.name}"
    first, *rest = found
    more = f" (and {len(rest)} more)" if rest else ""
    where = f", {first.pointer}" if first.pointer else ""
    return f"DIFFERS {call.name}: {first.what}{where}{more}"
