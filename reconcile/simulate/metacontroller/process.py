"""The process of Metacontroller: what it watches, what runs, what is due next.

1. It does one thing at a time. `deliver` takes in what happened and finds out whom it concerns;
   `work` does the next thing that is due.
2. A crash ends it, with all that it remembered, until it is started again.

Source: pkg/server, pkg/controller/{composite,decorator}/metacontroller.go of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from reconcile.simulate.metacontroller import composite, decorator
from reconcile.simulate.metacontroller.cache import Cache, prefix_of
from reconcile.simulate.metacontroller.client import Client, CrashError, Refusal, Write
from reconcile.simulate.metacontroller.controllers import reconcile, set_ticks
from reconcile.simulate.metacontroller.definitions import GROUP, VERSION
from reconcile.simulate.metacontroller.documents import sorted_text
from reconcile.simulate.metacontroller.flags import DEFAULTS, Flags
from reconcile.simulate.metacontroller.object_maps import place_of
from reconcile.simulate.metacontroller.recorder import Emitted, Recorder
from reconcile.simulate.metacontroller.related import NotSyncedError
from reconcile.simulate.metacontroller.running import Running
from reconcile.simulate.metacontroller.server_side import Applied
from reconcile.simulate.metacontroller.triggers import handle, queue_concerned
from reconcile.simulate.metacontroller.webhook import (
    Called,
    HookError,
    Line,
    TooManyRequestsError,
    called,
)
from reconcile.simulate.metacontroller.work_queue import WorkQueue
from reconcile.simulate.server.selectors import label_selector
from reconcile.simulate.server.sorted_map import SortedMap
from reconcile.simulate.steps import Step
from reconcile.value.frozen import FrozenDict

if TYPE_CHECKING:
    from reconcile.hook.transport import Transport
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.metacontroller.findings import Finding
    from reconcile.simulate.metacontroller.object_maps import Gvk
    from reconcile.simulate.metacontroller.running import Quiet
    from reconcile.simulate.metacontroller.selecting import Selector
    from reconcile.simulate.metacontroller.settings import HookSettings
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["Crashed", "HookCalled", "Metacontroller", "Row"]

_KINDS: Final = ("CompositeController", "DecoratorController")
_TEXTS: Final = 2048
"""Objects whose text is kept."""


class HookCalled(NamedTuple):
    """A request to a hook."""

    controller: str
    hook: str
    """sync, finalize or customize."""
    called: Called


class Crashed(NamedTuple):
    """The process ended."""

    error: CrashError


Row: TypeAlias = "HookCalled | Write | Emitted | Crashed"
"""Something that Metacontroller did."""


def _unheard(finding: Finding) -> None:
    """Say nothing of a finding."""


def as_given(places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the children of one kind in the order in which they came."""
    return list(places)


