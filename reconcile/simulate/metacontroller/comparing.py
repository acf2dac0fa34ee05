"""Whether two runs of Metacontroller show the same behaviour.

1. A step is compared by the world after it, the writes per object, the last request per hook and
   parent, the events as a set, the codes, and whether the process is alive.
2. Of a step that did not settle, only codes, events and the process count.
3. What two recordings of one run differ in is not compared: the recording says so.

Source: the recordings' own description of what a faithful replay reproduces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.comparison import (
    Difference,
    Labels,
    differing,
    in_parts,
    scalars_of,
    step_between,
)
from reconcile.simulate.metacontroller.documents import map_of

if TYPE_CHECKING:
    from reconcile.value.types import Json

__all__ = ["compare_runs"]

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "last request": ("calls",),
    "result": ("code", "reason"),
}
"""What a recording says to vary -> the parts of a step that are not compared then."""


def compare_runs(recorded: Mapping[str, Any], produced: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield where a produced run differs from a recorded one, step by step.

    Shape: both as recordings. `what` of a difference is `code`, `reason`, `settled`, `alive`,
        `events`, `world`, `writes` or `calls`.
    """
    theirs, ours = recorded["steps"], produced["steps"]
    if len(theirs) != len(ours):
        yield Difference(-1, "steps", "", len(theirs), len(ours))
    # Who fails and tries again looks settled or not, as long as somebody is patient.
    pairs = zip(theirs, ours, strict=False)
    patient = [
        {**mine, "settled": step["settled"]} if _fails(step) else mine for step, mine in pairs
    ]
    unstable = tuple(each for each in recorded.get("unstable", ()) if isinstance(each, str))
    views = zip(_seen(theirs), _seen(patient), strict=False)
    for place, (left, right) in enumerate(views):
        for what in theirs[place].get("varies", ()):
            for part in _PARTS.get(what, (what,)):
                left.pop(part, None)
                right.pop(part, None)
        for pointer, a, b in differing(left, right, ""):
            what, _, rest = pointer[1:].partition("/")
            if not any(f"{place}{pointer}".startswith(each) for each in unstable):
                yield Difference(place, what, f"/{rest}" if rest else "", a, b)


def _fails(step: Mapping[str, Any]) -> bool:
    return any("event" in row and row["event"].get("type") == "Warning" for row in step["timeline"])


def _seen(steps: list[dict[str, Any]]) -> list[dict[str, Json]]:
    """Return the steps of a run as they are compared."""
    labels = Labels()
    for step in steps:
        labels.sent |= scalars_of(step.get("object")) | scalars_of(step.get("body"))
        labels.learn(step["result"].get("object"))
        if step["settled"]:  # those that come and go within a loop are not counted
            labels.learn(step["world"])
    versions: dict[str, str] = {}
    return [_step(step, labels, versions) for step in steps]


def _step(step: Mapping[str, Any], labels: Labels, versions: dict[str, str]) -> dict[str, Json]:
    made: dict[str, Json] = {
        "do": step["do"],
        "code": step["result"]["code"],
        "reason": step["result"].get("reason"),
        "settled": step["settled"],
        "alive": step["metacontroller_alive"],
        "events": _events(step, labels),
    }
    if step["settled"]:
        made["world"] = _world(step, labels, versions)
        made["writes"] = _writes(step, labels)
        made["calls"] = _calls(step, labels)
    return made


def _events(step: Mapping[str, Any], labels: Labels) -> list[Json]:
    found: set[str] = set()
    for row in step["timeline"]:
        event = row.get("event")
        if event is None or (event.get("verb") == "patch" and not event.get("message")):
            continue
        about = [labels.text(str(event["about"].get(key))) for key in ("kind", "namespace", "name")]
        message = in_parts(labels.text(str(event["message"])))
        found.add(json.dumps([event["type"], event["reason"], message, *about]))
    return [*sorted(found)]


def _world(step: Mapping[str, Any], labels: Labels, versions: dict[str, str]) -> Json:
    made: dict[str, Json] = {}
    for document in step["world"]:
        metadata = document["metadata"]
        made[labels.text(_identity(document))] = {
            "object": labels.masked(document),
            "moved": step_between(versions, metadata["uid"], metadata["resourceVersion"]),
        }
    return made


def _identity(document: Mapping[str, Any]) -> str:
    about = document.get("metadata", {})
    return (
        f"{document.get('apiVersion')}/{document.get('kind')}/"
        f"{about.get('namespace', '')}/{about.get('name')}"
    )


def _writes(step: Mapping[str, Any], labels: Labels) -> Json:
    """Return the writes of Metacontroller per object, in order.

    Guarantees: no conflicts, which an older copy in the cache makes, and no repetitions.
    """
    made: dict[str, list[Json]] = {}
    for row in step["timeline"]:
        if row.get("who") != "metacontroller" or row["code"] == 409:
            continue
        path, _, query = row["uri"].partition("?")
        if row["verb"] == "create":
            path += "/" + str(map_of(map_of(row.get("body")).get("metadata")).get("name"))
        told: Json = {
            "write": f"{row['verb']} {row['code']} {query}",
            "body": labels.masked(row.get("body")),
        }
        writes = made.setdefault(labels.text(f"metacontroller {path}"), [])
        if told not in writes[-1:]:
            writes.append(told)
    return cast("Json", made)


def _calls(step: Mapping[str, Any], labels: Labels) -> Json:
    """Return the last request per hook, controller and parent; of rollouts also per revision."""
    rolling = any(each.get("kind") == "ControllerRevision" for each in step["world"])
    made: dict[str, Json] = {}
    for row in step["timeline"]:
        if "hook" not in row:
            continue
        request = map_of(row.get("request"))
        parent = map_of(request.get("parent") or request.get("object"))
        controller = map_of(map_of(request.get("controller")).get("metadata")).get("name")
        told = map_of(request.get("parent")).get("spec")
        revision = json.dumps(told, sort_keys=True) if rolling else ""
        who = labels.text(_identity(parent))
        made[f"{row['hook']} of {controller} for {who} {revision}"] = {
            "request": labels.masked(request or row.get("request")),
            "status": row["status"],
            "if-none-match": "if-none-match" in row.get("headers", {}),
        }
    return made
