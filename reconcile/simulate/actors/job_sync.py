"""What a Job needs: Pods made or deleted, its end found out, its status told.

1. What ended a Job in an earlier look holds; then failures are looked for, then successes.
2. A Job that is ending gives up its active Pods; one that is suspended, too.

Source: k8s.io/kubernetes pkg/controller/job/job_controller.go, syncJob and manageJob.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from reconcile.simulate.actors.job_backoff import finished_at, pause, row_of
from reconcile.simulate.actors.job_indexes import Ranges, all_failures_of, index_of
from reconcile.simulate.actors.job_look import AGAIN, Look, put_condition
from reconcile.simulate.actors.job_pods import (
    has_index_limit,
    is_failed,
    is_indexed,
    is_suspended,
    made_pod,
    replaces_only_failed,
    to_remove,
)
from reconcile.simulate.actors.job_policies import judged, success_message
from reconcile.simulate.actors.job_tracking import let_go, track
from reconcile.simulate.actors.pods import is_ended, is_ready, moment, phase, terminating
from reconcile.simulate.actors.refusals import closing, refused
from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.actors.pods import Document

__all__ = ["put_right"]

_MOST: Final = 500
"""Pods that are made or deleted in one look."""
_BATCH: Final = 1.0
"""Seconds that a Job is left alone at least before Pods are made late."""


class _Managed(NamedTuple):
    """What became of a Job's Pods."""

    active: int
    well: bool = True


def put_right(look: Look, key: str) -> float | None:
    """Do for a Job what is to be done now; return the seconds after which to look again.

    Shape: `key` is where the Job is kept.
    """
    status = look.status
    if status.get("startTime") is None and not is_suspended(look.job):
        status["startTime"] = stamp(look.api.now)
    look.end = _ends(look)
    if is_indexed(look.job):
        _count_indexes(look)
    turned = False
    if look.end is not None:
        managed = _deleted(look, look.active)
        if managed.active:
            look.end = None
    else:
        managed = _Managed(len(look.active))
        manages = not terminating(look.job)
        if manages:
            managed = _manage(look, key)
        if _complete(look, managed.active):
            message = "Reached expected number of succeeded pods"
            look.end = look.condition("SuccessCriteriaMet", "CompletionsReached", message)
        elif manages:
            turned = _turned(look)
    told = {"ready": look.ready, "terminating": look.terminating}
    changed = turned or managed.active != status.get("active", 0)
    changed |= any(status.get(name) != value for name, value in told.items())
    look.set_number("active", managed.active)
    status.update(told)
    if not (track(look, changed=changed) and managed.well):
        look.wakes.append(AGAIN)
    return min(look.wakes, default=None)


def _ends(look: Look) -> dict[str, Any] | None:
    """Return the condition that ends a Job because of what was or of its limits."""
    found = look.holding("SuccessCriteriaMet")
    if found is not None:
        return found
    found = look.holding("FailureTarget")
    if found is not None:
        return look.condition("Failed", found.get("reason", ""), found.get("message", ""))
    for pod in look.pods:
        if is_failed(pod, look.job):
            message = judged(look.job, pod).message
            if message is not None:
                return look.condition("FailureTarget", "PodFailurePolicy", message)
    spec: Document = look.job["spec"]
    if look.failed > spec["backoffLimit"] or _restarted_too_often(look):
        message = "Job has reached the specified backoff limit"
        return look.condition("FailureTarget", "BackoffLimitExceeded", message)
    seconds, began = spec.get("activeDeadlineSeconds"), moment(look.status.get("startTime"))
    if seconds is not None and began is not None and not is_suspended(look.job):
        left = seconds - (look.api.now - began).total_seconds()
        if left <= 0:
            message = "Job was active longer than specified deadline"
            return look.condition("FailureTarget", "DeadlineExceeded", message)
        look.wakes.append(left)
    return None


def _restarted_too_often(look: Look) -> bool:
    """Return whether containers that are restarted in their Pods were so too often."""
    spec: Document = look.job["spec"]
    template: Document = spec["template"]["spec"]
    if template.get("restartPolicy") != "OnFailure":
        return False
    restarts: int = sum(
        each.get("restartCount", 0)
        for pod in look.pods
        if phase(pod) in ("Running", "Pending")
        for part in ("initContainerStatuses", "containerStatuses")
        for each in pod["status"].get(part) or ()
    )
    limit: int = spec["backoffLimit"]
    return restarts > 0 if limit == 0 else restarts >= limit


