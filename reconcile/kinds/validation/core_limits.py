"""LimitRanges and ResourceQuotas: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/core/validation/validation.go, pkg/apis/core/helper, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    Telling,
    duplicate,
    fails,
    forbidden,
    invalid,
    qualified_name,
    required,
)
from ._read import obj, objs, text, texts
from ._rules import Rules
from ._shared import amount, resource_amount

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.objects.quantity import Quantity
    from reconcile.value.types import Json, JsonObject

__all__ = ["RULES", "container_resource_name", "quantity_errors"]

_COMPUTE: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
_ASKED: Final = frozenset(
    {f"{side}.{name}" for side in ("requests", "limits") for name in _COMPUTE}
)
_COUNTED: Final = frozenset(
    {
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
_QUOTA: Final = _COMPUTE | _ASKED | _COUNTED | {"requests.storage"}
_STANDARD: Final = _QUOTA | {"storage"}
_LIMIT_TYPES: Final = frozenset({"Pod", "Container", "PersistentVolumeClaim"})
_SCOPES: Final = frozenset(
    {
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    }
)
_POD_SCOPED: Final = frozenset(
    {"pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"}
)
_MISAPPLIED: Final = "unsupported scope applied to resource"
_PARTS: Final = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
_APART: Final = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def _huge(name: str, *prefixes: str) -> bool:
    return name.startswith(prefixes)


def _resource_name(name: str, path: str) -> list[FieldError]:
    found = fails(path, name, qualified_name)
    known = name in _STANDARD or _huge(name, "hugepages-", "requests.hugepages-")
    if not found and "/" not in name and not known:
        what = "must be a standard resource type or fully qualified"
        found.append(invalid(path, name, what))
    return found


def container_resource_name(name: str, path: str) -> list[FieldError]:
    """Return what is wrong with the name of a resource that a container may ask for."""
    found = _resource_name(name, path)
    if "/" not in name and name not in _COMPUTE and not _huge(name, "hugepages-"):
        found.append(invalid(path, name, "must be a standard resource for containers"))
    elif "/" in name and "kubernetes.io/" not in name and not _extended(name):
        found.append(invalid(path, name, "doesn't follow extended resource name standard"))
    return found


def _extended(name: str) -> bool:
    """Return whether a name is one that others than Kubernetes gave, and a quota may speak of."""
    return not name.startswith("requests.") and not qualified_name(f"requests.{name}")


def _quota_resource_name(name: str, path: str) -> list[FieldError]:
    found = _resource_name(name, path)
    known = name in _QUOTA or _huge(name, "hugepages-", "requests.hugepages-")
    if "/" not in name and not known:
        found.append(invalid(path, name, "must be a standard resource for quota"))
    return found


def _counted(name: str) -> bool:
    """Return whether there are only whole ones of a resource."""
    native = "/" not in name or "kubernetes.io/" in name
    return name in _COUNTED or (not native and not name.startswith("requests."))


def _quota_amounts(held: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for name, value in held.items():
        place = f"{path}[{name}]"
        found.extend(_quota_resource_name(name, place))
        found.extend(quantity_errors(name, value, place))
    return found


def quantity_errors(name: str, value: Json, path: str) -> list[FieldError]:
    """Return what is wrong with how much there is of a resource."""
    found = resource_amount(value, path)
    quantity = amount(value)
    if quantity is not None and _counted(name) and quantity.value.denominator != 1:
        found.append(invalid(path, quantity.canonical, "must be an integer"))
    return found


def _quota(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _quota_amounts(obj(spec, "hard"), "spec.hard")
    found.extend(_scopes(spec))
    found.extend(_scope_selector(spec))
    return found


def _quota_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    found = _quota_amounts(obj(status, "hard"), "status.hard")
    return found + _quota_amounts(obj(status, "used"), "status.used")


def _scopes(spec: JsonObject) -> list[FieldError]:
    scopes, path = texts(spec, "scopes"), "spec.scopes"
    shown: Json = [*scopes]
    found: list[FieldError] = []
    for each in scopes:
        if each not in _SCOPES:
            found.append(invalid(path, shown, "unsupported scope"))
        found.extend(invalid(path, shown, _MISAPPLIED) for _ in _misapplied(spec, each))
    both = [pair for pair in _APART if set(pair) <= set(scopes)]
    return found + [invalid(path, shown, "conflicting scopes") for _ in both]


def _misapplied(spec: JsonObject, scope: str) -> list[str]:
    """Return the limited resources that a scope cannot be asked of."""
    allowed = _POD_SCOPED
    if scope == "BestEffort":
        allowed = frozenset({"pods"})
    elif scope == "VolumeAttributesClass":
        allowed = frozenset({"persistentvolumeclaims", "requests.storage"})
    elif scope not in _SCOPES:
        return []
    limited = (name for name in obj(spec, "hard") if name in _QUOTA and name not in allowed)
    return [name for name in limited if "ephemeral" not in name]


def _scope_selector(spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with scopes that are chosen; the server does not say which it is."""
    path = "spec.scopeSelector.matchExpressions"
    found: list[FieldError] = []
    expressions = objs(obj(spec, "scopeSelector"), "matchExpressions")
    for each in expressions:
        found.extend(_scope_expression(each, path))
        names = {"scopeName": "ScopeName", "operator": "Operator", "values": "Values"}
        shown: Json = [{told: one.get(n) for n, told in names.items()} for one in expressions]
        whole: JsonObject = {"MatchExpressions": shown}
        scope = text(each, "scopeName")
        found.extend(invalid(path, whole, _MISAPPLIED) for _ in _misapplied(spec, scope))
    chosen = {text(each, "scopeName") for each in expressions}
    both = [pair for pair in _APART if set(pair) <= chosen]
    scopes: Json = [*texts(spec, "scopes")] or None
    return found + [invalid(path, scopes, "conflicting scopes") for _ in both]


