"""How the Pods of a Job are counted, each once, and how the Job ends.

1. The uids of Pods that have ended go into the status first; then their finalizers go; then they
   are numbers in the status.
2. What ends a Job is told before the finalizers go, by FailureTarget or SuccessCriteriaMet; the Job
   has ended when all Pods are counted and none is terminating.

Source: k8s.io/kubernetes pkg/controller/job/job_controller.go, trackJobStatusAndRemoveFinalizers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.job_indexes import Ranges, index_of
from reconcile.simulate.actors.job_look import put_condition
from reconcile.simulate.actors.job_pods import (
    FINALIZER,
    has_finalizer,
    has_index_limit,
    is_failed,
    is_indexed,
)
from reconcile.simulate.actors.job_policies import judged
from reconcile.simulate.actors.pods import phase, terminating
from reconcile.simulate.actors.refusals import refused

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.job_look import Look
    from reconcile.simulate.actors.pods import Document

__all__ = ["let_go", "track"]

_MOST: Final = 500
"""Pods that are counted in one look."""


def let_go(api: Api, pod: Document) -> bool:
    """Take the finalizer of Jobs off a Pod; return whether it is off or the Pod is gone."""
    if not has_finalizer(pod):
        return True
    body = {"metadata": {"$deleteFromPrimitiveList/finalizers": [FINALIZER]}}
    answer = api.patch(pod, body, how="strategic")
    return not refused(answer) or answer.status == 404


def track(look: Look, *, changed: bool) -> bool:
    """Count the Pods that have ended, and end the Job if it is time; return whether all went well.

    Shape: `changed` tells that the status has to be written anyway.
    """
    held = [str(each["metadata"]["uid"]) for each in look.pods if has_finalizer(each)]
    changed |= _counted(look, held)
    leaving, found, whole = _told(look)
    changed |= found
    changed |= _announced(look)
    if changed and not look.write():
        return False
    gone = [str(each["metadata"]["uid"]) for each in leaving if let_go(look.api, each)]
    changed = _counted(look, [each for each in held if each not in gone])
    well = len(gone) == len(leaving)
    if not well:
        if changed:
            look.write()
        return False
    ended = whole and _ended(look)
    return not (changed or ended) or look.write()


def _told(look: Look) -> tuple[list[Document], bool, bool]:
    """Put into the status which Pods have ended.

    Shape: the Pods whose finalizers may go; whether the status changed; whether that was all.
    """
    job, changed, whole = look.job, False, True
    leaving: list[Document] = []
    indexes: list[int] = []
    won, lost = look.uncounted("succeeded"), look.uncounted("failed")
    for pod in look.pods:
        failed = is_failed(pod, job)
        if not has_finalizer(pod) or not _may_leave(look, pod, failed=failed):
            continue
        leaving.append(pod)
        uid = str(pod["metadata"]["uid"])
        if phase(pod) == "Succeeded" and uid not in look.counting["failed"]:
            index = index_of(pod)
            if not is_indexed(job):
                if uid not in look.counting["succeeded"]:
                    won.append(uid)
                    changed = True
            elif index is not None and look.in_range(pod) and index not in look.before:
                indexes.append(index)
                changed = True
        elif failed or (look.end is not None and look.end["type"] != "SuccessCriteriaMet"):
            known = uid in look.counting["failed"]
            proper = not is_indexed(job) or look.in_range(pod)
            if not known and proper and judged(job, pod).counts:
                lost.append(uid)
                changed = True
        if len(indexes) + len(won) + len(lost) >= _MOST:
            whole = False
            break
    look.set_uncounted("succeeded", won)
    look.set_uncounted("failed", lost)
    if is_indexed(job):
        changed |= _indexes_told(look, indexes)
    return leaving, changed, whole


def _may_leave(look: Look, pod: Document, *, failed: bool) -> bool:
    """Return whether a Pod's finalizer may go."""
    if terminating(look.job) or look.end is not None or phase(pod) == "Succeeded":
        return True
    if not failed:
        return False
    index = index_of(pod)
    stays = look.delayed.get(index) if index is not None and has_index_limit(look.job) else None
    return stays is None or stays["metadata"]["uid"] != pod["metadata"]["uid"]


def _indexes_told(look: Look, indexes: list[int]) -> bool:
    """Put into the status which indexes have succeeded and failed; return if that is news."""
    status = look.status
    look.done = look.done.merged(Ranges.of(indexes))
    told: dict[str, Any] = {"completedIndexes": str(look.done) or None}
    told["failedIndexes"] = None if look.lost is None else str(look.lost)
    changed = any(status.get(name) != value for name, value in told.items())
    look.set_number("succeeded", len(look.done))
    for name, value in told.items():
        if value is None:
            status.pop(name, None)
        else:
            status[name] = value
    return changed


def _announced(look: Look) -> bool:
    """Tell what is going to end the Job; return whether that is news."""
    end = look.end
    if end is None:
        return False
    news = False
    if end["type"] in ("FailureTarget", "SuccessCriteriaMet"):
        news = end["type"] == "FailureTarget" or look.holding("SuccessCriteriaMet") is None
        if news:
            look.status["conditions"] = [*(look.status.get("conditions") or ()), end]
        last = "Failed" if end["type"] == "FailureTarget" else "Complete"
        look.end = look.condition(last, end.get("reason", ""), end.get("message", ""))
    return news


def _counted(look: Look, held: Iterable[str]) -> bool:
    """Make numbers of the Pods that are let go; return whether there were any."""
    kept = frozenset(held)
    changed = False
    for name in ("succeeded", "failed"):
        before = look.uncounted(name)
        after = [each for each in before if each in kept]
        if len(after) != len(before):
            number: int = look.status.get(name, 0)
            look.set_number(name, number + len(before) - len(after))
            look.set_uncounted(name, after)
            changed = True
    return changed


def _ended(look: Look) -> bool:
    """End the Job if nothing keeps it from ending; return whether it ended."""
    end = look.end
    if end is None or look.uncounted("succeeded") or look.uncounted("failed"):
        return False
    if look.terminating > 0:
        return False
    put_condition(look.status, end)
    if end["type"] == "Complete":
        look.status["completionTime"] = end["lastTransitionTime"]
    return True
