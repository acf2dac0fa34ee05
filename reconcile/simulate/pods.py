"""Pods: what admission adds to them, their first status, their quality of service.

Source: k8s.io/kubernetes plugin/pkg/admission/{defaulttolerationseconds,priority},
pkg/registry/core/pod/strategy.go, pkg/apis/core/v1/helper/qos; recorded conversations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

from reconcile.kinds.validation.pod_parts import quality_of_service
from reconcile.simulate import limit_ranger
from reconcile.simulate.status import forbidden
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = ["admit", "prepare", "readmit", "through"]

_UNREACHABLE: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_SYSTEM: Final = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def _spec(document: JsonObject) -> JsonObject:
    found = document.get("spec")
    return found if isinstance(found, dict) else {}


def admit(target: Target, document: JsonObject) -> None:
    """Give a new Pod its priority and the tolerations that all have. Raises: ApiError."""
    limit_ranger.give_defaults(target, document)
    _prioritize(target, document)
    _run_by(target, document)
    readmit(document)
    limit_ranger.hold_pod(target, document)


def readmit(document: JsonObject) -> None:
    """Give a Pod the tolerations that all have, unless it has some of its own for these taints."""
    spec = _spec(document)
    given = spec.get("tolerations")
    tolerations: list[Json] = given if isinstance(given, list) else []
    for key in _UNREACHABLE:
        if not any(_tolerates(each, key) for each in tolerations):
            tolerations.append(
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            )
    spec["tolerations"] = tolerations


def _tolerates(toleration: Json, key: str) -> bool:
    if not isinstance(toleration, dict):
        return False
    has, effect = toleration.get("key") or "", toleration.get("effect") or ""
    return has in ("", key) and effect in ("", "NoExecute")


def _run_by(target: Target, document: JsonObject) -> None:
    """Refuse a Pod whose runtime class is not there; give it what that costs and where it runs."""
    spec = _spec(document)
    name = spec.get("runtimeClassName")
    if not name:
        return
    held = target.world.objects.get(f"node.k8s.io/RuntimeClass/{name}")
    if held is None:
        why = f'pod rejected: RuntimeClass "{name}" not found'
        raise forbidden("pods", "", target.name, why)
    overhead = held.document.get("overhead")
    if isinstance(overhead, dict) and overhead.get("podFixed"):
        spec["overhead"] = dict(cast("JsonObject", overhead["podFixed"]))
    scheduling = held.document.get("scheduling")
    if isinstance(scheduling, dict) and isinstance(scheduling.get("nodeSelector"), dict):
        mine = cast("JsonObject", spec.get("nodeSelector") or {})
        spec["nodeSelector"] = {**mine, **cast("JsonObject", scheduling["nodeSelector"])}


def _prioritize(target: Target, document: JsonObject) -> None:
    spec = _spec(document)
    name = spec.get("priorityClassName") or ""
    value: Json = 0
    policy: Json = "PreemptLowerPriority"
    if name:
        held = target.world.objects.get(f"scheduling.k8s.io/PriorityClass/{name}")
        if held is None and name not in _SYSTEM:
            why = f"no PriorityClass with name {name} was found"
            raise forbidden("pods", "", target.name, why)
        if held is None:
            value = _SYSTEM[str(name)]
        else:
            value = held.document.get("value", 0)
            policy = held.document.get("preemptionPolicy", policy)
    else:
        for held in target.world.objects.values("scheduling.k8s.io/PriorityClass/"):
            if held.document.get("globalDefault") is True:
                spec["priorityClassName"] = held.metadata["name"]
                value = held.document.get("value", 0)
                policy = held.document.get("preemptionPolicy", policy)
    spec["priority"] = value
    spec.setdefault("preemptionPolicy", policy)


def through(part: str, before: JsonObject, after: JsonObject) -> JsonObject:
    """Return the Pod that a write to a part of it makes: nothing but the part is changed.

    Source: pkg/registry/core/pod/strategy.go, dropNonEphemeralContainerUpdates and
        dropNonResizeUpdates.
    """
    wanted = _spec(after)
    spec = cast("JsonObject", thaw(_spec(before)))
    if part == "ephemeralcontainers":
        spec.pop("ephemeralContainers", None)
        if wanted.get("ephemeralContainers"):
            spec["ephemeralContainers"] = wanted["ephemeralContainers"]
    elif part == "resize":
        _resize(spec, wanted)
    else:
        return after
    metadata = cast("JsonObject", after["metadata"])
    old = cast("JsonObject", before["metadata"])
    for name in ("labels", "annotations", "finalizers", "ownerReferences"):
        metadata.pop(name, None)
        if name in old:
            metadata[name] = thaw(old[name])
    return {**after, "spec": spec}


def _resize(spec: JsonObject, wanted: JsonObject) -> None:
    """Change what is asked for; containers that are not the same ones are left to checks."""
    for name in ("containers", "initContainers"):
        mine, theirs = list(_containers(spec.get(name))), list(_containers(wanted.get(name)))
        if [each.get("name") for each in mine] != [each.get("name") for each in theirs]:
            if name in wanted:
                spec[name] = wanted[name]
            continue
        for container, other in zip(mine, theirs, strict=True):
            _take(container, other, "resources", "resizePolicy")
    _take(spec, wanted, "resources")


def _take(into: JsonObject, other: JsonObject, *names: str) -> None:
    for name in names:
        into.pop(name, None)
        if name in other:
            into[name] = other[name]


def prepare(document: JsonObject, now: str) -> None:
    """Give a new Pod its first status."""
    document["status"] = {"phase": "Pending", "qosClass": quality_of_service(_spec(document))}
    spec = _spec(document)
    if spec.get("schedulingGates"):
        condition: JsonObject = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": now,
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }
        cast("JsonObject", document["status"])["conditions"] = [condition]


def _containers(value: Json) -> Iterable[JsonObject]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()
