"""Recorded runs of Metacontroller, played on the simulated one with the hooks of the recording.

1. What comes out has the form of what went in, so that the same judge reads both.
2. Objects that the recorded user made get the uids that they have in the recording: some hooks
   compute with them.
3. A step is over when nothing was done for as long as the recording waited, or at its limit.

Source: the recordings' own description of their form.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.hook.transport import Answer, Call, TransportError
from reconcile.simulate.api_server import ApiServer
from reconcile.simulate.go.json import GoJsonError, encoded, parse
from reconcile.simulate.hooks import answered
from reconcile.simulate.metacontroller.client import Write, path_of
from reconcile.simulate.metacontroller.definitions import definitions
from reconcile.simulate.metacontroller.documents import map_of
from reconcile.simulate.metacontroller.flags import flags_of
from reconcile.simulate.metacontroller.process import HookCalled, Metacontroller, Row
from reconcile.simulate.metacontroller.recorder import Emitted
from reconcile.simulate.metacontroller.settings import resource_of
from reconcile.simulate.server.clock import EPOCH
from reconcile.simulate.server.decoding import object_of, read_body
from reconcile.simulate.server.resource_type import ResourceType
from reconcile.simulate.server.routes import route_of
from reconcile.simulate.server.status import ApiError
from reconcile.simulate.server.stray_owners import COLLECTOR, report
from reconcile.simulate.transcript import MEDIA_TYPES
from reconcile.value.frozen import FrozenDict

if TYPE_CHECKING:
    from reconcile.simulate.server.exchange import Response
    from reconcile.value.types import Json, JsonObject

__all__ = ["Hooks", "Run"]

Hooks = Mapping[str, Callable[..., Any]]
"""The name of a function -> the function: what `hooks.py` beside a recording defines."""

_QUIET: Final = 1.5
_LIMIT: Final = 4.0
_MOMENT: Final = timedelta(seconds=0.05)
"""Whoever did something so shortly before the limit would have gone on."""
_PAUSE: Final = 0.008
"""Seconds that a sync takes: about what it took where the recordings were made."""
_REFUSED_PORTS: Final = ("127.0.0.1:9",)
_KINDS_OF_STEPS: Final = frozenset({"create", "patch", "delete", "delete_all"})
_SELECTING: Final = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})
_EMPTIED: Final[JsonObject] = {
    "by": "gc",
    "verb": "deletecollection",
    "type": None,
    "reason": None,
    "message": None,
    "count": None,
    "about": {},
}
"""How the log tells that the namespace controller deleted the events of a namespace."""
_CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Run:
    """One run while it is played, in the default order; see `schedules` for others.

    Shape: `kinds` are the definitions that all runs share, `kinds.json` beside the recordings.
        `play` returns the run in the form of a recording.
    """

    def __init__(self, recording: Mapping[str, Any], hooks: Hooks, kinds: list[JsonObject]) -> None:
        self.recording = recording
        self.hooks = hooks
        self.server = ApiServer()
        self.rows: list[JsonObject] = []
        self.began = EPOCH
        self.last = EPOCH
        """When something was done last."""
        for definition in (*definitions(), *kinds, *recording.get("crds", ())):
            self.server.request("POST", _CRDS, body=definition)
        for name in recording.get("namespaces", ()):
            about: JsonObject = {"name": name, "labels": {"ns": name}}
            body: JsonObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": about}
            self.server.request("POST", "/api/v1/namespaces", body=body)
        self.server.settle()
        self.events = self._events()
        self.namespaces = self._namespaces()
        self.reported = self.server.world.version
        self.process = self._process(list(recording.get("flags") or ()))
        self.process.start()

    def _process(self, flags: list[str]) -> Metacontroller:
        return Metacontroller(
            self.server,
            self._transport,
            told=self._tell,
            flags=flags_of(flags),
            pause=_PAUSE,
        )

    # -- hooks -------------------------------------------------------------------------------------

    def _transport(self, call: Call) -> Answer:
        """Call the function that the path names. Raises: TransportError."""
        host, _, path = call.url.partition("://")[2].partition("/")
        if host != "hooks":
            raise TransportError(_unreachable(host))
        function = self.hooks.get(_function(path))
        if function is None:
            return Answer(404, {}, b"no such hook")
        request = json.loads(call.body) if call.body else None
        headers = {name.lower(): value for name, value in call.headers.items()}
        try:
            wants = len(inspect.signature(function).parameters) > 1
            made = function(request, headers) if wants else function(request)
        except Exception as error:  # noqa: BLE001  # a hook that raises answers 500
            return Answer(500, {}, repr(error).encode())
        status, told, body = answered(made)
        delay = float(told.get("x-recorder-delay", 0))
        text = body if isinstance(body, str) else json.dumps(body)
        data = b"" if status in (204, 304) else text.encode()
        return Answer(status, dict(told), data, delay)

    # -- what is told ------------------------------------------------------------------------------

    def _tell(self, row: Row) -> None:
        self.last = self.server.world.now
        at: JsonObject = {"t": round((self.last - self.began).total_seconds(), 3)}
        if isinstance(row, HookCalled):
            self.rows.append({**at, **_hook_row(row)})
        elif isinstance(row, Write):
            self.rows.append({**at, **self._write_row(row)})
        elif isinstance(row, Emitted):
            self.rows.append({**at, "event": _event_row(row, "metacontroller")})

    def _write_row(self, row: Write) -> JsonObject:
        made: JsonObject = {
            "who": "metacontroller",
            "verb": row.verb,
            "uri": row.uri,
            "code": row.code,
            "body": self._received(row),
        }
        if row.code >= 300:
            made["reason"] = row.reason
            made["message"] = row.message
        return made

    def _received(self, row: Write) -> Json:
        """Return a body as the server's log has it: as it was decoded, with defaults.

        Guarantees: null where it came to no decoding: the path takes no such request, or the body
            cannot be read.
        """
        route = route_of(row.uri.partition("?")[0])
        kind = route and self.server.catalogue.find(route.group, route.version, route.plural)
        if route is None or kind is None or (kind.served.namespaced and not route.namespace):
            return None
        body = cast("Json", _spelled(row.body))
        if row.verb == "patch" or not isinstance(body, dict):
            return body
        if row.verb == "delete":
            return {**body, "apiVersion": "meta.k8s.io/__internal"}
        return _decoded(body, kind)

    def _emitted_by_others(self) -> None:
        """Tell of events that the garbage collector emitted, and of those that were deleted."""
        namespaces = self._namespaces()
        for name in self.namespaces:
            if name not in namespaces:
                self.last = self.server.world.now
                at = round((self.last - self.began).total_seconds(), 3)
                self.rows.append({"t": at, "event": dict(_EMPTIED)})
        self.namespaces = namespaces
        events = self._events()
        for key, document in events.items():
            source = cast("Mapping[str, Any]", document.get("source") or {})
            if key not in self.events and source.get("component") == COLLECTOR:
                self.last = self.server.world.now
                at = round((self.last - self.began).total_seconds(), 3)
                about = cast("JsonObject", document["involvedObject"])
                emitted = Emitted(
                    "create",
                    str(document["type"]),
                    str(document["reason"]),
                    str(document["message"]),
                    1,
                    about,
                )
                self.rows.append({"t": at, "event": _event_row(emitted, "gc")})
        self.events = events

    def _namespaces(self) -> list[str]:
        kind = self._kind("v1", "Namespace")
        held = self.server.world.objects.values(kind.prefix)
        names = [str(each.metadata["name"]) for each in held]
        return [name for name in names if name in self.recording.get("namespaces", ())]

    def _events(self) -> dict[str, FrozenDict]:
        return {key: held.document for key, held in self.server.world.objects.items("/Event/")}

    # -- steps -------------------------------------------------------------------------------------

    def play(self) -> JsonObject:
        """Return the recording that comes out."""
        steps: list[Json] = [self._step(step) for step in self.recording["steps"]]
        return {**self.recording, "steps": steps}

    def _step(self, step: Mapping[str, Any]) -> JsonObject:
        self.rows = []
        self.began = self.last = self.server.world.now
        result = self._done(step)
        quiet = float(step.get("quiet", _QUIET))
        limit = float(step.get("limit", max(_LIMIT, quiet + 1)))  # who waits for silence, waits
        settled = self._settle(quiet, limit)
        made = {key: value for key, value in step.items() if key != "varies"}
        made |= {
            "result": result,
            "settled": settled,
            "metacontroller_alive": self.process.alive,
            "timeline": cast("list[Json]", self.rows),
            "world": self._world(),
        }
        return cast("JsonObject", made)

    def _settle(self, quiet: float, limit: float) -> bool:
        """Go on until nothing was done for some seconds; return whether that came in time."""
        end = self.began + timedelta(seconds=limit)
        while True:
            if self._act(end):
                continue
            if self.server.world.now >= end and self.last >= end - _MOMENT:
                return False
            silence = self.last + timedelta(seconds=quiet)
            wakes = self.process.wakes
            if wakes is not None and wakes < min(silence, end):
                self._wait_until(wakes)
                continue
            self._wait_until(min(silence, end) if wakes is not None else silence)
            return silence <= end or wakes is None

    def _act(self, end: datetime) -> bool:
        """Let somebody do the next thing: Metacontroller, or else the server's controllers.

        Guarantees: Metacontroller begins nothing after `end`.
        """
        self.process.deliver()
        if self.process.busy:
            return self.server.world.now < end and self.process.work()
        report(self.server, self.reported)
        self.reported = self.server.world.version
        acted = self.server.step()
        self._emitted_by_others()
        if acted:
            self.last = self.server.world.now
        return acted

    def _wait_until(self, when: datetime) -> None:
        now = self.server.world.now
        if when > now:
            self.server.world = self.server.world._replace(now=when)

    def _done(self, step: Mapping[str, Any]) -> JsonObject:
        """Do what a step says; return its result."""
        do = step["do"]
        if do in _KINDS_OF_STEPS:
            return self._asked(step)
        if do == "wait":
            self._wait(float(step["seconds"]))
        else:
            if do in ("stop", "restart"):
                self.process.stop()
            if do in ("start", "restart"):
                if "flags" in step:
                    self.process = self._process(list(step["flags"]))
                self.process.start()
        return {"code": 200}

    def _wait(self, seconds: float) -> None:
        end = self.server.world.now + timedelta(seconds=seconds)
        while True:
            if self._act(end):
                continue
            wakes = self.process.wakes
            if wakes is None or wakes > end:
                break
            self._wait_until(wakes)
        self._wait_until(end)

    def _asked(self, step: Mapping[str, Any]) -> JsonObject:
        user = step.get("as", "user")
        query = step.get("query", f"fieldManager={user}")
        if step["do"] == "create":
            document = step["object"]
            kind = self._kind(document["apiVersion"], document["kind"])
            namespace = map_of(document.get("metadata")).get("namespace", "")
            uri = f"{path_of(kind, namespace)}?{query}"
            response = self.server.request("POST", uri, body=document, user=user)
            self._same_uid(step, response)
            return _result(response)
        ref = step["ref"]
        kind = self._kind(ref["apiVersion"], ref["kind"])
        uri = path_of(
            kind, ref.get("namespace", ""), ref.get("name", ""), step.get("subresource", "")
        )
        if step["do"] == "patch":
            form: str = step["type"]
            media = MEDIA_TYPES["jsonpatch" if form == "json" else form]
            response = self.server.request(
                "PATCH", f"{uri}?{query}", body=step["body"], content_type=media, user=user
            )
        else:
            options: JsonObject = {"kind": "DeleteOptions", "apiVersion": "v1"}
            if step.get("propagationPolicy"):
                options["propagationPolicy"] = step["propagationPolicy"]
            response = self.server.request("DELETE", uri, body=options, user=user)
        if step["do"] == "delete_all":
            return {"code": response.status}
        return _result(response)

    def _kind(self, api_version: str, kind: str) -> ResourceType:
        found = self.server.catalogue.find_kind(api_version, kind)
        if found is None:
            message = f"{api_version} {kind} is not served"
            raise LookupError(message)
        return found

    def _same_uid(self, step: Mapping[str, Any], response: Response) -> None:
        """Give an object that was just made the uid that it has in the recording."""
        recorded = step["result"].get("object")
        made = response.body
        if response.status != 201 or not isinstance(made, dict) or not recorded:
            return
        wanted = recorded["metadata"]["uid"]
        kind = self._kind(str(made["apiVersion"]), str(made["kind"]))
        metadata = cast("Mapping[str, Any]", made["metadata"])
        key = kind.key(metadata.get("namespace", ""), metadata["name"])
        self.server.world = self.server.world.renamed(key, wanted)
        response.body = cast("Json", {**made, "metadata": {**metadata, "uid": wanted}})

    # -- the world ---------------------------------------------------------------------------------

    def _world(self) -> list[Json]:
        made: list[tuple[tuple[str, str, str, str], JsonObject]] = []
        for scope in self.recording["scope"]:
            kind = resource_of(self.server.catalogue, scope["apiVersion"], scope["resource"])
            if kind is None:
                continue
            for held in self.server.world.objects.values(kind.prefix):
                metadata = held.metadata
                namespace = metadata.get("namespace", "")
                home = metadata["name"] if held.document["kind"] == "Namespace" else namespace
                if home and home not in self.recording["namespaces"]:
                    continue
                document = cast("JsonObject", _spelled(kind.shown(held)))
                place = (scope["apiVersion"], scope["kind"], namespace, metadata["name"])
                made.append((place, document))
        made.sort(key=lambda pair: pair[0])
        return [document for _, document in made]


def _spelled(document: Any) -> Any:
    """Return a document as somebody reads it who knows only its text: 1e20 is a whole number."""
    return json.loads(encoded(document))


def _decoded(body: JsonObject, kind: ResourceType) -> Json:
    """Return the object in a body as the server's log shows it, null if it cannot be read."""
    served = kind.served
    read = read_body(encoded(body), "application/json", served.kind, custom=served.custom)
    try:
        document, _ = object_of(read, kind, "")
    except ApiError:
        return None
    made = cast("JsonObject", _spelled(kind.completed(document)))
    status, sent = made.get("status"), body.get("status")
    if (
        served.kind == "Pod"
        and isinstance(status, dict)
        and not (isinstance(sent, dict) and "phase" in sent)
    ):
        status.pop("phase", None)  # the strategy of Pods adds it, after the log was written
    spec = made.get("spec")
    if served.kind in _SELECTING and served.group == "apps" and isinstance(spec, dict):
        spec.setdefault("selector", None)  # Go writes it, even if it is not there
    return made


