"""What is said to a terminal: whether colour is wanted, and that every text can be printed.

1. Colour only where somebody sees it: on a terminal, and not where NO_COLOR is set or TERM is dumb.
   FORCE_COLOR asks for it where there is no terminal, as a page of a CI system.
2. What a terminal cannot show is escaped; no text is an error. Files and pipes are UTF-8, as YAML
   and JSON are.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

__all__ = ["add_colour", "coloured", "print_any_text", "terminal"]


def add_colour(parser: argparse.ArgumentParser) -> None:
    """Declare `--colour`."""
    parser.add_argument(
        "--colour",
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        metavar="WHEN",
        help="auto, always or never; default: auto, on a terminal only",
    )


def coloured(asked: str, stream: TextIO | None = None) -> bool:
    """Return whether what is printed is to be coloured.

    Shape: `asked` is what `--colour` says; `stream` is where it goes, None for stdout.
    Source: https://no-color.org, https://force-color.org.
    """
    if asked != "auto":
        return asked == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return terminal(stream or sys.stdout)


def terminal(stream: TextIO) -> bool:
    """Return whether somebody looks at a stream, at a place where more than lines can be shown."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def print_any_text() -> None:
    """Let every text be printed: as UTF-8, or escaped where a terminal does not know it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
