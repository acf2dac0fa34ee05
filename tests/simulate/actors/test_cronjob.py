"""The CronJob controller: Jobs when they are due, old ones gone, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.cronjob import CronJobController
from reconcile.simulate.faults import On, Refused
from reconcile.simulate.server.clock import EPOCH
from tests.simulate.actors.batch import Batch, cron, job
from tests.workloads import differences, workloads

_CONTROLLER = "kube-controller-manager"
_MINUTE = int(EPOCH.timestamp()) // 60


@pytest.mark.parametrize("name", workloads("cronjob_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """CronJobs come to the same objects and status as with the real controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def cluster():
    return Batch()


def _named(*minutes, name="c"):
    return [f"{name}-{_MINUTE + each}" for each in minutes]


def _active(cluster, name="c"):
    return [each["name"] for each in cluster.get("CronJob", name)["status"].get("active", ())]


def _run(cluster, phase="Succeeded"):
    """Let a minute pass and every Pod that runs end."""
    cluster.wait(60.2)
    for one in cluster.running():
        cluster.end(one, phase, int(phase == "Failed"))


def test_each_minute_has_a_job_of_its_own(cluster):
    """Named after it, with what the template says and when it was due."""
    template = {
        "metadata": {"labels": {"l": "1"}, "annotations": {"a": "2"}},
        **cron()["spec"]["jobTemplate"],
    }
    cluster.create(cron(jobTemplate=template))
    assert cluster.names("Job") == []
    cluster.wait(121)
    assert cluster.names("Job") == _active(cluster) == _named(1, 2)
    about = cluster.job(_named(2)[0])["metadata"]
    note = "batch.kubernetes.io/cronjob-scheduled-timestamp"
    assert about["annotations"] == {"a": "2", note: "2026-01-01T00:02:00Z"}
    assert about["labels"] == {"l": "1"}
    assert about["ownerReferences"][0]["name"] == "c"
    status = cluster.get("CronJob", "c")["status"]
    assert status["lastScheduleTime"] == "2026-01-01T00:02:00Z"


def test_the_time_that_was_due_is_told_in_the_time_zone(cluster):
    """The name is the same everywhere."""
    cluster.create(cron("1 1 * * *", timeZone="Europe/Berlin"))
    cluster.wait(121)
    about = cluster.job(_named(1)[0])["metadata"]
    assert list(about["annotations"].values()) == ["2026-01-01T01:01:00+01:00"]
    assert about["labels"].keys().isdisjoint({"l", "v"})


def test_a_job_that_ended_is_not_active_any_more(cluster):
    """When one succeeded last is told; a failure leaves that as it is."""
    cluster.create(cron())
    _run(cluster)
    assert _active(cluster) == []
    status = cluster.get("CronJob", "c")["status"]
    assert status["lastSuccessfulTime"][:16] == "2026-01-01T00:01"
    cluster.patch("CronJob", "c", {"spec": {"jobTemplate": {"spec": {"backoffLimit": 0}}}})
    _run(cluster, "Failed")
    after = cluster.get("CronJob", "c")["status"]
    assert after["lastSuccessfulTime"] == status["lastSuccessfulTime"]
    _run(cluster)
    after = cluster.get("CronJob", "c")["status"]
    assert after["lastSuccessfulTime"][:16] == "2026-01-01T00:03"


def test_one_that_runs_may_forbid_the_next(cluster):
    """The time that passed is lost."""
    cluster.create(cron(concurrencyPolicy="Forbid"))
    cluster.wait(130)
    assert cluster.names("Job") == _named(1)
    cluster.end(cluster.running()[0], "Succeeded")
    assert cluster.names("Job") == _named(1, 2)


def test_one_that_runs_may_be_replaced_by_the_next(cluster):
    """It goes with its Pods."""
    cluster.create(cron(concurrencyPolicy="Replace"))
    cluster.wait(130)
    assert cluster.names("Job") == _active(cluster) == _named(2)
    assert len(cluster.list("Pod")) == 1


def test_one_that_cannot_be_replaced_is_tried_again(cluster):
    """Nothing is made before."""
    cluster.create(cron(concurrencyPolicy="Replace"))
    cluster.wait(61)
    on = On("DELETE", "/apis/batch/v1/namespaces/default/jobs", _CONTROLLER)
    cluster.server.faults = (Refused(500, on),)
    cluster.wait(59.2)
    assert cluster.names("Job") == _named(1)
    cluster.wait(1)
    assert cluster.names("Job") == _active(cluster) == _named(2)


