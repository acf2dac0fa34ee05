"""`plan --live` and `explain`, against the simulated server over HTTP, by the official client."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from reconcile.cli import main
from reconcile.kinds.apps_v1 import Deployment
from reconcile.simulate import Cluster
from tests.live.scene import CANARY, Web, controller

NEEDED = [
    name
    for name in ("kubernetes", "uvicorn", "httptools")
    if importlib.util.find_spec(name) is None
]
pytestmark = pytest.mark.skipif(bool(NEEDED), reason=f"not installed: {', '.join(NEEDED)}")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A kubeconfig of a server with two parents, one of which is about to change."""
    from reconcile.http_api import kubeconfig, running

    cluster = Cluster(controller())
    for name in ("a", "b"):
        cluster.create(Web.of(name))
    cluster.settle()
    cluster.patch(Web, "a", {"spec": {"image": "web:2"}})
    cluster.patch(Deployment, "b", {"metadata": {"annotations": {"note": "x"}}}, user="ann")
    with running(cluster.server) as server:
        file = tmp_path_factory.mktemp("live") / "kubeconfig"
        file.write_text(kubeconfig(server.url))
        yield str(file)


@pytest.fixture
def run(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Run a command about that cluster; give the code, what it printed, and what it said."""
    scene = (HERE / "scene.py").read_text()
    (tmp_path / "scene.py").write_text(f"{scene}\nmade = controller()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", config)

    def called(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        told = capsys.readouterr()
        return code, told.out, told.err

    return called


def test_plan(run: Any) -> None:
    """Each parent with what becomes of it, and a summary."""
    code, out, err = run("plan", "scene.py:made", "--live")
    assert (code, err) == (0, "")
    assert out == (
        "Web default/a\n"
        "  ~ Deployment default/a will be updated: InPlace, PUT of the whole object  (workload)\n"
        '      ~ /spec/template/spec/containers/0/image: "web:1" -> "web:2"  (workload)\n'
        "Plan: 0 to create, 1 to update, 0 to recreate, 0 to delete.\n"
        "\n"
        "Web default/b: nothing would change\n"
        "\n"
        "2 parents: 1 would change, 1 would not.\n"
    )


def test_plan_as_json_and_exit_code(run: Any) -> None:
    """A list of parents with their plans; 1 where anything would change, if asked for."""
    code, out, _ = run("plan", "scene.py:made", "--live", "-A", "--json", "--exit-code")
    assert code == 1
    assert [each["parent"]["name"] for each in json.loads(out)] == ["a", "b"]
    assert json.loads(out)[0]["plan"]["steps"]
    assert run("plan", "scene.py:made", "--live", "--parent", "b", "--exit-code")[0] == 0
    tree = run("plan", "scene.py:made", "--live", "--parent", "a", "--tree")[1]
    assert "├──" in tree
    assert tree.count("Web default/a") == 1


def test_explain(run: Any) -> None:
    """One field in full, several as a table; Secrets are masked."""
    child = "Deployment/a"
    code, out, _ = run("explain", "scene.py:made", child, "spec.replicas", "--live")
    assert code == 0
    assert out.splitlines()[:4] == [
        "Deployment default/a",
        "  field        spec.replicas",
        "  now          2",
        "  desired      2, by workload",
    ]
    _, out, _ = run("explain", "scene.py:made", child, "spec.template.spec.containers[0]", "--live")
    assert 'desired: "web:2"' in out
    assert "default" in out
    _, out, _ = run("explain", "scene.py:made", "deployment/b", "/metadata/annotations", "--live")
    assert "ann (Update)" in out
    code, out, _ = run("explain", "scene.py:made", "Secret/a", "--live", "--json")
    assert code == 0
    assert CANARY not in out
    assert {each["field"] for each in json.loads(out)} >= {"/data/password"}


def test_explain_a_request(run: Any, tmp_path: Path) -> None:
    """Without a cluster: of the request that a hook was called with."""
    parent = Web.of("a", namespace="default", uid="1").to_wire()
    body = {
        "controller": {"kind": "CompositeController", "metadata": {"name": "web"}, "spec": {}},
        "parent": parent,
        "children": {"Secret.v1": {}, "Deployment.apps/v1": {}},
        "related": {},
        "finalizing": False,
    }
    (tmp_path / "request.json").write_text(json.dumps(body))
    code, out, err = run(
        "explain", "scene.py:made", "Deployment/a", "spec.replicas", "--request", "request.json"
    )
    assert (code, err) == (0, "")
    assert "  now          (absent)\n  desired      2, by workload\n" in out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("explain", "scene.py:made", "Deployment/z", "--live"), 2, "no child Deployment/z"),
        (("explain", "scene.py:made", "Deployment", "--live"), 2, "a child is KIND/NAME"),
        (
            ("explain", "scene.py:made", "Deployment/a", "spec.replica", "--live"),
            2,
            "did you mean 'spec.replicas'?",
        ),
        (("explain", "scene.py:made", "Deployment/a", "/a~2", "--live"), 2, "a field is spec."),
        (("explain", "scene.py:made", "Deployment/a", "--parent", "a"), 2, "--parent goes with"),
        (("plan", "scene.py:made", "--live", "--parent", "z"), 1, "z: is no parent there"),
        (("plan", "scene.py:made", "request.json", "--live"), 2, "reads a cluster and no FILE"),
        (("plan", "scene.py:made", "-A"), 2, "--all-namespaces goes with --live"),
        (("plan", "scene.py:made", "--live", "--context", "z"), 1, "no context z in it"),
        (("plan", "scene.py:made", "--live", "--kubeconfig", "z"), 1, "no kubeconfig z"),
    ],
)
def test_mistakes(run: Any, arguments: tuple[str, ...], code: int, told: str) -> None:
    """One line, and what to do."""
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_server_that_is_gone(run: Any, tmp_path: Path) -> None:
    """The address is told, and the kind of error."""
    from reconcile.http_api import kubeconfig

    (tmp_path / "gone").write_text(kubeconfig("http://127.0.0.1:9"))
    code, _, err = run("plan", "scene.py:made", "--live", "--kubeconfig", "gone")
    assert code == 1
    assert "no answer from http://127.0.0.1:9" in err


def _folders() -> list[str]:
    return list(filter(None, os.environ.get("RECONCILE_KUBERNETES_CLIENTS", "").split(os.pathsep)))


@pytest.mark.parametrize("folder", _folders(), ids=lambda folder: Path(folder).name)
def test_older_clients(run: Any, tmp_path: Path, folder: str) -> None:
    """Each version of the client reads the same."""
    assert run is not None
    done = subprocess.run(
        [sys.executable, "-m", "reconcile", "plan", "scene.py:made", "--live"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([folder, str(HERE.parents[1])])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 parents: 1 would change, 1 would not." in done.stdout, done.stderr


def test_without_the_client(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    code, _, err = run("plan", "scene.py:made", "--live")
    assert code == 1
    assert "pip install 'kube-reconcile[kubernetes]'" in err


class _Busy(BaseHTTPRequestHandler):
    """A server that has too much to do, and remembers what it was asked."""

    asked: ClassVar[list[str]] = []

    def parse_request(self) -> bool:
        """Answer any request, whatever its method."""
        super().parse_request()
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(429)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False  # it is answered

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def test_a_server_that_has_too_much_to_do(run: Any, tmp_path: Path) -> None:
    """It is asked again as it wishes, and what it says in the end is told."""
    from reconcile.http_api import kubeconfig

    server = HTTPServer(("127.0.0.1", 0), _Busy)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    try:
        (tmp_path / "busy").write_text(kubeconfig(f"http://127.0.0.1:{server.server_port}"))
        code, out, err = run("plan", "scene.py:made", "--live", "--kubeconfig", "busy")
    finally:
        server.shutdown()
        server.server_close()
    assert (code, out) == (1, "")
    assert err == (
        "reconcile: GET /apis/example.com/v1: answered with 429: "
        "the server has too much to do: try again later\n"
    )
    assert _Busy.asked == ["GET /apis/example.com/v1"] * 3


def test_only_gets_are_sent(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for."""
    from urllib3.connectionpool import HTTPConnectionPool

    methods: list[str] = []
    sent = HTTPConnectionPool.urlopen

    def recorded(pool: Any, method: str, *arguments: Any, **options: Any) -> Any:
        methods.append(method)
        return sent(pool, method, *arguments, **options)

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", recorded)
    assert run("plan", "scene.py:made", "--live", "-A")[0] == 0
    assert run("explain", "scene.py:made", "Deployment/a", "--live")[0] == 0
    assert set(methods) == {"GET"}
    assert len(methods) > 8


def test_nothing_there(run: Any) -> None:
    """It is said, and is no failure."""
    code, out, err = run("plan", "scene.py:made", "--live", "-n", "elsewhere")
    assert (code, out, err) == (0, "No parents there.\n", "")
