"""The StatefulSet controller: revisions, order, status, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.statefulset import StatefulSetController
from tests.simulate.actors.cluster import Cluster
from tests.workloads import differences, workloads

DIFFERENT: dict[str, str] = {}
"""The conversations that are known to differ, and why."""


@pytest.mark.parametrize("name", workloads("statefulset_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """StatefulSets come to the same objects and status as with the real controller."""
    found = differences(name)
    if name in DIFFERENT:
        assert found, f"{name} is equal now: take it off the list of those that differ"
    else:
        assert not found, f"{len(found)} differences, the first of them {found[0]}"


def stateful(replicas=2, version="1", **spec):
    """Return a StatefulSet called `db`."""
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "serviceName": "db",
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db", "v": version}},
                "spec": {"containers": [{"name": "c", "image": f"img:{version}"}]},
            },
            **spec,
        },
    }


@pytest.fixture
def cluster():
    return Cluster(StatefulSetController())


def _template(version):
    return {"spec": {"template": {"metadata": {"labels": {"v": version}}}}}


def test_pods_come_one_after_the_other(cluster):
    """The next Pod is made when the one before is running and ready."""
    cluster.create(stateful(replicas=3))
    assert cluster.names("Pod") == ["db-0"]
    cluster.report("db-0", ready=False)
    assert cluster.names("Pod") == ["db-0"]
    cluster.report("db-0")
    assert cluster.names("Pod") == ["db-0", "db-1"]
    status = cluster.get("StatefulSet", "db")["status"]
    assert (status["replicas"], status["readyReplicas"], status["availableReplicas"]) == (2, 1, 1)


def test_nothing_is_written_when_all_is_well(cluster):
    """A StatefulSet that is as it should be is left alone, however often it is looked at."""
    cluster.create(stateful(replicas=1))
    cluster.report("db-0")
    before = cluster.version()
    cluster.wait(3600)
    key = "apps/StatefulSet/default/db"
    StatefulSetController().sync(Api(cluster.server), key)
    assert cluster.version() == before


def test_a_pod_is_waited_for_until_it_is_available(cluster):
    """With minReadySeconds the next Pod comes so many seconds after the one before was ready."""
    cluster.create(stateful(minReadySeconds=10))
    cluster.report("db-0")
    cluster.wait(9)
    assert cluster.names("Pod") == ["db-0"]
    cluster.wait(1)
    assert cluster.names("Pod") == ["db-0", "db-1"]
    assert cluster.get("StatefulSet", "db")["status"]["availableReplicas"] == 1


def test_a_pod_that_ended_is_made_again(cluster):
    """Failed Pods and succeeded ones are deleted and come back under their name."""
    cluster.create(stateful(replicas=1))
    for phase in ("Failed", "Succeeded"):
        first = cluster.get("Pod", "db-0")["metadata"]["uid"]
        cluster.report("db-0", phase)
        again = cluster.get("Pod", "db-0")
        assert again["metadata"]["uid"] != first
        assert again["status"]["phase"] == "Pending"


def test_revisions_that_are_in_no_use_go_when_there_are_too_many(cluster):
    """The history limit counts what neither the status nor a Pod names, and the oldest go first."""
    cluster.create(stateful(replicas=0, revisionHistoryLimit=1))
    for version in ("2", "3", "4"):
        cluster.patch("StatefulSet", "db", _template(version))
    left = cluster.list("ControllerRevision")
    assert sorted(each["revision"] for each in left) == [3, 4]


def test_a_template_that_comes_back_takes_its_revision_with_it(cluster):
    """An older template is not a new revision: the old one gets the next number."""
    cluster.create(stateful(replicas=1))
    cluster.report("db-0")
    first = cluster.get("StatefulSet", "db")["status"]["currentRevision"]
    cluster.patch("StatefulSet", "db", _template("2"))
    cluster.report("db-0")
    cluster.patch("StatefulSet", "db", _template("1"))
    assert cluster.get("ControllerRevision", first)["revision"] == 3
    assert len(cluster.names("ControllerRevision")) == 2
    assert cluster.get("StatefulSet", "db")["status"]["updateRevision"] == first


def test_a_revision_without_defaults_is_the_same_as_one_with_them(cluster):
    """A revision that an older server wrote is known again by what it comes to."""
    owner = stateful(replicas=0)
    template = {**owner["spec"]["template"], "$patch": "replace"}
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {"name": "old", "namespace": "default", "labels": {"app": "db"}},
            "data": {"spec": {"template": template}},
            "revision": 7,
        }
    )
    cluster.create(owner)
    assert cluster.names("ControllerRevision") == ["old"]
    assert cluster.get("StatefulSet", "db")["status"]["updateRevision"] == "old"
    assert (
        cluster.get("ControllerRevision", "old")["metadata"]["ownerReferences"][0]["name"] == "db"
    )


def test_a_name_that_another_revision_has_is_passed_over(cluster):
    """A collision of names is counted in the status, and the next name is taken."""
    cluster.create(stateful(replicas=0))
    (name,) = cluster.names("ControllerRevision")
    cluster.delete("StatefulSet", "db", propagationPolicy="Background")
    taken = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": name, "namespace": "default"},
        "data": {"other": True},
        "revision": 1,
    }
    cluster.wait(5)
    cluster.create(taken)
    cluster.create(stateful(replicas=0))
    status = cluster.get("StatefulSet", "db")["status"]
    assert status["collisionCount"] == 1
    assert status["updateRevision"] != name
    assert set(cluster.names("ControllerRevision")) == {name, status["updateRevision"]}


def test_pods_with_its_names_are_adopted_and_others_are_not(cluster):
    """A bare Pod is adopted if the selector selects it and it is called as one of the set's."""
    for name in ("db-0", "web-0", "other"):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": {"app": "db"}},
            "spec": {"containers": [{"name": "c", "image": "x"}]},
        }
        cluster.create(pod)
    cluster.create(stateful(replicas=1))
    owned = {
        each["metadata"]["name"]: bool(each["metadata"].get("ownerReferences"))
        for each in cluster.list("Pod")
    }
    assert owned == {"db-0": True, "web-0": False, "other": False}


