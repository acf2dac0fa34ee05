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
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, cast, overload

from reconcile.objects.accept import accept
from reconcile.objects.gvk import Gvk
from reconcile.objects.resource import Parent
from reconcile.objects.view import Kind
from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.queue import Queue
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.clock import EPOCH
from reconcile.simulate.history import Act, Change, changes
from reconcile.simulate.hooks import Answering, Hooked, Installed, installed
from reconcile.simulate.metacontroller.client import CrashError, path_of
from reconcile.simulate.metacontroller.definitions import GROUP, VERSION, definitions
from reconcile.simulate.metacontroller.process import Crashed, HookCalled, Metacontroller, as_given
from reconcile.simulate.settling import at_rest
from reconcile.simulate.starting import check_start
from reconcile.simulate.status import ApiError
from reconcile.simulate.steps import Step
from reconcile.simulate.stray_owners import report
from reconcile.simulate.unsettled import NotSettledError, crashed, failing, looping
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.hook.controller import Controller, Decorator
    from reconcile.hook.reply import Failure
    from reconcile.hook.transport import Answer, Call
    from reconcile.kinds._loop import Apply
    from reconcile.objects.accept import Acceptable
    from reconcile.simulate.actors.actor import Actor
    from reconcile.simulate.exchange import Response
    from reconcile.simulate.faults import Fault
    from reconcile.simulate.metacontroller.process import Row
    from reconcile.simulate.resource_type import ResourceType
    from reconcile.value.types import Json, JsonIn, JsonObject

    AnyController: TypeAlias = Controller[Any] | Decorator[Any] | Hooked

__all__ = ["Cluster", "NotSettledError", "Scheduler"]

K = TypeVar("K", bound=Kind)
P = TypeVar("P", bound="Parent[Any, Any]")

Scheduler = Callable[[Sequence[Step]], Step]
"""Chooses the next of the steps that are possible; there is always at least one."""
Propagation: TypeAlias = Literal["Background", "Foreground", "Orphan"]
How: TypeAlias = Literal["merge", "strategic", "json"]

_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_MEDIA: Final[Mapping[str, str]] = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}
_APPLY: Final = "application/apply-patch+yaml"
_LIMIT: Final = 100
_PATIENCE: Final = 3.0


