"""How a DaemonSet replaces its Pods."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.daemonset import DaemonSetController
from reconcile.simulate.actors.daemonset_rollout import is_updated
from tests.simulate.actors.cluster import Cluster
from tests.simulate.actors.test_daemonset import add_node, daemon, pods_of, run_all

_NAMES = ("a", "b", "c")
_GENERATION = "deprecated.daemonset.template.generation"


@pytest.fixture
def cluster():
    made = Cluster(DaemonSetController())
    for name in _NAMES:
        add_node(made, name)
    return made


def _update(cluster, version, generation):
    body = {
        "metadata": {"annotations": {_GENERATION: str(generation)}},
        "spec": {"template": {"metadata": {"labels": {"v": version}}}},
    }
    cluster.patch("DaemonSet", "proxy", body)


def _versions(cluster):
    """Return the versions of the Pods on each Node; those that are being deleted in brackets."""
    return {
        node: sorted(
            f"({version})" if "deletionTimestamp" in pod["metadata"] else version
            for pod in pods
            for version in [pod["metadata"]["labels"]["v"]]
        )
        for node, pods in pods_of(cluster).items()
    }


def _finish(cluster):
    """Remove the Pods that are being deleted."""
    for pod in cluster.list("Pod"):
        if "deletionTimestamp" in pod["metadata"]:
            cluster.delete("Pod", pod["metadata"]["name"], gracePeriodSeconds=0)


def _rolling(**limits):
    return {"type": "RollingUpdate", "rollingUpdate": limits}


def test_as_many_pods_are_replaced_at_a_time_as_may_be_unavailable(cluster):
    """An old Pod goes, the new one comes and is ready, then the next one goes."""
    cluster.create(daemon())
    run_all(cluster)
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["(1)"], "b": ["1"], "c": ["1"]}
    _finish(cluster)
    assert _versions(cluster) == {"a": ["2"], "b": ["1"], "c": ["1"]}
    run_all(cluster)
    assert _versions(cluster) == {"a": ["2"], "b": ["(1)"], "c": ["1"]}


def test_a_percentage_is_rounded_up(cluster):
    """A half of three Nodes are two."""
    cluster.create(daemon(updateStrategy=_rolling(maxUnavailable="50%")))
    run_all(cluster)
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["(1)"], "b": ["(1)"], "c": ["1"]}


def test_old_pods_that_are_not_available_are_replaced_at_once(cluster):
    """They count, but no limit keeps them."""
    cluster.create(daemon())
    assert len(cluster.names("Pod")) == 3
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["2"], "b": ["2"], "c": ["2"]}


def test_with_surge_the_new_pod_comes_first(cluster):
    """The old Pod goes when the new one beside it is ready."""
    cluster.create(daemon(updateStrategy=_rolling(maxSurge=1, maxUnavailable=0)))
    run_all(cluster)
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["1", "2"], "b": ["1"], "c": ["1"]}
    run_all(cluster)
    assert _versions(cluster) == {"a": ["(1)", "2"], "b": ["1", "2"], "c": ["1"]}


def test_with_surge_an_old_pod_that_is_not_ready_goes_as_soon_as_there_is_a_new_one(cluster):
    """Nodes whose old Pod is of no use do not count against the limit."""
    cluster.create(daemon(updateStrategy=_rolling(maxSurge=1, maxUnavailable=0)))
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["2"], "b": ["2"], "c": ["2"]}


def test_with_surge_a_node_that_no_longer_fits_keeps_its_pod_until_others_are_there(cluster):
    """A NoSchedule taint and a new template: the Pod goes when enough others are available."""
    cluster.create(daemon(updateStrategy=_rolling(maxSurge=1, maxUnavailable=0)))
    run_all(cluster)
    taint = {"key": "own", "effect": "NoSchedule"}
    cluster.patch("Node", "a", {"spec": {"taints": [taint]}})
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["(1)"], "b": ["1", "2"], "c": ["1"]}


def test_on_delete_replaces_what_the_user_deletes(cluster):
    """With OnDelete a new template is used for Pods that are made anyway."""
    cluster.create(daemon(updateStrategy={"type": "OnDelete"}))
    run_all(cluster)
    _update(cluster, "2", 2)
    assert _versions(cluster) == {"a": ["1"], "b": ["1"], "c": ["1"]}
    cluster.delete("Pod", pods_of(cluster)["b"][0]["metadata"]["name"], gracePeriodSeconds=0)
    assert _versions(cluster) == {"a": ["1"], "b": ["2"], "c": ["1"]}


def test_a_second_pod_on_a_node_goes(cluster):
    """Of two Pods the older one stays, unless surge allows both."""
    cluster.create(daemon())
    run_all(cluster)
    kept = pods_of(cluster)["a"][0]["metadata"]["name"]
    cluster.wait(5)
    more = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "more", "namespace": "default", "labels": {"app": "proxy"}},
        "spec": {"nodeName": "a", "containers": [{"name": "c", "image": "x"}]},
    }
    cluster.create(more)
    going = [each for each in cluster.list("Pod") if "deletionTimestamp" in each["metadata"]]
    assert [each["metadata"]["name"] for each in going] == ["more"]
    assert cluster.get("Pod", kept)["metadata"].get("deletionTimestamp") is None


def _bare(name, **labels):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "proxy", **labels}},
        "spec": {"nodeName": "a", "containers": [{"name": "c", "image": "x"}]},
    }


def _going(cluster):
    return [
        each["metadata"]["name"]
        for each in cluster.list("Pod")
        if "deletionTimestamp" in each["metadata"]
    ]


def test_with_surge_a_node_may_have_one_old_and_one_new_pod(cluster):
    """Of several old ones the oldest stays."""
    cluster.create(daemon(updateStrategy=_rolling(maxSurge=1, maxUnavailable=0)))
    run_all(cluster)
    _update(cluster, "2", 2)
    cluster.wait(5)
    cluster.create(_bare("third"))
    assert _going(cluster) == ["third"]


def test_with_surge_a_node_without_pods_gets_one(cluster):
    """A Pod that is being deleted does not count."""
    cluster.create(daemon(updateStrategy=_rolling(maxSurge=1, maxUnavailable=0)))
    run_all(cluster)
    cluster.delete("Pod", pods_of(cluster)["b"][0]["metadata"]["name"])
    assert _versions(cluster)["b"] == ["(1)", "1"]


def test_with_surge_pods_on_a_node_that_is_gone_are_an_obstacle(cluster):
    """The update waits until somebody has removed them."""
    cluster.create(daemon(updateStrategy=_rolling(maxSurge=1, maxUnavailable=0)))
    run_all(cluster)
    cluster.delete("Node", "a")
    _update(cluster, "2", 2)
    assert [len(pods) for pods in pods_of(cluster).values()] == [1, 1, 1]
    cluster.delete("Pod", pods_of(cluster)["a"][0]["metadata"]["name"], gracePeriodSeconds=0)
    assert _versions(cluster) == {"b": ["1", "2"], "c": ["1"]}


def test_a_number_in_the_annotation_that_is_none_is_passed_over(cluster):
    """Pods are then told apart by the hash alone."""
    about = {"metadata": {"annotations": {_GENERATION: "many"}}}
    assert is_updated(about, {"metadata": {"labels": {"controller-revision-hash": "x"}}}, "x")
    labels = {"pod-template-generation": "many"}
    assert not is_updated(about, {"metadata": {"labels": labels}}, "x")
    assert not is_updated(about, {"metadata": {"labels": {"controller-revision-hash": ""}}}, "")
    known = {"metadata": {"annotations": {_GENERATION: "7"}}}
    assert is_updated(known, {"metadata": {"labels": {"pod-template-generation": "7"}}}, "x")
