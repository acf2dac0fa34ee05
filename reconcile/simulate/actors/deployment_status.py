"""The status of a Deployment: counts, whether enough is available, whether a rollout goes on.

1. Counts are sums over the ReplicaSets as they say them.
2. A condition that says the same keeps its times; `Progressing` is written anew with each progress.

Source: k8s.io/kubernetes pkg/controller/deployment/sync.go, progress.go and
util/deployment_util.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from reconcile.simulate.actors.deployment_sizes import LARGEST, max_unavailable, size, total
from reconcile.simulate.actors.parts import about, name_of, spec_of, status_of
from reconcile.simulate.actors.pods import Document, condition_of, moment
from reconcile.simulate.server.clock import stamp

__all__ = [
    "PROGRESSING",
    "complete",
    "condition",
    "counted",
    "has_deadline",
    "next_check",
    "rollout_status",
    "set_condition",
]

PROGRESSING: Final = "Progressing"
_FAILURE: Final = "ReplicaFailure"
_AVAILABLE: Final = "NewReplicaSetAvailable"
_TIMED_OUT: Final = "ProgressDeadlineExceeded"


def condition(name: str, value: str, reason: str, message: str, now: datetime) -> dict[str, Any]:
    """Return a condition that begins now."""
    return {
        "type": name,
        "status": value,
        "lastUpdateTime": stamp(now),
        "lastTransitionTime": stamp(now),
        "reason": reason,
        "message": message,
    }


def set_condition(status: dict[str, Any], made: Mapping[str, Any]) -> None:
    """Set a condition of a status, unless it is there with the same status and reason.

    Guarantees: a condition that is written goes behind all others; what stays `True` stays so
        since the same time.
    """
    known = condition_of({"status": status}, made["type"])
    if known is not None and known["status"] == made["status"]:
        if known.get("reason", "") == made["reason"]:
            return
        made = {**made, "lastTransitionTime": known.get("lastTransitionTime")}
    _remove(status, made["type"])
    status["conditions"] = [*(status.get("conditions") or ()), made]


def _remove(status: dict[str, Any], name: str) -> None:
    left = [each for each in status.get("conditions") or () if each["type"] != name]
    status.pop("conditions", None)
    if left:
        status["conditions"] = left


def has_deadline(deployment: Document) -> bool:
    """Return whether a rollout that stands still is to be told."""
    return spec_of(deployment).get("progressDeadlineSeconds") not in (None, LARGEST)


def complete(deployment: Document, status: Mapping[str, Any]) -> bool:
    """Return whether a status says that all replicas are new and available."""
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    seen = status.get("observedGeneration", 0) >= about(deployment).get("generation", 0)
    return seen and all(status.get(name, 0) == size(deployment) for name in counts)


def counted(
    deployment: Document, sets: Sequence[Document], new: Document | None, now: datetime
) -> dict[str, Any]:
    """Return the status of a Deployment with these ReplicaSets, its conditions but for progress.

    Shape: `sets` are all of them.
    """
    available = _sum(sets, "availableReplicas")
    counts = {
        "observedGeneration": about(deployment).get("generation", 0),
        "replicas": _sum(sets, "replicas"),
        "updatedReplicas": _sum([] if new is None else [new], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(total(sets) - available, 0),
    }
    made: dict[str, Any] = {name: count for name, count in counts.items() if count}
    before = status_of(deployment)
    if "collisionCount" in before:
        made["collisionCount"] = before["collisionCount"]
    known = [status_of(each) for each in sets]
    synced = [each for each in known if each.get("observedGeneration", 0)]
    if all("terminatingReplicas" in each for each in synced):
        made["terminatingReplicas"] = sum(each.get("terminatingReplicas", 0) for each in known)
    if before.get("conditions"):
        made["conditions"] = list(before["conditions"])
    if available >= size(deployment) - max_unavailable(deployment):
        told = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        why = "Deployment does not have minimum availability."
        told = ("False", "MinimumReplicasUnavailable", why)
    set_condition(made, condition("Available", *told, now))
    return made


def _sum(sets: Sequence[Document], name: str) -> int:
    return sum(int(status_of(each).get(name, 0)) for each in sets)


def rollout_status(
    deployment: Document, sets: Sequence[Document], new: Document | None, now: datetime
) -> dict[str, Any]:
    """Return the status of a Deployment that is being rolled out, with all conditions."""
    made = counted(deployment, sets, new, now)
    if not has_deadline(deployment):
        _remove(made, PROGRESSING)
    known = condition_of(deployment, PROGRESSING)
    done = (
        known is not None
        and known.get("reason") == _AVAILABLE
        and made.get("replicas", 0) == made.get("updatedReplicas", 0)
    )
    if has_deadline(deployment) and not done:
        _progress(deployment, made, new, now)
    failures = [*_failures([] if new is None else [new]), *_failures(sets)]
    if failures:
        set_condition(made, failures[0])
    else:
        _remove(made, _FAILURE)
    return made


def _progress(
    deployment: Document, made: dict[str, Any], new: Document | None, now: datetime
) -> None:
    """Say in a status that a rollout is complete, goes on, or takes too long."""
    kind = "Deployment" if new is None else "ReplicaSet"
    subject = f'{kind} "{name_of(deployment if new is None else new)}"'
    known = condition_of(deployment, PROGRESSING)
    if complete(deployment, made):
        message = f"{subject} has successfully progressed."
        set_condition(made, condition(PROGRESSING, "True", _AVAILABLE, message, now))
    elif _progresses(status_of(deployment), made):
        message = f"{subject} is progressing."
        told = condition(PROGRESSING, "True", "ReplicaSetUpdated", message, now)
        if known is not None:
            if known["status"] == "True":
                told["lastTransitionTime"] = known.get("lastTransitionTime")
            _remove(made, PROGRESSING)
        set_condition(made, told)
    elif _timed_out(deployment, made, now):
        message = f"{subject} has timed out progressing."
        set_condition(made, condition(PROGRESSING, "False", _TIMED_OUT, message, now))


def _progresses(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether there are more new, ready or available replicas, or fewer old ones."""

    def grew(name: str) -> bool:
        return int(after.get(name, 0)) > int(before.get(name, 0))

    def old(status: Mapping[str, Any]) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    more = grew("updatedReplicas") or grew("readyReplicas") or grew("availableReplicas")
    return more or old(after) < old(before)


