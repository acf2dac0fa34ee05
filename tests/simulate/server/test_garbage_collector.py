"""What the garbage collector takes, keeps and lets go."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import CONFIG_MAPS, config_map, got, made, owner

MERGE = "application/merge-patch+json"
SECRETS = "/api/v1/namespaces/default/secrets"
MAP: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap"}


def owned(server: ApiServer, name: str, *owners: Any, **metadata: Any) -> Any:
    """Return a new ConfigMap that has owners."""
    return made(server, CONFIG_MAPS, config_map(name, ownerReferences=list(owners), **metadata))


def names(server: ApiServer) -> list[str]:
    """Return the ConfigMaps that are there."""
    return [each["metadata"]["name"] for each in got(server, CONFIG_MAPS)["items"]]


@pytest.fixture
def server() -> ApiServer:
    """Return a server with an owner, a child and a child's child."""
    server = ApiServer()
    top = made(server, CONFIG_MAPS, config_map("top"))
    middle = owned(server, "middle", owner(top, blockOwnerDeletion=True))
    owned(server, "leaf", owner(middle, blockOwnerDeletion=True))
    server.settle()
    assert names(server) == ["leaf", "middle", "top"]
    return server


def test_what_has_lost_its_owners_goes(server: ApiServer) -> None:
    """Down to the last descendant; but not before somebody lets the collector run."""
    server.request("DELETE", f"{CONFIG_MAPS}/top")
    assert names(server) == ["leaf", "middle"]
    server.settle()
    assert names(server) == []


def test_an_orphan_forgets_its_owner(server: ApiServer) -> None:
    """Its own dependents stay its own."""
    server.request("DELETE", f"{CONFIG_MAPS}/top?propagationPolicy=Orphan")
    assert got(server, f"{CONFIG_MAPS}/top")["metadata"]["finalizers"] == ["orphan"]
    server.settle()
    assert names(server) == ["leaf", "middle"]
    assert "ownerReferences" not in got(server, f"{CONFIG_MAPS}/middle")["metadata"]
    assert got(server, f"{CONFIG_MAPS}/leaf")["metadata"]["ownerReferences"][0]["name"] == "middle"


def test_the_owner_goes_last_in_the_foreground(server: ApiServer) -> None:
    """It waits for those who hold it up, and they for theirs."""
    server.request("DELETE", f"{CONFIG_MAPS}/top?propagationPolicy=Foreground")
    body = {"metadata": {"finalizers": ["demo.example.com/f"]}}
    server.request("PATCH", f"{CONFIG_MAPS}/leaf", body=body, content_type=MERGE)
    server.settle()
    assert names(server) == ["leaf", "middle", "top"]
    for name in ("middle", "top"):
        metadata = got(server, f"{CONFIG_MAPS}/{name}")["metadata"]
        assert metadata["finalizers"] == ["foregroundDeletion"]
        assert metadata["deletionTimestamp"]
    body = {"metadata": {"finalizers": []}}
    server.request("PATCH", f"{CONFIG_MAPS}/leaf", body=body, content_type=MERGE)
    server.settle()
    assert names(server) == []


def test_one_owner_that_is_left_is_enough(server: ApiServer) -> None:
    """The references to the others are taken off."""
    one, other = (made(server, CONFIG_MAPS, config_map(each)) for each in ("one", "other"))
    owned(server, "both", owner(one), owner(other))
    server.request("DELETE", f"{CONFIG_MAPS}/one")
    server.settle()
    found = got(server, f"{CONFIG_MAPS}/both")["metadata"]["ownerReferences"]
    assert [each["name"] for each in found] == ["other"]


@pytest.mark.parametrize(
    ("reference", "stays"),
    [
        ({**MAP, "name": "nobody", "uid": "u"}, False),
        ({**MAP, "name": "top", "uid": "another"}, False),
        ({**MAP, "name": "top", "uid": "another", "apiVersion": "nobody.example.com/v1"}, True),
    ],
)
def test_who_is_an_owner(server: ApiServer, reference: Any, *, stays: bool) -> None:
    """The one with the uid; what nobody serves decides nothing."""
    owned(server, "child", reference)
    server.settle()
    assert ("child" in names(server)) is stays


def test_owners_are_looked_for_in_the_namespace_of_the_dependent(server: ApiServer) -> None:
    """One in another namespace is none; a dependent without a namespace keeps its own."""
    top = got(server, f"{CONFIG_MAPS}/top")
    inside = "/api/v1/namespaces/kube-system/configmaps"
    made(server, inside, config_map("child", ownerReferences=[owner(top)]))
    volume = {
        "metadata": {"name": "v", "ownerReferences": [owner(top)]},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "hostPath": {"path": "/x"},
        },
    }
    made(server, "/api/v1/persistentvolumes", volume)
    server.settle()
    assert got(server, f"{inside}/child") is None
    kept = got(server, "/api/v1/persistentvolumes/v")["metadata"]
    assert "deletionTimestamp" not in kept


def test_circles_go_in_the_foreground() -> None:
    """Two that own each other do not wait for each other for ever."""
    server = ApiServer()
    one = made(server, CONFIG_MAPS, config_map("one"))
    two = owned(server, "two", owner(one, blockOwnerDeletion=True))
    body = {"metadata": {"ownerReferences": [owner(two, blockOwnerDeletion=True)]}}
    server.request("PATCH", f"{CONFIG_MAPS}/one", body=body, content_type=MERGE)
    server.request("DELETE", f"{CONFIG_MAPS}/one?propagationPolicy=Foreground")
    server.settle()
    assert names(server) == []


def test_the_collector_writes_under_its_own_name(server: ApiServer) -> None:
    """What it takes off is its write."""
    server.request("DELETE", f"{CONFIG_MAPS}/top?propagationPolicy=Orphan")
    version = server.world.version
    server.settle()
    types = [(each.type, each.key.rpartition("/")[2]) for each in server.world.events(version)]
    assert types == [("MODIFIED", "middle"), ("DELETED", "top")]
