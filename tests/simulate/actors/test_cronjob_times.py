"""Which time a CronJob has missed, and when to look at it again."""

from __future__ import annotations

from datetime import datetime

import pytest

from reconcile.simulate.actors.cronjob_times import due_at, schedule_of, wait
from reconcile.simulate.server.clock import stamp
from tests.simulate.actors.batch import cron


def _cron(schedule, made, last=None, **spec):
    one = cron(schedule, **spec)
    one["metadata"]["creationTimestamp"] = made
    one["status"] = {"lastScheduleTime": last} if last else {}
    return one


@pytest.mark.parametrize(
    ("one", "now", "due", "seconds"),
    [
        (("0 * * * *", "2026-01-01T10:30:00Z"), "10:40:00", None, 1200.1),
        (("0 * * * *", "2026-01-01T10:30:00Z"), "11:00:00", "11:00:00", 3600.1),
        (("0 * * * *", "2026-01-01T10:30:00Z"), "11:20:00", "11:00:00", 2400.1),
        (("0 * * * *", "2026-01-01T01:30:00Z"), "11:20:00", "11:00:00", 2400.1),
        (("0 * * * *", "2026-01-01T01:30:00Z", "2026-01-01T11:00:00Z"), "11:20:00", None, 2400.1),
        (("* * * * *", "2025-01-01T00:00:00Z"), "11:20:30", "11:20:00", 30.1),
        (("0 0,10 * * *", "2025-12-01T00:00:00Z"), "11:20:00", "10:00:00", 45600.1),
        (("@every 7m", "2026-01-01T10:00:00Z"), "10:30:00", "10:28:00", 300.1),
        (("0 0 30 2 *", "2026-01-01T10:00:00Z"), "10:30:00", None, None),
    ],
)
def test_the_last_time_that_was_missed_is_due(one, now, due, seconds):
    """And the next look is a moment after the time that follows."""
    document = _cron(*one)
    at = datetime.fromisoformat(f"2026-01-01T{now}Z")
    schedule = schedule_of(document)
    found, possible = due_at(document, at, schedule)
    assert (found and stamp(found)[11:19]) == due
    assert possible is ("30 2" not in one[0])
    after = wait(document, at, schedule)
    assert after == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("deadline", "due"), [(1199, None), (1201, "11:00:00"), (99999, "11:00:00")]
)
def test_what_is_older_than_the_deadline_is_not_looked_for(deadline, due):
    """The time itself has to be within it."""
    document = _cron("0 * * * *", "2026-01-01T10:30:00Z", startingDeadlineSeconds=deadline)
    at = datetime.fromisoformat("2026-01-01T11:20:00Z")
    found, possible = due_at(document, at, schedule_of(document))
    assert (found and stamp(found)[11:19]) == due
    assert possible


def test_a_schedule_that_comes_to_an_end_is_due_until_then():
    """No year between 2096 and 2104 has a 29th of February; five years are looked at."""
    document = _cron("0 0 29 2 *", "2095-01-01T00:00:00Z")
    schedule = schedule_of(document)
    before = datetime.fromisoformat("2096-02-28T00:00:00Z")
    assert due_at(document, before, schedule) == (None, True)
    assert wait(document, before, schedule) == pytest.approx(86400.1)
    after = datetime.fromisoformat("2096-03-01T00:00:00Z")
    assert due_at(document, after, schedule) == (None, False)
    assert wait(document, after, schedule) is None


def test_a_schedule_is_read_with_its_zone():
    """None if either is not known."""
    assert schedule_of(cron("nonsense")) is None
    assert schedule_of(cron(timeZone="No/Where")) is None
    assert schedule_of(cron(timeZone="Europe/Berlin")) is not None


def test_gaps_that_differ_are_counted_by_the_first_of_them():
    """A guess that comes too late finds none: then the next look counts from now."""
    document = _cron("0 0 1,2 * *", "2025-12-31T00:00:00Z")
    at = datetime.fromisoformat("2026-01-20T12:00:00Z")
    schedule = schedule_of(document)
    assert due_at(document, at, schedule) == (None, True)
    assert wait(document, at, schedule) == pytest.approx(11.5 * 86400 + 0.1)
