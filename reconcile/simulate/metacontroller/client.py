"""Metacontroller's requests to the API server: one user, and every write remembered.

1. A refusal is an answer: `Refusal` says why in the server's words, and each caller decides whether
   it is an error.
2. A crash can be asked for after a number of writes: the write is done, and nothing after it.

Source: pkg/dynamic/clientset, controllerref and third_party of Metacontroller 4.17.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

from reconcile.errors import ReconcileError
from reconcile.simulate.go.json import encoded
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.server.exchange import Response
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonObject

__all__ = ["USER", "Client", "CrashError", "Refusal", "Write", "path_of"]

USER: Final = "metacontroller"
_ATTEMPTS: Final = 4
"""How often a change of a live object is tried while others change it, too."""
_NOT_SERVED: Final = "the server could not find the requested resource"

Verb: TypeAlias = Literal["create", "update", "patch", "delete"]
_METHODS: Final[Mapping[Verb, str]] = {
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
}


class Write(NamedTuple):
    """A write, as the server's log has it."""

    verb: Verb
    uri: str
    """With the query."""
    code: int
    body: Json
    """As it was sent."""
    reason: str = ""
    message: str = ""
    media: str = "application/json"


class Refusal(ReconcileError):
    """The server refused a request; `reason` is Kubernetes' word, the text the server's."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__()
        self.code = code
        self.reason = reason
        self.message = message

    def __str__(self) -> str:
        return self.message


class CrashError(ReconcileError):
    """The process of Metacontroller ends here. `rule` is the number of the rule that says so."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__()
        self.rule = rule
        self.message = message

    def __str__(self) -> str:
        return self.message


def path_of(kind: ResourceType, namespace: str, name: str = "", subresource: str = "") -> str:
    """Return the path of an object or a collection; without a namespace, that of all of them."""
    served = kind.served
    root = f"/apis/{served.group}" if served.group else "/api"
    path = f"{root}/{served.version}"
    if namespace and served.namespaced:
        path += f"/namespaces/{namespace}"
    path += f"/{served.plural}"
    if name:
        path += f"/{name}"
    return f"{path}/{subresource}" if subresource else path


class Client:
    """What reaches the server. `told` is called with every write, after it was answered."""

    __slots__ = ("crash_after", "server", "told", "writes")

    def __init__(self, server: ApiServer, told: Callable[[Write], None]) -> None:
        self.server = server
        self.told = told
        self.crash_after: int | None = None
        """Writes until the process crashes, None for never."""
        self.writes = 0
        """Writes that were tried."""

    def get(self, kind: ResourceType, namespace: str, name: str) -> JsonObject:
        """Return the live object, read-only. Raises: Refusal."""
        response = self.server.request("GET", path_of(kind, namespace, name), user=USER)
        return self._document(response)

    def create(self, kind: ResourceType, namespace: str, document: JsonObject) -> JsonObject:
        """Create an object. Raises: Refusal."""
        return self._write("create", path_of(kind, namespace), document)

    def update(self, kind: ResourceType, document: JsonObject, subresource: str = "") -> JsonObject:
        """Write an object whole, or its status. Raises: Refusal."""
        about = cast("Mapping[str, Any]", document["metadata"])
        path = path_of(kind, about.get("namespace", ""), about["name"], subresource)
        return self._write("update", path, document)

    def delete(self, kind: ResourceType, document: JsonObject, *, policy: str | None) -> None:
        """Delete this incarnation of an object. Raises: Refusal."""
        about = cast("Mapping[str, Any]", document["metadata"])
        options: JsonObject = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "preconditions": {"uid": about["uid"]},
        }
        if policy is not None:
            options["propagationPolicy"] = policy
        path = path_of(kind, about.get("namespace", ""), about["name"])
        self._write("delete", path, options)

    def patch(
        self, kind: ResourceType, namespace: str, name: str, body: Json, *, media: str, query: str
    ) -> JsonObject:
        """Patch an object; an apply may create it. Raises: Refusal."""
        path = path_of(kind, namespace, name)
        return self._write("patch", f"{path}?{query}" if query else path, body, media)

    def change(
        self,
        kind: ResourceType,
        about: Mapping[str, Any],
        change: Callable[[JsonObject], bool],
        subresource: str = "",
    ) -> JsonObject:
        """Change a live object, again if others changed it in between; return how it is then.

        Shape: `about` are the metadata of the incarnation that is meant. `change` changes a copy in
            place, and says whether there is anything to write.
        Raises: Refusal, after four attempts a conflict.
        """
        namespace, name = about.get("namespace", ""), about["name"]
        for attempt in range(_ATTEMPTS):
            live = self.get(kind, namespace, name)
            if cast("Mapping[str, Any]", live["metadata"]).get("uid") != about.get("uid"):
                raise Refusal(404, "NotFound", f'{kind.served.qualified} "{name}" not found')
            made = cast("JsonObject", thaw(live))
            if not change(made):
                return live
            try:
                return self.update(kind, made, subresource)
            except Refusal as refusal:
                if refusal.reason != "Conflict" or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    def _write(
        self,
        verb: Verb,
        uri: str,
        document: Json,
        media: str = "application/json",
    ) -> JsonObject:
        self.writes += 1
        body = document if verb == "patch" else encoded(document)
        response = self.server.request(
            _METHODS[verb], uri, body=body, content_type=media, user=USER
        )
        try:
            made = self._document(response)
        except Refusal as refusal:
            self.told(
                Write(verb, uri, refusal.code, document, refusal.reason, refusal.message, media)
            )
            raise
        self.told(Write(verb, uri, response.status, document, media=media))
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after <= 0:
                self.crash_after = None
                rule, message = "asked for", "the process was made to end after a write"
                raise CrashError(rule, message)
        return made

    @staticmethod
    def _document(response: Response) -> JsonObject:
        body = response.body
        if response.status < 300 and isinstance(body, dict):
            return body
        if isinstance(body, dict):
            raise Refusal(
                response.status, str(body.get("reason", "")), str(body.get("message", ""))
            )
        reason = {404: "NotFound", 405: "MethodNotAllowed"}.get(response.status, "")
        text = _NOT_SERVED if response.status == 404 else str(body)
        raise Refusal(response.status, reason, text)
