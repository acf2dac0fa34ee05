"""HorizontalPodAutoscalers: what the API server refuses of them.

1. Both versions are held to the rules of v2, whose paths are told for v1 too.

Source: k8s.io/kubernetes pkg/apis/autoscaling/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    POSITIVE,
    Telling,
    dns_label,
    fails,
    forbidden,
    invalid,
    not_supported,
    path_segment,
    required,
)
from ._read import given, number, obj, objs, text
from ._rules import Rules
from ._shared import amount, not_negative, unsupported
from .core_limits import container_resource_name

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_SOURCES: Final = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_MAX_WINDOW: Final = 3600
_MAX_PERIOD: Final = 1800


def _autoscaler(document: JsonObject) -> list[FieldError]:
    return _held_to(document, 1)


def _autoscaler_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    none = number(obj(before, "spec"), "minReplicas") == 0  # which may stay as it is
    return _held_to(after, 0 if none else 1)


def _held_to(document: JsonObject, bound: int) -> list[FieldError]:
    """Return what is wrong with an autoscaler whose fewest replicas have a bound."""
    spec = obj(document, "spec")
    found: list[FieldError] = []
    least, most = number(spec, "minReplicas"), number(spec, "maxReplicas") or 0
    if least is not None and least < bound:
        what = f"must be greater than or equal to {bound}"
        found.append(invalid("spec.minReplicas", least, what))
    if most < 1:
        found.append(required("spec.maxReplicas", "must be set and greater than 0"))
    if least is not None and most < least:
        what = "must be greater than or equal to `minReplicas`"
        found.append(invalid("spec.maxReplicas", most, what))
    found.extend(_target_ref(obj(spec, "scaleTargetRef"), "spec.scaleTargetRef", grouped=True))
    if text(document, "apiVersion") == "autoscaling/v1":
        held = number(spec, "targetCPUUtilizationPercentage")
        if held is not None and held < 1:
            path = "spec.metrics[0].resource.target.averageUtilization"
            found.append(invalid(path, held, "must be greater than 0"))
    for index, each in enumerate(objs(spec, "metrics")):
        found.extend(_metric(each, f"spec.metrics[{index}]"))
    kinds = {text(each, "type") for each in objs(spec, "metrics")}
    if least == 0 and not kinds & {"Object", "External"}:
        what = "must specify at least one Object or External metric to support scaling to zero"
        found.append(forbidden("spec.metrics", f"{what} replicas"))
    for name in ("scaleUp", "scaleDown"):
        behavior = obj(spec, "behavior")
        if given(behavior, name):
            found.extend(_scaling(obj(behavior, name), f"spec.behavior.{name}"))
    return found


def _target_ref(reference: JsonObject, path: str, *, grouped: bool) -> list[FieldError]:
    found: list[FieldError] = []
    for name in ("kind", "name"):
        held = text(reference, name)
        if held:
            found.extend(fails(f"{path}.{name}", held, path_segment))
        else:
            found.append(required(f"{path}.{name}"))
    version = text(reference, "apiVersion")
    legacy = version == "v1" and text(reference, "kind") == "ReplicationController"
    if version.count("/") > 1:
        rule = "unexpected GroupVersion string"
        told = Telling(f"{rule}: {version}", rule)
        found.append(invalid(f"{path}.apiVersion", version, told))
    elif grouped and not legacy and not version.partition("/")[1]:
        what = "apiVersion must specify API group"
        found.append(invalid(f"{path}.apiVersion", version, what))
    return found


def _metric(metric: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    kind = text(metric, "type")
    if not kind:
        found.append(required(f"{path}.type", "must specify a metric source type"))
    if kind not in _SOURCES:
        # The server looks twice.
        found.extend([not_supported(f"{path}.type", kind, sorted(_SOURCES))] * 2)
    there = [name for name in _SOURCES.values() if given(metric, name)]
    if there:
        found.extend(_source(there[0], obj(metric, there[0]), f"{path}.{there[0]}"))
    expected = _SOURCES.get(kind, "")
    if expected and expected not in there:
        what = "must populate information for the given metric source"
        found.append(required(f"{path}.{expected}", what))
    if len(there) != 1:
        what = "must populate the given metric source only"
        found.extend(forbidden(f"{path}.{name}", what) for name in there if name != expected)
    return found


def _source(name: str, source: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    target, place = obj(source, "target"), f"{path}.target"
    if name == "object":
        where = f"{path}.describedObject"
        found.extend(_target_ref(obj(source, "describedObject"), where, grouped=False))
    if name in {"resource", "containerResource"}:
        if not text(source, "name"):
            found.append(required(f"{path}.name", "must specify a resource name"))
        if name == "containerResource":
            held = text(source, "container")
            if text(source, "name"):
                found.extend(container_resource_name(text(source, "name"), f"{path}.name"))
            if held:
                found.extend(fails(f"{path}.container", held, dns_label))
            else:
                found.append(required(f"{path}.container", "must specify a container"))
    else:
        found.extend(_identifier(obj(source, "metric"), f"{path}.metric"))
    found.extend(_target(target, place))
    value, average = given(target, "value"), given(target, "averageValue")
    use = given(target, "averageUtilization")
    if name in {"resource", "containerResource"}:
        if not use and not average:
            what = "must set either a target raw value or a target utilization"
            found.append(required(f"{place}.averageUtilization", what))
        if use and average:
            what = "may not set both a target raw value and a target utilization"
            found.append(forbidden(f"{place}.averageValue", what))
    elif name == "object" and not value and not average:
        what = "must set either a target value or averageValue"
        found.append(required(f"{place}.averageValue", what))
    elif name == "external" and not value and not average:
        what = "must set either a target value for metric or a per-pod target"
        found.append(required(f"{place}.averageValue", what))
    elif name == "external" and value and average:
        what = "may not set both a target value for metric and a per-pod target"
        found.append(forbidden(f"{place}.value", what))
    elif name == "pods" and not average:
        what = "must specify a positive target averageValue"
        found.append(required(f"{place}.averageValue", what))
    return found


def _identifier(metric: JsonObject, path: str) -> list[FieldError]:
    name = text(metric, "name")
    if not name:
        return [required(f"{path}.name", "must specify a metric name")]
    return fails(f"{path}.name", name, path_segment)


def _target(target: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    kind = text(target, "type")
    if not kind:
        found.append(required(f"{path}.type", "must specify a metric target type"))
    if kind not in {"Utilization", "Value", "AverageValue"}:
        what = "must be either Utilization, Value, or AverageValue"
        found.append(invalid(f"{path}.type", kind, what))
    for name in ("value", "averageValue"):
        held = amount(target.get(name))
        if held is not None and held.value <= 0:
            found.append(invalid(f"{path}.{name}", held.canonical, "must be positive"))
    use = number(target, "averageUtilization")
    if use is not None and use < 1:
        found.append(invalid(f"{path}.averageUtilization", use, "must be greater than 0"))
    return found


def _scaling(rules: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    window = number(rules, "stabilizationWindowSeconds")
    place = f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        found.append(invalid(place, window, "must be greater than or equal to zero"))
    if window is not None and window > _MAX_WINDOW:
        found.append(invalid(place, window, f"must be less than or equal to {_MAX_WINDOW}"))
    if given(rules, "selectPolicy"):
        choice = text(rules, "selectPolicy")
        found.extend(unsupported(choice, ("Disabled", "Max", "Min"), f"{path}.selectPolicy"))
    policies = objs(rules, "policies")
    if not policies:
        found.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, each in enumerate(policies):
        where = f"{path}.policies[{index}]"
        found.extend(unsupported(text(each, "type"), ("Percent", "Pods"), f"{where}.type"))
        for name in ("value", "periodSeconds"):
            held = number(each, name) or 0
            if held <= 0:
                found.append(invalid(f"{where}.{name}", held, POSITIVE))
        period = number(each, "periodSeconds") or 0
        if period > _MAX_PERIOD:
            what = f"must be less than or equal to {_MAX_PERIOD}"
            found.append(invalid(f"{where}.periodSeconds", period, what))
    return found


def _status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    found: list[FieldError] = []
    for name in ("currentReplicas", "desiredReplicas"):
        found.extend(not_negative(number(status, name), f"status.{name}"))
    return found


RULES: Final = {"HorizontalPodAutoscaler": Rules(_autoscaler, _autoscaler_update, _status)}
