"""The ServiceAccount of every namespace, and the recorded conversations."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.service_accounts import ServiceAccountController
from tests.simulate.actors.objects import World
from tests.workloads import differences, workloads


@pytest.mark.parametrize("name", workloads("namespace_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Namespaces come to the same objects as with the real controllers, and go as they do."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


def test_every_namespace_has_one_and_keeps_it():
    """It is made with a namespace, and again when it is deleted."""
    world = World(ServiceAccountController())
    world.wait()
    assert world.read("ServiceAccount", "default") is not None
    world.remove("ServiceAccount", "default")
    assert world.read("ServiceAccount", "default") is not None


def test_a_namespace_that_goes_gets_none():
    """It would only be deleted again."""
    world = World(ServiceAccountController())
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns1"}}
    made["spec"] = {"finalizers": ["x.example.com/f"]}
    world.make(made)
    world.remove("Namespace", "ns1")
    answer = world.server.request("GET", "/api/v1/namespaces/ns1/serviceaccounts")
    assert answer.body["items"] == []
    assert world.read("Namespace", "ns1")["status"]["phase"] == "Terminating"
