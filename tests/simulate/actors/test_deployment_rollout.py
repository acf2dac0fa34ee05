"""One look at a Deployment: what it does, step by step."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.deployment_rollout import Rollout
from reconcile.simulate.actors.refusals import RefusedError
from reconcile.simulate.faults import On, Refused
from reconcile.value.frozen import thaw
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_deployment import deployment, other


@pytest.fixture
def cluster():
    """A cluster in which nobody acts but the test."""
    return Cluster()


def look(cluster):
    """Return a look at the Deployment as it is."""
    found = thaw(cluster.get("Deployment", "web"))
    sets = [
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", **each}
        for each in cluster.list("ReplicaSet")
    ]
    return Rollout(Api(cluster.server), found, sets)


def roll(cluster):
    """Go on until a look is not refused because of its own first write."""
    for _ in range(5):
        try:
            return look(cluster).roll()
        except RefusedError:
            continue
    raise AssertionError


def count(cluster, version, **status):
    """Say the status of a ReplicaSet as its controller would."""
    for each in cluster.list("ReplicaSet"):
        if each["metadata"]["labels"]["v"] == version:
            replicas = each["spec"]["replicas"]
            told = {"replicas": replicas, "observedGeneration": each["metadata"]["generation"]}
            told |= {"terminatingReplicas": 0, "fullyLabeledReplicas": replicas}
            told |= {"readyReplicas": 0, "availableReplicas": 0, **status}
            path = f"/apis/apps/v1/namespaces/default/replicasets/{each['metadata']['name']}/status"
            media = "application/merge-patch+json"
            cluster.ask("PATCH", path, {"status": told}, content_type=media)


def sizes(cluster):
    return {
        each["metadata"]["labels"]["v"]: each["spec"]["replicas"]
        for each in cluster.list("ReplicaSet")
    }


def test_a_second_write_of_the_same_object_ends_a_look(cluster):
    """The first look makes a ReplicaSet and says so; that it may not say more is a conflict."""
    cluster.create(deployment())
    with pytest.raises(RefusedError, match="Conflict"):
        look(cluster).roll()
    found = cluster.get("Deployment", "web")
    assert found["status"]["conditions"][0]["reason"] == "NewReplicaSetCreated"
    assert found["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    roll(cluster)
    before = cluster.version()
    assert roll(cluster) == 601
    assert cluster.version() == before


@pytest.fixture
def halfway(cluster):
    """Ten replicas with surge and unavailable of 2, all of the old available; a new template."""
    limits = {"maxSurge": 2, "maxUnavailable": 2}
    strategy = {"type": "RollingUpdate", "rollingUpdate": limits}
    cluster.create(deployment(10, strategy=strategy))
    roll(cluster)
    count(cluster, "1", readyReplicas=10, availableReplicas=10)
    roll(cluster)
    cluster.patch("Deployment", "web", other("2"))
    roll(cluster)
    return cluster


def test_the_new_one_takes_the_surge_and_what_the_old_ones_give(halfway):
    """Two of the old may be missing and two more may be there, so the new one has four."""
    assert sizes(halfway) == {"1": 8, "2": 4}
    roll(halfway)
    assert sizes(halfway) == {"1": 8, "2": 4}


def test_old_ones_that_do_not_run_go_first(halfway):
    """They are missed by nobody, but never more go than may."""
    roll(halfway)
    count(halfway, "1", readyReplicas=5, availableReplicas=5)
    count(halfway, "2", readyReplicas=2, availableReplicas=2)
    roll(halfway)
    assert sizes(halfway) == {"1": 6, "2": 4}


def test_old_ones_that_have_not_counted_yet_are_left(halfway):
    """One that was scaled down and says more are available than it wants is not touched."""
    roll(halfway)
    count(halfway, "1", replicas=10, readyReplicas=10, availableReplicas=10)
    count(halfway, "2", readyReplicas=4, availableReplicas=4)
    roll(halfway)
    assert sizes(halfway) == {"1": 8, "2": 4}
    count(halfway, "1", readyReplicas=8, availableReplicas=8)
    roll(halfway)
    assert sizes(halfway) == {"1": 4, "2": 4}


def test_a_new_one_that_is_too_large_is_cut(halfway):
    """More than wanted is never right."""
    roll(halfway)
    path = "/apis/apps/v1/namespaces/default/replicasets/"
    new = next(e for e in halfway.list("ReplicaSet") if e["metadata"]["labels"]["v"] == "2")
    media = "application/merge-patch+json"
    body = {"spec": {"replicas": 15}}
    halfway.ask("PATCH", path + new["metadata"]["name"], body, content_type=media)
    roll(halfway)
    assert sizes(halfway)["2"] == 10


def test_scaling_in_the_middle_is_seen_and_shared(halfway):
    """What is noted on the ReplicaSets tells that the Deployment had another size."""
    roll(halfway)
    assert not look(halfway).is_scaled()
    halfway.patch("Deployment", "web", {"spec": {"replicas": 20}})
    assert look(halfway).is_scaled()
    look(halfway).resize()
    assert sizes(halfway) == {"1": 15, "2": 7}
    assert not look(halfway).is_scaled()


def test_a_saturated_new_one_needs_no_old_ones(halfway):
    """Old ones that were adopted later go at once, where nothing is rolled out."""
    roll(halfway)
    path = "/apis/apps/v1/namespaces/default/replicasets/"
    new = next(e for e in halfway.list("ReplicaSet") if e["metadata"]["labels"]["v"] == "2")
    media = "application/merge-patch+json"
    body = {"spec": {"replicas": 10}}
    halfway.ask("PATCH", path + new["metadata"]["name"], body, content_type=media)
    count(halfway, "2", readyReplicas=10, availableReplicas=10)
    look(halfway).resize()
    assert sizes(halfway) == {"1": 0, "2": 10}


def test_a_deployment_that_is_not_cared_about_has_no_progress(cluster):
    """Without a deadline no condition tells of progress."""
    cluster.create(deployment(progressDeadlineSeconds=2**31 - 1))
    roll(cluster)
    roll(cluster)
    conditions = cluster.get("Deployment", "web")["status"]["conditions"]
    assert [each["type"] for each in conditions] == ["Available"]


def test_what_is_said_already_is_not_written(cluster):
    """Without progress to tell, and with the revision there, making a ReplicaSet is all."""
    wanted = deployment(0, progressDeadlineSeconds=2**31 - 1)
    wanted["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "1"}
    cluster.create(wanted)
    before = cluster.version()
    look(cluster).find(create=True)
    assert cluster.version() == before + 1


def test_a_lost_condition_begins_with_what_was_found(cluster):
    """Whoever takes the conditions away gets back that there is a ReplicaSet."""
    cluster.create(deployment())
    roll(cluster)
    path = "/apis/apps/v1/namespaces/default/deployments/web/status"
    body = {"status": {"conditions": None}}
    cluster.ask("PATCH", path, body, content_type="application/merge-patch+json")
    with pytest.raises(RefusedError):
        look(cluster).roll()
    found = cluster.get("Deployment", "web")["status"]["conditions"]
    assert [each["reason"] for each in found] == ["FoundNewReplicaSet"]


def test_min_ready_seconds_are_passed_on(cluster):
    """The ReplicaSet with the template waits as long as its Deployment says."""
    cluster.create(deployment())
    roll(cluster)
    cluster.patch("Deployment", "web", {"spec": {"minReadySeconds": 7}})
    roll(cluster)
    assert cluster.list("ReplicaSet")[0]["spec"]["minReadySeconds"] == 7


def test_a_deployment_that_recreates_shares_nothing(halfway):
    """Only a rolling update is scaled in proportion."""
    strategy = {"type": "Recreate", "rollingUpdate": None}
    halfway.patch("Deployment", "web", {"spec": {"strategy": strategy, "replicas": 20}})
    look(halfway).resize()
    assert sizes(halfway) == {"1": 8, "2": 4}


def test_a_paused_rollout_is_left_where_it_is(halfway):
    """Its ReplicaSets keep their sizes, and what is noted on them."""
    halfway.patch("Deployment", "web", {"spec": {"paused": True}})
    look(halfway).resize()
    before = halfway.version()
    look(halfway).resize()
    assert halfway.version() == before
    assert sizes(halfway) == {"1": 8, "2": 4}


def test_an_old_one_that_may_not_shrink_does_not_end_a_look(halfway):
    """The status is written all the same."""
    count(halfway, "1", readyReplicas=8, availableReplicas=8)
    count(halfway, "2", readyReplicas=4, availableReplicas=4)
    halfway.server.faults = (Refused(500, On("PUT", "/apis/apps/v1/namespaces/default/replica")),)
    look(halfway).roll()
    assert sizes(halfway) == {"1": 8, "2": 4}
    assert halfway.get("Deployment", "web")["status"]["availableReplicas"] == 12


def test_old_ones_are_kept_until_they_have_no_pods(cluster):
    """What has not counted yet, or counts Pods, is cleaned up later."""
    cluster.create(deployment(1, revisionHistoryLimit=0, strategy={"type": "Recreate"}))
    with pytest.raises(RefusedError):
        look(cluster).recreate()
    count(cluster, "1", readyReplicas=1, availableReplicas=1)
    look(cluster).recreate()
    cluster.patch("Deployment", "web", other("2"))
    look(cluster).recreate()
    assert sizes(cluster) == {"1": 0}
    count(cluster, "1", replicas=1)
    look(cluster).recreate()
    assert sizes(cluster) == {"1": 0}
    count(cluster, "1")
    with pytest.raises(RefusedError):
        look(cluster).recreate()
    count(cluster, "2", readyReplicas=1, availableReplicas=1)
    count(cluster, "1", observedGeneration=1)
    look(cluster).recreate()
    look(cluster).recreate()
    assert sizes(cluster) == {"1": 0, "2": 1}
    count(cluster, "1")
    look(cluster).recreate()
    assert sizes(cluster) == {"2": 1}
