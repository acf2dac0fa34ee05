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
