"""Slices of Services: what stays, what is shared out, and for whom it is."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.endpoint_slices import (
    EndpointSliceController,
    identity,
    ports_key,
    sorted_ports,
)
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.objects import World, node, pod, service

_WEB = {"app": "web"}
_ZONE = "topology.kubernetes.io/zone"


@pytest.fixture
def world():
    return World(EndpointSliceController())


def _slices(world):
    return world.all("EndpointSlice", "discovery.k8s.io/v1")


def _pods(world, count):
    for number in range(count):
        made = pod(f"p{number:03}", labels=_WEB, node="n")
        world.server.request("POST", world.path("v1", "Pod"), body=made)
        ip = f"10.2.{number // 200}.{number % 200 + 1}"
        ready = {"type": "Ready", "status": "True"}
        status = {"podIP": ip, "podIPs": [{"ip": ip}], "conditions": [ready]}
        world.server.request(
            "PATCH",
            f"{world.path('v1', 'Pod', made['metadata']['name'])}/status",
            body={"status": status},
            content_type="application/merge-patch+json",
        )
    world.wait()


def test_a_service_without_endpoints_has_one_empty_slice(world):
    """It stays when nothing is there, and is filled when something comes."""
    world.make(service())
    (empty,) = _slices(world)
    assert empty["endpoints"] is None
    world.make(node())
    _pods(world, 1)
    (filled,) = _slices(world)
    assert filled["metadata"]["name"] == empty["metadata"]["name"]
    assert [each["addresses"] for each in filled["endpoints"]] == [["10.2.0.1"]]


def test_a_slice_holds_a_hundred_endpoints(world):
    """The hundred and first is in another one, which goes when it is empty."""
    world.make(node())
    world.make(service())
    _pods(world, 101)
    small, large = sorted((each["endpoints"] for each in _slices(world)), key=len)
    assert (len(small), len(large)) == (1, 100)
    world.remove("Pod", small[0]["targetRef"]["name"], gracePeriodSeconds=0)
    assert [len(each["endpoints"]) for each in _slices(world)] == [100]


def test_pods_with_other_ports_are_in_other_slices(world):
    """A named port that Pods resolve otherwise makes a slice of its own."""
    world.make(node())
    world.make(service(ports=[{"port": 80, "targetPort": "web"}]))
    for number, port in ((1, 8080), (2, 9090)):
        ports = [{"name": "web", "containerPort": port}]
        container = {"name": "c", "image": "img", "ports": ports}
        world.make(pod(f"p{number}", labels=_WEB, node="n", containers=[container]))
        world.run(f"p{number}", f"10.2.0.{number}")
    assert sorted(each["ports"][0]["port"] for each in _slices(world)) == [8080, 9090]


def test_what_others_do_to_a_slice_is_put_right(world):
    """Endpoints that are taken out come back; a slice that is deleted too."""
    world.make(node())
    world.make(service())
    _pods(world, 1)
    (made,) = _slices(world)
    name = made["metadata"]["name"]
    world.change("EndpointSlice", name, {"endpoints": []}, "discovery.k8s.io/v1")
    assert [each["addresses"] for each in _slices(world)[0]["endpoints"]] == [["10.2.0.1"]]
    world.remove("EndpointSlice", name, "discovery.k8s.io/v1")
    assert [each["addresses"] for each in _slices(world)[0]["endpoints"]] == [["10.2.0.1"]]


@pytest.mark.parametrize("wish", ["PreferClose", "PreferSameZone", "PreferSameNode"])
def test_a_service_that_wants_its_traffic_near_has_hints(world, wish):
    """Hints name zones, and Nodes where that is wanted; they go with the wish."""
    world.make(node(**{_ZONE: "z1"}))
    world.make(service(trafficDistribution=wish))
    _pods(world, 1)
    hints = _slices(world)[0]["endpoints"][0]["hints"]
    assert hints["forZones"] == [{"name": "z1"}]
    assert ("forNodes" in hints) is (wish == "PreferSameNode")
    world.change("Service", "s", {"spec": {"trafficDistribution": None}})
    assert "hints" not in _slices(world)[0]["endpoints"][0]


def test_a_pod_waits_for_its_node(world):
    """A Pod on a Node that is not known is left out until the Node is there."""
    world.make(service())
    _pods(world, 1)
    assert _slices(world)[0]["endpoints"] is None
    world.make(node())
    assert len(_slices(world)[0]["endpoints"]) == 1


def test_ports_are_written_in_the_order_of_their_hashes():
    """The order does not depend on how they are given, and that of one port is no question."""
    a = {"name": "http", "protocol": "TCP", "port": 8080}
    b = {"name": "fix", "protocol": "TCP", "port": 9000}
    assert sorted_ports([b, a]) == sorted_ports([a, b]) == [a, b]
    assert ports_key([a, b]) == ports_key([b, a])
    assert ports_key(None) == ports_key([]) == ()


def test_an_endpoint_is_the_same_whatever_its_conditions():
    """Address, hostname and Pod make it; conditions and zone do not."""
    one = {"addresses": ["a"], "targetRef": {"namespace": "n", "name": "p"}}
    assert identity({**one, "zone": "z"}) == identity(one)
    assert identity({**one, "hostname": "h"}) != identity(one)


def test_a_service_made_again_has_slices_of_its_own(world):
    """What belongs to the one before is not used."""
    world.make(service())
    (before,) = _slices(world)
    about = {"name": "old", "labels": before["metadata"]["labels"]}
    owner = dict(
        before["metadata"]["ownerReferences"][0], uid="00000000-0000-4000-8000-000000000000"
    )
    kept = {"finalizers": ["x.example.com/f"], "ownerReferences": [owner]}
    old = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    world.make({**old, "metadata": about | kept, "endpoints": []})
    told = {each["metadata"]["name"]: each["metadata"] for each in _slices(world)}
    assert "deletionTimestamp" in told["old"]
    assert "deletionTimestamp" not in told[before["metadata"]["name"]]


def test_the_protocol_of_an_application_and_ports_that_nobody_has(world):
    """The first is told, the others are left out."""
    world.make(node())
    named = {"name": "b", "port": 81, "targetPort": "nowhere"}
    world.make(service(ports=[{"name": "a", "port": 80, "appProtocol": "example.com/x"}, named]))
    _pods(world, 1)
    (made,) = _slices(world)
    assert [each.get("appProtocol") for each in made["ports"]] == ["example.com/x"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_is_refused_is_tried_again(world, method):
    """A slice that cannot be made or written for the moment."""
    path = "/apis/discovery.k8s.io/v1"
    world.server.faults = (Refused(500, On(method, path)),)
    world.make(service())
    world.change("Service", "s", {"metadata": {"labels": {"a": "b"}}})
    world.wait(1)
    assert world.server.faults == ()
    (made,) = _slices(world)
    assert made["metadata"]["labels"]["a"] == "b"


def test_a_pod_that_is_not_ready_has_no_hint(world):
    """Nor one whose zone is not known."""
    world.make(node())
    world.make(service(trafficDistribution="PreferClose"))
    _pods(world, 1)
    assert "hints" not in _slices(world)[0]["endpoints"][0]
    world.run("p000", "10.2.0.1", ready=False)
    assert "hints" not in _slices(world)[0]["endpoints"][0]
