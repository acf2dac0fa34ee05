"""The revisions of a DaemonSet."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.daemonset import DaemonSetController
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_daemonset import add_node, daemon, run_all

_LABEL = "controller-revision-hash"
_GENERATION = "deprecated.daemonset.template.generation"


@pytest.fixture
def cluster():
    return Cluster(DaemonSetController())


def _update(cluster, version, generation):
    body = {
        "metadata": {"annotations": {_GENERATION: str(generation)}},
        "spec": {"template": {"metadata": {"labels": {"v": version}}}},
    }
    cluster.patch("DaemonSet", "proxy", body)


def _numbers(cluster):
    return {each["metadata"]["labels"]["v"]: each["revision"] for each in _revisions(cluster)}


def _revisions(cluster):
    return cluster.list("ControllerRevision")


def test_each_template_has_a_revision_and_one_that_comes_back_is_the_newest(cluster):
    """Numbers rise; the hash in the label is the end of the name."""
    cluster.create(daemon())
    _update(cluster, "2", 2)
    assert _numbers(cluster) == {"1": 1, "2": 2}
    _update(cluster, "1", 3)
    assert _numbers(cluster) == {"1": 3, "2": 2}
    for each in _revisions(cluster):
        about = each["metadata"]
        assert about["name"] == f"proxy-{about['labels'][_LABEL]}"
        assert about["ownerReferences"][0]["kind"] == "DaemonSet"


def test_old_revisions_go_but_for_those_that_pods_have(cluster):
    """The limit counts old revisions; what a Pod was made of is spared."""
    add_node(cluster, "a")
    cluster.create(daemon(revisionHistoryLimit=1, updateStrategy={"type": "OnDelete"}))
    run_all(cluster)
    for generation, version in enumerate(("2", "3", "4"), 2):
        _update(cluster, version, generation)
    assert set(_numbers(cluster)) == {"1", "4"}


def test_a_revision_without_its_label_is_named_by_its_name(cluster):
    """An orphan that matches is adopted and told apart by its whole name."""
    cluster.create(daemon())
    (made,) = _revisions(cluster)
    cluster.delete("DaemonSet", "proxy", propagationPolicy="Orphan")
    cluster.wait(5)
    name = made["metadata"]["name"]
    cluster.patch("ControllerRevision", name, {"metadata": {"labels": {_LABEL: None}}})
    cluster.create(daemon())
    (found,) = _revisions(cluster)
    assert found["metadata"]["labels"][_LABEL] == name
    assert found["metadata"]["ownerReferences"][0]["name"] == "proxy"


def test_of_revisions_that_say_the_same_the_newest_is_kept(cluster):
    """Pods of the others are told to be of this one."""
    add_node(cluster, "a")
    cluster.create(daemon())
    (made,) = _revisions(cluster)
    labels = {**made["metadata"]["labels"], _LABEL: "twin"}
    twin = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "twin", "namespace": "default", "labels": labels},
        "data": made["data"],
        "revision": 5,
    }
    cluster.create(twin)
    assert cluster.names("ControllerRevision") == ["twin"]
    (pod,) = cluster.list("Pod")
    assert pod["metadata"]["labels"][_LABEL] == "twin"


def test_a_name_that_another_revision_has_is_passed_over(cluster):
    """A collision of names is counted in the status, and the next name is taken."""
    cluster.create(daemon())
    (made,) = _revisions(cluster)
    name = made["metadata"]["name"]
    cluster.delete("DaemonSet", "proxy", propagationPolicy="Background")
    cluster.wait(5)
    other = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": name, "namespace": "default"},
        "data": {"other": True},
        "revision": 1,
    }
    cluster.create(other)
    cluster.create(daemon())
    cluster.wait(5)
    assert cluster.get("DaemonSet", "proxy")["status"]["collisionCount"] == 1
    assert len(set(cluster.names("ControllerRevision")) - {name}) == 1
