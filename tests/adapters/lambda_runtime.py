"""A runtime in the shape of an API gateway before a Lambda: events of version 1 or 2.

The facts kept: version 1 tells `httpMethod` and `path`, version 2 `requestContext.http` and
`rawPath`; a body that is not text is in base64.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).parent))

import stub_app

handle = stub_app.lambda_handler()


def event(environ: dict[str, object]) -> dict[str, object]:
    """Return the event for a call."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    headers = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if os.environ.get("EVENT") == "1":
        return {
            "httpMethod": method,
            "path": path,
            "headers": None,
            "multiValueHeaders": {key: [value] for key, value in headers.items()},
            "body": body.decode() or None,
            "isBase64Encoded": False,
        }
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": headers,
        "requestContext": {"http": {"method": method, "path": path}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def application(environ: dict[str, object], start_response: object) -> list[bytes]:
    # The platform passes events and answers as JSON.
    answer = json.loads(json.dumps(handle(json.loads(json.dumps(event(environ))), None)))
    start_response(f"{answer['statusCode']} Status", list(answer["headers"].items()))
    return [answer["body"].encode()]


class Quiet(WSGIRequestHandler):
    """Log nothing of its own."""

    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    make_server(
        "127.0.0.1", int(os.environ["PORT"]), application, handler_class=Quiet
    ).serve_forever()
