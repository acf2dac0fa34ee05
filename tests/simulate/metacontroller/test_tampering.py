"""What a comparison of two runs sees, and what it leaves to the real programs.

A random change of a value that counts is seen, by our comparison and by the judge. What is not
compared, and why:

| what | why |
|---|---|
| uids, resource versions, times, allocated addresses and ports, generated names | the server chooses them; that the same stays the same is compared |
| the world, the writes and the requests of a step that did not settle | an endless loop was cut somewhere |
| what a step says to vary, what a recording calls unstable | two recordings of the real programs differ there |
| rows that repeat the one before, and their number | a trigger comes during a sync or after it |
| conflicts (409) | how old the copy of the cache is that a sync sees |
| the order of writes to different objects | it is the order of a Go map |
| requests but the last one of a hook about a parent | a request between two writes may show an older state |
| counts of events, and their order | equal events are one, whose count is patched |
| what the collector writes | its attempts are seen in the world |
| messages of refused writes, headers of requests | only codes and bodies are recorded everywhere |
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from reconcile.simulate.metacontroller.comparing import compare_runs
from tests.conversations import judge
from tests.recordings import files
from tests.runs import RUNS, recorded

TAMPERED = 500
SMALL = tuple(
    name
    for name in sorted(
        RUNS, key=lambda name: len(files("metacontroller")[f"{name}/recording.json"])
    )
    if "unstable" not in recorded(name)
)[:40]
"""Small runs, so that many changes can be looked at."""
CHOSEN = frozenset(
    ("resourceVersion", "selfLink", "uid", "clusterIP", "clusterIPs", "nodePort", "time")
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

Change = Callable[[], None]


def seen(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether a difference is seen; the judge, where it is there, must say the same."""
    ours = bool(list(compare_runs(one, other)))
    if judge() is not None:
        assert ours == bool(list(judge().compare(one, other)))
    return ours


def scalars(holder: Any, key: str = "") -> Iterator[tuple[Any, Any]]:
    """Yield the containers and keys of all values that count."""
    pairs: Any = ()
    if isinstance(holder, dict):
        pairs = holder.items()
    elif isinstance(holder, list):
        pairs = enumerate(holder)
    for at, value in pairs:
        name = at if isinstance(at, str) else key
        if name in CHOSEN:
            continue
        if isinstance(value, (dict, list)) and value:
            yield from scalars(value, name)
        elif not (isinstance(value, str) and TIME.match(value)):
            yield holder, at


def another(value: Any) -> Any:
    """Return another value."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "x"


def counting(step: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield all places of a step whose values count."""
    varies = step.get("varies", ())
    if "result" not in varies:
        yield step["result"], "code"
    yield step, "metacontroller_alive"
    last: dict[Any, Any] = {}
    for row in step["timeline"]:
        if "event" in row and "events" not in varies and row["event"]["reason"]:
            yield row["event"], "reason"
            yield row["event"], "message"
        if not step["settled"]:
            continue
        if row.get("who") == "metacontroller" and row["code"] != 409 and "writes" not in varies:
            yield row, "code"
            yield from scalars(row["body"])
        if row.get("hook") and row["request"] and "last request" not in varies:
            request = row["request"]
            about = (request.get("parent") or request.get("object"))["metadata"]
            who = request["controller"]["metadata"]["name"]
            last[row["hook"], who, about.get("namespace"), about["name"]] = request
    for request in last.values():
        yield from scalars(request)
    if step["settled"] and "world" not in varies:
        yield from scalars(step["world"])


@pytest.mark.slow
def test_a_change_of_any_value_that_counts_is_seen() -> None:
    """Five hundred random ones, each seen by our comparison and by the judge."""
    pick = random.Random(20260101)
    missed: list[str] = []
    for _ in range(TAMPERED):
        name = pick.choice(SMALL)
        made = deepcopy(recorded(name))
        step = pick.choice(made["steps"])
        holder, key = pick.choice(list(counting(step)))
        before, holder[key] = holder[key], another(holder[key])
        if not seen(recorded(name), made):
            missed.append(f"{name} step {made['steps'].index(step)} {key}: {json.dumps(before)}")
    assert not missed, "\n".join(missed[:20])


def shifted(run: dict[str, Any]) -> None:
    """Move what the server chooses, everywhere alike."""
    text = json.dumps(run["steps"])
    text = re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})", r"abcdef01\1", text
    )
    text = re.sub(
        r'"resourceVersion": "(\d+)"',
        lambda found: f'"resourceVersion": "{int(found[1]) + 1000}"',
        text,
    )
    run["steps"] = json.loads(text.replace("2026-11-23T", "2031-01-01T"))


