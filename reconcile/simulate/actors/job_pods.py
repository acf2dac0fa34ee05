"""The Pods of a Job: which have failed, which go first, how a new one looks.

Source: k8s.io/kubernetes pkg/controller/job/job_controller.go and indexed_job_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.job_indexes import (
    COMPLETION_INDEX,
    FAILURES,
    IGNORED_FAILURES,
    failures_of,
    ignored_failures_of,
    index_of,
)
from reconcile.simulate.actors.job_policies import judged
from reconcile.simulate.actors.pods import first_to_go, phase, pod_of, status_of, terminating

if TYPE_CHECKING:
    from reconcile.simulate.actors.pods import Document

__all__ = [
    "FINALIZER",
    "by_index",
    "finished_type",
    "has_finalizer",
    "has_index_limit",
    "index_failed",
    "is_failed",
    "is_indexed",
    "is_suspended",
    "made_pod",
    "replaces_only_failed",
    "to_remove",
]

FINALIZER: Final = "batch.kubernetes.io/job-tracking"
"""What keeps a Pod until its Job has counted it."""
_VARIABLE: Final = "JOB_COMPLETION_INDEX"
_LONGEST_PREFIX: Final = 58


def finished_type(job: Document) -> str:
    """Return `Complete` or `Failed` if a Job has ended, an empty text if it has not."""
    for each in status_of(job).get("conditions") or ():
        if each.get("type") in ("Complete", "Failed") and each.get("status") == "True":
            return str(each["type"])
    return ""


def is_indexed(job: Document) -> bool:
    """Return whether each Pod of a Job has an index."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def is_suspended(job: Document) -> bool:
    """Return whether a Job is to have no Pods for now."""
    return bool(job["spec"].get("suspend"))


def has_index_limit(job: Document) -> bool:
    """Return whether failures of a Job are counted for each index."""
    return job["spec"].get("backoffLimitPerIndex") is not None


def replaces_only_failed(job: Document) -> bool:
    """Return whether a Pod that is being deleted is replaced only when it has ended."""
    spec = job["spec"]
    return spec.get("podReplacementPolicy") == "Failed" or spec.get("podFailurePolicy") is not None


def has_finalizer(pod: Document) -> bool:
    """Return whether a Pod is not counted yet."""
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def is_failed(pod: Document, job: Document) -> bool:
    """Return whether a Pod counts as failed: one that is deleted may, too.

    Guarantees: Pods that are deleted because their Job is do not count. The real controller lets
        them go before it hears that they are deleted.
    """
    known = phase(pod)
    if known == "Failed":
        return True
    if replaces_only_failed(job) or terminating(job):
        return False
    return terminating(pod) and known != "Succeeded"


def index_failed(pod: Document, job: Document) -> bool:
    """Return whether the index of a Pod has failed for good with it."""
    counts = False
    if is_failed(pod, job):
        verdict = judged(job, pod)
        if verdict.action == "FailIndex":
            return True
        counts = verdict.counts
    return counts and failures_of(pod) >= job["spec"]["backoffLimitPerIndex"]


def by_index(pods: Iterable[Document]) -> list[Document]:
    """Return Pods in the order of their indexes, those without one first."""
    return sorted(pods, key=_place)


def _place(pod: Document) -> int:
    index = index_of(pod)
    return -1 if index is None else index


def to_remove(job: Document, pods: Sequence[Document], at_least: int) -> list[Document]:
    """Return the active Pods that are too many.

    Guarantees: of an indexed Job, Pods without a proper index go, and all but one of each index.
    """
    gone: list[Document] = []
    left: list[Document] = list(pods)
    if is_indexed(job):
        left = []
        beyond: list[Document] = []
        known: dict[int, list[Document]] = {}
        for pod in by_index(pods):
            index = index_of(pod)
            if index is None:
                gone.append(pod)
            elif index >= job["spec"]["completions"]:
                beyond.append(pod)
            else:
                known.setdefault(index, []).append(pod)
        for same in known.values():
            *others, last = first_to_go(same)
            gone += others
            left.append(last)
        gone += beyond
    if len(gone) < at_least:
        gone += first_to_go(left)[: at_least - len(gone)]
    return gone


def made_pod(job: Document, index: int | None, replaced: Document | None) -> dict[str, Any]:
    """Return a new Pod of a Job, as it is sent to the server.

    Shape: `index` is None for a Job without indexes; `replaced` is the failed Pod of the same index
        whose failures the new one carries on, if there is one.
    """
    name = str(job["metadata"]["name"])
    made = pod_of(job["spec"]["template"], job, "" if index is None else _prefix(name, index))
    about: dict[str, Any] = made["metadata"]
    finalizers: list[str] = about.get("finalizers") or []
    if FINALIZER not in finalizers:
        about["finalizers"] = [*finalizers, FINALIZER]
    if index is None:
        return made
    about.setdefault("annotations", {})[COMPLETION_INDEX] = str(index)
    about.setdefault("labels", {})[COMPLETION_INDEX] = str(index)
    if has_index_limit(job):
        about["annotations"].update(_failures(job, replaced))
    spec: dict[str, Any] = made["spec"]
    spec["hostname"] = f"{name}-{index}"
    for part in ("initContainers", "containers"):
        for container in spec.get(part) or ():
            _know_index(cast("dict[str, Any]", container))
    return made


def _prefix(name: str, index: int) -> str:
    end = f"-{index}-"
    return f"{name[: _LONGEST_PREFIX - len(end)]}{end}"


def _know_index(container: dict[str, Any]) -> None:
    """Let a container find the index in its environment, unless it says something else there."""
    known: list[Mapping[str, Any]] = container.get("env") or []
    if any(each.get("name") == _VARIABLE for each in known):
        return
    path = f"metadata.labels['{COMPLETION_INDEX}']"
    source = {"fieldRef": {"fieldPath": path}}
    container["env"] = [*known, {"name": _VARIABLE, "valueFrom": source}]


def _failures(job: Document, replaced: Document | None) -> dict[str, str]:
    """Return the annotations that tell how often an index has failed."""
    counted = ignored = 0
    if replaced is not None:
        counts = judged(job, replaced).counts
        counted = failures_of(replaced) + counts
        ignored = ignored_failures_of(replaced) + (not counts)
    made = {FAILURES: str(counted)}
    if ignored:
        made[IGNORED_FAILURES] = str(ignored)
    return made
