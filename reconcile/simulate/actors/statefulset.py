"""The StatefulSet controller: Pods that have names of their own, and revisions of their template.

1. One look finds or makes the revision of the template, lets `statefulset_rollout` act, writes the
   status if it says anything else, and removes revisions that are too old.
2. Claims are not watched: whoever deletes one wakes nobody.

Source: k8s.io/kubernetes pkg/controller/statefulset/stateful_set.go, stateful_set_control.go,
stateful_set_status_updater.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.simulate.actors import history
from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.available import next_available
from reconcile.simulate.actors.claiming import adopt, claim, selected
from reconcile.simulate.actors.parts import about, labels_of, name_of, namespace_of, status_of
from reconcile.simulate.actors.pods import Document, terminating
from reconcile.simulate.actors.statefulset_identity import is_member, revision_name
from reconcile.simulate.actors.statefulset_rollout import Refused, Revised, Rollout
from reconcile.simulate.actors.waking import Owners
from reconcile.simulate.go.strategic import StrategicError, merge_strategic
from reconcile.value.equality import equal
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["StatefulSetController"]

_API: Final = "apps/v1"
_KIND: Final = "StatefulSet"
_OWNERS: Final = Owners(_API, _KIND)
_HASH: Final = "controller.kubernetes.io/hash"
_AGAIN: Final = 1.0
"""Seconds after which what was refused is tried again."""
_COMPARED: Final = (
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "currentRevision",
    "updateRevision",
)
"""What of a status has to differ for it to be written."""
_ALWAYS: Final = ("replicas", "availableReplicas", "collisionCount")
"""What a status says even if it is none."""


class StatefulSetController:
    """The controller of StatefulSets."""

    name = "statefulset-controller"

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield the StatefulSets that changed, or whose Pods did."""
        if event.key.startswith("apps/StatefulSet/"):
            return (event.key,)
        return _OWNERS.woken(event, api) if event.key.startswith("/Pod/") else ()

    def sync(self, api: Api, key: str) -> float | None:
        """Put a StatefulSet right."""
        found = api.at(_API, _KIND, key)
        if found is None:
            return None
        owner: Document = found
        if not _adopt_revisions(api, owner):
            return _AGAIN
        around = api.list("v1", "Pod", namespace_of(owner))
        claimed = claim(
            api, owner, around, lambda pod: selected(owner, pod) and is_member(owner, pod)
        )
        if claimed.failed:
            return _AGAIN
        return _put_right(api, owner, claimed.held)


def _revisions(api: Api, owner: Document) -> list[Document]:
    """Return the revisions that a StatefulSet controls, and those that nobody does, in order."""
    uid = about(owner)["uid"]
    found: list[Document] = []
    for each in api.list(_API, history.KIND, namespace_of(owner)):
        holder = controller_of(each)
        if (holder is None or holder["uid"] == uid) and selected(owner, each):
            found.append(each)
    return history.in_order(found)


def _adopt_revisions(api: Api, owner: Document) -> bool:
    """Adopt revisions that nobody controls; return whether that went well."""
    orphans = [each for each in _revisions(api, owner) if controller_of(each) is None]
    if orphans and terminating(owner):
        return False
    return all(adopt(api, owner, each) is not None for each in orphans)


class _Current(NamedTuple):
    """The revisions that a StatefulSet moves between, and how often a name was taken."""

    current: Document
    update: Document
    collisions: int


