"""The benchmark of the cluster: its rows do what they are called, its table is printed."""

from __future__ import annotations

from benchmarks import cluster


def test_each_goal_has_its_row() -> None:
    """No goal is without its row, and each row can be timed."""
    found = {name: call() for name, call in cluster.rows()}
    assert [name for name in found if name in cluster.GOALS] == list(cluster.GOALS)
    assert all(took > 0 for took in found.values())


def test_the_whole_test_is_one() -> None:
    """The parent is made, changed and gone, and its children with it."""
    told = [str(change) for change in cluster.whole().history]
    assert "user create Box default/box" in told
    assert "kube-controller-manager delete ConfigMap default/box-2" in told


def test_nothing_is_written_by_the_sync_that_is_timed() -> None:
    """The sync has nothing to do, or it would measure something else."""
    syncing = cluster.Syncing(others=3)
    before = syncing._process.client.writes
    syncing.sync()
    assert syncing._process.client.writes == before
    assert syncing.hook > 0


def test_the_table_is_printed(capsys) -> None:
    """A line for each goal, and for many parents and for memory."""
    cluster.main(["--rounds", "20", "--parents", "3"])
    told = capsys.readouterr().out
    assert all(f"| {name} |" in told for name in cluster.GOALS)
    assert cluster.SETTLED in told
    assert cluster.MEMORY in told
