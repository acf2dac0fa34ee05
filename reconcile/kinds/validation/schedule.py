"""When a CronJob runs: five fields of a schedule, a word for one, a time zone.

1. A schedule is read field by field, from the left; the first fault is told, in the words of the
   reader that the server uses.
2. Names of time zones are looked at by their form; which of them there are, the system says, and
   here a list of them.

Source: github.com/robfig/cron/v3 parser.go; k8s.io/kubernetes pkg/apis/batch/validation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ._primitives import Telling, invalid
from .time_zones import is_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconcile.kinds.field_error import FieldError

__all__ = ["schedule_errors", "zone_errors"]


class _Bounds(NamedTuple):
    """What a field may hold."""

    least: int
    most: int
    names: Mapping[str, int]


class _WrongError(Exception):
    """A schedule cannot be read; the text is the reader's."""


_MONTHS: Final = {
    name: index + 1
    for index, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
}
_DAYS: Final = {
    name: index for index, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
}
_FIELDS: Final = (
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, _MONTHS),
    _Bounds(0, 6, _DAYS),
)
_WORDS: Final = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
_PART: Final = r"[A-Za-z.\-_0-9+]{1,14}"


def schedule_errors(
    schedule: str, zone: str | None, path: str, *, zoned: bool = False
) -> list[FieldError]:
    """Return what is wrong with a schedule.

    Shape: `zoned` lets a schedule name a time zone, as one did before.
    """
    found: list[FieldError] = []
    try:
        _read(schedule)
    except _WrongError as error:
        found.append(invalid(path, schedule, Telling(str(error), "is no schedule")))
    if "TZ" in schedule:
        if not zoned:
            what = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            found.append(invalid(path, schedule, what))
        elif zone is not None:
            what = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
            found.append(invalid(path, schedule, what))
    return found


def _read(schedule: str) -> None:
    """Read a schedule, for its faults only."""
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        head, space, rest = schedule.partition(" ")
        name = head.partition("=")[2]
        if not space or (name and not is_zone(name)):
            raise _WrongError(f"provided bad location {name}: unknown time zone {name}")
        schedule = rest.strip()
    if schedule.startswith("@"):
        _read_word(schedule)
        return
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        held = " ".join(fields)
        raise _WrongError(f"expected exactly 5 fields, found {len(fields)}: [{held}]")
    for field, bounds in zip(fields, _FIELDS, strict=True):
        for part in re.split(",", field):
            if part:
                _read_range(part, bounds)


def _read_word(word: str) -> None:
    if word in _WORDS:
        return
    if not word.startswith("@every "):
        raise _WrongError(f"unrecognized descriptor: {word}")
    duration = word.removeprefix("@every ")
    wrong = _duration(duration)
    if wrong:
        raise _WrongError(f"failed to parse duration {word}: {wrong}")


def _duration(value: str) -> str:
    """Return what Go says of a duration that it cannot read."""
    rest = value[1:] if value[:1] in {"+", "-"} else value
    if rest == "0":
        return ""
    if not rest:
        return f'time: invalid duration "{value}"'
    while rest:
        number = re.match(r"\d*\.?\d*", rest)
        held = number[0] if number is not None else ""
        if not re.search(r"\d", held):
            return f'time: invalid duration "{value}"'
        rest = rest[len(held) :]
        unit = re.match(r"[^\d.]*", rest)
        name = unit[0] if unit is not None else ""
        if not name:
            return f'time: missing unit in duration "{value}"'
        if name not in {"ns", "us", "µs", "μs", "ms", "s", "m", "h"}:
            return f'time: unknown unit "{name}" in duration "{value}"'
        rest = rest[len(name) :]
    return ""


def _read_range(part: str, bounds: _Bounds) -> None:
    ranged, *steps = part.split("/")
    first, *lasts = ranged.split("-")
    if first in {"*", "?"}:
        start, end = bounds.least, bounds.most
    else:
        start = _number_or_name(first, bounds)
        if len(lasts) > 1:
            raise _WrongError(f"too many hyphens: {part}")
        end = _number_or_name(lasts[0], bounds) if lasts else start
    step = 1
    if len(steps) > 1:
        raise _WrongError(f"too many slashes: {part}")
    if steps:
        step = _number(steps[0])
        if not lasts and first not in {"*", "?"}:
            end = bounds.most
    if start < bounds.least:
        raise _WrongError(f"beginning of range ({start}) below minimum ({bounds.least}): {part}")
    if end > bounds.most:
        raise _WrongError(f"end of range ({end}) above maximum ({bounds.most}): {part}")
    if start > end:
        raise _WrongError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if step == 0:
        raise _WrongError(f"step of range should be a positive number: {part}")


def _number_or_name(value: str, bounds: _Bounds) -> int:
    named = bounds.names.get(value.lower())
    return _number(value) if named is None else named


def _number(value: str) -> int:
    digits = value[1:] if value[:1] in {"+", "-"} else value
    if not (digits.isascii() and digits.isdigit()):
        what = f'strconv.Atoi: parsing "{value}": invalid syntax'
        raise _WrongError(f"failed to parse int from {value}: {what}")
    if value.startswith("-") and int(digits):
        raise _WrongError(f"negative number ({int(value)}) not allowed: {value}")
    return int(digits)


def zone_errors(zone: str, path: str) -> list[FieldError]:
    """Return what is wrong with a time zone."""
    if not zone:
        return [invalid(path, zone, "timeZone must be nil or non-empty string")]
    unknown = Telling(f"unknown time zone {zone}", "unknown time zone")
    for part in zone.split("/"):
        if part in {".", ".."} or part.startswith("-") or not re.fullmatch(_PART, part):
            return [invalid(path, zone, unknown)]
    found: list[FieldError] = []
    if zone.lower() == "local":
        where = "https://www.iana.org/time-zones"
        what = f"timeZone must be an explicit time zone as defined in {where}"
        found.append(invalid(path, zone, what))
    if zone != "Local" and not is_zone(zone):
        found.append(invalid(path, zone, unknown))
    return found
