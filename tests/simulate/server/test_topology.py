"""Where a Node is, told of its Pods."""

from __future__ import annotations

import pytest

from tests.simulate.actors.objects import World, node, pod

_ZONE = "topology.kubernetes.io/zone"
_REGION = "topology.kubernetes.io/region"


@pytest.fixture
def world():
    made = World()
    made.make(node(**{_ZONE: "z", _REGION: "r", "other": "x"}))
    return made


def test_a_pod_made_for_a_node_has_the_labels_of_its_place(world):
    """Whatever it says itself; other labels are no business of it."""
    made = world.make(pod(node="n", labels={_ZONE: "elsewhere", "a": "b"}))
    assert made["metadata"]["labels"] == {_ZONE: "z", _REGION: "r", "a": "b"}


def test_a_pod_that_is_bound_has_them_too(world):
    """A Pod without a Node has no place."""
    assert "labels" not in world.make(pod())["metadata"]
    world.bind("p", "n")
    assert world.read("Pod", "p")["metadata"]["labels"] == {_ZONE: "z", _REGION: "r"}


def test_a_node_that_is_not_there_has_no_place(world):
    """The Pod is as it was sent."""
    assert "labels" not in world.make(pod(node="missing"))["metadata"]
