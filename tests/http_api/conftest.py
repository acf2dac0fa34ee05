"""A server for each test: the stand-in, or the simulated API server itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="uvicorn is not installed")
pytest.importorskip("httptools", reason="httptools is not installed")

sys.path.insert(0, str(Path(__file__).parent))

from stub_server import StubServer

from reconcile.http_api import running


@pytest.fixture
def stub():
    """What the stand-in was asked."""
    return StubServer()


@pytest.fixture
def server(stub):
    """The stand-in on an address."""
    with running(stub) as server:
        yield server
