"""Endpoints that somebody made, told in slices."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.endpoint_slice_mirroring import EndpointSliceMirroringController
from tests.simulate.actors.objects import World, service


@pytest.fixture
def world():
    made = World(EndpointSliceMirroringController())
    made.make(service(selector=None))
    return made


def _endpoints(*ips, **about):
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "s", **about},
        "subsets": [{"addresses": [{"ip": each} for each in ips], "ports": [{"port": 80}]}],
    }


def _slices(world):
    return world.all("EndpointSlice", "discovery.k8s.io/v1")


def _addresses(world):
    return sorted(each["addresses"][0] for made in _slices(world) for each in made["endpoints"])


def test_endpoints_are_mirrored_by_family(world):
    """A slice for each family of addresses."""
    world.make(_endpoints("10.3.0.1", "fd00::1"))
    assert sorted(each["addressType"] for each in _slices(world)) == ["IPv4", "IPv6"]
    assert _addresses(world) == ["10.3.0.1", "fd00::1"]


def test_labels_and_annotations_are_mirrored(world):
    """But what tells of kubectl or of times is not."""
    annotations = {"a": "b", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    world.make(_endpoints("10.3.0.1", labels={"x": "y"}, annotations=annotations))
    (made,) = _slices(world)
    assert made["metadata"]["labels"]["x"] == "y"
    assert made["metadata"]["annotations"] == {"a": "b"}


@pytest.mark.parametrize(
    "about",
    [
        {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        {"annotations": {"control-plane.alpha.kubernetes.io/leader": "x"}},
    ],
)
def test_what_is_not_to_be_mirrored_is_not(world, about):
    """A label says so, or that it is a lock."""
    world.make(_endpoints("10.3.0.1", **about))
    assert _slices(world) == []


def test_slices_go_when_a_service_begins_to_select(world):
    """Then they are no business of this controller."""
    world.make(_endpoints("10.3.0.1"))
    world.change("Service", "s", {"spec": {"selector": {"app": "web"}}})
    assert _slices(world) == []
    world.change("Service", "s", {"spec": {"selector": None}})
    assert _addresses(world) == ["10.3.0.1"]


def test_a_slice_is_put_right_and_used_again(world):
    """Other addresses and ports are written into the slice that is there."""
    world.make(_endpoints("10.3.0.1"))
    (before,) = _slices(world)
    name = before["metadata"]["name"]
    world.change("EndpointSlice", name, {"endpoints": []}, "discovery.k8s.io/v1")
    assert _addresses(world) == ["10.3.0.1"]
    subsets = [{"addresses": [{"ip": "10.3.0.2"}], "ports": [{"port": 81}]}]
    world.change("Endpoints", "s", {"subsets": subsets})
    (after,) = _slices(world)
    assert (after["metadata"]["name"], after["ports"][0]["port"]) == (name, 81)
    version = after["metadata"]["resourceVersion"]
    world.change("Service", "s", {"metadata": {"labels": {"a": "b"}}})
    assert _slices(world)[0]["metadata"]["resourceVersion"] == version


def test_what_is_said_of_addresses_and_ports_is_mirrored(world):
    """Hostname, Node and protocol; what is not ready is told as such."""
    made = _endpoints("10.3.0.1")
    (subset,) = made["subsets"]
    subset["ports"][0] |= {"appProtocol": "example.com/x"}
    subset["addresses"][0] |= {"hostname": "h", "nodeName": "n"}
    subset["notReadyAddresses"] = [{"ip": "10.3.0.2"}]
    world.make(made)
    (told,) = _slices(world)
    by_address = {each["addresses"][0]: each for each in told["endpoints"]}
    assert by_address["10.3.0.1"]["hostname"] == "h"
    assert by_address["10.3.0.1"]["nodeName"] == "n"
    assert by_address["10.3.0.2"]["conditions"] == {"ready": False}
    assert told["ports"][0]["appProtocol"] == "example.com/x"


def test_slices_of_other_ports_go_when_there_are_fewer(world):
    """A subset that is taken out takes its slice with it."""
    made = _endpoints("10.3.0.1")
    made["subsets"].append({"addresses": [{"ip": "10.3.0.2"}], "ports": [{"port": 81}]})
    world.make(made)
    assert len(_slices(world)) == 2
    world.change("Endpoints", "s", {"subsets": made["subsets"][:1]})
    assert _addresses(world) == ["10.3.0.1"]


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"labels": {"x": "y"}}},
        {"subsets": [{"notReadyAddresses": [{"ip": "10.3.0.1"}], "ports": [{"port": 80}]}]},
    ],
)
def test_every_change_is_written(world, change):
    """Labels, and whether an address is ready."""
    world.make(_endpoints("10.3.0.1"))
    world.change("Endpoints", "s", change)
    (told,) = _slices(world)
    if "subsets" in change:
        assert told["endpoints"][0]["conditions"] == {"ready": False}
    else:
        assert told["metadata"]["labels"]["x"] == "y"
