"""The command line: `reconcile COMMAND`, also `python -m reconcile`.

1. Exit codes: 0 fine, 1 differs or fails, 2 misuse; no traceback.
2. One module per command, with its `NAME`, its `HELP` and `add(parser)`, which declares arguments,
   teaches (see `parser.teach`) and names the function to run with `set_defaults(run=...)`; that
   returns the exit code. A new command is put into `GROUPS`, below what its user wants to do.
3. What a program reads goes to stdout, what a person reads beside it to stderr.
"""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final, Protocol

from reconcile.adapters.log import describe_error
from reconcile.cli import (
    apiserver,
    check,
    completion,
    crd,
    diff,
    doctor,
    explain,
    hook,
    manifests,
    plan,
    record,
    replay,
    serve,
    simulate,
)
from reconcile.cli.installation import foreign
from reconcile.cli.parser import Parser, UsageError
from reconcile.cli.target import MisuseError
from reconcile.cli.terminal import print_any_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

__all__ = ["GROUPS", "Command", "build", "main", "version"]


class Command(Protocol):
    """A module that is a command."""

    @property
    def NAME(self) -> str:  # noqa: N802  # constants of a module
        """The word it is called by."""
        ...

    @property
    def HELP(self) -> str:  # noqa: N802
        """What it does, in one line of at most 64 columns."""
        ...

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Declare its arguments."""
        ...


GROUPS: Final[tuple[tuple[str, tuple[Command, ...]], ...]] = (
    ("write a controller", (crd, check)),
    ("see what it does", (hook, plan, explain, simulate, replay)),
    ("install it", (manifests,)),
    ("run it", (serve, record, apiserver)),
    ("besides", (diff, doctor, completion)),
)
"""The commands, by what one wants to do."""

_ABOUT: Final = "Kubernetes controllers as pure functions, called by Metacontroller."
_BEGIN: Final = """\
for example, with a controller in controller.py:
  reconcile simulate controller:controller store.yaml
  reconcile serve controller:controller --port 8080

reconcile COMMAND --help tells more, with examples.
exit codes: 0 fine, 1 differs or fails, 2 misuse
"""


class _Root(Parser):
    """The parser of the program itself."""

    def parse_known_args(  # type: ignore[override]  # as in the class above
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Return what is understood; a flag before the command is one of the program's own."""
        first = args[0] if args else ""
        if first.startswith("-") and first not in self._option_string_actions:
            self._refuse([first])
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        """Return the commands, by what one wants to do."""
        parts = [f"{_ABOUT}\n\nusage: reconcile COMMAND [ARGUMENT ...]\n"]
        for title, modules in GROUPS:
            lines = [f"  {module.NAME:<12}{module.HELP}\n" for module in modules]
            if lines:
                parts.append(f"{title}:\n{''.join(lines)}")
        return "\n".join([*parts, _BEGIN])


def build(only: str | None = None) -> Parser:
    """Return the parser of all commands; with `only`, arguments are known of that one alone."""
    root = _Root(prog="reconcile", description=_ABOUT)
    root.add_argument("--version", action="version", version=f"reconcile {version()}")
    commands = root.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    for _, modules in GROUPS:
        for module in modules:
            parser = commands.add_parser(module.NAME, help=module.HELP)
            if only in {None, module.NAME}:
                module.add(parser)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    Shape: `argv` without the program's name; None takes the process's own.
    """
    print_any_text()
    given = _meant(sys.argv[1:] if argv is None else argv)
    root = build(given[0] if given else "")
    if not given:
        print(root.format_help(), end="", file=sys.stderr)
        return 2
    try:
        arguments = root.parse_args(given)
        run: Callable[[argparse.Namespace], int] = arguments.run
        elsewhere = None if run is doctor.run else foreign()
        if elsewhere is not None:
            what = f"import reconcile finds another package, {elsewhere}"
            raise MisuseError(f"{what}; reconcile doctor tells what helps")
        code = run(arguments)
        sys.stdout.flush()
    except SystemExit as end:
        # argparse ends the process itself after --help and --version.
        return int(end.code or 0)
    except UsageError as error:
        print(f"{error.command}: {error}", file=sys.stderr)
        return 2
    except MisuseError as error:
        print(f"reconcile: {_line(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has enough, as `head` has; Python would complain again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        # As a shell has it for SIGINT.
        return 130
    except Exception as error:
        if os.environ.get("RECONCILE_TRACEBACK"):
            raise
        print(f"reconcile: this should not happen: {describe_error(error)}", file=sys.stderr)
        print("  please report it; RECONCILE_TRACEBACK=1 shows more", file=sys.stderr)
        return 1
    return code


def _meant(given: Sequence[str]) -> list[str]:
    """Return arguments with `help`, `help COMMAND` and `version` as the flags of that name."""
    match given:
        case ["help", *rest]:
            return [*rest[:1], "--help"]
        case ["version"]:
            return ["--version"]
        case _:
            return [*given]


def _line(error: MisuseError) -> str:
    """Return an error as one line that does nothing to a terminal; names in it are as given."""
    text = " ".join(str(error).split())
    return "".join(each if each.isprintable() else "?" for each in text)


def version() -> str:
    """Return the installed version, or say that there is none."""
    try:
        return metadata.version("kube-reconcile")
    except metadata.PackageNotFoundError:
        return "(not installed)"
