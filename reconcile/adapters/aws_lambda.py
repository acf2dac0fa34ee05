"""A controller as an AWS-Lambda-shaped function: `handle(event, context)`.

Understood are the events of API gateways (version 1 and 2), function URLs and load balancers.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypedDict

from reconcile.adapters.service import Options, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from reconcile.adapters.webhook import Responder
    from reconcile.hook.reply import Reply

__all__ = ["Answer", "handler"]


class Answer(TypedDict):
    """What the platform takes back."""

    statusCode: int
    headers: dict[str, str]
    body: str
    isBase64Encoded: bool


def handler(
    controller: Responder, **options: Unpack[Options]
) -> Callable[[Mapping[str, Any], object], Answer]:
    """Return a function for Lambda-shaped events that answers for `controller`.

    Raises: `DefinitionError` when an option cannot be used.
    """
    service = Service(controller, **options)

    def handle(event: Mapping[str, Any], _context: object) -> Answer:
        reply = _reply(service, event)
        return {
            "statusCode": reply.status,
            "headers": dict(reply.headers),
            "body": reply.body.decode(),
            "isBase64Encoded": False,
        }

    return handle


def _members(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under `name`; an empty one where the platform left it out or null."""
    found: Mapping[str, Any] | None = event.get(name)
    return found or {}


def _reply(service: Service, event: Mapping[str, Any]) -> Reply:
    # Version 2 and function URLs tell method and path inside the request context.
    http = _members(_members(event, "requestContext"), "http")
    method = str(event.get("httpMethod") or http.get("method") or "")
    path = str(event.get("path") or event.get("rawPath") or http.get("path") or "")
    headers = {name: str(value) for name, value in _members(event, "headers").items()}
    for name, values in _members(event, "multiValueHeaders").items():
        headers.setdefault(name, ", ".join(str(value) for value in values))
    reply = service.admit(method, path, headers)
    if reply is not None:
        return reply
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return service.call(method, path, headers, str(text).encode("utf-8", "surrogatepass"))
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return service.refuse(method, path, 400, "bad-base64")
    return service.call(method, path, headers, body)