def cut(run: dict[str, Any]) -> None:
    """Change what a step holds that did not settle."""
    for step in run["steps"]:
        if not step["settled"]:
            step["world"] = []
            step["timeline"] = [row for row in step["timeline"] if "event" in row]


def repeated(run: dict[str, Any]) -> None:
    """Repeat every row."""
    for step in run["steps"]:
        step["timeline"] = [row for row in step["timeline"] for _ in range(2)]


def conflicting(run: dict[str, Any]) -> None:
    """Let every write be refused once, because of an older copy."""
    for step in run["steps"]:
        rows = step["timeline"]
        step["timeline"] = [
            made
            for row in rows
            for made in ([{**row, "code": 409}, row] if "who" in row else [row])
        ]


def reordered(run: dict[str, Any]) -> None:
    """Let the writes to one object come before those to all others."""
    for step in run["steps"]:
        rows = step["timeline"]
        first = next((row["uri"] for row in reversed(rows) if row.get("verb") == "update"), None)
        step["timeline"] = sorted(rows, key=lambda row: row.get("uri") != first)


def forgotten(run: dict[str, Any]) -> None:
    """Leave out all requests but the last one."""
    for step in run["steps"]:
        calls = [row for row in step["timeline"] if "hook" in row]
        step["timeline"] = [row for row in step["timeline"] if "hook" not in row] + calls[-1:]


def counted(run: dict[str, Any]) -> None:
    """Let each event come once, with another count, the last one first."""
    for step in run["steps"]:
        found = {
            json.dumps({**row["event"], "count": 0, "verb": ""}, sort_keys=True): row
            for row in step["timeline"]
            if "event" in row
        }
        rest = [row for row in step["timeline"] if "event" not in row]
        events = [{**row, "event": {**row["event"], "count": 9}} for row in found.values()]
        step["timeline"] = [*rest, *reversed(events)]


def uncollected(run: dict[str, Any]) -> None:
    """Leave out what the collector writes."""
    for step in run["steps"]:
        step["timeline"] = [row for row in step["timeline"] if row.get("who") != "gc"]


def reworded(run: dict[str, Any]) -> None:
    """Refuse writes in other words."""
    for step in run["steps"]:
        for row in step["timeline"]:
            if "who" in row and "message" in row:
                row["message"] = "no"
            if "headers" in row:
                row["headers"] = {
                    key: value for key, value in row["headers"].items() if key == "if-none-match"
                }


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("composite_first", shifted),
        ("update_recreate", shifted),
        ("status_hot_loop", cut),
        ("update_inplace", repeated),
        ("finalize_foreground", repeated),
        ("update_inplace", conflicting),
        ("ssa_decorator", reordered),
        ("status_unchanged", forgotten),
        ("hooks_bad_bodies", counted),
        ("finalize_foreground", uncollected),
        ("update_immutable", reworded),
    ],
)
def test_what_the_real_programs_choose_is_not_compared(name: str, change: Any) -> None:
    """Each row of the table above: the run is another, and nothing is said of it."""
    made = deepcopy(recorded(name))
    change(made)
    assert made != recorded(name)
    assert not seen(recorded(name), made)


def test_what_varies_is_not_compared() -> None:
    """What a step says of itself counts for that step alone, and for that part alone."""
    recorded_run = deepcopy(recorded("composite_first"))
    step = next(each for each in recorded_run["steps"] if each["settled"] and each["world"])
    made = deepcopy(recorded_run)
    place = recorded_run["steps"].index(step)
    made["steps"][place]["result"]["code"] = 418
    assert seen(recorded_run, made)
    step["varies"] = ["result"]
    assert not seen(recorded_run, made)
    made["steps"][place]["metacontroller_alive"] = None
    assert seen(recorded_run, made)


def test_what_is_unstable_is_not_compared() -> None:
    """A place that two recordings differ in is left out, with all that is below it."""
    recorded_run = deepcopy(recorded("composite_first"))
    made = deepcopy(recorded_run)
    made["steps"][0]["result"]["code"] = 418
    recorded_run["unstable"] = ["0/code"]
    assert not seen(recorded_run, made)
    made["steps"][1]["result"]["code"] = 418
    assert seen(recorded_run, made)


def test_a_step_more_or_less_is_seen() -> None:
    """As a difference of the run as a whole."""
    made = deepcopy(recorded("composite_first"))
    made["steps"].pop()
    found = list(compare_runs(recorded("composite_first"), made))
    assert [(each.step, each.what) for each in found] == [(-1, "steps")]


def test_patience_decides_whether_failing_looks_settled() -> None:
    """Where the recorded step fails and is tried again, its word counts."""
    made = deepcopy(recorded("error_backoff"))
    failing = [step for step in made["steps"] if not step["settled"]]
    assert failing
    for step in failing:
        step["settled"] = True
    assert not seen(recorded("error_backoff"), made)
