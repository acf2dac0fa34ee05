"""Everything beside the server, until nothing moves."""

from __future__ import annotations

import pytest

from reconcile.errors import LimitError
from reconcile.simulate import ApiServer
from reconcile.simulate.server import garbage_collector, settling
from tests.simulate.served import (
    CONFIG_MAPS,
    THINGS,
    config_map,
    got,
    made,
    owner,
    thing,
    with_things,
)


def test_a_world_that_has_settled_stays() -> None:
    """Another look writes nothing, whatever was there."""
    server = with_things()
    top = made(server, CONFIG_MAPS, config_map("top"))
    made(server, THINGS, thing(ownerReferences=[owner(top)]))
    server.request("DELETE", f"{CONFIG_MAPS}/top?propagationPolicy=Foreground")
    made(server, "/api/v1/namespaces", {"metadata": {"name": "a"}})
    server.request("DELETE", "/api/v1/namespaces/a")
    server.settle()
    version = server.world.version
    server.settle()
    assert server.world.version == version
    assert got(server, THINGS)["items"] == []


def test_the_clock_moves_first() -> None:
    """What is written while the world settles is written at the later time."""
    server = ApiServer()
    server.settle(90)
    found = made(server, CONFIG_MAPS, config_map())
    assert found["metadata"]["creationTimestamp"] == "2026-01-01T00:01:30Z"


def test_a_definition_and_what_owns_its_objects_go_together() -> None:
    """Objects of a definition that goes are deleted, and so are their dependents."""
    server = with_things()
    held = made(server, THINGS, thing())
    made(server, CONFIG_MAPS, config_map("child", ownerReferences=[owner(held)]))
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.demo.example.com"
    server.request("DELETE", path)
    server.settle()
    assert got(server, path) is None
    assert got(server, f"{CONFIG_MAPS}/child") is None


def test_a_world_that_never_rests_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a number of steps that no world needs."""

    def restless(world, catalogue):
        return world.put("x", {"kind": "X", "metadata": {}})[0]

    monkeypatch.setattr(settling, "_MOST", 10)
    monkeypatch.setattr(garbage_collector, "step", restless)
    with pytest.raises(LimitError):
        ApiServer().settle()
