"""Knative's func for Python, started as the platform starts it: with `new()`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import func_python.http
import stub_app


def new() -> object:
    """Return the function's object."""
    return stub_app.asgi_app()


if __name__ == "__main__":
    os.environ["LISTEN_ADDRESS"] = f"127.0.0.1:{os.environ['PORT']}"
    logging.getLogger().handlers[:] = [logging.StreamHandler(sys.stderr)]
    func_python.http.serve(new)