def _put_right(api: Api, owner: Document, pods: Sequence[Document]) -> float | None:
    revisions = _revisions(api, owner)
    found = _find_revisions(api, owner, revisions)
    if found is None:
        return _AGAIN
    old, new = (_restored(api, owner, each) for each in (found.current, found.update))
    if old is None or new is None:
        return _AGAIN
    current = Revised(old, name_of(found.current))
    update = Revised(new, name_of(found.update))
    rollout = Rollout(api, owner, pods, current, update)
    done = True
    try:
        rollout.run()
    except Refused:
        done = False
    status = _status(owner, rollout.counts, found)
    done = _write_status(api, owner, status) and done
    live = {current.revision, update.revision, *map(revision_name, pods)}
    for each in history.excess(revisions, live, owner["spec"].get("revisionHistoryLimit", 10)):
        done = api.delete(each).status in (200, 404) and done
    if not done:
        return _AGAIN
    seconds: int = owner["spec"].get("minReadySeconds") or 0
    if not seconds or status.get("readyReplicas", 0) == status["availableReplicas"]:
        return None
    wait = next_available(pods, seconds, api.now)
    return float(seconds) if wait is None else wait


def _find_revisions(api: Api, owner: Document, revisions: Sequence[Document]) -> _Current | None:
    """Return the revision of the template, made if need be, and the one that Pods come from."""
    collisions: int = status_of(owner).get("collisionCount") or 0
    patch = history.patch_of(owner)
    number = history.number_of(revisions[-1]) + 1 if revisions else 1
    labels = labels_of(owner["spec"]["template"])
    wanted = history.revision_of(owner, labels, patch, "", number)
    equals = [each for each in revisions if history.same(each, wanted)]
    update: Document | None
    if equals and history.same(revisions[-1], equals[-1]):
        update = revisions[-1]
    elif equals:
        update = history.renumber(api, equals[-1], number)
    elif revisions and _does(api, owner, revisions[-1], patch):
        update = revisions[-1]
    else:
        update, collisions = history.create(api, owner, wanted, collisions, _HASH)
    if update is None:
        return None
    told = status_of(owner).get("currentRevision")
    current = next((each for each in revisions if name_of(each) == told), update)
    return _Current(current, update, collisions)


def _restored(api: Api, owner: Document, revision: Document) -> Document | None:
    """Return a StatefulSet with the template of a revision, None if its data are no patch."""
    if equal(revision.get("data"), history.patch_of(owner)):
        return owner
    served = api.server.catalogue.find_kind(_API, _KIND)
    whole = cast("JsonObject", thaw(cast("JsonObject", owner)))
    patch = thaw(revision.get("data"))
    if served is None or not isinstance(patch, dict):
        return None
    try:
        made = merge_strategic(whole, patch, served.schema)
    except StrategicError:
        return None
    holder = made.get("spec")
    if not isinstance(holder, dict) or not isinstance(holder.get("template"), dict):
        return None
    return served.completed(made)


def _does(api: Api, owner: Document, revision: Document, patch: JsonObject) -> bool:
    """Return whether a revision, with all defaults, does what a patch does."""
    restored = _restored(api, owner, revision)
    return restored is not None and equal(history.patch_of(restored), patch)


def _status(owner: Document, counts: dict[str, int], found: _Current) -> dict[str, Any]:
    """Return the status of a StatefulSet; an update that all Pods have got is over."""
    status: dict[str, Any] = {
        "observedGeneration": about(owner).get("generation", 0),
        **counts,
        "currentRevision": name_of(found.current),
        "updateRevision": name_of(found.update),
        "collisionCount": found.collisions,
    }
    wanted: int = owner["spec"]["replicas"]
    strategy = cast("Document", owner["spec"].get("updateStrategy") or {})
    reached = (counts["updatedReplicas"], counts["readyReplicas"], counts["replicas"])
    if strategy.get("type") == "RollingUpdate" and set(reached) == {wanted}:
        status["currentReplicas"] = status["updatedReplicas"]
        status["currentRevision"] = status["updateRevision"]
    return {name: value for name, value in status.items() if value or name in _ALWAYS}


def _write_status(api: Api, owner: Document, status: dict[str, Any]) -> bool:
    """Write a status if it says anything else; return whether it is written."""
    known = status_of(owner)
    seen: int = known.get("observedGeneration") or 0
    if status.get("observedGeneration", 0) <= seen and all(
        (known.get(name) or "") == (status.get(name) or "") for name in _COMPARED
    ):
        return True
    return api.update({**owner, "status": status}, "status").status == 200
