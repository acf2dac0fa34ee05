"""How an answer shows an object: whole, as a table or its metadata; as JSON or YAML.

Source: k8s.io/apiserver pkg/endpoints/handlers/response.go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from reconcile.simulate.go.yaml import write_yaml
from reconcile.simulate.server.exchange import Request, Response, warned
from reconcile.simulate.server.negotiation import YAML, Negotiated, check_route, negotiated
from reconcile.simulate.server.routes import route_of
from reconcile.simulate.tables.table import transformed

if TYPE_CHECKING:
    from reconcile.simulate.server.resource_type import ResourceType
    from reconcile.value.types import JsonObject

__all__ = ["View", "view_of"]


class View(NamedTuple):
    """The form that a client wants to see objects of a resource in."""

    kind: ResourceType
    form: Negotiated
    request: Request
    now: datetime

    def stream(self) -> Callable[[dict[str, Any]], JsonObject]:
        """Return what shows the objects of a watch: only the first table names its columns."""
        shown = 0

        def show(document: dict[str, Any]) -> JsonObject:
            nonlocal shown
            shown += 1
            return self.document(document, headers=shown == 1)

        return self.document if self.form.target is None else show

    def document(self, document: dict[str, Any], *, headers: bool = True) -> JsonObject:
        """Return what is shown of an object."""
        target = self.form.target
        if target is None or document.get("kind") == "Status":
            return document
        route = route_of(self.request.path)
        part = route.subresource if route else ""
        served = self.kind.served
        return transformed(
            document,
            target,
            served,
            self.now,
            include=self.request.query.get("includeObject"),
            headers=headers,
            kind=served.subresources[part].kind if part else "",
        )

    def response(self, code: int, document: JsonObject, warnings: tuple[str, ...] = ()) -> Response:
        """Return an answer."""
        document = self.document(document)
        told = warnings
        if self.kind.served.warning is not None:
            told = (self.kind.served.warning, *warnings)
        headers: dict[str, str] = {"Content-Type": self.form.media_type}
        if told:
            headers["Warning"] = warned(told)
        if self.form.media_type == YAML:
            return Response(code, headers, write_yaml(document))
        return Response(code, headers, document)


def view_of(kind: ResourceType, request: Request, now: datetime) -> View:
    """Return what a client wants to see. Raises: ApiError 406."""
    accept = request.header("accept") or "*/*"
    if not kind.served.custom:
        route = route_of(request.path)
        check_route(accept, collection=route is not None and not route.name)
    return View(kind, negotiated(accept), request, now)
