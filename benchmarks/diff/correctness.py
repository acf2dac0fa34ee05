"""Who is right: small and odd documents, each engine in a process of its own with a time limit."""

from __future__ import annotations

import copy
import math
import multiprocessing
from collections.abc import Callable
from typing import Any

from benchmarks.diff.documents import deep
from benchmarks.diff.peers import OURS, Engine, peers
from reconcile.diff import equal

__all__ = ["CASES", "judge", "table"]

BIG = 2**53
CASES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "True vs 1": lambda: ({"a": True}, {"a": 1}),
    "1 vs True": lambda: ([1], [True]),
    "False vs 0": lambda: ({"a": False}, {"a": 0}),
    "False vs 0.0 in list": lambda: ([1, False], [1, 0.0]),
    "1 vs 1.0": lambda: ({"a": 1}, {"a": 1.0}),
    "NaN vs NaN": lambda: ({"a": math.nan}, {"a": float("nan")}),
    "1 vs Infinity": lambda: ({"a": 1}, {"a": math.inf}),
    "integers beyond 2**53": lambda: ({"a": BIG}, {"a": BIG + 1}),
    "integers of 40 digits": lambda: ({"a": 10**40}, {"a": 10**40 + 1}),
    "2**64": lambda: ({"a": 2**64}, {"a": 2**64 + 1}),
    "key with /": lambda: ({"a/b": 1}, {"a/b": 2}),
    "key with ~": lambda: ({"a~b": 1, "a~1": 1}, {"a~b": 2, "a~1": 2}),
    "empty key": lambda: ({"": 1}, {"": 2}),
    'key "0" in an object': lambda: ({"0": 1, "1": 2}, {"0": 1, "1": 3}),
    'key "-" in an object': lambda: ({"-": 1}, {"-": 2}),
    "null vs missing": lambda: ({"a": None}, {}),
    "missing vs null": lambda: ({}, {"a": None}),
    "{} vs null": lambda: ({"a": {}}, {"a": None}),
    "{} vs []": lambda: ({"a": {}}, {"a": []}),
    '"" vs missing': lambda: ({"a": ""}, {}),
    "a scalar as document": lambda: (1, 2),
    "another type of document": lambda: ({"a": 1}, [1]),
    "list move": lambda: ([1, 2, 3, 4], [4, 1, 2, 3]),
    "list swap of objects": lambda: ([{"a": 1}, {"b": 2}], [{"b": 2}, {"a": 1}]),
    "list with repeats": lambda: ([1, 1, 2, 2, 1], [1, 2, 1, 1]),
    "list, two deleted": lambda: ([1, 2, 3, 4, 5], [1, 3, 5]),
    "nested lists shift": lambda: ([[1], [2], [3]], [[0], [1], [2], [3]]),
    "list grows and changes": lambda: (
        [{"n": 1}, {"n": 2}],
        [{"n": 2, "x": 1}, {"n": 3}, {"n": 1}],
    ),
    "Unicode": lambda: ({"ключ": "значение"}, {"ключ": "значения", "鍵": "\U0001f511"}),
    "composed vs decomposed": lambda: ({"\u00e9": 1}, {"e\u0301": 1}),
    "lone surrogate": lambda: ({"a": "\ud800"}, {"a": "\udfff"}),
    "long text": lambda: ({"a": "x" * 100_000}, {"a": "x" * 99_999 + "y"}),
    "500 levels": lambda: (deep("objects", 1, 500), deep("objects", 2, 500)),
    "900 levels": lambda: (deep("mixed", 1, 900), deep("mixed", 2, 900)),
    "10000 levels": lambda: (deep("mixed", 1), deep("mixed", 2)),
    "10000 levels, equal": lambda: (deep("objects", 1), deep("objects", 1)),
    "0.1 + 0.2 vs 0.3": lambda: ({"a": 0.1 + 0.2}, {"a": 0.3}),
}
"""Pairs of documents, by what is odd about them."""


def judge(engine: Engine, case: str) -> str:
    """Return "ok", or what went wrong."""
    before, after = CASES[case]()
    same = equal(before, after)
    deep_case = "levels" in case
    kept = before if deep_case else copy.deepcopy(before)
    try:
        found = engine.diff(before, after)
        changed = engine.changed(found)
    except Exception as error:  # noqa: BLE001  # whatever a peer does is its result
        return type(error).__name__
    if same:
        return "a change where there is none" if changed else "ok"
    if not changed:
        return "missed"
    if engine.apply is None:
        return "ok"
    try:
        result = engine.apply(kept, found)
    except Exception as error:  # noqa: BLE001  # whatever a peer does is its result
        return f"apply: {type(error).__name__}"
    return "ok" if equal(result, after) else "wrong"


def _child(name: str, case: str, answers: Any) -> None:
    engines = [OURS, *peers()[0]]
    answers.put(judge(next(e for e in engines if e.name == name), case))


def _judged(engine: Engine, case: str, seconds: float = 20.0) -> str:
    """Judge in a process of its own: some peers crash or never end."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    process = context.Process(target=_child, args=(engine.name, case, answers))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return "timeout"
    return "crash" if process.exitcode else answers.get()


def table() -> str:
    """Return the table, what is not right in bold."""
    engines = [OURS, *peers()[0]]
    lines = [
        f"| case | {' | '.join(engine.name for engine in engines)} |",
        f"|---|{'---|' * len(engines)}",
    ]
    right = dict.fromkeys((engine.name for engine in engines), 0)
    for case in CASES:
        row: list[str] = []
        for engine in engines:
            told = _judged(engine, case)
            right[engine.name] += told == "ok"
            row.append(told if told == "ok" else f"**{told}**")
        lines.append(f"| {case} | {' | '.join(row)} |")
    total = " | ".join(f"{count} of {len(CASES)}" for count in right.values())
    return "\n".join([*lines, f"| right | {total} |"])
