"""Why a cluster does not come to rest: which fields are written again and again, and what helps.

1. What was written last is looked at, object by object (`unsettled_writes`), and what was refused
   last (`unsettled_refusals`).
2. No text holds a value of an object: texts of servers and hooks are not passed on, but told anew.

Source: the loops of Metacontroller 4.17.2 that recordings show; their rules are named by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from reconcile.errors import ReconcileError
from reconcile.simulate.metacontroller.recorder import Emitted
from reconcile.simulate.unsettled.refusals import causes, refusals
from reconcile.simulate.unsettled.rows import Field, seen
from reconcile.simulate.unsettled.writes import repeated

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.metacontroller.client import CrashError

__all__ = ["Field", "NotSettledError", "crashed", "failing", "looping"]

_SHOWN: Final = 12


class NotSettledError(ReconcileError):
    """A cluster does not come to rest; whoever wrote the rules must act.

    Shape: `parent` is what is synced again and again, as `controller: Kind namespace/name`;
        `fields` are the fields that keep it going, as far as they are known.
    """

    def __init__(self, parent: str, reason: str, fields: Sequence[Field] = ()) -> None:
        super().__init__()
        self.parent = parent
        self.reason = reason
        self.fields = tuple(fields)

    def __str__(self) -> str:
        lines = [f"{self.parent} {self.reason}" if self.parent else self.reason]
        lines += [f"  {field}" for field in self.fields[:_SHOWN]]
        if len(self.fields) > _SHOWN:
            lines.append(f"  and {len(self.fields) - _SHOWN} more")
        return "\n".join(lines)


def crashed(error: CrashError) -> NotSettledError:
    """Return the error of a process that ended."""
    if error.rule == "asked for":
        return NotSettledError("", f"Metacontroller does not run: {error}; restart() it")
    remedy = f"the real one ends, too (rule {error.rule}), and ends again at each start"
    return NotSettledError("", f"Metacontroller crashed: {error}; {remedy}")


def failing(cluster: Cluster) -> NotSettledError | None:
    """Return the error of syncs that still fail, None if none does."""
    for name, key in cluster.failing:
        reason = f"still fails and is tried again: {_why(cluster, key)}"
        reason += "; settle(failures=True) goes on without an error"
        fields = _once(refusals(cluster, seen(cluster), name))
        return NotSettledError(f"{name}: {_named(key)}", reason, fields)
    return None


def looping(cluster: Cluster, key: str, limit: int) -> NotSettledError:
    """Return the error of a parent that is synced again and again."""
    name, _, place = key.partition("|")
    rows = seen(cluster)
    fields = repeated(cluster, rows)
    reason = f"did not settle: it was synced more than {limit} times"
    if (name, place) in cluster.failing:
        fields += refusals(cluster, rows, name)
        reason += f", and still fails: {_why(cluster, place)}"
    elif not fields:
        reason += ", and nothing tells why; look at `history` and `calls`"
    return NotSettledError(f"{name}: {_named(place)}", reason, _once(fields))


def _why(cluster: Cluster, key: str) -> str:
    """Return why syncs of a parent fail."""
    messages = [
        row.message
        for row in cluster.rows
        if isinstance(row, Emitted)
        and row.reason in ("SyncError", "CreateError")
        and _emitted_about(row, key)
    ]
    why = causes(messages[-1] if messages else "", cluster.failure)
    return f"{why}; `events` hold all that was said"


def _once(fields: Sequence[Field]) -> list[Field]:
    """Return fields without those that are told already."""
    told: dict[tuple[str, str], Field] = {}
    for field in fields:
        told.setdefault((field.about, field.pointer), field)
    return list(told.values())


def _emitted_about(row: Emitted, key: str) -> bool:
    about = (str(row.about.get(name) or "") for name in ("kind", "namespace", "name"))
    return [part for part in about if part] == [part for part in key.split("/")[1:] if part]


def _named(key: str) -> str:
    """Return the key of a parent as a person names it."""
    _, kind, *place = key.split("/")
    return f"{kind} {'/'.join(place)}"
