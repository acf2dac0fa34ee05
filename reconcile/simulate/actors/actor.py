"""An actor: a controller that is woken by what happens and puts one object right at a time.

1. An actor has no memory: all it knows is in the world. What it has to do is a list of keys, which
   whoever runs it keeps.
2. It reads as real controllers read their caches, and writes by requests, as a user of its own.

Source: the work queues of k8s.io/client-go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from datetime import datetime

    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.server.exchange import Response
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.simulate.server.store import Event, World
    from reconcile.value.types import JsonIn, JsonObject

__all__ = ["MANAGER", "Actor", "Api", "Later", "controller_of"]

MANAGER: Final = "kube-controller-manager"
"""Who the built-in controllers are."""


class Later(NamedTuple):
    """An object to look at when some time has passed.

    Units: `seconds`, >= 0.
    """

    key: str
    seconds: float


class Actor(Protocol):
    """A controller of one concern."""

    @property
    def name(self) -> str:
        """As `deployment-controller`: what kube-controller-manager calls it."""
        ...

    def concerned(self, event: Event, api: Api) -> Iterable[str | Later]:
        """Yield the keys of the objects to look at because of what happened, now or later.

        Shape: keys as `Event.key` has them: `apps/Deployment/ns/name`, `/Pod/ns/name`.
        """
        ...

    def sync(self, api: Api, key: str) -> float | None:
        """Put one object right; return the seconds after which to look again, None for never.

        Guarantees: looking at an object that is as it should be writes nothing.
        """
        ...


class Api:
    """What an actor sees of a server and does to it.

    Guarantees: documents that are read are read-only and cost no copy; whatever is refused is told
        by the status of the answer and changes nothing.
    """

    __slots__ = ("server", "user")

    def __init__(self, server: ApiServer, user: str = MANAGER) -> None:
        self.server = server
        self.user = user

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self.server.world

    @property
    def now(self) -> datetime:
        """The time."""
        return self.server.world.now

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> JsonObject | None:
        """Return an object, None if there is none."""
        served = self._type(api_version, kind)
        stored = self.world.objects.get(served.key(namespace, name))
        return None if stored is None else served.shown(stored)

    def at(self, api_version: str, kind: str, key: str) -> JsonObject | None:
        """Return the object that is kept at a key, None if there is none."""
        stored = self.world.objects.get(key)
        return None if stored is None else self._type(api_version, kind).shown(stored)

    def list(self, api_version: str, kind: str, namespace: str = "") -> Iterator[JsonObject]:
        """Yield the objects of a kind, of all namespaces unless one is given, by name."""
        served = self._type(api_version, kind)
        prefix = f"{served.prefix}{namespace}/" if namespace else served.prefix
        for stored in self.world.objects.values(prefix):
            yield served.shown(stored)

    def create(self, document: JsonIn) -> Response:
        """Create an object."""
        return self._ask("POST", self._path(document, named=False), document)

    def post(self, document: JsonIn, body: JsonIn, subresource: str) -> Response:
        """Post to a part of an object, such as `binding` or `eviction`."""
        return self._ask("POST", self._path(document, subresource), body)

    def update(self, document: JsonIn, subresource: str = "") -> Response:
        """Write an object, or a part of it such as `status`."""
        return self._ask("PUT", self._path(document, subresource), document)

    def patch(self, document: JsonIn, body: JsonIn, *, how: str, subresource: str = "") -> Response:
        """Patch the object that a document is; `how` is `merge`, `strategic` or `json`."""
        path = self._path(document, subresource)
        media = (
            "json-patch"
            if how == "json"
            else f"{how}-merge-patch"
            if how == "strategic"
            else ("merge-patch")
        )
        return self._ask("PATCH", path, body, f"application/{media}+json")

    def delete(self, document: JsonIn, options: JsonIn | None = None) -> Response:
        """Delete an object, this incarnation of it alone."""
        about = cast("Mapping[str, Any]", document)["metadata"]
        asked: dict[str, Any] = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "preconditions": {"uid": about["uid"]},
            **cast("Mapping[str, Any]", options or {}),
        }
        return self._ask("DELETE", self._path(document), asked)

    def _ask(
        self, method: str, path: str, body: JsonIn, media: str = "application/json"
    ) -> Response:
        return self.server.request(method, path, body=body, content_type=media, user=self.user)

    def _path(self, document: JsonIn, subresource: str = "", *, named: bool = True) -> str:
        known = cast("Mapping[str, Any]", document)
        served = self._type(known["apiVersion"], known["kind"]).served
        about = known["metadata"]
        root = f"/apis/{served.group}" if served.group else "/api"
        path = f"{root}/{served.version}"
        if served.namespaced:
            path += f"/namespaces/{about['namespace']}"
        path += f"/{served.plural}"
        if named:
            path += f"/{about['name']}"
        return f"{path}/{subresource}" if subresource else path

    def _type(self, api_version: str, kind: str) -> ResourceType:
        found = self.server.catalogue.find_kind(api_version, kind)
        if found is None:
            message = f"{api_version} {kind} is not served"
            raise LookupError(message)
        return found


def controller_of(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the owner reference of an object's controller, None if nobody controls it."""
    about = cast("Mapping[str, Any]", document["metadata"])
    for owner in about.get("ownerReferences") or ():
        if owner.get("controller"):
            return cast("Mapping[str, Any]", owner)
    return None
