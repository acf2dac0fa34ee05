"""Follow the tutorial word by word in an empty folder, and compare what is printed with the page.

    python tools/newcomer.py [--package WHAT] [--installed] [--keep FOLDER]

1. A block of `sh` is typed as it stands, in one shell from the first to the last; a block of
   `text` behind it is what it prints. There `...` stands for anything, alone on a line for lines.
2. A block of `python` or `yaml` whose first line is `# name.py` or `# name.yaml` is a file, which
   is written when its turn comes. Blocks of `console` are not run: they need a cluster.
3. `--package` is what pip gets in place of `kube-reconcile`: a folder or a wheel. `--installed`
   leaves out what makes and fills the virtual environment, and takes the commands beside this
   Python.
4. What follows the mark `needs NAME` is left out where there is no such command, and that is said.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["Step", "differs", "files", "follow", "main", "script", "steps"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"
DISTRIBUTION = "kube-reconcile"
INSTALLS = ("pip install ", "python3 -m venv ", ". .venv/bin/activate")
BLOCK = re.compile(r"^<!-- needs (\w+) -->$|^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"# ([\w.]+\.(?:py|yaml))\n")
WILD = "..."
SECONDS = 300
"""Seconds that the whole tutorial may take, with what pip downloads."""


class Step(NamedTuple):
    """One thing that a reader does."""

    command: str
    """What is typed; empty where a file is written."""
    file: str
    text: str
    """What the file holds, or what is to be seen; empty where the page shows nothing."""
    needs: str
    """The command without which this cannot be done; empty for none."""


def steps(page: str) -> list[Step]:
    """Return what a page asks of its reader, in order."""
    made: list[Step] = []
    needs = ""
    before = ""
    for needed, language, text in BLOCK.findall(page):
        named = NAME.match(text)
        if needed:
            needs = needed
        elif language == "sh":
            made.append(Step(text.strip("\n"), "", "", needs))
        elif language == "text" and before == "sh":
            made[-1] = made[-1]._replace(text=text)
        elif language in ("python", "yaml") and named:
            made.append(Step("", named[1], text, needs))
        before = language
    return made


def files(told: Sequence[Step]) -> dict[str, str]:
    """Return the files that are there at the end, with what they hold."""
    return {step.file: step.text for step in told if step.file}


def script(told: Sequence[Step], outputs: Path, *, package: str, installed: bool) -> str:
    """Return all that is typed as one script, which writes what each step prints into a file."""
    lines = ["set -e"]
    for number, step in enumerate(told):
        if step.file:
            lines.append(f"cat > {shlex.quote(step.file)} <<'END_OF_FILE'\n{step.text}END_OF_FILE")
            continue
        typed = [
            each
            for each in step.command.split("\n")
            if not (installed and each.startswith(INSTALLS))
        ]
        command = "\n".join(typed).replace(f"'{DISTRIBUTION}", f"'{package}")
        place = shlex.quote(str(outputs / str(number)))
        lines.append(f"{{\n{command or ':'}\n}} > {place} 2>&1")
    return "\n".join(lines) + "\n"


def differs(shown: str, printed: str) -> bool:
    """Return whether something else was printed than a page shows."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == WILD else _line(line) for line in shown.strip("\n").split("\n")
    )
    plain = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").split("\n"))
    return re.fullmatch(pattern, plain) is None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split(WILD)) + r"\n"


class Done(NamedTuple):
    """What came of a step."""

    step: Step
    printed: str | None
    """None if it was never reached, or is a file."""
    failed: bool


def follow(told: Sequence[Step], folder: Path, *, package: str, installed: bool) -> list[Done]:
    """Do all steps in an empty folder, and return what each printed."""
    with tempfile.TemporaryDirectory() as outputs:
        place = Path(outputs)
        paths = [os.environ["PATH"]]
        if installed:
            paths.insert(0, str(Path(sys.executable).parent))
        hidden = ("PYTHON", "VIRTUAL_ENV", "PYTEST_", "KUBECONFIG")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
        shell = subprocess.Popen(
            ["bash", "-c", script(told, place, package=package, installed=installed)],
            cwd=folder,
            env={**kept, "PATH": os.pathsep.join(paths), "NO_COLOR": "1", "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = shell.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = -1
        # What was started in the background ends with the shell, whatever became of it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGTERM)
        shell.wait()
        found = {int(each.name): each.read_text("utf-8") for each in place.iterdir()}
    last = max(found, default=0)
    return [
        Done(step, found.get(number), failed=code != 0 and number == last)
        for number, step in enumerate(told)
    ]


def possible(told: Sequence[Step]) -> tuple[list[Step], list[str]]:
    """Return the steps that can be done here, and the commands that are missing for the others."""
    missing = sorted({step.needs for step in told if step.needs and not shutil.which(step.needs)})
    return [step for step in told if step.needs not in missing], missing


def faults(done: Sequence[Done]) -> Iterator[str]:
    """Yield what is not as the page has it."""
    for step, printed, failed in done:
        if failed:
            yield f"fails: {step.command}\n{printed}"
        elif printed is None and step.command:
            yield f"never reached: {step.command}"
        elif printed is not None and step.text and differs(step.text, printed):
            yield f"prints something else than the page shows: {step.command}\n{printed}"


def counted(text: str) -> int:
    """Return the lines of code of a file: neither blank nor a comment."""
    return sum(1 for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#"))


def main() -> int:
    """Follow the tutorial and print what happens."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--package", default=DISTRIBUTION)
    parser.add_argument("--installed", action="store_true")
    parser.add_argument("--keep", type=Path, help="an empty folder to do it in, which stays")
    given = parser.parse_args()
    told, missing = possible(steps(PAGE.read_text("utf-8")))
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        done = follow(told, folder, package=given.package, installed=given.installed)
    for step, printed, _ in done:
        if step.file:
            print(f"# writes {step.file}: {counted(step.text)} lines")
            continue
        print("".join(f"$ {line}\n" for line in step.command.split("\n")), end="")
        print(printed if printed is not None else "(never reached)\n", end="")
    for name in missing:
        print(f"# left out, because {name} is not here")
    held = files(told)
    code = {name: counted(text) for name, text in held.items() if name.endswith(".py")}
    own = sum(many for name, many in code.items() if not name.startswith("test_"))
    print(f"# lines of Python: {own}, and {sum(code.values()) - own} of tests")
    wrong = list(faults(done))
    for each in wrong:
        print(f"WRONG: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
