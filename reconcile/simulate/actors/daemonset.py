"""The DaemonSet controller: a Pod on each Node that fits.

1. One look finds or makes the revision of the template, lets `daemonset_rollout` act, removes
   revisions that are too old, and writes the status if it says anything else.
2. A Node wakes a DaemonSet only if its labels or taints mean something to it; the deletion of a
   Node wakes nobody.

Source: k8s.io/kubernetes pkg/controller/daemon/daemon_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.actor import Later, controller_of
from reconcile.simulate.actors.available import is_available, next_available
from reconcile.simulate.actors.claiming import claim, selected
from reconcile.simulate.actors.daemonset_history import clean_up, find_revisions
from reconcile.simulate.actors.daemonset_nodes import fit, node_of
from reconcile.simulate.actors.daemonset_rollout import Rollout, is_updated, oldest_first
from reconcile.simulate.actors.parts import (
    about,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.pods import Document, is_ended, is_ready, terminating
from reconcile.simulate.actors.waking import Owners

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event

__all__ = ["DaemonSetController"]

_API: Final = "apps/v1"
_KIND: Final = "DaemonSet"
_OWNERS: Final = Owners(_API, _KIND)
_AGAIN: Final = 1.0
"""Seconds after which what was refused is tried again."""
_ALWAYS: Final = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
)
"""What a status says even if it is none."""


class DaemonSetController:
    """The controller of DaemonSets."""

    name = "daemonset-controller"

    def concerned(self, event: Event, api: Api) -> Iterable[str | Later]:
        """Yield the DaemonSets that changed, or whose Pods, revisions or Nodes did."""
        if event.key.startswith("apps/DaemonSet/"):
            return (event.key,)
        if event.key.startswith("/Pod/"):
            return _OWNERS.woken(event, api)
        if event.key.startswith("/Node/"):
            return _by_node(event, api)
        if event.key.startswith("apps/ControllerRevision/"):
            if event.type == "ADDED" and controller_of(event.after) is not None:
                return ()
            return _OWNERS.woken(event, api)
        return ()

    def sync(self, api: Api, key: str) -> float | None:
        """Put a DaemonSet right."""
        owner = api.at(_API, _KIND, key)
        if owner is None or terminating(owner):
            return None
        revisions = find_revisions(api, owner)
        if revisions is None:
            return _AGAIN
        nodes: dict[str, Document] = {name_of(node): node for node in api.list("v1", "Node")}
        pods = _pods(api, owner)
        if pods is None:
            return _AGAIN
        rollout = Rollout(api, owner, key, nodes, revisions.hashed)
        done = rollout.run(_by_node_name(pods))
        if done:
            pods = _pods(api, owner)
            placed = [pod for pod in pods or () if node_of(pod) is not None]
            done = pods is not None and clean_up(api, owner, revisions.old, placed)
        pods = _pods(api, owner)
        if pods is None:
            return _AGAIN
        status = _status(api, owner, nodes, _by_node_name(pods), revisions.hashed)
        if not (_write_status(api, owner, status) and done):
            return _AGAIN
        return _next_look(api, owner, status, pods, rollout.wait)


def _by_node(event: Event, api: Api) -> Iterator[Later]:
    """Yield the DaemonSets that a change of a Node means something to.

    Nodes have a queue of their own in front of that of DaemonSets, so others who are woken by a
    Node act first: an eviction says why before the DaemonSet deletes the Pod.
    """
    before, after = event.before, event.after
    if event.type == "DELETED" or (
        before is not None
        and labels_of(before) == labels_of(after)
        and (spec_of(before).get("taints") or []) == (spec_of(after).get("taints") or [])
    ):
        return
    node = api.get("v1", "Node", "", name_of(after))
    if node is None:
        return
    there: set[tuple[str, str]] = set()
    for pod in api.list("v1", "Pod"):
        holder = controller_of(pod)
        if holder is None or holder["kind"] != _KIND:
            continue
        if spec_of(pod).get("nodeName") == name_of(node):
            there.add((namespace_of(pod), holder["name"]))
    for owner in api.list(_API, _KIND):
        wanted = fit(owner, node)
        has = (namespace_of(owner), name_of(owner)) in there
        misplaced: int = status_of(owner).get("numberMisscheduled") or 0
        comes, goes = wanted.runs and not has, has and not wanted.stays
        if comes or goes or (has and misplaced > 0):
            yield Later(_OWNERS.key(owner), 0.0)


def _pods(api: Api, owner: Document) -> tuple[Document, ...] | None:
    """Return the Pods of a DaemonSet, None if one could not be adopted or let go."""
    around = list(api.list("v1", "Pod", namespace_of(owner)))
    claimed = claim(api, owner, around, lambda pod: selected(owner, pod))
    return None if claimed.failed else claimed.held


def _by_node_name(pods: Iterable[Document]) -> dict[str, list[Document]]:
    """Return Pods by the Nodes they are on or for, without those that are as good as gone."""
    found: dict[str, list[Document]] = {}
    for pod in pods:
        node = node_of(pod)
        if node is not None and not (is_ended(pod) and terminating(pod)):
            found.setdefault(node, []).append(pod)
    return found


def _status(
    api: Api,
    owner: Document,
    nodes: Mapping[str, Document],
    pods: Mapping[str, list[Document]],
    hashed: str,
) -> dict[str, Any]:
    """Return the status of a DaemonSet."""
    seconds: int = owner["spec"].get("minReadySeconds") or 0
    desired = current = misplaced = ready = updated = available = 0
    for name, node in nodes.items():
        there = pods.get(name)
        if not fit(owner, node).runs:
            misplaced += bool(there)
            continue
        desired += 1
        if there:
            pod = oldest_first(there)[0]
            current += 1
            ready += is_ready(pod)
            available += is_available(pod, seconds, api.now)
            updated += is_updated(owner, pod, hashed)
    counts = {
        "currentNumberScheduled": current,
        "numberMisscheduled": misplaced,
        "desiredNumberScheduled": desired,
        "numberReady": ready,
        "observedGeneration": about(owner).get("generation") or 0,
        "updatedNumberScheduled": updated,
        "numberAvailable": available,
        "numberUnavailable": desired - available,
    }
    kept = {name: value for name, value in status_of(owner).items() if name not in counts}
    return kept | {name: value for name, value in counts.items() if value or name in _ALWAYS}


def _write_status(api: Api, owner: Document, status: dict[str, Any]) -> bool:
    """Write a status if it says anything else; return whether it is written."""
    known = status_of(owner)
    names = dict.fromkeys((*status, *known))
    if all((known.get(name) or 0) == (status.get(name) or 0) for name in names):
        return True
    return api.update({**owner, "status": status}, "status").status == 200


def _next_look(
    api: Api,
    owner: Document,
    status: Mapping[str, Any],
    pods: Iterable[Document],
    wait: float | None,
) -> float | None:
    """Return the seconds until time alone gives a DaemonSet something to do, None for never."""
    seconds: int = owner["spec"].get("minReadySeconds") or 0
    waits = [] if wait is None else [wait]
    if seconds and status["numberReady"] != status.get("numberAvailable", 0):
        soon = next_available(pods, seconds, api.now)
        waits.append(float(seconds) if soon is None else min(soon, float(seconds)))
    return min(waits, default=None)
