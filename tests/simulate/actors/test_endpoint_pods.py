"""What the controllers of endpoints know of Pods and Services."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.endpoint_pods import (
    addresses_of,
    belongs,
    hash_of,
    hostname_of,
    port_of,
)
from reconcile.simulate.actors.endpoint_slices import EndpointSliceController
from tests.simulate.actors.objects import World, node, pod, service

_WEB = {"app": "web"}


def test_the_hash_is_fnv_1a_of_128_bits():
    """Two values that the reference implementation has."""
    assert hash_of("") == "6c62272e07bb014262b821756295c58d"
    assert hash_of("hello") == "e3e1efd54283d94f7081314b599d31b3"


@pytest.mark.parametrize(
    ("target", "found"), [(8080, 8080), ("web", 90), ("side", 91), ("init", None), ("none", None)]
)
def test_a_named_port_is_looked_for_in_containers_and_sidecars(target, found):
    """An init container that ends serves nothing."""

    def container(name, number, **more):
        return {"name": name, "ports": [{"name": name, "containerPort": number}], **more}

    spec = {
        "containers": [container("web", 90)],
        "initContainers": [
            container("side", 91, restartPolicy="Always"),
            container("init", 92),
        ],
    }
    assert port_of({"spec": spec}, {"targetPort": target}) == found


def test_pods_belong_while_they_have_an_address_and_have_not_ended():
    """One that is being deleted belongs where that is asked for."""
    there = {"metadata": {}, "status": {"podIP": "10.2.0.1", "phase": "Running"}}
    going = {**there, "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
    ended = {**there, "status": {"podIP": "10.2.0.1", "phase": "Failed"}}
    assert belongs(there, terminating=False)
    assert not belongs(going, terminating=False)
    assert belongs(going, terminating=True)
    assert not belongs(ended, terminating=True)
    assert not belongs({"status": {"phase": "Running"}}, terminating=True)


def test_a_host_has_a_name_in_the_service_of_its_subdomain():
    """The hostname counts where the subdomain is the Service."""
    host = {"spec": {"hostname": "h", "subdomain": "db"}}
    assert hostname_of(host, {"metadata": {"name": "db"}}) == "h"
    assert hostname_of(host, {"metadata": {"name": "web"}}) is None
    assert hostname_of({"spec": {"subdomain": "db"}}, {"metadata": {"name": "db"}}) is None


def test_addresses_are_of_one_family_and_readable():
    """What is no address is left out."""
    told = {"status": {"podIPs": [{"ip": "10.2.0.1"}, {"ip": "FD00::1"}, {"ip": "x"}]}}
    assert addresses_of(told, "IPv4") == ["10.2.0.1"]
    assert addresses_of(told, "IPv6") == ["fd00::1"]


def _told(world):
    (made,) = world.all("EndpointSlice", "discovery.k8s.io/v1")
    return (
        made["metadata"]
        .get("annotations", {})
        .get("endpoints.kubernetes.io/last-change-trigger-time")
    )


def test_the_time_of_a_change_is_that_of_the_service_then_of_readiness():
    """A change that has no time of its own leaves none."""
    world = World(EndpointSliceController())
    world.make(node())
    made = world.make(service())
    assert _told(world) == made["metadata"]["creationTimestamp"]
    world.make(pod(labels=_WEB, node="n"))
    since = "2025-05-05T00:00:00Z"
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": since}
    told = {"podIP": "10.2.0.1", "podIPs": [{"ip": "10.2.0.1"}], "conditions": [ready]}
    world.change("Pod", "p", {"status": told}, part="status")
    assert _told(world) == since
    world.change("Service", "s", {"spec": {"publishNotReadyAddresses": True}})
    assert _told(world) == since  # nothing was written
    world.change("Service", "s", {"metadata": {"labels": {"x": "y"}}})
    assert _told(world) is None
