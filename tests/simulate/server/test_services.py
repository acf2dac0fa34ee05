"""Addresses and ports of Services."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import got, made, refused

SERVICES = "/api/v1/namespaces/default/services"
MERGE = "application/merge-patch+json"


def service(name: str = "s", port: int = 80, **spec: Any) -> dict[str, Any]:
    """Return a Service with one port."""
    ports = [{"port": port, "protocol": "TCP"}]
    return {"metadata": {"name": name}, "spec": {"ports": ports, **spec}}


def spec(document: Any) -> Any:
    """Return the spec of a Service."""
    return document["spec"]


def test_a_service_is_given_an_address_of_the_range() -> None:
    """No two have the same one, and what is given stays."""
    server = ApiServer()
    given = [spec(made(server, SERVICES, service(f"s{n}")))["clusterIP"] for n in range(50)]
    assert len(set(given)) == 50
    assert all(each.startswith("10.0.") for each in given)
    body: dict[str, Any] = {"spec": {"selector": {"a": "b"}}}
    answer: Any = server.request("PATCH", f"{SERVICES}/s0", body=body, content_type=MERGE)
    assert spec(answer.body)["clusterIP"] == given[0]
    assert spec(answer.body)["clusterIPs"] == [given[0]]


def test_an_address_that_is_asked_for_is_given_once() -> None:
    """Until its holder goes; it must be of the range."""
    server = ApiServer()
    made(server, SERVICES, service("one", clusterIP="10.0.0.77"))
    begins = 'Service "two" is invalid: spec.clusterIPs: Invalid value: '
    assert refused(server, "POST", SERVICES, service("two", clusterIP="10.0.0.77")) == (
        f'{begins}["10.0.0.77"]: failed to allocate IP 10.0.0.77: provided IP is already allocated'
    )
    assert refused(server, "POST", SERVICES, service("two", clusterIP="192.168.0.1")) == (
        f'{begins}["192.168.0.1"]: failed to allocate IP 192.168.0.1: the provided network does '
        "not match the current range"
    )
    server.request("DELETE", f"{SERVICES}/one")
    made(server, SERVICES, service("two", clusterIP="10.0.0.77"))


def test_a_service_without_a_head_has_no_address() -> None:
    """None is what it says, and stays so."""
    server = ApiServer()
    found = spec(made(server, SERVICES, service(clusterIP="None", selector={"a": "b"})))
    assert (found["clusterIP"], found["clusterIPs"]) == ("None", ["None"])
    patch: dict[str, Any] = {"spec": {"clusterIP": "10.0.0.9", "clusterIPs": ["10.0.0.9"]}}
    assert refused(server, "PATCH", f"{SERVICES}/s", patch, media=MERGE) == (
        'Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.0.9"]: may not change '
        "once set"
    )


def test_ports_of_nodes_are_given_from_their_range() -> None:
    """One that is asked for must be free and of the range."""
    server = ApiServer()
    given = {
        spec(made(server, SERVICES, service(f"s{n}", type="NodePort")))["ports"][0]["nodePort"]
        for n in range(20)
    }
    assert len(given) == 20
    assert min(given) >= 30000
    assert max(given) <= 32767
    taken = min(given)
    body = service("x", type="NodePort")
    for port, told in (
        (taken, "provided port is already allocated"),
        (
            20000,
            "provided port is not in the valid range. The range of valid ports is 30000-32767",
        ),
    ):
        body["spec"]["ports"][0]["nodePort"] = port
        assert refused(server, "POST", SERVICES, body) == (
            f'Service "x" is invalid: spec.ports[0].nodePort: Invalid value: {port}: {told}'
        )


def test_what_a_type_has_not_is_given_back() -> None:
    """A Service that is a name has no address; one for the inside has no port of nodes."""
    server = ApiServer()
    held = spec(made(server, SERVICES, service(type="NodePort")))
    patch: dict[str, Any] = {"spec": {"type": "ClusterIP"}}
    answer: Any = server.request("PATCH", f"{SERVICES}/s", body=patch, content_type=MERGE)
    assert "nodePort" not in spec(answer.body)["ports"][0]
    assert spec(answer.body)["clusterIP"] == held["clusterIP"]
    patch = {"spec": {"type": "ExternalName", "externalName": "a.example.com", "ports": None}}
    answer = server.request("PATCH", f"{SERVICES}/s", body=patch, content_type=MERGE)
    assert "clusterIP" not in spec(answer.body)
    again = service("again", type="NodePort", clusterIP=held["clusterIP"])
    again["spec"]["ports"][0]["nodePort"] = held["ports"][0]["nodePort"]
    made(server, SERVICES, again)


def test_one_port_serves_two_protocols() -> None:
    """The same number of nodes is given to both, if they ask for it."""
    ports = [
        {"name": protocol.lower(), "port": 53, "protocol": protocol, "nodePort": 30053}
        for protocol in ("TCP", "UDP")
    ]
    body = service(type="NodePort")
    body["spec"]["ports"] = ports
    found = spec(made(ApiServer(), SERVICES, body))
    assert [each["nodePort"] for each in found["ports"]] == [30053, 30053]


@pytest.mark.parametrize("query", ["?dryRun=All", ""])
def test_what_is_refused_or_tried_takes_nothing(query: str) -> None:
    """The world holds what it held."""
    server = ApiServer()
    taken = server.world.taken
    body = service(clusterIP="10.0.0.50", sessionAffinity="None" if query else "Sticky")
    answer = server.request("POST", f"{SERVICES}{query}", body=body)
    assert answer.status == (201 if query else 422)
    assert server.world.taken is taken or dict(server.world.taken.items()) == dict(taken.items())
    assert got(server, f"{SERVICES}/s") is None


def test_what_a_load_balancer_gave_goes_with_the_type() -> None:
    """The places of a load balancer are forgotten by whoever is none any more."""
    server = ApiServer()
    made(server, SERVICES, service(type="LoadBalancer"))
    places = [{"ip": "10.1.2.3"}]
    status = {"status": {"loadBalancer": {"ingress": places}}}
    server.request("PATCH", f"{SERVICES}/s/status", body=status, content_type=MERGE)
    found = got(server, f"{SERVICES}/s")
    assert found["status"]["loadBalancer"]["ingress"] == [{**places[0], "ipMode": "VIP"}]
    plain = {"spec": {"type": "ClusterIP"}}
    server.request("PATCH", f"{SERVICES}/s", body=plain, content_type=MERGE)
    assert got(server, f"{SERVICES}/s")["status"] == {"loadBalancer": {}}
