"""The controller of Jobs that live for a time after they ended: it deletes them when it is over.

1. A Job goes in the foreground: its Pods first.

Source: k8s.io/kubernetes pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

from reconcile.simulate.actors.job_pods import finished_type
from reconcile.simulate.actors.pods import condition_of, moment, terminating
from reconcile.simulate.actors.refusals import refused

if TYPE_CHECKING:
    from datetime import datetime

    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.pods import Document
    from reconcile.simulate.server.store import Event

__all__ = ["TtlAfterFinishedController"]

_JOBS: Final = "batch/Job/"
_AGAIN: Final = 1.0


class TtlAfterFinishedController:
    """Deletes Jobs `ttlSecondsAfterFinished` after they ended."""

    name = "ttl-after-finished-controller"

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield the Job that an event is about if its time may come."""
        del api
        if event.key.startswith(_JOBS) and event.type != "DELETED":
            job = cast("Document", event.after)
            if _ended(job) is not None and not terminating(job):
                yield event.key

    def sync(self, api: Api, key: str) -> float | None:
        """Delete a Job if its time has come; return the seconds after which it comes."""
        job = cast("Document | None", api.at("batch/v1", "Job", key))
        if job is None or terminating(job):
            return None
        ended = _ended(job)
        if ended is None:
            return None
        lives: int = job["spec"]["ttlSecondsAfterFinished"]
        left = lives - (api.now - ended).total_seconds()
        if left > 0:
            return left
        answer = api.delete(job, {"propagationPolicy": "Foreground"})
        return _AGAIN if refused(answer) and answer.status != 404 else None


def _ended(job: Document) -> datetime | None:
    """Return when a Job ended, None if it has not or lives on for ever."""
    if job["spec"].get("ttlSecondsAfterFinished") is None:
        return None
    condition = condition_of(job, finished_type(job))
    return None if condition is None else moment(condition.get("lastTransitionTime"))
