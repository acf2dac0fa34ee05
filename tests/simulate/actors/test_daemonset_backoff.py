"""How long a DaemonSet waits before it deletes another failed Pod."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.daemonset import DaemonSetController
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_daemonset import add_node, daemon


@pytest.fixture
def cluster():
    made = Cluster(DaemonSetController())
    add_node(made, "a")
    made.create(daemon())
    return made


def _fail(cluster):
    """Let the Pod fail; return whether another one is there at once."""
    (name,) = cluster.names("Pod")
    cluster.report(name, "Failed")
    return cluster.names("Pod") != [name]


def test_the_first_failed_pod_is_replaced_at_once_and_the_next_after_a_second(cluster):
    """The pause begins with a second."""
    assert _fail(cluster)
    assert not _fail(cluster)
    (name,) = cluster.names("Pod")
    cluster.wait(1)
    assert cluster.names("Pod") != [name]


def test_pauses_double_with_every_failure(cluster):
    """Failures that are further apart than the pause are no reason to wait, but count."""
    assert _fail(cluster)
    for seconds in (1, 2, 4):
        cluster.wait(seconds)
        assert _fail(cluster)
    cluster.wait(7)
    assert not _fail(cluster)
    cluster.wait(8)
    (pod,) = cluster.list("Pod")
    assert pod["status"]["phase"] == "Pending"


def test_another_generation_begins_anew(cluster):
    """A changed DaemonSet has no failures."""
    assert _fail(cluster)
    assert not _fail(cluster)
    cluster.patch("DaemonSet", "proxy", {"spec": {"minReadySeconds": 1}})
    (pod,) = cluster.list("Pod")
    assert pod["status"]["phase"] == "Pending"


def test_a_pod_that_succeeded_is_replaced_without_a_pause(cluster):
    """Only failures are waited for."""
    for _ in range(3):
        (name,) = cluster.names("Pod")
        cluster.report(name, "Succeeded")
        assert cluster.names("Pod") != [name]