def test_what_is_refused_is_tried_again(cluster):
    """A Pod whose name is taken is made when it is free, without anything waking anybody."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "db-0", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "x"}]},
    }
    cluster.create(pod)
    cluster.create(stateful(replicas=1))
    assert cluster.get("StatefulSet", "db")["status"]["replicas"] == 0
    cluster.delete("Pod", "db-0")
    assert cluster.names("Pod") == []
    cluster.wait(2)
    assert cluster.names("Pod") == ["db-0"]


def test_a_set_that_is_being_deleted_only_counts(cluster):
    """Nothing is made for a StatefulSet that waits for a finalizer, but its status is kept."""
    owner = stateful(replicas=1)
    owner["metadata"]["finalizers"] = ["example.com/wait"]
    cluster.create(owner)
    cluster.report("db-0")
    cluster.delete("StatefulSet", "db", propagationPolicy="Background")
    cluster.delete("Pod", "db-0", gracePeriodSeconds=0)
    assert cluster.names("Pod") == []
    assert cluster.get("StatefulSet", "db")["status"]["replicas"] == 0


def test_a_set_that_is_gone_is_nobodys_business(cluster):
    """A key of an object that is not there is looked at without harm."""
    before = cluster.version()
    assert StatefulSetController().sync(Api(cluster.server), "apps/StatefulSet/default/db") is None
    assert cluster.version() == before


def test_a_set_that_is_being_deleted_does_not_adopt_revisions(cluster):
    """It looks again until it is gone."""
    owner = stateful(replicas=0)
    owner["metadata"]["finalizers"] = ["example.com/wait"]
    cluster.create(owner)
    (name,) = cluster.names("ControllerRevision")
    cluster.delete("StatefulSet", "db", propagationPolicy="Background")
    cluster.patch("ControllerRevision", name, {"metadata": {"ownerReferences": None}})
    key = "apps/StatefulSet/default/db"
    assert StatefulSetController().sync(Api(cluster.server), key) == 1.0
    assert "ownerReferences" not in cluster.get("ControllerRevision", name)["metadata"]


@pytest.mark.parametrize("data", [{"spec": {"$patch": "what"}}, {"spec": "text"}])
def test_a_revision_that_is_no_patch_of_the_set_is_another_one(cluster, data):
    """Data that cannot be merged into it are passed over."""
    revision = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "a", "namespace": "default", "labels": {"app": "db"}},
        "revision": 1,
        "data": data,
    }
    cluster.create(revision)
    cluster.create(stateful(replicas=1))
    assert cluster.get("Pod", "db-0")["metadata"]["labels"]["v"] == "1"
    assert len(cluster.names("ControllerRevision")) == 2
