"""The disruption controller: what PodDisruptionBudgets allow, told in their status.

1. How many Pods there should be is asked of their owners, unless a budget counts in Pods.
2. A Pod that somebody evicted does not count for two minutes, gone or not. A Pod that was to be
   disrupted and was not within two minutes loses the condition that says so.

Source: k8s.io/kubernetes pkg/controller/disruption/disruption.go, pkg/apis/policy/v1 helpers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.objects.selector import selects
from reconcile.simulate.actors.actor import Later, controller_of
from reconcile.simulate.actors.parts import (
    about,
    changed,
    condition_of,
    is_deleting,
    is_ready,
    labels_of,
    listed,
    name_of,
    namespace_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.scales import kind_in, resource_name, scale_of
from reconcile.simulate.server.clock import stamp
from reconcile.simulate.server.conditions import put_condition

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["DisruptionController"]

_BUDGET: Final = "policy/PodDisruptionBudget/"
_POD: Final = "/Pod/"
_ALLOWED: Final = "DisruptionAllowed"
_TARGET: Final = "DisruptionTarget"
_EXPECTED: Final = timedelta(minutes=2)
"""Within which a Pod goes that was evicted."""


class DisruptionController:
    """Keep the status of budgets."""

    name = "disruption-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str | Later]:
        """Yield budgets that changed, the budget of a Pod, and Pods that were to go."""
        if event.key.startswith(_BUDGET):
            if event.type != "DELETED":
                yield event.key
        elif event.key.startswith(_POD):
            pod = event.after
            budget = _budget_of(api, pod)
            if budget is not None:
                yield f"{_BUDGET}{namespace_of(budget)}/{name_of(budget)}"
            if event.type != "DELETED" and (wait := _stale_after(pod, api.now)) is not None:
                yield Later(event.key, wait)

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the status of one budget right, or the condition of one Pod."""
        namespace, name = place_of(key)
        if key.startswith(_POD):
            return _forget_disruption(api, namespace, name)
        budget = api.get("policy/v1", "PodDisruptionBudget", namespace, name)
        if budget is None:
            return None
        selector: Mapping[str, Any] | None = spec_of(budget).get("selector")
        pods = [
            pod
            for pod in api.list("v1", "Pod", namespace)
            if selector is not None and selects(selector, labels_of(pod))
        ]
        counted = _expected(api, budget, pods)
        if isinstance(counted, str):
            _fail(api, budget, counted)
            return None
        return _write(api, budget, pods, counted)


class _Counted(NamedTuple):
    """How many Pods there should be, and how many of them healthy."""

    expected: int
    healthy: int


def _budget_of(api: Api, pod: Mapping[str, Json]) -> JsonObject | None:
    """Return the budget of a Pod, the first by name of several."""
    if not labels_of(pod):
        return None
    for budget in api.list("policy/v1", "PodDisruptionBudget", namespace_of(pod)):
        selector: Mapping[str, Any] | None = spec_of(budget).get("selector")
        if selector is not None and selects(selector, labels_of(pod)):
            return budget
    return None


# -- how many there should be --------------------------------------------------------------------


def _expected(api: Api, budget: JsonObject, pods: list[JsonObject]) -> _Counted | str:
    """Return the counts of a budget, or why they cannot be had."""
    spec = spec_of(budget)
    most, least = spec.get("maxUnavailable"), spec.get("minAvailable")
    if most is None and isinstance(least, int):
        return _Counted(len(pods), least)
    if most is None and least is None:
        return _Counted(0, 0)
    scale = _scale(api, pods)
    if isinstance(scale, str):
        return scale
    if most is not None:
        return _Counted(scale, max(0, scale - _scaled(most, scale)))
    return _Counted(scale, _scaled(least, scale))


