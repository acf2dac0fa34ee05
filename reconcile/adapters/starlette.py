"""A controller as Starlette routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.adapters.asgi import reply_to
from reconcile.adapters.service import Options, Service
from reconcile.adapters.webhook import HEALTH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from reconcile.adapters.webhook import Responder

__all__ = ["METHODS", "endpoints", "routes"]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Every method comes in, so that the refusal of a wrong one is ours."""


def routes(controller: Responder, **options: Unpack[Options]) -> list[Route]:
    """Return Starlette routes that answer for `controller`.

    Raises: `DefinitionError` when an option cannot be used.
    """
    from starlette.routing import Route

    return [
        Route(path, endpoint, methods=list(METHODS), include_in_schema=False)
        for path, endpoint in endpoints(controller, **options)
    ]


def endpoints(
    controller: Responder, **options: Unpack[Options]
) -> list[tuple[str, Callable[[Request], Awaitable[Response]]]]:
    """Return each path with the function that answers there."""
    from starlette.responses import Response

    service = Service(controller, **options)

    def endpoint(path: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            reply = await reply_to(service, request.scope, request.receive, path)
            if reply is None:
                # The caller has gone; nobody reads this.
                return Response(status_code=400)
            return Response(reply.body, status_code=reply.status, headers=dict(reply.headers))

        return answer

    prefix = service.webhook.prefix
    inner = (*(path for path in service.webhook.hooks if path), *HEALTH)
    return [(prefix + path, endpoint(prefix + path)) for path in inner]
