"""Why a cluster does not come to rest: which fields are written again and again, and what helps.

1. What was written last is looked at, object by object; what the server makes of desired children
   is known from `reconcile.kinds.loops`.
2. No text holds a value of an object.

Source: the loops of Metacontroller 4.17.2 that recordings show; their rules are named by number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.diff import diff
from reconcile.errors import ReconcileError
from reconcile.kinds.settling import loops
from reconcile.objects.names import LAST_APPLIED
from reconcile.simulate.metacontroller.client import Write
from reconcile.simulate.metacontroller.process import HookCalled
from reconcile.simulate.metacontroller.recorder import Emitted

if TYPE_CHECKING:
    from reconcile.kinds._loop import Apply
    from reconcile.simulate.cluster import Cluster
    from reconcile.simulate.metacontroller.client import CrashError
    from reconcile.value.types import JsonObject

__all__ = ["Field", "NotSettledError", "crashed", "failing", "looping"]

_LAST: Final = 400
"""Rows that are looked at."""
_SHOWN: Final = 12
_FREE: Final = ("/metadata/managedFields", "/metadata/resourceVersion", "/metadata/generation")


class Field(NamedTuple):
    """A field that is written again and again."""

    about: str
    """The object, as `Deployment default/web`."""
    pointer: str
    writers: tuple[str, ...]
    """Who writes it: controllers by name, `the server`."""
    reason: str
    remedy: str

    def __str__(self) -> str:
        by = f" (by {' and '.join(self.writers)})" if self.writers else ""
        return f"{self.about} {self.pointer}{by} {self.reason}: {self.remedy}"


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
        about = f"{name}: {_named(key)}"
        told = next(
            (
                row
                for row in reversed(cluster.rows)
                if isinstance(row, Emitted) and row.reason in ("SyncError", "CreateError")
            ),
            None,
        )
        failure = cluster.failure
        why = "" if told is None else f": {told.message}"
        if failure is not None:
            why += f"\n  the hook raised {type(failure.error).__name__}: {failure.error}"
        remedy = "; settle(failures=True) goes on without an error"
        return NotSettledError(about, f"still fails and is tried again{why}{remedy}")
    return None


def looping(cluster: Cluster, key: str, limit: int) -> NotSettledError:
    """Return the error of a parent that is synced again and again."""
    name, _, place = key.partition("|")
    fields = list(_fields(cluster))
    reason = f"did not settle: it was synced more than {limit} times"
    if not fields:
        reason += ", and nothing tells why; look at `history` and `calls`"
    return NotSettledError(f"{name}: {_named(place)}", reason, fields)


def _named(key: str) -> str:
    """Return the key of a parent as a person names it."""
    _, kind, *place = key.split("/")
    return f"{kind} {'/'.join(place)}"


class _Writes(NamedTuple):
    """What was written of one object, by whom, in order."""

    rows: list[Write]
    writers: dict[str, None]


def _fields(cluster: Cluster) -> Iterator[Field]:
    rows = cluster.rows[-_LAST:]
    written: dict[str, _Writes] = {}
    last: dict[str, JsonObject] = {}
    who = ""
    for row in rows:
        if isinstance(row, HookCalled):
            who = row.controller
            if row.called.answer is not None and row.called.answer.status == 200:
                last[who] = _read(row.called.answer.body)
        elif isinstance(row, Write) and row.code < 300:
            found = written.setdefault(_object(row), _Writes([], {}))
            found.rows.append(row)
            found.writers[who] = None
    told: set[tuple[str, str]] = set()
    apply: Apply = "server-side" if cluster.server_side else "dynamic"
    busy = {place for place, writes in written.items() if len(writes.rows) > 2}
    for field in (*_children(cluster, last, busy, apply), *_written(written)):
        if (field.about, field.pointer) not in told:
            told.add((field.about, field.pointer))
            yield field


def _read(body: bytes) -> JsonObject:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _object(row: Write) -> str:
    """Return where the object of a write is, as `plural/namespace/name`."""
    path = row.uri.partition("?")[0].removesuffix("/status")
    parts = path.split("/")
    namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-2] else ""
    if row.verb == "create":
        body = cast("Mapping[str, Any]", row.body)
        about = body.get("metadata") or {}
        name = about.get("name") or f"{about.get('generateName', '')}*"
        return f"{parts[-1]}/{namespace}/{name}"
    name = parts[-1]
    return f"{parts[-2]}/{namespace}/{name}"


def _children(
    cluster: Cluster, last: Mapping[str, JsonObject], busy: set[str], apply: Apply
) -> Iterator[Field]:
    """Yield what the server makes of desired children that are written again and again."""
    kinds = cluster.server.catalogue.kinds
    for name, answer in last.items():
        for child in answer.get("children") or answer.get("attachments") or ():
            if not isinstance(child, dict):
                continue
            about = _described(child)
            metadata = cast("dict[str, Any]", child.get("metadata") or {})
            served = cluster.server.catalogue.find_kind(
                str(child.get("apiVersion")), str(child.get("kind"))
            )
            if served is None or not any(
                place.startswith(f"{served.served.plural}/")
                and place.endswith((f"/{metadata.get('name')}", "*"))
                for place in busy
            ):
                continue
            if metadata.get("generateName") and not metadata.get("name"):
                yield Field(
                    about,
                    "/metadata/generateName",
                    (name,),
                    "makes another object at every sync (rule 1.32)",
                    "give the child a name of its own",
                )
            for loop in loops(kinds, child, apply=apply):
                yield Field(about, loop.pointer, (name, "the server"), loop.reason, loop.remedy)


def _described(document: Mapping[str, Any]) -> str:
    metadata = document.get("metadata") or {}
    place = "/".join(
        str(part) for part in (metadata.get("namespace"), metadata.get("name")) if part
    )
    return f"{document.get('kind')} {place}"


def _written(written: Mapping[str, _Writes]) -> Iterator[Field]:
    """Yield what differs between the writes of one object."""
    for writes in written.values():
        rows, writers = writes.rows, tuple(each for each in writes.writers if each)
        if len(rows) < 3:
            continue
        yield from _statuses(rows, writers)
        yield from _updates(rows, writers)
        yield from _lives(rows, writers)


def _bodies(rows: Sequence[Write], *, status: bool) -> list[JsonObject]:
    return [
        cast("JsonObject", row.body)
        for row in rows
        if row.verb == "update" and row.uri.endswith("/status") == status
    ]


def _statuses(rows: Sequence[Write], writers: tuple[str, ...]) -> Iterator[Field]:
    bodies = _bodies(rows, status=True)
    if len(bodies) < 2:
        return
    before, after = bodies[-2].get("status"), bodies[-1].get("status")
    for operation in diff({"status": before}, {"status": after}):
        if operation.path == "/status/observedGeneration":
            continue
        reason = "is another at every sync (rule 7.9)"
        remedy = (
            "make the status a function of the spec and of what is observed, not of the status "
            "before; or set ignoreStatusChanges"
        )
        if len(writers) > 1:
            reason = "is written by two controllers, each of which replaces the whole status"
            remedy = "let one controller write the status"
        yield Field(_described(bodies[-1]), operation.path, writers, reason, remedy)


def _updates(rows: Sequence[Write], writers: tuple[str, ...]) -> Iterator[Field]:
    bodies = _bodies(rows, status=False)
    if len(bodies) < 2:
        return
    before, after = bodies[-2], bodies[-1]
    about = _described(after)
    for operation in diff(before, after):
        pointer = operation.path
        if pointer.startswith(_FREE):
            continue
        if pointer.startswith("/metadata/finalizers"):
            yield Field(
                about,
                "/metadata/finalizers",
                writers,
                "is taken off and put on again (rule 1.27)",
                "answer finalized only from the finalize hook",
            )
        elif pointer.endswith(LAST_APPLIED.replace("/", "~1")):
            yield from _echoes(before, after, about, writers)
        else:
            reason = "is another at every write"
            remedy = "make it a function of what is observed; draw what is random once (`once`)"
            if len(writers) > 1:
                reason = "is written by two controllers that want different values"
                remedy = "let one controller own the object"
            yield Field(about, pointer, writers, reason, remedy)


def _echoes(
    before: JsonObject, after: JsonObject, about: str, writers: tuple[str, ...]
) -> Iterator[Field]:
    """Yield what is desired that the server alone decides (rule 1.40)."""
    applied = [_read(_applied(each).encode()) for each in (before, after)]
    for operation in diff(applied[0], applied[1]):
        if operation.path.startswith("/metadata/") and operation.path.count("/") == 2:
            yield Field(
                about,
                operation.path,
                writers,
                "is desired as it was observed, and another after every write (rule 1.40)",
                "do not answer with observed objects; desire only what the rules set",
            )


def _applied(document: JsonObject) -> str:
    metadata = cast("dict[str, Any]", document.get("metadata") or {})
    return str((metadata.get("annotations") or {}).get(LAST_APPLIED) or "")


def _lives(rows: Sequence[Write], writers: tuple[str, ...]) -> Iterator[Field]:
    made = [row for row in rows if row.verb == "create"]
    if len(made) < 2 or not any(row.verb == "delete" for row in rows):
        return
    about = _described(cast("Mapping[str, Any]", made[-1].body))
    reason = "is deleted and created again and again"
    remedy = "the update strategy Recreate meets a field that never settles; see the fields above"
    if len(writers) > 1:
        reason = "is created by one controller and deleted by another (rule 3.19)"
        remedy = "give the controllers different kinds of children, or selectors of their own"
    yield Field(about, "(the whole object)", writers, reason, remedy)
