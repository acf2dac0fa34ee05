"""Recorded runs of Metacontroller, found, played with the hooks beside them, and told of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconcile.cli import main
from tests.recordings import files
from tests.runs import recorded

if TYPE_CHECKING:
    from pathlib import Path

NAME = "status_unchanged"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run as it was recorded, with its hooks, below the kinds that runs share."""
    packed = files("metacontroller")
    made = tmp_path / "recorded"
    for place in (f"{NAME}/recording.json", f"{NAME}/hooks.py", "kinds.json"):
        (made / place).parent.mkdir(parents=True, exist_ok=True)
        (made / place).write_bytes(packed[place])
    return made


def test_a_run_is_played_with_its_hooks(folder, tmp_path, capsys):
    """What comes out stands where the recording stood; the kinds are no run."""
    out = tmp_path / "out"
    assert main(["replay", str(folder), "--write", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"ok {NAME}"]
    written = [path.relative_to(out).as_posix() for path in out.rglob("*.json")]
    assert written == [f"{NAME}/recording.json"]
    assert len(json.loads((out / written[0]).read_text())["steps"]) == len(recorded(NAME)["steps"])


@pytest.mark.slow
def test_a_run_that_differs_is_told_of(folder, capsys):
    """The step, what differs, and where."""
    file = folder / NAME / "recording.json"
    run = json.loads(file.read_text())
    run["steps"][1]["result"]["code"] = 418
    file.write_text(json.dumps(run))
    assert main(["replay", str(file)]) == 1
    assert capsys.readouterr().out.startswith(f"DIFFERS {NAME}: step 1, code")


def test_hooks_that_cannot_be_run_are_misuse(folder, capsys):
    """The file is named, and the kind of error."""
    (folder / NAME / "hooks.py").write_text("1 / 0")
    assert main(["replay", str(folder)]) == 2
    assert "hooks.py cannot be run (ZeroDivisionError)" in capsys.readouterr().err


def test_flags_that_cannot_be_read_are_misuse(folder, capsys):
    """The file is named, and the flag."""
    file = folder / NAME / "recording.json"
    run = json.loads(file.read_text())
    file.write_text(json.dumps({**run, "flags": ["--events-qps=often"]}))
    assert main(["replay", str(folder)]) == 2
    assert f"{file}: --events-qps is not a number" in capsys.readouterr().err


def test_kinds_that_cannot_be_read_are_misuse(folder, capsys):
    """The file is named."""
    (folder / "kinds.json").write_text("{")
    assert main(["replay", str(folder / NAME)]) == 2
    assert "kinds.json cannot be read as JSON" in capsys.readouterr().err


@pytest.mark.slow
def test_without_hooks_every_call_is_refused(folder, capsys):
    """There is no function that a path could name."""
    (folder / NAME / "hooks.py").unlink()
    assert main(["replay", str(folder)]) == 1
    assert capsys.readouterr().out.startswith(f"DIFFERS {NAME}: ")
