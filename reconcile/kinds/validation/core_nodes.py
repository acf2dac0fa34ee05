"""Nodes and ReplicationControllers: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/core/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    duplicate,
    fails,
    forbidden,
    invalid,
    label_value,
    not_supported,
    qualified_name,
    required,
)
from ._read import given, number, obj, objs, pairs, text, texts
from ._rules import Rules
from ._shared import cidr, not_negative
from .core_limits import quantity_errors
from .pod import pod_template_errors

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_COUNTS: Final = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def _node(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _taints(objs(spec, "taints")) + _amounts(document)
    ranges = texts(spec, "podCIDRs")
    for index, each in enumerate(ranges):
        found.extend(cidr(each, f"spec.podCIDRs[{index}]", strict=False))
    if len(ranges) > 1:
        if len(ranges) > 2 or (":" in ranges[0]) == (":" in ranges[1]):
            what = "may specify no more than one CIDR for each IP family"
            found.append(invalid("spec.podCIDRs", [*ranges], what))
        for index, each in enumerate(ranges):
            if each in ranges[:index]:
                found.append(duplicate(f"spec.podCIDRs[{index}]", each))
    return found


def _amounts(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    for name in ("capacity", "allocatable"):
        for key, value in obj(document, "status", name).items():
            found.extend(quantity_errors(key, value, f"status.{name}.{key}"))
    return found


def _taints(taints: list[JsonObject]) -> list[FieldError]:
    """Return what is wrong with taints, at the place at which the server tells it."""
    found: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(taints):
        path = f"metadata.taints[{index}]"
        key, value, effect = (text(each, name) for name in ("key", "value", "effect"))
        found.extend(fails(f"{path}.key", key, qualified_name))
        wrong = label_value(value)
        if wrong:
            found.append(invalid(f"{path}.value", value, ";".join(wrong)))
        if not effect:
            found.append(required(f"{path}.effect"))
        elif effect not in _EFFECTS:
            found.append(not_supported(f"{path}.effect", effect, _EFFECTS))
        if (key, effect) in seen:
            shown: JsonObject = {"Key": key, "Value": value, "Effect": effect}
            error = duplicate(path, {**shown, "TimeAdded": each.get("timeAdded")})
            what = "taints must be unique by key and effect pair"
            found.append(error._replace(detail=what))
        seen.add((key, effect))
    return found


def _node_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    old, new = obj(before, "spec"), obj(after, "spec")
    found = _node(after) + _amounts(after)  # the server looks twice
    addresses = objs(obj(after, "status"), "addresses")
    for index, each in enumerate(addresses):
        if each in addresses[:index]:
            shown: JsonObject = {"Type": each.get("type"), "Address": each.get("address")}
            found.append(duplicate(f"status.addresses[{index}]", shown))
    former, ranges = texts(old, "podCIDRs"), texts(new, "podCIDRs")
    what = 'node updates may not change podCIDR except from "" to valid'
    changed = sum(a != b for a, b in zip(former, ranges, strict=False))
    if former and len(former) != len(ranges):
        changed = 1
    found.extend([forbidden("spec.podCIDRs", what)] * changed)
    provider = text(old, "providerID")
    if provider and provider != text(new, "providerID"):
        what = 'node updates may not change providerID except from "" to valid'
        found.append(forbidden("spec.providerID", what))
    found.extend(_taints(objs(new, "taints")))
    if text(old, "externalID") != text(new, "externalID"):
        found.append(forbidden("spec.externalID", "may not be updated"))
    return found


def _controller(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = not_negative(number(spec, "minReadySeconds"), "spec.minReadySeconds")
    selector, path = pairs(spec, "selector"), "spec.template"
    if not selector:
        found.append(required("spec.selector"))
    found.extend(not_negative(number(spec, "replicas"), "spec.replicas"))
    if not given(spec, "template"):
        found.append(required(path))
        return found
    template = obj(spec, "template")
    labels = pairs(obj(template, "metadata"), "labels")
    if selector and any(labels.get(key) != value for key, value in selector.items()):
        what = "`selector` does not match template `labels`"
        shown: JsonObject = {**labels}
        found.append(invalid(f"{path}.metadata.labels", shown or None, what))
    found.extend(pod_template_errors(template, path))
    pod = obj(template, "spec")
    policy = text(pod, "restartPolicy")
    if policy != "Always":
        found.append(not_supported(f"{path}.spec.restartPolicy", policy, ["Always"]))
    if given(pod, "activeDeadlineSeconds"):
        what = "activeDeadlineSeconds in ReplicationController is not Supported"
        found.append(forbidden(f"{path}.spec.activeDeadlineSeconds", what))
    return found


def _controller_update(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _controller(after) * 2  # the server looks twice


def _controller_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    status = obj(after, "status")
    whole = number(status, "replicas") or 0
    found: list[FieldError] = []
    for name in (*_COUNTS, "observedGeneration"):
        found.extend(not_negative(number(status, name), f"status.{name}"))
    for name in _COUNTS[1:]:
        held = number(status, name) or 0
        if held > whole:
            found.append(invalid(f"status.{name}", held, "cannot be greater than status.replicas"))
    ready, available = (number(status, name) or 0 for name in _COUNTS[2:])
    if available > ready:
        what = "cannot be greater than readyReplicas"
        found.append(invalid("status.availableReplicas", available, what))
    return found


RULES: Final = {
    "Node": Rules(_node, _node_update, again=1),
    "ReplicationController": Rules(_controller, _controller_update, _controller_status, again=1),
}
