"""A cluster in memory: an API server, its collector, Metacontroller, and what users do to it.

1. Nothing happens by itself. `settle` goes on until nothing moves; `step` does one thing; time
   moves with `advance` and with what waits for it.
2. Everything goes through the API server, as in a real cluster: users, Metacontroller and actors
   are told apart by their names in managedFields and in `history`.
3. A cluster may be copied at any moment; the copies go their own ways.

Source: docs/explanation/faithful.md tells how close it is, docs/simulator-gaps.md where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    NamedTuple,
    Self,
    TypeAlias,
)

from reconcile.objects.gvk import Gvk
from reconcile.simulate.actors.queue import Queue
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.hooks import Answering, Hooked, Installed, definitions_of, installed
from reconcile.simulate.metacontroller.client import CrashError, path_of
from reconcile.simulate.metacontroller.definitions import GROUP, VERSION, definitions
from reconcile.simulate.metacontroller.flags import Flags
from reconcile.simulate.metacontroller.process import Metacontroller, as_given
from reconcile.simulate.pictures.timeline import timeline
from reconcile.simulate.pictures.tree import tree
from reconcile.simulate.planning import Planning
from reconcile.simulate.remembering import Remembering, Told
from reconcile.simulate.server.clock import EPOCH
from reconcile.simulate.server.settling import at_rest
from reconcile.simulate.server.stray_owners import report
from reconcile.simulate.starting import check_start
from reconcile.simulate.steps import Step
from reconcile.simulate.unsettled.error import NotSettledError, crashed, failing, looping
from reconcile.simulate.users import Users
from reconcile.value import paused_collector

if TYPE_CHECKING:
    from reconcile.hook.controller import Controller, Decorator
    from reconcile.hook.transport import Answer, Call
    from reconcile.kinds._loop import Apply
    from reconcile.objects.accept import Acceptable
    from reconcile.simulate.actors.actor import Actor
    from reconcile.simulate.actors.kubelet import PodChoice, Ready
    from reconcile.simulate.faults import Fault
    from reconcile.value.types import JsonObject

    AnyController: TypeAlias = Controller[Any] | Decorator[Any] | Hooked

__all__ = ["Cluster", "NotSettledError", "Scheduler"]

Scheduler = Callable[[Sequence[Step]], Step]
"""Chooses the next of the steps that are possible; there is always at least one."""

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_LIMIT: Final = 100
_PATIENCE: Final = 3.0


class Cluster(Planning, Remembering, Users):
    """A cluster with some controllers, for tests.

    Shape: `controllers` are those of this library, or `Hooked` ones. `namespace` is where objects
        are that name none; it is made if it is not there. `apply` is how Metacontroller writes
        children. `actors` run beside it, as a kubelet; none do by default, so that Pods never run
        and a Deployment makes no ReplicaSets. `objects` are there from the beginning. `faithful`
        false repairs what is known to be broken in the real one. `order` decides in which order
        children of one kind are looked at, which the real one leaves open. `pure` says that hooks
        look at nothing but the request, so that equal requests are answered once. `options` go to
        `controller_object`, as `resync_period=30`, or `name`.
    Units: `pause`, the virtual seconds that a sync takes.
    Raises: DefinitionError for controllers that cannot run, WorldError for a beginning that cannot
        be, ApiError for objects that the server does not take.
    """

    _answering: Answering
    _process: Metacontroller
    _rows: Told | None
    _shared: bool

    def __init__(
        self,
        *controllers: AnyController,
        namespace: str = "default",
        apply: Apply = "dynamic",
        objects: Iterable[Acceptable] = (),
        actors: Sequence[Actor] = (),
        now: datetime = EPOCH,
        seed: int = 0,
        faithful: bool = True,
        pure: bool = False,
        order: Callable[[Iterable[tuple[str, str]]], list[tuple[str, str]]] = as_given,
        pause: float = 0.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        given = dict(options or {})
        beginning: _Beginning = _Beginning(
            controllers, namespace, apply, now, seed, faithful, order, tuple(given.items())
        )
        try:
            known = _begun(beginning)
        except TypeError:  # something in it has no hash, so it is not remembered
            known = _begun.__wrapped__(beginning)
        self._take(known)
        if pure:
            self._answering = self._answering._replace(memo={})
        if actors or pause or objects:
            self._own()
            self._queue = Queue(tuple(actors))
            self._process.pause = pause
            for document in self._checked(objects):
                self._create(document, "admin")
            self._mark("admin")

    def _take(self, other: Cluster) -> None:
        """Become a copy of another cluster."""
        self.__dict__.update(other.__dict__)
        self._shared = other._shared = True

    def _begin(self, beginning: _Beginning) -> None:
        """Make a cluster in which nothing has happened yet but that controllers were installed."""
        self.namespace = beginning.namespace
        self._server = ApiServer(now=beginning.now, seed=beginning.seed)
        self._seed = beginning.seed
        self._calls = 0
        self._rows = None
        self._acts = None
        self._steps = 0
        self._marked = self._rested = self._reported = self._server.world.version
        self._failure = None
        self._shared = False
        self.findings = ()
        """What the real Metacontroller does silently, or dies of, with the number of the rule."""
        known: dict[str, Installed] = {}
        for given in beginning.controllers:
            made = installed(given, set(known), dict(beginning.options))
            known[made.name] = made
        self._installed = known
        self._answering = Answering(known, None)
        self._queue = Queue(())
        self._process = Metacontroller(
            self._server,
            self._call,
            told=self._tell,
            flags=Flags(server_side=beginning.apply == "server-side"),
            faithful=beginning.faithful,
            order=beginning.order,
        )
        self._process.found = self._find
        self._install()

    def _install(self) -> None:
        for definition in definitions():
            self._made("POST", _CRDS, definition, "admin")
        for definition in definitions_of(self._installed.values()):
            self._made("POST", _CRDS, definition, "admin")
        if (
            self.namespace
            and self._server.request("GET", f"/api/v1/namespaces/{self.namespace}").status == 404
        ):
            body: JsonObject = {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": self.namespace},
            }
            self._made("POST", "/api/v1/namespaces", body, "admin")
        for each in self._installed.values():
            kind = self._type(Gvk(VERSION, str(each.document["kind"])))
            self._made("POST", path_of(kind, ""), each.document, "admin")
        self._mark("admin")
        self._process.start()
        while self._process.objects.due:
            self._process.work()
        self._mark("metacontroller")

    def _checked(self, objects: Iterable[Acceptable]) -> list[JsonObject]:
        """Return the objects that a cluster begins with. Raises: WorldError."""
        made = [self._document(each) for each in objects]
        check_start(made, self._server.catalogue)
        return made

    # -- copies ------------------------------------------------------------------------------------

    def copy(self) -> Self:
        """Return a cluster that goes its own way from here.

        Cost: constant; what is not shared for ever is copied when one of them moves on.
        """
        made = object.__new__(type(self))
        made._take(self)
        return made

    def _own(self) -> None:
        """Stop sharing with copies: something is about to change."""
        if self._shared:
            self._shared = False
            self._server = self._server.copy()
            self._process = self._process.copy(self._server, self._tell)
            self._process.transport = self._call
            self._process.found = self._find
            self._queue = self._queue.copy()

    # -- what goes on by itself --------------------------------------------------------------------

    def settle(
        self,
        limit: int = _LIMIT,
        *,
        patience: float = _PATIENCE,
        failures: bool = False,
        scheduler: Scheduler | None = None,
    ) -> None:
        """Go on until nothing moves.

        Shape: what waits is waited for as long as nothing is written in between for less than
            `patience`; later syncs, as of `resync_after`, stay for `advance`. `scheduler` chooses
            each step.
        Units: `limit`, syncs of one parent; `patience`, virtual seconds.
        Raises: NotSettledError for a parent that is synced more often, for a crash, and, unless
            `failures` allows it, for syncs that still fail.
        """
        self._own()
        with paused_collector():
            self._settle(limit, patience, scheduler)
        if not failures:
            error = failing(self)
            if error is not None:
                raise error

    def _settle(self, limit: int, patience: float, scheduler: Scheduler | None) -> None:
        counted: dict[str, int] = {}
        until = self.now + timedelta(seconds=patience)
        while True:
            before = self._server.world.version
            acted = self._next(scheduler)
            if self._process.crash is not None:
                raise crashed(self._process.crash)
            if self._server.world.version != before:
                until = self.now + timedelta(seconds=patience)
            if acted:
                synced = self._process.synced
                if synced is not None:
                    counted[synced] = counted.get(synced, 0) + 1
                    if counted[synced] > limit:
                        raise looping(self, synced, limit)
                continue
            wakes = self._wakes()
            if wakes is None or wakes > until:
                break
            self._pass(wakes)

    def advance(self, seconds: float) -> None:
        """Let time pass, and do in its time what falls due. Units: `seconds` >= 0.

        Raises: NotSettledError as `settle`, but for syncs that fail.
        """
        end = self.now + timedelta(seconds=seconds)
        self.settle(failures=True, patience=0.0)
        while (wakes := self._wakes()) is not None and wakes <= end:
            self._pass(wakes)
            self.settle(failures=True, patience=0.0)
        self._pass(end)
        self.settle(failures=True, patience=0.0)

    def steps(self) -> Sequence[Step]:
        """Return what can happen next: deliveries, syncs, collection, actors; none at rest.

        Guarantees: sorted, and the same for equal clusters.
        """
        self._own()
        made = self._process.steps()
        if not self._resting():
            made.append(Step("collect"))
        if self._queue.look(self._server):
            made.append(Step("act"))
        return made

    def step(self, step: Step) -> None:
        """Do one thing. Raises: LookupError if it cannot happen now."""
        self._own()
        self._process.synced = None
        self._steps += 1
        if step.what == "collect":
            self._collect()
        elif step.what == "act":
            self._act()
        else:
            self._process.do(step)
            self._mark("metacontroller")

    def _next(self, scheduler: Scheduler | None) -> bool:
        """Do the next thing; return whether there was one."""
        process = self._process
        process.synced = None
        self._steps += 1
        if scheduler is not None:
            possible = self.steps()
            if not possible:
                return False
            self.step(scheduler(possible))
            return True
        process.deliver()
        if process.work():
            self._mark("metacontroller")
            return True
        return self._collect() or self._act()

    def _resting(self) -> bool:
        world = self._server.world
        if self._rested == world.version:
            return True
        if at_rest(world, self._server.catalogue, self._rested):
            self._rested = world.version
            return True
        return False

    def _collect(self) -> bool:
        """Let the server's own controllers do the next thing."""
        report(self._server, self._reported)
        self._reported = self._server.world.version
        if self._resting():
            return False
        acted = self._server.step()
        if not acted:
            self._rested = self._server.world.version
        self._mark("kube-controller-manager")
        return acted

    def _act(self) -> bool:
        """Let one actor look at one object."""
        if not self._queue.actors or not self._queue.step(self._server):
            return False
        self._mark(self._queue.acted)
        return True

    def _wakes(self) -> datetime | None:
        times = (self._process.wakes, self._queue.wakes)
        return min((when for when in times if when is not None), default=None)

    def _pass(self, when: datetime) -> None:
        """Let the clock move to a time, if it is not later already."""
        if when > self.now:
            self._server.world = self._server.world._replace(now=when)

    @property
    def server(self) -> ApiServer:
        """The API server: anything can be asked of it."""
        self._own()
        return self._server

    def _call(self, call: Call) -> Answer:
        self._calls += 1
        answer, self._failure = self._answering.answer(
            call, now=self.now, seed=self._seed, count=self._calls
        )
        return answer

    # -- pictures ----------------------------------------------------------------------------------

    def tree(self) -> str:
        """Return what belongs to whom, and how it is, as a tree.

        Guarantees: no values of objects; the same text for equal clusters.
        """
        return tree(self)

    def timeline(self) -> str:
        """Return who did what, in order, sync by sync.

        Guarantees: no values of objects but in messages; the same text for equal clusters.
        """
        return timeline(self)

    def run_workloads(
        self, ready: Ready = "at once", *, seconds: float = 10.0, choices: Iterable[PodChoice] = ()
    ) -> None:
        """Let workloads run from now on: a Node, a StorageClass, and all that acts on them.

        Shape: Pods, volumes and addresses come as `ready` says; `choices` say so of single Pods.
        Units: `seconds` until they come, where `ready` is `slow`.
        Raises: DefinitionError for a word that is not known.
        """
        from reconcile.simulate import workloads  # many controllers, which few tests need

        self.run(*workloads.actors(ready, seconds, choices))
        for each in workloads.ground():
            self.create(each, user="admin")
        self.settle(failures=True)

    # -- what goes wrong on request ----------------------------------------------------------------

    def crash(self, *, after: int = 0) -> None:
        """Let Metacontroller crash: now, or right after its next `after` writes."""
        self._own()
        if after:
            self._process.client.crash_after = after
        else:
            rule, message = "asked for", "the process was made to end"
            self._process.crashed(CrashError(rule, message))

    def restart(self) -> None:
        """Start Metacontroller again, with an empty memory."""
        self._own()
        self._process.stop()
        self._process.start()

    @property
    def server_side(self) -> bool:
        """Whether Metacontroller writes children by server-side apply."""
        return self._process.flags.server_side

    @property
    def failing(self) -> Sequence[tuple[str, str]]:
        """The syncs that fail: the controller, and `group/Kind/namespace/name` of the parent."""
        made = [(key.partition("/")[2], f"{GROUP}/{key}") for key in self._process.objects.failures]
        for run in self._process.running.values():
            made += [(run.settings.name, key) for key in run.queue.failures]
        return made

    @property
    def alive(self) -> bool:
        """Whether Metacontroller runs."""
        return self._process.alive

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is to go wrong with requests; see `reconcile.simulate.faults`."""
        return self._server.faults

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        self._own()
        self._server.faults = tuple(faults)

    def run(self, *actors: Actor) -> None:
        """Let actors run from now on, beside those that do."""
        self._own()
        self._queue = Queue((*self._queue.actors, *actors))


class _Beginning(NamedTuple):
    """What clusters that begin alike have in common."""

    controllers: tuple[AnyController, ...]
    namespace: str
    apply: Apply
    now: datetime
    seed: int
    faithful: bool
    order: Callable[[Iterable[tuple[str, str]]], list[tuple[str, str]]]
    options: tuple[tuple[str, Any], ...]


@lru_cache(maxsize=16)
def _begun(beginning: _Beginning) -> Cluster:
    """Return a cluster at its beginning, which nobody changes: clusters are copied from it."""
    made: Cluster = object.__new__(Cluster)
    made._begin(beginning)
    made._shared = True
    return made
