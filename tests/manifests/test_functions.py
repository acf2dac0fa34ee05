"""Generated functions, run by runtimes in the shape of their platforms', with a recorded request."""

from __future__ import annotations

import base64
import hashlib
import http.client
import importlib.util
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.cli.packing import application
from reconcile.cli.sources import source_of
from reconcile.manifests import Source, Workload, kubeless_function, openfaas_function, zipapp
from reconcile.objects.yaml import from_yaml, to_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "objectstore"
RUNTIMES = ROOT / "tests" / "adapters"
WORKLOAD = Workload("objectstore", "objectstore", image="objectstore:1")
SHIM = "from {module} import {name}\n\n\ndef {platform}_handler():\n    return {name}\n"


@contextmanager
def _serving(
    command: list[str], folder: Path, environment: dict[str, str] | None = None
) -> Iterator[int]:
    """Run a server that is told its port by PORT, and wait until it takes calls."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command]
    told = {**os.environ, "PORT": str(port), **(environment or {})}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=told, stdout=log, stderr=log)
    try:
        for _ in range(600):  # no measurement: a bound on the start of a process
            if process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), timeout=30).close()
            except OSError:
                time.sleep(0.05)
            else:
                break
        else:
            pytest.fail("it does not take calls")
        assert process.poll() is None, (folder / "log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _posted(port: int, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def _runtime(platform: str, folder: Path, module: str, name: str) -> list[str]:
    """Put a platform's runtime into a folder beside the function, and return how it is run."""
    needed = {"kubeless": ("bottle", "cheroot"), "openfaas": ("flask", "waitress")}[platform]
    for each in needed:
        if importlib.util.find_spec(each) is None:
            pytest.skip(f"not installed: {each}")
    shutil.copy(RUNTIMES / f"{platform}_runtime.py", folder / "runtime.py")
    shim = SHIM.format(module=module, name=name, platform=platform)
    (folder / "stub_app.py").write_text(shim)
    return [sys.executable, "runtime.py"]


def _expected() -> tuple[bytes, list[Any]]:
    """Return a request that a real Metacontroller sent, and the children in its answer."""
    request = (EXAMPLE / "request.json").read_bytes()
    spec = importlib.util.spec_from_file_location("expected", EXAMPLE / "controller.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["expected"] = module
    spec.loader.exec_module(module)
    reply = module.controller.respond(request, now=datetime.now(UTC), entropy=bytes(32))
    assert reply.status == 200
    return request, json.loads(reply.body)["children"]


def _source() -> Source:
    return source_of(f"{EXAMPLE}/controller.py:controller")


def _unpacked(document: Any, folder: Path) -> tuple[str, str]:
    """Do what Kubeless does before it runs a function; return its module and its name."""
    spec = from_yaml(to_yaml(document))["spec"]
    assert isinstance(spec, dict)
    text = str(spec["function"])
    zipped = spec["function-content-type"] == "base64+zip"
    data = base64.b64decode(text) if zipped else text.encode()
    assert spec["checksum"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    module, _, name = str(spec["handler"]).partition(".")
    if zipped:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(folder)
    else:
        (folder / f"{module}.py").write_bytes(data)
    return module, name


def _answers(port: int, path: str = "/sync") -> None:
    request, children = _expected()
    status, body = _posted(port, path, request)
    assert status == 200, body
    assert json.loads(body)["children"] == children
    assert len(children) == 4
    status, body = _posted(port, path, b'{"parent": 1}')
    assert status == 400
    assert b"error" in body


def test_kubeless(tmp_path: Path) -> None:
    """The generated Function answers a recorded request under the runtime's contract."""
    document = kubeless_function(WORKLOAD, _source()).documents[0]
    module, name = _unpacked(document, tmp_path)
    with _serving(_runtime("kubeless", tmp_path, module, name), tmp_path) as port:
        _answers(port)


def test_kubeless_archive(tmp_path: Path) -> None:
    """So does one of several files, which import each other."""
    main = "from shop.inner import controller\n"
    files = {
        "main.py": main,
        "shop/__init__.py": "",
        "shop/inner.py": (EXAMPLE / "controller.py").read_text(),
    }
    source = Source(files, "main.py", "controller")
    document = kubeless_function(WORKLOAD, source).documents[0]
    module, name = _unpacked(document, tmp_path)
    with _serving(_runtime("kubeless", tmp_path, module, name), tmp_path) as port:
        _answers(port)


def test_kubeless_token(tmp_path: Path) -> None:
    """With a token, whoever has none is refused."""
    workload = Workload("objectstore", "objectstore", token_secret="auth")
    document: Any = kubeless_function(workload, _source()).documents[0]
    # The Secret is mounted at the root of the container; here it is in a folder.
    text = document["spec"]["function"].replace("/auth/token", str(tmp_path / "token"))
    (tmp_path / "token").write_text("a-token-0123456789\n")
    (tmp_path / "handler.py").write_text(text)
    with _serving(_runtime("kubeless", tmp_path, "handler", "sync"), tmp_path) as port:
        request, _ = _expected()
        assert _posted(port, "/sync", request)[0] == 401
        bearer = {"Authorization": "Bearer a-token-0123456789"}
        assert _posted(port, "/sync", request, **bearer)[0] == 200


def test_openfaas(tmp_path: Path) -> None:
    """The generated folder answers under the template's contract, as a package of its own."""
    running = openfaas_function(WORKLOAD, _source())
    for path, data in running.files.items():
        # The template puts the handler's folder where the package `function` is.
        place = tmp_path / path.replace("objectstore/", "function/", 1)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
    (tmp_path / "function" / "__init__.py").touch()
    command = _runtime("openfaas", tmp_path, "function.handler", "handle")
    with _serving(command, tmp_path) as port:
        _answers(port)


@pytest.mark.slow
def test_zipapp(tmp_path: Path) -> None:
    """One file serves the controller, with nothing installed; another Python is told why not."""
    data, native = application(_source())
    assert {"msgspec", "pydantic_core"} <= set(native)
    (tmp_path / "store.pyz").write_bytes(data)
    # -I and -S: neither the folder nor what is installed is looked at.
    command = [sys.executable, "-I", "-S", "store.pyz", "--port", "PORT"]
    own = {"RECONCILE_UNPACK": str(tmp_path / "unpacked")}
    with _serving(command, tmp_path, own) as port:
        _answers(port)
    assert len(list((tmp_path / "unpacked").iterdir())) == 1

    made_for = f"{sys.implementation.cache_tag} "
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        main = archive.read("__main__.py").decode()
    assert made_for in main
    (tmp_path / "main.py").write_text(main.replace(made_for, "cpython-27 "))
    run = subprocess.run(
        [sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.startswith("this file was made for cpython-27 ")
    assert run.stderr.count("\n") == 1


def test_zipapp_keeps_to_itself(tmp_path: Path) -> None:
    """What others can write into is not run."""
    if not hasattr(os, "getuid"):
        pytest.skip("no users on this system")
    made_for = f"{sys.implementation.cache_tag} {sysconfig.get_platform()}"
    data = zipapp({"a.py": b"controller = 1\n"}, target="a:controller", made_for=made_for)
    assert data == zipapp({"a.py": b"controller = 1\n"}, target="a:controller", made_for=made_for)
    (tmp_path / "store.pyz").write_bytes(data)
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    run = subprocess.run(
        [sys.executable, "store.pyz"],
        cwd=tmp_path,
        env={**os.environ, "RECONCILE_UNPACK": str(open_to_all)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "can be written by others" in run.stderr
    assert list(open_to_all.iterdir()) == []
