"""Facts about the Flask, Starlette and FastAPI adapters inside an application that has more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from stub_app import MAX_BODY, controller


def post(app: Any, path: str, *, gone: bool = False) -> tuple[int, bytes]:
    """Make one ASGI call."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"} if gone else {"type": "http.request", "body": b"1"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[-1]["body"]


def test_flask_below_a_prefix() -> None:
    """Two blueprints side by side, and the application's own pages beside them."""
    flask = pytest.importorskip("flask")
    from reconcile.adapters.flask import blueprint

    app = flask.Flask("app")
    app.register_blueprint(blueprint(controller, max_body=MAX_BODY), url_prefix="/a")
    app.register_blueprint(blueprint(controller, name="two", prefix="/b", root="finalize"))
    app.add_url_rule("/own", view_func=lambda: "own", endpoint="own")
    client = app.test_client()
    for path, hook in (("/a/sync", "sync"), ("/b/customize", "customize"), ("/b/", "finalize")):
        answer = client.post(path, data=b"1", content_type="application/json")
        assert (answer.status_code, answer.headers["X-Hook"]) == (200, hook)
    assert client.get("/a/healthz").status_code == 200
    assert client.get("/own").data == b"own"
    assert client.options("/a/sync").status_code == 405


def test_starlette_below_a_mount() -> None:
    """The routes work below a mount and with a prefix of their own."""
    pytest.importorskip("starlette")
    from starlette.applications import Starlette
    from starlette.routing import Mount

    from reconcile.adapters.asgi import asgi
    from reconcile.adapters.starlette import routes

    app = Starlette(
        routes=[
            Mount("/a", routes=routes(controller)),
            Mount("/m", app=asgi(controller)),
            *routes(controller, prefix="/b", root="sync"),
        ]
    )
    for path in ("/a/sync", "/b/finalize", "/b/", "/m/sync"):
        assert post(app, path) == (200, b"1")
    assert post(app, "/b/sync", gone=True)[0] == 400


def test_fastapi_with_a_prefix() -> None:
    """The router takes a prefix when it is included, and stays out of the schema."""
    fastapi = pytest.importorskip("fastapi")
    from reconcile.adapters.fastapi import router

    app = fastapi.FastAPI()
    app.include_router(router(controller), prefix="/hooks")
    assert post(app, "/hooks/sync") == (200, b"1")
    assert app.openapi()["paths"] == {}
