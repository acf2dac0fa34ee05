"""The Endpoints of Services, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.endpoints import EndpointsController, repacked
from tests.simulate.actors.objects import World, pod, service
from tests.workloads import differences, workloads

_WEB = {"app": "web"}


@pytest.mark.parametrize("name", workloads("service_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Services come to the same Endpoints and slices as with the real controllers."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    return World(EndpointsController())


def _ips(world, field="addresses"):
    subsets = world.read("Endpoints", "s").get("subsets", ())
    return [each["ip"] for subset in subsets for each in subset.get(field, ())]


def test_only_ready_pods_are_ready_addresses(world):
    """A Pod that is not ready stands apart, unless the Service wants it all the same."""
    for number in (1, 2):
        world.make(pod(f"p{number}", labels=_WEB, node="n"))
        world.run(f"p{number}", f"10.2.0.{number}", ready=number == 1)
    world.make(service())
    assert (_ips(world), _ips(world, "notReadyAddresses")) == (["10.2.0.1"], ["10.2.0.2"])
    world.change("Service", "s", {"spec": {"publishNotReadyAddresses": True}})
    assert _ips(world) == ["10.2.0.1", "10.2.0.2"]


def test_endpoints_go_with_their_service(world):
    """Whatever has the name of a Service that went goes too."""
    world.make(service())
    assert world.read("Endpoints", "s") is not None
    world.remove("Service", "s")
    assert world.read("Endpoints", "s") is None


def test_endpoints_that_somebody_deletes_come_back(world):
    """They are made again, with the labels of the Service."""
    made = service()
    made["metadata"]["labels"] = {"x": "y"}
    world.make(made)
    world.remove("Endpoints", "s")
    assert world.read("Endpoints", "s")["metadata"]["labels"]["x"] == "y"


def test_nothing_is_written_when_nothing_changes(world):
    """A Pod whose endpoint is the same does not move the Endpoints."""
    world.make(service())
    world.make(pod(labels=_WEB, node="n"))
    world.run("p", "10.2.0.1")
    version = world.read("Endpoints", "s")["metadata"]["resourceVersion"]
    world.change("Pod", "p", {"metadata": {"annotations": {"a": "b"}}})
    assert world.read("Endpoints", "s")["metadata"]["resourceVersion"] == version


@pytest.mark.slow
def test_more_than_a_thousand_addresses_are_cut():
    """What is ready has precedence; an annotation tells of the rest."""
    world = World(EndpointsController())
    world.make(service())
    for number in range(1003):
        made = pod(f"p{number}", labels=_WEB, node="n")
        world.server.request("POST", world.path("v1", "Pod"), body=made)
        ip = f"10.2.{number // 250}.{number % 250 + 1}"
        ready = "False" if number < 5 else "True"
        status = {"podIP": ip, "podIPs": [{"ip": ip}], "phase": "Running"}
        status["conditions"] = [{"type": "Ready", "status": ready}]
        world.server.request(
            "PATCH",
            f"{world.path('v1', 'Pod', f'p{number}')}/status",
            body={"status": status},
            content_type="application/merge-patch+json",
        )
    world.wait()
    told = world.read("Endpoints", "s")
    assert told["metadata"]["annotations"]["endpoints.kubernetes.io/over-capacity"] == "truncated"
    assert (len(_ips(world)), len(_ips(world, "notReadyAddresses"))) == (998, 2)


def test_addresses_with_the_same_ports_are_put_together():
    """A port is in one subset with all that serve it; not ready anywhere is not ready."""
    one, two = {"ip": "10.2.0.1"}, {"ip": "10.2.0.2"}
    a = {"name": "a", "port": 1, "protocol": "TCP"}
    b = {"name": "b", "port": 2, "protocol": "TCP"}
    made = repacked(
        [
            {"addresses": [two], "ports": [a]},
            {"addresses": [one], "ports": [a, b]},
            {"notReadyAddresses": [one], "ports": [b]},
        ]
    )
    assert {tuple(port["name"] for port in each["ports"]) for each in made} == {("a",), ("b",)}
    by_port = {each["ports"][0]["name"]: each for each in made}
    assert by_port["a"]["addresses"] == [one, two]
    assert by_port["b"]["notReadyAddresses"] == [one]
    assert repacked(made) == made


def test_an_address_of_the_other_family_does_not_count(world):
    """A Service of IPv4 has no endpoint where a Pod has an address of IPv6 only."""
    world.make(service())
    world.make(pod(labels=_WEB, node="n"))
    world.run("p", "fd00::1")
    assert _ips(world) == []


def test_the_protocol_of_an_application_is_told(world):
    """As the Service says it."""
    world.make(service(ports=[{"port": 80, "appProtocol": "example.com/x"}]))
    world.make(pod(labels=_WEB, node="n"))
    world.run("p", "10.2.0.1")
    (subset,) = world.read("Endpoints", "s")["subsets"]
    assert subset["ports"][0]["appProtocol"] == "example.com/x"


def test_labels_that_others_change_are_put_right_at_the_next_look(world):
    """With all that the Service has."""
    world.make(service())
    world.change("Endpoints", "s", {"metadata": {"labels": {"x": "y"}}})
    world.change("Service", "s", {"metadata": {"annotations": {"a": "b"}}})
    assert "x" not in world.read("Endpoints", "s")["metadata"]["labels"]
