"""A controller as a WSGI application, for gunicorn, waitress, mod_wsgi and their like."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from reconcile.adapters.bodies import read_exactly
from reconcile.adapters.service import Options, Service

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Unpack
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

    from reconcile.adapters.webhook import Responder
    from reconcile.hook.reply import Reply

__all__ = ["reply_to", "status_line", "wsgi"]


def wsgi(controller: Responder, **options: Unpack[Options]) -> WSGIApplication:
    """Return a WSGI application that answers for `controller`.

    Raises: `DefinitionError` when an option cannot be used.
    """
    service = Service(controller, **options)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
        reply = reply_to(service, environ, path)
        headers = [*reply.headers.items()]
        if reply.status != HTTPStatus.NOT_MODIFIED:
            headers.append(("Content-Length", str(len(reply.body))))
        start_response(status_line(reply.status), headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [reply.body]

    return application


def reply_to(service: Service, environ: WSGIEnvironment, path: str) -> Reply:
    """Return the reply to the call that `environ` describes, made to `path`."""
    method = str(environ.get("REQUEST_METHOD", ""))
    headers = _headers(environ)
    started = service.clock.seconds()
    reply = service.admit(method, path, headers)
    if reply is not None:
        return reply
    length = headers.get("content-length")
    stream: InputStream = environ["wsgi.input"]
    if length is not None:
        body = read_exactly(stream.read, int(length))
        if len(body) != int(length):
            return service.refuse(method, path, 400, "body-truncated")
    elif environ.get("wsgi.input_terminated"):
        # The server decodes the chunked body and tells where it ends.
        body = read_exactly(stream.read, service.max_body + 1)
    else:
        return service.refuse(method, path, 411, "length-required")
    return service.call(method, path, headers, body, started=started)


def status_line(status: int) -> str:
    """Return the status with its usual phrase: `404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Status"


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name, key in (("content-type", "CONTENT_TYPE"), ("content-length", "CONTENT_LENGTH")):
        # PEP 3333: both may be empty or absent.
        if environ.get(key):
            headers[name] = str(environ[key])
    return headers
