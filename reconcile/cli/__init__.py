"""The command line: `reconcile COMMAND`, also `python -m reconcile`.

1. Exit codes: 0 fine, 1 differs or fails, 2 misuse.
2. One module per command, with its `NAME`, its `HELP` and `add(parser)`, which declares arguments
   and names the function to run with `set_defaults(run=...)`; that returns the exit code.
3. What a program reads goes to stdout, what a person reads beside it to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from reconcile.cli import apiserver, hook, plan, record, replay, serve, simulate
from reconcile.cli.target import MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main", "version"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    Shape: `argv` without the program's name; None takes the process's own.
    """
    parser = argparse.ArgumentParser(
        prog="reconcile", description="Metacontroller hooks as pure functions."
    )
    parser.add_argument("--version", action="version", version=f"reconcile {version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (hook, plan, simulate, replay, serve, record, apiserver):
        module.add(commands.add_parser(module.NAME, help=module.HELP))
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as end:
        # argparse ends the process itself: 0 after --help and --version, 2 for misuse.
        return int(end.code or 0)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        code = run(arguments)
        sys.stdout.flush()
    except MisuseError as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has enough, as `head` has; Python would complain again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def version() -> str:
    """Return the installed version, or say that there is none."""
    try:
        return metadata.version("kube-reconcile")
    except metadata.PackageNotFoundError:
        return "(not installed)"
