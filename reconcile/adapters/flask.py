"""A controller as a Flask blueprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.adapters.service import Options, Service
from reconcile.adapters.webhook import HEALTH
from reconcile.adapters.wsgi import reply_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    import flask

    from reconcile.adapters.webhook import Responder

__all__ = ["METHODS", "blueprint"]

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Every method comes in, so that the refusal of a wrong one is ours."""


def blueprint(
    controller: Responder, *, name: str = "reconcile", **options: Unpack[Options]
) -> flask.Blueprint:
    """Return a Flask blueprint that answers for `controller`; `url_prefix` may be put before it.

    Shape: `name` tells several blueprints of one application apart.
    Raises: `DefinitionError` when an option cannot be used.
    """
    import flask

    service = Service(controller, **options)
    made = flask.Blueprint(name, __name__)

    def view(path: str) -> Callable[[], flask.Response]:
        def answer() -> flask.Response:
            reply = reply_to(service, flask.request.environ, path)
            return flask.Response(reply.body, status=reply.status, headers=dict(reply.headers))

        return answer

    for inner in (*(path for path in service.webhook.hooks if path), *HEALTH):
        path = service.webhook.prefix + inner
        made.add_url_rule(
            path,
            endpoint=inner.strip("/") or "root",
            view_func=view(path),
            methods=METHODS,
            provide_automatic_options=False,
        )
    return made
