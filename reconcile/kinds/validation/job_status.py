"""What the status of a Job may say: counts, conditions, times, and lists of indexes.

1. Each rule but the first is looked at only where what it is about was changed; so a status that
   is wrong already can be written for the sake of another of its fields.
2. A list of indexes is `1,3-5,7`: rising, each below the number of completions.

Source: k8s.io/kubernetes pkg/apis/batch/validation, pkg/registry/batch/job/strategy.go (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.value.types import ABSENT

from ._primitives import Telling, duplicate, invalid, required
from ._read import flag, given, listed, number, obj, objs, text
from ._shared import not_negative

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["index_count", "job_status"]

_TERMINAL: Final = ("Failed", "Complete", "FailureTarget")
_PLACE: Final = "status.conditions"


def index_count(indexes: str, completions: int) -> tuple[int, str]:
    """Return how many indexes a list names, and what is wrong with it."""
    found, wrong = _indexes(indexes, completions)
    return (0, wrong) if wrong else (sum(last - first + 1 for first, last in found), "")


def _indexes(indexes: str, completions: int) -> tuple[list[tuple[int, int]], str]:
    found: list[tuple[int, int]] = []
    for part in indexes.split(",") if indexes else ():
        ends = part.split("-")
        if len(ends) > 2:
            rule = "an index interval can have at most two parts separated by '-'"
            return [], f'the fragment "{part}" violates the requirement that {rule}'
        numbers: list[int] = []
        for end in ends:
            if not _is_number(end):
                return [], f'cannot convert string to integer for index: "{end}"'
            if int(end) >= completions:
                return [], f'too large index: "{end}"'
            numbers.append(int(end))
        what = "non-increasing order, previous"
        if len(numbers) == 2 and numbers[0] >= numbers[1]:
            return [], f"{what}: {numbers[0]}, current: {numbers[1]}"
        if found and found[-1][1] >= numbers[0]:
            return [], f"{what}: {found[-1][1]}, current: {numbers[0]}"
        found.append((numbers[0], numbers[-1]))
    return found, ""


def _is_number(value: str) -> bool:
    digits = value[1:] if value[:1] in {"+", "-"} else value
    return digits.isascii() and digits.isdigit()


def _holds(status: JsonObject, kind: str) -> bool:
    """Tell whether a condition is true."""
    return any(
        text(each, "type") == kind and text(each, "status") == "True"
        for each in objs(status, "conditions")
    )


def _condition(detail: str) -> FieldError:
    return invalid(_PLACE, None, detail)._replace(value=ABSENT)


def job_status(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return what is wrong with a new status of a Job."""
    old, new, spec = obj(before, "status"), obj(after, "status"), obj(after, "spec")
    found: list[FieldError] = []
    for name in ("active", "succeeded", "failed", "ready", "terminating"):
        found += not_negative(number(new, name), f"status.{name}")
    found += _uncounted(obj(new, "uncountedTerminatedPods"))
    found += _conditions(old, new, spec)
    found += _times(old, new, spec)
    found += _finished(old, new)
    found += _index_lists(old, new, spec)
    for name in ("failed", "succeeded"):
        held = number(new, name) or 0
        if held < (number(old, name) or 0):
            what = f"cannot decrease the {name} counter"
            found.append(invalid(f"status.{name}", held, what))
    return found


