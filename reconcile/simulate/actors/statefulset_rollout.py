"""What a StatefulSet does to its Pods: make, delete and replace them, in order or all at once.

1. In order (`OrderedReady`) nothing happens behind a Pod that is not yet running and available, nor
   before one that goes is gone. All at once (`Parallel`) each Pod is looked at by itself.
2. Scaling comes before updates; an update deletes one Pod, from the last ordinal down to the
   partition, and the next look makes it again.

`maxUnavailable` is behind a feature gate that is off; the server drops it.

Source: k8s.io/kubernetes pkg/controller/statefulset/stateful_set_control.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.simulate.actors.available import is_available
from reconcile.simulate.actors.pods import Document, is_ended, is_ready, phase, terminating
from reconcile.simulate.actors.statefulset_claims import (
    create_claims,
    is_stale,
    keep_policy,
    policy_kept,
)
from reconcile.simulate.actors.statefulset_identity import (
    has_identity,
    has_storage,
    in_range,
    ordinal_of,
    ordinals,
    replica,
    revision_name,
    with_identity,
    with_storage,
)
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import JsonObject

__all__ = ["Refused", "Revised", "Rollout"]

_DONE: Final = frozenset({200, 404})
"""What a deletion is answered with when the object goes, or is gone."""


class Refused(Exception):
    """The server refused something: to be tried again."""


class Revised(NamedTuple):
    """A StatefulSet with the template that it had at a revision."""

    owner: Document
    revision: str
    """The name of the revision."""


class Rollout:
    """One look at a StatefulSet and its Pods."""

    __slots__ = (
        "_api",
        "_condemned",
        "_current",
        "_ordered",
        "_owner",
        "_replicas",
        "_seconds",
        "_update",
        "counts",
    )

    def __init__(
        self, api: Api, owner: Document, pods: Sequence[Document], current: Revised, update: Revised
    ) -> None:
        self._api = api
        self._owner = owner
        self._current = current
        self._update = update
        self._seconds: int = owner["spec"].get("minReadySeconds") or 0
        self._ordered: bool = owner["spec"].get("podManagementPolicy") != "Parallel"
        found = {ordinal_of(pod): pod for pod in pods if in_range(pod, owner)}
        self._replicas = [found.get(each) or self._new(each) for each in ordinals(owner)]
        outside = (pod for pod in pods if ordinal_of(pod) >= 0 and not in_range(pod, owner))
        self._condemned = sorted(outside, key=ordinal_of, reverse=True)
        self.counts = self._counted(pods)

    def run(self) -> None:
        """Do what is to be done now. Raises: Refused, when some of it may have been done.

        Guarantees: `counts` are what the status says then.
        """
        if terminating(self._owner):
            return
        unhealthy = next(
            (pod for pod in (*self._replicas, *self._condemned[::-1]) if self._is_unavailable(pod)),
            None,
        )

        def condemn(pod: Document) -> bool:
            return self._condemn(pod, unhealthy)

        try:
            stopped = (
                self._each(self._replicas, self._keep)
                or self._each(self._condemned, self._keep_claims)
                or self._each(self._condemned, condemn)
            )
        finally:
            self.counts = self._counted([*self._replicas, *self._condemned])
        if not stopped and self._strategy.get("type") != "OnDelete":
            self._replace_one()

    @property
    def _strategy(self) -> Document:
        return cast("Document", self._owner["spec"].get("updateStrategy") or {})

    @property
    def _rolling(self) -> Document | None:
        return cast("Document | None", self._strategy.get("rollingUpdate"))

    def _new(self, ordinal: int) -> JsonObject:
        """Return the Pod that is missing at an ordinal, of the revision that is due there."""
        rolling, start = self._rolling, ordinals(self._owner).start
        if rolling is not None:
            kept = ordinal < start + (rolling.get("partition") or 0)
        else:
            status = cast("Document", self._owner.get("status") or {})
            ready = status.get("currentReplicas") or 0
            kept = self._strategy.get("type") == "RollingUpdate" and ordinal < start + ready
        revised = self._current if kept else self._update
        return replica(revised.owner, ordinal, revised.revision)

    def _each(self, pods: Sequence[Document], act: Callable[[Document], bool]) -> bool:
        """Look at Pods in order until one says stop, or at all; return whether to stop here."""
        if self._ordered:
            return any(act(pod) for pod in pods)
        place, size = 0, 1
        while place < len(pods):  # as many again as went well before
            failure = None
            for pod in pods[place : place + size]:
                try:
                    act(pod)
                except Refused as refused:
                    failure = refused
            if failure is not None:
                raise failure
            place, size = place + size, 2 * size
        return False

    def _is_unavailable(self, pod: Document) -> bool:
        return terminating(pod) or not self._is_available(pod)

    def _is_available(self, pod: Document) -> bool:
        return is_available(pod, self._seconds, self._api.now)

    def _keep(self, pod: Document) -> bool:
        """Put the Pod of an ordinal right; return whether those behind it have to wait."""
        if is_ended(pod):
            if not terminating(pod):
                self._delete(pod)
            return True
        if not phase(pod):
            if is_stale(self._api, self._owner, pod):
                return True
            self._create(pod)
            if self._ordered:
                return True
        if phase(pod) == "Pending" and not (
            create_claims(self._api, self._owner, pod) and keep_policy(self._api, self._owner, pod)
        ):
            raise Refused
        if self._ordered and (
            terminating(pod) or not _is_running_and_ready(pod) or not self._is_available(pod)
        ):
            return True
        if not (
            has_identity(self._owner, pod)
            and has_storage(self._owner, pod)
            and policy_kept(self._api, self._update.owner, pod)
        ):
            self._repair(pod)
        return False

    def _create(self, pod: Document) -> None:
        if not create_claims(self._api, self._owner, pod):
            raise Refused
        answer = self._api.create(pod)
        if answer.status == 409 or not keep_policy(self._api, self._owner, pod):
            raise Refused
        if answer.status != 201:
            raise Refused

    def _repair(self, pod: Document) -> None:
        """Give a Pod back its identity and storage, and its claims their owners."""
        owner = self._update.owner
        wanted = cast("dict[str, Any]", thaw(cast("JsonObject", pod)))
        if not has_identity(owner, pod):
            with_identity(owner, wanted)
        if not has_storage(owner, pod):
            with_storage(owner, wanted)
            if not create_claims(self._api, owner, pod):
                raise Refused
        if not policy_kept(self._api, owner, pod) and not keep_policy(self._api, owner, pod):
            raise Refused
        if self._api.update(wanted).status != 200:
            raise Refused

    def _keep_claims(self, pod: Document) -> bool:
        """Let the claims of a Pod that is to go belong to it, if the policy says so."""
        owner = self._update.owner
        if not policy_kept(self._api, owner, pod) and not keep_policy(self._api, owner, pod):
            raise Refused
        return False

    def _condemn(self, pod: Document, unhealthy: Document | None) -> bool:
        """Delete a Pod that is too many; return whether the others have to wait."""
        if terminating(pod):
            return self._ordered
        healthy = _is_running_and_ready(pod) and self._is_available(pod)
        if self._ordered and not healthy and pod is not unhealthy:
            return True
        self._delete(pod)
        return True

    def _replace_one(self) -> None:
        """Delete the last Pod that is not of the update revision, unless one behind it waits."""
        first = (self._rolling or {}).get("partition") or 0
        for pod in self._replicas[first:][::-1]:
            if revision_name(pod) != self._update.revision and not terminating(pod):
                self._delete(pod)
                self.counts["currentReplicas"] -= 1
                return
            if self._is_unavailable(pod):
                return

    def _delete(self, pod: Document) -> None:
        if self._api.delete(pod).status not in _DONE:
            raise Refused

    def _counted(self, pods: Sequence[Document]) -> dict[str, int]:
        """Return what the status says of Pods that were created."""
        made = [pod for pod in pods if phase(pod)]
        ready = [pod for pod in made if _is_running_and_ready(pod)]
        staying = [revision_name(pod) for pod in made if not terminating(pod)]
        return {
            "replicas": len(made),
            "readyReplicas": len(ready),
            "availableReplicas": sum(self._is_available(pod) for pod in ready),
            "currentReplicas": staying.count(self._current.revision),
            "updatedReplicas": staying.count(self._update.revision),
        }


def _is_running_and_ready(pod: Document) -> bool:
    return phase(pod) == "Running" and is_ready(pod)
