"""Write the page that says how faithful the simulated programs are, from a replay.

    python tools/faithful_table.py [--check] [SECTION...]

1. Numbers are counted here, never written by hand: equal conversations and steps, by topic.
2. The sections are `counted` (the API server), `workloads` and `metacontroller`; unless some are
   named, all are counted, which takes minutes.
3. `--check` writes nothing and fails where the page is out of date.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import conversations, runs, workloads  # noqa: E402
from tests.recordings import conversations as recordings  # noqa: E402
from tests.simulate import test_defaults as created  # noqa: E402

if TYPE_CHECKING:
    from reconcile.simulate.comparison import Difference

    _Compared = Callable[[str], tuple[Difference, ...]]

__all__ = ["AREAS", "KINDS", "PAGE", "SECTIONS", "Count", "counted", "main", "page"]

PAGE: Final = ROOT / "docs" / "explanation" / "faithful.md"
TOPICS: Final = {
    "api/verbs": "verbs, paths, bodies, lists, deletes, dry run",
    "api/meta": "metadata: generation, finalizers, owners, managedFields",
    "api/sub": "subresources: status, scale, binding, eviction",
    "api/patch": "JSON, merge and strategic merge patches",
    "api/apply": "server-side apply",
    "api/crd": "CustomResourceDefinitions",
    "api/builtin": "built-in kinds: defaults, validation, immutable fields",
    "api/gc": "garbage collection, deletion of namespaces",
    "api/watch": "watch",
    "api/values": "numbers, text, keys, nulls",
    "random/random_ssa": "random writes by up to five managers",
    "random/random_strategic": "random strategic merge patches",
}
KINDS: Final = {
    "deployment": "Deployments",
    "replicaset": "ReplicaSets",
    "statefulset": "StatefulSets",
    "daemonset": "DaemonSets",
    "job": "Jobs",
    "cronjob": "CronJobs",
    "service": "Endpoints and EndpointSlices of Services",
    "pvc": "claims and their volumes",
    "pv": "volumes",
    "node": "Nodes: conditions, taints, silence",
    "pod": "Pods that nobody needs",
    "poddisruptionbudget": "PodDisruptionBudgets",
    "hpa": "autoscalers, without metrics",
    "resourcequota": "ResourceQuotas",
    "namespace": "what namespaces have, and their end",
}
AREAS: Final = {
    "composite": "a first composite",
    "hooks": "what hooks are asked, and what they may answer",
    "keys": "keys of children, versions",
    "transport": "statuses, redirects, ETags, time-outs, addresses",
    "apply": "merging children",
    "claim": "adopting, releasing, selectors",
    "update": "update strategies",
    "rolling": "rolling updates, revisions",
    "status": "the status of parents",
    "finalize": "finalizers and deletion",
    "trigger": "what wakes a controller",
    "error": "errors and retries",
    "customize": "related objects",
    "decorator": "decorators",
    "ssa": "server-side apply",
    "flags": "settings of the process and of controllers",
    "objectstore": "a whole example",
}
_UNEXPLAINED: Final = "nobody knows yet"


class Count(NamedTuple):
    """What was played of one topic."""

    played: int
    equal: int
    steps: int
    same: int
    """Steps without a difference."""


class _Row(NamedTuple):
    """A line of a table: what comes before its numbers, and these."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]


def _topic(name: str) -> str:
    return next(topic for topic in TOPICS if name.startswith(f"{topic}_"))


def _count(names: Iterable[str], steps: Callable[[str], int], differences: _Compared) -> Count:
    """Return the sums over some recordings."""
    sums: Counter[str] = Counter()
    for name in names:
        found = differences(name)
        sums.update(played=1, equal=int(not found), steps=steps(name))
        sums.update(same=steps(name) - len({each.step for each in found}))
    return Count(sums["played"], sums["equal"], sums["steps"], sums["same"])


def counted() -> dict[str, Count]:
    """Return what is equal of the API server, by topic."""
    names: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    for name in conversations.NAMES:
        names[_topic(name)].append(name)
    made = {
        topic: _count(
            each, lambda name: len(conversations.recorded(name)["steps"]), conversations.differences
        )
        for topic, each in names.items()
    }
    for folder in ("defaults", "random"):
        served = [d for d in created.results(folder).values() if d is not None]
        equal = sum(not each for each in served)
        made[f"{folder} (created)"] = Count(len(served), equal, len(served), equal)
    return made