class Metacontroller:
    """One process of Metacontroller beside a server.

    Shape: `transport` is how hooks are called. `order` decides where the real one is undecided: in
        which order the children of one kind are looked at. `pause` is how long a sync takes.
    Units: `pause` in seconds.
    Raises: ApiError for a selector that cannot be read.
    Guarantees: the same server, hooks and steps give the same writes.
    """

    TooMany = TooManyRequestsError

    def __init__(
        self,
        server: ApiServer,
        transport: Transport,
        *,
        told: Callable[[Row], None],
        flags: Flags = DEFAULTS,
        faithful: bool = True,
        order: Callable[[Iterable[tuple[str, str]]], list[tuple[str, str]]] = as_given,
        pause: float = 0.0,
    ) -> None:
        self.server = server
        self.transport = transport
        self.told = told
        self.found: Callable[[Finding], None] = _unheard
        """Gets what the real one does silently."""
        self.flags = flags
        self.faithful = faithful
        self.order = order
        self.pause = pause
        self._selects = label_selector(flags.target_label_selector)
        self.client = Client(server, told)
        self.alive = False
        self.crash: CrashError | None = None
        """Why the process ended, None if it did not."""
        self.synced: str | None = None
        """The controller and the parent of the last sync, as `name|group/Kind/namespace/name`."""
        self.asked: Quiet | None = None
        """The request and the answer of the sync that goes on, where there is one of them."""
        self._texts: dict[int, tuple[JsonObject, bytes]] = {}
        self._empty()

    def _empty(self) -> None:
        """Forget everything, as a process that ends."""
        self.cache = Cache()
        self.running: dict[str, Running] = {}
        """`Kind/name` of a controller object -> the controller that runs."""
        self.objects = WorkQueue()
        """Controller objects to look at: `Kind/name`."""
        self.recorder = Recorder(self.flags.events_burst, self.flags.events_rate)
        self._applied: SortedMap[Applied] = SortedMap()
        self._turn = 0

    def copy(self, server: ApiServer, told: Callable[[Row], None]) -> Metacontroller:
        """Return a process that goes its own way beside another server.

        Cost: what waits and what is remembered of hooks' answers.
        """
        made: Metacontroller = object.__new__(Metacontroller)
        made.__dict__.update(self.__dict__)
        made.server = server
        made.told = told
        made.client = Client(server, told)
        made.client.crash_after = self.client.crash_after
        made.cache = self.cache.copy()
        made.running = {key: run.copy() for key, run in self.running.items()}
        made.objects = self.objects.copy()
        made.recorder = self.recorder.copy()
        return made

    # -- its life ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin with an empty memory: every controller object is looked at."""
        self._empty()
        self.alive = True
        self.crash = None
        for name in (*_KINDS, "ControllerRevision"):
            kind = self.server.catalogue.find_kind(VERSION, name)
            if kind is not None:
                self.cache.watch(kind, self.server.world)
                if name in _KINDS:
                    for document in self.cache.list(kind):
                        if self._targets(document):
                            self.objects.add(f"{name}/{place_of(document)[1]}")

    def stop(self) -> None:
        """End, as a process that is told to."""
        self.alive = False
        self._empty()

    # -- steps -------------------------------------------------------------------------------------

    def deliver(self) -> None:
        """Take in everything that happened, and find out whom it concerns."""
        if self.alive:
            for event in self.cache.everything(self.server.world):
                self._handle(event)

    def deliver_next(self, prefix: str) -> bool:
        """Take in the next event of one kind; return whether there was one.

        Shape: `prefix` is how the keys of the kind begin, as `apps/Deployment/`.
        """
        self.cache.look(self.server.world)
        event = self.cache.next(prefix)
        if event is None:
            return False
        self._handle(event)
        return True

    def _handle(self, event: Event) -> None:
        prefix = prefix_of(event.key)
        if prefix.startswith(f"{GROUP}/") and prefix.split("/")[1] in _KINDS:
            if self._targets(event.after):
                self.objects.add(event.key[len(GROUP) + 1 :])
            return
        for run in self.running.values():
            handle(self, run, prefix, event)

    def _targets(self, document: JsonObject) -> bool:
        """Return whether to hear of a controller object, by the labels that it has now."""
        return self._selects is None or self._selects(document)

    def work(self) -> bool:
        """Do the next thing that is due; return whether there was one.

        Guarantees: controllers take turns, so that one that is busy does not hold up the others.
        """
        if not self.alive:
            return False
        self._tick()
        try:
            for key in list(self.objects.due):
                del self.objects.due[key]
                reconcile(self, key)
                return True
            runs = list(self.running.values())
            for offset in range(len(runs)):
                run = runs[(self._turn + offset) % len(runs)]
                for key in run.queue.due:
                    self._turn = (self._turn + offset + 1) % len(runs)
                    self.sync(run, key)
                    return True
        except CrashError as error:
            self.crashed(error)
            return True
        return False

    def steps(self) -> list[Step]:
        """Return what can happen next: deliveries, looks at controllers, syncs."""
        if not self.alive:
            return []
        self._tick()
        self.cache.look(self.server.world)
        made = [Step("deliver", prefix) for prefix in sorted(self.cache.pending)]
        made += [Step("reconcile", key) for key in sorted(self.objects.due)]
        for name, run in sorted(self.running.items()):
            made += [Step("sync", f"{name}|{key}") for key in sorted(run.queue.due)]
        return made

    def do(self, step: Step) -> None:
        """Do one of the steps that are possible. Raises: LookupError for another."""
        if step not in self.steps():
            message = f"{step} is not possible now"
            raise LookupError(message)
        try:
            if step.what == "deliver":
                self.deliver_next(step.about)
            elif step.what == "reconcile":
                del self.objects.due[step.about]
                reconcile(self, step.about)
            else:
                name, _, key = step.about.partition("|")
                self.sync(self.running[name], key)
        except CrashError as error:
            self.crashed(error)

    def crashed(self, error: CrashError) -> None:
        """End, because of a crash."""
        self.stop()
        self.crash = error
        self.told(Crashed(error))

    def _tick(self) -> None:
        """Make due what has waited long enough."""
        now = self.now
        self.objects.ripen(now)
        for run in self.running.values():
            run.queue.ripen(now)
            if run.ticks is not None and run.ticks <= now:
                set_ticks(self, run)
                for rule in run.settings.parents:
                    for parent in self.cache.list(rule.kind):
                        if run.cares(parent, rule):
                            run.queue.add(run.key(parent))

    @property
    def busy(self) -> bool:
        """Whether anything is due now."""
        self._tick()
        return self.alive and (
            bool(self.objects.due) or any(run.queue.due for run in self.running.values())
        )

    @property
    def wakes(self) -> datetime | None:
        """When the next thing is due that waits, None if nothing waits."""
        if not self.alive:
            return None
        times = [self.objects.wakes]
        for run in self.running.values():
            times += [run.queue.wakes, run.ticks]
        return min((when for when in times if when is not None), default=None)

    @property
    def now(self) -> datetime:
        """The time of the server."""
        return self.server.world.now

    def pass_time(self, seconds: float) -> None:
        """Let time pass in which only a hook or this process does something."""
        world = self.server.world
        self.server.world = world._replace(now=world.now + timedelta(seconds=seconds))

    # -- syncs -------------------------------------------------------------------------------------

    def sync(self, run: Running, key: str) -> None:
        """Sync one parent of a controller. Raises: CrashError."""
        queue = run.queue
        queue.due.pop(key, None)
        self.synced = f"{run.settings.name}|{key}"
        group, kind_name, *place = key.split("/")
        rule = run.settings.parent(group, kind_name)
        if rule is None:
            return
        namespace, name = place if len(place) > 1 else ("", place[0])
        parent = self.cache.get(rule.kind, namespace, name)
        if self.pause:
            self.pass_time(self.pause)
        if parent is None:
            queue.forget(key)
            return
        work = decorator.sync if run.settings.decorator else composite.sync
        writes, self.asked = self.client.writes, None
        try:
            work(self, run, rule, parent)
        except TooManyRequestsError as later:
            queue.add_after(key, later.after, self.now)
        except NotSyncedError:
            queue.add_failed(key, self.now)
        except (HookError, Refusal) as error:
            self.emit(parent, "Warning", "SyncError", f"Sync error: {error}")
            queue.add_failed(key, self.now)
        else:
            queue.forget(key)
            if self.client.writes == writes and self.asked is not None:
                run.quiet[key] = self.asked

    def call(self, run: Running, hook: HookSettings, body: bytes, parent: JsonObject) -> bytes:
        """Return what a hook answered. Raises: HookError, TooManyRequestsError."""
        settings = run.settings

        def told(each: Called) -> None:
            if each.answer is not None and each.answer.delay:
                self.pass_time(min(each.answer.delay, hook.timeout))
            self.told(HookCalled(settings.name, hook.hook, each))

        namespace, name = place_of(parent)
        about = (str(parent.get("kind", "")), namespace, name)
        line = Line(self.transport, self.now, told)
        return called(line, hook, body, about, run.etags[hook.hook])

    def emit(self, about: JsonObject, kind: str, reason: str, message: str) -> None:
        """Emit an event about an object."""
        made = self.recorder.emit(self.server, about, kind, reason, message)
        if made is not None:
            self.told(made)

    # -- what syncs ask for ------------------------------------------------------------------------

    def text(self, document: JsonObject) -> bytes:
        """Return the text of an object; that of one from the store is made once."""
        if type(document) is not FrozenDict:
            return sorted_text(document).encode()
        known = self._texts.get(id(document))
        if known is not None and known[0] is document:
            return known[1]
        made = sorted_text(document).encode()
        if len(self._texts) >= _TEXTS:
            self._texts.clear()
        self._texts[id(document)] = (document, made)
        return made

    def is_live(self, kind: ResourceType, parent: JsonObject) -> bool:
        """Return whether a parent from the cache is as the server has it now."""
        stored = self.server.world.objects.get(kind.key(*place_of(parent)))
        return stored is not None and stored.document is parent

    def find(self, gvk: Gvk) -> ResourceType | str:
        """Return the type of a kind, or why there is none (rule 1.24)."""
        found = self.server.catalogue.find_kind(gvk.api_version, gvk.kind)
        if found is not None:
            return found
        return f"discovery: can't find kind {gvk.kind} in apiVersion {gvk.api_version}"

    def revision_kind(self) -> ResourceType:
        """Return the type of ControllerRevisions."""
        found = self.server.catalogue.find_kind(VERSION, "ControllerRevision")
        assert found is not None
        return found

    def watch_related(self, run: Running, kind: ResourceType) -> bool:
        """Watch a kind of related objects; return whether nobody did before.

        Guarantees: then all that are there are news (rule 8.11); later watchers share what is
            known, and hear of nothing old.
        """
        if not self.cache.watch(kind, self.server.world):
            return False
        for document in list(self.cache.list(kind)):
            queue_concerned(self, run, [document])
        return True

    def namespaces(self, selector: Selector) -> list[str]:
        """Return the names of the namespaces with some labels."""
        kind = self.server.catalogue.find_kind("v1", "Namespace")
        assert kind is not None
        return [
            str(stored.metadata["name"])
            for stored in self.server.world.objects.values(kind.prefix)
            if selector.matches(stored.metadata.get("labels") or {})
        ]

    # -- what was applied --------------------------------------------------------------------------

    def applied_of(self, kind: ResourceType, child: JsonObject) -> Applied | None:
        """Return what is remembered of the last application of a child."""
        return self._applied.get(_place(kind, child))

    def remember_applied(self, kind: ResourceType, child: JsonObject, applied: Applied) -> None:
        """Remember an application."""
        self._applied = self._applied.set(_place(kind, child), applied)

    def forget_applied(self, kind: ResourceType, child: JsonObject) -> None:
        """Forget an application, because the child was deleted."""
        key = _place(kind, child)
        if key in self._applied:
            self._applied = self._applied.without(key)


def _place(kind: ResourceType, child: JsonObject) -> str:
    """Return where an application is remembered: without the version (rule 5.6)."""
    served = kind.served
    return "/".join((served.group, served.kind, *place_of(child)))
