"""The ReplicaSet controller: Pods that are made, adopted and let go, status, recordings."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.replicaset import ReplicaSetController
from reconcile.simulate.faults import On, Refused
from reconcile.simulate.server.clock import stamp
from tests.simulate.actors.cluster import Cluster
from tests.workloads import differences, workloads


@pytest.mark.parametrize("name", workloads("replicaset_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """ReplicaSets come to the same objects and status as with the real controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


def replicas(count=2, **spec):
    """Return a ReplicaSet called `r`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "r", "namespace": "default"},
        "spec": {
            "replicas": count,
            "selector": {"matchLabels": {"app": "r"}},
            "template": {
                "metadata": {"labels": {"app": "r", "v": "1"}},
                "spec": {"containers": [{"name": "c", "image": "img"}]},
            },
            **spec,
        },
    }


def bare(name, **labels):
    """Return a Pod that nobody controls."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "r", **labels}},
        "spec": {"containers": [{"name": "c", "image": "img"}]},
    }


@pytest.fixture
def cluster():
    return Cluster(ReplicaSetController())


def _status(cluster):
    return cluster.get("ReplicaSet", "r")["status"]


def test_pods_are_made_and_counted(cluster):
    """A status leaves out what is nothing, and is not written again."""
    cluster.create(replicas(3))
    assert len(cluster.list("Pod")) == 3
    expected = {
        "replicas": 3,
        "fullyLabeledReplicas": 3,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }
    assert _status(cluster) == expected
    before = cluster.version()
    cluster.wait(1000)
    assert cluster.version() == before


def test_more_pods_than_one_look_makes(cluster):
    """A ReplicaSet of more than 500 has all its Pods at rest."""
    cluster.create(replicas(501))
    assert _status(cluster)["replicas"] == 501


def test_ready_is_not_available_until_it_has_lasted(cluster):
    """What is ready counts as available after minReadySeconds, without any other event."""
    cluster.create(replicas(1, minReadySeconds=10))
    cluster.report(cluster.names("Pod")[0])
    assert "availableReplicas" not in _status(cluster)
    cluster.wait(9)
    assert "availableReplicas" not in _status(cluster)
    cluster.wait(1)
    assert _status(cluster)["availableReplicas"] == 1


def test_bare_pods_are_adopted_and_drifting_ones_released(cluster):
    """A Pod belongs to who selects it, for as long as its labels say so."""
    cluster.create(bare("p"))
    cluster.create(replicas(2))
    adopted = cluster.get("Pod", "p")
    assert adopted["metadata"]["ownerReferences"][0]["name"] == "r"
    assert len(cluster.list("Pod")) == 2
    assert _status(cluster)["fullyLabeledReplicas"] == 1
    cluster.patch("Pod", "p", {"metadata": {"labels": {"app": "other"}}})
    assert "ownerReferences" not in cluster.get("Pod", "p")["metadata"]
    assert len(cluster.list("Pod")) == 3
    cluster.patch("Pod", "p", {"metadata": {"labels": {"app": "r"}}})
    assert len(cluster.list("Pod")) == 2


def test_a_bound_pod_that_is_deleted_is_replaced_and_counted_as_terminating(cluster):
    """A Pod on its way does not count, and is told apart."""
    cluster.create(replicas(1))
    name = cluster.names("Pod")[0]
    cluster.bind(name, "n")
    cluster.delete("Pod", name)
    assert len(cluster.list("Pod")) == 2
    assert (_status(cluster)["replicas"], _status(cluster)["terminatingReplicas"]) == (1, 1)
    cluster.delete("Pod", name, gracePeriodSeconds=0)
    assert _status(cluster)["terminatingReplicas"] == 0


def test_a_replicaset_that_is_being_deleted_makes_nothing(cluster):
    """While its Pods go, a ReplicaSet counts, but does not replace them."""
    cluster.create(replicas(1))
    name = cluster.names("Pod")[0]
    cluster.bind(name, "n")
    cluster.delete("ReplicaSet", "r", propagationPolicy="Foreground")
    assert cluster.names("Pod") == [name]
    assert (_status(cluster)["replicas"], _status(cluster)["terminatingReplicas"]) == (0, 1)


