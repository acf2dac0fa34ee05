"""The Job controller: what wakes it, what it adopts and lets go, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.job import JobController
from reconcile.simulate.actors.job_pods import FINALIZER
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.batch import Batch, job
from tests.workloads import differences, workloads

_CONTROLLER = "kube-controller-manager"


@pytest.mark.parametrize("name", workloads("job_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Jobs come to the same objects and status as with the real controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def cluster():
    return Batch()


def _bare(name="bare", finalizers=(), **labels):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "default",
            "labels": labels,
            "finalizers": list(finalizers),
        },
        "spec": {"containers": [{"name": "c", "image": "img"}], "restartPolicy": "Never"},
    }


def _selecting(**spec):
    made = job(manualSelector=True, selector={"matchLabels": {"app": "a"}}, **spec)
    made["spec"]["template"]["metadata"] = {"labels": {"app": "a"}}
    return made


def _owners(pod):
    return [each["name"] for each in pod["metadata"].get("ownerReferences", ())]


def test_a_job_adopts_pods_that_match(cluster):
    """Those that were there and those that come to match; they get the finalizer."""
    cluster.create(_bare(app="a"))
    cluster.create(_selecting(completions=2, parallelism=2))
    cluster.create(_bare("late"))
    assert [_owners(each) for each in cluster.list("Pod")].count(["j"]) == 2
    assert cluster.get("Pod", "bare")["metadata"]["finalizers"] == [FINALIZER]
    cluster.patch("Pod", "late", {"metadata": {"labels": {"app": "a"}}})
    late = cluster.get("Pod", "late")
    assert (_owners(late), late["metadata"]["finalizers"]) == (["j"], [FINALIZER])
    assert len(cluster.list("Pod")) == 2  # one was too many


def test_a_job_lets_go_what_does_not_match_any_more(cluster):
    """Without its finalizer; and makes another Pod."""
    cluster.create(_selecting())
    name = cluster.names("Pod")[0]
    cluster.patch("Pod", name, {"metadata": {"labels": {"app": "b"}}})
    released = cluster.get("Pod", name)
    assert _owners(released) == []
    assert "finalizers" not in released["metadata"]
    assert len(cluster.list("Pod")) == 2
    assert cluster.status()["active"] == 1


def test_what_cannot_be_adopted_is_tried_again_before_pods_are_made(cluster):
    """Otherwise there would be too many."""
    cluster.create(_bare(app="a"))
    on = On("PATCH", "/api/v1/namespaces/default/pods", _CONTROLLER)
    cluster.server.faults = (Refused(500, on, times=1),)
    cluster.create(_selecting())
    assert cluster.names("Pod") == ["bare"]
    assert cluster.status() == {}
    cluster.wait(1)
    assert cluster.names("Pod") == ["bare"]
    assert cluster.status()["active"] == 1


def test_a_pod_that_nobody_counts_loses_the_finalizer(cluster):
    """One that no Job controls."""
    cluster.create(_bare(finalizers=[FINALIZER]))
    assert "finalizers" not in cluster.get("Pod", "bare")["metadata"]


def test_a_pod_that_nobody_controls_goes_when_it_is_deleted(cluster):
    """The finalizer does not hold it."""
    cluster.create(_bare())
    cluster.server.request(
        "PATCH",
        "/api/v1/namespaces/default/pods/bare",
        body={"metadata": {"finalizers": [FINALIZER]}},
        content_type="application/merge-patch+json",
    )
    cluster.delete("Pod", "bare")
    assert cluster.get("Pod", "bare") is None


def test_a_finalizer_that_stays_is_tried_again(cluster):
    """After a second."""
    on = On("PATCH", "/api/v1/namespaces/default/pods", _CONTROLLER)
    cluster.server.faults = (Refused(500, on, times=1),)
    cluster.create(_bare(finalizers=[FINALIZER]))
    assert cluster.get("Pod", "bare")["metadata"]["finalizers"] == [FINALIZER]
    cluster.wait(1)
    assert "finalizers" not in cluster.get("Pod", "bare")["metadata"]


def test_the_pods_of_a_job_that_is_gone_lose_the_finalizer(cluster):
    """Those that stay and those that go."""
    cluster.create(job())
    cluster.create(job("k"))
    cluster.delete("Job", "j", propagationPolicy="Orphan")
    orphan = cluster.list("Pod")[0]
    assert "finalizers" not in orphan["metadata"]
    assert _owners(orphan) == []
    cluster.delete("Job", "k", propagationPolicy="Background")
    assert cluster.names("Pod") == [orphan["metadata"]["name"]]


def test_a_job_that_is_deleted_in_the_foreground_makes_no_pods_and_waits_for_its_own(cluster):
    """They are let go and have not failed."""
    cluster.create(job())
    name = cluster.names("Pod")[0]
    cluster.bind(name, "n1")
    cluster.delete("Job", "j", propagationPolicy="Foreground")
    assert cluster.names("Pod") == [name]
    assert cluster.get("Pod", name)["metadata"].get("finalizers", []) == []
    assert "failed" not in cluster.status()
    assert cluster.status()["terminating"] == 1
    cluster.delete("Pod", name, gracePeriodSeconds=0)
    assert (cluster.job(), cluster.names("Pod")) == (None, [])


def test_a_job_of_another_controller_is_left_alone(cluster):
    """And so are its Pods."""
    cluster.create(job(managedBy="example.com/other"))
    cluster.wait(10)
    made = cluster.job()
    assert cluster.names("Pod") == []
    assert made["status"] == {}
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "j", "controller": True}
    one = _bare(finalizers=[FINALIZER])
    one["metadata"]["ownerReferences"] = [{**owner, "uid": made["metadata"]["uid"]}]
    cluster.create(one)
    cluster.delete("Pod", "bare")
    assert cluster.get("Pod", "bare")["metadata"]["finalizers"] == [FINALIZER]


def test_a_pod_of_something_else_keeps_the_finalizer(cluster):
    """Only Jobs and those without a controller lose it."""
    cluster.create(job())
    owner = {"apiVersion": "example.com/v1", "kind": "Thing", "name": "j", "uid": "u"}
    one = _bare(finalizers=[FINALIZER])
    one["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    cluster.create(one)
    cluster.delete("Pod", "bare")
    assert cluster.get("Pod", "bare")["metadata"]["finalizers"] == [FINALIZER]


def test_a_pod_that_changes_hands_wakes_both_jobs(cluster):
    """The old one makes another Pod, the new one counts it."""
    cluster.create(_selecting())
    cluster.create(job("k", parallelism=0))
    name = next(each for each in cluster.names("Pod") if each.startswith("j-"))
    new = cluster.job("k")
    uid = new["metadata"]["uid"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "k", "uid": uid, "controller": True}
    labels = {"app": None, **new["spec"]["selector"]["matchLabels"]}
    cluster.patch("Pod", name, {"metadata": {"ownerReferences": [owner], "labels": labels}})
    assert cluster.get("Pod", name) is None  # k wants none
    assert len(cluster.list("Pod")) == 1
    assert cluster.status()["active"] == 1


def test_nothing_is_written_when_nothing_changes(cluster):
    """Whatever is looked at again."""
    cluster.create(job(activeDeadlineSeconds=500))
    before = cluster.version()
    controller = JobController()
    api = Api(cluster.server)
    assert controller.sync(api, "batch/Job/default/j") == 500
    assert controller.sync(api, "batch/Job/default/none") is None
    assert controller.sync(api, "/Pod/default/none") is None
    assert controller.sync(api, f"/Pod/default/{cluster.names('Pod')[0]}") is None
    assert cluster.version() == before
