"""How the ReplicaSets of a Deployment are made, scaled and cleaned up.

1. One look reads once. What it wrote itself it does not read again: another write of the same
   object then is refused, and the next look goes on. The real controller does so with its cache.
2. Whatever the server refuses ends the look.

Source: k8s.io/kubernetes pkg/controller/deployment/sync.go, rolling.go, recreate.go, rollback.go
and progress.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.deployment_sets import (
    HASH,
    REVISION,
    ROLLBACK,
    annotate,
    annotate_sizes,
    annotations_after_rollback,
    by_age,
    by_revision,
    last_revision,
    new_and_old,
    new_set,
    next_revision,
    revision_of,
    same_template,
)
from reconcile.simulate.actors.deployment_sizes import (
    DESIRED,
    LARGEST,
    is_rolling,
    max_unavailable,
    new_size,
    saturated,
    shares,
    size,
    total,
)
from reconcile.simulate.actors.deployment_status import (
    PROGRESSING,
    complete,
    condition,
    counted,
    has_deadline,
    next_check,
    rollout_status,
    set_condition,
)
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.pods import Document, condition_of, is_ended, terminating
from reconcile.simulate.actors.refusals import (
    RefusedError,
    accepted,
    closing,
    reason,
    refused,
    said,
)
from reconcile.value.equality import equal

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import JsonIn

__all__ = ["Rollout"]


class Rollout:
    """One look at a Deployment. What it does raises RefusedError when the server refuses it."""

    __slots__ = ("api", "deployment", "sets")

    def __init__(self, api: Api, deployment: dict[str, Any], sets: Iterable[Document]) -> None:
        self.api = api
        self.deployment = deployment
        """The Deployment as it was read, with what this look knows of it since."""
        self.sets = by_age(sets)
        """The ReplicaSets that it holds, as they were read."""
        deployment.setdefault("status", {})

    # -- what there is --------------------------------------------------------------------------

    def find(self, *, create: bool = False) -> tuple[Document | None, list[Document]]:
        """Return the new ReplicaSet and the old ones; the revision is put right, and written.

        Shape: `create` makes the new one if there is none.
        """
        new, old = new_and_old(self.deployment, self.sets)
        revision = next_revision(old)
        if new is not None:
            return self._renewed(new, revision), old
        return (self._created(old, revision) if create else None), old

    def _renewed(self, new: Document, revision: int) -> Document:
        made = changed(new)
        wait = spec_of(self.deployment).get("minReadySeconds", 0)
        differs = annotate(self.deployment, made, revision)
        if differs or spec_of(new).get("minReadySeconds", 0) != wait:
            made["spec"]["minReadySeconds"] = wait
            return cast("Document", accepted(self.api.update(made)).body)
        writes = self._revise(annotations_of(made).get(REVISION, ""))
        if has_deadline(self.deployment) and self._condition(PROGRESSING) is None:
            message = f'Found new replica set "{name_of(made)}"'
            self._set("True", "FoundNewReplicaSet", message)
            writes = True
        if writes:
            self._write_status()
        return new

    def _created(self, old: Sequence[Document], revision: int) -> Document:
        made = new_set(self.deployment, revision)
        made["spec"]["replicas"] = new_size(self.deployment, [*old, made], 0)
        answer = self.api.create(made)
        if reason(answer) == "AlreadyExists":  # one of its own would have been found
            self._collided()
        elif refused(answer) and not closing(answer) and has_deadline(self.deployment):
            message = f'Failed to create new replica set "{name_of(made)}": {said(answer)}'
            self._set("False", "ReplicaSetCreateError", message)
            self.api.update(self.deployment, "status")
        created = cast("Document", accepted(answer).body)
        writes = self._revise(str(revision))
        if has_deadline(self.deployment):
            message = f'Created new replica set "{name_of(created)}"'
            self._set("True", "NewReplicaSetCreated", message)
            writes = True
        if writes:
            self._write_status()
        return created

    def _collided(self) -> None:
        """Count that another ReplicaSet has the name: the next hash is another."""
        status = self.deployment["status"]
        status["collisionCount"] = int(status.get("collisionCount", 0)) + 1
        self.api.update(self.deployment, "status")

    # -- the status -----------------------------------------------------------------------------

    def _condition(self, name: str) -> Document | None:
        return condition_of(self.deployment, name)

    def _set(self, value: str, why: str, message: str) -> None:
        made = condition(PROGRESSING, value, why, message, self.api.now)
        set_condition(self.deployment["status"], made)

    def _revise(self, revision: str) -> bool:
        """Write a revision on the Deployment in hand; return whether it is another."""
        notes = annotations_of(self.deployment)
        if notes.get(REVISION) == revision:
            return False
        self.deployment["metadata"]["annotations"] = {**notes, REVISION: revision}
        return True

    def _write_status(self) -> None:
        accepted(self.api.update(self.deployment, "status"))

    def check_paused(self) -> None:
        """Say that a Deployment is paused, or no longer, unless it has timed out."""
        known = self._condition(PROGRESSING)
        why = "" if known is None else known.get("reason")
        if not has_deadline(self.deployment) or why == "ProgressDeadlineExceeded":
            return
        paused = bool(spec_of(self.deployment).get("paused"))
        if paused is (why == "DeploymentPaused"):
            return
        if paused:
            self._set("Unknown", "DeploymentPaused", "Deployment is paused")
        else:
            self._set("Unknown", "DeploymentResumed", "Deployment is resumed")
        self._write_status()

    def _finish(self, new: Document | None, old: Iterable[Document]) -> float | None:
        """Write the status of a rollout; return the seconds after which it would be too late."""
        sets = [*old] if new is None else [*old, new]
        made = rollout_status(self.deployment, sets, new, self.api.now)
        if equal(self.deployment["status"], made):
            return next_check(self.deployment, self.api.now)
        self.deployment["status"] = made
        self._write_status()
        return None

    def _count(self, new: Document | None, old: Iterable[Document]) -> None:
        sets = [*old] if new is None else [*old, new]
        made = counted(self.deployment, sets, new, self.api.now)
        if not equal(self.deployment["status"], made):
            self.deployment["status"] = made
            self._write_status()

    # -- what is done ---------------------------------------------------------------------------

    def count_only(self) -> None:
        """Write the status alone, as of a Deployment that is being deleted."""
        self._count(*self.find())

    def is_scaled(self) -> bool:
        """Return whether a ReplicaSet was made for another size of the Deployment."""
        new, old = self.find()
        for each in [*old] if new is None else [*old, new]:
            desired = annotations_of(each).get(DESIRED, "")
            known = desired.isascii() and desired.isdecimal() and int(desired) <= LARGEST
            if size(each) and known and int(desired) != size(self.deployment):
                return True
        return False

    def resize(self) -> None:
        """Scale the ReplicaSets in proportion, without going on with a rollout."""
        new, old = self.find()
        self._spread(new, old)
        paused = spec_of(self.deployment).get("paused")
        if paused and ROLLBACK not in annotations_of(self.deployment):
            self._clean(old)
        self._count(new, old)

    def _spread(self, new: Document | None, old: Sequence[Document]) -> None:
        wanted = size(self.deployment)
        sets = [*old] if new is None else [*old, new]
        active = [each for each in sets if size(each)]
        if not sets:
            return
        if len(active) < 2:
            only = active[0] if active else new if new is not None else old[-1]
            self._scale(only, wanted)
        elif saturated(self.deployment, new):
            for each in old:
                self._scale(each, 0)
        elif is_rolling(self.deployment):
            for each, count in shares(self.deployment, active):
                self._scale(each, count, force=True)

    def _scale(self, found: Document, count: int, *, force: bool = False) -> tuple[bool, Document]:
        """Give a ReplicaSet a size; return whether it had another one, and what it is then."""
        differs = size(found) != count
        if not differs and not force:
            return False, found
        made = changed(found)
        made["spec"]["replicas"] = count
        if not annotate_sizes(self.deployment, made) and not differs:
            return False, found
        return differs, cast("Document", accepted(self.api.update(made)).body)

    def _clean(self, old: Iterable[Document]) -> None:
        """Delete the oldest ReplicaSets that have no Pods and are more than are to be kept."""
        limit = spec_of(self.deployment).get("revisionHistoryLimit")
        if limit in (None, LARGEST):
            return
        alive = by_revision(each for each in old if not terminating(each))
        for each in alive[: max(len(alive) - int(limit), 0)]:
            status = status_of(each)
            seen = status.get("observedGeneration", 0) >= about(each).get("generation", 0)
            if seen and not size(each) and not status.get("replicas"):
                accepted(self.api.delete(cast("JsonIn", each)))

    def roll(self) -> float | None:
        """Go on with a rolling update: one step up, or one down, and the status."""
        new, old = self.find(create=True)
        assert new is not None
        wanted, has = size(self.deployment), size(new)
        count = wanted
        if has < wanted:
            count = new_size(self.deployment, [*old, new], has)
        scaled, _ = self._scale(new, count)
        moved = scaled or self._shrink(new, old)
        if not moved and complete(self.deployment, status_of(self.deployment)):
            self._clean(old)
        return self._finish(new, old)

    def _shrink(self, new: Document, old: Sequence[Document]) -> bool:
        """Take replicas from the old ReplicaSets; return whether any were.

        Those that are not available go first: they are missed by nobody.
        """
        active = [each for each in old if size(each)]
        least = size(self.deployment) - max_unavailable(self.deployment)
        missing = size(new) - status_of(new).get("availableReplicas", 0)
        most = total([*old, new]) - least - missing
        if not active or most <= 0:
            return False
        gone = 0
        try:
            for place, each in enumerate(active):
                if gone == most:
                    break
                part = min(most - gone, size(each) - status_of(each).get("availableReplicas", 0))
                if part < 0:  # it was scaled down and has not said so yet
                    return False
                if part:
                    _, active[place] = self._scale(each, size(each) - part)
                    gone += part
            left = -least
            for each in [*active, new]:
                left += int(status_of(each).get("availableReplicas", 0))
            for each in active:
                part = min(size(each), left)
                if part > 0:
                    self._scale(each, size(each) - part)
                    gone += part
                    left -= part
        except RefusedError:
            return False
        return gone > 0

    def recreate(self) -> float | None:
        """Go on where no old Pod may run beside a new one."""
        new, old = self.find()
        shrunk = [self._scale(each, 0) for each in old]
        if any(scaled for scaled, _ in shrunk) or self._old_runs(new, old):
            return self._finish(new, old)
        if new is None:
            new, old = self.find(create=True)
            assert new is not None
        self._scale(new, size(self.deployment))
        if complete(self.deployment, status_of(self.deployment)):
            self._clean(old)
        return self._finish(new, old)

    def _old_runs(self, new: Document | None, old: Iterable[Document]) -> bool:
        """Return whether a Pod of an old ReplicaSet is there that has not ended."""
        if any(status_of(each).get("replicas") for each in old):
            return True
        uids = {about(each)["uid"] for each in self.sets}
        uids.discard(None if new is None else about(new)["uid"])
        return any(
            not is_ended(pod) and (controller_of(pod) or {}).get("uid") in uids
            for pod in self.api.list("v1", "Pod", namespace_of(self.deployment))
        )

    def roll_back(self, revision: int) -> None:
        """Take the template of a revision, 0 for the one before; forget that it was asked for."""
        new, old = self.find(create=True)
        assert new is not None
        sets = [*old, new]
        revision = revision or last_revision(sets)
        deployment = self.deployment
        for each in sets if revision else ():
            if revision_of(each) == revision:
                template = spec_of(each)["template"]
                if not same_template(spec_of(deployment)["template"], template):
                    deployment["spec"]["template"] = _without_hash(template)
                    notes = annotations_after_rollback(deployment, each)
                    deployment["metadata"]["annotations"] = notes
                break
        notes = {**annotations_of(deployment)}
        notes.pop(ROLLBACK, None)
        deployment["metadata"]["annotations"] = notes
        accepted(self.api.update(deployment))


def _without_hash(template: Document) -> dict[str, Any]:
    made = changed(template)
    labels = {name: value for name, value in labels_of(made).items() if name != HASH}
    made["metadata"] = {**about(made), "labels": labels}
    return made