def _timed_out(deployment: Document, status: Mapping[str, Any], now: datetime) -> bool:
    known = condition_of({"status": status}, PROGRESSING)
    if known is None or known.get("reason") == _AVAILABLE:
        return False
    if known.get("reason") == _TIMED_OUT:
        return True
    since = moment(known.get("lastUpdateTime"))
    return since is not None and since + _deadline(deployment) < now


def _deadline(deployment: Document) -> timedelta:
    return timedelta(seconds=int(spec_of(deployment)["progressDeadlineSeconds"]))


def next_check(deployment: Document, now: datetime) -> float | None:
    """Return the seconds after which a rollout has stood still for too long, None if it cannot.

    Shape: the status of the Deployment is as it should be now.
    """
    known = condition_of(deployment, PROGRESSING)
    if not has_deadline(deployment) or known is None or known.get("reason") == _TIMED_OUT:
        return None
    since = moment(known.get("lastUpdateTime"))
    if since is None or complete(deployment, status_of(deployment)):
        return None
    left = (since + _deadline(deployment) - now).total_seconds()
    return left + 1 if left >= 1 else max(left, 0.0) + 0.005


def _failures(sets: Sequence[Document]) -> list[dict[str, Any]]:
    """Return what ReplicaSets say of replicas that could not be made, as a Deployment says it."""
    return [
        {
            "type": _FAILURE,
            "status": found["status"],
            "lastUpdateTime": found.get("lastTransitionTime"),
            "lastTransitionTime": found.get("lastTransitionTime"),
            "reason": found.get("reason", ""),
            "message": found.get("message", ""),
        }
        for each in sets
        if (found := condition_of(each, _FAILURE)) is not None
    ]
