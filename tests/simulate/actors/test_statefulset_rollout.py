"""What a StatefulSet does to its Pods: scaling, updating, in order and all at once."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.statefulset import StatefulSetController
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_statefulset import stateful


@pytest.fixture
def cluster():
    return Cluster(StatefulSetController())


def _all_ready(cluster):
    for _ in range(10):
        waiting = [
            each["metadata"]["name"]
            for each in cluster.list("Pod")
            if each["status"]["phase"] == "Pending"
        ]
        if not waiting:
            return
        for name in waiting:
            cluster.report(name)


def _update(cluster, version, **spec):
    template = {"metadata": {"labels": {"v": version}}}
    cluster.patch("StatefulSet", "db", {"spec": {"template": template, **spec}})


def _versions(cluster):
    return {
        each["metadata"]["name"]: each["metadata"]["labels"]["v"] for each in cluster.list("Pod")
    }


def test_an_update_goes_from_the_last_to_the_first_one_at_a_time(cluster):
    """The next Pod is replaced when the one before is available."""
    cluster.create(stateful(replicas=3))
    _all_ready(cluster)
    _update(cluster, "2")
    assert _versions(cluster) == {"db-0": "1", "db-1": "1", "db-2": "2"}
    cluster.report("db-2")
    assert _versions(cluster) == {"db-0": "1", "db-1": "2", "db-2": "2"}
    _all_ready(cluster)
    assert set(_versions(cluster).values()) == {"2"}
    status = cluster.get("StatefulSet", "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert status["currentReplicas"] == 3


def test_a_partition_keeps_the_first_pods_as_they_are(cluster):
    """A Pod below the partition that is deleted comes back with the old template."""
    cluster.create(stateful(replicas=3))
    _all_ready(cluster)
    _update(cluster, "2", updateStrategy={"rollingUpdate": {"partition": 2}})
    _all_ready(cluster)
    cluster.delete("Pod", "db-0", gracePeriodSeconds=0)
    _all_ready(cluster)
    assert _versions(cluster) == {"db-0": "1", "db-1": "1", "db-2": "2"}
    status = cluster.get("StatefulSet", "db")["status"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)


def test_on_delete_replaces_what_the_user_deletes(cluster):
    """With OnDelete a new template is used for Pods that are made anyway."""
    cluster.create(stateful(updateStrategy={"type": "OnDelete"}))
    _all_ready(cluster)
    _update(cluster, "2")
    assert set(_versions(cluster).values()) == {"1"}
    cluster.delete("Pod", "db-0", gracePeriodSeconds=0)
    assert _versions(cluster) == {"db-0": "2", "db-1": "1"}


def test_in_order_the_last_goes_first_and_the_next_waits_for_it(cluster):
    """A bound Pod that is being deleted holds up those before it."""
    cluster.create(stateful(replicas=3))
    for name in ("db-0", "db-1", "db-2"):
        cluster.bind(name, "node")
        cluster.report(name)
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 1}})
    going = [each for each in cluster.list("Pod") if "deletionTimestamp" in each["metadata"]]
    assert [each["metadata"]["name"] for each in going] == ["db-2"]
    cluster.delete("Pod", "db-2", gracePeriodSeconds=0)
    cluster.delete("Pod", "db-1", gracePeriodSeconds=0)
    assert cluster.names("Pod") == ["db-0"]


def test_scaling_down_waits_for_a_pod_that_stays_but_not_for_the_one_that_goes(cluster):
    """A Pod that is not ready goes; one below it that is not ready must become so first."""
    cluster.create(stateful(replicas=2))
    _all_ready(cluster)
    cluster.report("db-0", ready=False)
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 1}})
    assert cluster.names("Pod") == ["db-0", "db-1"]
    cluster.report("db-1", ready=False)
    cluster.report("db-0")
    assert cluster.names("Pod") == ["db-0"]


def test_all_at_once_nobody_waits(cluster):
    """With Parallel all Pods come and go together."""
    cluster.create(stateful(replicas=4, podManagementPolicy="Parallel"))
    assert cluster.names("Pod") == ["db-0", "db-1", "db-2", "db-3"]
    cluster.patch("StatefulSet", "db", {"spec": {"replicas": 1}})
    assert cluster.names("Pod") == ["db-0"]


def test_ordinals_begin_where_the_set_says(cluster):
    """A start ordinal moves the range: Pods outside of it go."""
    cluster.create(stateful(replicas=2, ordinals={"start": 5}))
    _all_ready(cluster)
    assert cluster.names("Pod") == ["db-5", "db-6"]
    cluster.patch("StatefulSet", "db", {"spec": {"ordinals": {"start": 6}}})
    _all_ready(cluster)
    assert cluster.names("Pod") == ["db-6", "db-7"]


def test_a_pod_gets_its_label_back(cluster):
    """The label that tells a Pod's name is put back when somebody takes it off."""
    cluster.create(stateful(replicas=1))
    _all_ready(cluster)
    label = "statefulset.kubernetes.io/pod-name"
    cluster.patch("Pod", "db-0", {"metadata": {"labels": {label: None}}})
    assert cluster.get("Pod", "db-0")["metadata"]["labels"][label] == "db-0"
