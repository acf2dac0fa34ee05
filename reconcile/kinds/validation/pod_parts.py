"""What may be changed of a Pod through its parts: containers added to look inside, and sizes.

1. The whole new Pod is looked at, as in any update; then only the part may differ.
2. A container that was added stays as it is. What a container asks for may change, but not go away.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidatePodEphemeralContainersUpdate and
ValidatePodResize (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._go_diff import told_with_difference
from ._primitives import Telling, forbidden, invalid
from ._read import given, obj, objs, pairs, text
from ._shared import amount
from .pod_resources import comparable
from .pod_spec import MIRROR, pod_errors
from .pod_updates import annotation_updates

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.objects.quantity import Quantity
    from reconcile.value.types import Json, JsonObject

__all__ = ["ephemeral_containers_updated", "quality_of_service", "resized"]

_MUTABLE: Final = frozenset({"cpu", "memory"})
_LISTS: Final = ("containers", "initContainers")
_ONLY: Final = "only cpu and memory resources are mutable"


def ephemeral_containers_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return why containers may not be added to a Pod, or changed.

    Shape: whole Pods; `after` differs in its `ephemeralContainers` only.
    """
    if MIRROR in pairs(obj(before, "metadata"), "annotations"):
        return [forbidden("", "static pods do not support ephemeral containers")]
    found = pod_errors(after)
    found += annotation_updates(before, after)
    held = {text(c, "name"): c for c in objs(obj(after, "spec"), "ephemeralContainers")}
    place, plain = "spec.ephemeralContainers", "existing ephemeral containers"
    for container in objs(obj(before, "spec"), "ephemeralContainers"):
        name = text(container, "name")
        if name not in held:
            told = Telling(f'{plain} "{name}" may not be removed\n', f"{plain} may not be removed")
            found.append(forbidden(place, told))
        elif comparable(held[name]) != comparable(container):
            what, short = f'{plain} "{name}" may not be changed', f"{plain} may not be changed"
            both = (container, held[name])
            told = told_with_difference(what, "EphemeralContainer", *both, plain=short)
            found.append(forbidden(place, told))
    return found


