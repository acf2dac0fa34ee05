"""Recorded calls read again, put to a controller, and its answers compared with the recorded ones.

1. What is read: the files of `recorder`, and recordings of Metacontroller, whose timelines hold
   hook calls in the same form.
2. A 304 stands for the answer that the caller held; that is looked for among the calls before.
3. Children are compared by kind, namespace and name: their order means nothing to Metacontroller.
4. The randomness of then is gone, and secrets are masked. Each call is answered twice, with other
   randomness, to see which texts come from it. Such a text is as good as the recorded one if that
   one was new then, too; a secret that was kept then and is made anew now is a difference. A text
   that is computed cannot be compared with a mask, and is left alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.adapters.log import describe_error
from reconcile.adapters.masking import masks
from reconcile.adapters.record_files import PATTERN
from reconcile.adapters.webhook import HOOKS
from reconcile.diff import diff
from reconcile.errors import ReconcileError, RequestError
from reconcile.objects.gvk import Gvk
from reconcile.value import ABSENT, decode

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from reconcile.adapters.webhook import Hook, Responder
    from reconcile.hook.reply import Reply
    from reconcile.value import Absent, Json

__all__ = ["Difference", "RecordedCall", "differences", "recorded_calls"]

_ENTROPIES: Final = (bytes(32), bytes([255] * 32))
_WHAT: Final = {"add": "added", "remove": "removed", "replace": "changed", "move": "moved"}
# A recording of Metacontroller does not tell the time of a call; any will do, but always the same.
_SOME_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
# What a controller says; other statuses are said by adapters and servers.
_CONTROLLERS: Final = frozenset({200, 400, 413, 422, 429, 500})


class Difference(NamedTuple):
    """Where an answer is not the recorded one."""

    what: str
    """`added`, `removed`, `changed` or `moved`; `no JSON`; `status ...`, with what went wrong."""
    pointer: str
    """In the response, where children are a map by kind and then by namespace and name."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call, as it was recorded."""

    name: str
    """`FILE:LINE HOOK KIND NAME`, or with the step instead of the line."""
    hook: Hook
    headers: Mapping[str, str]
    request: Json
    status: int
    response: Json
    time: datetime
    took: float
    """Seconds."""
    comparable: bool
    """Whether a controller can be asked for this answer."""

    @property
    def body(self) -> bytes:
        """The request's bytes."""
        # Not our strict codec: numbers that we would not answer with may well have been asked.
        return json.dumps(self.request, ensure_ascii=False).encode("utf-8", "surrogatepass")

    def put_to(self, controller: Responder, *, entropy: bytes = bytes(32)) -> Reply:
        """Return what `controller` answers to this call, at the time it was made."""
        return self._answer(controller, self.time, entropy)

    def _answer(self, controller: Responder, now: datetime, entropy: bytes) -> Reply:
        headers = {
            name: value
            for name, value in self.headers.items()
            if name not in ("authorization", "if-none-match")
        }
        return controller.respond(
            self.body, hook=self.hook, headers=headers, now=now, entropy=entropy
        )


def recorded_calls(path: str | os.PathLike[str]) -> Iterator[RecordedCall]:
    """Yield the calls in a file, or in all files below a folder, in the order of their names.

    Guarantees: a last line without an end is left out, and so are JSON files without calls.
    Raises: RequestError, naming file and line, for what is no recording; OSError.
    """
    place = Path(path)
    files = [place]
    if place.is_dir():
        files = sorted([*place.rglob(PATTERN), *place.rglob("*.json")])
    for file in files:
        held: dict[tuple[str, str, str], Json] = {}
        for where, row in _rows(file):
            yield _resolved(_read(f"{file.stem}:{where}", row), row, held)


def differences(call: RecordedCall, controller: Responder) -> tuple[Difference, ...]:
    """Return where the answer of `controller` to a recorded call is not the recorded one.

    Guarantees: empty when there is none, and for calls that are not `comparable`.
    Cost: answers the call twice, or four times when a second passed while it was answered.
    """
    if not call.comparable:
        return ()
    found = _compared(call, controller, call.time)
    later = call.time + timedelta(seconds=call.took)
    if found and later.replace(microsecond=0) != call.time.replace(microsecond=0):
        # The rules may have seen the time a little later than the recorder.
        return _compared(call, controller, later) and found
    return found


