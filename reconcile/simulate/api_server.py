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
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from reconcile.errors import LimitError
from reconcile.simulate import (
    definitions,
    deleting,
    patching,
    reading,
    subresources,
    watching,
    writing,
)
from reconcile.simulate.bootstrap import bootstrapped
from reconcile.simulate.clock import EPOCH
from reconcile.simulate.decoding import object_of, read_body, warning_of
from reconcile.simulate.discovery import discovery
from reconcile.simulate.go_json import encoded, quoted
from reconcile.simulate.negotiation import JSON, YAML, check_route, negotiated
from reconcile.simulate.options import write_options
from reconcile.simulate.resource_type import Catalogue
from reconcile.simulate.routes import Query, Route, query_of, route_of
from reconcile.simulate.settling import settled
from reconcile.simulate.status import (
    ApiError,
    bad_request,
    method_not_allowed,
    not_found,
    not_served,
    unserved_text,
)
from reconcile.simulate.store import World
from reconcile.simulate.table import transformed
from reconcile.simulate.writing import Outcome, Target
from reconcile.value.frozen import FrozenDict, FrozenList
from reconcile.value.limits import MAX_DEPTH
from reconcile.value.types import ABSENT, Absent

if TYPE_CHECKING:
    from reconcile.simulate.negotiation import Negotiated
    from reconcile.simulate.resource_type import ResourceType
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["ApiServer", "Response", "Watch"]

_TOO_DEEP: Final = f"the document is nested more than {MAX_DEPTH} levels deep"
_TEXT: Final = "text/plain; charset=utf-8"


