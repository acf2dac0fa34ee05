"""Write the part of the page about the command line that the commands themselves say.

    python tools/cli_page.py [--check]

1. What stands before the mark in the page is written by hand and stays.
2. Everything else is read from the parser: what a command is for, arguments, examples, exit codes.
3. `--check` writes nothing and fails where the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reconcile.cli import GROUPS, build  # noqa: E402
from reconcile.cli.completion_words import words  # noqa: E402
from reconcile.cli.parser import Parser  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconcile.cli.completion_words import Flag, Place, Value, Words

__all__ = ["PAGE", "main", "page"]

PAGE: Final = ROOT / "docs" / "cli.md"
MARK: Final = "% What follows is written by tools/cli_page.py.\n"


def page(text: str) -> str:
    """Return the page: what is written by hand, and what the commands say."""
    begin = text.partition(MARK)[0]
    return f"{begin}{MARK}\n" + "\n".join(_commands()).rstrip("\n") + "\n"


def _commands() -> Iterator[str]:
    root = build()
    known = {each.name: each for each in words(root).commands}
    parsers = _inside(root)
    for title, modules in GROUPS:
        if modules:
            yield f"## {title[0].upper()}{title[1:]}\n"
        for module in modules:
            yield from _command(
                ("reconcile", module.NAME), parsers[module.NAME], known[module.NAME]
            )


def _inside(parser: Parser) -> dict[str, Parser]:
    """Return the parsers of the commands in one."""
    found = {
        name: each
        for action in parser._actions
        if isinstance(action.choices, dict)
        for name, each in action.choices.items()
        if isinstance(each, Parser)
    }
    return found | {name: each for name, (each, _) in parser.commands.items()}


def _command(path: tuple[str, ...], parser: Parser, known: Words) -> Iterator[str]:
    yield f"{'#' * (len(path) + 1)} {' '.join(path)}\n"
    lesson = parser.lesson
    yield f"{lesson.about or known.help}\n"
    if lesson.examples:
        yield "```sh"
        for line, what in lesson.examples:
            yield f"# {what}\n{line}"
        yield "```\n"
    rows = [_place(each) for each in known.places]
    rows += [_flag(each) for each in known.flags if "--help" not in each.names]
    if rows:
        yield "| argument | what it is |\n|---|---|"
        yield from rows
        yield ""
    if lesson.more:
        yield f"```text\n{lesson.more.strip()}\n```\n"
    if lesson.codes:
        ends = "; ".join(f"**{code}** {meaning}" for code, meaning in lesson.codes.items())
        yield f"Ends with {ends}.\n"
    inside = _inside(parser)
    for each in known.commands:
        yield from _command((*path, each.name), inside[each.name], each)


def _place(place: Place) -> str:
    many = " ..." if place.many else ""
    form = f"{_value(place.value)}{many}"
    return _row(f"[{form}]" if place.optional else form, place.help)


def _flag(flag: Flag) -> str:
    value = "" if flag.value is None else f" {_value(flag.value)}"
    said = any(word in flag.help for word in ("times", "again", "repeated"))
    told = f"{flag.help}; may be repeated" if flag.repeated and not said else flag.help
    return _row(", ".join(flag.names) + value, told)


def _value(value: Value) -> str:
    return "|".join(value.choices) if value.choices else value.name


def _row(form: str, told: str) -> str:
    cells = (f"`{form}`", told)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> int:
    """Write the page, or compare it."""
    now = PAGE.read_text(encoding="utf-8")
    wanted = page(now)
    if "--check" in sys.argv[1:]:
        return int(now != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
