"""What was delivered to Metacontroller: its copy of the objects of the kinds it watches.

1. Syncs read this, never the server. What is not delivered is not known.
2. Each kind has its own stream: events of one kind come in order, those of two kinds as they like.
   A cache that has everything shares the server's own objects and costs nothing.
3. Children are found by the uid of their controller, orphans by having none, whatever else there
   is in the cluster.

Source: the informers of k8s.io/client-go, as Metacontroller uses them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.metacontroller.documents import controller_reference, labels_of
from reconcile.simulate.server.sorted_map import SortedMap
from reconcile.simulate.server.store import Stored

if TYPE_CHECKING:
    from reconcile.simulate.metacontroller.selecting import Selector
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.store import Event, World
    from reconcile.value.types import JsonObject

__all__ = ["Cache", "prefix_of"]

_ORPHAN: Final = "-"


class Cache:
    """Objects of watched kinds, each kind as far as it was delivered."""

    __slots__ = ("_objects", "_owned", "_seen", "pending", "prefixes")

    def __init__(self) -> None:
        self.prefixes: dict[str, None] = {}
        """The kinds that are watched, by the beginning of their keys."""
        self.pending: dict[str, tuple[Event, ...]] = {}
        """What is on its way, by kind; kinds of which nothing is are not there."""
        self._seen = 0
        self._objects: SortedMap[Stored] = SortedMap()
        self._owned: SortedMap[str] = SortedMap()
        """`prefix/word/key` -> key; a word is a controller's uid or a label of an orphan."""

    def copy(self) -> Cache:
        """Return a cache that goes its own way. Cost: the number of kinds."""
        made = Cache()
        made.prefixes = dict(self.prefixes)
        made.pending = dict(self.pending)
        made._seen = self._seen
        made._objects = self._objects
        made._owned = self._owned
        return made

    def watch(self, kind: ResourceType, world: World) -> bool:
        """Begin to watch a kind, as it is now; return whether it was not watched before."""
        if kind.prefix in self.prefixes:
            return False
        self.prefixes[kind.prefix] = None
        if not self._seen:
            self._seen = world.version
            self._objects = world.objects
        for key, _ in list(self._objects.items(kind.prefix)):
            self._objects = self._objects.without(key)
        for key, stored in world.objects.items(kind.prefix):
            self._objects = self._objects.set(key, stored)
            self._own(key, kind.prefix, None, stored.document)
        self.pending.pop(kind.prefix, None)
        self.look(world, skip=kind.prefix)
        return True

    def look(self, world: World, *, skip: str = "") -> None:
        """Take notice of what happened: it is on its way from now on."""
        if self._seen == world.version:
            return
        events = world.events(self._seen)
        self._seen = world.version
        for event in events:
            prefix = prefix_of(event.key)
            if prefix in self.prefixes and prefix != skip:
                self.pending[prefix] = (*self.pending.get(prefix, ()), event)

    def everything(self, world: World) -> list[Event]:
        """Take in everything at once; return the events of watched kinds, in order.

        Cost: the number of events; the objects are shared with the world.
        """
        late = [event for events in self.pending.values() for event in events]
        fresh = world.events(self._seen) if self._seen < world.version else []
        events = sorted(late, key=_version) + fresh if late else fresh
        self.pending.clear()
        self._seen = world.version
        self._objects = world.objects
        prefixes = self.prefixes
        found = [event for event in events if prefix_of(event.key) in prefixes]
        for event in found:
            self._take(event)
        return found

    def next(self, prefix: str) -> Event | None:
        """Take in the next event of one kind; return it, None if nothing is on its way."""
        events = self.pending.get(prefix)
        if not events:
            return None
        event, rest = events[0], events[1:]
        if rest:
            self.pending[prefix] = rest
        else:
            del self.pending[prefix]
        if event.type == "DELETED":
            if event.key in self._objects:
                self._objects = self._objects.without(event.key)
        else:
            stored = Stored(event.after, event.version, event.form)
            self._objects = self._objects.set(event.key, stored)
        self._take(event)
        return event

    def get(self, kind: ResourceType, namespace: str, name: str) -> JsonObject | None:
        """Return an object, None if none is known."""
        stored = self._objects.get(kind.key(namespace, name))
        return None if stored is None else kind.shown(stored)

    def list(self, kind: ResourceType, namespace: str = "") -> Iterator[JsonObject]:
        """Yield the objects of a kind, of all namespaces unless one is given."""
        prefix = kind.prefix
        if namespace and kind.served.namespaced:
            prefix = f"{prefix}{namespace}/"
        for stored in self._objects.values(prefix):
            yield kind.shown(stored)

    def owned(self, kind: ResourceType, uid: str) -> Iterator[JsonObject]:
        """Yield the objects of a kind whose controller has a uid. Cost: their number."""
        for key in self._owned.values(f"{kind.prefix}{uid}/"):
            stored = self._objects.get(key)
            if stored is not None:
                yield kind.shown(stored)

    def orphans(self, kind: ResourceType, selector: Selector) -> Iterator[JsonObject]:
        """Yield the objects of a kind that nobody controls, at least those that are selected.

        Cost: the number of orphans that have the first of the labels that the selector asks for;
            of all, where it asks for none by value.
        """
        label = f"{_ORPHAN}{_token(*selector.equals[0])}" if selector.equals else _ORPHAN
        yield from self.owned(kind, label)

    def _take(self, event: Event) -> None:
        after = None if event.type == "DELETED" else event.after
        self._own(event.key, prefix_of(event.key), event.before, after)

    def _own(
        self, key: str, prefix: str, before: JsonObject | None, after: JsonObject | None
    ) -> None:
        had = () if before is None else _found_by(before)
        has = () if after is None else _found_by(after)
        if had == has:
            return
        for word in had:
            at = f"{prefix}{word}/{key}"
            if at in self._owned:
                self._owned = self._owned.without(at)
        for word in has:
            self._owned = self._owned.set(f"{prefix}{word}/{key}", key)


def prefix_of(key: str) -> str:
    """Return the kind in the key of an object, as `apps/Deployment/`."""
    return key[: key.index("/", key.index("/") + 1) + 1]


def _version(event: Event) -> int:
    return event.version


def _found_by(document: Any) -> tuple[str, ...]:
    """Return the words that an object is found by: its controller, or the labels of an orphan."""
    owner = controller_reference(document)
    if owner is not None:
        return (str(owner.get("uid")),)
    labels = labels_of(document)
    return (_ORPHAN, *(f"{_ORPHAN}{_token(key, value)}" for key, value in labels.items()))


def _token(key: str, value: str) -> str:
    return f"{key}={value}".replace("/", "|")
