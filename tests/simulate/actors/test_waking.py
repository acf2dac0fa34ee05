"""Which controllers a change of a dependent wakes."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.waking import Owners
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_statefulset import stateful

_OWNERS = Owners("apps/v1", "StatefulSet")
_KEY = "apps/StatefulSet/default/db"


@pytest.fixture
def cluster():
    made = Cluster()
    made.create(stateful())
    return made


def _reference(cluster, **other):
    uid = cluster.get("StatefulSet", "db")["metadata"]["uid"]
    told = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": uid}
    return [{**told, "controller": True, **other}]


def _pod(cluster, name="p", **metadata):
    return cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", **metadata},
            "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "x"}]},
        }
    )


def _woken(cluster, act):
    """Return who is woken by what an action does."""
    seen = cluster.version()
    act()
    api = Api(cluster.server)
    return [key for each in cluster.server.world.events(seen) for key in _OWNERS.woken(each, api)]


def test_a_new_orphan_wakes_those_whose_selectors_match(cluster):
    """Others sleep on."""
    assert _woken(cluster, lambda: _pod(cluster, labels={"app": "db"})) == [_KEY]
    assert _woken(cluster, lambda: _pod(cluster, "q", labels={"app": "web"})) == []


def test_an_orphan_that_changes_wakes_only_if_its_labels_do(cluster):
    """What else changes about it is no reason to adopt it."""
    _pod(cluster, labels={"app": "db"})
    beat = {"metadata": {"annotations": {"a": "b"}}}
    assert _woken(cluster, lambda: cluster.patch("Pod", "p", beat)) == []
    labels = {"metadata": {"labels": {"v": "1"}}}
    assert _woken(cluster, lambda: cluster.patch("Pod", "p", labels)) == [_KEY]


def test_what_is_controlled_wakes_its_controller_whatever_its_labels(cluster):
    """Until the last moment; a controller of another incarnation is nobody."""
    reference = _reference(cluster)
    assert _woken(cluster, lambda: _pod(cluster, ownerReferences=reference)) == [_KEY]
    assert _woken(cluster, lambda: cluster.delete("Pod", "p")) == [_KEY]
    assert set(_woken(cluster, lambda: cluster.delete("Pod", "p", gracePeriodSeconds=0))) == {_KEY}
    former = _reference(cluster, uid="00000000-0000-4000-8000-000000000000")
    assert _woken(cluster, lambda: _pod(cluster, ownerReferences=former)) == []
    other = _reference(cluster, kind="DaemonSet")
    assert _woken(cluster, lambda: _pod(cluster, "q", ownerReferences=other)) == []


def test_a_controller_that_lost_something_is_woken(cluster):
    """And so is the one that may adopt it."""
    _pod(cluster, ownerReferences=_reference(cluster), labels={"app": "db"})
    body = {"metadata": {"ownerReferences": None}}
    assert _woken(cluster, lambda: cluster.patch("Pod", "p", body)) == [_KEY, _KEY]


def test_an_orphan_that_is_being_deleted_wakes_nobody(cluster):
    """Nobody would adopt it."""
    _pod(cluster, labels={"app": "db"})
    assert _woken(cluster, lambda: cluster.delete("Pod", "p")) == []
