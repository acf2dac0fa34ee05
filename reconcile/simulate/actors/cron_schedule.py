"""When a CronJob is due: five fields, a word, or every so often, in a time zone.

1. Times are instants in UTC; the zone says how fields of a schedule are read. Without a zone they
   are read in UTC.
2. Where clocks are put forward or back, hours are gone through as they pass: an hour that does not
   exist is left out, one that comes twice comes twice.

Source: github.com/robfig/cron/v3 parser.go and spec.go; Go's time.Date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

__all__ = ["Schedule", "read_schedule", "zone_of"]

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_YEARS: Final = 5
"""Years after which a schedule is taken to be never due."""
_MONTH_NAMES: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAY_NAMES: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAYS: Final = {name: number for number, name in enumerate(_DAY_NAMES)}
_WORDS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1,
    "m": 60,
    "h": 3600,
}
_INTEGER: Final = re.compile(r"\+?[0-9]+", re.ASCII)
_DURATION: Final = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)


class Schedule(Protocol):
    """What says when something is due."""

    def next(self, after: datetime) -> datetime | None:
        """Return the first time after another one, None if there is none within five years."""
        ...


class _Field(NamedTuple):
    """What a field allows."""

    values: frozenset[int]
    star: bool
    """Whether it says that all is well."""


class _Fields(NamedTuple):
    """A schedule of five fields."""

    minute: _Field
    hour: _Field
    day: _Field
    month: _Field
    weekday: _Field
    zone: tzinfo

    def next(self, after: datetime) -> datetime | None:
        """Return the first whole minute after a time at which all fields match."""
        at = after.astimezone(UTC)
        at = at.replace(microsecond=0) + _SECOND
        last = self._local(at).year + _YEARS
        moved = False
        while True:
            if self._local(at).year > last:
                return None
            at, moved, wrapped = self._month(at, moved)
            if not wrapped:
                at, moved, wrapped = self._day(at, moved)
            if not wrapped:
                at, moved, wrapped = self._hour(at, moved)
            if not wrapped:
                at, moved, wrapped = self._minute(at, moved)
            if not wrapped:
                at, moved, wrapped = _whole_minute(at, moved)
            if not wrapped:
                return at

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _wall(self, year: int, month: int, day: int, clock: timedelta = timedelta()) -> datetime:
        """Return the instant at which clocks show something; months and days may run over.

        Guarantees: what clocks never show, or twice, is read as Go reads it.
        """
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
        shown = datetime(year, month, 1, tzinfo=UTC) + timedelta(days=day - 1) + clock
        offset = self._local(shown).utcoffset() or timedelta()
        if offset:
            offset = self._local(shown - offset).utcoffset() or timedelta()
        return shown - offset

    def _month(self, at: datetime, moved: bool) -> tuple[datetime, bool, bool]:
        while (seen := self._local(at)).month not in self.month.values:
            if not moved:
                moved = True
                seen = self._local(self._wall(seen.year, seen.month, 1))
            at = self._wall(seen.year, seen.month + 1, seen.day, _clock(seen))
            if self._local(at).month == 1:
                return at, moved, True
        return at, moved, False

    def _day(self, at: datetime, moved: bool) -> tuple[datetime, bool, bool]:
        while not self._matches(seen := self._local(at)):
            if not moved:
                moved = True
                seen = self._local(self._wall(seen.year, seen.month, seen.day))
            at = self._wall(seen.year, seen.month, seen.day + 1, _clock(seen))
            hour = self._local(at).hour
            if hour:  # there is no midnight on this day
                at += _HOUR * (24 - hour if hour > 12 else -hour)
            if self._local(at).day == 1:
                return at, moved, True
        return at, moved, False

    def _matches(self, seen: datetime) -> bool:
        """Return whether a day is one of those of the month and of the week.

        Guarantees: one of both is enough where both are restricted.
        """
        day = seen.day in self.day.values
        weekday = seen.isoweekday() % 7 in self.weekday.values
        either = not self.day.star and not self.weekday.star
        return day or weekday if either else day and weekday

    def _hour(self, at: datetime, moved: bool) -> tuple[datetime, bool, bool]:
        while (seen := self._local(at)).hour not in self.hour.values:
            if not moved:
                moved = True
                at = self._wall(seen.year, seen.month, seen.day, _HOUR * seen.hour)
            at += _HOUR
            if self._local(at).hour == 0:
                return at, moved, True
        return at, moved, False

    def _minute(self, at: datetime, moved: bool) -> tuple[datetime, bool, bool]:
        while self._local(at).minute not in self.minute.values:
            if not moved:
                moved = True
                at = at.replace(second=0)
            at += _MINUTE
            if self._local(at).minute == 0:
                return at, moved, True
        return at, moved, False


def _whole_minute(at: datetime, moved: bool) -> tuple[datetime, bool, bool]:
    """Go to the next whole minute unless this is one; then all has to be looked at again."""
    if at.second == 0:
        return at, moved, False
    return at.replace(second=0) + _MINUTE, True, True


def _clock(seen: datetime) -> timedelta:
    return timedelta(hours=seen.hour, minutes=seen.minute, seconds=seen.second)


class _Every(NamedTuple):
    """A schedule that is due again and again after the same time."""

    pause: timedelta

    def next(self, after: datetime) -> datetime | None:
        """Return the time that is so much later, in whole seconds."""
        return after.astimezone(UTC).replace(microsecond=0) + self.pause


def zone_of(name: str) -> tzinfo | None:
    """Return a time zone by its name, None if there is none. An empty name is UTC."""
    if name in ("", "UTC", "Local"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def read_schedule(text: str, zone: str | None = None) -> Schedule | None:
    """Return the schedule that a CronJob's text stands for, None if it stands for none.

    Shape: a zone in the text itself, as `TZ=`, comes before `zone`.
    """
    if text.startswith(("TZ=", "CRON_TZ=")):
        head, space, text = text.partition(" ")
        if not space:
            return None
        zone = head.partition("=")[2]
        text = text.strip()
    place = zone_of(zone or "")
    if place is None:
        return None
    try:
        if text.startswith("@every "):
            return _Every(_duration(text.removeprefix("@every ")))
        return _fields(_WORDS.get(text, text), place)
    except (ValueError, OverflowError):
        return None


def _fields(text: str, zone: tzinfo) -> _Fields:
    minute, hour, day, month, weekday = text.split()
    return _Fields(
        _field(minute, 0, 59),
        _field(hour, 0, 23),
        _field(day, 1, 31),
        _field(month, 1, 12, _MONTHS),
        _field(weekday, 0, 6, _DAYS),
        zone,
    )


def _field(text: str, least: int, most: int, names: Mapping[str, int] | None = None) -> _Field:
    values: list[int] = []
    star = False
    for part in text.split(","):
        if not part:
            continue
        ranged, *steps = part.split("/")
        first, *ends = ranged.split("-")
        step = _number(steps[0]) if steps else 1
        if first in ("*", "?"):
            start, end = least, most
            star |= step == 1
        else:
            start = _number(first, names)
            end = _number(ends[0], names) if ends else start
            if steps and not ends:
                end = most
        if len(steps) > 1 or len(ends) > 1 or not least <= start <= end <= most:
            raise ValueError
        values += range(start, end + 1, step)
    return _Field(frozenset(values), star)


def _number(text: str, names: Mapping[str, int] | None = None) -> int:
    named = (names or {}).get(text.lower())
    if named is not None:
        return named
    if not _INTEGER.fullmatch(text):
        raise ValueError
    return int(text)


def _duration(text: str) -> timedelta:
    """Return a duration such as `1h30m` in whole seconds, one at least."""
    negative = text.startswith("-")
    rest = text.lstrip("+-") if text[:1] in ("+", "-") else text
    seconds, at = 0.0, 0
    for found in _DURATION.finditer(rest):
        if found.start() != at or not found[1].strip("."):
            raise ValueError
        seconds += float(found[1]) * _UNITS[found[2]]
        at = found.end()
    if at != len(rest) or (not at and rest != "0"):
        raise ValueError
    return timedelta(seconds=1 if negative else max(1, int(seconds + 1e-9)))