def _uncounted(pods: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for name in ("succeeded", "failed"):
        for index, uid in enumerate(listed(pods, name)):
            place = f"status.uncountedTerminatedPods.{name}[{index}]"
            if not uid:
                found.append(invalid(place, "", "must not be empty"))
            elif str(uid) in seen:
                found.append(duplicate(place, uid))
            seen.add(str(uid))
    return found


def _conditions(old: JsonObject, new: JsonObject, spec: JsonObject) -> list[FieldError]:
    complete, failed, target, met = (
        _holds(new, kind) for kind in ("Complete", "Failed", "FailureTarget", "SuccessCriteriaMet")
    )
    now_complete = complete and not _holds(old, "Complete")
    now_failed = failed and not _holds(old, "Failed")
    found: list[FieldError] = []
    if complete and failed and (now_complete or now_failed):
        found.append(_condition("cannot set Complete=True and Failed=true conditions"))
    if complete and target and (now_complete or not _holds(old, "FailureTarget")):
        found.append(_condition("cannot set Complete=True and FailureTarget=true conditions"))
    if now_failed and not target:
        what = "cannot set Failed=True condition without the FailureTarget=true condition"
        found.append(_condition(what))
    if now_complete and not met:
        what = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"
        found.append(_condition(what))
    found += [
        _condition(f"cannot disable the terminal {kind}=True condition")
        for kind in _TERMINAL
        if _holds(old, kind) and not _holds(new, kind)
    ]
    if met and failed:
        found.append(_condition("cannot set SuccessCriteriaMet=True and Failed=true conditions"))
    if met and target:
        what = "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"
        found.append(_condition(what))
    if given(spec, "successPolicy") and complete and not met:
        what = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"
        found.append(_condition(what))
    was_met = _holds(old, "SuccessCriteriaMet")
    if was_met and not met:
        found.append(_condition("cannot disable the SuccessCriteriaMet=True condition"))
    if _holds(old, "Complete") and not was_met and met:
        what = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"
        found.append(_condition(what))
    return found


def _times(old: JsonObject, new: JsonObject, spec: JsonObject) -> list[FieldError]:
    place, done = "status.completionTime", text(new, "completionTime")
    complete, start = _holds(new, "Complete"), text(new, "startTime")
    changed = done != text(old, "completionTime")
    found: list[FieldError] = []
    turned = complete is not _holds(old, "Complete")
    if done and not complete and (changed or turned):
        what = "cannot set completionTime when there is no Complete=True condition"
        found.append(invalid(place, done, what))
    if complete and not done and (changed or turned):
        found.append(required(place, "completionTime is required for Complete jobs"))
    restarted = start != text(old, "startTime")
    if start and done and done < start and (changed or restarted):
        found.append(invalid(place, done, "must be equal to or after `startTime`"))
    if done and text(old, "completionTime") and changed:
        found.append(invalid(place, done, "field is immutable"))
    if text(old, "startTime") and restarted and not flag(spec, "suspend"):
        what = "field is immutable for unsuspended job once set"
        found.append(invalid("status.startTime", start or None, what))
    return found


def _finished(old: JsonObject, new: JsonObject) -> list[FieldError]:
    """Return what a Job that is finished may not say."""
    ready, active = number(new, "ready"), number(new, "active") or 0
    found: list[FieldError] = []
    moved = any(number(old, name) != number(new, name) for name in ("ready", "active"))
    if ready is not None and ready > active and moved:
        what = "cannot set more ready pods than active"
        found.append(invalid("status.ready", ready, what))
    done, was = (any(_holds(each, kind) for kind in ("Complete", "Failed")) for each in (new, old))
    if not done:
        return found
    turned = not was
    if active > 0 and (turned or active != (number(old, "active") or 0)):
        found.append(invalid("status.active", active, "active>0 is invalid for finished job"))
    if not text(new, "startTime") and (turned or text(old, "startTime")):
        found.append(required("status.startTime", "startTime is required for finished job"))
    pods, name = obj(new, "uncountedTerminatedPods"), "uncountedTerminatedPods"
    held = {each.capitalize(): listed(pods, each) for each in ("succeeded", "failed")}
    if any(held.values()) and (turned or pods != obj(old, name)):
        what = "must be empty for finished job"
        shown: JsonObject = {key: value or None for key, value in held.items()}
        found.append(invalid(f"status.{name}", shown, what))
    ending = number(new, "terminating") or 0
    if ending > 0 and (turned or ending != (number(old, "terminating") or 0)):
        what = "terminating>0 is invalid for finished job"
        found.append(invalid("status.terminating", ending, what))
    return found


def _index_lists(old: JsonObject, new: JsonObject, spec: JsonObject) -> list[FieldError]:
    completions = number(spec, "completions")
    done, failed = text(new, "completedIndexes"), text(new, "failedIndexes")
    done_changed = done != text(old, "completedIndexes")
    failed_changed = failed != text(old, "failedIndexes")
    limited = given(spec, "backoffLimitPerIndex")
    found: list[FieldError] = []
    for name, value, looked in (
        ("completedIndexes", done, done_changed),
        ("failedIndexes", failed, failed_changed and limited and given(new, "failedIndexes")),
    ):
        _, wrong = index_count(value, completions or 0)
        if looked and completions is not None and wrong:
            plain = f"error parsing {name}"
            told = Telling(f"{plain}: {wrong}", plain)
            found.append(invalid(f"status.{name}", value, told))
    if done and done_changed and text(spec, "completionMode") != "Indexed":
        what = "cannot set non-empty completedIndexes when non-indexed completion mode"
        found.append(invalid("status.completedIndexes", done, what))
    if given(new, "failedIndexes") and not limited and failed_changed:
        what = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        found.append(invalid("status.failedIndexes", failed, what))
    if completions is not None and given(new, "failedIndexes") and (done_changed or failed_changed):
        first, _ = _indexes(done, completions)
        second, _ = _indexes(failed, completions)
        shared = [max(a, c) for a, b in first for c, d in second if max(a, c) <= min(b, d)]
        if shared:
            plain = "failedIndexes and completedIndexes overlap at index"
            told = Telling(f"{plain}: {min(shared)}", plain)
            found.append(invalid("status.failedIndexes", failed, told))
    return found
