"""When ready Pods count as available: after they have been ready for `minReadySeconds`.

Source: k8s.io/kubernetes pkg/api/v1/pod/util.go, IsPodAvailable;
pkg/controller/controller_utils.go, FindMinNextPodAvailabilityCheck.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from reconcile.simulate.actors.pods import Document, condition_of, is_ready, moment

__all__ = ["is_available", "next_available"]


def is_available(pod: Document, seconds: int, now: datetime) -> bool:
    """Return whether a Pod has been ready for so many seconds."""
    if seconds == 0:
        return is_ready(pod)
    since = _ready_since(pod)
    return since is not None and since + timedelta(seconds=seconds) <= now


def next_available(pods: Iterable[Document], seconds: int, now: datetime) -> float | None:
    """Return the seconds until the next of some ready Pods is available, None if none will be."""
    if seconds <= 0:
        return None
    waits = (
        (since + timedelta(seconds=seconds) - now).total_seconds()
        for since in map(_ready_since, pods)
        if since is not None
    )
    return min((wait for wait in waits if wait > 0), default=None)


def _ready_since(pod: Document) -> datetime | None:
    """Return since when a Pod is ready, None if it is not, or if nobody said when."""
    condition = condition_of(pod, "Ready")
    if condition is None or condition.get("status") != "True":
        return None
    return moment(condition.get("lastTransitionTime"))