class Cluster:
    """A cluster with some controllers, for tests.

    Shape: `controllers` are those of this library, or `Hooked` ones. `namespace` is where objects
        are that name none; it is made if it is not there. `apply` is how Metacontroller writes
        children. `actors` run beside it, as a kubelet; none do by default, so that Pods never run
        and a Deployment makes no ReplicaSets. `objects` are there from the beginning. `faithful`
        false repairs what is known to be broken in the real one. `order` decides in which order
        children of one kind are looked at, which the real one leaves open. `pure` says that hooks
        look at nothing but the request, so that equal requests are answered once. `options` go to
        `controller_object`, as `resync_period=30`.
    Units: `pause`, the virtual seconds that a sync takes.
    Raises: DefinitionError for controllers that cannot run, WorldError for a beginning that cannot
        be, ApiError for objects that the server does not take.
    """

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
        self.namespace = namespace
        self.server = ApiServer(now=now, seed=seed)
        """The API server: anything can be asked of it."""
        self._seed = seed
        self._calls = 0
        self._rows: _Told | None = None
        self._acts: _Acted | None = None
        self._marked = self.server.world.version
        self._rested = self.server.world.version
        self._reported = self.server.world.version
        self._failure: Failure | None = None
        self._shared = False
        self.findings: tuple[str, ...] = ()
        """Defects of the real Metacontroller that showed, each with the number of its rule."""
        self._installed: dict[str, Installed] = {}
        for given in controllers:
            made = installed(given, set(self._installed), dict(options or {}))
            self._installed[made.name] = made
        self._answering = Answering(self._installed, {} if pure else None)
        self._queue = Queue(tuple(actors))
        self._process = Metacontroller(
            self.server,
            self._call,
            told=self._tell,
            server_side=apply == "server-side",
            faithful=faithful,
            order=order,
            pause=pause,
        )
        self._install(objects)

    def _install(self, objects: Iterable[Acceptable]) -> None:
        for definition in definitions():
            self._made("POST", _CRDS, definition, "admin")
        for each in self._installed.values():
            for definition in each.crds:
                self._made("POST", _CRDS, definition, "admin")
        if (
            self.namespace
            and self.server.request("GET", f"/api/v1/namespaces/{self.namespace}").status == 404
        ):
            body: JsonObject = {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": self.namespace},
            }
            self._made("POST", "/api/v1/namespaces", body, "admin")
        beginning = [self._document(each) for each in objects]
        check_start(beginning, self.server.catalogue)
        for document in beginning:
            self._create(document, "admin")
        for each in self._installed.values():
            kind = self._type(Gvk(VERSION, str(each.document["kind"])))
            self._made("POST", path_of(kind, ""), each.document, "admin")
        self._mark("admin")
        self._process.start()

    def _made(self, method: str, path: str, body: JsonIn, user: str) -> Json:
        return _taken(self.server.request(method, path, body=body, user=user))

    # -- copies ------------------------------------------------------------------------------------

    def copy(self) -> Cluster:
        """Return a cluster that goes its own way from here.

        Cost: constant; what is not shared for ever is copied when one of them moves on.
        """
        made: Cluster = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        self._shared = made._shared = True
        return made

    def _own(self) -> None:
        """Stop sharing with copies: something is about to change."""
        if self._shared:
            self._shared = False
            self.server = self.server.copy()
            self._process = self._process.copy(self.server, self._tell)
            self._process.transport = self._call
            self._queue = self._queue.copy()

    # -- what users do -----------------------------------------------------------------------------

    @overload
    def create(self, thing: K, *, user: str = "user") -> K: ...
    @overload
    def create(self, thing: P, *, user: str = "user") -> P: ...
    @overload
    def create(self, thing: Acceptable, *, user: str = "user") -> Any: ...
    def create(self, thing: Any, *, user: str = "user") -> Any:
        """Create an object; return it as it is stored.

        Shape: anything that stands for an object; without a namespace it goes to the cluster's.
        Raises: ApiError if the server refuses.
        """
        self._own()
        made = self._create(self._document(thing), user)
        self._mark(user)
        return _typed(type(thing), made)

    def _create(self, document: JsonObject, user: str) -> JsonObject:
        kind, namespace, _ = self._place(document)
        status = document.get("status")
        made = cast("JsonObject", self._made("POST", path_of(kind, namespace), document, user))
        if status is not None and "status" in kind.served.subresources:
            name = str(cast("Mapping[str, Any]", made["metadata"])["name"])
            whole = {**cast("JsonObject", thaw(made)), "status": status}
            path = path_of(kind, namespace, name, "status")
            made = cast("JsonObject", self._made("PUT", path, whole, user))
        return made

    def apply(self, thing: Acceptable, *, user: str = "user", force: bool = False) -> JsonObject:
        """Apply an object by server-side apply; return it as it is stored. Raises: ApiError."""
        self._own()
        document = self._document(thing)
        kind, namespace, name = self._place(document)
        query = f"fieldManager={user}&force={'true' if force else 'false'}"
        response = self.server.request(
            "PATCH",
            f"{path_of(kind, namespace, name)}?{query}",
            body=document,
            content_type=_APPLY,
            user=user,
        )
        made = cast("JsonObject", _taken(response))
        self._mark(user)
        return cast("JsonObject", thaw(made))

    def update(self, thing: Acceptable, *, user: str = "user", subresource: str = "") -> JsonObject:
        """Write an object whole, or its status; return it as it is stored. Raises: ApiError."""
        self._own()
        document = self._document(thing)
        kind, namespace, name = self._place(document)
        path = path_of(kind, namespace, name, subresource)
        made = cast("JsonObject", self._made("PUT", path, document, user))
        self._mark(user)
        return cast("JsonObject", thaw(made))

    def patch(
        self,
        kind: type[Kind | Parent[Any, Any]] | Gvk,
        name: str,
        body: JsonIn,
        *,
        namespace: str | None = None,
        how: How = "merge",
        subresource: str = "",
        user: str = "user",
    ) -> JsonObject:
        """Patch an object; return it as it is stored. Raises: ApiError."""
        self._own()
        served = self._type(_gvk(kind))
        path = path_of(served, self._home(namespace), name, subresource)
        response = self.server.request(
            "PATCH", path, body=body, content_type=_MEDIA[how], user=user
        )
        made = cast("JsonObject", _taken(response))
        self._mark(user)
        return cast("JsonObject", thaw(made))

    def delete(
        self,
        kind: type[Kind | Parent[Any, Any]] | Gvk,
        name: str,
        *,
        namespace: str | None = None,
        propagation: Propagation | None = None,
        user: str = "user",
    ) -> None:
        """Delete an object. Raises: ApiError."""
        self._own()
        options: JsonObject = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if propagation is not None:
            options["propagationPolicy"] = propagation
        path = path_of(self._type(_gvk(kind)), self._home(namespace), name)
        self._made("DELETE", path, options, user)
        self._mark(user)

    @overload
    def get(self, kind: type[K], name: str, *, namespace: str | None = None) -> K: ...
    @overload
    def get(self, kind: type[P], name: str, *, namespace: str | None = None) -> P: ...
    @overload
    def get(self, kind: Gvk, name: str, *, namespace: str | None = None) -> JsonObject: ...
    def get(self, kind: Any, name: str, *, namespace: str | None = None) -> Any:
        """Return an object: typed where `kind` is a class, read-only. Raises: ApiError."""
        path = path_of(self._type(_gvk(kind)), self._home(namespace), name)
        return _typed(kind, cast("JsonObject", _taken(self.server.request("GET", path))))

    @overload
    def find(self, kind: type[K], name: str, *, namespace: str | None = None) -> K | None: ...
    @overload
    def find(self, kind: type[P], name: str, *, namespace: str | None = None) -> P | None: ...
    @overload
    def find(self, kind: Gvk, name: str, *, namespace: str | None = None) -> JsonObject | None: ...
    def find(self, kind: Any, name: str, *, namespace: str | None = None) -> Any:
        """Return an object as `get` does, None if there is none."""
        served = self._type(_gvk(kind))
        stored = self.server.world.objects.get(served.key(self._home(namespace), name))
        return None if stored is None else _typed(kind, served.shown(stored))

    @overload
    def list(self, kind: type[K], *, namespace: str | None = None) -> Sequence[K]: ...
    @overload
    def list(self, kind: type[P], *, namespace: str | None = None) -> Sequence[P]: ...
    @overload
    def list(self, kind: Gvk, *, namespace: str | None = None) -> Sequence[JsonObject]: ...
    def list(self, kind: Any, *, namespace: str | None = None) -> Any:
        """Return the objects of a kind by namespace and name, of all unless one is named."""
        api = Api(self.server)
        gvk = _gvk(kind)
        self._type(gvk)
        found = api.list(gvk.api_version, gvk.kind, namespace or "")
        return [_typed(kind, document) for document in found]

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
        counted: dict[str, int] = {}
        until = self.now + timedelta(seconds=patience)
        while True:
            before = self.server.world.version
            acted = self._next(scheduler)
            if self._process.crash is not None:
                raise crashed(self._process.crash)
            if self.server.world.version != before:
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
        if not failures:
            error = failing(self)
            if error is not None:
                raise error

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
        if self._queue.look(self.server):
            made.append(Step("act"))
        return made

    def step(self, step: Step) -> None:
        """Do one thing. Raises: LookupError if it cannot happen now."""
        self._own()
        self._process.synced = None
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
        world = self.server.world
        if self._rested == world.version:
            return True
        if at_rest(world, self.server.catalogue, self._rested):
            self._rested = world.version
            return True
        return False

    def _collect(self) -> bool:
        """Let the server's own controllers do the next thing."""
        report(self.server, self._reported)
        self._reported = self.server.world.version
        if self._resting():
            return False
        acted = self.server.step()
        if not acted:
            self._rested = self.server.world.version
        self._mark("kube-controller-manager")
        return acted

    def _act(self) -> bool:
        """Let one actor look at one object."""
        if not self._queue.actors or not self._queue.step(self.server):
            return False
        self._mark("actors")
        return True

    def _wakes(self) -> datetime | None:
        times = (self._process.wakes, self._queue.wakes)
        return min((when for when in times if when is not None), default=None)

    def _pass(self, when: datetime) -> None:
        """Let the clock move to a time, if it is not later already."""
        if when > self.now:
            self.server.world = self.server.world._replace(now=when)

    @property
    def now(self) -> datetime:
        """The time of the cluster."""
        return self.server.world.now

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
        return self._process.server_side

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
        return self.server.faults

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        self._own()
        self.server.faults = tuple(faults)

    def run(self, *actors: Actor) -> None:
        """Let actors run from now on, beside those that do."""
        self._own()
        self._queue = Queue((*self._queue.actors, *actors))

    # -- what happened -----------------------------------------------------------------------------

    @property
    def calls(self) -> Sequence[HookCalled]:
        """The calls of hooks, in order."""
        return [row for row in self.rows if isinstance(row, HookCalled)]

    @property
    def rows(self) -> Sequence[Row]:
        """What Metacontroller did, in order: calls, writes, events."""
        made: list[Row] = []
        told = self._rows
        while told is not None:
            made.append(told.row)
            told = told.before
        return made[::-1]

    @property
    def history(self) -> Sequence[Change]:
        """Who changed what, in order, as far as the server remembers."""
        acts: list[Act] = []
        acted = self._acts
        while acted is not None:
            acts.append(acted.act)
            acted = acted.before
        return changes(self.server.world, acts[::-1])

    @property
    def events(self) -> Sequence[JsonObject]:
        """The events that were emitted, as objects, by the time they began."""
        found = [held.document for held in self.server.world.objects.values("/Event/")]
        return sorted(found, key=lambda each: int(str(_about(each)["resourceVersion"])))

    @property
    def failure(self) -> Failure | None:
        """Why the last call of a hook of this library failed, None if it did not."""
        return self._failure

    def _call(self, call: Call) -> Answer:
        self._calls += 1
        answer, self._failure = self._answering.answer(
            call, now=self.now, seed=self._seed, count=self._calls
        )
        return answer

    def _tell(self, row: Row) -> None:
        if isinstance(row, Crashed) and row.error.rule != "asked for":
            self.findings = (*self.findings, f"{row.error.rule}: {row.error}")
        self._rows = _Told(row, self._rows)

    def _mark(self, who: str) -> None:
        """Remember who wrote what was written since the last mark."""
        version = self.server.world.version
        if version != self._marked:
            self._acts = _Acted(Act(who, self._marked, version), self._acts)
            self._marked = version

    # -- names -------------------------------------------------------------------------------------

    def _document(self, thing: object) -> JsonObject:
        """Return an object as a document, in the cluster's namespace unless it names one."""
        document = accept(thing)
        kind = self.server.catalogue.find_kind(
            str(document.get("apiVersion", "")), str(document.get("kind", ""))
        )
        about = document.get("metadata")
        if kind is None or not kind.served.namespaced or not isinstance(about, dict):
            return document
        if not about.get("namespace"):
            about["namespace"] = self.namespace
        return document

    def _place(self, document: JsonObject) -> tuple[ResourceType, str, str]:
        kind = self._type(Gvk(str(document.get("apiVersion")), str(document.get("kind"))))
        about = _about(document)
        return kind, str(about.get("namespace") or ""), str(about.get("name") or "")

    def _home(self, namespace: str | None) -> str:
        return self.namespace if namespace is None else namespace

    def _type(self, gvk: Gvk) -> ResourceType:
        found = self.server.catalogue.find_kind(gvk.api_version, gvk.kind)
        if found is None:
            message = f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"'
            raise ApiError(404, "NotFound", message)
        return found


