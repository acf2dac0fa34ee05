"""How the Pods of a Job are counted, and how it ends."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors import job_tracking
from reconcile.simulate.actors.job_pods import FINALIZER
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.batch import Batch, job


@pytest.fixture
def cluster():
    return Batch()


def _finalizers(cluster):
    return [each["metadata"].get("finalizers", []) for each in cluster.list("Pod")]


def test_a_pod_that_ended_is_a_number_and_keeps_no_finalizer(cluster):
    """Nothing is left in the list of those that are being counted."""
    cluster.create(job(completions=2))
    assert _finalizers(cluster) == [[FINALIZER]]
    cluster.end(cluster.running()[0], "Succeeded")
    status = cluster.status()
    assert (status["succeeded"], status["uncountedTerminatedPods"]) == (1, {})
    assert sorted(_finalizers(cluster)) == [[], [FINALIZER]]


def test_a_pod_is_counted_once_though_writing_was_interrupted(cluster):
    """Uids in the status whose Pods have no finalizer are counted with the next look."""
    cluster.create(job(completions=2))
    one = cluster.running()[0]
    path = "/apis/batch/v1/namespaces/default/jobs/j/status"
    body = {"status": {"uncountedTerminatedPods": {"succeeded": [one["metadata"]["uid"], "gone"]}}}
    media = "application/merge-patch+json"
    cluster.server.request("PATCH", path, body=body, content_type=media)
    cluster.end(one, "Succeeded")
    status = cluster.status()
    assert (status["succeeded"], status["uncountedTerminatedPods"]) == (2, {})


def test_the_job_ends_when_no_pod_terminates(cluster):
    """Until then it says what is going to end it."""
    cluster.create(job(completions=2, parallelism=2, backoffLimit=0))
    first, second = cluster.running()
    cluster.bind(second["metadata"]["name"], "n1")
    cluster.end(first, "Failed", 1)
    assert cluster.told() == [("FailureTarget", "True", "BackoffLimitExceeded")]
    assert cluster.status()["terminating"] == 1
    cluster.delete("Pod", second["metadata"]["name"], gracePeriodSeconds=0)
    reason = "BackoffLimitExceeded"
    assert cluster.told() == [("FailureTarget", "True", reason), ("Failed", "True", reason)]
    assert (cluster.status()["failed"], cluster.status()["terminating"]) == (2, 0)
    before = cluster.version()
    cluster.wait(100)
    assert cluster.version() == before


def test_no_more_than_so_many_are_counted_in_one_look(cluster, monkeypatch):
    """The others follow; the Job does not end before."""
    monkeypatch.setattr(job_tracking, "_MOST", 2)
    cluster.create(job(completions=5, parallelism=5))
    for one in cluster.running():
        path = f"/api/v1/namespaces/default/pods/{one['metadata']['name']}/status"
        media = "application/merge-patch+json"
        body = {"status": {"phase": "Succeeded"}}
        cluster.server.request("PATCH", path, body=body, content_type=media)
    cluster.wait()
    assert cluster.status()["succeeded"] == 5
    assert [each[0] for each in cluster.told()] == ["SuccessCriteriaMet", "Complete"]
    assert _finalizers(cluster) == [[]] * 5


def test_pods_of_indexes_that_the_job_does_not_have_are_let_go_and_not_counted(cluster):
    """As after its completions were lowered."""
    cluster.create(job(completionMode="Indexed", completions=3, parallelism=3))
    pods = cluster.running()
    cluster.patch("Job", "j", {"spec": {"completions": 2, "parallelism": 2}})
    assert len(cluster.running()) == 2
    for one in cluster.running():
        cluster.end(one, "Succeeded")
    status = cluster.status()
    assert (status["completedIndexes"], status["succeeded"]) == ("0,1", 2)
    assert len(pods) == 3
    assert "failed" not in status


_CONTROLLER = "kube-controller-manager"


def test_a_finalizer_that_cannot_be_taken_off_is_tried_again(cluster):
    """Counting waits for it."""
    cluster.create(job())
    one = cluster.running()[0]
    cluster.server.faults = (Refused(500, On("PATCH", user=_CONTROLLER), times=2),)
    cluster.end(one, "Succeeded")
    status = cluster.status()
    assert status["uncountedTerminatedPods"] == {"succeeded": [one["metadata"]["uid"]]}
    assert [each[0] for each in cluster.told()] == ["SuccessCriteriaMet"]
    cluster.wait(1)
    assert [each[0] for each in cluster.told()] == ["SuccessCriteriaMet", "Complete"]
    assert cluster.status()["succeeded"] == 1


def test_of_pods_of_whom_one_is_held_the_others_are_counted(cluster):
    """What is left is counted later."""
    cluster.create(job(completions=2, parallelism=2))
    first, second = cluster.running()
    place = f"/api/v1/namespaces/default/pods/{second['metadata']['name']}"
    cluster.server.faults = (Refused(500, On("PATCH", place, _CONTROLLER), times=2),)
    for one in (first, second):
        path = f"/api/v1/namespaces/default/pods/{one['metadata']['name']}/status"
        media = "application/merge-patch+json"
        body = {"status": {"phase": "Failed"}}
        cluster.server.request("PATCH", path, body=body, content_type=media)
    cluster.wait()
    status = cluster.status()
    assert status["failed"] == 1
    assert status["uncountedTerminatedPods"] == {"failed": [second["metadata"]["uid"]]}
    cluster.wait(1)
    assert (cluster.status()["failed"], cluster.status()["uncountedTerminatedPods"]) == (2, {})


def test_a_status_that_cannot_be_written_keeps_the_finalizers(cluster):
    """Nothing is let go before it is told."""
    cluster.create(job())
    cluster.server.faults = (Refused(409, On("PUT", user=_CONTROLLER)),)
    cluster.end(cluster.running()[0], "Succeeded")
    assert _finalizers(cluster) == [[FINALIZER]]
    cluster.wait(1)
    assert _finalizers(cluster) == [[]]
    assert cluster.status()["succeeded"] == 1


def test_a_pod_without_the_finalizer_is_given_up_all_the_same(cluster):
    """As when somebody took it off."""
    cluster.create(job(completions=2, parallelism=2))
    for name in cluster.names("Pod"):
        cluster.patch("Pod", name, {"metadata": {"finalizers": None}})
    cluster.patch("Job", "j", {"spec": {"parallelism": 0}})
    assert cluster.names("Pod") == []


def test_a_pod_of_an_index_that_is_out_of_range_does_not_succeed_for_the_job(cluster):
    """It loses the finalizer and is no number."""
    cluster.create(job(completionMode="Indexed", completions=2, parallelism=1))
    one = cluster.running()[0]
    note = {"annotations": {"batch.kubernetes.io/job-completion-index": "7"}}
    path = f"/api/v1/namespaces/default/pods/{one['metadata']['name']}"
    media = "application/merge-patch+json"
    cluster.server.request("PATCH", path, body={"metadata": note}, content_type=media)
    cluster.end(one, "Succeeded")
    assert "succeeded" not in cluster.status()
    assert "completedIndexes" not in cluster.status()
    assert "finalizers" not in cluster.get("Pod", one["metadata"]["name"])["metadata"]
