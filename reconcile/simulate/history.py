"""Who changed what: the server's log, told by those who wrote.

1. Nothing is kept that the server does not keep: changes older than its window are not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

from reconcile.diff import Patch, diff
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref

if TYPE_CHECKING:
    from datetime import datetime

    from reconcile.simulate.server.store import Event, World
    from reconcile.value.types import JsonObject

__all__ = ["Act", "Change", "Moment", "Verb", "changes"]

Verb: TypeAlias = Literal["create", "update", "delete"]
_VERBS: dict[str, Verb] = {"ADDED": "create", "MODIFIED": "update", "DELETED": "delete"}
_FREE = ("managedFields", "resourceVersion")


class Act(NamedTuple):
    """Somebody wrote all that happened after a version up to another."""

    who: str
    since: int
    until: int
    when: datetime


class Moment(NamedTuple):
    """When Metacontroller did something."""

    when: datetime
    version: int
    """The world's version right after it."""
    step: int
    """Counts the steps of the cluster: what has the same number belongs together."""
    synced: str | None
    """What was being synced, as `controller|group/Kind/namespace/name`; None beside syncs."""

    @property
    def controller(self) -> str:
        """The name of the controller that synced; empty beside syncs."""
        return (self.synced or "").partition("|")[0]


class Change(NamedTuple):
    """One write."""

    version: int
    """The resourceVersion that it made."""
    who: str
    """A user, `metacontroller`, `kube-controller-manager`, or an actor by its name."""
    verb: Verb
    ref: Ref
    before: JsonObject | None
    after: JsonObject | None

    @property
    def diff(self) -> Patch:
        """What changed, without versions and owners of fields."""
        return diff(_told(self.before), _told(self.after))

    def __str__(self) -> str:
        places = ", ".join(operation.path for operation in self.diff)
        told = f": {places}" if self.verb == "update" and places else ""
        return f"{self.who} {self.verb} {self.ref}{told}"


def _told(document: JsonObject | None) -> JsonObject:
    if document is None:
        return {}
    metadata = cast("dict[str, Any]", document.get("metadata") or {})
    kept = {name: value for name, value in metadata.items() if name not in _FREE}
    return {**document, "metadata": kept}


def changes(world: World, acts: Iterable[Act]) -> list[Change]:
    """Return the writes of some acts, in order."""
    made: list[Change] = []
    known = list(acts)
    if not known:
        return made
    events = world.events(known[0].since)
    place = 0
    for act in known:
        while place < len(events) and events[place].version <= act.until:
            if events[place].version > act.since:
                made.append(_change(act.who, events[place]))
            place += 1
    return made


def _change(who: str, event: Event) -> Change:
    document = event.after
    metadata = cast("dict[str, Any]", document["metadata"])
    gvk = Gvk(str(document["apiVersion"]), str(document["kind"]))
    ref = Ref(gvk, str(metadata.get("namespace") or ""), str(metadata["name"]))
    gone = event.type == "DELETED"
    return Change(
        event.version,
        who,
        _VERBS[event.type],
        ref,
        event.before,
        None if gone else document,
    )
