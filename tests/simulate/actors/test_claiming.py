"""Which dependents a controller holds."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.claiming import claim, selected
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_statefulset import stateful


@pytest.fixture
def cluster():
    made = Cluster()
    made.create(stateful())
    return made


def _pod(cluster, name, app="db", **metadata):
    return cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": "default",
                "labels": {"app": app},
                **metadata,
            },
            "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "x"}]},
        }
    )


def _reference(cluster, **other):
    uid = cluster.get("StatefulSet", "db")["metadata"]["uid"]
    told = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": uid}
    return [{**told, "controller": True, **other}]


def _claim(cluster):
    owner = cluster.get("StatefulSet", "db")
    pods = cluster.list("Pod")
    found = claim(Api(cluster.server), owner, [_whole(each) for each in pods], _wanted(owner))
    return [each["metadata"]["name"] for each in found.held], found.failed


def _whole(pod):
    return {"apiVersion": "v1", "kind": "Pod", **pod}


def _wanted(owner):
    return lambda pod: selected(owner, pod)


def test_orphans_that_match_are_adopted_and_what_no_longer_matches_is_let_go(cluster):
    """What others control, and what is being deleted, is left as it is."""
    _pod(cluster, "held", ownerReferences=_reference(cluster))
    _pod(cluster, "lost", app="web", ownerReferences=_reference(cluster))
    _pod(cluster, "orphan")
    _pod(cluster, "stranger", app="web")
    other = _reference(cluster, name="other", uid="00000000-0000-4000-8000-000000000000")
    _pod(cluster, "of-another", ownerReferences=other)
    _pod(cluster, "going")
    cluster.delete("Pod", "going")
    assert _claim(cluster) == (["held", "orphan"], False)
    assert "ownerReferences" not in cluster.get("Pod", "lost")["metadata"]
    (reference,) = cluster.get("Pod", "orphan")["metadata"]["ownerReferences"]
    assert reference == _reference(cluster, blockOwnerDeletion=True)[0]
    assert "ownerReferences" not in cluster.get("Pod", "going")["metadata"]
    assert cluster.get("Pod", "of-another")["metadata"]["ownerReferences"] == other


def test_an_owner_that_is_being_deleted_takes_and_gives_nothing(cluster):
    """But what it holds is still its own."""
    cluster.patch("StatefulSet", "db", {"metadata": {"finalizers": ["example.com/wait"]}})
    _pod(cluster, "held", ownerReferences=_reference(cluster))
    _pod(cluster, "lost", app="web", ownerReferences=_reference(cluster))
    cluster.delete("StatefulSet", "db", propagationPolicy="Background")
    _pod(cluster, "orphan")
    before = cluster.version()
    assert _claim(cluster) == (["held"], False)
    assert cluster.version() == before


def test_what_cannot_be_adopted_is_told(cluster):
    """An orphan that changed hands meanwhile is to be looked at again; one that is gone is not."""
    seen = _whole(_pod(cluster, "orphan"))
    owner = cluster.get("StatefulSet", "db")
    other = _reference(cluster, name="other", uid="00000000-0000-4000-8000-000000000000")
    cluster.patch("Pod", "orphan", {"metadata": {"ownerReferences": other}})
    api = Api(cluster.server)
    assert claim(api, owner, [seen], _wanted(owner)) == ((), True)
    cluster.delete("Pod", "orphan", gracePeriodSeconds=0)
    assert claim(api, owner, [seen], _wanted(owner)) == ((), False)