def _count_indexes(look: Look) -> None:
    """Take in the indexes, and whether they end the Job."""
    look.count_indexes()
    spec: Document = look.job["spec"]
    if look.end is None and look.lost is not None:
        most = spec.get("maxFailedIndexes")
        lost = len(look.lost)
        if most is not None and lost > most:
            message = "Job has exceeded the specified maximal number of failed indexes"
            look.end = look.condition("FailureTarget", "MaxFailedIndexesExceeded", message)
        elif lost and lost + len(look.done) >= spec["completions"]:
            message = "Job has failed indexes"
            look.end = look.condition("FailureTarget", "FailedIndexes", message)
    if look.end is None:
        met = success_message(look.job, look.done)
        if met is not None:
            look.end = look.condition("SuccessCriteriaMet", "SuccessPolicy", met)


def _complete(look: Look, active: int) -> bool:
    """Return whether as many Pods as wanted have succeeded and none is active."""
    wanted = look.job["spec"].get("completions")
    return active == 0 and look.succeeded >= (1 if wanted is None else wanted)


def _turned(look: Look) -> bool:
    """Tell whether the Job is suspended; return whether that changed."""
    if is_suspended(look.job):
        made = look.condition("Suspended", "JobSuspended", "Job suspended")
        if put_condition(look.status, made):
            look.status.pop("startTime", None)
            return True
        return False
    made = look.condition("Suspended", "JobResumed", "Job resumed", good=False)
    if put_condition(look.status, made):
        look.status["startTime"] = stamp(look.api.now)
        return True
    return False


def _manage(look: Look, key: str) -> _Managed:
    """Make or delete Pods until there are as many as wanted."""
    active = len(look.active)
    if is_suspended(look.job):
        return _deleted(look, to_remove(look.job, look.active, active), freed=True)
    spec: Document = look.job["spec"]
    wanted: int = spec["parallelism"]
    if spec.get("completions") is None:
        wanted = active if look.succeeded > 0 else wanted
    else:
        wanted = max(0, min(wanted, spec["completions"] - look.succeeded))
    surplus = to_remove(look.job, look.active, max(0, active - wanted))[:_MOST]
    if surplus:
        return _deleted(look, surplus, freed=True)
    going = look.terminating if replaces_only_failed(look.job) else 0
    lacking = wanted - going - active
    if lacking <= 0:
        return _Managed(active)
    if not has_index_limit(look.job):
        row = row_of(look.api, look.job, key, look.new_succeeded, look.new_failed)
        left = row.remaining(look.api.now)
        if left > 0:
            look.wakes.append(max(left, _BATCH))
            return _Managed(active)
    lacking = min(lacking, _MOST)
    if not is_indexed(look.job):
        return _made(look, [None] * lacking)
    indexes, left = _due(look, list(islice(_pending(look), lacking)))
    if left > 0:
        look.wakes.append(max(left, _BATCH))
        return _Managed(active)
    return _made(look, indexes)


def _pending(look: Look) -> Iterator[int]:
    """Yield the indexes that no Pod works at and that have neither succeeded nor failed."""
    pods = list(look.active)
    if replaces_only_failed(look.job):
        pods += [each for each in look.pods if terminating(each) and not is_ended(each)]
    taken = look.done.merged(
        Ranges.of(index for each in pods if (index := index_of(each)) is not None)
    )
    if look.lost is not None:
        taken = taken.merged(look.lost)
    yield from taken.missing(look.job["spec"]["completions"])


def _due(look: Look, indexes: list[int]) -> tuple[list[int], float]:
    """Return the indexes whose pause is over, or the shortest pause if there are none."""
    if not has_index_limit(look.job):
        return indexes, 0.0
    pauses = {index: _pause(look, look.delayed.get(index)) for index in indexes}
    due = [index for index in indexes if pauses[index] <= 0]
    return due, 0.0 if due else min(pauses.values(), default=0.0)


def _pause(look: Look, failed: Document | None) -> float:
    if failed is None:
        return 0.0
    return pause(all_failures_of(failed) + 1, finished_at(failed), look.api.now)


def _made(look: Look, indexes: Sequence[int | None]) -> _Managed:
    """Make Pods: one, then two, then four; after a refusal no more than those of its turn."""
    active, at, size, well = len(look.active), 0, 1, True
    while at < len(indexes) and well:
        for index in indexes[at : at + size]:
            replaced = None if index is None else look.delayed.get(index)
            answer = look.api.create(made_pod(look.job, index, replaced))
            if refused(answer) and not closing(answer):
                well = False
            else:
                active += 1
        at, size = at + size, size * 2
    return _Managed(active, well)


def _deleted(look: Look, pods: Sequence[Document], *, freed: bool = False) -> _Managed:
    """Delete Pods, with their finalizers taken off first if they are not to be counted."""
    active, well = len(look.active), True
    for pod in pods:
        if freed and not let_go(look.api, pod):
            well = False
            continue
        answer = look.api.delete(pod)
        if refused(answer) and answer.status != 404:
            well = False
        else:
            active -= 1
            look.terminating += 1
        look.ready -= is_ready(pod)
    return _Managed(active, well)
