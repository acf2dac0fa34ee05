"""Write the page that says which recordings and tests hold which rule of Metacontroller.

    python tools/rules_table.py [--check]

1. Rules are those of the reference that were executed, and the rows of its table of examples.
2. A recording holds the rules that its key `rules` names. A section, as `7`, stands for those of
   its rules that no recording names by number.
3. A test holds the rules that its docstring or one of its cases names, in the words `rule 4.20`,
   `rules 1.32, 1.37 and 3.19` or `rule 4.F row v`.
4. The reference and the recordings are read from beside the project; the page needs neither.
5. `--check` writes nothing and fails where the page is out of date.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.rules_said import ROWS, SAID, WHY  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["PAGE", "executed", "main", "named", "page", "recorded", "tested"]

PAGE: Final = ROOT / "docs" / "explanation" / "rules.md"
SHARED: Final = ROOT.parent / "shared"
REFERENCE: Final = SHARED / "reference" / "metacontroller.md"
RECORDINGS: Final = SHARED / "recordings" / "metacontroller"
TESTS: Final = (ROOT / "tests" / "simulate", ROOT / "tests" / "cli")
SHOWN: Final = 3
INTRODUCTION: Final = (
    "Metacontroller 4.17.2 was driven, and what it did was written down as numbered rules. Those "
    "that were executed are here, each in a sentence, with the recordings of the real one that "
    "show it, which the simulator replays, and the tests that name it."
)
TABLE: Final = "4.F"
_NUMBER: Final = r"\d+\.(?:\d+[a-z]?|F)"
_NAMED: Final = re.compile(
    rf"\brules? ((?:{_NUMBER}(?: row [a-z]{{1,2}}\b)?(?:, | and | to )?)+)", re.IGNORECASE
)
_ONE: Final = re.compile(rf"({_NUMBER})(?: row ([a-z]{{1,2}})\b)?")
SECTIONS: Final = {
    "0": "A sync in one page",
    "1": "Hooks",
    "2": "Transport",
    "3": "Selectors, owners, finalizers",
    "4": "Dynamic apply",
    "5": "Server-side apply",
    "6": "Rolling updates",
    "7": "Status, order, triggers, errors",
    "8": "Customize and related objects",
    "9": "Events and flags",
}


class Test(NamedTuple):
    """A test function."""

    file: str
    """Below the project."""
    name: str


def executed(text: str) -> list[str]:
    """Return the numbers of the rules that were executed, in order."""
    found: dict[str, str] = {}
    current = ""
    section = ""
    for line in text.splitlines():
        if line.startswith("#"):
            head = re.match(r"### (0\.\d+) ", line)
            section = head[1] if head is not None else ""
        number = re.match(rf"({_NUMBER}) ", line)
        if number is not None:
            current = number[1]
        elif section:
            current = section
        elif not line.strip() or line.startswith(("#", "---")):
            current = ""
        if current:
            found[current] = found.get(current, "") + line
        if re.match(r"TLS and authentication .*\[X for bearer", line):
            # Said of the section: the token is in its first rule.
            found["2.20"] = "[X"
    return sorted((number for number, said in found.items() if "[X" in said), key=_order)


def _order(number: str) -> tuple[int, int, str]:
    section, _, rest = number.partition(".")
    digits = re.match(r"\d*", rest)
    assert digits is not None
    return int(section), int(digits[0] or 0), rest


def named(text: str) -> Iterator[str]:
    """Yield the rules that a text names; a row of examples as `4.F row v`."""
    for found in _NAMED.finditer(text):
        for number, row in _ONE.findall(found[1]):
            yield f"{number} row {row}" if row else number


def recorded(rules: list[str]) -> dict[str, list[str]]:
    """Return the recordings that hold each rule, by name."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder in sorted(RECORDINGS.iterdir()):
        path = folder / "recording.json"
        if path.exists():
            for rule in json.loads(path.read_text(encoding="utf-8"))["rules"]:
                found[rule].append(folder.name)
    for rule in rules:
        section = rule.partition(".")[0]
        if rule not in found and section in found:
            found[rule] = found[section]
    return found


