"""PriorityClasses and RuntimeClasses: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/scheduling/validation, pkg/apis/node/validation, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import Telling, dns_label, fails, forbidden
from ._read import flag, given, number, obj, text
from ._rules import Rules
from ._shared import immutable, labels, one_of, resource_amount

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_HIGHEST: Final = 1_000_000_000
_SYSTEM: Final = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}


def _priority_class(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    name = text(obj(document, "metadata"), "name")
    value = number(document, "value") or 0
    if name.startswith("system-"):
        told = f"{name} is not a known system priority class"
        if name in _SYSTEM:
            told = ""
            if _SYSTEM[name] != value:
                told = f"value of {name} PriorityClass must be {_SYSTEM[name]}"
            elif flag(document, "globalDefault"):
                told = f"globalDefault of {name} PriorityClass must be false"
        if told:
            what = "priority class names with 'system-' prefix are reserved for system use only"
            found.append(forbidden("metadata.name", Telling(f"{what}. error: {told}", what)))
    elif value > _HIGHEST:
        what = f"maximum allowed value of a user defined priority is {_HIGHEST}"
        found.append(forbidden("value", what))
    policy = text(document, "preemptionPolicy")
    if given(document, "preemptionPolicy"):
        found.extend(one_of(policy, ("PreemptLowerPriority", "Never"), "preemptionPolicy"))
    return found


def _priority_class_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    if (number(before, "value") or 0) != (number(after, "value") or 0):
        found.append(forbidden("value", "may not be changed in an update."))
    former, held = before.get("preemptionPolicy"), after.get("preemptionPolicy")
    return found + immutable(former, held, "preemptionPolicy")


def _runtime_class(document: JsonObject) -> list[FieldError]:
    found = fails("handler", text(document, "handler"), dns_label)
    for key, value in obj(document, "overhead", "podFixed").items():
        found.extend(resource_amount(value, f"overhead.podFixed[{key}]"))
    path = "scheduling.nodeSelector"
    found.extend(labels(obj(document, "scheduling"), path, "nodeSelector"))
    return found


def _runtime_class_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return immutable(text(before, "handler"), text(after, "handler"), "handler")


RULES: Final = {
    "PriorityClass": Rules(_priority_class, _priority_class_update),
    "RuntimeClass": Rules(_runtime_class, _runtime_class_update),
}
