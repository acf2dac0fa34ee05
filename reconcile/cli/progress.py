"""How far long work is, told to whoever looks at a terminal.

1. It goes to stderr, and only where that is a terminal: no file and no pipe ever holds it.
2. A bar with the package rich; without it, and on a terminal that shows lines only, a line now and
   then.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Final

from reconcile.cli.terminal import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["progress"]

_SECONDS: Final = 2.0
"""Between two lines."""


@contextlib.contextmanager
def progress(what: str, total: int | None = None) -> Generator[Callable[[], None]]:
    """Give a function to call after each piece of work.

    Shape: `what` is what the pieces are, such as `recordings`; `total` is how many there are, None
        where nobody knows.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    bar = _bar(what, total) if terminal(sys.stderr) else None
    if bar is None:
        yield _lines(what, total)
        return
    with bar as advance:
        yield advance


def _lines(what: str, total: int | None) -> Callable[[], None]:
    """Return a function that tells a line when enough time has passed."""
    done, told = 0, time.monotonic()

    def advance() -> None:
        nonlocal done, told
        done += 1
        if time.monotonic() - told >= _SECONDS:
            told = time.monotonic()
            many = "" if total is None else f" of {total}"
            print(f"{done}{many} {what}", file=sys.stderr, flush=True)

    return advance


def _bar(
    what: str, total: int | None
) -> contextlib.AbstractContextManager[Callable[[], None]] | None:
    """Return a bar that is gone when the work is done; None without rich."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    except ImportError:
        return None

    @contextlib.contextmanager
    def shown() -> Generator[Callable[[], None]]:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
            # What is printed meanwhile stands above the bar, if it goes to the same terminal; what
            # goes into a pipe is left alone.
            redirect_stdout=sys.stdout.isatty(),
        ) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)

    return shown()
