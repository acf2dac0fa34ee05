"""Servers for the adapter tests: each adapter under its real server, in a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

TOKENS = ("an-old-token-0123456789", "a-new-token-0123456789")
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Mounted:
    """One adapter and the server it runs under."""

    adapter: str
    server: str
    command: tuple[str, ...]
    """What follows the interpreter; PORT stands for the port."""
    needs: tuple[str, ...] = ()
    chunked: bool = True
    """Whether the server hands on bodies in chunked coding."""
    health: tuple[str, ...] = ("/healthz", "/readyz")
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def versions(self) -> str:
        """The server with its version."""
        shown = []
        for name in self.server.split(" + "):
            try:
                shown.append(f"{name} {version(name)}")
            except PackageNotFoundError:
                shown.append(f"{name} {sys.version.split()[0]}")
        return " + ".join(shown)


def _waitress(factory: str) -> tuple[str, ...]:
    return ("-m", "waitress", "--listen=127.0.0.1:PORT", "--call", f"stub_app:{factory}")


def _uvicorn(factory: str) -> tuple[str, ...]:
    options = ("--factory", "--port", "PORT", "--log-level", "warning")
    return ("-m", "uvicorn", *options, f"stub_app:{factory}")


def _own(name: str) -> tuple[str, ...]:
    return (str(HERE / f"{name}_runtime.py"),)


MOUNTED = {
    "wsgi-gunicorn": Mounted(
        "wsgi",
        "gunicorn",
        (
            "-m",
            "gunicorn",
            "--bind",
            "127.0.0.1:PORT",
            "--no-control-socket",
            "stub_app:wsgi_app()",
        ),
        ("gunicorn",),
    ),
    "wsgi-waitress": Mounted("wsgi", "waitress", _waitress("wsgi_app"), ("waitress",)),
    "asgi-uvicorn": Mounted("asgi", "uvicorn", _uvicorn("asgi_app"), ("uvicorn",)),
    "flask-waitress": Mounted(
        "flask", "Flask + waitress", _waitress("flask_app"), ("flask", "waitress")
    ),
    "starlette-uvicorn": Mounted(
        "starlette",
        "starlette + uvicorn",
        _uvicorn("starlette_app"),
        ("starlette", "uvicorn"),
    ),
    "fastapi-uvicorn": Mounted(
        "fastapi", "fastapi + uvicorn", _uvicorn("fastapi_app"), ("fastapi", "uvicorn")
    ),
    "server-stdlib": Mounted(
        "server",
        "http.server of CPython",
        (
            *("-m", "reconcile", "serve", "stub_app:controller", "--port", "PORT"),
            *("--token-file", "TOKENS", "--basic-file", "USERS", "--max-body", "200000"),
        ),
    ),
    "kubeless-cheroot": Mounted(
        "kubeless",
        "bottle + cheroot",
        _own("kubeless"),
        ("bottle", "cheroot"),
        chunked=False,
        health=("/healthz",),
    ),
    "openfaas-waitress": Mounted(
        "openfaas", "Flask + waitress", _own("openfaas"), ("flask", "waitress")
    ),
    "asgi-knative": Mounted(
        "asgi (Knative)",
        "func-python + hypercorn",
        _own("knative"),
        ("func_python",),
        health=("/health/liveness", "/health/readiness", "/healthz"),
    ),
    "aws_lambda-v1": Mounted(
        "aws_lambda",
        "gateway events 1.0",
        _own("lambda"),
        chunked=False,
        environment=(("EVENT", "1"),),
    ),
    "aws_lambda-v2": Mounted("aws_lambda", "gateway events 2.0", _own("lambda"), chunked=False),
}


@dataclass(frozen=True)
class Answer:
    """What a server sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Running:
    """A server that takes calls."""

    name: str
    mounted: Mounted
    port: int
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self.log_file.read_text()

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        authorization: str | None = f"Bearer {TOKENS[1]}",
        chunked: bool = False,
        **headers: str,
    ) -> Answer:
        """Make one call on a connection of its own; JSON unless told otherwise."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            sent.setdefault("content-type", "application/json")
        if authorization is not None:
            sent["Authorization"] = authorization
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            # A refusal may come while the body is still on its way.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                data = iter([body[:3], body[3:]]) if chunked and body is not None else body
                connection.request(method, path, data, sent, encode_chunked=chunked)
            response = connection.getresponse()
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lowered, response.read())
        finally:
            connection.close()


@contextlib.contextmanager
def running(name: str, folder: Path, *, extra: tuple[str, ...] = ()) -> Iterator[Running]:
    """Start a server, wait until it takes calls, and stop it."""
    mounted = MOUNTED[name]
    missing = [need for need in mounted.needs if importlib.util.find_spec(need) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "tokens").write_text("\n".join(TOKENS))
    (folder / "users").write_text(f"metacontroller:{PASSWORD}\n")
    places = {"PORT": str(port), "TOKENS": str(folder / "tokens"), "USERS": str(folder / "users")}
    command = [sys.executable]
    for word in (*mounted.command, *extra):
        # The port may stand behind an address.
        address, _, last = word.rpartition(":")
        command.append(
            f"{address}:{places[last]}" if address and last in places else places.get(word, word)
        )
    paths = [str(ROOT), str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PORT": str(port),
        "PYTHONPATH": os.pathsep.join(paths),
        "STUB_FOLDER": str(folder),
        **dict(mounted.environment),
    }
    log_file = folder / "log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    server = Running(name, mounted, port, log_file, process)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Running) -> None:
    # Not a measurement: a generous bound on the start of a process.
    for _ in range(600):
        if server.process.poll() is not None:
            break
        try:
            server.call("GET", "/healthz")
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{server.name} does not take calls:\n{server.log}")


@pytest.fixture(scope="module", params=list(MOUNTED))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
    """Each server in turn."""
    with running(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
def start(tmp_path: Path) -> object:
    """Start a server for one test alone."""
    with contextlib.ExitStack() as stack:
        yield lambda name, *extra: stack.enter_context(running(name, tmp_path, extra=extra))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which adapter passed under which server."""
    counts: dict[str, dict[str, int]] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            node = getattr(report, "nodeid", "")
            case = node.rpartition("[")[2]
            name = next((known for known in MOUNTED if known in case), None)
            if "test_under_servers.py" in node and name is not None:
                found = counts.setdefault(name, {})
                found[outcome] = found.get(outcome, 0) + 1
    if not counts:
        return
    terminalreporter.write_sep("-", "adapter -> server and version -> passed")
    for name, mounted in MOUNTED.items():
        if name in counts:
            found = ", ".join(f"{count} {outcome}" for outcome, count in counts[name].items())
            line = f"{mounted.adapter:<16} -> {mounted.versions:<40} -> {found}"
            terminalreporter.write_line(line)
