"""Ask all questions and print one table: `python -m benchmarks [--json]`."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict

from benchmarks.questions import QUESTIONS


def main() -> None:
    """Print the answers."""
    lines = [line for question in QUESTIONS for line in question()]
    if "--json" in sys.argv:
        print(json.dumps([{**asdict(line), "met": line.met} for line in lines], indent=2))
        return
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{python}, {platform.machine()}, {platform.system()}; the plain build\n")
    print("| question | ours | peer | value | goal | quartiles | met |")
    print("|---|--:|--:|--:|--:|---|---|")
    for line in lines:
        met = "yes" if line.met else "no"
        print(
            f"| {line.question} | {line.ours} | {line.peer} | {line.value:.3g} | {line.goal:g} "
            f"| {line.spread} | {met} |"
        )


main()
