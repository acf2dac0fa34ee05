"""The Job controller: Pods until enough have succeeded, or too many have failed.

1. A Pod of a Job has a finalizer until the Job has counted it. It goes, too, from Pods whose Job
   has ended or is gone.
2. Jobs that name another controller in `managedBy` are left alone.

Source: k8s.io/kubernetes pkg/controller/job/job_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, cast

from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.claiming import claim, selected
from reconcile.simulate.actors.job_look import AGAIN, Look
from reconcile.simulate.actors.job_pods import FINALIZER, finished_type, has_finalizer
from reconcile.simulate.actors.job_sync import put_right
from reconcile.simulate.actors.job_tracking import let_go
from reconcile.simulate.actors.pods import terminating

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.pods import Document
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["JobController"]

_JOBS: Final = "batch/Job/"
_PODS: Final = "/Pod/"
_OURS: Final = (None, "kubernetes.io/job-controller")


class JobController:
    """Puts Jobs right, and Pods that wait to be counted by a Job that does not count them."""

    name = "job-controller"

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield the Job that an event is about, or whose Pod it is about, or the Pod itself."""
        if event.key.startswith(_PODS):
            yield from _of_pod(event, api)
        elif event.key.startswith(_JOBS):
            job = cast("Document", event.after)
            ended = bool(finished_type(job))
            if event.type != "MODIFIED" or not ended:
                yield event.key
            if event.type == "DELETED" or ended:
                for pod in api.list("v1", "Pod", str(job["metadata"]["namespace"])):
                    known = cast("Document", pod)
                    if has_finalizer(known) and selected(job, known):
                        yield _key(_PODS, known)

    def sync(self, api: Api, key: str) -> float | None:
        """Put a Job or a Pod right; return the seconds after which to look again."""
        if key.startswith(_PODS):
            return _freed(api, key)
        found = cast("Document | None", api.at("batch/v1", "Job", key))
        if found is None or not _is_ours(found) or finished_type(found):
            return None
        pods = [
            cast("Document", each)
            for each in api.list("v1", "Pod", str(found["metadata"]["namespace"]))
        ]
        held = claim(api, found, pods, lambda pod: selected(found, pod), (FINALIZER,))
        if held.failed:
            return AGAIN
        return put_right(Look(api, found, held.held), key)


def _key(prefix: str, document: Document) -> str:
    about = document["metadata"]
    return f"{prefix}{about['namespace']}/{about['name']}"


def _is_ours(job: Document) -> bool:
    return job["spec"].get("managedBy") in _OURS


def _job_of(api: Api, pod: Document) -> Document | None:
    """Return the Job that controls a Pod, None if there is none."""
    holder = controller_of(cast("JsonObject", pod))
    if holder is None or holder["kind"] != "Job":
        return None
    namespace = str(pod["metadata"]["namespace"])
    job = cast("Document | None", api.get("batch/v1", "Job", namespace, str(holder["name"])))
    return job if job is not None and job["metadata"]["uid"] == holder["uid"] else None


def _of_pod(event: Event, api: Api) -> Iterator[str]:
    """Yield what has to be looked at because of a Pod."""
    pod, before = cast("Document", event.after), cast("Document | None", event.before)
    holder, job = controller_of(event.after), _job_of(api, pod)
    orphaned = has_finalizer(pod)
    if event.type == "DELETED" or terminating(pod):
        if job is not None and not finished_type(job):
            yield _key(_JOBS, job)
        elif orphaned:
            yield event.key
        return
    old = None if before is None else controller_of(cast("JsonObject", before))
    moved = holder != old
    if before is not None and old is not None and moved:
        other = _job_of(api, before)
        if other is not None:
            yield _key(_JOBS, other)
    if holder is not None:
        if job is not None:
            yield _key(_JOBS, job)
        return
    if orphaned:
        yield event.key
    labels = pod["metadata"].get("labels")
    if labels and (before is None or moved or before["metadata"].get("labels") != labels):
        for each in api.list("batch/v1", "Job", str(pod["metadata"]["namespace"])):
            known = cast("Document", each)
            if selected(known, pod):
                yield _key(_JOBS, known)


def _freed(api: Api, key: str) -> float | None:
    """Take the finalizer off a Pod that no Job is going to count."""
    pod = cast("Document | None", api.at("v1", "Pod", key))
    if pod is None:
        return None
    holder = controller_of(cast("JsonObject", pod))
    if holder is not None:
        if (holder["kind"], holder["apiVersion"]) != ("Job", "batch/v1"):
            return None
        job = _job_of(api, pod)
        if job is not None and not (_is_ours(job) and finished_type(job)):
            return None
    return None if let_go(api, pod) else AGAIN
