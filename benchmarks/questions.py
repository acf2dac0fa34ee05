"""The questions, each a function that returns lines of the table. `small` makes them quick."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.controllers import NOW, answer, by_hand, counting, many, three
from benchmarks.corpus import request
from benchmarks.runner import Timing, compare, measure

__all__ = ["QUESTIONS", "Line"]

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    question: str
    ours: str
    peer: str
    value: float
    """What is held to the goal, in the unit of the goal."""
    goal: float
    spread: str

    @property
    def met(self) -> bool:
        """Return whether the goal is met."""
        return self.value <= self.goal


def _milliseconds(timing: Timing) -> str:
    return f"{timing.median * 1e3:.2f} ms"


def _quartiles(timing: Timing, scale: float = 1, digits: int = 3) -> str:
    return f"{timing.low * scale:.{digits}f}..{timing.high * scale:.{digits}f}"


def unread(*, small: bool = False) -> Iterator[Line]:
    """Observed children that no rule reads, three desired; against parsing the same bytes."""
    for children, goal in ((1000, 0.07), (5000, 0.10)):
        body = request(20 if small else children)
        assert len(answer(three, body)) == 3
        result = compare(
            lambda body=body: three.respond(body, now=NOW), lambda body=body: orjson.loads(body)
        )
        yield Line(
            f"{children} children, none read ({len(body) / 1e6:.1f} MB): ratio to orjson.loads",
            _milliseconds(result.ours),
            _milliseconds(result.peer),
            result.ratio.median,
            goal,
            _quartiles(result.ratio),
        )


def flat(*, small: bool = False) -> Iterator[Line]:
    """What one more unread child costs, with many against with few: it should not grow."""
    few, lot = (10, 40) if small else (200, 2000)
    bodies = {count: request(count) for count in (few, lot, 0)}
    times = {
        count: measure(lambda body=body: three.respond(body, now=NOW)).median
        for count, body in bodies.items()
    }
    small_cost = (times[few] - times[0]) / few
    large_cost = (times[lot] - times[0]) / lot
    yield Line(
        f"one unread child of {lot} against one of {few}: ratio of costs",
        f"{large_cost * 1e6:.1f} us",
        f"{small_cost * 1e6:.1f} us",
        large_cost / small_cost if small_cost > 0 else 1.0,
        1.3,
        "",
    )


def one_field(*, small: bool = False) -> Iterator[Line]:
    """One field of each of 1000 children; against a JSON library and dict code by hand."""
    body = request(20 if small else 1000)
    peers = {
        "orjson": by_hand(orjson.loads, orjson.dumps),
        "json": by_hand(json.loads, json.dumps),
    }
    for name, peer in peers.items():
        theirs = json.loads(peer(body))["children"]
        assert answer(counting, body) == theirs
        result = compare(
            lambda: counting.respond(body, now=NOW),
            lambda peer=peer: peer(body),
            rounds=7,
        )
        yield Line(
            f"one field of each of 1000 children: ratio to {name} and dict code",
            _milliseconds(result.ours),
            _milliseconds(result.peer),
            result.ratio.median,
            0.35,
            _quartiles(result.ratio),
        )


def desired(*, small: bool = False) -> Iterator[Line]:
    """1000 children made by for_each, encoded. Units: microseconds a child."""
    count = 20 if small else 1000
    body = request(0, replicas=count)
    assert len(answer(many, body)) == count
    timing = measure(lambda: many.respond(body, now=NOW), rounds=15)
    yield Line(
        "1000 desired children by for_each, us each",
        f"{timing.median / count * 1e6:.1f} us",
        "",
        timing.median / count * 1e6,
        25,
        _quartiles(timing, 1e6 / count, 1),
    )


def little(*, small: bool = False) -> Iterator[Line]:
    """A request with three small observed and three desired children. Units: microseconds."""
    body = request(0, config_maps=3)
    assert len(answer(three, body)) == 3
    timing = measure(
        lambda: three.respond(body, now=NOW), rounds=5 if small else 25, repeat=2 if small else 50
    )
    yield Line(
        f"a request with 3 small children ({len(body)} bytes), us",
        f"{timing.median * 1e6:.0f} us",
        "",
        timing.median * 1e6,
        150,
        _quartiles(timing, 1e6, 0),
    )


IMPORT = """
import sys, time
start = time.perf_counter()
{what}
taken = time.perf_counter() - start
assert "pydantic" not in sys.modules
resident = [line for line in open("/proc/self/status") if line.startswith("VmRSS")]
print(taken, resident[0].split()[1])
"""


def _fresh(code: str) -> list[float]:
    # A first run writes the bytecode that later runs load.
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(each) for each in run.stdout.split()]


def importing(*, small: bool = False) -> Iterator[Line]:
    """What `import reconcile`, and using its first names, costs. Linux only: it reads /proc."""
    uses = "import reconcile; reconcile.rule, reconcile.all_of, reconcile.Controller"
    rounds = 2 if small else 9
    _fresh(IMPORT.format(what=uses))
    runs = [
        (_fresh(IMPORT.format(what=uses)), _fresh(IMPORT.format(what=""))) for _ in range(rounds)
    ]
    taken = sorted((ours[0] - bare[0]) * 1e3 for ours, bare in runs)
    room = sorted((ours[1] - bare[1]) / 1024 for ours, bare in runs)
    middle = rounds // 2
    yield Line(
        "import reconcile with rules and Controller, ms over a bare interpreter",
        f"{taken[middle]:.0f} ms",
        "",
        taken[middle],
        60,
        f"{taken[0]:.0f}..{taken[-1]:.0f}",
    )
    yield Line(
        "import reconcile with rules and Controller, MB over a bare interpreter",
        f"{room[middle]:.1f} MB",
        "",
        room[middle],
        20,
        f"{room[0]:.1f}..{room[-1]:.1f}",
    )


MEMORY = """
import gc, tracemalloc
from benchmarks.controllers import NOW, three
from benchmarks.corpus import request
three.respond(request(3), now=NOW)
count = {count}
tracemalloc.start()
body = request(count)
gc.collect()
tracemalloc.reset_peak()
held = tracemalloc.get_traced_memory()[0]
reply = three.respond(body, now=NOW)
assert reply.status == 200
peak = tracemalloc.get_traced_memory()[1]
print(len(body), peak - held)
"""


def memory(*, small: bool = False) -> Iterator[Line]:
    """How much memory a request with 1000 unread children takes, its bytes included."""
    size, more = _fresh(MEMORY.format(count=20 if small else 1000))
    yield Line(
        "memory of a request nobody reads, times its bytes",
        f"{(size + more) / 1e6:.1f} MB",
        f"{size / 1e6:.1f} MB",
        (size + more) / size,
        1.3,
        "",
    )


QUESTIONS = (unread, flat, one_field, desired, little, importing, memory)
