"""Facts about owners elsewhere: the collector tells of them once."""

from __future__ import annotations

from reconcile.simulate import ApiServer
from reconcile.simulate.server.stray_owners import report

MAPS = "/api/v1/namespaces/{}/configmaps"


def made(server: ApiServer, namespace: str, name: str, *owners: dict) -> dict:
    """Make a ConfigMap."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "ownerReferences": list(owners)},
    }
    response = server.request("POST", MAPS.format(namespace), body=body)
    assert isinstance(response.body, dict)
    return response.body


def reference(owner: dict) -> dict:
    """A reference to an owner."""
    about = owner["metadata"]
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": about["name"], "uid": about["uid"]}


def told(server: ApiServer) -> list[str]:
    """The messages of all events."""
    return [str(held.document["message"]) for held in server.world.objects.values("/Event/")]


def test_owner_in_another_namespace() -> None:
    """The event says where the owner was looked for."""
    server = ApiServer()
    owner = made(server, "default", "owner")
    since = server.world.version
    made(server, "kube-public", "child", reference(owner))
    report(server, since)
    uid = owner["metadata"]["uid"]
    assert told(server) == [
        f"ownerRef [v1/ConfigMap, namespace: kube-public, name: owner, uid: {uid}] does not exist "
        'in namespace "kube-public"'
    ]
    report(server, server.world.version)
    assert len(told(server)) == 1


def test_owner_at_home_and_nowhere() -> None:
    """Nothing is told of an owner that is where it should be, or that is nowhere."""
    server = ApiServer()
    owner = made(server, "default", "owner")
    since = server.world.version
    made(server, "default", "child", reference(owner))
    made(server, "default", "other", {**reference(owner), "uid": "0"})
    made(server, "default", "odd", {**reference(owner), "kind": "Nothing"})
    report(server, since)
    assert told(server) == []
