"""What a cluster in memory costs: one sync, a whole test, a thousand parents, a copy, memory.

1. The least of many short rounds counts, because a machine can only add. Time in the hook itself is
   taken off where the row says so: it is the user's.
2. Both ends of the hook are bytes, and every write goes through the API server in memory.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from reconcile import Child, Contribution, Controller, Model, Observed, Parent, rule
from reconcile.diff import BUILD
from reconcile.kinds.core_v1 import ConfigMap
from reconcile.simulate import Cluster

__all__ = ["main", "memory", "rows", "settled", "spread"]

GOALS = {
    "one sync, 3 children, nothing to do, beyond the hook": 80,
    "the same, answered from memory (pure), in all": 50,
    "copy a cluster": 2,
    "a whole test: create, change, delete, each settled": 5000,
}
"""Units: microseconds, the compiled build."""
SETTLED = "1,000 parents of 5 children, from nothing to settled, s"
MEMORY = "memory of a settled parent with 5 children, KB"


class BoxSpec(Model):
    """How many children."""

    count: int = 3
    text: str = ""


class BoxStatus(Model):
    """How many there are."""

    count: int | None = None


class Box(Parent[BoxSpec, BoxStatus], group="bench.example.com", version="v1"):
    """A parent of ConfigMaps."""


@rule
def contents(observed: Observed[Box]) -> Contribution:
    """Want ConfigMaps."""
    spec, name = observed.parent.spec, observed.parent.name
    children = [ConfigMap(f"{name}-{at}", data={"text": spec.text}) for at in range(spec.count)]
    return Contribution(children=children, status={"count": spec.count})


controller = Controller(Box, rules=contents, children=[Child(ConfigMap, "InPlace")])


def box(name: str = "box", count: int = 3) -> Box:
    """Return a parent."""
    return Box.of(name, spec={"count": count})


class Syncing:
    """A settled cluster whose one parent is synced again and again."""

    def __init__(self, *, pure: bool = False, others: int = 0) -> None:
        cluster = Cluster(controller, pure=pure)
        cluster.create(box())
        for at in range(others):
            cluster.create(ConfigMap(f"other-{at}", data={"text": "x"}))
        cluster.settle()
        self._process = cluster._process
        self._run = self._process.running["CompositeController/box"]
        self.hook = 0.0
        transport = self._process.transport

        def timed(call: Any) -> Any:
            begin = time.perf_counter()
            answer = transport(call)
            self.hook += time.perf_counter() - begin
            return answer

        self._process.transport = timed
        self.sync()

    def sync(self) -> None:
        """Sync the parent."""
        self._process.sync(self._run, "bench.example.com/Box/default/box")


def whole() -> Cluster:
    """Run a whole test of a small controller."""
    cluster = Cluster(controller)
    cluster.create(box())
    cluster.settle()
    cluster.patch(Box, "box", {"spec": {"text": "other"}})
    cluster.settle()
    cluster.delete(Box, "box")
    cluster.settle()
    return cluster


def rows() -> Iterator[tuple[str, Callable[[], float]]]:
    """Yield what is timed: its name, and what returns seconds for one round."""
    sync, pure, copy, test = GOALS
    quiet, known, crowded = Syncing(), Syncing(pure=True), Syncing(others=2000)

    def beyond(syncing: Syncing) -> Callable[[], float]:
        def call() -> float:
            before, begin = syncing.hook, time.perf_counter()
            syncing.sync()
            return time.perf_counter() - begin - (syncing.hook - before)

        return call

    yield sync, beyond(quiet)
    yield "the same among 2,000 other objects of the kind", beyond(crowded)
    yield pure, _timed(known.sync)
    cluster = whole()
    yield copy, _timed(cluster.copy)
    yield test, _timed(whole)


def _timed(call: Callable[[], Any]) -> Callable[[], float]:
    def timed() -> float:
        begin = time.perf_counter()
        call()
        return time.perf_counter() - begin

    return timed


def spread(call: Callable[[], float], rounds: int) -> float:
    """Return the least seconds of some rounds."""
    gc.collect()
    gc.disable()
    try:
        return min(call() for _ in range(rounds))
    finally:
        gc.enable()


def settled(parents: int) -> float:
    """Return the seconds until some parents with 5 children each have settled."""
    cluster = Cluster(controller)
    for at in range(parents):
        cluster.create(box(f"box-{at}", 5))
    begin = time.perf_counter()
    cluster.settle()
    return time.perf_counter() - begin


def memory(parents: int) -> float:
    """Return the bytes that a settled parent with 5 children keeps, all its history included."""
    cluster = Cluster(controller)
    cluster.create(box("first", 5))
    cluster.settle()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for at in range(parents):
        cluster.create(box(f"box-{at}", 5))
    cluster.settle()
    gc.collect()
    made = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return made / parents


def main(argv: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--parents", type=int, default=1000)
    arguments = parser.parse_args(argv)
    print(f"build: {BUILD}\n")
    print("| what | us | goal | met |\n|---|--:|--:|---|")
    for name, call in rows():
        rounds = arguments.rounds if "whole test" not in name else arguments.rounds // 20
        took = spread(call, max(1, rounds)) * 1e6
        goal = GOALS.get(name)
        met = "" if goal is None else "yes" if took <= goal else "no"
        print(f"| {name} | {took:.1f} | {goal or ''} | {met} |")
    took = settled(arguments.parents) * 1000 / arguments.parents
    print(f"| {SETTLED} | {took:.2f} s | 2 s | {'yes' if took <= 2 else 'no'} |")
    kept = memory(min(200, arguments.parents)) / 1024
    print(f"| {MEMORY} | {kept:.0f} KB | 40 KB | {'yes' if kept <= 40 else 'no'} |")


if __name__ == "__main__":
    main()