def test_old_jobs_go_as_many_as_are_too_many(cluster):
    """Those that succeeded and those that failed have limits of their own."""
    template = {"spec": job(backoffLimit=0)["spec"]}
    cluster.create(
        cron(jobTemplate=template, successfulJobsHistoryLimit=2, failedJobsHistoryLimit=1)
    )
    for phase in ("Succeeded", "Failed", "Succeeded", "Failed", "Succeeded"):
        _run(cluster, phase)
    assert cluster.names("Job") == _named(3, 4, 5)
    on = On("DELETE", "/apis/batch/v1/namespaces/default/jobs", _CONTROLLER)
    cluster.server.faults = (Refused(500, on, times=1),)
    _run(cluster)
    assert cluster.names("Job") == _named(4, 5, 6)


def test_without_limits_all_jobs_stay(cluster):
    """Until a limit comes."""
    cluster.create(cron())
    world = cluster.patch("CronJob", "c", {"spec": {"successfulJobsHistoryLimit": 9}})
    assert world["spec"]["successfulJobsHistoryLimit"] == 9
    for _ in range(5):
        _run(cluster)
    assert len(cluster.names("Job")) == 5
    cluster.patch("CronJob", "c", {"spec": {"successfulJobsHistoryLimit": 0}})
    assert cluster.names("Job") == []


def test_a_suspended_cronjob_makes_no_jobs_and_sees_them_end(cluster):
    """Resumed, it makes the last of those that it missed, unless it is too late."""
    cluster.create(cron())
    cluster.wait(61)
    cluster.patch("CronJob", "c", {"spec": {"suspend": True}})
    cluster.wait(150)
    assert _active(cluster) == _named(1)
    cluster.end(cluster.running()[0], "Succeeded")
    assert _active(cluster) == []
    cluster.patch("CronJob", "c", {"spec": {"startingDeadlineSeconds": 10}})
    cluster.patch("CronJob", "c", {"spec": {"suspend": False}})
    assert cluster.names("Job") == _named(1)
    cluster.patch("CronJob", "c", {"spec": {"startingDeadlineSeconds": None}})
    assert cluster.names("Job") == _named(1, 3)


def test_a_new_schedule_waits_for_its_next_time(cluster):
    """What it would have missed is not made up for."""
    cluster.create(cron("0 0 1 6 *"))
    cluster.wait(150)
    cluster.patch("CronJob", "c", {"spec": {"schedule": "* * * * *"}})
    assert cluster.names("Job") == []
    cluster.wait(29)
    assert cluster.names("Job") == []
    cluster.wait(1.2)
    assert cluster.names("Job") == _named(3)


def test_a_schedule_that_is_never_due_is_let_be(cluster):
    """Whether it is so from the beginning or becomes so."""
    cluster.create(cron("0 0 30 2 *"))
    cluster.create(cron("0 0 1 6 *", "d"))
    cluster.patch("CronJob", "d", {"spec": {"schedule": "0 0 30 2 *"}})
    assert cluster.queue.wakes is not None  # what waits for the first schedule of d
    cluster.wait(200 * 86400)
    assert cluster.names("Job") == []
    assert cluster.queue.wakes is None


def test_an_unknown_time_zone_is_never_due(cluster):
    """The server refuses it; a world may hold it from before."""
    cluster.create(cron())
    key = "batch/CronJob/default/c"
    world = cluster.server.world
    document = dict(world.objects.get(key).document)
    document["metadata"] = dict(document["metadata"])
    document["spec"] = {**document["spec"], "timeZone": "No/Where"}
    cluster.server.world = world.put(key, document, world.objects.get(key).form)[0]
    cluster.wait(300)
    assert cluster.names("Job") == []


def test_a_job_that_is_deleted_is_not_active_any_more(cluster):
    """Another one may then be made."""
    cluster.create(cron(concurrencyPolicy="Forbid"))
    cluster.wait(61)
    cluster.delete("Job", _named(1)[0], propagationPolicy="Background")
    assert _active(cluster) == []
    cluster.wait(60)
    assert cluster.names("Job") == _named(2)


