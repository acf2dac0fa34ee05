"""`reconcile completion`: the script that lets a shell complete commands, flags and targets."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from reconcile.cli.completion_shells import bash, fish, zsh
from reconcile.cli.completion_targets import candidates
from reconcile.cli.completion_words import words
from reconcile.cli.parser import UsageError, teach

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.cli.completion_words import Words

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "completion"
HELP: Final = "print the script that lets a shell complete all of this"

_ABOUT: Final = """\
Print the completion script of a shell. It completes commands, flags, their choices, files, and
MODULE:ATTR, by reading the files in reach without running them."""
_SHELLS: Final[dict[str, Callable[[Words], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ('eval "$(reconcile completion bash)"', "bash: for now; or, in ~/.bashrc, for ever"),
            ('eval "$(reconcile completion zsh)"', "zsh: in ~/.zshrc, behind compinit"),
            (
                "reconcile completion fish > ~/.config/fish/completions/reconcile.fish",
                "fish: for ever",
            ),
        ],
    )
    parser.add_argument("shell", metavar="SHELL", nargs="?", choices=(*_SHELLS,), help="whose")
    # What the scripts ask: what a word that is a target may become.
    parser.add_argument("--controller", metavar="WORD", help=argparse.SUPPRESS)
    parser.add_argument("--class", dest="class_", metavar="WORD", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script, or what a word may become."""
    asked = arguments.controller if arguments.controller is not None else arguments.class_
    if asked is not None:
        for each in candidates(asked, "class" if arguments.controller is None else "controller"):
            print(each)
        return 0
    if arguments.shell is None:
        message = (
            f"SHELL is missing: {', '.join(_SHELLS)}\n  for example: reconcile completion bash"
        )
        raise UsageError(message, "reconcile completion")
    from reconcile.cli import build

    print(_SHELLS[arguments.shell](words(build())), end="")
    return 0
