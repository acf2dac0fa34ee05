"""Print the tables: `python -m benchmarks.diff [--quick] [--peers | --correctness | --charts DIR]`.

E is the time of `a == b` on equal trees of the document that share nothing, in the same run.
Ours is timed twice: `diff`, whose values are references and whose pointers are not put together
yet, and `diff(...).to_json()`, which is what is compared with peers.
"""

from __future__ import annotations

import gc
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.corpus import request
from benchmarks.diff.charts import Bar, chart
from benchmarks.diff.correctness import table
from benchmarks.diff.documents import PAIRS, deep, documents, pair, shuffled
from benchmarks.diff.peers import OURS, Engine, peers
from reconcile.diff import BUILD, apply, diff, diff_bytes, equal, server_side_apply, three_way
from reconcile.kinds import schema

GOALS = {"one leaf": 0.95, "1 %": 1.0, "10 %": 1.6, "100 %": 5.0}


def _times(sides: list[Callable[[], Any]], rounds: int, repeat: int) -> list[float]:
    """Return the median time of each side, all of them timed in turns. Units: seconds."""
    found: list[list[float]] = [[] for _ in sides]
    for side in sides:
        side()
    for _ in range(rounds):
        for number, side in enumerate(sides):
            gc.disable()
            start = time.perf_counter()
            for _ in range(repeat):
                side()
            found[number].append((time.perf_counter() - start) / repeat)
            gc.enable()
    return [median(times) for times in found]


def _goal(name: str, pair_name: str, size: int) -> str:
    if pair_name == "equal":
        large = name in {"ConfigMap", "Helm release", "PrometheusRule"}
        return "1.0" if large else "0.80" if size < 10_000_000 else "0.95"
    return str(GOALS.get(pair_name, 1.3))