def _table(heads: tuple[str, ...], rows: Iterable[_Row]) -> str:
    """Return rows as a table with sums below."""
    held = list(rows)
    texts = len(held[0].texts)
    lines = [_line(heads), f"|{'---|' * texts}{'---:|' * (len(heads) - texts)}"]
    lines += [_line([*row.texts, *map(str, row.numbers)]) for row in held]
    sums = [sum(column) for column in zip(*(row.numbers for row in held), strict=True)]
    lines.append(_line(["all", *[""] * (texts - 1), *map(str, sums)]))
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def _numbers(count: Count) -> tuple[int, ...]:
    played, equal, steps, same = count
    return played, equal, played - equal, steps, same


def _reasons(different: Mapping[str, str]) -> str:
    """Return what is known to differ, and why."""
    told: dict[str, list[str]] = {}
    for name, reason in different.items():
        told.setdefault(reason, []).append(name)
    if not told:
        return "Nothing differs.\n"
    lines = ["| what differs | where |", "|---|---|"]
    for reason, names in told.items():
        shown = ", ".join(f"`{name}`" for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        lines.append(f"| {reason} | {shown}{more} |")
    return "\n".join(lines) + "\n"


def _server() -> str:
    """Return what is counted of the API server."""
    texts = {
        **TOPICS,
        "defaults (created)": "built-in objects as sent and as stored",
        "random (created)": "random built-in objects, accepted or refused",
    }
    heads = ("recordings", "topic", "conversations", "equal", "differ", "steps", "equal steps")
    rows = [_Row((f"`{each}`", texts[each]), _numbers(row)) for each, row in counted().items()]
    different = {**conversations.DIFFERENT, **created.DIFFERENT}
    return f"{_table(heads, rows)}\n### What differs\n\n{_reasons(different)}"


def _workloads() -> str:
    """Return what is counted of the built-in controllers."""
    played = recordings("workloads")
    rows = [
        _Row(
            (f"`{kind}`", told),
            _numbers(
                _count(
                    workloads.workloads(f"{kind}_"),
                    lambda name: len(played[name]["steps"]),
                    workloads.differences,
                )
            ),
        )
        for kind, told in KINDS.items()
    ]
    heads = ("recordings", "topic", "conversations", "equal", "differ", "steps", "equal steps")
    different = {name: _UNEXPLAINED for name in played if workloads.differences(name)}
    return f"{_table(heads, rows)}\n{_reasons(different)}"


def strategy(recording: Mapping[str, Any]) -> str:
    """Return by which strategy a run applies children: one, or both, one after the other."""
    told = [recording.get("flags") or ()]
    told += [step["flags"] for step in recording["steps"] if "flags" in step]
    found = {"--apply-strategy=server-side-apply" in flags for flags in told}
    return "both" if len(found) > 1 else "server-side" if found == {True} else "dynamic"


def _metacontroller() -> str:
    """Return what is counted of Metacontroller."""
    names: dict[tuple[str, str], list[str]] = {}
    for area in AREAS:
        for how in ("dynamic", "server-side", "both"):
            names[area, how] = [
                name
                for name in runs.RUNS
                if name.startswith(f"{area}_") and strategy(runs.recorded(name)) == how
            ]
    rows: list[_Row] = []
    for (area, how), each in names.items():
        if each:
            count = _count(each, lambda name: len(runs.recorded(name)["steps"]), runs.differences)
            numbers = (*_numbers(count), sum(map(runs.in_default_order, each)))
            rows.append(_Row((f"`{area}`", AREAS[area], how), numbers))
    heads = ("area", "topic", "apply", "runs", "equal", "differ", "steps", "equal steps")
    different = {
        name: runs.DIFFERENT.get(name, _UNEXPLAINED) for name in runs.RUNS if runs.differences(name)
    }
    return f"{_table((*heads, 'in the default order'), rows)}\n{_reasons(different)}"


SECTIONS: Final[dict[str, Callable[[], str]]] = {
    "counted": _server,
    "workloads": _workloads,
    "metacontroller": _metacontroller,
}
"""The name of a part of the page -> what is counted for it."""


def page(before: str, *sections: str) -> str:
    """Return the page with what is counted written anew, of some sections or of all."""
    for name in sections or SECTIONS:
        start, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        head, _, rest = before.partition(start)
        _, _, tail = rest.partition(end)
        before = f"{head}{start}\n{SECTIONS[name]()}\n{end}{tail}"
    return before


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    before = PAGE.read_text(encoding="utf-8")
    after = page(before, *(each for each in arguments if each != "--check"))
    if "--check" in arguments:
        if after != before:
            sys.stderr.write(
                f"{PAGE.relative_to(ROOT)} is out of date: run tools/faithful_table.py\n"
            )
        return int(after != before)
    PAGE.write_text(after, encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
