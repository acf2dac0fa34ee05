"""When a child is ready: by the usual signs of its kind, or by a condition.

1. Readiness is read from what is observed, never from what was asked for.
2. A kind without any sign is ready when it exists.
3. A status that is older than the spec (`observedGeneration`) tells nothing, so it is not ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from reconcile.diff import equal
from reconcile.objects.accept import accept
from reconcile.objects.last_applied import last_applied
from reconcile.objects.names import CONTROLLER_UID, DECORATOR_CONTROLLER, LAST_APPLIED
from reconcile.objects.quantity import Quantity
from reconcile.objects.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconcile.value import Json, JsonObject

__all__ = ["applied", "ready", "unready"]

Sign: TypeAlias = "Callable[[JsonObject, JsonObject], str | None]"


def ready(child: object, *, condition: str | None = None) -> bool:
    """Return whether an observed child is ready.

    `condition` is the type of a condition that has to be True instead of the usual signs:
    Deployment, StatefulSet, DaemonSet and ReplicaSet have all their replicas updated and available,
    a Job is complete, a Pod is ready, a claim is bound, a Namespace or volume is there to be used,
    a Service of type LoadBalancer has an address. Any other kind is ready if its condition
    `Ready` is True, or if it has no such condition.
    """
    looked_at = ("apiVersion", "kind", "metadata", "spec", "status")
    document = child.members(*looked_at) if isinstance(child, View) else accept(child)
    return unready(document, condition=condition) is None


def unready(document: JsonObject, *, condition: str | None = None) -> str | None:
    """Return why an observed child is not ready, None if it is. The text names no value."""
    metadata = _object(document, "metadata")
    status = _object(document, "status")
    if metadata.get("deletionTimestamp") is not None:
        return "is being deleted"
    seen, generation = status.get("observedGeneration"), metadata.get("generation")
    if isinstance(seen, int) and isinstance(generation, int) and seen < generation:
        return "has a status older than its spec"
    if condition is not None:
        return None if _true(status, condition) else f"condition {condition} is not True"
    sign = SIGNS.get((str(document.get("apiVersion")), str(document.get("kind"))), _by_condition)
    return sign(_object(document, "spec"), status)


def applied(observed: JsonObject, desired: JsonObject) -> bool:
    """Return whether what was last applied to an observed child is what is desired now.

    Without a last-applied annotation the two are compared where both have a field, quantities by
    value: a field that the server keeps to itself must not hold up an order for ever.
    """
    metadata = _object(observed, "metadata")
    if LAST_APPLIED in _object(metadata, "annotations"):
        return equal(_comparable(last_applied(observed)), _comparable(desired))
    return _agree(observed, desired)


def _comparable(document: JsonObject) -> JsonObject:
    """Return a document without what Metacontroller adds to the desired one."""
    metadata = {
        key: value
        for key, value in _object(document, "metadata").items()
        if key not in {"namespace", "labels", "annotations"}
    }
    for key, own in (("labels", CONTROLLER_UID), ("annotations", DECORATOR_CONTROLLER)):
        texts = _object(_object(document, "metadata"), key)
        rest: JsonObject = {name: text for name, text in texts.items() if name != own}
        if rest:
            metadata[key] = rest
    return {**document, "metadata": metadata}


def _agree(observed: Json, desired: Json) -> bool:
    # As deep as `desired`, which has been through `accept` and its limit.
    if isinstance(observed, dict) and isinstance(desired, dict):
        return all(
            _agree(observed[key], value) for key, value in desired.items() if key in observed
        )
    if isinstance(observed, list) and isinstance(desired, list):
        # Lists of objects get defaults and neighbours from the server: only scalars are compared.
        scalar = not any(isinstance(item, dict) for item in (*observed, *desired))
        return equal(observed, desired) if scalar else len(observed) >= len(desired)
    return equal(observed, desired) or _same_quantity(observed, desired)


def _same_quantity(observed: Json, desired: Json) -> bool:
    try:
        return bool(Quantity(_text(observed)) == Quantity(_text(desired)))
    except Exception:  # noqa: BLE001  # whatever is no quantity is simply not the same one
        return False


def _text(value: Json) -> str:
    return "" if isinstance(value, (bool, dict, list)) or value is None else str(value)


def _object(document: Mapping[str, Json], key: str) -> JsonObject:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _count(document: JsonObject, key: str, default: int = 0) -> int:
    value = document.get(key, default)
    return value if isinstance(value, int) else default


def _condition(status: JsonObject, kind: str) -> str | None:
    conditions = status.get("conditions")
    for condition in conditions if isinstance(conditions, list) else ():
        if isinstance(condition, dict) and condition.get("type") == kind:
            return str(condition.get("status"))
    return None


def _true(status: JsonObject, kind: str) -> bool:
    return _condition(status, kind) == "True"


def _by_condition(_spec: JsonObject, status: JsonObject) -> str | None:
    return None if _condition(status, "Ready") in {None, "True"} else "condition Ready is not True"


def _by_condition_type(kind: str) -> Sign:
    def sign(_spec: JsonObject, status: JsonObject) -> str | None:
        return None if _true(status, kind) else f"condition {kind} is not True"

    return sign


def _by_phase(*phases: str) -> Sign:
    def sign(_spec: JsonObject, status: JsonObject) -> str | None:
        return None if status.get("phase") in phases else f"phase is not {' or '.join(phases)}"

    return sign


def _replicated(*counts: str) -> Sign:
    def sign(spec: JsonObject, status: JsonObject) -> str | None:
        if "observedGeneration" not in status:
            return "has no status yet"
        wanted = _count(spec, "replicas", 1)
        for count in counts:
            if _count(status, count) < wanted:
                return f"{count} is below replicas"
        if _count(status, "replicas", wanted) > wanted:
            return "still has replicas to take away"
        return None

    return sign


def _daemon_set(_spec: JsonObject, status: JsonObject) -> str | None:
    if "observedGeneration" not in status:
        return "has no status yet"
    wanted = _count(status, "desiredNumberScheduled")
    for count in ("updatedNumberScheduled", "numberAvailable"):
        if _count(status, count) < wanted:
            return f"{count} is below desiredNumberScheduled"
    return None


def _service(spec: JsonObject, status: JsonObject) -> str | None:
    if spec.get("type") != "LoadBalancer" or _object(status, "loadBalancer").get("ingress"):
        return None
    return "has no load balancer address"


SIGNS: Mapping[tuple[str, str], Sign] = {
    ("apps/v1", "Deployment"): _replicated("updatedReplicas", "availableReplicas"),
    ("apps/v1", "StatefulSet"): _replicated("updatedReplicas", "readyReplicas"),
    ("apps/v1", "ReplicaSet"): _replicated("availableReplicas"),
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("batch/v1", "Job"): _by_condition_type("Complete"),
    ("v1", "Pod"): _by_condition_type("Ready"),
    ("v1", "PersistentVolumeClaim"): _by_phase("Bound"),
    ("v1", "PersistentVolume"): _by_phase("Available", "Bound"),
    ("v1", "Namespace"): _by_phase("Active"),
    ("v1", "Service"): _service,
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): _by_condition_type("Established"),
}
