"""What may be changed of a Pod through its parts: containers added to look inside, and sizes.

1. The whole new Pod is looked at, as in any update; then only the part may differ.
2. A container that was added stays as it is. What a container asks for may change, but not go away.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidatePodEphemeralContainersUpdate and
ValidatePodResize (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import Telling, forbidden, invalid
from ._read import given, obj, objs, pairs, text
from ._shared import amount
from .pod_resources import comparable
from .pod_spec import MIRROR, pod_errors
from .pod_updates import annotation_updates

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["ephemeral_containers_updated", "quality_of_service", "resized"]

_MUTABLE: Final = frozenset({"cpu", "memory"})


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
        how = "changed" if name in held else "removed"
        if name not in held or comparable(held[name]) != comparable(container):
            told = Telling(f'{plain} "{name}" may not be {how}\n', f"{plain} may not be {how}")
            found.append(forbidden(place, told))
    return found


def resized(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return why the containers of a Pod may not ask for other amounts.

    Shape: whole Pods; `after` differs in what its containers ask for only.
    """
    if MIRROR in pairs(obj(before, "metadata"), "annotations"):
        return [forbidden("", "static pods cannot be resized")]
    old, new = obj(before, "spec"), obj(after, "spec")
    if text(obj(old, "os"), "name") == "windows":
        return [forbidden("", "windows pods cannot be resized")]
    found = pod_errors(after)
    kind = quality_of_service(new)
    if quality_of_service(old) != kind:
        shown: Json = text(obj(after, "status"), "qosClass")
        what = "Pod QOS Class may not change as a result of resizing"
        found.append(invalid("spec", shown, what))
    if not _resizable(before):
        what = "Pod running on node without support for resize"
        found.append(forbidden("spec", what))
    for name in ("initContainers", "containers"):
        for index, (mine, theirs) in enumerate(zip(objs(new, name), objs(old, name), strict=False)):
            if name == "containers" or text(theirs, "restartPolicy") == "Always":
                found += _container(theirs, mine, f"spec.{name}[{index}].resources")
            found += _others(theirs, mine, sidecar=_told(name, mine))
    return found


def _told(name: str, container: JsonObject) -> str:
    if name == "containers":
        return "only cpu and memory resources are mutable"
    if text(container, "restartPolicy") == "Always":
        return "only cpu and memory resources for sidecar containers are mutable"
    return "resources for non-sidecar init containers are immutable"


def _resizable(pod: JsonObject) -> bool:
    """Tell whether the node can change what a Pod that runs there asks for."""
    for status in objs(obj(pod, "status"), "containerStatuses"):
        if given(obj(status, "state"), "running"):
            return given(status, "resources")
    return True


def _container(old: JsonObject, new: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    before, after = obj(old, "resources"), obj(new, "resources")
    for name in ("requests", "limits"):
        if not set(obj(before, name)) <= set(obj(after, name)):
            what = f"resource {name} cannot be removed"
            found.append(forbidden(f"{path}.{name}", what))
    return found


def _others(old: JsonObject, new: JsonObject, *, sidecar: str) -> list[FieldError]:
    """Return whether anything else of a container differs."""
    fixed = "immutable" in sidecar
    held = comparable(old), comparable(new if fixed else _with_amounts(old, new))
    return [] if held[0] == held[1] else [forbidden("spec", sidecar)]


def _with_amounts(old: JsonObject, new: JsonObject) -> JsonObject:
    """Return a new container with the old amounts of what may change, as far as it had any."""
    made: JsonObject = {}
    before, after = obj(old, "resources"), obj(new, "resources")
    for name in ("limits", "requests"):
        if name in before:
            kept = {k: v for k, v in obj(after, name).items() if k not in _MUTABLE}
            made[name] = {**kept, **{k: v for k, v in obj(before, name).items() if k in _MUTABLE}}
    whole: JsonObject = {**new, "resources": made}
    if "resizePolicy" in old:
        whole["resizePolicy"] = old["resizePolicy"]
    return whole


def quality_of_service(spec: JsonObject) -> str:
    """Return the class of a Pod by what its containers ask for.

    Source: k8s.io/kubernetes pkg/apis/core/helper/qos, ComputePodQOS.
    """
    requests: dict[str, object] = {}
    limits: dict[str, object] = {}
    guaranteed = True
    for container in (*objs(spec, "containers"), *objs(spec, "initContainers")):
        held: set[str] = set()
        for name, into in (("requests", requests), ("limits", limits)):
            for key, value in obj(container, "resources", name).items():
                quantity = amount(value)
                if key in _MUTABLE and quantity is not None and quantity.value > 0:
                    into[f"{text(container, 'name')}/{key}"] = quantity
                    if name == "limits":
                        held.add(key)
        guaranteed = guaranteed and held >= _MUTABLE
    if not requests and not limits:
        return "BestEffort"
    same = all(limits.get(key) == value for key, value in requests.items())
    return "Guaranteed" if guaranteed and same else "Burstable"
