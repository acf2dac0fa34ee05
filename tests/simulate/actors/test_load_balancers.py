"""Services that get an address of a cloud."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate.actors.load_balancers import LoadBalancers
from tests.simulate.actors.objects import World, service

_FINALIZER = "service.kubernetes.io/load-balancer-cleanup"


def _ingress(world, name="s"):
    return world.read("Service", name)["status"]["loadBalancer"].get("ingress")


def _balanced(name="s", **spec):
    return service(name, type="LoadBalancer", **spec)


def test_a_service_gets_an_address_and_is_held():
    """It is given back when the Service goes, with the finalizer."""
    world = World(LoadBalancers())
    world.make(_balanced())
    assert _ingress(world) == [{"ip": "198.18.0.1", "ipMode": "VIP"}]
    assert world.read("Service", "s")["metadata"]["finalizers"] == [_FINALIZER]
    world.remove("Service", "s")
    assert world.read("Service", "s") is None


def test_addresses_are_the_lowest_that_are_free():
    """One that went is given again; one that is asked for is given."""
    world = World(LoadBalancers())
    for name in ("a", "b"):
        world.make(_balanced(name))
    world.remove("Service", "a")
    for name in ("c", "d"):
        world.make(_balanced(name))
    world.make(_balanced("e", loadBalancerIP="10.9.9.9"))
    told = {name: _ingress(world, name)[0]["ip"] for name in "bcde"}
    assert told == {"b": "198.18.0.2", "c": "198.18.0.1", "d": "198.18.0.3", "e": "10.9.9.9"}


def test_a_slow_cloud_takes_its_time():
    """The Service is held from the beginning."""
    world = World(LoadBalancers("slow", seconds=20))
    world.wait(5)
    world.make(_balanced())
    world.wait(19)
    assert _ingress(world) is None
    assert world.read("Service", "s")["metadata"]["finalizers"] == [_FINALIZER]
    world.wait(1)
    assert _ingress(world) is not None


def test_where_there_is_no_cloud_the_address_never_comes():
    """And the Service goes all the same."""
    world = World(LoadBalancers("never"))
    world.make(_balanced())
    world.wait(10_000)
    assert _ingress(world) is None
    world.remove("Service", "s")
    assert world.read("Service", "s") is None


def test_a_service_of_another_type_gives_its_address_back():
    """Other finalizers stay."""
    world = World(LoadBalancers())
    made = _balanced()
    made["metadata"]["finalizers"] = ["x.example.com/f"]
    world.make(made)
    world.change("Service", "s", {"spec": {"type": "ClusterIP"}})
    told = world.read("Service", "s")
    assert told["metadata"]["finalizers"] == ["x.example.com/f"]
    assert told["status"] == {"loadBalancer": {}}


def test_a_class_is_somebody_elses():
    """Unless it is the one that these are for."""
    world = World(LoadBalancers(), LoadBalancers(load_balancer_class="example.com/own"))
    world.make(_balanced("a", loadBalancerClass="example.com/other"))
    world.make(_balanced("b", loadBalancerClass="example.com/own"))
    assert _ingress(world, "a") is None
    assert _ingress(world, "b") is not None


def test_nothing_is_written_twice():
    """A Service at rest stays as it is."""
    world = World(LoadBalancers())
    world.make(_balanced())
    version = world.version()
    world.change("Service", "s", {"metadata": {"labels": {"a": "b"}}})
    world.wait(100)
    assert world.version() == version + 1


def test_words_are_checked():
    """Where it is put together."""
    with pytest.raises(DefinitionError, match="LoadBalancers"):
        LoadBalancers("soon")
