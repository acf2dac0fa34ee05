"""The benchmark of server-side apply: its rows do what they are called, and its table is printed."""

from __future__ import annotations

import pytest

from benchmarks import apply


def test_each_row_with_a_goal_is_there() -> None:
    """No goal is without its row."""
    names = [name for name, _ in apply.rows()]
    assert [name for name in names if name in apply.GOALS] == list(apply.GOALS)
    assert len(set(names)) == len(names)


def test_rows_are_what_they_are_called() -> None:
    """Nothing changes in an unchanged Deployment, and both ways to write give the same owners."""
    found = {name: side() for name, side in apply.rows()}
    entries = found["apply, an unchanged Deployment"]["metadata"]["managedFields"]
    live, owners = found["kept: apply, an unchanged Deployment"]
    assert live["metadata"]["managedFields"] == entries == owners.json()
    assert [entry["operation"] for entry in entries] == ["Apply", "Update"]
    assert found["kept: apply, the same to an object that was written since"][1] is owners
    (entry,) = found["kept: apply, a new Deployment"]["metadata"]["managedFields"]
    assert entry == entries[0]
    for name in ("update, a new small custom resource", "update, its status"):
        assert found[f"kept: {name}"] == found[name]


def test_the_table_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row has its time."""
    monkeypatch.setattr("sys.argv", ["apply", "--rounds", "1", "--repeat", "1"])
    apply.main()
    assert capsys.readouterr().out.count("| kept: ") == 7
