"""A runtime in the shape of OpenFaaS' python3-http template: Flask under waitress.

The facts kept: the body is handed over as bytes; a dict's body becomes JSON of Flask's making,
anything else goes through `str()`; headers are a dict.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import flask
import waitress

sys.path.insert(0, str(Path(__file__).parent))

import stub_app

app = flask.Flask("openfaas")
handle = stub_app.openfaas_handler()
METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


class Event:
    """What the template hands to a function."""

    def __init__(self) -> None:
        self.body = flask.request.get_data()
        self.headers = flask.request.headers
        self.method = flask.request.method
        self.query = flask.request.args
        self.path = flask.request.path


@app.route("/", defaults={"path": ""}, methods=METHODS)
@app.route("/<path:path>", methods=METHODS)
def call(path: str) -> object:
    answer = handle(Event(), object())
    body = answer["body"]
    shown = flask.jsonify(body) if isinstance(body, dict) else str(body)
    return shown, answer["statusCode"], list(answer["headers"].items())


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    waitress.serve(app, host="127.0.0.1", port=int(os.environ["PORT"]))