def tested() -> dict[str, list[Test]]:
    """Return the tests that name each rule."""
    found: dict[str, list[Test]] = defaultdict(list)
    for folder in TESTS:
        for path in sorted(folder.rglob("test_*.py")):
            text = path.read_text(encoding="utf-8")
            if "rule" in text:
                for rule, name in _of_file(text):
                    test = Test(path.relative_to(ROOT).as_posix(), name)
                    if test not in found[rule]:
                        found[rule].append(test)
    return found


def _of_file(text: str) -> Iterator[tuple[str, str]]:
    """Yield rules and the tests of a file that name them, themselves or by their cases."""
    module = ast.parse(text)
    constants = {
        target.id: segment
        for node in module.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
        and "rule" in (segment := ast.get_source_segment(text, node) or "")
    }
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for rule in named(ast.get_docstring(node) or ""):
                yield rule, node.name
            for decorator in node.decorator_list:
                used = [ast.get_source_segment(text, decorator) or ""]
                used += [
                    constants[name.id]
                    for name in ast.walk(decorator)
                    if isinstance(name, ast.Name) and name.id in constants
                ]
                for rule in named("\n".join(used)):
                    yield rule, node.name


def _shown(recordings: list[str], tests: list[Test]) -> str:
    texts = [_some([f"`{name}`" for name in recordings])]
    texts.append(_some([f"`{Path(test.file).stem}::{test.name}`" for test in tests]))
    return " | ".join(texts)


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more


def page() -> str:
    """Return the page. Raises: KeyError for a rule without a sentence."""
    rules = executed(REFERENCE.read_text(encoding="utf-8"))
    recordings, tests = recorded(rules), tested()
    both = sum(bool(recordings.get(rule)) and bool(tests.get(rule)) for rule in rules)
    by_recordings = sum(bool(recordings.get(rule)) for rule in rules)
    by_tests = sum(bool(tests.get(rule)) for rule in rules)
    neither = [rule for rule in rules if not recordings.get(rule) and not tests.get(rule)]
    counted = (
        f"{len(rules)} rules and {len(ROWS)} worked examples of merges: {by_recordings} rules have "
        f"recordings, {by_tests} have tests that name them, {both} have both, {len(neither)} have "
        "neither."
    )
    lines = [
        "# Rules of Metacontroller, and what holds them here",
        "",
        INTRODUCTION,
        "",
        "Written by `tools/rules_table.py`. At most three recordings and three tests are named.",
        "",
        counted,
        "",
    ]
    for section, title in SECTIONS.items():
        these = [rule for rule in rules if rule.partition(".")[0] == section]
        if these:
            lines += [f"## {section}. {title}", ""]
            lines += _table({rule: SAID[rule] for rule in these}, recordings, tests)
        if section == "4":
            lines += ["### Worked examples of merges (4.F)", ""]
            rows = {f"{TABLE} row {row}": text for row, text in ROWS.items()}
            shown = {rule: recordings.get(TABLE, []) for rule in rows}
            lines += _table(rows, shown, tests)
    lines += ["## Rules without recording and test", ""]
    lines += [f"- {rule}: {WHY[rule]}" for rule in neither] or ["There are none."]
    return "\n".join(lines) + "\n"


def _table(
    said: Mapping[str, str],
    recordings: Mapping[str, list[str]],
    tests: Mapping[str, list[Test]],
) -> list[str]:
    lines = ["| rule | what it says | recordings | tests |", "|---|---|---|---|"]
    for rule, text in said.items():
        shown = _shown(recordings.get(rule, []), tests.get(rule, []))
        lines.append(f"| {rule.removeprefix(f'{TABLE} row ')} | {text} | {shown} |")
    return [*lines, ""]


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    after = page()
    if "--check" in arguments:
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if after != before:
            sys.stderr.write(f"{PAGE.relative_to(ROOT)} is out of date: run tools/rules_table.py\n")
        return int(after != before)
    PAGE.write_text(after, encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