def _compared(call: RecordedCall, controller: Responder, now: datetime) -> tuple[Difference, ...]:
    replies = [call._answer(controller, now, entropy) for entropy in _ENTROPIES]
    reply = replies[0]
    if reply.status != call.status:
        what = f"status {reply.status}, not {call.status}"
        if reply.failure is not None:
            what += f" ({describe_error(reply.failure.error)})"
        return (Difference(what, ""),)
    one, other = (_document(each.body) for each in replies)
    if call.status != 200:
        # The rest is a digest of the request, which is not the same when it is masked.
        same = _word(call.response) == (None if one is ABSENT else _word(one))
        return () if same else (Difference("changed", "/error"),)
    if one is ABSENT or other is ABSENT:
        return (Difference("no JSON", ""),)
    recorded = _shaped(call.response)
    sent: set[str] = set()
    _texts(call.request, sent)
    known = frozenset[str]().union(*map(masks, sent))
    produced = _taken(recorded, _shaped(one), _shaped(other), sent, known)
    return tuple(
        Difference(_WHAT.get(operation.op, operation.op), operation.path)
        for operation in diff(recorded, produced)
    )


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the rows of a file that are calls, and where each stands."""
    text = file.read_bytes()
    if file.suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(keepends=True), 1):
            if line.endswith(b"\n"):
                row = _parsed(file, str(number), line)
                yield str(number), row if isinstance(row, dict) else {}
        return
    recording = _parsed(file, "1", text)
    for number, step in enumerate(_listed(recording, "steps")):
        for index, row in enumerate(_listed(step, "timeline")):
            if isinstance(row, dict) and "hook" in row and row.get("method", "POST") == "POST":
                yield f"{number}.{index}", row


def _parsed(file: Path, where: str, text: bytes) -> Json:
    try:
        return cast("Json", json.loads(text))
    except (ValueError, RecursionError) as error:
        message = f"{file}, line {where}, cannot be read as JSON"
        raise RequestError("not-a-recording", message) from error


def _read(name: str, row: dict[str, Json]) -> RecordedCall:
    """Return the call of a row, of which the name says where it stands."""
    hook, status, took = row.get("hook"), row.get("status"), row.get("took", 0.0)
    request, response = row.get("request"), row.get("response")
    if not (isinstance(hook, str) and isinstance(status, int) and isinstance(took, (int, float))):
        message = f"{name} is no recorded call: it has no hook, status or time"
        raise RequestError("not-a-recording", message)
    usable = isinstance(request, dict) and not (status == 200 and isinstance(response, str))
    return RecordedCall(
        name=f"{name} {hook} {_titled(request)}".rstrip(),
        hook=cast("Hook", hook),
        headers=_flat(row.get("headers")),
        request=request,
        status=status,
        response=response,
        time=_time(name, row.get("time")),
        took=took,
        comparable=usable and hook in HOOKS.values() and status in _CONTROLLERS,
    )


def _time(name: str, text: Json) -> datetime:
    if text is None:
        return _SOME_TIME
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError as error:
        message = f"the time of {name} is not RFC 3339"
        raise RequestError("not-a-recording", message) from error
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _titled(request: Json) -> str:
    """Return kind, namespace and name of the parent of a request."""
    parent = _member(request, "parent")
    parent = _member(request, "object") if parent is None else parent
    metadata = _member(parent, "metadata")
    names = [_member(metadata, "namespace"), _member(metadata, "name")]
    name = "/".join(name for name in names if isinstance(name, str))
    return f"{_member(parent, 'kind') or ''} {name}".strip()


def _resolved(
    call: RecordedCall, row: dict[str, Json], held: dict[tuple[str, str, str], Json]
) -> RecordedCall:
    """Return the call with the answer that a 304 stands for; note the answers that have a tag."""
    subject = call.name.partition(" ")[2]
    tag = _flat(row.get("response_headers")).get("etag")
    if call.status == 200 and tag is not None:
        held[call.hook, subject, tag] = call.response
    key = (call.hook, subject, call.headers.get("if-none-match", ""))
    if call.status == 304 and key in held:
        usable = isinstance(call.request, dict) and not isinstance(held[key], str)
        return replace(call, status=200, response=held[key], comparable=usable)
    return call


def _member(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None


def _listed(value: Json, key: str) -> list[Json]:
    found = _member(value, key)
    return found if isinstance(found, list) else []


def _flat(value: Json) -> dict[str, str]:
    """Return headers with their names in lower case."""
    pairs = value.items() if isinstance(value, dict) else ()
    return {name.lower(): text for name, text in pairs if isinstance(text, str)}


def _document(body: bytes) -> Json | Absent:
    try:
        return decode(body)
    except ReconcileError:
        return ABSENT


def _word(response: Json) -> Json:
    return response.get("error") if isinstance(response, dict) else None


def _shaped(response: Json) -> Json:
    """Return the response with its children as a map; of two that are one, the last counts."""
    if not isinstance(response, dict):
        return response
    shaped = dict(response)
    for field in ("children", "attachments"):
        children = response.get(field)
        if not isinstance(children, list):
            continue
        by_kind: dict[str, Json] = {}
        for child in children:
            if not isinstance(child, dict) or not isinstance(child.get("metadata"), dict):
                break
            kind = Gvk(str(child.get("apiVersion")), str(child.get("kind"))).key
            names = [_member(child["metadata"], key) for key in ("namespace", "name")]
            name = "/".join(name for name in names if isinstance(name, str))
            same = by_kind.setdefault(kind, {})
            assert isinstance(same, dict), "only made here"
            same[name] = child
        else:
            shaped[field] = by_kind
    return shaped


def _texts(value: Json, found: set[str]) -> None:
    """Collect the texts of a document."""
    if isinstance(value, str):
        found.add(value)
    elif isinstance(value, list):
        for item in value:
            _texts(item, found)
    elif isinstance(value, dict):
        for member in value.values():
            _texts(member, found)


def _taken(recorded: Json, one: Json, other: Json, sent: set[str], known: frozenset[str]) -> Json:
    """Return `one` with the recorded text in each place where the two cannot be compared."""
    if isinstance(recorded, dict) and isinstance(one, dict):
        beside = other if isinstance(other, dict) else {}
        return {
            key: _taken(recorded[key], member, beside.get(key), sent, known)
            if key in recorded
            else member
            for key, member in one.items()
        }
    if isinstance(recorded, list) and isinstance(one, list) and len(recorded) == len(one):
        again = other if isinstance(other, list) and len(other) == len(one) else one
        return [_taken(*three, sent, known) for three in zip(recorded, one, again, strict=True)]
    if not (isinstance(recorded, str) and isinstance(one, str) and one):
        return one
    hidden = masks(recorded)
    if one != other:
        kept = bool(hidden & known) or recorded in sent
        return one if kept else recorded
    return recorded if hidden and not masks(one) else one
