"""A controller as a Kubeless function: `handle(event, context)`.

1. Kubeless runs every call in a new process and passes the result through a pickle queue.
2. It hands over parsed JSON, in which large integers and duplicate keys are lost; the bytes as
   they came are in the request beside it, and those are taken.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from reconcile.adapters.service import Options, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from reconcile.adapters.webhook import Responder

__all__ = ["handler"]


def handler(
    controller: Responder, **options: Unpack[Options]
) -> Callable[[Mapping[str, Any], object], object]:
    """Return a Kubeless function that answers for `controller`.

    Shape: the result is a bottle response, which pickles and carries status and headers;
        `event["data"]` is parsed JSON or bytes; `event["extensions"]["request"]` the bottle
        request.
    Raises: `DefinitionError` when an option cannot be used.
    """
    service = Service(controller, **options)

    def handle(event: Mapping[str, Any], _context: object) -> object:
        request = event["extensions"]["request"]
        headers = {str(name): str(value) for name, value in request.headers.items()}
        reply = service.handle(request.method, request.path, headers, _body(event, request))
        # Imported by name: bottle has no types.
        response = importlib.import_module("bottle").HTTPResponse
        return response(reply.body, reply.status, dict(reply.headers))

    return handle


def _body(event: Mapping[str, Any], request: Any) -> bytes:
    stream = getattr(request, "body", None)
    if stream is not None:
        return bytes(stream.read())
    data = event.get("data")
    if isinstance(data, bytes):
        return data
    # An older runtime without the request's bytes: what it parsed is all there is.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
