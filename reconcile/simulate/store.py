"""A world: all that a cluster's server remembers, as one value.

1. A world never changes. A write gives another one, which shares all but the way to one object.
2. Documents are frozen when they come in, so that answers, events and copies may share them.
3. The log holds what happened, newest first, as long as the window is: watches read it forwards,
   lists at an older version undo it.

Source: what etcd and the watch cache keep for k8s.io/apiserver.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

from reconcile.simulate.clock import EPOCH
from reconcile.simulate.sorted_map import SortedMap
from reconcile.value.digest import digest
from reconcile.value.frozen import FrozenDict, freeze

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["WINDOW", "Event", "EventType", "Stored", "World"]

WINDOW: Final = 10_000
"""Events that are remembered at least; twice as many at most."""

EventType: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED"]


class Stored(NamedTuple):
    """An object in the store."""

    document: FrozenDict
    version: int
    """The resourceVersion of its last write."""
    form: object = None
    """Who wrote it: what decides whether it is shown as it is kept."""

    @property
    def metadata(self) -> dict[str, Any]:
        """Its metadata, read-only."""
        return cast("dict[str, Any]", self.document["metadata"])


class Event(NamedTuple):
    """One write, as the log holds it."""

    version: int
    type: EventType
    key: str
    after: FrozenDict
    """The object after the write; of a deletion, the object as it went."""
    before: FrozenDict | None
    """The object before the write, None for a new one."""
    before_version: int
    form: object
    earlier: Event | None


class World(NamedTuple):
    """The state of a cluster. Versions begin at 1, as those of a store that is not empty."""

    objects: SortedMap[Stored] = SortedMap()
    """Key -> object; keys are `group/resource/namespace/name`, without a namespace where the
    kind has none."""
    taken: SortedMap[str] = SortedMap()
    """What is allocated, addresses and ports of Services -> the key of its holder."""
    log: Event | None = None
    older: Event | None = None
    logged: int = 0
    """Events in `log`."""
    floor: int = 0
    """The newest version that is forgotten: watches begin at it or later."""
    version: int = 1
    serial: int = 0
    """How many uids and suffixes have been given."""
    seed: int = 0
    now: datetime = EPOCH

    def put(self, key: str, document: JsonObject, form: object = None) -> tuple[World, Stored]:
        """Return a world in which an object was written, and the object with its new version.

        Shape: `document` is whole; its metadata are changed in place, and a frozen copy is kept.
        """
        version = self.version + 1
        metadata = cast("JsonObject", document["metadata"])
        metadata["resourceVersion"] = str(version)
        made = Stored(cast("FrozenDict", freeze(document)), version, form)
        before = self.objects.get(key)
        kind: EventType = "MODIFIED" if before else "ADDED"
        world = self._logged(kind, key, made.document, before, form)
        return world._replace(objects=self.objects.set(key, made)), made

    def drop(self, key: str, document: FrozenDict | None = None) -> tuple[World, Stored]:
        """Return a world without an object, and the object as watchers see it go.

        Shape: `document` is its last state, if the write that removed it changed it once more.
        """
        version = self.version + 1
        before = self.objects.get(key)
        if before is None:
            raise KeyError(key)
        last = before.document if document is None else document
        metadata = {**cast("JsonObject", last["metadata"]), "resourceVersion": str(version)}
        gone = FrozenDict({**last, "metadata": FrozenDict(metadata)})
        world = self._logged("DELETED", key, gone, before, before.form)
        return world._replace(objects=self.objects.without(key)), Stored(gone, version)

    def _logged(
        self,
        kind: EventType,
        key: str,
        after: FrozenDict,
        before: Stored | None,
        form: object,
    ) -> World:
        version = self.version + 1
        event = Event(
            version,
            kind,
            key,
            after,
            before.document if before else None,
            before.version if before else 0,
            form,
            self.log,
        )
        if self.logged < WINDOW:
            return self._replace(version=version, log=event, logged=self.logged + 1)
        # A new chain begins, and the one before the last is forgotten.
        floor = self.floor if self.older is None else self.older.version
        event = event._replace(earlier=None)
        return self._replace(version=version, log=event, logged=1, older=self.log, floor=floor)

    def newest_first(self, since: int) -> Iterator[Event]:
        """Yield what happened after a version, newest first."""
        for chain in (self.log, self.older):
            event = chain
            while event is not None and event.version > since:
                yield event
                event = event.earlier

    def events(self, since: int) -> list[Event]:
        """Return what happened after a version, in order."""
        return list(self.newest_first(since))[::-1]

    def objects_at(self, version: int, prefix: str) -> SortedMap[Stored]:
        """Return the objects with a prefix as they were at a version within the window."""
        objects = self.objects
        for event in self.newest_first(version):
            if event.key.startswith(prefix):
                if event.before is None:
                    objects = objects.without(event.key)
                else:
                    objects = objects.set(
                        event.key, Stored(event.before, event.before_version, event.form)
                    )
        return objects

    def at(self, version: int) -> World:
        """Return the world as it was at a version within the window, what is allocated aside."""
        if version >= self.version:
            return self
        log, older = self.log, self.older
        while log is not None and log.version > version:
            log = log.earlier
        while log is None and older is not None and older.version > version:
            older = older.earlier
        objects = self.objects_at(version, "")
        return self._replace(objects=objects, log=log, older=older, version=version)

    def fingerprint(self) -> str:
        """Return a digest of all objects that leaves out what a cluster chooses freely.

        Guarantees: worlds that differ only in uids, resourceVersions and times of the server have
            the same one; owners are told by what they are, so that an owner that was made again
            is another one.
        Cost: linear in all objects.
        """
        told: dict[str, str] = {}
        for key, stored in self.objects.items():
            told[str(stored.metadata.get("uid"))] = f"uid of {key}"
        made = {
            key: _abstracted(stored.document, told, ("",)) for key, stored in self.objects.items()
        }
        return digest(cast("Json", made))


_FREE: Final = frozenset({"resourceVersion", "creationTimestamp", "time", "selfLink"})


def _abstracted(value: object, told: dict[str, str], under: tuple[str, ...]) -> object:
    """Return a document with uids told by their holders, without versions and times."""
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {
            _renamed(key, told): _abstracted(item, told, (key,))
            for key, item in items
            if key not in _FREE
        }
    if isinstance(value, list):
        return [_abstracted(item, told, under) for item in cast("list[object]", value)]
    if isinstance(value, str):
        if under[0] == "uid":
            return told.get(value, "uid of nothing")
        if under[0] == "deletionTimestamp":
            return "set"
        return _renamed(value, told) if len(value) >= 36 else value
    return value


def _renamed(text: str, told: dict[str, str]) -> str:
    if len(text) >= 36 and "-" in text:
        for uid, name in told.items():
            if uid in text:
                return text.replace(uid, name)
    return text