class Response:
    """An answer.

    Shape: `body` is the parsed document, read-only where it comes from the store, or text where the
        content type says so; `raw` the bytes, which are made when somebody asks.
    """

    __slots__ = ("_raw", "body", "headers", "status")

    def __init__(
        self, status: int, headers: Mapping[str, str], body: Json, raw: bytes | None = None
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self._raw = raw

    @property
    def raw(self) -> bytes:
        """The bytes of the body."""
        if self._raw is None:
            if isinstance(self.body, str):
                self._raw = self.body.encode()
            else:
                self._raw = encoded(self.body, escape_html=True) + b"\n"
        return self._raw

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


class _Request(NamedTuple):
    method: str
    path: str
    query: Query
    body: bytes | JsonIn | Absent
    media: str
    user: str
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        for key, value in self.headers.items():
            if key.lower() == name:
                return value
        return ""


class Watch:
    """A stream of events, pulled by whoever holds it."""

    __slots__ = ("_chosen", "_cursor", "_first", "_server", "_show", "bookmarks", "headers", "timeout")

    def __init__(
        self,
        server: ApiServer,
        chosen: reading.Selection,
        first: list[JsonObject],
        cursor: watching.Cursor,
        show: watching.Shown,
        query: Query,
    ) -> None:
        self._server = server
        self._chosen = chosen
        self._first = first
        self._cursor = cursor
        self._show = show
        self.headers: Mapping[str, str] = {"Content-Type": JSON}
        self.timeout: float | None = _timeout(query)
        """Seconds after which the stream ends, None if the client does not say."""
        self.bookmarks = query.true("allowWatchBookmarks")

    @property
    def closed(self) -> bool:
        """Whether the stream is over: an error was its last event."""
        return self._cursor.closed

    def take(self) -> list[bytes]:
        """Return the events that came since the last call, one JSON document each."""
        return [encoded(event, escape_html=True) for event in self.events()]

    def events(self) -> list[JsonObject]:
        """Return the events that came since the last call."""
        made, self._first = self._first, []
        more, self._cursor = watching.events_since(
            self._server.world, self._chosen, self._cursor, self._show
        )
        return made + more

    def bookmark(self) -> bytes:
        """Return an event that tells how far the watch has seen."""
        return encoded(watching.bookmark(self._server.world, self._chosen))


def _timeout(query: Query) -> float | None:
    text = query.get("timeoutSeconds")
    try:
        return float(int(text)) if text else None
    except ValueError:
        message = f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax"
        raise bad_request(message) from None


class ApiServer:
    """A Kubernetes API server in memory.

    Units: `now` is a time with a zone; it moves only with `settle`.
    Guarantees: the same requests in the same order give the same answers, whatever the process.
    Source: recordings of kube-apiserver 1.36.3, which judge it; docs/simulator-gaps.md.
    """

    __slots__ = ("catalogue", "world")

    def __init__(self, *, now: datetime = EPOCH, seed: int = 0) -> None:
        self.catalogue = Catalogue.built_in()
        """What is served."""
        self.world: World = bootstrapped(self.catalogue, now, seed)
        """What is remembered: a value."""

    def copy(self) -> ApiServer:
        """Return a server that goes its own way from here. Cost: constant."""
        made: ApiServer = object.__new__(ApiServer)
        made.world = self.world
        made.catalogue = self.catalogue
        return made

    def settle(self, seconds: float = 0.0) -> None:
        """Let the garbage collector and the namespace controller come to rest.

        Units: `seconds` by which the clock moves first, >= 0.
        """
        now = self.world.now + timedelta(seconds=seconds)
        self._keep(settled(self.world._replace(now=now), self.catalogue))

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
        request, error = _read(method, path, body, content_type, user, headers)
        if error is not None:
            return _refusal(error)
        try:
            return self._answer(request)
        except ApiError as refused:
            return _refusal(refused)
        except LimitError:
            return _refusal(bad_request(_TOO_DEEP))

    def watch(
        self, path: str, *, user: str = "user", headers: Mapping[str, str] | None = None
    ) -> Response | Watch:
        """Return a stream of events, or the answer that refuses it.

        Shape: `path` is of a collection, its query has `watch=1`.
        """
        request, error = _read("GET", path, ABSENT, None, user, headers)
        if error is not None:
            return _refusal(error)
        try:
            route = route_of(request.path)
            if route is None:
                raise unserved_text()
            kind = self._find(route, request)
            if not self._is_watch(route, request):
                return self._answer(request)
            return self._begin(route, kind, request)
        except ApiError as refused:
            return _refusal(refused)

    # -- what a request is about ----------------------------------------------------------------

    def _answer(self, request: _Request) -> Response:
        route = route_of(request.path)
        if route is None:
            return self._other(request)
        kind = self._find(route, request)
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
            form = _form(request, served.custom)
            if route.name:
                self._allow(kind, "get")
                document = reading.get(self._target(route, kind), request.query)
                return self._shown(200, document, kind, form, request)
            self._allow(kind, "list")
            return self._list(route, kind, form, request)
        form = _form(request, served.custom)
        if method == "POST":
            if route.name and not served.custom:
                raise method_not_allowed()
            self._allow(kind, "create")
            if served.storage is None:
                return self._review(route, kind, form, request)
            return self._create(route, kind, form, request)
        if method in ("PUT", "PATCH", "DELETE") and not route.name:
            if method == "DELETE":
                self._allow(kind, "deletecollection")
                return self._delete_all(route, kind, form, request)
            if served.custom:
                message = "name must be provided"
                raise bad_request(message)
            raise method_not_allowed()
        if method == "PUT":
            self._allow(kind, "update")
            return self._update(route, kind, form, request)
        if method == "PATCH":
            self._allow(kind, "patch")
            outcome = patching.patch(
                self._target(route, kind), request.body, request.media, request.query, request.user
            )
            return self._done(outcome, kind, form, request)
        if method == "DELETE":
            self._allow(kind, "delete")
            options = deleting.options_of(request.query, request.body, request.media)
            outcome = deleting.delete(self._target(route, kind), options)
            return self._done(outcome, kind, form, request)
        raise method_not_allowed()

    def _find(self, route: Route, request: _Request) -> ResourceType:
        """Return the resource that a path is about. Raises: ApiError."""
        kind = self.catalogue.find(route.group, route.version, route.plural)
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

    def _is_watch(self, route: Route, request: _Request) -> bool:
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

    def _other(self, request: _Request) -> Response:
        """Answer a path that names no resource: discovery, schemas, health."""
        if request.method not in ("GET", "HEAD"):
            raise unserved_text() if request.path not in ("/", "/version") else method_not_allowed()
        answer = discovery(
            self.catalogue.resources,
            request.path,
            request.header("accept"),
            if_none_match=request.header("if-none-match"),
            verbose="verbose" in request.query,
        )
        if answer is None:
            raise unserved_text()
        headers = {"Content-Type": answer.content_type, **answer.headers}
        return Response(answer.status, headers, answer.document)

    # -- verbs ----------------------------------------------------------------------------------

    def _create(
        self, route: Route, kind: ResourceType, form: Negotiated, request: _Request
    ) -> Response:
        options = write_options(request.query, "CreateOptions", request.user)
        read = read_body(
            request.body, request.media, kind.served.kind, custom=kind.served.custom
        )
        document, warnings = object_of(read, kind, options.validation)
        target = self._target(route, kind)._replace(name="")
        with warning_of(warnings):
            outcome = writing.create(target, kind.completed(document), options)
        outcome = outcome._replace(warnings=(*warnings, *outcome.warnings))
        return self._done(outcome, kind, form, request)

    def _update(
        self, route: Route, kind: ResourceType, form: Negotiated, request: _Request
    ) -> Response:
        options = write_options(request.query, "UpdateOptions", request.user)
        read = read_body(
            request.body, request.media, kind.served.kind, custom=kind.served.custom
        )
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
        return self._done(outcome, kind, form, request)

    def _list(
        self, route: Route, kind: ResourceType, form: Negotiated, request: _Request
    ) -> Response:
        chosen = reading.selection(kind, route.namespace, request.query)
        metadata, found = reading.list_objects(self.world, chosen, request.query)
        return self._collection(metadata, found, kind, form, request)

    def _collection(
        self,
        metadata: JsonObject,
        found: list[FrozenDict],
        kind: ResourceType,
        form: Negotiated,
        request: _Request,
    ) -> Response:
        served = kind.served
        items: list[Json]
        if served.custom:
            items = cast("list[Json]", found)
            if form.target is None:
                metadata = {"continue": "", **metadata}
        else:
            items = [_bare(each) for each in found]
        document: JsonObject = {
            "kind": served.list_kind,
            "apiVersion": served.api_version,
            "metadata": FrozenDict(metadata),
            "items": FrozenList(items),
        }
        return self._shown(200, FrozenDict(document), kind, form, request)

    def _delete_all(
        self, route: Route, kind: ResourceType, form: Negotiated, request: _Request
    ) -> Response:
        options = deleting.options_of(request.query, request.body, request.media)
        chosen = reading.selection(kind, route.namespace, request.query)
        version = self.world.version
        target = self._target(route, kind)
        world, found = deleting.delete_all(target, chosen, options)
        self._keep(world)
        metadata: JsonObject = {"resourceVersion": str(version)}
        return self._collection(metadata, cast("list[FrozenDict]", found), kind, form, request)

    def _begin(self, route: Route, kind: ResourceType, request: _Request) -> Watch:
        self._allow(kind, "watch")
        form = _form(request, kind.served.custom, stream=True)
        chosen = reading.selection(kind, route.namespace, request.query, route.name)
        show = self._shower(kind, form, request)
        first, cursor = watching.begin(self.world, chosen, request.query, show)
        return Watch(self, chosen, first, cursor, show, request.query)

    def _shower(
        self, kind: ResourceType, form: Negotiated, request: _Request
    ) -> watching.Shown:
        if form.target is None:
            return lambda document: document
        target = form.target

        def show(document: dict[str, Any]) -> JsonObject:
            return transformed(
                document,
                target,
                kind.served,
                self.world.now,
                include=request.query.get("includeObject"),
            )

        return show

    def _part(self, route: Route, kind: ResourceType, request: _Request) -> Response:
        """Answer a request about a part of an object."""
        served = kind.served
        part = served.subresources.get(route.subresource)
        if part is None:
            if served.custom:
                raise not_found(served.plural, served.group, route.name)
            raise not_served()
        verb = {"GET": "get", "PUT": "update", "PATCH": "patch", "POST": "create", "DELETE": "delete"}
        if verb.get(request.method) not in part.verbs:
            if served.custom:
                told = verb.get(request.method, request.method.lower())
                message = f'{told} is not supported on resources of kind "{served.qualified}"'
                details: JsonObject = {"group": served.group, "kind": served.plural}
                raise ApiError(405, "MethodNotAllowed", message, details=details)
            raise method_not_allowed()
        form = _form(request, served.custom)
        outcome = subresources.answer(
            self._target(route, kind),
            request.method,
            request.body,
            request.media,
            request.query,
            request.user,
        )
        return self._done(outcome, kind, form, request)

    def _review(
        self, route: Route, kind: ResourceType, form: Negotiated, request: _Request
    ) -> Response:
        """Answer a question that is not kept: who am I, what may I do."""
        options = write_options(request.query, "CreateOptions", request.user)
        read = read_body(request.body, request.media, kind.served.kind)
        document, warnings = object_of(read, kind, options.validation)
        made = subresources.reviewed(
            self._target(route, kind), kind.completed(document), request.user
        )
        outcome = Outcome(self.world, made, 201, tuple(warnings))
        return self._done(outcome, kind, form, request)

    # -- answers --------------------------------------------------------------------------------

    def _done(
        self, outcome: Outcome, kind: ResourceType, form: Negotiated, request: _Request
    ) -> Response:
        self._keep(outcome.world)
        return self._shown(
            outcome.code, outcome.document, kind, form, request, outcome.warnings
        )

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

    def _shown(
        self,
        code: int,
        document: JsonObject,
        kind: ResourceType,
        form: Negotiated,
        request: _Request,
        warnings: tuple[str, ...] = (),
    ) -> Response:
        if form.target is not None and document.get("kind") != "Status":
            document = transformed(
                document,
                form.target,
                kind.served,
                self.world.now,
                include=request.query.get("includeObject"),
                kind=kind.served.subresources[_sub(request)].kind if _sub(request) else "",
            )
        told = warnings
        if kind.served.warning is not None:
            told = (kind.served.warning, *warnings)
        headers: dict[str, str] = {"Content-Type": form.media_type}
        if told:
            headers["Warning"] = _warned(told)
        if form.media_type == YAML:
            from reconcile.simulate.go_yaml import write_yaml

            text = write_yaml(document)
            return Response(code, headers, text)
        return Response(code, headers, document)


def _sub(request: _Request) -> str:
    route = route_of(request.path)
    return route.subresource if route else ""


def _bare(document: FrozenDict) -> FrozenDict:
    """Return a built-in object as lists show it: without its kind and version."""
    return FrozenDict({key: value for key, value in document.items() if key not in ("kind", "apiVersion")})


def _form(request: _Request, custom: bool, *, stream: bool = False) -> Negotiated:
    accept = request.header("accept") or "*/*"
    if not custom:
        check_route(accept)
    del stream
    return negotiated(accept)


def _warned(warnings: tuple[str, ...]) -> str:
    return ", ".join(f"299 - {quoted(each)}" for each in dict.fromkeys(warnings))


def _read(
    method: str,
    path: str,
    body: bytes | JsonIn | Absent,
    content_type: str | None,
    user: str,
    headers: Mapping[str, str] | None,
) -> tuple[_Request, ApiError | None]:
    """Return a request, and why it cannot be one."""
    where, _, text = path.partition("?")
    error: ApiError | None = None
    query = Query({})
    try:
        query = query_of(text)
    except ApiError as refused:
        error = refused
    media = (content_type or "").partition(";")[0].strip().lower()
    for name, value in (headers or {}).items():
        if name.lower() == "user-agent":
            user = value
    return _Request(method.upper(), where, query, body, media, user, headers or {}), error


def _refusal(error: ApiError) -> Response:
    headers: dict[str, str] = {"Content-Type": JSON}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.warnings:
        headers["Warning"] = _warned(error.warnings)
    if error.text is not None:
        headers["Content-Type"] = _TEXT
        return Response(error.code, headers, error.text)
    return Response(error.code, headers, error.status())