def ratios(*, quick: bool) -> None:
    """Print the times of ours as multiples of E."""
    print("| document | kB | E us | pair | diff / E | goal | to_json / E | operations |")
    print("|---|--:|--:|---|--:|--:|--:|--:|")
    for document in documents(large=not quick):
        size = len(document.body)
        same, other = document.parsed(), document.parsed()
        repeat = max(1, 400_000 // size)
        for name in PAIRS:
            before, after = pair(document, name)
            sides: list[Callable[[], Any]] = [
                lambda a=same, b=other: a == b,
                lambda a=before, b=after: diff(a, b),
                lambda a=before, b=after: OURS.diff(a, b),
            ]
            e, ours, written = _times(sides, 3 if quick else 9, repeat)
            print(
                f"| {document.name} | {size / 1000:.0f} | {e * 1e6:.1f} | {name} | {ours / e:.2f} "
                f"| {_goal(document.name, name, size)} | {written / e:.2f} "
                f"| {len(diff(before, after))} |"
            )


def shapes() -> None:
    """Print what is told in milliseconds."""
    print("\n| shape | ms | goal |\n|---|--:|--:|")
    for kind, goal in (("objects", 3), ("strings", 1.5)):
        before, after = shuffled(kind)
        took = _times([lambda a=before, b=after: diff(a, b)], 9, 1)[0]
        print(f"| 5000 {kind} shuffled | {took * 1e3:.2f} | {goal} |")
    for shape in ("objects", "lists", "pairs", "mixed"):
        before, after, same = deep(shape, 1), deep(shape, 2), deep(shape, 1)
        took = _times(
            [lambda a=before, b=after: diff(a, b), lambda a=before, b=same: diff(a, b)], 5, 1
        )
        print(f"| 10000 levels of {shape}, changed | {took[0] * 1e3:.2f} | 10 |")
        print(f"| 10000 levels of {shape}, equal | {took[1] * 1e3:.2f} | 10 |")


def merges() -> None:
    """Print what merging costs, as multiples of `diff` of the same pair. The goal is 4."""
    print("\n| document | pair | diff us | three_way | server_side_apply |\n|---|---|--:|--:|--:|")
    for document in documents(large=False):
        if document.name not in {"Pod", "Deployment"}:
            continue
        version = "v1" if document.name == "Pod" else "apps/v1"
        about = schema(version, document.name)
        for name in ("equal", "one leaf", "10 %"):
            before, after = pair(document, name)
            for each in (before, after):
                each.update(apiVersion=version, kind=document.name)
                each["metadata"].pop("managedFields", None)
                each.pop("status", None)
            how: dict[str, Any] = {"manager": "m", "schema": about, "time": "now"}
            live = server_side_apply(None, before, **how)
            sides: list[Callable[[], Any]] = [
                lambda a=before, b=after: diff(a, b),
                lambda a=before, b=after: three_way(a, a, b),
                lambda a=live, b=after, h=how: server_side_apply(a, b, force=True, **h),
            ]
            took, merged, applied = _times(sides, 9, 20)
            print(
                f"| {document.name} | {name} | {took * 1e6:.1f} | {merged / took:.1f} "
                f"| {applied / took:.0f} |"
            )


def texts() -> None:
    """Print what comparing two requests costs, of which one child differs. Units: ms."""
    print("\n| children | MB | diff_bytes | reading both and diff |\n|--:|--:|--:|--:|")
    for children in (100, 1000):
        before = request(children)
        after = before.replace(b"registry.example.com/team/app-3@", b"registry.example.com/app@", 1)
        sides: list[Callable[[], Any]] = [
            lambda a=before, b=after: diff_bytes(a, b),
            lambda a=before, b=after: diff(orjson.loads(a), orjson.loads(b)),
        ]
        ours, whole = _times(sides, 5, 1)
        size = len(before) / 1e6
        print(f"| {children} | {size:.1f} | {ours * 1e3:.1f} | {whole * 1e3:.1f} |")


def rivals(*, quick: bool) -> None:
    """Print the times of the peers as multiples of ours, `to_json` included."""
    found, missing = peers()
    print(f"\nNot installed: {', '.join(missing) or 'none'}.\n")
    print(f"| document | pair | {' | '.join(engine.name for engine in found)} |")
    print(f"|---|---|{'--:|' * len(found)}")
    for document in documents(large=False):
        if quick and len(document.body) > 50_000:
            continue
        for name in PAIRS:
            before, after = pair(document, name)
            row = [_rival(engine, before, after) for engine in found]
            print(f"| {document.name} | {name} | {' | '.join(row)} |", flush=True)


def _rival(engine: Engine, before: Any, after: Any) -> str:
    """Return how often ours fits into the peer's time; marked where its answer is wrong."""
    try:
        ratio, right = _against(engine, before, after)
    except Exception as error:  # noqa: BLE001  # whatever a peer does is its result
        return type(error).__name__
    return f"{ratio:.1f}" + ("" if right else " wrong")


def _against(engine: Engine, before: Any, after: Any) -> tuple[float, bool]:
    start = time.perf_counter()
    found = engine.diff(before, after)
    took = time.perf_counter() - start
    right = engine.changed(found) is not equal(before, after)
    if right and engine.apply is not None and took < 1:
        right = equal(engine.apply(apply(before, []), found), after)
    repeat = max(1, int(0.005 / max(took, 1e-6)))
    sides = [lambda: engine.diff(before, after), lambda: OURS.diff(before, after)]
    theirs, ours = _times(sides, 3 if took < 1 else 1, repeat)
    return theirs / ours, right


def charts(folder: Path) -> None:
    """Draw what documents cost, and what peers take, as median over documents and pairs."""
    chosen = [each for each in documents(large=False) if len(each.body) < 1_000_000]
    bars: list[Bar] = []
    for document in chosen:
        same, other = document.parsed(), document.parsed()
        for name in ("equal", "one leaf"):
            before, after = pair(document, name)
            sides = [lambda a=same, b=other: a == b, lambda a=before, b=after: diff(a, b)]
            e, ours = _times(sides, 9, max(1, 400_000 // len(document.body)))
            size = f"{len(document.body) / 1000:.0f} kB"
            bars.append(Bar(f"{document.name}, {name}", ours / e, ours=True, note=f"({size})"))
    bars.append(Bar("Python's own ==", 1.0, ours=False))
    title = "diff(before, after), as a multiple of before == after"
    legend = f"CPython {platform.python_version()}, the {BUILD} build; shorter is faster"
    (folder / "diff-against-equality.svg").write_text(chart(title, legend, bars))
    rows: list[Bar] = [Bar("reconcile", 1.0, ours=True)]
    chosen = [each for each in chosen if len(each.body) < 100_000]
    for engine in peers()[0]:
        found: list[float] = []
        wrong = 0
        for document in chosen:
            for name in PAIRS:
                try:
                    ratio, right = _against(engine, *pair(document, name))
                except Exception:  # noqa: BLE001  # it has no answer
                    wrong += 1
                    continue
                found.append(ratio)
                wrong += not right
        note = f"({wrong} of {len(PAIRS) * len(chosen)} wrong)" if wrong else ""
        rows.append(Bar(engine.name, median(found), ours=False, note=note))
    title = "Time to an RFC 6902 patch or the peer's own result, as a multiple of ours"
    legend += ", logarithmic. Median over documents and changes"
    rows.sort(key=lambda bar: bar.value)
    (folder / "diff-against-peers.svg").write_text(chart(title, legend, rows, logarithmic=True))


def main() -> None:
    """Print what is asked for."""
    quick = "--quick" in sys.argv
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{python}, {platform.machine()}, {platform.system()}; the {BUILD} build\n")
    if "--correctness" in sys.argv:
        print(table())
        return
    if "--charts" in sys.argv:
        charts(Path(sys.argv[sys.argv.index("--charts") + 1]))
        return
    if "--peers" in sys.argv:
        rivals(quick=quick)
        return
    ratios(quick=quick)
    shapes()
    merges()
    texts()


if __name__ == "__main__":
    main()