def _function(url: str) -> str:
    """Return the name of the function that a URL names."""
    return url.rpartition("/")[2].partition("?")[0]


def _unreachable(host: str) -> str:
    """Return what Go says of a host that cannot be reached."""
    if host in _REFUSED_PORTS:
        return f"dial tcp {host}: connect: connection refused"
    return f"dial tcp: lookup {host.partition(':')[0]} on RESOLVER: no such host"


def _result(response: Response) -> JsonObject:
    body = response.body
    if response.status < 300:
        return {"code": response.status, "object": _spelled(body)}
    made: JsonObject = {"code": response.status}
    if isinstance(body, dict):
        made |= {name: body[name] for name in ("reason", "message", "details") if name in body}
    return made


_KEPT_HEADERS: Final = (
    "user-agent",
    "authorization",
    "content-type",
    "if-none-match",
    "accept-encoding",
)


def _hook_row(row: HookCalled) -> JsonObject:
    call, answer = row.called.call, row.called.answer
    headers = {name.lower(): value for name, value in call.headers.items()}
    made: JsonObject = {
        "hook": _function(call.url),
        "headers": {name: headers[name] for name in _KEPT_HEADERS if name in headers},
        "request": json.loads(call.body) if call.body else None,
        "status": None if answer is None else answer.status,
        "response_headers": {} if answer is None else dict(answer.headers),
        "response": None if answer is None else _read(answer.body),
    }
    if call.method != "POST":
        made["method"] = call.method
    return made


def _read(body: bytes) -> Json:
    try:
        return parse(body)[0]
    except GoJsonError:
        return body.decode("utf-8", "replace")


def _event_row(row: Emitted, by: str) -> JsonObject:
    about = {
        name: row.about[name]
        for name in ("kind", "namespace", "name", "apiVersion")
        if row.about.get(name)
    }
    return {
        "by": by,
        "verb": row.verb,
        "type": row.type,
        "reason": row.reason,
        "message": row.message,
        "count": row.times,
        "about": about,
    }
