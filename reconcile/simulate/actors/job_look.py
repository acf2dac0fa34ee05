"""One look at one Job: what is known of it while it is put right.

1. Pods stay as they were when the look began, whatever is done to them; the Job's document and
   status are a copy, which changes and is written.

Source: k8s.io/kubernetes pkg/controller/job/job_controller.go, syncJobCtx.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.actors.job_backoff import finished_at
from reconcile.simulate.actors.job_indexes import Ranges, all_failures_of, index_of
from reconcile.simulate.actors.job_pods import (
    by_index,
    has_finalizer,
    has_index_limit,
    index_failed,
    is_failed,
    is_indexed,
)
from reconcile.simulate.actors.job_policies import judged
from reconcile.simulate.actors.pods import is_active, is_ended, is_ready, phase, terminating
from reconcile.simulate.actors.refusals import refused
from reconcile.simulate.server.clock import stamp
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.pods import Document
    from reconcile.value.types import JsonObject

__all__ = ["AGAIN", "Look", "put_condition"]

AGAIN: Final = 1.0
"""Seconds after which what failed is tried again."""


class Look:
    """A Job, its Pods, and what follows from them.

    Shape: `pods` are all that the Job controls.
    """

    def __init__(self, api: Api, job: Document, pods: Sequence[Document]) -> None:
        self.api = api
        self.pods = by_index(pods) if is_indexed(job) else list(pods)
        self.active = [each for each in pods if is_active(each)]
        self.ready = sum(is_ready(each) for each in self.active)
        self.terminating = sum(terminating(each) and not is_ended(each) for each in pods)
        self.take(job)
        status = self.status
        self.counting = {name: frozenset(self.uncounted(name)) for name in ("succeeded", "failed")}
        """The uids of Pods that are being counted since an earlier look."""
        self.new_succeeded = self._new("succeeded")
        self.new_failed = self._new("failed")
        counted = [each for each in self.new_failed if judged(job, each).counts]
        self.succeeded: int = (
            status.get("succeeded", 0) + len(self.new_succeeded) + len(self.counting["succeeded"])
        )
        self.failed: int = status.get("failed", 0) + len(counted) + len(self.counting["failed"])
        self.end: dict[str, Any] | None = None
        """The condition that ends the Job, once it is known."""
        self.before = self.done = Ranges()
        """The indexes that had succeeded before, and those that have now."""
        self.lost: Ranges | None = None
        """The indexes that have failed for good, None if that is not counted."""
        self.delayed: dict[int, Document] = {}
        """By index, failed Pods that stay until another one carries their failures on."""
        self.wakes: list[float] = []
        """Seconds after which to look again."""

    def take(self, job: Document) -> None:
        """Begin with a version of the Job that the server has."""
        self.job = cast("dict[str, Any]", thaw(cast("JsonObject", job)))
        self.status: dict[str, Any] = self.job.setdefault("status", {})
        self.status.setdefault("uncountedTerminatedPods", {})

    def write(self) -> bool:
        """Write the status; return whether the server took it."""
        answer = self.api.update(self.job, "status")
        if refused(answer):
            return False
        self.take(cast("Document", answer.body))
        return True

    def uncounted(self, name: str) -> list[str]:
        """Return the uids of Pods that have `succeeded` or `failed` and are being counted."""
        return list(self.status["uncountedTerminatedPods"].get(name) or ())

    def set_uncounted(self, name: str, uids: list[str]) -> None:
        """Set the uids of Pods that are being counted."""
        known: dict[str, Any] = self.status["uncountedTerminatedPods"]
        if uids:
            known[name] = uids
        else:
            known.pop(name, None)

    def set_number(self, name: str, value: int) -> None:
        """Set a number in the status that is left out when it is 0."""
        if value:
            self.status[name] = value
        else:
            self.status.pop(name, None)

    def condition(
        self, name: str, reason: str, message: str, *, good: bool = True
    ) -> dict[str, Any]:
        """Return a condition that holds from now on."""
        now = stamp(self.api.now)
        return {
            "type": name,
            "status": "True" if good else "False",
            "lastProbeTime": now,
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }

    def holding(self, name: str) -> dict[str, Any] | None:
        """Return a condition of the Job if it is true."""
        for each in self.status.get("conditions") or ():
            if each["type"] == name:
                return cast("dict[str, Any]", each) if each["status"] == "True" else None
        return None

    def count_indexes(self) -> None:
        """Take in which indexes have succeeded and failed."""
        completions: int = self.job["spec"]["completions"]
        self.before = Ranges.read(self.status.get("completedIndexes") or "", completions)
        won = [each for each in self.pods if phase(each) == "Succeeded"]
        self.done = self.before.merged(self._indexes(won))
        self.succeeded = len(self.done)
        if has_index_limit(self.job):
            known = Ranges.read(self.status.get("failedIndexes") or "", completions)
            fell = [each for each in self.pods if index_failed(each, self.job)]
            self.lost = known.merged(self._indexes(fell))
            self.delayed = self._to_carry_on()

    def _new(self, name: str) -> list[Document]:
        """Return the Pods that have ended since the last look."""
        return [
            each
            for each in self.pods
            if self._valid(each)
            and each["metadata"]["uid"] not in self.counting[name]
            and (phase(each) == "Succeeded" if name == "succeeded" else is_failed(each, self.job))
        ]

    def _valid(self, pod: Document) -> bool:
        """Return whether a Pod is to be counted still."""
        return has_finalizer(pod) and (not is_indexed(self.job) or self.in_range(pod))

    def in_range(self, pod: Document) -> bool:
        """Return whether a Pod has an index that the Job has, too."""
        index = index_of(pod)
        return index is not None and index < self.job["spec"]["completions"]

    def _indexes(self, pods: Sequence[Document]) -> Ranges:
        return Ranges.of(
            index
            for each in pods
            if (index := index_of(each)) is not None and self.in_range(each) and has_finalizer(each)
        )

    def _to_carry_on(self) -> dict[int, Document]:
        """Return the last failed Pod of each index that has to be tried again."""
        running = [index_of(each) for each in self.active]
        made: dict[int, Document] = {}
        for pod in self.pods:
            index = index_of(pod)
            if index is None or not self._valid(pod) or not is_failed(pod, self.job):
                continue
            if index in self.done or index in (self.lost or ()) or index in running:
                continue
            if index not in made or _follows(pod, made[index]):
                made[index] = pod
        return made


def _follows(pod: Document, other: Document) -> bool:
    """Return whether a failed Pod came after another one of its index."""
    mine, theirs = finished_at(pod), finished_at(other)
    later = mine is not None and (theirs is None or mine >= theirs)
    return all_failures_of(other) <= all_failures_of(pod) and later


def put_condition(status: dict[str, Any], made: dict[str, Any]) -> bool:
    """Put a condition into a status; return whether that changed it.

    Guarantees: a condition that is not there and would not be true is not put there.
    """
    listed: list[dict[str, Any]] = status.get("conditions") or []
    for at, each in enumerate(listed):
        if each["type"] == made["type"]:
            if all(each.get(name) == made[name] for name in ("status", "reason", "message")):
                return False
            status["conditions"] = [*listed[:at], made, *listed[at + 1 :]]
            return True
    if made["status"] == "False":
        return False
    status["conditions"] = [*listed, made]
    return True