def test_a_replication_controller_is_a_replica_set_of_old():
    """Its selector is labels; Pods on their way are not counted; one that drifts is replaced."""
    cluster = Cluster(*built_in("replicationcontroller-controller"))
    made = replicas(2, selector={"app": "r"})
    cluster.create(bare("p"))
    cluster.create({**made, "apiVersion": "v1", "kind": "ReplicationController"})
    assert len(cluster.list("Pod")) == 2
    owner = cluster.get("Pod", "p")["metadata"]["ownerReferences"][0]
    assert (owner["apiVersion"], owner["kind"]) == ("v1", "ReplicationController")
    assert cluster.get("ReplicationController", "r")["status"] == {
        "replicas": 2,
        "fullyLabeledReplicas": 1,
        "observedGeneration": 1,
    }
    cluster.patch("Pod", "p", {"metadata": {"labels": {"app": "other"}}})
    assert len(cluster.list("Pod")) == 3
    before = cluster.version()
    cluster.wait(100)
    assert cluster.version() == before


def test_an_adoption_that_is_refused_is_tried_again(cluster):
    """No Pod is made before it is clear which there are."""
    cluster.create(bare("p"))
    user = "kube-controller-manager"
    cluster.server.faults = (Refused(500, On("PATCH", user=user)),)
    cluster.create(replicas(1))
    assert "ownerReferences" not in cluster.get("Pod", "p")["metadata"]
    cluster.wait(1)
    assert cluster.get("Pod", "p")["metadata"]["ownerReferences"]
    assert cluster.names("Pod") == ["p"]


@pytest.mark.parametrize("times", [1, 2])
def test_a_status_that_is_refused_is_written_later(cluster, times):
    """Once is tried again at once, more often after a while."""
    user = "kube-controller-manager"
    cluster.server.faults = (Refused(500, On("PUT", user=user), times=times),)
    cluster.create(replicas(0))
    assert ("observedGeneration" in _status(cluster)) is (times == 1)
    cluster.wait(1)
    assert _status(cluster)["observedGeneration"] == 1


def test_what_does_not_concern_the_labels_of_an_orphan_wakes_nobody(cluster):
    """A Pod that nobody wants is looked at again when its labels change."""
    cluster.create(replicas(1))
    cluster.create(bare("p", app="none"))
    events = cluster.server.world.version
    cluster.patch("Pod", "p", {"metadata": {"annotations": {"a": "b"}}})
    (event,) = cluster.server.world.events(events)
    assert list(ReplicaSetController().concerned(event, Api(cluster.server))) == []


class TestRefused:
    """A quota that lets two of five Pods be."""

    @pytest.fixture
    def tight(self):
        cluster = Cluster(*built_in("replicaset-controller,resourcequota-controller"))
        quota = {"hard": {"pods": "2"}}
        about = {"name": "q", "namespace": "default"}
        made = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": about, "spec": quota}
        cluster.create(made)
        cluster.create(replicas(5))
        return cluster

    def test_it_is_told(self, tight):
        """The condition says that creation failed, and why; what could be made is there."""
        status = _status(tight)
        assert status["replicas"] == 2
        (failure,) = status["conditions"]
        assert (failure["type"], failure["reason"]) == ("ReplicaFailure", "FailedCreate")
        assert "exceeded quota: q" in failure["message"]
        assert failure["lastTransitionTime"] == stamp(tight.server.world.now)

    def test_it_is_tried_again(self, tight):
        """When more is allowed, nothing has to happen for the rest to be made."""
        tight.patch("ResourceQuota", "q", {"spec": {"hard": {"pods": "9"}}})
        tight.wait(60)
        assert _status(tight)["replicas"] == 5
        assert "conditions" not in _status(tight)

    def test_trying_again_costs_less_and_less(self, tight):
        """An hour of refusals is a few looks, none of which writes anything."""
        before = tight.version()
        tight.wait(3600)
        assert tight.version() == before
