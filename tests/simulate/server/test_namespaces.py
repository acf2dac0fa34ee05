"""Namespaces that are emptied before they go."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, config_map, got, made, pod, refused

NAMESPACES = "/api/v1/namespaces"
MERGE = "application/merge-patch+json"


def inside(server: ApiServer, plural: str, document: dict[str, Any]) -> Any:
    """Return a new object in a namespace that is about to go."""
    return made(server, f"{NAMESPACES}/a/{plural}", document)


def begun() -> ApiServer:
    """Return a server with one more namespace."""
    server = ApiServer()
    made(server, NAMESPACES, {"metadata": {"name": "a"}})
    return server


def told(server: ApiServer) -> dict[str, tuple[str, str]]:
    """Return what the namespace says of its content."""
    conditions = got(server, f"{NAMESPACES}/a")["status"].get("conditions", ())
    return {each["type"]: (each["status"], each["message"]) for each in conditions}


def test_a_namespace_goes_with_what_is_in_it() -> None:
    """Its phase says so at once; nothing new comes in."""
    server = begun()
    inside(server, "configmaps", config_map())
    answer: Any = server.request("DELETE", f"{NAMESPACES}/a").body
    assert answer["status"] == {"phase": "Terminating"}
    assert refused(server, "POST", f"{NAMESPACES}/a/configmaps", config_map("late")) == (
        'configmaps "late" is forbidden: unable to create new content in namespace a because it '
        "is being terminated"
    )
    server.settle()
    assert got(server, f"{NAMESPACES}/a") is None
    assert got(server, f"{NAMESPACES}/a/configmaps/c") is None


def test_what_is_left_is_counted() -> None:
    """By resource, the core group with its dot, and by finalizer."""
    server = begun()
    for name in ("one", "two"):
        inside(server, "configmaps", config_map(name, finalizers=["a.example.com/f"]))
    lease = {"metadata": {"name": "l", "finalizers": ["a.example.com/f"]}, "spec": {}}
    made(server, "/apis/coordination.k8s.io/v1/namespaces/a/leases", lease)
    server.request("DELETE", f"{NAMESPACES}/a")
    server.settle()
    assert told(server) == {
        "NamespaceDeletionDiscoveryFailure": ("False", "All resources successfully discovered"),
        "NamespaceDeletionGroupVersionParsingFailure": (
            "False",
            "All legacy kube types successfully parsed",
        ),
        "NamespaceDeletionContentFailure": (
            "False",
            "All content successfully deleted, may be waiting on finalization",
        ),
        "NamespaceContentRemaining": (
            "True",
            "Some resources are remaining: configmaps. has 2 resource instances, "
            "leases.coordination.k8s.io has 1 resource instances",
        ),
        "NamespaceFinalizersRemaining": (
            "True",
            "Some content in the namespace has finalizers remaining: a.example.com/f in 3 "
            "resource instances",
        ),
    }


def test_nothing_is_touched_while_a_pod_is_left() -> None:
    """One that runs has its grace; the rest waits for it."""
    server = begun()
    inside(server, "pods", pod(nodeName="n"))
    inside(server, "configmaps", config_map())
    server.request("DELETE", f"{NAMESPACES}/a")
    server.settle()
    assert got(server, PODS.replace("default", "a") + "/p")["metadata"]["deletionTimestamp"]
    assert "deletionTimestamp" not in got(server, f"{NAMESPACES}/a/configmaps/c")["metadata"]
    server.request("DELETE", f"{NAMESPACES}/a/pods/p?gracePeriodSeconds=0")
    server.settle()
    assert got(server, f"{NAMESPACES}/a") is None


def test_a_namespace_that_others_hold_stays_empty() -> None:
    """The server takes its own finalizer off, and no other one."""
    server = begun()
    inside(server, "configmaps", config_map())
    body = {"metadata": {"finalizers": ["a.example.com/f"]}}
    server.request("PATCH", f"{NAMESPACES}/a", body=body, content_type=MERGE)
    server.request("DELETE", f"{NAMESPACES}/a")
    server.settle()
    found = got(server, f"{NAMESPACES}/a")
    assert found["spec"] == {}
    assert found["metadata"]["finalizers"] == ["a.example.com/f"]
    assert got(server, f"{NAMESPACES}/a/configmaps/c") is None


def test_the_first_namespaces_stay() -> None:
    """Nobody may delete those that the server needs."""
    server = ApiServer()
    for name in ("default", "kube-system", "kube-public"):
        assert refused(server, "DELETE", f"{NAMESPACES}/{name}", {}) == (
            f'namespaces "{name}" is forbidden: this namespace may not be deleted'
        )


def test_a_namespace_that_others_hold_in_its_spec_comes_to_rest() -> None:
    """The server takes its own name off and waits."""
    server = ApiServer()
    spec = {"finalizers": ["x.example.com/f"]}
    made(server, NAMESPACES, {"metadata": {"name": "a"}, "spec": spec})
    server.request("DELETE", f"{NAMESPACES}/a")
    server.settle()
    assert got(server, f"{NAMESPACES}/a")["spec"]["finalizers"] == ["x.example.com/f"]
    version = server.world.version
    server.settle(10)
    assert server.world.version == version
