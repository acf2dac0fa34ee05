"""How long a DaemonSet waits before it deletes another failed Pod of the same Node.

1. Nothing is remembered: how often Pods failed is read from the log of the world, as far back as it
   goes. The count begins anew when the DaemonSet has another generation.

Source: k8s.io/kubernetes pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode;
k8s.io/client-go util/flowcontrol/backoff.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.daemonset_nodes import node_of
from reconcile.simulate.actors.parts import about, status_of
from reconcile.simulate.actors.pods import moment, phase

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.actors.pods import Document

__all__ = ["pause"]

_FIRST: Final = 1.0
_LONGEST: Final = 900.0


def pause(api: Api, owner: Document, key: str, node: str) -> float:
    """Return the seconds to wait before a failed Pod on a Node is deleted, 0 for at once.

    Shape: `key` is where the DaemonSet is kept.
    Cost: linear in the log of the world.
    """
    length, last = 0.0, None
    for when in reversed(list(_failures(api, owner, key, node))):
        fresh = last is None or (when - last).total_seconds() > 2 * _LONGEST
        length, last = _FIRST if fresh else min(2 * length, _LONGEST), when
    if last is None or (api.now - last).total_seconds() >= length:
        return 0.0
    return length


def _failures(api: Api, owner: Document, key: str, node: str) -> Iterator[datetime]:
    """Yield when failed Pods of a DaemonSet on a Node were deleted, newest first."""
    uid, generation = about(owner)["uid"], status_of(owner).get("observedGeneration")
    for event in api.world.newest_first(0):
        if event.key == key and status_of(event.after).get("observedGeneration") != generation:
            return
        if event.type != "DELETED" or not event.key.startswith("/Pod/"):
            continue
        pod = event.after
        holder = controller_of(pod)
        when = moment(about(pod).get("deletionTimestamp"))
        if (
            when is not None
            and holder is not None
            and holder["uid"] == uid
            and phase(pod) == "Failed"
            and node_of(pod) == node
        ):
            yield when
