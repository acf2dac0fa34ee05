"""Write the page that says how faithful the simulated API server is, from a replay.

    python tools/faithful_table.py [--check]

1. Numbers are counted here, never written by hand: equal conversations and steps, by topic.
2. `--check` writes nothing and fails where the page is out of date.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import conversations  # noqa: E402
from tests.simulate import test_defaults as created  # noqa: E402

__all__ = ["PAGE", "counted", "main", "page"]

PAGE: Final = ROOT / "docs" / "explanation" / "faithful.md"
START, END = "<!-- counted: begin -->\n", "<!-- counted: end -->\n"
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


def _topic(name: str) -> str:
    return next(topic for topic in TOPICS if name.startswith(f"{topic}_"))


def counted() -> dict[str, tuple[int, int, int, int]]:
    """Return for each topic: conversations, equal ones, steps, equal ones."""
    found: dict[str, Counter[str]] = {topic: Counter() for topic in TOPICS}
    for name in conversations.NAMES:
        counts, differences = found[_topic(name)], conversations.differences(name)
        steps = len(conversations.recorded(name)["steps"])
        counts["all"] += 1
        counts["equal"] += not differences
        counts["steps"] += steps
        counts["same"] += steps - len({each.step for each in differences})
    made = {
        topic: (each["all"], each["equal"], each["steps"], each["same"])
        for topic, each in found.items()
    }
    for folder in ("defaults", "random"):
        served = [d for d in created.results(folder).values() if d is not None]
        equal = sum(not each for each in served)
        made[f"{folder} (created)"] = (len(served), equal, len(served), equal)
    return made


def table(rows: dict[str, tuple[int, int, int, int]]) -> str:
    """Return the counts as a table."""
    lines = [
        "| recordings | topic | conversations | equal | differ | steps | equal steps |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    texts = {
        **TOPICS,
        "defaults (created)": "built-in objects as sent and as stored",
        "random (created)": "random built-in objects, accepted or refused",
    }
    for topic, (all_, equal, steps, same) in rows.items():
        lines.append(
            f"| `{topic}` | {texts[topic]} | {all_} | {equal} | {all_ - equal} | {steps} | {same} |"
        )
    sums = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines.append(f"| all | | {sums[0]} | {sums[1]} | {sums[0] - sums[1]} | {sums[2]} | {sums[3]} |")
    return "\n".join(lines) + "\n"


def reasons() -> str:
    """Return what is known to differ, and why."""
    told: dict[str, list[str]] = {}
    for name, reason in {**conversations.DIFFERENT, **created.DIFFERENT}.items():
        told.setdefault(reason, []).append(name)
    if not told:
        return "Nothing is known to differ.\n"
    lines = ["| what differs | where |", "|---|---|"]
    for reason, names in told.items():
        shown = ", ".join(f"`{name}`" for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        lines.append(f"| {reason} | {shown}{more} |")
    return "\n".join(lines) + "\n"


def page(before: str) -> str:
    """Return the page with what is counted written anew."""
    head, _, rest = before.partition(START)
    _, _, tail = rest.partition(END)
    body = f"\n{table(counted())}\n## What differs\n\n{reasons()}\n"
    return f"{head}{START}{body}{END}{tail}"


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
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
