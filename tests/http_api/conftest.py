"""A server for each test: the stand-in on an address."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

for folder in (Path(__file__).parent, Path(__file__).parent / "clients"):
    sys.path.insert(0, str(folder))

if any(importlib.util.find_spec(name) is None for name in ("uvicorn", "httptools")):
    # What the server runs on is an extra; without it there is nothing to test.
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def stub():
    """What the stand-in was asked."""
    from stub_server import StubServer

    return StubServer()


@pytest.fixture
def server(stub):
    """The stand-in on an address."""
    from reconcile.http_api import running

    with running(stub) as server:
        yield server
