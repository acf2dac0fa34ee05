"""What a DaemonSet does to its Pods: one on each fitting Node, replaced for a new template.

1. First each Node gets the Pods it should have (`manage`); only when nothing was to be done there,
   an update deletes old Pods, or makes new ones beside them if `maxSurge` allows it.
2. Nodes are looked at by name.

Source: k8s.io/kubernetes pkg/controller/daemon/daemon_controller.go, update.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.objects.int_or_string import scaled
from reconcile.simulate.actors.available import is_available
from reconcile.simulate.actors.daemonset_backoff import pause
from reconcile.simulate.actors.daemonset_nodes import Fit, fit, for_node, with_tolerations
from reconcile.simulate.actors.history import HASH_LABEL
from reconcile.simulate.actors.parts import about, annotations_of, labels_of, name_of
from reconcile.simulate.actors.pods import Document, is_ready, phase, pod_of, terminating
from reconcile.simulate.actors.refusals import closing, refused

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api

__all__ = ["Rollout", "is_updated", "oldest_first"]

_GENERATION: Final = "deprecated.daemonset.template.generation"
_GENERATION_LABEL: Final = "pod-template-generation"
_MOST: Final = 250
"""How many Pods are made, and how many deleted, at a time."""


def oldest_first(pods: Iterable[Document]) -> list[Document]:
    """Return Pods in order: those that are bound first, then by age, then by name."""
    return sorted(
        pods,
        key=lambda pod: (
            not pod["spec"].get("nodeName"),
            about(pod).get("creationTimestamp") or "",
            name_of(pod),
        ),
    )


def is_updated(owner: Document, pod: Document, hashed: str) -> bool:
    """Return whether a Pod has the template that the DaemonSet has today."""
    labels = labels_of(pod)
    generation = _generation(owner)
    if generation is not None and labels.get(_GENERATION_LABEL) == generation:
        return True
    return bool(hashed) and labels.get(HASH_LABEL) == hashed


def _generation(owner: Document) -> str | None:
    """Return the number of the template that an annotation tells, None if it tells none."""
    told = annotations_of(owner).get(_GENERATION)
    try:
        return None if told is None else str(int(told))
    except ValueError:
        return None


class _Plan(NamedTuple):
    """Pods to delete, and Nodes that need one."""

    delete: list[Document]
    create: list[str]


class _OnNode(NamedTuple):
    """The Pods on a Node that are not being deleted, of today's template and of an older one."""

    new: Document | None
    old: Document | None


