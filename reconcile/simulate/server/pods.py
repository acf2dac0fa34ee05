"""Pods: what admission adds to them, their first status, their quality of service.

Source: k8s.io/kubernetes plugin/pkg/admission/{defaulttolerationseconds,priority},
pkg/registry/core/pod/strategy.go, pkg/apis/core/v1/helper/qos; recorded conversations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

from reconcile.kinds.validation.pod_parts import quality_of_service
from reconcile.simulate.server import limit_ranger
from reconcile.simulate.server.runtime_classes import check_overhead, run_by
from reconcile.simulate.server.status import forbidden
from reconcile.simulate.server.topology import give_place
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.store import Stored, World
    from reconcile.simulate.server.writing import Target
    from reconcile.value.types import Json, JsonObject

__all__ = ["admit", "check", "default_priority", "prepare", "readmit", "through"]

_UNREACHABLE: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_PREEMPTS: Final = "PreemptLowerPriority"
_SYSTEM: Final = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def _spec(document: JsonObject) -> JsonObject:
    found = document.get("spec")
    return found if isinstance(found, dict) else {}


def admit(target: Target, document: JsonObject) -> None:
    """Give a new Pod its priority and the tolerations that all have. Raises: ApiError."""
    limit_ranger.give_defaults(target, document)
    _prioritize(target, document)
    _tolerate(document)
    run_by(target, document)
    give_place(target.world, document)


def check(target: Target, document: JsonObject) -> None:
    """Refuse a new Pod that is valid, but not admitted. Raises: ApiError."""
    limit_ranger.hold_pod(target, document)
    check_overhead(target, document)


def readmit(before: JsonObject, document: JsonObject) -> None:
    """Give a changed Pod back what admission gave it, if it was left out."""
    spec, old = _spec(document), _spec(before)
    for name in ("priority", "preemptionPolicy"):
        if name not in spec and name in old:
            spec[name] = old[name]
    _tolerate(document)


def _tolerate(document: JsonObject) -> None:
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


def _prioritize(target: Target, document: JsonObject) -> None:
    """Give a Pod the priority of its class. Raises: ApiError if there is none, or it says another.

    Source: plugin/pkg/admission/priority/admission.go.
    """
    spec = _spec(document)
    value, policy = _priority(target, spec)
    told, given = spec.get("priority"), spec.get("preemptionPolicy")
    computed = "priority admission controller computed"
    if told is not None and told != value:
        why = (
            f"the integer value of priority ({told}) must not be provided in pod spec; "
            f"{computed} {value} from the given PriorityClass name"
        )
        raise forbidden("pods", "", target.name, why)
    if given is not None and given != policy:
        why = (
            f"the string value of PreemptionPolicy ({given}) must not be provided in pod spec; "
            f"{computed} {policy} from the given PriorityClass name"
        )
        raise forbidden("pods", "", target.name, why)
    spec["priority"], spec["preemptionPolicy"] = value, policy


def _priority(target: Target, spec: JsonObject) -> tuple[Json, Json]:
    """Return the priority and the policy of a Pod; the name of a default class is written down."""
    world, name = target.world, spec.get("priorityClassName") or ""
    held = world.objects.get(f"scheduling.k8s.io/PriorityClass/{name}") if name else None
    if name and held is None:
        if name not in _SYSTEM:
            why = f"no PriorityClass with name {name} was found"
            raise forbidden("pods", "", target.name, why)
        return _SYSTEM[str(name)], _PREEMPTS
    if held is None:
        held = default_priority(world)
        if held is None:
            return 0, _PREEMPTS
        spec["priorityClassName"] = held.metadata["name"]
    document = cast("JsonObject", held.document)
    return document.get("value", 0), document.get("preemptionPolicy", _PREEMPTS)


def default_priority(world: World) -> Stored | None:
    """Return the class of Pods that name none, the lowest one if there are several."""
    found = [
        held
        for held in world.objects.values("scheduling.k8s.io/PriorityClass/")
        if held.document.get("globalDefault") is True
    ]
    return min(found, key=lambda held: cast("int", held.document.get("value", 0)), default=None)


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
