"""The benchmark of typed objects says what is missing, and asks for equal work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import kinds

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_missing_is_said_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A peer is a folder; without one there are only we, and the commands that make the others."""
    monkeypatch.setenv(kinds.FOLDER, str(tmp_path))
    (tmp_path / "kubex").mkdir()
    found, missing = kinds.sides()
    assert set(found) == {"reconcile", "kubex"}
    assert len(missing) == len(kinds.PEERS) - 1
    assert f"kubernetes-37: pip install --target {tmp_path}/kubernetes-37" in missing[0]
    monkeypatch.delenv(kinds.FOLDER)
    found, missing = kinds.sides()
    assert set(found) == {"reconcile"}
    assert len(missing) == len(kinds.PEERS)


def test_ours_runs_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One round with little data gives a line of ours, whose document was checked before."""
    monkeypatch.delenv(kinds.FOLDER, raising=False)
    kinds.main(rounds=2, repeat=1)
    told = capsys.readouterr().out
    assert "| reconcile |" in told
    assert told.count("missing: ") == len(kinds.PEERS)
