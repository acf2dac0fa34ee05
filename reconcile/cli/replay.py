"""`reconcile replay`: what real programs were recorded with, played on the simulated ones.

Conversations with an API server, those with controllers beside it, and runs of Metacontroller; for
a run, its `hooks.py` is executed. A line for each recording, `ok NAME` or
`DIFFERS NAME: step, what, pointer`. Files that hold no steps are left out. Exit code 1 if any
differs, and if there is no recording at all.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reconcile.adapters.log import describe_error
from reconcile.cli.parser import teach
from reconcile.cli.progress import progress
from reconcile.cli.replay_runs import is_run, play_file
from reconcile.cli.target import MisuseError

if TYPE_CHECKING:
    import argparse

    from reconcile.simulate.comparison import Difference
    from reconcile.value import Json

__all__ = ["HELP", "NAME", "add", "run"]

NAME: Final = "replay"
HELP: Final = "play recordings again, and tell where the outcome differs"

_LARGEST: Final = 1 << 28
"""Bytes of one recording, unpacked."""
_ABOUT: Final = """\
Play recordings again, a line for each: conversations with an API server and runs of
Metacontroller on the simulated programs, or, with --hook, recorded hook calls on
your controller. The hooks.py beside a run is executed: play only recordings that
you trust."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    teach(
        parser,
        _ABOUT,
        examples=[
            ("reconcile replay recordings/", "all recordings in a folder"),
            ("reconcile replay calls/ --hook controller:controller", "of reconcile record"),
        ],
        codes={
            0: "all is as recorded",
            1: "something differs, or there is no recording",
            2: "misuse",
        },
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a recording, or a folder of them"
    )
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="DIR",
        help="write what came out, in the form of the recordings, for a judge of your own",
    )
    parser.add_argument(
        "--hook", metavar="MODULE:ATTR", help="put recorded hook calls to this controller instead"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a line a recording; 1 if any differs."""
    if arguments.hook is not None:
        from reconcile.cli.replay_hooks import replay_hooks

        if arguments.write is not None:
            message = "--write is for conversations, not for --hook"
            raise MisuseError(message)
        return replay_hooks(arguments.paths, arguments.hook, as_json=arguments.json)
    files = _files(arguments.paths)
    seen: dict[Path, Path] = {}
    differing = 0
    with progress("files", len(files)) as advance:
        for file, place in files:
            recording = _read(file)
            if _is_conversation(recording) or is_run(recording):
                _once(seen, file, place)
                produced, found = _played(file, recording)
                if arguments.write is not None:
                    _write(arguments.write / place, produced)
                differing += bool(found)
                print(_line(place, recording, found, as_json=arguments.json))
            advance()
    if not seen:
        print("reconcile: there are no recordings", file=sys.stderr)
    return 1 if differing or not seen else 0


def _played(file: Path, recording: dict[str, Any]) -> tuple[Json, list[Difference]]:
    """Return what comes out, and where it differs. Raises: MisuseError."""
    try:
        return _played_as_it_is(file, recording)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # Its parts are no parts of a recording; which, the place tells whoever makes recordings.
        message = f"{file} cannot be played: {describe_error(error)}"
        raise MisuseError(message) from error


def _played_as_it_is(file: Path, recording: dict[str, Any]) -> tuple[Json, list[Difference]]:
    if is_run(recording):
        return play_file(file, recording)
    from reconcile.simulate.actors.playing import play_workloads
    from reconcile.simulate.comparison import compare
    from reconcile.simulate.transcript import play

    produced = (play_workloads if "controllers" in recording else play)(recording)
    return produced, list(compare(recording, produced))


def _files(paths: list[Path]) -> list[tuple[Path, Path]]:
    """Return files, and where each stands below its path. Raises: MisuseError."""
    found: list[tuple[Path, Path]] = []
    for path in paths:
        if not path.exists():
            message = f"{path} is not there"
            raise MisuseError(message)
        inside = sorted(each for end in ("*.json", "*.json.gz") for each in path.rglob(end))
        for file in inside if path.is_dir() else [path]:
            place = file.relative_to(path) if path.is_dir() else Path(file.name)
            found.append((file, place.with_suffix("") if place.suffix == ".gz" else place))
    return found


def _once(seen: dict[Path, Path], file: Path, place: Path) -> None:
    """Remember where a recording stands. Raises: MisuseError where another does already."""
    if place in seen:
        message = f"{file} and {seen[place]} would both be {place}; replay them one by one"
        raise MisuseError(message)
    seen[place] = file


def _write(target: Path, produced: Json) -> None:
    text = json.dumps(produced, ensure_ascii=False, indent=1)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", encoding="utf-8", errors="surrogatepass")
    except OSError as error:
        message = f"--write: {target} cannot be written: {error.strerror}"
        raise MisuseError(message) from error


def _read(file: Path) -> Any:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            text = opened.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            message = f"{file} has more than {_LARGEST} bytes"
            raise MisuseError(message)
        return json.loads(text)
    except (OSError, ValueError, EOFError, RecursionError, zlib.error) as error:
        message = f"{file} cannot be read as JSON ({type(error).__name__})"
        raise MisuseError(message) from error


def _is_conversation(recording: Json) -> bool:
    """Return whether a file holds requests and answers."""
    steps = recording.get("steps") if isinstance(recording, dict) else None
    return isinstance(steps, list) and all(
        isinstance(step, dict) and {"method", "path", "status", "response"} <= step.keys()
        for step in steps
    )


def _line(place: Path, recording: dict[str, Any], found: list[Difference], *, as_json: bool) -> str:
    name = str(recording.get("name") or place.with_suffix(""))
    if as_json:
        told = [{"step": each.step, "what": each.what, "pointer": each.pointer} for each in found]
        return json.dumps({"name": name, "file": str(place), "ok": not found, "differences": told})
    if not found:
        return f"ok {name}"
    first = found[0]
    where = f"{first.what} {first.pointer}".rstrip()
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    step = "as a whole" if first.step < 0 else f"step {first.step}"
    return f"DIFFERS {name}: {step}, {where}{more}"
