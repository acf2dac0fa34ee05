"""PodDisruptionBudgets and evictions: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/policy/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import invalid
from ._read import given, number, obj, text
from ._rules import Rules
from ._shared import (
    int_or_percent,
    label_selector,
    not_more_than_all,
    not_negative,
    selector_value,
    unsupported,
)

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_POLICIES: Final = ("AlwaysAllow", "IfHealthyBudget")
_COUNTS: Final = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _budget(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    if given(spec, "minAvailable") and given(spec, "maxUnavailable"):
        shown: JsonObject = {
            "MinAvailable": spec["minAvailable"],
            "Selector": selector_value(obj(spec, "selector")) if given(spec, "selector") else None,
            "MaxUnavailable": spec["maxUnavailable"],
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }
        what = "minAvailable and maxUnavailable cannot be both set"
        found.append(invalid("spec", shown, what))
    for name in ("minAvailable", "maxUnavailable"):
        if given(spec, name):
            found.extend(int_or_percent(spec[name], f"spec.{name}"))
            found.extend(not_more_than_all(spec[name], f"spec.{name}"))
    found.extend(label_selector(obj(spec, "selector"), "spec.selector"))
    name = "unhealthyPodEvictionPolicy"
    if given(spec, name):
        found.extend(unsupported(text(spec, name), _POLICIES, f"spec.{name}"))
    return found


def _status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    found: list[FieldError] = []
    for name in _COUNTS:
        found.extend(not_negative(number(status, name), f"status.{name}"))
    return found


RULES: Final = {"PodDisruptionBudget": Rules(_budget, status=_status, metadata="late")}
