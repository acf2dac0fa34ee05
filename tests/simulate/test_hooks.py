"""Facts about what a cluster calls: functions, hooks by URL in other languages, controllers."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from reconcile.adapters.http_hook import http_hook
from reconcile.errors import DefinitionError
from reconcile.hook.transport import Call
from reconcile.simulate import Cluster, Hooked, NotSettledError, functions
from tests.simulate.things import CONFIG_MAP, DEFINITION, THING, controller, hooked, sync, thing

NODE = """
const http = require("http");
const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", (part) => { body += part; });
  request.on("end", () => {
    const { parent } = JSON.parse(body);
    const children = [];
    for (let number = 0; number < parent.spec.count; number += 1) {
      const name = `${parent.metadata.name}-${number}`;
      children.push({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { from: "node" } });
    }
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: { count: children.length }, children }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


def asked(url: str = "http://x/sync", body: bytes = b"{}") -> Call:
    """A call."""
    return Call("POST", url, {"If-None-Match": '"1"'}, body, 10.0)


def test_functions_by_name() -> None:
    """The last part of the URL names the function; others are not found."""
    hook = functions(sync=lambda request: {"got": request}, broken=lambda request: 1 / 0)
    assert hook(asked()).body == b'{"got":{}}'
    assert hook(asked("http://x/finalize")).status == 404
    assert hook(asked("http://x/broken")).status == 500
    assert hook(asked("http://x/broken")).body == b"ZeroDivisionError"


def test_functions_see_headers_and_answer_with_status() -> None:
    """A second parameter gets the headers; a tuple is status, headers and body."""
    hook = functions(
        sync=lambda request, headers: (429, {"Retry-After": "1"}, headers["if-none-match"])
    )
    assert hook(asked()) == (429, {"Retry-After": "1"}, b'"1"', 0.0)
    assert functions(sync=lambda request: (304, {}, "x"))(asked()).body == b""
    assert functions(sync=lambda request: (200, {}, b"raw"))(asked()).body == b"raw"


def test_hook_in_another_language(tmp_path) -> None:
    """A hook under node is tested as one in Python is."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there")
    (tmp_path / "hook.js").write_text(NODE)
    command = [node, str(tmp_path / "hook.js")]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            hook = http_hook(f"http://127.0.0.1:{int(server.stdout.readline())}")
            cluster = Cluster(Hooked(controller(), hook, (DEFINITION,)))
            cluster.create(thing(count=2))
            cluster.settle()
            cluster.patch(CONFIG_MAP, "t-1", {"data": {"from": "me"}})
            cluster.settle()
            assert cluster.get(CONFIG_MAP, "t-1")["data"] == {"from": "node"}
            assert cluster.get(THING, "t")["status"]["count"] == 2
        finally:
            server.terminate()
    cluster.patch(THING, "t", {"spec": {"count": 1}})
    with pytest.raises(NotSettledError, match="nothing answers at its address"):
        cluster.settle()


def test_pure_hooks_are_asked_once() -> None:
    """Equal requests to a controller of this library are answered from memory, if it says so."""
    from tests.simulate.library import Store, store

    cluster = Cluster(store, pure=True)
    cluster.create(Store.of("s", spec={"size": 1}))
    cluster.settle()
    calls = len(cluster.calls)
    cluster.restart()
    cluster.settle()
    assert len(cluster.calls) > calls
    assert len(cluster._answering.memo or {}) < len(cluster.calls)


def test_names_of_controllers() -> None:
    """A controller is named after its parents; a second one gets a number."""
    from tests.simulate.library import store

    cluster = Cluster(store, store)
    assert sorted(cluster._installed) == ["store", "store-2"]


@pytest.mark.parametrize("metadata", [{}, {"name": ""}, {"name": "cc"}])
def test_hooked_controllers_need_a_name_of_their_own(metadata: dict) -> None:
    """A name that is not there or taken is told."""
    with pytest.raises(DefinitionError, match=r"metadata\.name"):
        Cluster(hooked(), Hooked({**controller(), "metadata": metadata}, functions(sync=sync)))


def test_hooks_nobody_answers() -> None:
    """A URL that no hook is at cannot be looked up."""
    document = controller()
    document["spec"]["hooks"]["sync"]["webhook"] = {
        "service": {"name": "s", "namespace": "n"},
        "path": "/sync",
    }
    cluster = Cluster(Hooked(document, functions(sync=sync), (DEFINITION,)))
    cluster.create(thing())
    cluster.settle()
    cluster.patch(
        type(THING)("metacontroller.k8s.io/v1alpha1", "CompositeController"),
        "cc",
        {"spec": {"hooks": {"sync": {"webhook": {"url": "http://elsewhere/sync"}}}}},
    )
    with pytest.raises(NotSettledError, match="nothing answers at its address"):
        cluster.settle()
