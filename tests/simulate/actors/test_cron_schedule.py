"""When a schedule is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconcile.simulate.actors.cron_schedule import read_schedule, zone_of
from reconcile.simulate.server.clock import stamp


def _times(schedule, after, count=3, zone=None):
    found, at = read_schedule(schedule, zone), datetime.fromisoformat(after)
    times = []
    for _ in range(count):
        at = found.next(at)
        if at is None:
            return [*times, None]
        times.append(stamp(at)[:16])
    return times


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ("* * * * *", ["2026-01-31T10:31", "2026-01-31T10:32", "2026-01-31T10:33"]),
        ("*/20 * * * *", ["2026-01-31T10:40", "2026-01-31T11:00", "2026-01-31T11:20"]),
        ("5/30 1-3 * * ?", ["2026-02-01T01:05", "2026-02-01T01:35", "2026-02-01T02:05"]),
        ("0 0 31 * *", ["2026-03-31T00:00", "2026-05-31T00:00", "2026-07-31T00:00"]),
        ("0 12 1 JAN,mar *", ["2026-03-01T12:00", "2027-01-01T12:00", "2027-03-01T12:00"]),
        ("0 0 * * mon-wed/2", ["2026-02-02T00:00", "2026-02-04T00:00", "2026-02-09T00:00"]),
        ("0 0 13 * 5", ["2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00"]),
        ("0 0 */15 * 5", ["2026-02-01T00:00", "2026-02-06T00:00", "2026-02-13T00:00"]),
        ("0 0 */1 * 5", ["2026-02-06T00:00", "2026-02-13T00:00", "2026-02-20T00:00"]),
        ("0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 30 2 *", [None]),
        ("+3,, 4 * * *", ["2026-02-01T04:03", "2026-02-02T04:03", "2026-02-03T04:03"]),
        ("@hourly", ["2026-01-31T11:00", "2026-01-31T12:00", "2026-01-31T13:00"]),
        ("@daily", ["2026-02-01T00:00", "2026-02-02T00:00", "2026-02-03T00:00"]),
        ("@weekly", ["2026-02-01T00:00", "2026-02-08T00:00", "2026-02-15T00:00"]),
        ("@monthly", ["2026-02-01T00:00", "2026-03-01T00:00", "2026-04-01T00:00"]),
        ("@yearly", ["2027-01-01T00:00", "2028-01-01T00:00", "2029-01-01T00:00"]),
        ("@every 1h30m", ["2026-01-31T12:00", "2026-01-31T13:30", "2026-01-31T15:00"]),
    ],
)
def test_the_next_times_are_those_that_all_fields_allow(schedule, times):
    """A day needs to be right in the month or in the week where both are restricted."""
    assert _times(schedule, "2026-01-31T10:30:00Z") == times


@pytest.mark.parametrize(
    ("schedule", "zone", "after", "times"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-30T00:30"]),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00"]),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-26T01:30"],
        ),
        ("0 0 * * *", "America/Havana", "2026-03-07T12:00:00Z", ["2026-03-09T04:00"]),
        ("0 0 4 11 *", "America/Sao_Paulo", "2018-11-01T00:00:00Z", ["2019-11-04T03:00"]),
        ("0 9 * 7 *", "Asia/Kolkata", "2026-01-01T00:00:00Z", ["2026-07-01T03:30"]),
        ("0 0 1 1 *", "UTC", "2026-06-01T00:00:00Z", ["2027-01-01T00:00"]),
        ("CRON_TZ=Asia/Tokyo 0 0 * * *", None, "2026-06-01T00:00:00Z", ["2026-06-01T15:00"]),
        ("TZ=Asia/Tokyo 0 0 * * *", "UTC", "2026-06-01T00:00:00Z", ["2026-06-01T15:00"]),
    ],
)
def test_fields_are_read_in_the_time_zone(schedule, zone, after, times):
    """An hour that is left out has no time in it, one that comes twice has two."""
    assert _times(schedule, after, len(times), zone) == times


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [("@every 90s", 90), ("@every 1.5m500ms", 90), ("@every 10ms", 1), ("@every -5m", 1)],
)
def test_a_pause_is_in_whole_seconds_and_at_least_one(schedule, seconds):
    """Counted from the whole second."""
    at = datetime(2026, 1, 1, 0, 0, 0, 700_000, tzinfo=UTC)
    found = read_schedule(schedule).next(at)
    assert found.microsecond == 0
    assert (found - at.replace(microsecond=0)).total_seconds() == seconds


def test_the_time_after_a_part_of_a_minute_is_the_next_minute():
    """A time that is due exactly now is not after now."""
    schedule = read_schedule("* * * * *")
    at = datetime(2026, 1, 1, 0, 0, 30, 5, tzinfo=UTC)
    assert schedule.next(at) == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert schedule.next(schedule.next(at)) == datetime(2026, 1, 1, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "schedule",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* * 0 * *",
        "* * * * 7",
        "5-1 * * * *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
        "*/0 * * * *",
        "-5 * * * *",
        "x * * * *",
        "* jan * * *",
        "@sometimes",
        "@every",
        "@every 5",
        "@every 5x",
        "@every .s",
        "@every 1m 5s",
        "TZ=UTC",
        "TZ=Nowhere/Else * * * * *",
    ],
)
def test_what_is_no_schedule_is_none(schedule):
    """The server refuses most of them; what it kept from earlier is never due."""
    assert read_schedule(schedule) is None


def test_zones_are_known_by_name():
    """An empty name is UTC; names that lead elsewhere are no zones."""
    assert zone_of("") is zone_of("UTC") is UTC
    assert zone_of("Europe/Berlin") is not None
    assert zone_of("../etc/passwd") is None
    assert zone_of("No/Where") is None
    assert read_schedule("* * * * *", "No/Where") is None