class Rollout:
    """One look at a DaemonSet, its Nodes and its Pods."""

    __slots__ = ("_api", "_fits", "_hash", "_key", "_owner", "_pods", "_seconds", "wait")

    def __init__(
        self, api: Api, owner: Document, key: str, nodes: Mapping[str, Document], hashed: str
    ) -> None:
        self._api = api
        self._owner = owner
        self._key = key
        self._hash = hashed
        self._seconds: int = owner["spec"].get("minReadySeconds") or 0
        self._fits: dict[str, Fit] = {name: fit(owner, node) for name, node in nodes.items()}
        self._pods: dict[str, list[Document]] = {}
        self.wait: float | None = None
        """Seconds until a failed Pod may be deleted, None if none waits."""

    def run(self, pods: Mapping[str, list[Document]]) -> bool:
        """Do what is to be done now; return whether the server let it be done.

        Shape: `pods` are those of each Node, without those that have ended and are being deleted.
        """
        self._pods = {name: list(pods[name]) for name in sorted(pods)}
        plan = self._managed()
        if plan.delete or plan.create:
            return self._do(plan)
        if self._strategy.get("type") == "OnDelete":
            return True
        count = sum(each.runs for each in self._fits.values())
        surge = self._limit("maxSurge", count)
        update = self._surging(count, surge) if surge else self._replacing(count)
        return update is not None and self._do(update)

    @property
    def _strategy(self) -> Document:
        return cast("Document", self._owner["spec"].get("updateStrategy") or {})

    @property
    def _may_surge(self) -> bool:
        """Whether a Node may have two Pods."""
        return self._limit("maxSurge", 1) > 0

    def _limit(self, name: str, count: int) -> int:
        """Return how many of so many Nodes a limit of the update strategy allows."""
        rolling = cast("Document", self._strategy.get("rollingUpdate") or {})
        if self._strategy.get("type") != "RollingUpdate" or rolling.get(name) is None:
            return 0
        return scaled(rolling[name], count, round_up=True)

    def _is_available(self, pod: Document) -> bool:
        return is_available(pod, self._seconds, self._api.now)

    def _managed(self) -> _Plan:
        """Return what is to be done so that each Node has the Pods it should have."""
        plan = _Plan([], [])
        for name in sorted(self._fits):
            wanted, there = self._fits[name], self._pods.get(name)
            if wanted.runs and there is None:
                plan.create.append(name)
            elif wanted.stays:
                running = self._running(name, there or [], plan)
                if self._may_surge:
                    self._thin_out(name, running, plan)
                else:
                    plan.delete.extend(running[1:])
            else:
                plan.delete.extend(pod for pod in there or () if not terminating(pod))
        for name, pods in self._pods.items():  # of Nodes that are gone
            if name not in self._fits:
                plan.delete.extend(pod for pod in pods if not pod["spec"].get("nodeName"))
        return plan

    def _running(self, node: str, pods: Iterable[Document], plan: _Plan) -> list[Document]:
        """Return the Pods on a Node that run or will; those that have ended are to be deleted."""
        running: list[Document] = []
        for pod in pods:
            if terminating(pod):
                continue
            if phase(pod) == "Failed":
                if wait := pause(self._api, self._owner, self._key, node):
                    self.wait = wait if self.wait is None else min(wait, self.wait)
                else:
                    plan.delete.append(pod)
            elif phase(pod) == "Succeeded":
                plan.delete.append(pod)
            else:
                running.append(pod)
        return oldest_first(running)

    def _thin_out(self, node: str, running: Sequence[Document], plan: _Plan) -> None:
        """Leave a Node one Pod, or two while the new one is not available but the old one is."""
        if not running and self._fits[node].runs:
            plan.create.append(node)
        if len(running) <= 1:
            return
        new = [pod for pod in running if labels_of(pod).get(HASH_LABEL) == self._hash]
        old = [pod for pod in running if labels_of(pod).get(HASH_LABEL) != self._hash]
        kept = (*new[:1], *old[:1])
        plan.delete.extend(pod for pod in running if not any(pod is each for each in kept))
        if new and old and (not is_ready(old[0]) or self._is_available(new[0])):
            plan.delete.append(old[0])

    def _nodes(self) -> Iterable[str]:
        """Return the Nodes that have a Pod or should have one, by name."""
        wanted = {name for name, each in self._fits.items() if each.runs}
        return sorted(wanted | self._pods.keys())

    def _on(self, node: str) -> _OnNode | None:
        """Return the Pods of a Node that an update is about, None if there are too many."""
        new: Document | None = None
        old: Document | None = None
        for pod in self._pods.get(node) or ():
            if terminating(pod):
                continue
            if is_updated(self._owner, pod, self._hash):
                if new is not None:
                    return None
                new = pod
            else:
                if old is not None:
                    return None
                old = pod
        return _OnNode(new, old)

    def _replacing(self, count: int) -> _Plan:
        """Return which old Pods to delete, so that not too many Nodes are without a Pod.

        Shape: `count` Nodes want a Pod.
        """
        most = self._limit("maxUnavailable", count) or (1 if count else 0)
        unavailable = 0
        at_once: list[Document] = []
        candidates: list[Document] = []
        for node in self._nodes():
            found = self._on(node)
            if found is None or (found.new is None) is (found.old is None):
                unavailable += 1
            elif found.old is None:
                unavailable += not self._is_available(cast("Document", found.new))
            elif not self._is_available(found.old):
                at_once.append(found.old)
                unavailable += 1
            elif unavailable < most:
                candidates.append(found.old)
        return _Plan([*at_once, *candidates[: max(0, most - unavailable)]], [])

    def _surging(self, count: int, most: int) -> _Plan | None:
        """Return which old Pods to delete and which Nodes get a new one beside the old one.

        Shape: `count` Nodes want a Pod, `most` may have two. None if an old Pod is on a Node that
            is gone: that cannot be judged.
        """
        surging, available = 0, 0
        plan = _Plan([], [])
        leaving: list[Document] = []
        candidates: list[str] = []
        for node in self._nodes():
            found = self._on(node)
            if found is None:
                surging += 1
                continue
            new, old = found
            one = new if old is None else old
            available += one is not None and self._is_available(one)
            if old is None:
                continue
            if new is not None:
                if self._is_available(new):
                    plan.delete.append(old)
                else:
                    surging += 1
            elif node not in self._fits:
                return None
            elif not self._fits[node].runs:
                (leaving if self._is_available(old) else plan.delete).append(old)
            elif not self._is_available(old):
                plan.create.append(node)
            elif surging < most:
                candidates.append(node)
        plan.delete.extend(leaving[: max(0, available - count)])
        plan.create.extend(candidates[: max(0, most - surging)])
        return plan

    def _do(self, plan: _Plan) -> bool:
        """Make and delete Pods; return whether the server let it be done."""
        done, place, size = True, 0, 1
        wanted = plan.create[:_MOST]
        while place < len(wanted) and done:  # as many again as went well before
            for node in wanted[place : place + size]:
                answer = self._api.create(self._pod(node))
                done = done and (not refused(answer) or closing(answer))
            place, size = place + size, 2 * size
        for pod in plan.delete[:_MOST]:
            done = self._api.delete(pod).status in (200, 404) and done
        return done

    def _pod(self, node: str) -> dict[str, Any]:
        """Return the Pod for a Node, not yet sent."""
        pod = pod_of(self._owner["spec"]["template"], self._owner)
        labels = {**labels_of(pod), HASH_LABEL: self._hash}
        generation = _generation(self._owner)
        if generation is not None:
            labels[_GENERATION_LABEL] = generation
        pod["metadata"]["labels"] = labels
        with_tolerations(pod["spec"])
        for_node(pod["spec"], node)
        return pod
