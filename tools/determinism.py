"""Run one rich scenario in many processes, and show that all tell the same bytes.

    python tools/determinism.py [--seeds 20] [--tree FOLDER] [PYTHON...]

1. For each interpreter, seed of hashes and build (compiled, plain) one process plays
   `tests.simulate.rich`, by both strategies, and prints digests of history, calls and worlds.
2. The compiled build of an interpreter is made in a copy of the tree, in a temporary folder, so
   that nothing here changes; `--tree` names a copy that is compiled already. An interpreter needs
   pydantic, msgspec, Cython and setuptools.
3. Prints a table, and returns 1 unless all digests of a strategy are one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
PARTS: Final = ("reconcile", "tests", "examples", "setup.py", "pyproject.toml", "README.md")
BUILDS: Final = {"compiled": "RECONCILE_COMPILED", "plain": "RECONCILE_PURE"}
SEEDS: Final = 20

__all__ = ["Told", "main", "told"]


class Told(NamedTuple):
    """What one process printed of one strategy."""

    strategy: str
    digest: str
    changes: int
    calls: int


def told(python: str, folder: Path, seed: int, build: str | None = None) -> tuple[Told, ...]:
    """Return what a process tells; `build` is one of `BUILDS`, None for any. Raises: OSError."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(folder)}
    for variable in BUILDS.values():
        environment.pop(variable, None)
    if build is not None:
        environment[BUILDS[build]] = "1"
    done = subprocess.run(
        [python, "-m", "tests.simulate.rich"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OSError(done.stderr[-2000:])
    rows = (line.split() for line in done.stdout.splitlines())
    return tuple(Told(name, digest, int(one), int(two)) for name, digest, one, two in rows)


def _version(python: str) -> str:
    script = "import platform; print(platform.python_version())"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _copied(folder: Path) -> None:
    left = shutil.ignore_patterns("*.so", "__pycache__", "*.tar.xz")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=left)
        else:
            shutil.copy(source, folder / part)


def _built(python: str, folder: Path) -> None:
    """Compile a tree for an interpreter. Raises: CalledProcessError."""
    subprocess.run(
        [python, "setup.py", "-q", "build_ext", "--inplace"],
        cwd=folder,
        env={**os.environ, "RECONCILE_COMPILED": "1"},
        capture_output=True,
        check=True,
    )


def main(arguments: list[str]) -> int:
    """Run all; print a table; return 1 if any two differ."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("python", nargs="*", default=[sys.executable])
    asked = parser.parse_args(arguments)
    say = sys.stdout.write
    say("| Python | build | strategy | processes | changes | calls | digests |\n")
    say("|---|---|---|---:|---:|---:|---|\n")
    every: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as home:
        folder = asked.tree or Path(home)
        if asked.tree is None:
            _copied(folder)
        for given in asked.python:
            python = str(Path(given).absolute())
            if asked.tree is None:
                _built(python, folder)
            for build in BUILDS:
                rows = [
                    row for seed in range(asked.seeds) for row in told(python, folder, seed, build)
                ]
                for strategy in dict.fromkeys(row.strategy for row in rows):
                    these = [row for row in rows if row.strategy == strategy]
                    found = {row.digest for row in these}
                    every.setdefault(strategy, set()).update(found)
                    say(
                        f"| {_version(python)} | {build} | {strategy} | {len(these)} | "
                        f"{these[0].changes} | {these[0].calls} | "
                        f"{', '.join(digest[:16] for digest in sorted(found))} |\n"
                    )
                sys.stdout.flush()
    same = all(len(found) == 1 for found in every.values())
    say("identical\n" if same else "they differ\n")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
