"""The client libraries that people use, against the server in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dropping_proxy import DroppingProxy
from process import started
from scenario import EXPECTED
from wire import call

from reconcile.http_api import kubeconfig

CLIENTS = Path(__file__).parent / "clients"


def _clients():
    """Return name of the script, package, and folder of another version of it."""
    folders = os.environ.get("RECONCILE_KUBERNETES_CLIENTS", "").split(os.pathsep)
    yield pytest.param("kubernetes", "", id="kubernetes")
    for folder in filter(None, folders):
        yield pytest.param("kubernetes", folder, id=f"kubernetes-{Path(folder).name}")
    for name in ("kubernetes_asyncio", "lightkube", "kr8s"):
        yield pytest.param(name, "", id=name)


@pytest.fixture
def server(tmp_path):
    """The simulated API server in a process."""
    with started(tmp_path) as server:
        yield server


@pytest.mark.slow
@pytest.mark.parametrize(("name", "folder"), list(_clients()))
def test_a_client_library(server, tmp_path, name, folder):
    """A library creates, lists, patches, watches and deletes, and loses nothing when cut off."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    space = {"metadata": {"name": "resumed"}}
    _post(server, "/api/v1/namespaces", space)
    maps = "/api/v1/namespaces/resumed/configmaps"
    version = json.loads(call(server, "GET", maps)[2])["metadata"]["resourceVersion"]
    for number in range(15):
        _post(server, maps, {"metadata": {"name": f"n-{number:02}"}})
    paths = os.pathsep.join(filter(None, [folder, str(CLIENTS), os.environ.get("PYTHONPATH")]))
    with DroppingProxy(server.host, server.port) as proxy:
        (tmp_path / "through-proxy").write_text(kubeconfig(proxy.url))
        script = CLIENTS / f"use_{name}.py"
        command = [sys.executable, "-W", "ignore", str(script)]
        with subprocess.Popen(
            [*command, server.kubeconfig, str(tmp_path / "through-proxy")],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as user:
            user.stdin.write(f"{version}\n")
            user.stdin.flush()
            # Half of it is there when the watch begins, half comes meanwhile.
            for number in range(15, 30):
                _post(server, maps, {"metadata": {"name": f"n-{number:02}"}})
            output, errors = user.communicate(timeout=60)
    assert user.returncode == 0, errors
    assert json.loads(output) == EXPECTED
    # After every third event the proxy cuts the stream.
    assert proxy.dropped >= 5


def _post(server, path, body):
    status, _, answer = call(
        server, "POST", path, json.dumps(body), Content_Type="application/json"
    )
    assert status == 201, answer