def resized(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return why a Pod and its containers may not ask for other amounts.

    Shape: whole Pods; `after` differs in what is asked for only.
    """
    if MIRROR in pairs(obj(before, "metadata"), "annotations"):
        return [forbidden("", "static pods cannot be resized")]
    old, new = obj(before, "spec"), obj(after, "spec")
    if text(obj(old, "os"), "name") == "windows":
        return [forbidden("", "windows pods cannot be resized")]
    found = pod_errors(after)
    if quality_of_service(old) != quality_of_service(new):
        shown: Json = text(obj(after, "status"), "qosClass")
        what = "Pod QOS Class may not change as a result of resizing"
        found.append(invalid("spec", shown, what))
    if not _resizable(before):
        what = "Pod running on node without support for resize"
        found.append(forbidden("spec", what))
    rest: JsonObject = dict(new)
    if any(_asks(spec) for spec in (old, new)):
        found += _whole(old, new)
        rest = _with_amounts(old, rest)
    if objs(obj(before, "status"), "nodeAllocatableResourceClaimStatuses"):
        what = "pods with node allocatable resource claims cannot be resized"
        found.append(forbidden("spec", what))
    moved = [error for name in _LISTS for error in _order(old, new, name)]
    if moved:
        return found + moved
    pairs_of = {name: [*zip(objs(old, name), objs(new, name), strict=True)] for name in _LISTS}
    for name in reversed(_LISTS):
        for index, (theirs, mine) in enumerate(pairs_of[name]):
            found += _removed(theirs, mine, f"spec.{name}[{index}].resources", "resource ")
    for name in _LISTS:
        for index, (theirs, mine) in enumerate(pairs_of[name]):
            found += _others(theirs, mine, f"spec.{name}[{index}]")
        if name in rest:
            rest[name] = [_with_amounts(theirs, mine) for theirs, mine in pairs_of[name]]
    if not found and _plain(rest) != _plain(old):
        found.append(forbidden("spec", _ONLY))
    return found


def _asks(spec: JsonObject) -> bool:
    """Tell whether a Pod asks for amounts as a whole."""
    return any(obj(spec, "resources", name) for name in ("requests", "limits"))


def _whole(old: JsonObject, new: JsonObject) -> list[FieldError]:
    """Return what is wrong with the amounts that a Pod now asks for as a whole."""
    if given(old, "resources") and not given(new, "resources"):
        return [forbidden("spec.resources", "pod-level resources cannot be removed")]
    found = _removed(old, new, "spec.resources", "pod-level resource ")
    held = [_plain(spec.get("resources")) for spec in (old, _with_amounts(old, new))]
    if held[0] != held[1]:
        found.append(forbidden("spec", f"{_ONLY} at pod-level"))
    return found


def _order(old: JsonObject, new: JsonObject, name: str) -> list[FieldError]:
    """Return whether containers came, went, or changed places."""
    mine, theirs = ([text(each, "name") for each in objs(spec, name)] for spec in (new, old))
    if len(mine) != len(theirs):
        what = f"{name} may not be added or removed on resize"
        return [forbidden(f"spec.{name}", what)]
    what = f"{name} may not be renamed or reordered on resize"
    return [
        forbidden(f"spec.{name}[{index}].name", what)
        for index, both in enumerate(zip(mine, theirs, strict=True))
        if both[0] != both[1]
    ]


def _resizable(pod: JsonObject) -> bool:
    """Tell whether the node can change what a Pod that runs there asks for."""
    for status in objs(obj(pod, "status"), "containerStatuses"):
        if given(obj(status, "state"), "running"):
            return given(status, "resources")
    return True


def _removed(old: JsonObject, new: JsonObject, path: str, what: str) -> list[FieldError]:
    """Return whether an amount is asked for no more."""
    return [
        forbidden(f"{path}.{name}", f"{what}{name} cannot be removed")
        for name in ("requests", "limits")
        if not set(obj(old, "resources", name)) <= set(obj(new, "resources", name))
    ]


def _others(old: JsonObject, new: JsonObject, path: str) -> list[FieldError]:
    """Return whether anything else of a container differs."""
    first = ".initContainers" in path
    found: list[FieldError] = []
    if _plain(old) != _plain(_with_amounts(old, new)):
        told = "only cpu and memory resources for init or sidecar containers are mutable"
        found.append(forbidden(path, told) if first else forbidden("spec", _ONLY))
    if not first or text(new, "restartPolicy") == "Always" or _plain(old) == _plain(new):
        return found
    what = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"
    return found + [
        forbidden(path, what)
        for policy in objs(new, "resizePolicy")
        if text(policy, "restartPolicy") == "RestartContainer"
    ]


def _plain(value: Json) -> Json:
    """Return what can be compared: amounts spelt one way, and nothing that is empty."""
    return _without_empty(comparable(value))


def _without_empty(value: Json) -> Json:
    if isinstance(value, list):
        return [_without_empty(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: _without_empty(each) for key, each in value.items()}
    return {key: each for key, each in made.items() if each not in (None, {}, [])}


def _with_amounts(old: JsonObject, new: JsonObject) -> JsonObject:
    """Return a container or a Pod with the old amounts of what may change."""
    made: JsonObject = {}
    for name in ("limits", "requests"):
        kept = {k: v for k, v in obj(new, "resources", name).items() if k not in _MUTABLE}
        held = {k: v for k, v in obj(old, "resources", name).items() if k in _MUTABLE}
        made[name] = {**kept, **held}
    return {**new, "resources": made}


def quality_of_service(spec: JsonObject) -> str:
    """Return the class of a Pod by what it asks for, or else its containers.

    Source: k8s.io/kubernetes pkg/apis/core/helper/qos, ComputePodQOS.
    """
    sums: dict[str, dict[str, Quantity]] = {"requests": {}, "limits": {}}
    parts = [*objs(spec, "containers"), *objs(spec, "initContainers")]
    whole = any(_pod_level(key) for name in sums for key in obj(spec, "resources", name))
    guaranteed = True
    for container in [spec] if whole else parts:
        held: set[str] = set()
        for name, into in sums.items():
            for key, value in obj(container, "resources", name).items():
                quantity = amount(value)
                if key in _MUTABLE and quantity is not None and quantity.value > 0:
                    into[key] = into[key] + quantity if key in into else quantity
                    if name == "limits":
                        held.add(key)
        limited = held >= _MUTABLE or (whole and not obj(spec, "resources", "limits"))
        guaranteed = guaranteed and limited
    if not any(sums.values()):
        return "BestEffort"
    return "Guaranteed" if guaranteed and sums["requests"] == sums["limits"] else "Burstable"


def _pod_level(resource: str) -> bool:
    """Tell whether a Pod as a whole may ask for a resource."""
    return resource in _MUTABLE or resource.startswith("hugepages-")
