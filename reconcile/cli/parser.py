"""How the command line is understood: help that teaches, and mistakes told in a line or two.

1. A command declares its arguments in its own module, and calls `teach` for what its help says
   beside them: what it is for, examples, exit codes.
2. A mistake is `UsageError`: what is wrong, and what was likely meant. The usage is not printed:
   it hides the line that matters. The first example of a command stands in where something is
   missing.
3. Flags are written in full: an abbreviation that is clear today is ambiguous tomorrow.
"""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from reconcile.cli.target import MisuseError
from reconcile.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["CODES", "Lesson", "Parser", "UsageError", "port", "positive", "teach", "whole"]

CODES: Final = {0: "fine", 1: "differs or fails", 2: "misuse: nothing was done"}
"""What the exit codes of all commands mean, where a command does not say it more closely."""

_WIDTH: Final = 78
_MISSING: Final = "the following arguments are required: "


class UsageError(MisuseError):
    """The arguments of a command cannot be understood; `command` is the command, in full."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__(message)
        self.command = command


class Lesson(NamedTuple):
    """What `teach` was told, for whoever writes it down in another form."""

    about: str
    examples: tuple[tuple[str, str], ...]
    codes: Mapping[int, str]
    more: str


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Text as it is written, and room for the names of flags beside what they do."""

    def __init__(self, prog: str, **more: Any) -> None:
        more.setdefault("max_help_position", 26)
        super().__init__(prog, **more)


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError` instead of ending the process."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("allow_abbrev", False)
        more.setdefault("formatter_class", _Formatter)
        super().__init__(**more)
        self.lesson = Lesson("", (), {}, "")
        self.commands: dict[str, tuple[Parser, str]] = {}
        """Commands below this one, each with its help, beside arguments of its own."""

    def parse_known_args(  # type: ignore[override]  # its overloads tell of namespaces of others
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Return what is understood; nothing is left over."""
        if args and args[0] in self.commands:
            return self.commands[args[0]][0].parse_known_args(args[1:], namespace)
        found, left = super().parse_known_args(args, namespace)
        if left:
            self._refuse(left)
        return found, left

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError`."""
        if message.startswith(_MISSING):
            missing = message.removeprefix(_MISSING)
            many = "are" if ", " in missing else "is"
            examples = self.lesson.examples
            example = f"\n  for example: {examples[0][0]}" if examples else ""
            message = f"{missing} {many} missing{example}"
        raise UsageError(message.removeprefix("argument "), self.prog)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        name = next(iter(action.option_strings), None) or str(action.metavar or action.dest)
        is_command = action.nargs == argparse.PARSER
        wrong = f"there is no command {value}" if is_command else f"{name} cannot be {value}"
        hint = nearest(str(value), known)
        if not hint:
            more = f"{self.prog} --help shows what there is"
            hint = f"; {more}" if is_command else f"; it is {_or(known)}"
        raise argparse.ArgumentError(None, f"{wrong}{hint}")

    def _refuse(self, left: Sequence[str]) -> NoReturn:
        flags = [each for each in left if each.startswith("-") and each != "-"]
        if not flags:
            self.error(f"{left[0]} is one argument too many; {self.prog} --help shows its form")
        flag = flags[0].partition("=")[0]
        known = [each for each in self._option_string_actions if each.startswith("--")]
        hint = nearest(flag, known) or f"; {self.prog} --help shows its flags"
        self.error(f"there is no flag {flag}{hint}")


def _or(words: Sequence[str]) -> str:
    return " or ".join(words) if len(words) < 3 else f"one of {', '.join(words)}"


def teach(
    parser: argparse.ArgumentParser,
    about: str,
    *,
    examples: Sequence[tuple[str, str]],
    codes: Mapping[int, str] = CODES,
    more: str = "",
) -> None:
    """Say in the help of a command what it is for, how it is used, and how it ends.

    Shape: `examples` are command lines, each with what it does; the first is also told where an
        argument is missing. `more` stands between the arguments and the examples and is printed as
        it is, so its lines are at most 78 columns wide.
    """
    parser.formatter_class = _Formatter
    parser.description = textwrap.fill(" ".join(about.split()), _WIDTH)
    told = "".join(f"\n  # {what}\n  {line}" for line, what in examples)
    ends = "".join(
        "\n" + textwrap.fill(f"  {code}  {meaning}", _WIDTH, subsequent_indent=" " * 5)
        for code, meaning in codes.items()
    )
    parts = [more.strip("\n"), f"examples:{told}", f"exit codes:{ends}"]
    parser.epilog = "\n\n".join(part for part in parts if part)
    if isinstance(parser, Parser):
        parser.lesson = Lesson(" ".join(about.split()), tuple(examples), codes, more)


def port(text: str) -> int:
    """Return a port, for argparse."""
    number = _number(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def positive(text: str) -> int:
    """Return a number above 0, for argparse."""
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return number


def whole(text: str) -> int:
    """Return a number from 0, for argparse."""
    number = _number(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be a number from 0")
    return number


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a whole number") from None
