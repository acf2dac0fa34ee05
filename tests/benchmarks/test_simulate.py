"""The benchmark of the server in memory: its rows do what they are called, its table is printed."""

from __future__ import annotations

import pytest

from benchmarks import simulate


def test_each_goal_has_its_row() -> None:
    """No goal is without its row, and no two rows have one name."""
    names = [name for name, _, _ in simulate.rows(3)]
    assert [name for name in names if name in simulate.GOALS] == list(simulate.GOALS)
    assert len(set(names)) == len(names)


def test_rows_are_what_they_are_called() -> None:
    """Each row leaves behind what its name says, on both sides."""
    found = {name: side() for name, side, _ in simulate.rows(3)}
    cycle, create, apply, listed, _ = simulate.GOALS
    for name in (cycle, f"a dict of deep copies: {cycle}"):
        assert found[name]["status"] == {"ready": True}
    assert found[create]["status"] == {}
    assert found[create]["spec"]["strategy"]["type"] == "RollingUpdate"
    assert found[apply]["metadata"]["generation"] == 1
    other = found["apply a Deployment with another number of replicas"]["metadata"]
    assert other["generation"] == 2
    assert len(found[listed]["items"]) == len(found[f"a dict of deep copies: {listed}"]) == 3
    assert b'"items":[' in found["list 1,000 objects, as bytes"]


def test_memory_is_counted() -> None:
    """A copy of a world is small and holds no object; a write costs more than what is beside it."""
    assert 0 < simulate.bytes_of_copies(3) < 300
    whole, beside = simulate.bytes_of_writes(3)
    assert 0 < beside < whole


def test_the_table_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row has its time, and the bytes stand below."""
    monkeypatch.setattr("sys.argv", ["simulate", "--rounds", "1", "--repeat", "1", "--size", "3"])
    monkeypatch.setattr(simulate, "find_spec", lambda _: None)
    simulate.main()
    printed = capsys.readouterr().out
    assert printed.count("| a dict of deep copies: ") == 3
    assert "bytes a write" in printed
