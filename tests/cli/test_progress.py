"""Facts about progress: who sees it, and who never does."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from reconcile.cli import progress as module
from reconcile.cli.progress import progress

ROOT = Path(__file__).parents[2]


class Terminal(io.StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def work(pieces: int = 3, total: int | None = 3) -> None:
    """Do some pieces of work."""
    with progress("recordings", total) as advance:
        for _ in range(pieces):
            advance()


def watched(monkeypatch: pytest.MonkeyPatch, *, term: str = "xterm") -> Terminal:
    """Make the standard error a terminal, and return what is shown there."""
    found = Terminal()
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stderr", found)
    return found


def test_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said into a pipe or a file."""
    work()
    assert capsys.readouterr() == ("", "")


def test_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With rich, a bar; it is gone at the end, and stdout has nothing of it."""
    pytest.importorskip("rich")
    terminal = watched(monkeypatch)
    work()
    shown = terminal.getvalue()
    assert "recordings" in shown
    assert "3/3" in shown
    # The line is cleared last of all.
    assert "\x1b[2K" in shown.rpartition("3/3")[2]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("why", ["no rich", "a dumb terminal"])
def test_lines(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rich, and on a terminal that shows lines only, a line now and then."""
    terminal = watched(monkeypatch, term="xterm" if why == "no rich" else "dumb")
    if why == "no rich":
        for name in ("rich", "rich.console", "rich.progress"):
            monkeypatch.setitem(sys.modules, name, None)
    times = iter([0.0, 1.9, 2.0, 2.0, 3.9, 4.0, 4.0])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(times)))
    work(4)
    assert terminal.getvalue() == "2 of 3 recordings\n4 of 3 recordings\n"


def test_lines_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody knows how many there are, none are told."""
    terminal = watched(monkeypatch, term="dumb")
    times = iter([0.0, 5.0, 5.0])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(times)))
    work(1, None)
    assert terminal.getvalue() == "1 recordings\n"


def test_a_command(tmp_path: Path) -> None:
    """What goes into a pipe is the same whether somebody watches stderr or not."""
    pytest.importorskip("rich")
    step = {"method": "GET", "path": "/version", "status": 404, "response": None}
    (tmp_path / "one.json").write_text(json.dumps({"name": "one", "steps": [step]}))
    (tmp_path / "none.json").write_text("{}")
    command = [sys.executable, "-m", "reconcile", "replay", str(tmp_path), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    quiet = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert quiet.stderr == b""
    leader, follower = pty.openpty()
    watched = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=follower, env=environment, check=False
    )
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells the end
        while piece := os.read(leader, 65536):
            shown += piece
    os.close(leader)
    assert (watched.returncode, watched.stdout) == (quiet.returncode, quiet.stdout)
    assert watched.stdout.count(b"\n") == 1
    assert b"2/2" in shown