def _scaled(value: object, total: int) -> int:
    """Return a number, or a part of a total in percent, rounded up."""
    if isinstance(value, int):
        return value
    percent = int(str(value).removesuffix("%"))
    return -(-percent * total // 100)


def _scale(api: Api, pods: list[JsonObject]) -> int | str:
    """Return how many Pods the owners of some Pods want, or why that cannot be said."""
    sizes: dict[str, int] = {}
    for pod in pods:
        owner = controller_of(pod)
        if owner is None or owner["uid"] in sizes:
            continue
        found = _size(api, namespace_of(pod), owner)
        if isinstance(found, str):
            return found
        if found is None:
            return f'found no controllers for pod "{name_of(pod)}"'
        sizes[found[0]] = found[1]
    return sum(sizes.values())


_KINDS: Final = (
    ("ReplicationController", ("",)),
    ("ReplicaSet", ("apps", "extensions")),
    ("StatefulSet", ("apps",)),
)


def _size(api: Api, namespace: str, owner: Mapping[str, Any]) -> tuple[str, int] | str | None:
    """Return the uid and the size of an owner of Pods, of the Deployment of a ReplicaSet."""
    version, kind, name = (str(owner.get(key)) for key in ("apiVersion", "kind", "name"))
    group = version.rpartition("/")[0]
    if (kind, group) in [(known, each) for known, groups in _KINDS for each in groups]:
        found = api.get("apps/v1" if group else "v1", kind, namespace, name)
        if found is not None and about(found)["uid"] == owner["uid"]:
            above = controller_of(found) if kind == "ReplicaSet" else None
            if above is None or above.get("kind") != "Deployment":
                return _replicas(found)
            deployment = api.get("apps/v1", "Deployment", namespace, str(above.get("name")))
            if deployment is not None and about(deployment)["uid"] == above["uid"]:
                return _replicas(deployment)
    served = kind_in(api, version, kind)
    if served is None:
        return f'no matches for kind "{kind}" in version "{version}"'
    answer = scale_of(api, served, namespace, name)
    if answer.status == 404:
        if isinstance(answer.body, dict) and answer.body.get("details"):
            return None  # the object is missing, not the subresource
        return f"{resource_name(served)} does not implement the scale subresource"
    scale = cast("dict[str, Any]", answer.body)
    if scale["metadata"].get("uid") != owner["uid"]:
        return None
    return str(owner["uid"]), int(scale["spec"].get("replicas") or 0)


def _replicas(document: JsonObject) -> tuple[str, int]:
    return str(about(document)["uid"]), int(spec_of(document).get("replicas") or 0)


# -- the status ----------------------------------------------------------------------------------


def _write(api: Api, budget: JsonObject, pods: list[JsonObject], counted: _Counted) -> float | None:
    disrupted, look = _disrupted(budget, pods, api.now)
    healthy = sum(
        1
        for pod in pods
        if not is_deleting(pod) and name_of(pod) not in disrupted and is_ready(pod)
    )
    allowed = max(0, healthy - counted.healthy) if counted.expected > 0 else 0
    made = changed(budget)
    generation = about(budget).get("generation") or 0
    status: dict[str, Any] = {
        "currentHealthy": healthy,
        "desiredHealthy": counted.healthy,
        "disruptionsAllowed": allowed,
        "expectedPods": counted.expected,
        "observedGeneration": generation,
        "conditions": list(listed(status_of(budget), "conditions")),
    }
    if disrupted:
        status["disruptedPods"] = disrupted
    condition: JsonObject = {
        "type": _ALLOWED,
        "status": "True" if allowed else "False",
        "observedGeneration": generation,
        "lastTransitionTime": stamp(api.now),
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
    }
    if not _is_right(budget, status, condition):
        put_condition(cast("JsonObject", status), condition)
        made["status"] = status
        api.update(made, "status")
    return look


_COUNTS: Final = (
    "currentHealthy",
    "desiredHealthy",
    "disruptionsAllowed",
    "expectedPods",
    "observedGeneration",
)


def _is_right(budget: JsonObject, status: Mapping[str, Any], condition: JsonObject) -> bool:
    held, before = condition_of(budget, _ALLOWED), status_of(budget)
    if held is None or any(
        held.get(key) != condition[key] for key in ("status", "observedGeneration", "reason")
    ):
        return False
    if (before.get("disruptedPods") or {}) != status.get("disruptedPods", {}):
        return False
    return all((before.get(key) or 0) == status[key] for key in _COUNTS)


def _disrupted(
    budget: JsonObject, pods: list[JsonObject], now: datetime
) -> tuple[dict[str, str], float | None]:
    """Return the Pods that were evicted and are still there, and when to look again, in seconds."""
    told: Mapping[str, str] = status_of(budget).get("disruptedPods") or {}
    kept: dict[str, str] = {}
    waits: list[float] = []
    for pod in pods:
        since = told.get(name_of(pod))
        if since is None or is_deleting(pod):
            continue
        wait = (datetime.fromisoformat(since) + _EXPECTED - now).total_seconds()
        if wait > 0:
            kept[name_of(pod)] = since
            waits.append(wait)
    return kept, min(waits, default=None)


def _fail(api: Api, budget: JsonObject, why: str) -> None:
    """Allow nothing, and say why."""
    made = changed(budget)
    status = made.setdefault("status", {})
    status["disruptionsAllowed"] = 0
    condition: JsonObject = {
        "type": _ALLOWED,
        "status": "False",
        "observedGeneration": status.get("observedGeneration") or 0,
        "lastTransitionTime": stamp(api.now),
        "reason": "SyncFailed",
        "message": why,
    }
    if not condition["observedGeneration"]:
        del condition["observedGeneration"]
    put_condition(status, condition)
    api.update(made, "status")


# -- Pods that were to go ------------------------------------------------------------------------


def _stale_after(pod: Mapping[str, Json], now: datetime) -> float | None:
    """Return the seconds after which a Pod is not taken to be going any more, None if it is not."""
    found = condition_of(pod, _TARGET)
    if is_deleting(pod) or found is None or found.get("status") != "True":
        return None
    ended = status_of(pod).get("phase") in ("Failed", "Succeeded")
    if ended or found.get("reason") == "TerminationByKubelet":
        return None
    since = datetime.fromisoformat(str(found["lastTransitionTime"]))
    return max(0.0, (since + _EXPECTED - now).total_seconds())


def _forget_disruption(api: Api, namespace: str, name: str) -> float | None:
    pod = api.get("v1", "Pod", namespace, name)
    wait = None if pod is None else _stale_after(pod, api.now)
    if pod is None or wait is None or wait > 0:
        return wait
    made = changed(pod)
    condition: JsonObject = {
        "type": _TARGET,
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": stamp(api.now),
        "observedGeneration": about(pod).get("generation") or 0,
    }
    put_condition(made["status"], condition)
    api.update(made, "status")
    return None
