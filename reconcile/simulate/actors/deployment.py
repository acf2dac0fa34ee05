"""The controller of Deployments: when to look at one, and what a look is about.

1. A Deployment that is being deleted is only counted; one that is paused, or that was scaled, is
   scaled; all others are rolled out.

Source: k8s.io/kubernetes pkg/controller/deployment/deployment_controller.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from reconcile.objects.selector import selects
from reconcile.simulate.actors.actor import controller_of
from reconcile.simulate.actors.claiming import claim
from reconcile.simulate.actors.deployment_rollout import Rollout
from reconcile.simulate.actors.deployment_sets import ROLLBACK
from reconcile.simulate.actors.deployment_sizes import is_rolling
from reconcile.simulate.actors.deployment_status import PROGRESSING
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
)
from reconcile.simulate.actors.pods import Document, condition_of, moment, terminating
from reconcile.simulate.actors.refusals import RefusedError, closing, patience, reason

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event

__all__ = ["DeploymentController"]

_PREFIX: Final = "apps/Deployment/"
_SETS: Final = "apps/ReplicaSet/"
_PODS: Final = "/Pod/"
_AGAIN: Final = 1.0
"""Seconds after which to look again when a ReplicaSet could not be adopted or let go."""
_GIVES_UP: Final = 164
"""Seconds of trying again: 15 pauses that begin with 5 milliseconds and double."""


class DeploymentController:
    """Keeps the ReplicaSets of Deployments."""

    name = "deployment-controller"

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield a Deployment that was written, and those whose ReplicaSet or last Pod moved."""
        if event.key.startswith(_PREFIX):
            yield event.key
        elif event.key.startswith(_SETS):
            yield from dict.fromkeys(_of_set(event, api))
        elif event.key.startswith(_PODS) and event.type == "DELETED":
            yield from _of_last_pod(event, api)

    def sync(self, api: Api, key: str) -> float | None:
        """Go one step on with a Deployment."""
        found = api.at("apps/v1", "Deployment", key)
        if found is None:
            return None
        sets = list(api.list("apps/v1", "ReplicaSet", namespace_of(found)))
        claimed = claim(api, found, sets, lambda each: _selected(found, each))
        if claimed.failed:
            return _AGAIN
        try:
            return _step(Rollout(api, changed(found), claimed.held))
        except RefusedError as error:
            return None if closing(error.answer) else _wait(api, found, error)


def _step(rollout: Rollout) -> float | None:
    deployment = rollout.deployment
    if terminating(deployment):
        rollout.count_only()
        return None
    rollout.check_paused()
    if spec_of(deployment).get("paused"):
        rollout.resize()
        return None
    back = annotations_of(deployment).get(ROLLBACK, "")
    if re.fullmatch("[+-]?[0-9]+", back):
        rollout.roll_back(int(back))
        return None
    if rollout.is_scaled():
        rollout.resize()
        return None
    return rollout.roll() if is_rolling(deployment) else rollout.recreate()


def _wait(api: Api, found: Document, error: RefusedError) -> float | None:
    """Return when to try again: at once after a conflict, otherwise after pauses that double."""
    if reason(error.answer) == "Conflict":
        return patience(api.now, None)
    known = condition_of(found, PROGRESSING) or {}
    since = api.now - timedelta(seconds=1)
    if known.get("reason") == "ReplicaSetCreateError":
        since = moment(known.get("lastTransitionTime")) or since
    gone = (api.now - since).total_seconds()
    return None if gone > _GIVES_UP else patience(api.now, since)


def _selected(deployment: Document, found: Document) -> bool:
    return selects(spec_of(deployment)["selector"], labels_of(found))


def _holder(api: Api, document: Document, kind: str) -> Document | None:
    """Return the controller of an object, if it is there and of a kind."""
    holder = controller_of(document)
    if holder is None or holder["kind"] != kind:
        return None
    found = api.get("apps/v1", kind, namespace_of(document), str(holder["name"]))
    return found if found is not None and about(found)["uid"] == holder["uid"] else None


def _key(deployment: Document) -> str:
    return f"{_PREFIX}{namespace_of(deployment)}/{name_of(deployment)}"


def _of_set(event: Event, api: Api) -> Iterator[str]:
    """Yield the Deployments that a ReplicaSet was or is one of, or that might adopt it."""
    before, after = event.before, event.after
    for each in (before, after):
        holder = None if each is None else _holder(api, each, "Deployment")
        if holder is not None:
            yield _key(holder)
    if event.type == "DELETED" or controller_of(after) is not None or terminating(after):
        return
    orphan = before is not None and controller_of(before) is None
    if not labels_of(after) or (orphan and labels_of(before or {}) == labels_of(after)):
        return
    for deployment in api.list("apps/v1", "Deployment", namespace_of(after)):
        if _selected(deployment, after):
            yield _key(deployment)


def _of_last_pod(event: Event, api: Api) -> Iterator[str]:
    """Yield a Deployment that recreates its Pods when the last of them is gone."""
    found = _holder(api, event.after, "ReplicaSet")
    deployment = None if found is None else _holder(api, found, "Deployment")
    if deployment is None or is_rolling(deployment):
        return
    namespace = namespace_of(deployment)
    sets = {
        str(about(each)["uid"])
        for each in api.list("apps/v1", "ReplicaSet", namespace)
        if (controller_of(each) or {}).get("uid") == about(deployment)["uid"]
    }
    pods = api.list("v1", "Pod", namespace)
    if not any((controller_of(pod) or {}).get("uid") in sets for pod in pods):
        yield _key(deployment)
