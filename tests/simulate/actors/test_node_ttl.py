"""How long kubelets may keep what they read."""

from __future__ import annotations

from reconcile.simulate.actors.node_ttl import NodeTtl
from tests.simulate.actors.objects import World, node

_ANNOTATION = "node.alpha.kubernetes.io/ttl"


def test_a_small_cluster_keeps_nothing():
    """The annotation is there, and comes back."""
    world = World(NodeTtl())
    world.make(node())
    assert world.read("Node", "n")["metadata"]["annotations"][_ANNOTATION] == "0"
    world.change("Node", "n", {"metadata": {"annotations": None}})
    assert world.read("Node", "n")["metadata"]["annotations"][_ANNOTATION] == "0"


def test_a_larger_one_keeps_it_for_some_seconds():
    """A Node is told when it is looked at next."""
    world = World(NodeTtl())
    for number in range(101):
        world.server.request("POST", world.path("v1", "Node"), body=node(f"n{number}"))
    world.wait()
    assert world.read("Node", "n0")["metadata"]["annotations"][_ANNOTATION] == "15"
