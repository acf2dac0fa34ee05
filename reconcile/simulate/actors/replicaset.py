"""ReplicaSets and ReplicationControllers: as many Pods as are wanted, a status that counts them.

1. A Pod that is being deleted, or has ended, does not count: another one is made at once.
2. Pods are made in batches that double, so that what is refused is not asked for many times.
3. The status counts the Pods as they were before this look made or deleted any.
4. A ReplicationController is a ReplicaSet with labels for a selector that does not count Pods on
   their way.

Source: k8s.io/kubernetes pkg/controller/replicaset/replica_set.go and replica_set_utils.go,
pkg/controller/replication/replication_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.objects.selector import selects
from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.available import is_available, next_available
from reconcile.simulate.actors.claiming import claim
from reconcile.simulate.actors.parts import about, labels_of, name_of, namespace_of, spec_of
from reconcile.simulate.actors.pods import (
    Document,
    condition_of,
    is_active,
    is_ended,
    is_ready,
    moment,
    pod_of,
    status_of,
    terminating,
)
from reconcile.simulate.actors.refusals import closing, patience, refused, said
from reconcile.simulate.actors.replica_order import to_delete
from reconcile.simulate.server.clock import stamp
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonIn

__all__ = ["ReplicaSetController", "ReplicationControllerController"]

_PODS: Final = "/Pod/"
_BURST: Final = 500
"""Pods that are made or deleted in one look at most."""
_FAILURE: Final = "ReplicaFailure"
_AGAIN: Final = 1.0
"""Seconds after which to look again when something was refused that nothing tells since when."""


class ReplicaSetController:
    """Keeps the Pods of ReplicaSets."""

    name = "replicaset-controller"
    _version = "apps/v1"
    _kind = "ReplicaSet"
    _prefix = "apps/ReplicaSet/"

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield an owner of Pods that was written, and those that a Pod has or might have."""
        if event.key.startswith(self._prefix):
            yield event.key
        elif event.key.startswith(_PODS):
            yield from dict.fromkeys(self._of_pod(event, api))

    def sync(self, api: Api, key: str) -> float | None:
        """Make or delete Pods, then write the status if it is not as it should be."""
        found = api.at(self._version, self._kind, key)
        if found is None:
            return None
        around: list[Document] = []
        ending = 0
        for pod in api.list("v1", "Pod", namespace_of(found)):
            holder = controller_of(pod)
            if holder is not None and holder["uid"] != about(found)["uid"]:
                continue
            if is_active(pod):
                around.append(pod)
            elif holder is not None and not is_ended(pod):
                ending += _selected(found, pod)
        claimed = claim(api, found, around, lambda pod: _selected(found, pod))
        if claimed.failed:
            return _AGAIN
        active = claimed.held
        wrong = None if terminating(found) else _manage(api, found, active)
        written = _write(api, found, _status(api, found, active, ending, wrong))
        if written is None:
            return _AGAIN
        if wrong is not None:
            failure = condition_of(written, _FAILURE) or {}
            return patience(api.now, moment(failure.get("lastTransitionTime")))
        told = status_of(written)
        wait = int(spec_of(written).get("minReadySeconds") or 0)
        if wait > 0 and told.get("readyReplicas", 0) != told.get("availableReplicas", 0):
            after = next_available(active, wait, api.now)
            return wait if after is None else after
        return None

    def _of_pod(self, event: Event, api: Api) -> Iterator[str]:
        """Yield the owners that a Pod had or has, or those that might adopt it."""
        namespace = namespace_of(event.after)
        holder = controller_of(event.after)
        before = None if event.before is None else controller_of(event.before)
        for each in (before, holder):
            if each is not None and each["kind"] == self._kind:
                key = f"{self._prefix}{namespace}/{each['name']}"
                held = api.world.objects.get(key)
                if held is not None and held.metadata["uid"] == each["uid"]:
                    yield key
        if event.type == "DELETED" or holder is not None or terminating(event.after):
            return
        known = event.before is not None and before is None
        if known and labels_of(event.before or {}) == labels_of(event.after):
            return
        for found in api.list(self._version, self._kind, namespace):
            if _selected(found, event.after):
                yield f"{self._prefix}{namespace}/{name_of(found)}"


