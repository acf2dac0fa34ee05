"""Which time a CronJob has missed last, and when to look at it again.

1. Times count from the last one that was made, or from when the CronJob was made.

Source: k8s.io/kubernetes pkg/controller/cronjob/utils.go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from reconcile.simulate.actors.cron_schedule import read_schedule
from reconcile.simulate.actors.pods import moment, status_of

if TYPE_CHECKING:
    from reconcile.simulate.actors.cron_schedule import Schedule
    from reconcile.simulate.actors.pods import Document

__all__ = ["due_at", "schedule_of", "wait"]

_PADDING: Final = 0.1
"""Seconds after a time that is due before it is looked at."""


class _Missed(NamedTuple):
    """What was missed since a time."""

    since: datetime
    last: datetime | None
    """The last time that was due."""
    some: bool = False
    """Whether more than one was missed, or none can be told."""
    possible: bool = True
    """Whether there are times at all."""


def schedule_of(cron: Document) -> Schedule | None:
    """Return when a CronJob is due, None if its schedule or its time zone is not known."""
    spec = cron["spec"]
    zone = spec.get("timeZone")
    text = str(spec.get("schedule") or "")
    return read_schedule(text, None if zone is None else str(zone))


def due_at(cron: Document, now: datetime, schedule: Schedule) -> tuple[datetime | None, bool]:
    """Return the time for which a Job is to be made now, and whether the schedule names any."""
    missed = _missed(cron, now, schedule, deadline=cron["spec"].get("startingDeadlineSeconds"))
    return missed.last, missed.possible


def wait(cron: Document, now: datetime, schedule: Schedule) -> float | None:
    """Return the seconds until the next time that is due, None if there is none."""
    missed = _missed(cron, now, schedule)
    last = missed.last
    if last is None:
        last = now if missed.some or not missed.possible else missed.since
    following = schedule.next(last)
    return None if following is None else (following - now).total_seconds() + _PADDING


def _missed(
    cron: Document, now: datetime, schedule: Schedule, deadline: int | None = None
) -> _Missed:
    """Return the last time that was due until now.

    Units: `deadline` is in seconds; what is older than that is not looked for.
    """
    made = moment(cron["metadata"].get("creationTimestamp")) or now
    since = moment(status_of(cron).get("lastScheduleTime")) or made
    if deadline is not None:
        since = max(since, now - timedelta(seconds=deadline))
    first = schedule.next(since)
    if first is None:
        return _Missed(since, None, possible=False)
    if now < first:
        return _Missed(since, None)
    second = schedule.next(first)
    if second is None:
        return _Missed(since, None, possible=False)
    if now < second:
        return _Missed(since, first)
    between = round((second - first).total_seconds())
    count = int((now - first).total_seconds()) // between + 1
    last: datetime | None = None
    at = schedule.next(first + timedelta(seconds=(count - 2) * between))
    while at is not None and at <= now:
        last, at = at, schedule.next(at)
    return _Missed(since, last, some=True)
