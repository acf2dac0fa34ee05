"""When a Job has succeeded, and what becomes of its Pods that fail.

1. Success is a number of indexes, some of them, or a number of some.
2. A rule for failures looks at exit codes or at conditions of the Pod, never at both.

Source: k8s.io/kubernetes pkg/apis/batch/validation (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconcile.value.types import ABSENT

from ._primitives import (
    Telling,
    duplicate,
    fails,
    invalid,
    not_supported,
    qualified_name,
    required,
    too_long,
    too_many,
)
from ._read import given, listed, number, obj, objs, text
from ._shared import not_negative
from .job_status import index_count

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["failure_policy", "success_policy"]

_ACTIONS: Final = ("Count", "FailIndex", "FailJob", "Ignore")


def success_policy(policy: JsonObject, completions: int, path: str) -> list[FieldError]:
    """Return what is wrong with when an indexed Job has succeeded."""
    rules = objs(policy, "rules")
    found: list[FieldError] = []
    if not rules:
        what = "at least one rules must be specified when the successPolicy is specified"
        found.append(required(f"{path}.rules", what))
    if len(rules) > 20:
        found.append(too_many(f"{path}.rules", len(rules), 20))
    for index, rule in enumerate(rules):
        place = f"{path}.rules[{index}]"
        count, indexes = number(rule, "succeededCount"), text(rule, "succeededIndexes")
        named, spot, total = given(rule, "succeededIndexes"), f"{place}.succeededIndexes", 0
        if count is None and not named:
            what = "at least one of succeededCount or succeededIndexes must be specified"
            found.append(required(place, what))
        if named:
            if len(indexes) > 64 * 1024:
                found.append(too_long(spot, 64 * 1024))
            total, wrong = index_count(indexes, completions)
            if wrong:
                plain = "error parsing succeededIndexes"
                found.append(invalid(spot, indexes, Telling(f"{plain}: {wrong}", plain)))
        if count is not None:
            found += _success_count(count, completions, total if named else None, place)
    return found


def _success_count(count: int, completions: int, total: int | None, path: str) -> list[FieldError]:
    place = f"{path}.succeededCount"
    found = not_negative(count, place)
    if count > completions:
        what = "the number of specified completions"
        found.append(invalid(place, count, _bound(completions, what)))
    if total is not None and count > total:
        what = "the number of indexes in the specified succeededIndexes field"
        found.append(invalid(place, count, _bound(total, what)))
    return found


def _bound(most: int, what: str) -> Telling:
    rule = "must be less than or equal to"
    return Telling(f"{rule} {most} ({what})", f"{rule} {what}")


def failure_policy(spec: JsonObject, containers: set[str], path: str) -> list[FieldError]:
    """Return what is wrong with what becomes of Pods that fail.

    Shape: `containers` are the names of those of the template.
    """
    rules = objs(obj(spec, "podFailurePolicy"), "rules")
    found = [too_many(path, len(rules), 20)] if len(rules) > 20 else []
    for index, rule in enumerate(rules):
        place, action = f"{path}[{index}]", text(rule, "action")
        if not action:
            found.append(required(f"{place}.action", _values(_ACTIONS)))
        elif action == "FailIndex":
            if not given(spec, "backoffLimitPerIndex"):
                what = "requires the backoffLimitPerIndex to be set"
                found.append(invalid(f"{place}.action", action, what))
        elif action not in _ACTIONS:
            found.append(not_supported(f"{place}.action", action, _ACTIONS))
        codes, conditions = given(rule, "onExitCodes"), objs(rule, "onPodConditions")
        if codes:
            found += _exit_codes(obj(rule, "onExitCodes"), containers, f"{place}.onExitCodes")
        found += _conditions(conditions, f"{place}.onPodConditions")
        if codes and conditions:
            what = "specifying both OnExitCodes and OnPodConditions is not supported"
            found.append(invalid(place, None, what)._replace(value=ABSENT))
        if not codes and not conditions:
            what = "specifying one of OnExitCodes and OnPodConditions is required"
            found.append(invalid(place, None, what)._replace(value=ABSENT))
    return found


def _exit_codes(codes: JsonObject, containers: set[str], path: str) -> list[FieldError]:
    operator, values = text(codes, "operator"), listed(codes, "values")
    name = text(codes, "containerName")
    found: list[FieldError] = []
    if not operator:
        found.append(required(f"{path}.operator", _values(("In", "NotIn"))))
    elif operator not in {"In", "NotIn"}:
        found.append(not_supported(f"{path}.operator", operator, ("In", "NotIn")))
    if given(codes, "containerName") and name not in containers:
        what = "must be one of the container or initContainer names in the pod template"
        found.append(invalid(f"{path}.containerName", name, what))
    place = f"{path}.values"
    if not values:
        found.append(invalid(place, values or None, "at least one value is required"))
    elif len(values) > 255:
        found.append(too_many(place, len(values), 255))
    numbers = [each if isinstance(each, int) else 0 for each in values]
    for index, code in enumerate(numbers):
        if operator == "In" and code == 0:
            found.append(invalid(f"{place}[{index}]", code, "must not be 0 for the In operator"))
        if code in numbers[:index]:
            found.append(duplicate(f"{place}[{index}]", code))
    if numbers != sorted(numbers):
        found.append(invalid(place, values, "must be ordered"))
    return found


def _conditions(conditions: list[JsonObject], path: str) -> list[FieldError]:
    choices = ("False", "True", "Unknown")
    found = [too_many(path, len(conditions), 20)] if len(conditions) > 20 else []
    for index, each in enumerate(conditions):
        place, kind, status = f"{path}[{index}]", text(each, "type"), text(each, "status")
        found += fails(f"{place}.type", kind, qualified_name)
        if not status:
            found.append(required(f"{place}.status", _values(choices)))
        elif status not in choices:
            found.append(not_supported(f"{place}.status", status, choices))
    return found


def _values(choices: tuple[str, ...]) -> str:
    """Return choices as the server's language prints a list of texts."""
    return "valid values: [" + " ".join(f'"{each}"' for each in choices) + "]"
