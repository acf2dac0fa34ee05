"""`reconcile doctor`: whether the installation is right, and what may be added to it.

1. 0 if nothing is wrong, 1 if something is; what is not installed and need not be is not wrong.
2. This runs where other commands refuse to, because the package `reconcile` is another's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from reconcile.cli.installation import DISTRIBUTION, look
from reconcile.cli.parser import teach

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconcile.cli.installation import Installation, Package

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "doctor"
HELP: Final = "look at the installation: right package, build, what is missing"

_ABOUT: Final = """\
Look at the installation: whether the package reconcile is the one of kube-reconcile,
which build of it runs and why, and which extras are there."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile doctor", "what to do where something is wrong"),
            ("reconcile doctor --json", "for a report of a bug"),
        ],
        codes={0: "nothing is wrong", 1: "something is wrong", 2: "misuse"},
    )
    parser.add_argument("--json", action="store_true", help="what was found, as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; 1 if something is wrong."""
    found = look()
    print(json.dumps(_json(found), indent=2) if arguments.json else "\n".join(_text(found)))
    return 1 if found.problems else 0


def _text(found: Installation) -> Iterator[str]:
    yield f"{DISTRIBUTION} {found.version or '(not installed)'}"
    yield f"  folder    {found.folder}"
    yield f"  build     {found.build}: {found.why}"
    yield f"  Python    {found.python}"
    for package in found.requirements:
        yield f"  {package.name:<9} {package.installed or 'not there'}"
    if found.extras:
        yield "\nextras"
    for extra in found.extras:
        absent = ", ".join(package.name for package in extra.packages if not package.ok)
        state, more = ("no", f"; not there: {absent}") if absent else ("yes", "")
        yield f"  {state:<5}{extra.name:<12}{extra.purpose}{more}"
    missing = [extra.name for extra in found.extras if not extra.ok]
    if missing:
        yield f"\nall that is not there: pip install '{DISTRIBUTION}[{','.join(missing)}]'"
    for note in found.notes:
        yield f"\nnote: {note}"
    for problem in found.problems:
        yield f"\nWRONG: {problem.what}\n  {problem.remedy}"
    if not found.problems:
        yield "\nNothing is wrong."


def _json(found: Installation) -> dict[str, object]:
    return {
        "ok": not found.problems,
        "version": found.version,
        "folder": str(found.folder),
        "build": {"name": found.build, "why": found.why},
        "python": found.python,
        "requirements": [_package(package) for package in found.requirements],
        "extras": [
            {
                "name": extra.name,
                "ok": extra.ok,
                "for": extra.purpose,
                "packages": [_package(package) for package in extra.packages],
            }
            for extra in found.extras
        ],
        "notes": list(found.notes),
        "problems": [
            {"what": problem.what, "remedy": problem.remedy} for problem in found.problems
        ],
    }


def _package(package: Package) -> dict[str, object]:
    return {
        "name": package.name,
        "needed": package.needed,
        "installed": package.installed,
        "ok": package.ok,
    }
