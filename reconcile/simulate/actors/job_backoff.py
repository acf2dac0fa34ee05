"""How long a Job waits before it makes a Pod in place of one that failed.

1. The pause begins when the last Pod failed: 10 s, and twice as long with each failure in a row, up
   to 10 minutes. A success ends the row.
2. What went before is in the world: in Pods that are there, and in the log of those that went.

Source: k8s.io/kubernetes pkg/controller/job/backoff_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.job_pods import has_finalizer, is_failed
from reconcile.simulate.actors.pods import condition_of, is_ended, moment, phase, status_of

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.pods import Document
    from reconcile.value.types import JsonObject

__all__ = ["Row", "finished_at", "pause", "row_of"]

_FIRST: Final = timedelta(seconds=10)
_LONGEST: Final = timedelta(minutes=10)


class Row(NamedTuple):
    """Failures since the last success."""

    failures: int = 0
    last: datetime | None = None

    def remaining(self, now: datetime) -> float:
        """Return the seconds until a new Pod may be made, 0 if it may now."""
        return pause(self.failures, self.last, now)

    def after(self, succeeded: Sequence[Document], failed: Sequence[Document]) -> Row:
        """Return the row when these Pods have ended and were seen at once.

        Guarantees: of Pods that are seen with one that succeeded, those count that failed later.
        """
        times = _times(failed)
        if not succeeded:
            return Row(self.failures + len(times), times[-1] if times else self.last)
        success = _times(succeeded)
        later = [each for each in times if not success or each > success[-1]]
        return Row(len(later), later[-1] if later else None)


def pause(failures: int, last: datetime | None, now: datetime) -> float:
    """Return the seconds that are left of the pause after some failures, 0 if it is over.

    Units: `last` is when the last of them was.
    """
    if failures <= 0 or last is None:
        return 0.0
    doubled: int = 2 ** min(failures - 1, 16)
    whole = min(_FIRST * doubled, _LONGEST)
    return max((whole - (now - last)).total_seconds(), 0.0)


def finished_at(pod: Document) -> datetime | None:
    """Return when a Pod ended, as well as it can be known."""
    found = _containers_end(pod)
    if found is not None:
        return found
    ready = condition_of(pod, "Ready")
    if ready is not None and ready.get("status") == "False":
        found = moment(ready.get("lastTransitionTime"))
        if found is not None:
            return found
    about = pod["metadata"]
    found = moment(about.get("deletionTimestamp"))
    if found is not None:
        return found - timedelta(seconds=about.get("deletionGracePeriodSeconds") or 0)
    return moment(about.get("creationTimestamp"))


def _containers_end(pod: Document) -> datetime | None:
    """Return when the last container ended, None unless all have."""
    known = status_of(pod)
    beside = [
        each.get("name")
        for each in pod["spec"].get("initContainers") or ()
        if each.get("restartPolicy") == "Always"
    ]
    main: list[Document] = list(known.get("containerStatuses") or ())
    sidecars: list[Document] = [
        each for each in known.get("initContainerStatuses") or () if each.get("name") in beside
    ]
    latest = _latest(main)
    if not sidecars:
        return latest
    ended = _latest(sidecars)
    return None if ended is None else max(ended, latest or ended)


def _latest(statuses: Sequence[Document]) -> datetime | None:
    latest: datetime | None = None
    for each in statuses:
        state: Document = each.get("state") or {}
        ended: Document = state.get("terminated") or {}
        found = moment(ended.get("finishedAt"))
        if found is None:
            return None
        latest = found if latest is None else max(latest, found)
    return latest


def row_of(
    api: Api, job: Document, key: str, succeeded: Sequence[Document], failed: Sequence[Document]
) -> Row:
    """Return the failures in a row of a Job.

    Shape: `key` is where the Job is kept; `succeeded` and `failed` are Pods that have ended and are
        not counted yet.
    Cost: linear in what happened since the Job was made, if Pods have failed.
    """
    row = Row()
    new = frozenset(str(each["metadata"]["uid"]) for each in (*succeeded, *failed))
    ignores = job["spec"].get("podFailurePolicy") is not None  # then not all are in the status
    if not succeeded and (failed or ignores or status_of(job).get("failed")):
        for pods in _earlier(api, job, key, new):
            won = [each for each in pods if phase(each) == "Succeeded"]
            lost = [each for each in pods if phase(each) != "Succeeded"]
            row = row.after(won, lost)
    return row.after(succeeded, failed)


def _times(pods: Iterable[Document]) -> list[datetime]:
    return sorted(found for each in pods if (found := finished_at(each)) is not None)


def _earlier(api: Api, job: Document, key: str, new: frozenset[str]) -> list[list[Document]]:
    """Return the Pods of a Job that ended before, as they ended: those seen at once together.

    Shape: in the order in which they were seen. Those whose end the log does not remember come
        first. Between two writes of the Job's status, all is seen at once.
    """
    looks = 0
    ended: dict[str, tuple[int, Document]] = {}
    whole = False
    for event in api.world.newest_first(0):
        if event.key == key:
            if event.before is None:
                whole = True
                break
            looks += event.before.get("status") != event.after.get("status")
        elif event.key.startswith("/Pod/"):
            pod = cast("Document", event.after)
            if has_finalizer(pod) and _ended(pod, job):
                ended[str(pod["metadata"]["uid"])] = (looks, pod)
    if not whole:
        for each in api.list("v1", "Pod", str(job["metadata"]["namespace"])):
            pod = cast("Document", each)
            if is_ended(pod) and _ended(pod, job):
                ended.setdefault(str(pod["metadata"]["uid"]), (looks + 1, pod))
    seen: dict[int, list[Document]] = {}
    for uid, (look, pod) in ended.items():
        if uid not in new:
            seen.setdefault(look, []).append(pod)
    return [seen[look] for look in sorted(seen, reverse=True)]


def _ended(pod: Document, job: Document) -> bool:
    """Return whether a Pod is one of a Job's and has ended for it."""
    holder = controller_of(cast("JsonObject", pod))
    if holder is None or holder["uid"] != job["metadata"]["uid"]:
        return False
    return phase(pod) == "Succeeded" or is_failed(pod, job)