class _Told:
    """What was told, newest first: a chain that copies share."""

    __slots__ = ("before", "row")

    def __init__(self, row: Row, before: _Told | None) -> None:
        self.row = row
        self.before = before


class _Acted:
    """Who acted, newest first: a chain that copies share."""

    __slots__ = ("act", "before")

    def __init__(self, act: Act, before: _Acted | None) -> None:
        self.act = act
        self.before = before


def _about(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get("metadata")
    return cast("Mapping[str, Any]", found if isinstance(found, dict) else {})


def _gvk(kind: Any) -> Gvk:
    return kind if isinstance(kind, Gvk) else cast("Gvk", kind.gvk)


def _typed(kind: Any, document: JsonObject) -> Any:
    """Return a document as a class shows it; as it is where the class shows none."""
    if isinstance(kind, type) and issubclass(kind, Parent):
        return kind.read(document)
    if isinstance(kind, type) and issubclass(kind, Kind):
        return kind.observed(document)
    return document


def _taken(response: Response) -> Json:
    """Return what the server answered. Raises: ApiError if it refused."""
    if response.status < 300:
        return response.body
    body = response.body
    if not isinstance(body, dict):
        raise ApiError(response.status, "", str(body))
    details = body.get("details")
    raise ApiError(
        response.status,
        str(body.get("reason", "")),
        str(body.get("message", "")),
        details=details if isinstance(details, dict) else None,
    )
