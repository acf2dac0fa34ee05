"""A runtime in the shape of Kubeless' for Python: bottle under cheroot, a process per call.

The facts kept: `data` is parsed only when the content type is exactly `application/json`; the
request goes to a new process without its streams but with its bytes; result or exception come
back through a pickle queue; /healthz is the runtime's own.
"""

from __future__ import annotations

import io
import logging
import multiprocessing
import os
import sys
from pathlib import Path

import bottle

sys.path.insert(0, str(Path(__file__).parent))

bottle.BaseRequest.MEMFILE_MAX = 100 * 1024 * 1024
PROCESSES = multiprocessing.get_context("forkserver")


class PicklableRequest(bottle.BaseRequest):
    """A bottle request that can be sent to another process."""

    def __init__(self, data: bytes, environ: dict[str, object]) -> None:
        super().__init__(environ)
        self.environ["bottle.request.body"] = io.BytesIO(data)

    def __getstate__(self) -> dict[str, object]:
        gone = ("wsgi.errors", "wsgi.input", "bottle.app", "bottle.route", "route.handle")
        return {key: value for key, value in self.environ.items() if key not in gone}

    def __setstate__(self, environ: dict[str, object]) -> None:
        object.__setattr__(self, "environ", environ)


def call(results: multiprocessing.Queue, event: dict[str, object]) -> None:
    """Run the function in its own process."""
    import stub_app

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        results.put(stub_app.kubeless_handler()(event, {"function-name": "sync"}))
    except Exception as error:  # noqa: BLE001  # the runtime's: exceptions travel like results
        results.put(error)


app = bottle.Bottle()


@app.get("/healthz")
def healthz() -> str:
    return ""


@app.route("/<:re:.*>", method=["GET", "POST", "PATCH", "DELETE", "PUT"])
def run() -> object:
    data = bottle.request.body.read()
    request = PicklableRequest(data, dict(bottle.request.environ))
    parsed = bottle.request.get_header("content-type") == "application/json"
    event = {
        "data": bottle.request.json if parsed else data,
        "event-id": bottle.request.get_header("event-id"),
        "extensions": {"request": request},
    }
    results = PROCESSES.Queue()
    process = PROCESSES.Process(target=call, args=(results, event))
    process.start()
    result = results.get(timeout=30)
    process.join()
    if isinstance(result, Exception) and not isinstance(result, bottle.HTTPResponse):
        raise result
    return result


if __name__ == "__main__":
    PROCESSES.set_forkserver_preload(["stub_app", "reconcile.adapters.kubeless"])
    from cheroot.wsgi import Server

    server = Server(("127.0.0.1", int(os.environ["PORT"])), app, numthreads=4)
    server.start()
