"""How long a Job waits after failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconcile.simulate.actors.job_backoff import finished_at, pause
from reconcile.simulate.server.clock import stamp
from tests.simulate.actors.batch import Batch, job, pod

_NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _ago(seconds):
    return stamp(_NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("failures", "ago", "left"),
    [
        (0, 0, 0.0),
        (1, 0, 10.0),
        (1, 4, 6.0),
        (1, 11, 0.0),
        (2, 0, 20.0),
        (4, 0, 80.0),
        (7, 0, 600.0),
        (5000, 0, 600.0),
    ],
)
def test_a_pause_doubles_with_each_failure_up_to_ten_minutes(failures, ago, left):
    """It begins when the last Pod failed."""
    assert pause(failures, _NOW - timedelta(seconds=ago), _NOW) == left
    assert pause(failures, None, _NOW) == 0.0


def _container(name, ago=None):
    state = {"running": {}} if ago is None else {"terminated": {"finishedAt": _ago(ago)}}
    return {"name": name, "state": state}


def test_a_pod_ended_when_its_last_container_did():
    """One that has not ended, or does not say when, tells nothing."""
    ended = pod(containerStatuses=[_container("a", 9), _container("b", 5)])
    assert finished_at(ended) == _NOW - timedelta(seconds=5)
    ended["status"]["containerStatuses"].append({"name": "d", "state": {"terminated": {}}})
    ended["metadata"]["creationTimestamp"] = _ago(60)
    assert finished_at(ended) == _NOW - timedelta(seconds=60)


def test_containers_beside_the_others_count_too():
    """Other init containers do not."""
    spec = {"initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "i"}]}
    begin = [_container("s", 2), _container("i", 1)]
    one = pod(spec=spec, containerStatuses=[_container("a", 9)], initContainerStatuses=begin)
    assert finished_at(one) == _NOW - timedelta(seconds=2)
    one["status"]["containerStatuses"] = [_container("a")]
    assert finished_at(one) == _NOW - timedelta(seconds=2)
    one["status"]["initContainerStatuses"] = [_container("s")]
    assert finished_at(one) is None


def test_without_containers_the_condition_the_deletion_and_the_creation_tell():
    """In this order."""
    one = pod(conditions=[{"type": "Ready", "status": "False", "lastTransitionTime": _ago(7)}])
    one["metadata"] |= {"deletionTimestamp": _ago(0), "creationTimestamp": _ago(90)}
    assert finished_at(one) == _NOW - timedelta(seconds=7)
    one["status"]["conditions"][0].pop("lastTransitionTime")
    one["metadata"]["deletionGracePeriodSeconds"] = 30
    assert finished_at(one) == _NOW - timedelta(seconds=30)
    one["metadata"].pop("deletionTimestamp")
    one["status"]["conditions"][0]["status"] = "True"
    assert finished_at(one) == _NOW - timedelta(seconds=90)


@pytest.fixture
def cluster():
    return Batch()


def test_the_pause_is_longer_after_a_second_failure_in_a_row(cluster):
    """10 s, then 20 s, and then the Job goes on."""
    cluster.create(job())
    for seconds in (10, 20):
        cluster.end(cluster.running()[0], "Failed", 1)
        cluster.wait(seconds - 1)
        assert cluster.running() == []
        cluster.wait(1)
        assert len(cluster.running()) == 1


def test_a_success_ends_the_row(cluster):
    """The failure after it is the first again."""
    cluster.create(job(completions=3))
    cluster.end(cluster.running()[0], "Failed", 1)
    cluster.wait(10)
    cluster.end(cluster.running()[0], "Succeeded")
    cluster.end(cluster.running()[0], "Failed", 1)
    cluster.wait(9)
    assert cluster.running() == []
    cluster.wait(1)
    assert len(cluster.running()) == 1


def test_of_pods_that_end_together_only_failures_after_the_success_count(cluster):
    """They are told apart by the times of their containers."""
    cluster.create(job(completions=4, parallelism=3))
    first, second, third = cluster.running()
    times = {"first": "2026-01-01T00:00:00Z", "second": "2026-01-01T00:00:02Z"}
    ask = cluster.server.request
    for one, phase, when in (
        (first, "Failed", times["first"]),
        (second, "Succeeded", times["first"]),
        (third, "Failed", times["second"]),
    ):
        path = f"/api/v1/namespaces/default/pods/{one['metadata']['name']}/status"
        state = {"terminated": {"exitCode": 0, "finishedAt": when}}
        container = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0}
        status = {"phase": phase, "containerStatuses": [{**container, "state": state}]}
        media = "application/strategic-merge-patch+json"
        assert ask("PATCH", path, body={"status": status}, content_type=media).status == 200
    cluster.wait(11)
    assert cluster.running() == []
    cluster.wait(1)
    assert len(cluster.running()) == 3


def test_what_ended_together_is_remembered_so(cluster):
    """A failure that was reported first and came later counts in later looks, too."""
    cluster.create(job(completions=3, parallelism=2))
    for one, phase, when in zip(
        cluster.running(),
        ("Failed", "Succeeded"),
        ("2026-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        strict=True,
    ):
        path = f"/api/v1/namespaces/default/pods/{one['metadata']['name']}/status"
        state = {"terminated": {"exitCode": 0, "finishedAt": when}}
        container = {"name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0}
        status = {"phase": phase, "containerStatuses": [{**container, "state": state}]}
        media = "application/strategic-merge-patch+json"
        answer = cluster.server.request("PATCH", path, body={"status": status}, content_type=media)
        assert answer.status == 200
    cluster.wait(9)
    assert cluster.running() == []
    cluster.wait(1)
    assert len(cluster.running()) == 2


def test_a_pod_that_was_deleted_is_remembered(cluster):
    """Though it is not there any more, its place stays free for a while."""
    cluster.create(job())
    cluster.delete("Pod", cluster.running()[0]["metadata"]["name"])
    assert cluster.names("Pod") == []
    assert cluster.status()["failed"] == 1
    cluster.wait(9)
    assert cluster.running() == []
    cluster.wait(1)
    assert len(cluster.running()) == 1


def test_a_failure_that_is_ignored_makes_the_job_wait_all_the_same(cluster):
    """Though the status does not know of it."""
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [3]}}
    cluster.create(job(podFailurePolicy={"rules": [rule]}))
    cluster.end(cluster.running()[0], "Failed", 3)
    cluster.wait(9)
    assert cluster.running() == []
    assert "failed" not in cluster.status()
    cluster.wait(1)
    assert len(cluster.running()) == 1


def test_what_the_log_does_not_remember_is_seen_in_the_pods_that_are_there(cluster):
    """A world without a log counts the failures that it holds."""
    cluster.create(job())
    cluster.end(cluster.running()[0], "Failed", 1)
    world = cluster.server.world
    cluster.server.world = world._replace(log=None, older=None, logged=0, floor=world.version)
    cluster.wait(9)
    assert cluster.running() == []
    cluster.wait(1)
    assert len(cluster.running()) == 1


def test_the_failures_of_other_jobs_do_not_count(cluster):
    """Each Job has a row of its own, and Pods that were let go are in none."""
    cluster.create(job("other"))
    cluster.create(job(completions=2, parallelism=2))
    cluster.patch("Job", "j", {"spec": {"parallelism": 1}})
    mine = next(each for each in cluster.running() if each["metadata"]["name"].startswith("j-"))
    other = next(each for each in cluster.running() if each["metadata"]["name"].startswith("o"))
    cluster.end(mine, "Failed", 1)
    cluster.end(other, "Failed", 1)
    cluster.wait(9)
    assert cluster.running() == []
    cluster.wait(1)
    assert len(cluster.running()) == 2


def test_the_world_without_a_log_tells_of_ended_pods_alone(cluster):
    """One that still runs is no failure."""
    cluster.create(job(completions=2, parallelism=2, podReplacementPolicy="Failed"))
    cluster.end(cluster.running()[0], "Failed", 1)
    world = cluster.server.world
    cluster.server.world = world._replace(log=None, older=None, logged=0, floor=world.version)
    cluster.wait(9)
    assert len(cluster.running()) == 1
    cluster.wait(1)
    assert len(cluster.running()) == 2