class ReplicationControllerController(ReplicaSetController):
    """Keeps the Pods of ReplicationControllers."""

    name = "replicationcontroller-controller"
    _version = "v1"
    _kind = "ReplicationController"
    _prefix = "/ReplicationController/"


def _selected(found: Document, pod: Document) -> bool:
    """Return whether an owner selects a Pod."""
    selector = spec_of(found)["selector"]
    if _is_old(found):
        selector = {"matchLabels": selector}
    return selects(selector, labels_of(pod))


def _is_old(found: Document) -> bool:
    return found.get("kind") == "ReplicationController"


def _manage(api: Api, found: Document, active: Sequence[Document]) -> str | None:
    """Make or delete Pods; return what the server said when it refused the first of them."""
    more = int(spec_of(found)["replicas"]) - len(active)
    if more > 0:
        return _create(api, found, min(more, _BURST))
    wrong: str | None = None
    if more < 0:
        for pod in to_delete(active, _related(api, found), min(-more, _BURST), api.now):
            answer = api.delete(cast("JsonIn", pod))
            if refused(answer) and answer.status != 404 and wrong is None:
                wrong = f"unable to delete pods: {said(answer)}"
    return wrong


def _create(api: Api, found: Document, count: int) -> str | None:
    """Make Pods, first one, then twice as many at a time; stop behind a batch with a refusal."""
    batch = min(1, count)
    while batch > 0:
        wrong: str | None = None
        for _ in range(batch):
            answer = api.create(pod_of(spec_of(found)["template"], found))
            if refused(answer) and not closing(answer) and wrong is None:
                wrong = said(answer)
        if wrong is not None:
            return wrong
        count -= batch
        batch = min(2 * batch, count)
    return None


def _related(api: Api, found: Document) -> list[Document]:
    """Return the Pods that ReplicaSets with the same controller select: those of a Deployment."""
    holder = controller_of(found)
    if holder is None:
        return []
    alike = [
        each
        for each in api.list(found["apiVersion"], found["kind"], namespace_of(found))
        if (controller_of(each) or {}).get("uid") == holder["uid"]
    ]
    pods = api.list("v1", "Pod", namespace_of(found))
    return [pod for pod in pods if any(_selected(each, pod) for each in alike)]


def _status(
    api: Api, found: Document, active: Sequence[Document], ending: int, wrong: str | None
) -> dict[str, Any]:
    """Return the status that an owner should have."""
    wanted = spec_of(found)
    labels = labels_of(wanted["template"])
    wait = int(wanted.get("minReadySeconds") or 0)
    counts = {
        "fullyLabeledReplicas": sum(_has(pod, labels) for pod in active),
        "readyReplicas": sum(is_ready(pod) for pod in active),
        "availableReplicas": sum(is_available(pod, wait, api.now) for pod in active),
    }
    made: dict[str, Any] = {name: count for name, count in counts.items() if count}
    made["replicas"] = len(active)
    if not _is_old(found):
        made["terminatingReplicas"] = ending
    made["observedGeneration"] = about(found).get("generation", 0)
    known: Sequence[Mapping[str, Any]] = status_of(found).get("conditions") or ()
    conditions = list(known)
    if wrong is None:
        conditions = [each for each in known if each["type"] != _FAILURE]
    elif condition_of(found, _FAILURE) is None:
        fewer = len(active) < int(wanted["replicas"])
        failure = {
            "type": _FAILURE,
            "status": "True",
            "lastTransitionTime": stamp(api.now),
            "reason": "FailedCreate" if fewer else "FailedDelete",
            "message": wrong,
        }
        conditions.append(failure)
    if conditions:
        made["conditions"] = conditions
    return made


def _has(pod: Document, labels: Mapping[str, str]) -> bool:
    has = labels_of(pod)
    return all(has.get(name) == value for name, value in labels.items())


def _write(api: Api, found: Document, wanted: dict[str, Any]) -> Document | None:
    """Write a status if it is another; return the owner with it, None if it is refused.

    A refusal is answered by one more attempt on the owner as it is then.
    """
    if equal(cast("JsonIn", status_of(found)), wanted):
        return found
    answer = api.update(cast("JsonIn", {**found, "status": wanted}), "status")
    if refused(answer):
        now = api.get(found["apiVersion"], found["kind"], namespace_of(found), name_of(found))
        answer = api.update(cast("JsonIn", {**(now or found), "status": wanted}), "status")
    return None if refused(answer) else cast("Document", answer.body)
