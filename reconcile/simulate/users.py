"""What users do to a cluster: create, apply, update, patch, delete, get, list.

1. Everything is a request to the API server under the user's name. What the server refuses is
   raised as `ApiError` with the server's words.
2. Objects may be anything that stands for one; what comes back is typed where a class is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, cast, overload

from reconcile.objects.accept import accept
from reconcile.objects.gvk import Gvk
from reconcile.objects.resource import Parent
from reconcile.objects.view import Kind
from reconcile.simulate.actors.actor import Api
from reconcile.simulate.metacontroller.client import path_of
from reconcile.simulate.server.status import ApiError
from reconcile.value.frozen import thaw

if TYPE_CHECKING:
    from reconcile.objects.accept import Acceptable
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.server.exchange import Response
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import Json, JsonIn, JsonObject

__all__ = ["AnyKind", "Users", "gvk_of", "metadata_of", "taken"]

K = TypeVar("K", bound=Kind)
P = TypeVar("P", bound="Parent[Any, Any]")

AnyKind: TypeAlias = "type[Kind | Parent[Any, Any]] | Gvk"
"""A kind: its class, or its name for what has none."""
Propagation: TypeAlias = Literal["Background", "Foreground", "Orphan"]
How: TypeAlias = Literal["merge", "strategic", "json"]

_MEDIA: Final[Mapping[str, str]] = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}
_APPLY: Final = "application/apply-patch+yaml"


class Users:
    """The part of a cluster that users see."""

    namespace: str
    _server: ApiServer

    def _own(self) -> None:
        """Stop sharing with copies: something is about to change."""
        raise NotImplementedError

    def _mark(self, who: str) -> None:
        """Remember who wrote what was written since the last mark."""
        raise NotImplementedError

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
        return typed(cast("Any", type(thing)), made)

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
        response = self._server.request(
            "PATCH",
            f"{path_of(kind, namespace, name)}?{query}",
            body=document,
            content_type=_APPLY,
            user=user,
        )
        made = cast("JsonObject", taken(response))
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
        served = self._type(gvk_of(kind))
        path = path_of(served, self._home(namespace), name, subresource)
        response = self._server.request(
            "PATCH", path, body=body, content_type=_MEDIA[how], user=user
        )
        made = cast("JsonObject", taken(response))
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
        path = path_of(self._type(gvk_of(kind)), self._home(namespace), name)
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
        path = path_of(self._type(gvk_of(kind)), self._home(namespace), name)
        return typed(kind, cast("JsonObject", taken(self._server.request("GET", path))))

    @overload
    def find(self, kind: type[K], name: str, *, namespace: str | None = None) -> K | None: ...
    @overload
    def find(self, kind: type[P], name: str, *, namespace: str | None = None) -> P | None: ...
    @overload
    def find(self, kind: Gvk, name: str, *, namespace: str | None = None) -> JsonObject | None: ...
    def find(self, kind: Any, name: str, *, namespace: str | None = None) -> Any:
        """Return an object as `get` does, None if there is none."""
        served = self._type(gvk_of(kind))
        stored = self._server.world.objects.get(served.key(self._home(namespace), name))
        return None if stored is None else typed(kind, served.shown(stored))

    @overload
    def list(self, kind: type[K], *, namespace: str | None = None) -> Sequence[K]: ...
    @overload
    def list(self, kind: type[P], *, namespace: str | None = None) -> Sequence[P]: ...
    @overload
    def list(self, kind: Gvk, *, namespace: str | None = None) -> Sequence[JsonObject]: ...
    def list(self, kind: Any, *, namespace: str | None = None) -> Any:
        """Return the objects of a kind by namespace and name, of all unless one is named."""
        api = Api(self._server)
        gvk = gvk_of(kind)
        self._type(gvk)
        found = api.list(gvk.api_version, gvk.kind, namespace or "")
        return [typed(kind, document) for document in found]

    def _made(self, method: str, path: str, body: JsonIn, user: str) -> Json:
        return taken(self._server.request(method, path, body=body, user=user))

    def _document(self, thing: object) -> JsonObject:
        """Return an object as a document, in the cluster's namespace unless it names one."""
        document = accept(thing)
        kind = self._server.catalogue.find_kind(
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
        about = metadata_of(document)
        return kind, str(about.get("namespace") or ""), str(about.get("name") or "")

    def _home(self, namespace: str | None) -> str:
        return self.namespace if namespace is None else namespace

    def _type(self, gvk: Gvk) -> ResourceType:
        found = self._server.catalogue.find_kind(gvk.api_version, gvk.kind)
        if found is None:
            message = f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"'
            raise ApiError(404, "NotFound", message)
        return found


def metadata_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata of an object, empty if it has none."""
    found = document.get("metadata")
    return cast("Mapping[str, Any]", found if isinstance(found, dict) else {})


def gvk_of(kind: Any) -> Gvk:
    """Return the name of a kind, given by its class or as it is."""
    return kind if isinstance(kind, Gvk) else cast("Gvk", kind.gvk)


def typed(kind: AnyKind, document: JsonObject) -> Any:
    """Return a document as a class shows it; as it is where the class shows none."""
    if isinstance(kind, type) and issubclass(kind, Parent):
        return kind.read(document)
    if isinstance(kind, type) and issubclass(kind, Kind):
        return kind.observed(document)
    return document


def taken(response: Response) -> Json:
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
