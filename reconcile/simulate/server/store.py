"""A world: all that a cluster's server remembers, as one value.

1. A world never changes. A write gives another one, which shares all but the way to one object.
2. Documents are frozen when they come in, so that answers, events and copies may share them.
3. The log holds what happened, newest first, as long as the window is: watches read it forwards,
   lists at an older version undo it.

Source: what etcd and the watch cache keep for k8s.io/apiserver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

from reconcile.simulate.server.clock import EPOCH
from reconcile.simulate.server.sorted_map import SortedMap
from reconcile.value.digest import digest
from reconcile.value.frozen import FrozenDict, freeze

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["WINDOW", "Event", "EventType", "Quiet", "Stored", "World"]

WINDOW: Final = 10_000
"""Events that are remembered at least; twice as many at most."""

EventType: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED"]


class Quiet(NamedTuple):
    """An apply that left an object as it was, and what it was warned of."""

    asked: object
    warnings: tuple[str, ...]


class Stored:
    """An object in the store; never changed, but for what becomes known of it."""

    __slots__ = ("document", "form", "quiet", "version")

    def __init__(self, document: FrozenDict, version: int, form: object = None) -> None:
        self.document = document
        self.version = version
        """The resourceVersion of its last write."""
        self.form = form
        """Who wrote it: what decides whether it is shown as it is kept."""
        self.quiet: Quiet | None = None
        """The last apply that left it as it is; see `repeating`."""

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
        objects = self.objects.set(key, made)
        return self._logged(kind, key, made, before, objects), made

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
        objects = self.objects.without(key)
        last_seen = Stored(gone, version, before.form)
        return self._logged("DELETED", key, last_seen, before, objects), last_seen

    def renamed(self, key: str, uid: str) -> World:
        """Return a world in which the object that was written last has another uid.

        Shape: `key` is where it is kept. Raises: KeyError if another write was the last.
        """
        held, event = self.objects.get(key), self.log
        if held is None or event is None or event.key != key:
            raise KeyError(key)
        metadata = FrozenDict({**held.metadata, "uid": uid})
        document = FrozenDict({**held.document, "metadata": metadata})
        made = Stored(document, held.version, held.form)
        log = event._replace(after=document)
        return self._replace(objects=self.objects.set(key, made), log=log)

    def with_serial(self, serial: int) -> World:
        """Return a world in which so many uids and suffixes have been given."""
        return World(*self[:7], serial, *self[8:])

    def _logged(
        self,
        kind: EventType,
        key: str,
        made: Stored,
        before: Stored | None,
        objects: SortedMap[Stored],
    ) -> World:
        """Return a world with other objects, in whose log it says what happened."""
        version = made.version
        event = Event(
            version,
            kind,
            key,
            made.document,
            before.document if before else None,
            before.version if before else 0,
            made.form,
            self.log,
        )
        if self.logged < WINDOW:
            return World(
                objects,
                self.taken,
                event,
                self.older,
                self.logged + 1,
                self.floor,
                version,
                *self[7:],
            )
        # A new chain begins, and the one before the last is forgotten.
        floor = self.floor if self.older is None else self.older.version
        event = event._replace(earlier=None)
        world = self._replace(version=version, log=event, logged=1, older=self.log, floor=floor)
        return world._replace(objects=objects)

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

    def fingerprint(self) -> bytes:
        """Return a digest of all objects that leaves out what a cluster chooses freely.

        Guarantees: worlds that differ only in uids, resourceVersions and times in the metadata of
            objects have the same one. Uids are told by what has them; an owner that went is
            another one than the one that was made again.
        Cost: linear in all objects.
        """
        told = {
            str(stored.metadata.get("uid")): f"<uid of {key}>"
            for key, stored in self.objects.items()
        }
        return digest({key: _abstracted(stored, told) for key, stored in self.objects.items()})


_FREE: Final = frozenset({"resourceVersion", "creationTimestamp", "selfLink"})
"""What in the metadata of an object says nothing about it."""
_UID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def _abstracted(stored: Stored, told: Mapping[str, str]) -> JsonObject:
    """Return an object with uids told by what has them, without versions and times."""
    metadata: JsonObject = {
        name: value for name, value in stored.metadata.items() if name not in _FREE
    }
    if "deletionTimestamp" in metadata:
        metadata["deletionTimestamp"] = "set"
    if "managedFields" in metadata:
        metadata["managedFields"] = [
            {name: value for name, value in entry.items() if name != "time"}
            for entry in cast("list[JsonObject]", metadata["managedFields"])
        ]
    if "ownerReferences" in metadata:
        metadata["ownerReferences"] = [
            {**owner, "uid": told.get(str(owner.get("uid")), "<uid of nothing>")}
            for owner in cast("list[JsonObject]", metadata["ownerReferences"])
        ]
    return cast("JsonObject", _renamed({**stored.document, "metadata": metadata}, told))


def _renamed(value: Json, told: Mapping[str, str]) -> Json:
    """Return a document in which every uid is told by what has it."""
    if isinstance(value, dict):
        return {_told(key, told): _renamed(item, told) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, told) for item in value]
    return _told(value, told) if isinstance(value, str) else value


def _told(text: str, told: Mapping[str, str]) -> str:
    if len(text) < 36:
        return text
    return _UID.sub(lambda found: told.get(found[0], found[0]), text)
