"""Evictions: Pods go, if no budget says no.

1. A budget guards Pods that are ready; one that is not may go while enough others are.
2. What a budget allows becomes less with each Pod that goes, until its controller counts again.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go; recorded conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from reconcile.objects.selector import selects
from reconcile.simulate.server.bindings import SUCCESS, with_condition
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.deleting import delete
from reconcile.simulate.server.options import WriteOptions, delete_options, write_options
from reconcile.simulate.server.routes import Query
from reconcile.simulate.server.status import ApiError, bad_request, forbidden
from reconcile.simulate.server.writing import Outcome, Target, check_place, metadata_of, update
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.server.store import Stored, World
    from reconcile.value.types import Json, JsonObject

__all__ = ["evicted"]

_REFUSED: Final = "Cannot evict pod as it would violate the pod's disruption budget."
_SEVERAL: Final = (
    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
    "support."
)
_ALLOWED: Final = "DisruptionAllowed"
_FAILED: Final = [_ALLOWED, "False", "SyncFailed"]
_TOO_MANY: Final = 2000
"""Pods that may be on their way at once."""


def evicted(target: Target, eviction: JsonObject, query: Query, manager: str) -> Outcome:
    """Delete a Pod, if no budget says no.

    Shape: `target` is of the Pod.
    Raises: ApiError.
    """
    options = write_options(query, "CreateOptions", manager)
    check_place(target, eviction)
    if metadata_of(eviction).get("name") != target.name:
        message = "name in URL does not match name in Eviction object"
        raise bad_request(message)
    how = delete_options(Query({}), eviction.get("deleteOptions"))
    how = how._replace(dry_run=how.dry_run or options.dry_run)
    stored = target.stored
    if stored is None:
        raise target.missing()
    world = target.world
    if not _unguarded(stored):
        budgets = _budgets(world, stored, target.namespace)
        if len(budgets) > 1:
            failure: JsonObject = {**SUCCESS, "status": "Failure", "message": _SEVERAL, "code": 500}
            return Outcome(world, failure, 201)
        if budgets and not _may_go(stored, budgets[0]):
            world = _less(world, budgets[0], target, dry_run=how.dry_run)
    if not how.dry_run:
        world = _disrupted(world, target.key, stored)
    outcome = delete(target._replace(world=world, subresource=""), how)
    return Outcome(outcome.world, dict(SUCCESS), 201)


def _unguarded(pod: Stored) -> bool:
    """Tell whether a Pod does nothing that a budget would count."""
    phase = _object(pod.document.get("status")).get("phase")
    deleting = pod.metadata.get("deletionTimestamp") is not None
    return deleting or phase in ("Failed", "Pending", "Succeeded")


def _budgets(world: World, pod: Stored, namespace: str) -> list[Stored]:
    labels = pod.metadata.get("labels")
    if not labels:
        return []
    return [
        held
        for held in world.objects.values(f"policy/PodDisruptionBudget/{namespace}/")
        if isinstance(selector := _object(held.document.get("spec")).get("selector"), dict)
        and selects(selector, labels)
    ]


def _may_go(pod: Stored, budget: Stored) -> bool:
    """Tell whether a Pod is not ready, so that the budget lets it go uncounted."""
    conditions = _object(pod.document.get("status")).get("conditions")
    for each in conditions if isinstance(conditions, list) else ():
        if isinstance(each, dict) and each.get("type") == "Ready" and each.get("status") == "True":
            return False
    if _object(budget.document.get("spec")).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    wanted = _number(budget, "desiredHealthy")
    return 0 < wanted <= _number(budget, "currentHealthy")


def _less(world: World, budget: Stored, target: Target, *, dry_run: bool) -> World:
    """Return the world after a budget has let one Pod go. Raises: ApiError when it does not."""
    name = str(budget.metadata["name"])
    allowed = _number(budget, "disruptionsAllowed")
    gone = _object(_object(budget.document.get("status")).get("disruptedPods"))
    if _number(budget, "observedGeneration") < (budget.metadata.get("generation") or 0):
        told = f"The disruption budget {name} is still being processed by the server."
        raise _refused(told, 10)
    if allowed < 0:
        raise _unfit(name, "pdb disruptions allowed is negative")
    if len(gone) > _TOO_MANY:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise _unfit(name, why)
    if allowed == 0:
        raise _refused(_why_not(budget, name), 0)
    if dry_run:
        return world

    def make(before: JsonObject) -> tuple[JsonObject, list[str]]:
        after = cast("JsonObject", thaw(before))
        status = cast("JsonObject", after["status"])
        now = stamp(world.now)
        status["disruptionsAllowed"] = allowed - 1
        status["disruptedPods"] = {**gone, target.name: now}
        if allowed == 1:
            _allow_none(status, now)
        return after, []

    kind = target.catalogue.find("policy", "v1", "poddisruptionbudgets")
    if kind is None:
        return world
    its = Target(world, target.catalogue, kind, target.namespace, name, "status")
    # The server asks itself for this, by its own name.
    return update(its, make, WriteOptions(dry_run, "kube-apiserver", "Ignore")).world


def _why_not(budget: Stored, name: str) -> str:
    conditions = _object(budget.document.get("status")).get("conditions")
    for each in conditions if isinstance(conditions, list) else ():
        if not isinstance(each, dict):
            continue
        if [each.get(key) for key in ("type", "status", "reason")] == _FAILED:
            return (
                f"The disruption budget {name} does not allow evicting pods currently because "
                f"it failed sync: {each.get('message', '')}"
            )
    return (
        f"The disruption budget {name} needs {_number(budget, 'desiredHealthy')} healthy pods "
        f"and has {_number(budget, 'currentHealthy')} currently"
    )


def _allow_none(status: JsonObject, now: str) -> None:
    """Write down that no further Pod may go."""
    held = status.get("conditions")
    conditions: list[Json] = list(held) if isinstance(held, list) else []
    made: JsonObject = {
        "type": _ALLOWED,
        "status": "False",
        "observedGeneration": status.get("observedGeneration", 0),
        "lastTransitionTime": now,
        "reason": "InsufficientPods",
        "message": "",
    }
    for place, each in enumerate(conditions):
        if isinstance(each, dict) and each.get("type") == _ALLOWED:
            if each.get("status") == "False":
                made["lastTransitionTime"] = each.get("lastTransitionTime")
            conditions[place] = made
            break
    else:
        conditions.append(made)
    status["conditions"] = conditions


def _disrupted(world: World, key: str, pod: Stored) -> World:
    """Write down that a Pod goes because somebody evicts it."""
    after = cast("JsonObject", thaw(pod.document))
    condition: JsonObject = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }
    with_condition(after, condition, stamp(world.now))
    world, _ = world.put(key, after, pod.form)
    return world


def _refused(why: str, seconds: int) -> ApiError:
    cause: JsonObject = {"reason": "DisruptionBudget", "message": why}
    details: JsonObject = {"causes": [cause]}
    if seconds:
        details["retryAfterSeconds"] = seconds
    return ApiError(429, "TooManyRequests", _REFUSED, details=details, retry_after=seconds or None)


def _unfit(name: str, why: str) -> ApiError:
    return forbidden("poddisruptionbudget", "policy", name, why)


def _number(budget: Stored, name: str) -> int:
    found = _object(budget.document.get("status")).get(name)
    return found if isinstance(found, int) else 0


def _object(value: object) -> JsonObject:
    return cast("JsonObject", value) if isinstance(value, dict) else {}
