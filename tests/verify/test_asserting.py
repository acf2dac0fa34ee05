"""Assertions about clusters: what passes, and what is told of what does not."""

from __future__ import annotations

import pytest

from reconcile.kinds.core_v1 import ConfigMap
from reconcile.simulate import Cluster
from reconcile.simulate.faults import On, Refused
from reconcile.verify import assert_no_writes, assert_settles
from tests.verify.shops import DATED, QUIET, RESTLESS, Shop

STRATEGIES = ("dynamic", "server-side")


def _cluster(controller, apply="dynamic"):
    cluster = Cluster(controller, apply=apply)
    cluster.create(Shop.of("corner"))
    return cluster


@pytest.mark.parametrize("apply", STRATEGIES)
def test_a_quiet_cluster_settles(apply: str) -> None:
    """A controller that wants the same at every sync passes, and its objects are there."""
    cluster = _cluster(QUIET, apply)
    assert_settles(cluster)
    assert cluster.get(ConfigMap, "corner").data == {"colour": "blue"}
    assert_no_writes(cluster, after="restart")
    assert_no_writes(cluster, after="resync")


@pytest.mark.parametrize("apply", STRATEGIES)
def test_a_loop_is_told_by_field_and_writer(apply: str) -> None:
    """What is drawn at every call is told with its place, its writer and the remedy, in short."""
    with pytest.raises(AssertionError) as found:
        assert_settles(_cluster(RESTLESS, apply), limit=20)
    told = str(found.value)
    assert "more than 20 times" in told
    assert "Secret default/corner /data/password (by shop)" in told
    assert "once" in told
    assert found.value.__suppress_context__


def test_syncs_that_fail_do_not_settle() -> None:
    """A write that the server refuses for ever is no rest."""
    cluster = _cluster(QUIET)
    cluster.faults = [Refused(500, On("POST", "/api/v1/namespaces/default/configmaps"), times=None)]
    with pytest.raises(AssertionError, match="Shop default/corner still fails"):
        assert_settles(cluster)


def test_writes_after_a_resync_are_told() -> None:
    """What depends on the time is written at the next resync: object, field and writer are told."""
    cluster = _cluster(DATED)
    assert_settles(cluster)
    with pytest.raises(AssertionError) as found:
        assert_no_writes(cluster, after="resync")
    first, second = str(found.value).splitlines()
    assert first == "after a resync, 1 write:"
    assert second.startswith("  metacontroller update ConfigMap default/corner: ")
    assert second.endswith("/data/at (by shop)")


def test_writes_after_a_restart_are_told() -> None:
    """A restart repairs what nobody has told Metacontroller of, so it is a write."""
    cluster = _cluster(QUIET)
    assert_settles(cluster)
    cluster.patch(ConfigMap, "corner", {"data": {"colour": "red"}})
    with pytest.raises(AssertionError) as found:
        assert_no_writes(cluster)
    assert "after a restart, 1 write:" in str(found.value)
    assert "/data/colour" in str(found.value)
    assert "red" not in str(found.value)


def test_many_writes_are_cut_short() -> None:
    """Twelve writes are told, the others counted."""
    cluster = _cluster(DATED)
    for number in range(13):
        cluster.create(Shop.of(f"shop-{number}"))
    cluster.settle()
    with pytest.raises(AssertionError, match="and 2 more") as found:
        assert_no_writes(cluster, after="resync")
    assert len(str(found.value).splitlines()) == 14


def test_trouble_after_a_restart_is_told() -> None:
    """What fails in the copy is the failure of the assertion."""
    cluster = _cluster(QUIET)
    assert_settles(cluster)
    cluster.delete(ConfigMap, "corner")
    cluster.faults = [Refused(500, On("POST", "/api/v1/namespaces/default/configmaps"), times=None)]
    with pytest.raises(AssertionError, match="does not come to rest again:\n") as found:
        assert_no_writes(cluster)
    assert found.value.__suppress_context__


def test_the_cluster_is_left_as_it_is() -> None:
    """An assertion tries things on a copy: time, objects and what happened stay."""
    cluster = _cluster(QUIET)
    assert_settles(cluster)
    before = (cluster.now, cluster.server.world, len(cluster.rows))
    assert_no_writes(cluster, after="restart")
    assert_no_writes(cluster, after="resync")
    assert (cluster.now, cluster.server.world, len(cluster.rows)) == before