def test_a_time_whose_job_runs_is_not_done_again(cluster):
    """Though the status says that it was not done."""
    cluster.create(cron("0 0 1 1 *"))
    past = {"status": {"lastScheduleTime": "2025-06-01T00:00:00Z"}}
    path = "/apis/batch/v1/namespaces/default/cronjobs/c/status"
    media = "application/merge-patch+json"
    cluster.ask("PATCH", path, past, content_type=media)
    assert _active(cluster) == _named(0)
    cluster.ask("PATCH", path, past, content_type=media)
    assert cluster.get("CronJob", "c")["status"]["lastScheduleTime"] == "2025-06-01T00:00:00Z"
    assert _active(cluster) == cluster.names("Job") == _named(0)


def test_a_job_that_is_there_already_is_not_made_nor_told_of(cluster):
    """It is tried again, and made when the other one is gone."""
    cluster.create(job(_named(1)[0]))
    cluster.create(cron())
    cluster.wait(90)
    assert cluster.get("CronJob", "c")["status"] == {}
    cluster.delete("Job", _named(1)[0], propagationPolicy="Background")
    cluster.wait(29)
    assert cluster.names("Job") == _active(cluster) == _named(1)


def test_what_is_refused_is_tried_again(cluster):
    """Making the Job, and telling of it."""
    cluster.create(cron())
    jobs = On("POST", "/apis/batch/v1/namespaces/default/jobs", _CONTROLLER)
    told = On("PUT", "/apis/batch/v1/namespaces/default/cronjobs", _CONTROLLER)
    cluster.server.faults = (Refused(500, jobs),)
    cluster.wait(60.2)
    assert cluster.names("Job") == []
    cluster.wait(1)
    assert cluster.names("Job") == _active(cluster) == _named(1)
    cluster.server.faults = (Refused(409, told),)
    cluster.end(cluster.running()[0], "Succeeded")
    assert _active(cluster) == _named(1)
    cluster.wait(1)
    assert _active(cluster) == []


def test_a_cronjob_that_is_being_deleted_makes_no_jobs(cluster):
    """It sees how its Jobs end."""
    cluster.create(cron())
    cluster.wait(61)
    cluster.patch("CronJob", "c", {"metadata": {"finalizers": ["a.example.com/b"]}})
    cluster.delete("CronJob", "c", propagationPolicy="Background")
    cluster.wait(120)
    assert cluster.names("Job") == _named(1)
    cluster.end(cluster.running()[0], "Succeeded")
    assert _active(cluster) == []


def test_jobs_of_others_do_not_matter(cluster):
    """Nor do those that name a CronJob that is not there or was another one."""
    cluster.create(cron("0 0 1 6 *"))
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "uid": "u", "controller": True}
    for name, more in (("a", {}), ("b", {"name": "c"}), ("d", {"name": "none"})):
        one = job(name)
        if more:
            one["metadata"]["ownerReferences"] = [{**owner, **more}]
        body = cluster.server.request("POST", "/apis/batch/v1/namespaces/default/jobs", body=one)
        assert body.status == 201
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}
    cluster.server.request("POST", "/api/v1/namespaces/default/configmaps", body=body)
    seen, api = CronJobController(), Api(cluster.server)
    others = [
        each for each in cluster.server.world.events(0) if not each.key.startswith("batch/CronJob/")
    ]
    assert [each.key[-2:] for each in others[-4:]] == ["/a", "/b", "/d", "/m"]
    assert [key for each in others for key in seen.concerned(each, api)] == []


def test_a_job_that_is_given_away_wakes_the_cronjob_that_had_it(cluster):
    """It is not one of its Jobs any more, but still there."""
    cluster.create(cron())
    cluster.wait(61)
    cluster.patch("Job", _named(1)[0], {"metadata": {"ownerReferences": None}})
    assert _active(cluster) == _named(1)
    cluster.delete("Job", _named(1)[0], propagationPolicy="Background")
    cluster.wait(60)
    assert _active(cluster) == _named(2)


def test_nothing_is_written_when_nothing_changes(cluster):
    """Whatever is looked at again."""
    cluster.create(cron())
    cluster.wait(61)
    before = cluster.version()
    seen, api = CronJobController(), Api(cluster.server)
    assert seen.sync(api, "batch/CronJob/default/c") == pytest.approx(59.1)
    assert seen.sync(api, "batch/CronJob/default/none") is None
    assert cluster.version() == before
