"""Texts that are empty: as if they were not there, or a value that is refused, as their type has it."""

from __future__ import annotations

import pytest

from tests.simulate.actors.objects import World, volume


@pytest.fixture
def world():
    return World()


def _endpoints(**more):
    address = {"ip": "10.3.0.1", **more}
    subsets = [{"addresses": [address], "ports": [{"name": "", "port": 80}]}]
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "e"}, "subsets": subsets}


def test_the_empty_name_of_the_port_of_endpoints_is_none(world):
    """That of a slice is kept: there it is behind a pointer."""
    told = world.make(_endpoints())
    assert "name" not in told["subsets"][0]["ports"][0]
    made = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "s"},
        "addressType": "IPv4",
        "endpoints": [],
        "ports": [{"name": "", "port": 80}],
    }
    assert world.make(made)["ports"][0]["name"] == ""


def test_the_empty_name_of_a_node_of_an_address_is_refused(world):
    """It is behind a pointer, and no name of a Node."""
    path = world.path("v1", "Endpoints")
    response = world.server.request("POST", path, body=_endpoints(nodeName=""))
    assert response.status == 422
    assert "subsets[0].addresses[0].nodeName" in response.body["message"]


def test_the_empty_class_of_a_volume_is_none(world):
    """That of a claim is kept: it says that the claim wants no class."""
    assert "storageClassName" not in world.make(volume(storageClassName=""))["spec"]
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    assert world.make(claim)["spec"]["storageClassName"] == ""
