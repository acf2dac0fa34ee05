"""A stand-in for a controller that shows what reached it, mounted in every adapter.

1. Only what the adapters must get right is here; what a controller computes is tested elsewhere.
2. The body's first word picks the behaviour, so that a test steers a server in another process.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile.errors import RuleError
from reconcile.hook.reply import Failure, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["MAX_BODY", "PASSWORD", "TOKENS", "Stub", "controller", "options"]

TOKENS = ("an-old-token-0123456789", "a-new-token-0123456789")
PASSWORD = "correct horse"
MAX_BODY = 200_000


class Stub:
    """Echo what came in."""

    def respond(
        self,
        body: bytes,
        *,
        hook: str = "sync",
        headers: Mapping[str, str] | None = None,
        now: datetime | None = None,
        entropy: bytes | None = None,
    ) -> Reply:
        shown = dict(headers or {})
        if body.startswith(b'"fail"'):
            error = RuleError("workload", "raised KeyError")
            return Reply(
                500,
                {"Content-Type": "application/json"},
                b'{"error":"rule","id":"0123456789abcdef"}',
                Failure("0123456789abcdef", error),
            )
        if body.startswith(b'"raise"'):
            raise KeyError("a-secret-value")
        if body.startswith(b'"busy"'):
            return Reply(429, {"Retry-After": "7"}, b"")
        if body.startswith(b'"slow"'):
            # Told by a file, so that a test stops the server while this call runs.
            Path(os.environ["STUB_FOLDER"], "running").touch()
            while not Path(os.environ["STUB_FOLDER"], "go").exists():
                time.sleep(0.01)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if shown.get("if-none-match") == etag:
            return Reply(304, {"ETag": etag}, b"")
        assert now is not None
        assert now.tzinfo is not None
        assert entropy is not None
        answer = {
            "Content-Type": "application/json",
            "ETag": etag,
            "X-Hook": hook,
            "X-Seen": ",".join(sorted(shown)),
            "X-Entropy": str(len(entropy)),
        }
        return Reply(200, answer, body)


controller = Stub()


def options() -> dict[str, object]:
    """Return the options all servers are started with, and let them log to stderr."""
    from reconcile.adapters.auth import AnyOf, Basic, Bearer

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    auth = AnyOf(Bearer(*TOKENS), Basic(("metacontroller", PASSWORD)))
    return {"max_body": MAX_BODY, "auth": auth}


def wsgi_app() -> object:
    """Return the WSGI application; gunicorn calls this."""
    from reconcile.adapters.wsgi import wsgi

    return wsgi(controller, **options())


def asgi_app() -> object:
    """Return the ASGI application; uvicorn --factory calls this."""
    from reconcile.adapters.asgi import asgi

    return asgi(controller, **options())


def flask_app() -> object:
    """Return a Flask application with the blueprint."""
    import flask

    from reconcile.adapters.flask import blueprint

    app = flask.Flask("stub")
    app.register_blueprint(blueprint(controller, **options()))
    return app


def starlette_app() -> object:
    """Return a Starlette application with the routes."""
    from starlette.applications import Starlette

    from reconcile.adapters.starlette import routes

    return Starlette(routes=routes(controller, **options()))


def fastapi_app() -> object:
    """Return a FastAPI application with the router."""
    from fastapi import FastAPI

    from reconcile.adapters.fastapi import router

    app = FastAPI()
    app.include_router(router(controller, **options()))
    return app


def kubeless_handler() -> object:
    """Return the Kubeless function."""
    from reconcile.adapters.kubeless import handler

    return handler(controller, **options())


def openfaas_handler() -> object:
    """Return the OpenFaaS function."""
    from reconcile.adapters.openfaas import handler

    return handler(controller, **options())


def lambda_handler() -> object:
    """Return the Lambda function."""
    from reconcile.adapters.aws_lambda import handler

    return handler(controller, **options())
