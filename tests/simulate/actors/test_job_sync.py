"""What a Job needs: Pods made and deleted, its end found out."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors import job_sync
from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.job import JobController
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.batch import Batch, job

_CONTROLLER = "kube-controller-manager"
_EIGHT = job(completions=8, parallelism=8)


@pytest.fixture
def cluster():
    return Batch()


def _types(cluster):
    return [each[0] for each in cluster.told()]


def _reasons(cluster):
    return [each[2] for each in cluster.told()]


def _indexes(cluster):
    name = "batch.kubernetes.io/job-completion-index"
    return sorted(each["metadata"]["annotations"][name] for each in cluster.running())


def test_a_job_has_as_many_pods_as_it_may_and_needs(cluster):
    """Its parallelism, but no more than completions are left."""
    cluster.create(job(completions=3, parallelism=2))
    assert len(cluster.running()) == 2
    cluster.end(cluster.running()[0], "Succeeded")
    assert len(cluster.running()) == 2
    cluster.end(cluster.running()[0], "Succeeded")
    assert len(cluster.running()) == 1
    cluster.end(cluster.running()[0], "Succeeded")
    assert _types(cluster) == ["SuccessCriteriaMet", "Complete"]
    assert cluster.status()["succeeded"] == 3
    assert "completionTime" in cluster.status()


def test_a_work_queue_makes_no_pod_after_the_first_success(cluster):
    """It is complete when all have ended."""
    spec = job(parallelism=3)
    cluster.create(spec)
    cluster.end(cluster.running()[0], "Succeeded")
    assert len(cluster.running()) == 2
    assert cluster.told() == []
    cluster.end(cluster.running()[0], "Failed", 1, "2020-01-01T00:00:00Z")
    cluster.end(cluster.running()[0], "Succeeded")
    assert _types(cluster) == ["SuccessCriteriaMet", "Complete"]


def test_a_job_that_is_scaled_down_gives_up_pods_and_does_not_count_them(cluster):
    """They have no finalizer when they go."""
    cluster.create(job(completions=3, parallelism=3))
    cluster.patch("Job", "j", {"spec": {"parallelism": 1}})
    assert len(cluster.list("Pod")) == 1
    assert "failed" not in cluster.status()
    assert cluster.status()["active"] == 1


def test_a_job_fails_when_it_is_not_done_in_time(cluster):
    """And looks at the clock by itself."""
    cluster.create(job(activeDeadlineSeconds=30))
    cluster.wait(29)
    assert cluster.told() == []
    cluster.wait(1)
    assert _types(cluster) == ["FailureTarget", "Failed"]
    assert _reasons(cluster)[0] == "DeadlineExceeded"
    assert cluster.list("Pod") == []


def test_a_deadline_does_not_count_while_the_job_is_suspended(cluster):
    """It counts from when the Job is resumed."""
    cluster.create(job(activeDeadlineSeconds=30, suspend=True))
    cluster.wait(100)
    assert cluster.told() == [("Suspended", "True", "JobSuspended")]
    assert "startTime" not in cluster.status()
    cluster.patch("Job", "j", {"spec": {"suspend": False}})
    cluster.wait(29)
    assert cluster.told() == [("Suspended", "False", "JobResumed")]
    cluster.patch("Job", "j", {"spec": {"suspend": True}})
    assert cluster.list("Pod") == []
    assert cluster.told() == [("Suspended", "True", "JobSuspended")]
    assert "startTime" not in cluster.status()


@pytest.mark.parametrize(("limit", "restarts"), [(0, 1), (2, 2)])
def test_containers_that_are_restarted_count_towards_the_limit(cluster, limit, restarts):
    """Where Pods restart them."""
    spec = job(backoffLimit=limit)
    spec["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
    cluster.create(spec)
    name = cluster.running()[0]["metadata"]["name"]
    state = {"name": "c", "image": "i", "imageID": "", "ready": False, "state": {"running": {}}}
    path = f"/api/v1/namespaces/default/pods/{name}/status"
    for count in range(restarts + 1):
        assert cluster.told() == []
        told = {"phase": "Running", "containerStatuses": [{**state, "restartCount": count}]}
        media = "application/strategic-merge-patch+json"
        cluster.ask("PATCH", path, {"status": told}, content_type=media)
    assert _reasons(cluster)[0] == "BackoffLimitExceeded"


def test_a_policy_may_fail_the_job_at_once(cluster):
    """The message names the container and the rule."""
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    cluster.create(job(podFailurePolicy={"rules": [rule]}))
    name = cluster.running()[0]["metadata"]["name"]
    cluster.end(cluster.running()[0], "Failed", 42)
    assert _reasons(cluster) == ["PodFailurePolicy"] * 2
    message = f"Container c for pod default/{name} failed with exit code 42 matching FailJob rule"
    assert cluster.status()["conditions"][1]["message"] == f"{message} at index 0"


def test_a_pod_that_is_deleted_is_replaced_when_it_has_ended_if_the_job_says_so(cluster):
    """Until then its place is taken."""
    cluster.create(job(podReplacementPolicy="Failed"))
    name = cluster.running()[0]["metadata"]["name"]
    cluster.bind(name, "n1")
    cluster.delete("Pod", name)
    cluster.wait(20)
    assert cluster.running() == []
    assert cluster.status()["terminating"] == 1
    cluster.end(cluster.get("Pod", name), "Failed", 1, "2020-01-01T00:00:00Z")
    assert len(cluster.running()) == 1
    assert (cluster.status()["failed"], cluster.status()["terminating"]) == (1, 0)


def test_each_index_has_one_pod(cluster):
    """One that failed is made again, one that succeeded is not."""
    cluster.create(job(completionMode="Indexed", completions=3, parallelism=2))
    assert _indexes(cluster) == ["0", "1"]
    first, second = sorted(cluster.running(), key=lambda each: each["metadata"]["generateName"])
    cluster.end(second, "Succeeded")
    assert _indexes(cluster) == ["0", "2"]
    cluster.end(first, "Failed", 1, "2020-01-01T00:00:00Z")
    assert _indexes(cluster) == ["0", "2"]
    assert cluster.status()["completedIndexes"] == "1"


def test_the_index_of_a_pod_that_terminates_is_taken_if_only_failed_ones_are_replaced(cluster):
    """The next index comes first, if there is room."""
    spec = {"completionMode": "Indexed", "completions": 3, "parallelism": 2}
    cluster.create(job(**spec, podReplacementPolicy="Failed"))
    first = min(cluster.running(), key=lambda each: each["metadata"]["generateName"])
    cluster.bind(first["metadata"]["name"], "n1")
    cluster.delete("Pod", first["metadata"]["name"])
    assert _indexes(cluster) == ["1"]
    cluster.patch("Job", "j", {"spec": {"parallelism": 3}})
    assert _indexes(cluster) == ["1", "2"]


def test_failures_of_an_index_do_not_hold_up_the_others(cluster):
    """Each waits for itself; one that failed too often fails the Job when all are done."""
    spec = {"completionMode": "Indexed", "completions": 3, "parallelism": 2}
    cluster.create(job(**spec, backoffLimitPerIndex=1))
    first = min(cluster.running(), key=lambda each: each["metadata"]["generateName"])
    cluster.end(first, "Failed", 1)
    assert _indexes(cluster) == ["1"]
    cluster.wait(10)
    assert _indexes(cluster) == ["0", "1"]
    first = min(cluster.running(), key=lambda each: each["metadata"]["generateName"])
    assert first["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] == "1"
    cluster.end(first, "Failed", 1)
    assert cluster.status()["failedIndexes"] == "0"
    assert _indexes(cluster) == ["1", "2"]
    for one in cluster.running():
        cluster.end(one, "Succeeded")
    assert _types(cluster) == ["FailureTarget", "Failed"]
    assert _reasons(cluster) == ["FailedIndexes"] * 2
    status = cluster.status()
    assert (status["completedIndexes"], status["failed"], status["succeeded"]) == ("1,2", 2, 2)


def test_too_many_failed_indexes_end_the_job(cluster):
    """The Pods of the others are given up."""
    spec = {"completionMode": "Indexed", "completions": 4, "parallelism": 4}
    cluster.create(job(**spec, backoffLimitPerIndex=0, maxFailedIndexes=0))
    cluster.end(cluster.running()[0], "Failed", 1)
    assert _reasons(cluster) == ["MaxFailedIndexesExceeded"] * 2
    assert cluster.running() == []
    assert cluster.status()["failed"] == 4


def test_a_success_policy_ends_the_job_early(cluster):
    """The Pods that are given up have not failed."""
    spec = {"completionMode": "Indexed", "completions": 3, "parallelism": 3}
    cluster.create(job(**spec, successPolicy={"rules": [{"succeededIndexes": "0"}]}))
    first = min(cluster.running(), key=lambda each: each["metadata"]["generateName"])
    cluster.end(first, "Succeeded")
    assert cluster.told() == [
        ("SuccessCriteriaMet", "True", "SuccessPolicy"),
        ("Complete", "True", "SuccessPolicy"),
    ]
    assert cluster.running() == []
    assert "failed" not in cluster.status()


def test_pods_behind_one_that_is_refused_are_not_tried():
    """One, two, four are made at a time; those of a time are tried all."""
    server = ApiServer()
    made = server.request("POST", "/apis/batch/v1/namespaces/default/jobs", body=_EIGHT)
    assert made.status == 201
    on = On("POST", "/api/v1/namespaces/default/pods", _CONTROLLER)
    server.faults = (Refused(500, on),)
    assert JobController().sync(Api(server), "batch/Job/default/j") == 1.0
    assert list(Api(server).list("v1", "Pod")) == []
    assert JobController().sync(Api(server), "batch/Job/default/j") is None
    assert len(list(Api(server).list("v1", "Pod"))) == 8


def test_pods_that_are_refused_are_tried_again_after_a_second(cluster):
    """The status tells how many there are."""
    on = On("POST", "/api/v1/namespaces/default/pods", _CONTROLLER)
    cluster.server.faults = (Refused(500, on, times=2),)
    cluster.create(_EIGHT)
    assert cluster.list("Pod") == []
    assert "active" not in cluster.status()
    cluster.wait(1)
    assert len(cluster.running()) == cluster.status()["active"] == 8


def test_a_pod_that_cannot_be_deleted_keeps_the_job_from_ending(cluster):
    """It is tried again."""
    cluster.create(job(completions=2, parallelism=2, activeDeadlineSeconds=5))
    on = On("DELETE", "/api/v1/namespaces/default/pods", _CONTROLLER)
    cluster.server.faults = (Refused(500, on, times=None),)
    cluster.wait(10)
    assert cluster.told() == []
    assert len(cluster.running()) == 2
    cluster.server.faults = ()
    cluster.wait(1)
    assert _types(cluster) == ["FailureTarget", "Failed"]


def test_a_pod_that_keeps_its_finalizer_is_not_given_up(cluster):
    """It would be counted as failed."""
    cluster.create(job(completions=2, parallelism=2))
    on = On("PATCH", "/api/v1/namespaces/default/pods", _CONTROLLER)
    cluster.server.faults = (Refused(500, on, times=None),)
    cluster.patch("Job", "j", {"spec": {"parallelism": 0}})
    assert len(cluster.running()) == 2
    cluster.server.faults = ()
    cluster.wait(1)
    assert cluster.list("Pod") == []
    assert "failed" not in cluster.status()


def test_no_more_than_so_many_pods_are_made_or_deleted_in_one_look(cluster, monkeypatch):
    """The next look does the rest."""
    monkeypatch.setattr(job_sync, "_MOST", 2)
    cluster.create(job(completions=5, parallelism=5))
    assert len(cluster.running()) == 5
    cluster.patch("Job", "j", {"spec": {"parallelism": 0}})
    assert cluster.list("Pod") == []
