"""The CronJob controller: a Job for each time that comes, old Jobs gone.

1. A Job is named after the minute it was due, so that no time has two.
2. Of several times that were missed, the last counts; it counts as long as the deadline says.

Source: k8s.io/kubernetes pkg/controller/cronjob/cronjob_controllerv2.go and utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.actor import Later, controller_of
from reconcile.simulate.actors.cron_schedule import zone_of
from reconcile.simulate.actors.cronjob_times import due_at, schedule_of, wait
from reconcile.simulate.actors.job_pods import finished_type
from reconcile.simulate.actors.pods import controller_reference, moment, status_of, terminating
from reconcile.simulate.actors.refusals import patience, reason, refused
from reconcile.simulate.server.clock import stamp
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.cron_schedule import Schedule
    from reconcile.simulate.actors.pods import Document
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["CronJobController"]

_CRON_JOBS: Final = "batch/CronJob/"
_JOBS: Final = "batch/Job/"
_SCHEDULED: Final = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_AGAIN: Final = 1.0
_FUTURE: Final = datetime.max.replace(tzinfo=UTC)


class CronJobController:
    """Makes the Jobs of CronJobs and deletes those that are not to be kept."""

    name = "cronjob-controller"

    def concerned(self, event: Event, api: Api) -> Iterable[str | Later]:
        """Yield the CronJob that an event is about, or whose Job it is about.

        Guarantees: a new schedule waits for the next time that it names.
        """
        if event.key.startswith(_JOBS):
            yield from _of_job(event, api)
        elif event.key.startswith(_CRON_JOBS):
            after = cast("Document", event.after)
            before = cast("Document", event.before or after)
            parts = ("schedule", "timeZone")
            if all(before["spec"].get(part) == after["spec"].get(part) for part in parts):
                yield event.key
                return
            schedule = schedule_of(after)
            seconds = None if schedule is None else wait(after, api.now, schedule)
            if seconds is not None:
                yield Later(event.key, max(0.0, seconds))

    def sync(self, api: Api, key: str) -> float | None:
        """Put a CronJob right; return the seconds after which to look again."""
        found = cast("Document | None", api.at("batch/v1", "CronJob", key))
        return None if found is None else _Look(api, found).put_right()


def _of_job(event: Event, api: Api) -> Iterator[str]:
    """Yield the CronJobs that control a Job, or did until now."""
    for job in (event.before, event.after):
        holder = None if job is None else controller_of(cast("JsonObject", job))
        if job is None or holder is None or holder["kind"] != "CronJob":
            continue
        about = cast("Document", job)["metadata"]
        namespace, name = str(about["namespace"]), str(holder["name"])
        owner = cast("Document | None", api.get("batch/v1", "CronJob", namespace, name))
        if owner is not None and owner["metadata"]["uid"] == holder["uid"]:
            yield f"{_CRON_JOBS}{namespace}/{name}"


class _Look:
    """One look at one CronJob. Its document is a copy; its status changes and is written."""

    def __init__(self, api: Api, found: Document) -> None:
        self.api = api
        self.cron = cast("dict[str, Any]", thaw(cast("JsonObject", found)))
        self.status: dict[str, Any] = self.cron.setdefault("status", {})
        about = found["metadata"]
        self.namespace, self.name = str(about["namespace"]), str(about["name"])
        self.jobs = [
            cast("Document", each)
            for each in api.list("batch/v1", "Job", self.namespace)
            if (holder := controller_of(each)) is not None and holder["name"] == self.name
        ]
        self.changed = False
        self.failed = False

    def put_right(self) -> float | None:
        """Do what is to be done now; return the seconds after which to look again."""
        self._forget_old()
        self._take_in()
        after = None if terminating(self.cron) else self._run()
        if self.changed and refused(self.api.update(self.cron, "status")):
            self.failed = True
        return _AGAIN if self.failed else after

    @property
    def active(self) -> list[dict[str, Any]]:
        """The references to Jobs that run."""
        return list(self.status.get("active") or ())

    def _set_active(self, active: list[dict[str, Any]]) -> None:
        if active:
            self.status["active"] = active
        else:
            self.status.pop("active", None)
        self.changed = True

    def _drop(self, uid: str) -> None:
        self._set_active([each for each in self.active if each.get("uid") != uid])

    def _forget_old(self) -> None:
        """Delete the oldest of the Jobs that ended, as many as are too many."""
        spec: Document = self.cron["spec"]
        for limit, ended in (
            ("successfulJobsHistoryLimit", "Complete"),
            ("failedJobsHistoryLimit", "Failed"),
        ):
            most = spec.get(limit)
            jobs = sorted((each for each in self.jobs if finished_type(each) == ended), key=_age)
            for job in jobs[: max(0, len(jobs) - most)] if most is not None else ():
                self._delete(job)

    def _delete(self, job: Document) -> bool:
        """Delete a Job and its Pods; return whether it is deleted."""
        answer = self.api.delete(cast("JsonObject", job), {"propagationPolicy": "Background"})
        if refused(answer):
            return False
        self._drop(str(job["metadata"]["uid"]))
        return True

    def _take_in(self) -> None:
        """Take in which Jobs have ended or are not there any more."""
        known = [str(each["metadata"]["uid"]) for each in self.jobs]
        for job in self.jobs:
            ended = finished_type(job)
            uid = str(job["metadata"]["uid"])
            if ended and any(each.get("uid") == uid for each in self.active):
                self._drop(uid)
            if ended == "Complete":
                self._succeeded(status_of(job).get("completionTime"))
        for each in self.active:
            if each.get("uid") in known:
                continue
            namespace = str(each.get("namespace") or "")
            if self.api.get("batch/v1", "Job", namespace, str(each.get("name") or "")) is None:
                self._drop(str(each.get("uid")))

    def _succeeded(self, when: str | None) -> None:
        before, now = moment(self.status.get("lastSuccessfulTime")), moment(when)
        if before is None:
            self.changed = True
        if now is not None and (before is None or now > before):
            self.status["lastSuccessfulTime"] = when
            self.changed = True

    def _run(self) -> float | None:
        """Make a Job if one is due; return the seconds until the next is."""
        spec: Document = self.cron["spec"]
        schedule = schedule_of(self.cron)
        if spec.get("suspend") or schedule is None:
            return None
        now = self.api.now
        due, possible = due_at(self.cron, now, schedule)
        if not possible:
            return None
        if due is None or self._too_late(due, now) or not self._free(due):
            return wait(self.cron, now, schedule)
        if spec.get("concurrencyPolicy") == "Replace" and not self._replaced():
            self.failed = True
            return None
        return self._made(due, schedule)

    def _too_late(self, due: datetime, now: datetime) -> bool:
        seconds = self.cron["spec"].get("startingDeadlineSeconds")
        return seconds is not None and due + timedelta(seconds=seconds) < now

    def _free(self, due: datetime) -> bool:
        """Return whether nothing was made for a time yet and nothing runs that forbids it."""
        name = _job_name(self.name, due)
        if any(
            (each.get("namespace"), each.get("name")) == (self.namespace, name)
            for each in self.active
        ):
            return False
        return self.cron["spec"].get("concurrencyPolicy") != "Forbid" or not self.active

    def _replaced(self) -> bool:
        """Delete the Jobs that run; return whether that could be done."""
        for each in self.active:
            namespace, name = str(each.get("namespace") or ""), str(each.get("name") or "")
            job = cast("Document | None", self.api.get("batch/v1", "Job", namespace, name))
            if job is None or not self._delete(job):
                return False
        return True

    def _made(self, due: datetime, schedule: Schedule) -> float | None:
        """Make the Job of a time and tell of it; return the seconds until the next is due.

        Guarantees: of a Job that is there already nothing is told. The real controller asks for it
            without its namespace, is refused, and tries again for as long as it is there.
        """
        answer = self.api.create(self._job(due))
        if refused(answer):
            if reason(answer) == "AlreadyExists":
                return patience(self.api.now, max(due, self._written()))
            self.failed = True
            return None
        self._set_active([*self.active, _reference(cast("Document", answer.body))])
        self.status["lastScheduleTime"] = stamp(due)
        return wait(self.cron, self.api.now, schedule)

    def _written(self) -> datetime:
        """Return when somebody wrote the CronJob last, as well as it can be known."""
        about: Document = self.cron["metadata"]
        times = (moment(each.get("time")) for each in about.get("managedFields") or ())
        made = moment(about.get("creationTimestamp")) or self.api.now
        return max((each for each in times if each is not None), default=made)

    def _job(self, due: datetime) -> JsonObject:
        """Return the Job of a time, as it is sent to the server."""
        template = cast("dict[str, Any]", thaw(self.cron["spec"]["jobTemplate"]))
        about: dict[str, Any] = template.get("metadata") or {}
        place = zone_of(str(self.cron["spec"].get("timeZone") or "")) or UTC
        shown = due.astimezone(place).isoformat(timespec="seconds")
        made: dict[str, Any] = {
            "name": _job_name(self.name, due),
            "namespace": self.namespace,
            "creationTimestamp": stamp(due),
            "annotations": {
                **(about.get("annotations") or {}),
                _SCHEDULED: shown.replace("+00:00", "Z"),
            },
            "ownerReferences": [controller_reference(self.cron)],
        }
        if about.get("labels"):
            made["labels"] = about["labels"]
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": made,
            "spec": template.get("spec") or {},
        }


def _job_name(name: str, due: datetime) -> str:
    return f"{name}-{int(due.timestamp()) // 60}"


def _reference(job: Document) -> dict[str, Any]:
    about = job["metadata"]
    return {
        "kind": "Job",
        "namespace": about["namespace"],
        "name": about["name"],
        "uid": about["uid"],
        "apiVersion": "batch/v1",
        "resourceVersion": about["resourceVersion"],
    }


def _age(job: Document) -> tuple[datetime, str]:
    """Return what orders Jobs by when they began; those that did not come last."""
    return moment(status_of(job).get("startTime")) or _FUTURE, str(job["metadata"]["name"])
