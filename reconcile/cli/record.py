"""`reconcile record`: as `serve`, and every hook call goes to files, masked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconcile.adapters.record_files import MAX_BYTES, MAX_FILES
from reconcile.adapters.recorder import Recorder, recorded_controller
from reconcile.cli import serve
from reconcile.cli.parser import positive, teach
from reconcile.cli.target import MisuseError
from reconcile.errors import DefinitionError

if TYPE_CHECKING:
    import argparse

    from reconcile.adapters.webhook import Responder

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "record"
HELP: Final = "serve a controller and write its calls to files, for replay"

_ABOUT: Final = """\
Serve a controller as reconcile serve does, and write each call and its answer to
files that only their owner reads. Secrets are masked in them."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile record controller:controller --folder calls", "into the folder calls"),
            ("reconcile replay calls --hook controller:controller", "and play them again"),
        ],
        codes={0: "ended by SIGTERM or SIGINT", 2: "misuse, or the address is not to be had"},
    )
    serve.declare(parser)
    parser.add_argument(
        "--folder", type=Path, required=True, metavar="DIR", help="where the files go"
    )
    parser.add_argument(
        "--max-file", type=positive, default=MAX_BYTES, metavar="BYTES", help="of one file"
    )
    parser.add_argument(
        "--max-files", type=positive, default=MAX_FILES, metavar="N", help="in the folder"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve and record until SIGTERM or SIGINT."""
    recorder = _recorder(arguments.folder, arguments.max_file, arguments.max_files)

    def wrapped(controller: Responder) -> Responder:
        return recorded_controller(controller, recorder)

    return serve.run(arguments, wrap=wrapped)


def _recorder(folder: Path, max_bytes: int, max_files: int) -> Recorder:
    """Return a recorder for a folder that can be written. Raises: MisuseError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Recorder(folder, max_bytes=max_bytes, max_files=max_files)
    except (OSError, DefinitionError) as error:
        message = f"{folder} cannot be recorded to: {error}"
        raise MisuseError(message) from error