def _scope_expression(expression: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    scope, operator = text(expression, "scopeName"), text(expression, "operator")
    values = texts(expression, "values")
    if scope not in _SCOPES:
        found.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
    valued = {"PriorityClass", "VolumeAttributesClass"}
    if scope in _SCOPES - valued and operator != "Exists":
        what = (
            "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
            "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
            "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
        )
        found.append(invalid(f"{path}.operator", operator, what))
    if operator in {"In", "NotIn"}:
        if not values:
            what = "must be at least one value when `operator` is 'In' or 'NotIn'"
            what += " for scope selector"
            found.append(required(f"{path}.values", what))
    elif operator in {"Exists", "DoesNotExist"}:
        if values:
            what = "must be no value when `operator` is 'Exist' or 'DoesNotExist'"
            what += " for scope selector"
            found.append(invalid(f"{path}.values", [*values], what))
    else:
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    return found


def _quota_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _quota(after)
    old, new = (texts(obj(each, "spec"), "scopes") for each in (before, after))
    if set(old) != set(new):
        found.append(invalid("spec.scopes", [*new] or None, IMMUTABLE))
    return found


def _limit_range(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(objs(obj(document, "spec"), "limits")):
        path = f"spec.limits[{index}]"
        kind = text(each, "type")
        wrong = fails(f"{path}.type", kind, qualified_name)
        if not wrong and "/" not in kind and kind not in _LIMIT_TYPES:
            what = "must be a standard limit type or fully qualified"
            wrong.append(invalid(f"{path}.type", kind, what))
        found.extend(wrong)
        if kind in seen:
            found.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        found.extend(_limit(each, kind, path))
    return found


def _limit(limit: JsonObject, kind: str, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    named = container_resource_name if kind in {"Pod", "Container"} else _resource_name
    for part in _PARTS:
        held = obj(limit, part)
        if kind == "Pod" and part.startswith("default"):
            if held:
                what = "may not be specified when `type` is 'Pod'"
                found.append(forbidden(f"{path}.{part}", what))
            continue
        for name in held:
            found.extend(named(name, f"{path}.{part}[{name}]"))
    if kind == "PersistentVolumeClaim" and not any(
        "storage" in obj(limit, part) for part in ("min", "max")
    ):
        what = "either minimum or maximum storage value is required, but neither was provided"
        found.append(required(f"{path}.limits", what))
    for name in dict.fromkeys(name for part in _PARTS for name in obj(limit, part)):
        found.extend(_compared(limit, name, kind, path))
    return found


def _compared(limit: JsonObject, name: str, kind: str, path: str) -> list[FieldError]:
    """Return which of the amounts of one resource are not in order."""
    most, least = (amount(obj(limit, part).get(name)) for part in ("max", "min"))
    usual = asked = None
    if kind != "Pod":
        usual = amount(obj(limit, "default").get(name))
        asked = amount(obj(limit, "defaultRequest").get(name))
    ratio = amount(obj(limit, "maxLimitRequestRatio").get(name))
    found: list[FieldError] = []

    def ordered(
        low: Quantity | None, high: Quantity | None, told: str, part: str, shown: Quantity | None
    ) -> None:
        if low is not None and high is not None and shown is not None and low > high:
            first, second = told.split(">")
            said = f"{first} {low.canonical} is greater than {second} {high.canonical}"
            detail = Telling(said, f"{first} is greater than {second}")
            found.append(invalid(f"{path}.{part}[{name}]", shown.canonical, detail))

    ordered(least, most, "min value>max value", "min", least)
    ordered(least, asked, "min value>default request value", "defaultRequest", asked)
    ordered(asked, most, "default request value>max value", "defaultRequest", asked)
    ordered(asked, usual, "default request value>default limit value", "defaultRequest", asked)
    ordered(least, usual, "min value>default value", "default", least)
    ordered(usual, most, "default value>max value", "default", most)
    exact = ("/" in name and "kubernetes.io/" not in name) or name.startswith("hugepages-")
    if exact and usual is not None and asked is not None and usual != asked:
        plain = "default value must equal to defaultRequest value"
        told = f"default value {usual.canonical} must equal to defaultRequest value"
        detail = Telling(f"{told} {asked.canonical} in {name}", plain)
        found.append(invalid(f"{path}.defaultRequest[{name}]", asked.canonical, detail))
    if ratio is not None and ratio.value < 1:
        detail = Telling(f"ratio {ratio.canonical} is less than 1", "ratio is less than 1")
        place = f"{path}.maxLimitRequestRatio[{name}]"
        found.append(invalid(place, ratio.canonical, detail))
    if ratio is not None and least is not None and most is not None and least.value > 0:
        highest = most.value / least.value
        if ratio.value > highest:
            told = f"ratio {ratio.canonical} is greater than max/min = {float(highest):f}"
            detail = Telling(told, "ratio is greater than max/min")
            place = f"{path}.maxLimitRequestRatio[{name}]"
            found.append(invalid(place, ratio.canonical, detail))
    return found


RULES: Final = {
    "LimitRange": Rules(_limit_range, again=1, changes=False),
    "ResourceQuota": Rules(_quota, _quota_update, _quota_status),
}
