"""The API server in memory: requests in, responses out.

1. A server is a mutable handle on a world, which is a value; a copy shares it and costs nothing.
2. One place turns paths into what they are about, one turns refusals into answers. What each verb
   does stands in a file of its own.
3. Nothing happens by itself: no clock, no threads, no randomness. `settle` lets what runs beside a
   server come to rest and moves the clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from reconcile.errors import LimitError
from reconcile.simulate import faults
from reconcile.simulate.go.json import encoded
from reconcile.simulate.go.yaml import write_yaml
from reconcile.simulate.publishing.discovery import discovery
from reconcile.simulate.server import (
    definitions,
    deleting,
    patching,
    reading,
    reviews,
    subresources,
    writing,
)
from reconcile.simulate.server.bootstrap import bootstrapped
from reconcile.simulate.server.clock import EPOCH
from reconcile.simulate.server.decoding import object_of, read_body, warning_of
from reconcile.simulate.server.exchange import Request, Response, read_request, refusal
from reconcile.simulate.server.negotiation import YAML
from reconcile.simulate.server.options import write_options
from reconcile.simulate.server.resource_type import Catalogue
from reconcile.simulate.server.routes import Route, route_of
from reconcile.simulate.server.settling import settled, stepped
from reconcile.simulate.server.showing import View, view_of
from reconcile.simulate.server.status import (
    ApiError,
    bad_request,
    method_not_allowed,
    not_found,
    not_served,
    unserved_text,
)
from reconcile.simulate.server.store import World
from reconcile.simulate.server.streams import Lines, Watch
from reconcile.simulate.server.writing import Outcome, Target
from reconcile.value.frozen import FrozenDict, FrozenList
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from reconcile.simulate.faults import Fault
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["ApiServer", "Response", "Watch"]

_TOO_DEEP: Final = f"the document is nested more than {MAX_DEPTH} levels deep"


class ApiServer:
    """A Kubernetes API server in memory.

    Units: `now` is a time with a zone; it moves only with `settle`.
    Guarantees: the same requests in the same order give the same answers, whatever the process.
    Source: recordings of kube-apiserver 1.36.3, which judge it; docs/simulator-gaps.md.
    """

    __slots__ = ("catalogue", "faults", "lines", "world")

    def __init__(self, *, now: datetime = EPOCH, seed: int = 0) -> None:
        self.catalogue = Catalogue.built_in()
        """What is served."""
        self.world: World = bootstrapped(self.catalogue, now, seed)
        """What is remembered: a value."""
        self.faults: tuple[Fault, ...] = ()
        """What is to go wrong; see `reconcile.simulate.faults`."""
        self.lines = Lines()
        """Events as they are sent, kept for other watchers."""

    def copy(self) -> ApiServer:
        """Return a server that goes its own way from here. Cost: constant."""
        made: ApiServer = object.__new__(ApiServer)
        made.world = self.world
        made.catalogue = self.catalogue
        made.faults = self.faults
        made.lines = self.lines
        return made

    def settle(self, seconds: float = 0.0) -> None:
        """Let the garbage collector and the namespace controller come to rest.

        Units: `seconds` by which the clock moves first, >= 0.
        """
        now = self.world.now + timedelta(seconds=seconds)
        self._keep(settled(self.world._replace(now=now), self.catalogue))

    def step(self) -> bool:
        """Let the server's own controllers do the next thing; return whether there was one."""
        before = self.world
        self._keep(stepped(before, self.catalogue))
        return self.world.version != before.version

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | JsonIn | Absent = ABSENT,
        content_type: str | None = None,
        user: str = "user",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Return the answer to a request.

        Shape: `path` includes the query. Bytes are sent as they are, any other body as JSON.
            `user` is who asks, and the name by which fields are owned unless the query gives
            another. A watch answers with the list of what happened since its version.
        Guarantees: an answer, whatever is asked; a request that is refused changes nothing.
        """
        request, error = read_request(
            method, path, body=body, content_type=content_type, user=user, headers=headers
        )
        if error is not None:
            return refusal(error)
        try:
            return self._answer(request) if not self.faults else self._struck(request)
        except ApiError as refused:
            return refusal(refused)
        except LimitError:
            return refusal(bad_request(_TOO_DEEP))

    def _struck(self, request: Request) -> Response:
        """Answer a request with what the caller wants to go wrong."""
        fault, self.faults = faults.strike(self.faults, request)
        match fault:
            case faults.Refused():
                raise faults.refused(fault, request)
            case faults.Unanswered():
                self._answer(request)
                raise faults.lost()
            case faults.Stale():
                now = self.world
                self.world = now.at(fault.version)
                try:
                    return self._answer(request)
                finally:
                    self.world = now
            case None:
                return self._answer(request)

    def watch(
        self, path: str, *, user: str = "user", headers: Mapping[str, str] | None = None
    ) -> Response | Watch:
        """Return a stream of events, or the answer that refuses it.

        Shape: `path` is of a collection, its query has `watch=1`.
        """
        request, error = read_request(
            "GET", path, body=ABSENT, content_type=None, user=user, headers=headers
        )
        if error is not None:
            return refusal(error)
        try:
            route = route_of(request.path)
            if route is None:
                raise unserved_text()
            kind = self._find(route, request)
            if not self._is_watch(route, request):
                return self._answer(request)
            return self._begin(route, kind, request)
        except ApiError as refused:
            return refusal(refused)

    # -- what a request is about ----------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        route = route_of(request.path)
        if route is None:
            return self._other(request)
        kind = self._find(route, request)
        deprecation = kind.served.warning
        with warning_of([] if deprecation is None else [deprecation]):
            return self._handled(route, kind, request)

    def _handled(self, route: Route, kind: ResourceType, request: Request) -> Response:
        """Answer a request for a resource."""
        served = kind.served
        if route.subresource:
            return self._part(route, kind, request)
        method = request.method
        if method in ("GET", "HEAD"):
            if self._is_watch(route, request):
                watch = self._begin(route, kind, request)
                events = FrozenList(cast("list[Json]", watch.events()))
                raw = b"".join(encoded(event, escape_html=True) + b"\n" for event in events)
                return Response(200, watch.headers, events, raw)
            view = view_of(kind, request, self.world.now)
            if route.name:
                self._allow(kind, "get")
                document = reading.get(self._target(route, kind), request.query)
                return view.response(200, document)
            self._allow(kind, "list")
            return self._list(route, kind, view, request)
        view = view_of(kind, request, self.world.now)
        if method == "POST":
            if route.name and not served.custom:
                raise method_not_allowed()
            self._allow(kind, "create")
            if served.storage is None:
                return self._review(route, kind, view, request)
            return self._create(route, kind, view, request)
        if method in ("PUT", "PATCH", "DELETE") and not route.name:
            if method == "DELETE":
                self._allow(kind, "deletecollection")
                return self._delete_all(route, kind, view, request)
            if served.custom:
                message = "name must be provided"
                raise bad_request(message)
            raise method_not_allowed()
        if method == "PUT":
            self._allow(kind, "update")
            return self._update(route, kind, view, request)
        if method == "PATCH":
            self._allow(kind, "patch")
            outcome = patching.patch(
                self._target(route, kind),
                request.body,
                request.media,
                request.query,
                request.manager,
            )
            return self._done(outcome, view)
        if method == "DELETE":
            self._allow(kind, "delete")
            options = deleting.options_of(request.query, request.body, request.media)
            outcome = deleting.delete(self._target(route, kind), options)
            return self._done(outcome, view)
        raise method_not_allowed()

    def _find(self, route: Route, request: Request) -> ResourceType:
        """Return the resource that a path is about. Raises: ApiError."""
        kind = self.catalogue.find(route.group, route.version, route.plural)
        if kind is not None and kind.served.namespaced is bool(route.namespace):
            return kind
        custom = kind.served.custom if kind else not self.catalogue.owns(route.group)
        missing = unserved_text() if custom else not_served()
        if kind is None:
            raise missing
        if route.namespace and not kind.served.namespaced:
            raise missing
        if kind.served.namespaced and not route.namespace:
            if route.name:
                raise missing
            if request.method not in ("GET", "HEAD"):
                raise missing if custom else method_not_allowed()
        return kind

    def _is_watch(self, route: Route, request: Request) -> bool:
        return route.watch or (not route.name and request.query.true("watch"))

    def _target(self, route: Route, kind: ResourceType) -> Target:
        return Target(
            self.world, self.catalogue, kind, route.namespace, route.name, route.subresource
        )

    @staticmethod
    def _allow(kind: ResourceType, verb: str) -> None:
        """Refuse what a resource does not do; custom resources do everything but at last create."""
        if not kind.served.custom and verb not in kind.served.verbs:
            raise method_not_allowed()

    def _other(self, request: Request) -> Response:
        """Answer a path that names no resource: discovery, schemas, health."""
        if request.method not in ("GET", "HEAD"):
            raise unserved_text() if request.path not in ("/", "/version") else method_not_allowed()
        from reconcile.simulate.publishing.publication import publication

        path, accept = request.path, request.header("accept")
        known = request.header("if-none-match")
        told = publication(
            self.catalogue.resources,
            definitions.established(self.world),
            path,
            accept=accept,
            asked_hash=request.query.get("hash"),
            if_none_match=known,
        )
        if told is not None:
            headers = {"Content-Type": told.content_type, **told.headers}
            if isinstance(told.content, bytes):
                return Response(told.status, headers, None, told.content)
            return Response(told.status, headers, told.content)
        answer = discovery(
            self.catalogue.resources,
            path,
            accept,
            if_none_match=known,
            verbose="verbose" in request.query,
        )
        if answer is None:
            raise unserved_text()
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.content_type == YAML:
            return Response(answer.status, headers, write_yaml(answer.document))
        return Response(answer.status, headers, answer.document)

    # -- verbs ----------------------------------------------------------------------------------

    def _create(self, route: Route, kind: ResourceType, view: View, request: Request) -> Response:
        options = write_options(request.query, "CreateOptions", request.manager)
        read = read_body(request.body, request.media, kind.served.kind, custom=kind.served.custom)
        document, warnings = object_of(read, kind, options.validation)
        target = Target(self.world, self.catalogue, kind, route.namespace, "")
        with warning_of(warnings):
            outcome = writing.create(target, kind.completed(document), options, sent=document)
        if warnings:
            outcome = outcome._replace(warnings=(*warnings, *outcome.warnings))
        return self._done(outcome, view)

    def _update(self, route: Route, kind: ResourceType, view: View, request: Request) -> Response:
        options = write_options(request.query, "UpdateOptions", request.manager)
        read = read_body(request.body, request.media, kind.served.kind, custom=kind.served.custom)
        document, warnings = object_of(read, kind, options.validation)
        target = self._target(route, kind)
        with warning_of(warnings):
            patching.same_object(target, document)
            after = kind.completed(document)
            writing.check_place(target, after)
            expected = writing.metadata_of(after).get("uid")
            if target.stored is None and kind.strategy.created_by_put:
                outcome = writing.create(target, after, options)
            else:
                outcome = writing.update(
                    target,
                    lambda _: (after, []),
                    options,
                    expected_uid=str(expected) if expected else None,
                )
        outcome = outcome._replace(warnings=(*warnings, *outcome.warnings))
        return self._done(outcome, view)

    def _list(self, route: Route, kind: ResourceType, view: View, request: Request) -> Response:
        chosen = reading.selection(kind, route.namespace, request.query)
        metadata, found = reading.list_objects(self.world, chosen, request.query)
        return self._collection(metadata, found, view)

    def _collection(
        self,
        metadata: JsonObject,
        found: list[FrozenDict],
        view: View,
    ) -> Response:
        served = view.kind.served
        items: list[Json]
        if served.custom:
            items = cast("list[Json]", found)
            if view.form.target is None:
                metadata = {"continue": "", **metadata}
        else:
            items = [_bare(each) for each in found]
        document: JsonObject = {
            "kind": served.list_kind,
            "apiVersion": served.api_version,
            "metadata": FrozenDict(metadata),
            "items": FrozenList(items),
        }
        return view.response(200, FrozenDict(document))

    def _delete_all(
        self, route: Route, kind: ResourceType, view: View, request: Request
    ) -> Response:
        options = deleting.options_of(request.query, request.body, request.media)
        chosen = reading.selection(kind, route.namespace, request.query)
        version = self.world.version
        target = self._target(route, kind)
        world, found = deleting.delete_all(target, chosen, options)
        self._keep(world)
        metadata: JsonObject = {"resourceVersion": str(version)}
        return self._collection(metadata, cast("list[FrozenDict]", found), view)

    def _begin(self, route: Route, kind: ResourceType, request: Request) -> Watch:
        self._allow(kind, "watch")
        view = view_of(kind, request, self.world.now)
        chosen = reading.selection(kind, route.namespace, request.query, route.name)
        return Watch(self, chosen, view.stream(), request)

    def _part(self, route: Route, kind: ResourceType, request: Request) -> Response:
        """Answer a request about a part of an object."""
        served = kind.served
        part = served.subresources.get(route.subresource)
        if part is None:
            if served.custom:
                raise not_found(served.plural, served.group, route.name)
            raise not_served()
        verb = {
            "GET": "get",
            "PUT": "update",
            "PATCH": "patch",
            "POST": "create",
            "DELETE": "delete",
        }
        if verb.get(request.method) not in part.verbs:
            if served.custom:
                told = verb.get(request.method, request.method.lower())
                message = f'{told} is not supported on resources of kind "{served.qualified}"'
                details: JsonObject = {"group": served.group, "kind": served.plural}
                raise ApiError(405, "MethodNotAllowed", message, details=details)
            raise method_not_allowed()
        view = view_of(kind, request, self.world.now)
        outcome = subresources.answer(self._target(route, kind), request)
        return self._done(outcome, view)

    def _review(self, route: Route, kind: ResourceType, view: View, request: Request) -> Response:
        """Answer a question that is not kept: who am I, what may I do."""
        options = write_options(request.query, "CreateOptions", request.manager)
        read = read_body(request.body, request.media, kind.served.kind)
        document, warnings = object_of(read, kind, options.validation)
        outcome = reviews.reviewed(
            self._target(route, kind), kind.completed(document), options, request.user
        )
        outcome = outcome._replace(warnings=tuple(warnings))
        return self._done(outcome, view)

    # -- answers --------------------------------------------------------------------------------

    def _done(self, outcome: Outcome, view: View) -> Response:
        self._keep(outcome.world)
        return view.response(outcome.code, outcome.document, outcome.warnings)

    def _keep(self, world: World) -> None:
        """Go on from a world; definitions that came or went change what is served."""
        if world is self.world:
            return
        before = self.world
        self.world = world
        for event in world.newest_first(before.version):
            if event.key.startswith(definitions.KIND):
                self.world = definitions.controlled(world, self.catalogue)
                self.catalogue = self.catalogue.with_crds(definitions.established(self.world))
                return


def _bare(document: FrozenDict) -> FrozenDict:
    """Return a built-in object as lists show it: without its kind and version."""
    return FrozenDict(
        {key: value for key, value in document.items() if key not in {"kind", "apiVersion"}}
    )
