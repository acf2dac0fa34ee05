"""Parts of objects that have a path of their own: status, scale, and those of Pods and namespaces.

1. A part is read from its object and written through it: all that holds for a write of the whole
   (versions, owners of fields, generation) holds for a write of a part.
2. What needs a node or a token of a real cluster (logs, exec, proxies) is not here.

Source: k8s.io/kubernetes pkg/registry/*/storage, pkg/registry/core/pod/storage; recorded
conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.kinds.field_error import FieldError
from reconcile.simulate import patching, scaling
from reconcile.simulate.clock import stamp
from reconcile.simulate.decoding import object_of, read_body
from reconcile.simulate.deleting import delete
from reconcile.simulate.options import DeleteOptions, WriteOptions, write_options
from reconcile.simulate.reading import get
from reconcile.simulate.status import ApiError, conflict, invalid
from reconcile.simulate.writing import Outcome, Target, check_place, metadata_of, update
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.routes import Query
    from reconcile.simulate.store import Stored, World
    from reconcile.value.types import Absent, Json, JsonIn, JsonObject

__all__ = ["answer"]

_SUCCESS: Final = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def answer(
    target: Target,
    method: str,
    body: bytes | JsonIn | Absent,
    media: str,
    query: Query,
    user: str,
) -> Outcome:
    """Answer a request about a part of an object; the method is one it has. Raises: ApiError."""
    match target.subresource:
        case "scale":
            return scaling.answer(target, method, body, media, query, user)
        case "binding":
            return _bound(target, _posted(target, body, media), write_options(query, "CreateOptions", user))
        case "eviction":
            return _evicted(target, _posted(target, body, media), query, user)
        case _:
            pass
    if method == "GET":
        return Outcome(target.world, get(target, query), 200)
    if method == "PATCH":
        return patching.patch(target, body, media, query, user)
    options = write_options(query, "UpdateOptions", user)
    kind = target.type
    read = read_body(body, media, kind.served.kind)
    document, warnings = object_of(read, kind, options.validation)
    patching.same_object(target, document)
    after = kind.completed(document)
    check_place(target, after)
    expected = metadata_of(after).get("uid")
    outcome = update(
        target, lambda _: (after, []), options, expected_uid=str(expected) if expected else None
    )
    return outcome._replace(warnings=(*warnings, *outcome.warnings))


def _posted(target: Target, body: bytes | JsonIn | Absent, media: str) -> JsonObject:
    """Return the object that is posted to a part."""
    document = read_body(body, media, target.type.served.kind).document
    return document if isinstance(document, dict) else {}


def _bound(target: Target, document: JsonObject, options: WriteOptions) -> Outcome:
    """Bind a Pod to a node.

    Source: pkg/registry/core/pod/storage/storage.go, assignPod.
    """
    told = document.get("target")
    node = str(told.get("name") or "") if isinstance(told, dict) else ""
    if not node:
        error = FieldError("FieldValueRequired", "target.name")
        raise invalid("Binding", "", target.name, [error])
    stored = target.stored
    if stored is None:
        raise target.missing()
    spec = cast("JsonObject", stored.document["spec"])
    why = ""
    if stored.metadata.get("deletionTimestamp"):
        why = f"pod {target.name} is being deleted, cannot be assigned to a host"
    elif spec.get("nodeName"):
        why = f'pod {target.name} is already assigned to node "{spec["nodeName"]}"'
    elif spec.get("schedulingGates"):
        why = f"pod {target.name} has non-empty .spec.schedulingGates"
    if why:
        raise conflict("pods/binding", "", target.name, why)
    after = cast("JsonObject", thaw(stored.document))
    cast("JsonObject", after["spec"])["nodeName"] = node
    status = cast("JsonObject", after.setdefault("status", {}))
    status["conditions"] = _with_condition(status, _condition(target, "PodScheduled", "True"))
    made = metadata_of(after)
    about = document.get("metadata")
    for field in ("labels", "annotations"):
        given = about.get(field) if isinstance(about, dict) else None
        if isinstance(given, dict) and given:
            made[field] = {**cast("JsonObject", made.get(field) or {}), **given}
    world = target.world
    if not options.dry_run:
        world, _ = world.put(target.key, after, stored.form)
    return Outcome(world, dict(_SUCCESS), 201)


def _evicted(target: Target, document: JsonObject, query: Query, user: str) -> Outcome:
    """Delete a Pod, if no budget says no.

    Source: pkg/registry/core/pod/storage/eviction.go.
    """
    options = write_options(query, "CreateOptions", user)
    stored = target.stored
    if stored is None:
        raise target.missing()
    world = target.world
    status = cast("JsonObject", stored.document.get("status") or {})
    spec = cast("JsonObject", stored.document.get("spec") or {})
    waits = status.get("phase") == "Pending" and not spec.get("nodeName")
    if not (waits or status.get("phase") in ("Succeeded", "Failed") or stored.metadata.get("deletionTimestamp")):
        world = _within_budget(target, status)
    target = target._replace(world=world)
    if not options.dry_run:
        target = _disrupted(target, stored)
    given = document.get("deleteOptions")
    held: JsonObject = given if isinstance(given, dict) else {}
    grace = held.get("gracePeriodSeconds")
    outcome = delete(
        target._replace(subresource=""),
        DeleteOptions(
            dry_run=options.dry_run, grace=grace if isinstance(grace, int) else None
        ),
    )
    return Outcome(outcome.world, dict(_SUCCESS), 201)


def _disrupted(target: Target, stored: Stored) -> Target:
    """Write down that a Pod goes because somebody evicts it."""
    after = cast("JsonObject", thaw(stored.document))
    status = cast("JsonObject", after.setdefault("status", {}))
    condition = _condition(target, "DisruptionTarget", "True") | {
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }
    status["conditions"] = _with_condition(status, condition)
    world, _ = target.world.put(target.key, after, stored.form)
    return target._replace(world=world)


def _condition(target: Target, kind: str, status: str) -> JsonObject:
    return {
        "type": kind,
        "status": status,
        "lastProbeTime": None,
        "lastTransitionTime": stamp(target.world.now),
    }


def _with_condition(status: JsonObject, condition: JsonObject) -> Json:
    found = cast("list[JsonObject]", status.get("conditions") or [])
    kept = [each for each in found if each.get("type") != condition["type"]]
    return cast("Json", [*kept, condition])


def _within_budget(target: Target, status: JsonObject) -> World:
    """Return the world after a budget has let one Pod go. Raises: ApiError when it does not."""
    from reconcile.objects.selector import selects

    world = target.world
    stored = target.stored
    labels = (stored.metadata.get("labels") or {}) if stored else {}
    budgets = [
        held
        for held in world.objects.values(f"policy/PodDisruptionBudget/{target.namespace}/")
        if selects(cast("JsonObject", cast("JsonObject", held.document["spec"]).get("selector") or {}), labels)
    ]
    if len(budgets) > 1:
        message = "Internal error occurred: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise ApiError(500, "InternalError", message)
    for held in budgets:
        name = str(held.metadata["name"])
        state = cast("JsonObject", held.document.get("status") or {})
        if (state.get("observedGeneration") or 0) != held.metadata.get("generation"):  # type: ignore[comparison-overlap]
            raise _refused(f"The disruption budget {name} is still being processed by the server.", 10)
        allowed = state.get("disruptionsAllowed") or 0
        if not isinstance(allowed, int) or allowed <= 0:
            told = (
                f"The disruption budget {name} needs {state.get('desiredHealthy', 0)} healthy pods "
                f"and has {state.get('currentHealthy', 0)} currently"
            )
            raise _refused(told, 0)
        after = cast("JsonObject", thaw(held.document))
        after_status = cast("JsonObject", after["status"])
        after_status["disruptionsAllowed"] = allowed - 1
        disrupted = cast("JsonObject", after_status.setdefault("disruptedPods", {}))
        disrupted[target.name] = stamp(world.now)
        world, _ = world.put(f"policy/PodDisruptionBudget/{target.namespace}/{name}", after, held.form)
    return world


def _refused(why: str, seconds: int) -> ApiError:
    cause: JsonObject = {"reason": "DisruptionBudget", "message": why}
    details: JsonObject = {"causes": [cause]}
    if seconds:
        details["retryAfterSeconds"] = seconds
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    return ApiError(429, "TooManyRequests", message, details=details, retry_after=seconds or None)
