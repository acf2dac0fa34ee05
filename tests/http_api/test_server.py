"""Facts about addresses, threads and files around the server."""

from __future__ import annotations

import socket

import pytest
import yaml
from stub_server import StubServer
from wire import call

from reconcile.errors import DefinitionError
from reconcile.http_api import kubeconfig, running


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "example.com"])
def test_others_are_kept_out(host):
    """An address that others can reach is refused unless that is meant."""
    with pytest.raises(DefinitionError, match="insecure"), running(StubServer(), host=host):
        pass


def test_others_are_let_in_when_that_is_meant():
    """With `insecure` every address is served."""
    with running(StubServer(), host="0.0.0.0", insecure=True) as server:
        assert server.url == f"http://0.0.0.0:{server.port}"
        server.host = "127.0.0.1"
        assert call(server, "GET", "/posts")[0] == 200


def test_ipv6_has_brackets():
    """The address of an IPv6 server can be put into a browser."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    with running(StubServer(), host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert call(server, "GET", "/posts")[0] == 200


def test_a_port_that_is_taken_is_told(server):
    """A second server on one port is an OSError, before anything is started."""
    with pytest.raises(OSError, match="in use"), running(StubServer(), port=server.port):
        pass


def test_what_a_call_raises_comes_out(server):
    """Errors of a function called in the server's loop are the caller's."""

    def fail(served):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        server.call(fail)
    assert call(server, "GET", "/posts")[0] == 200


def test_stopping_twice_is_nothing(server):
    """A server may be stopped again when it has ended."""
    server.stop()
    server.stop()


def test_a_kubeconfig_names_the_server():
    """The file has one cluster, one user without a secret, one context that is the current one."""
    held = yaml.safe_load(kubeconfig("http://127.0.0.1:1", namespace="team"))
    assert held["clusters"] == [{"name": "reconcile", "cluster": {"server": "http://127.0.0.1:1"}}]
    assert held["contexts"][0]["context"]["namespace"] == "team"
    assert held["current-context"] == held["contexts"][0]["name"]
    assert held["users"] == [{"name": "reconcile", "user": {}}]
