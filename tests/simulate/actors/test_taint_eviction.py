"""Pods that do not bear the taints of their Node."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.taint_eviction import TaintEviction
from tests.simulate.actors.objects import World, node, pod


@pytest.fixture
def world():
    made = World(TaintEviction())
    made.make(node())
    return made


def _taint(world, *keys, effect="NoExecute"):
    taints = [{"key": key, "value": "v", "effect": effect} for key in keys]
    world.change("Node", "n", {"spec": {"taints": taints}})


def _is_going(world, name="p"):
    found = world.read("Pod", name)
    return found is None or "deletionTimestamp" in found["metadata"]


def _pod(world, *tolerations, name="p"):
    world.make(pod(name, node="n", tolerations=list(tolerations)))


def test_a_pod_without_tolerations_goes_and_says_why(world):
    """Other effects drive nobody away."""
    _pod(world)
    _taint(world, "a", effect="NoSchedule")
    assert not _is_going(world)
    _taint(world, "a")
    assert _is_going(world)
    (told,) = world.read("Pod", "p")["status"]["conditions"]
    assert (told["type"], told["reason"]) == ("DisruptionTarget", "DeletionByTaintManager")
    assert told["observedGeneration"] == 1


@pytest.mark.parametrize(
    ("toleration", "stays"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "a", "operator": "Exists"}, True),
        ({"key": "a", "operator": "Equal", "value": "v", "effect": "NoExecute"}, True),
        ({"key": "a", "operator": "Equal", "value": "w"}, False),
        ({"key": "b", "operator": "Exists"}, False),
        ({"key": "a", "operator": "Exists", "effect": "NoSchedule"}, False),
    ],
)
def test_a_toleration_must_fit(world, toleration, stays):
    """By key, value and effect."""
    _pod(world, toleration)
    _taint(world, "a")
    assert _is_going(world) is not stays


def test_all_taints_must_be_borne(world):
    """One of two is not enough."""
    _pod(world, {"key": "a", "operator": "Exists"})
    _taint(world, "a", "b")
    assert _is_going(world)


def test_the_shortest_patience_counts(world):
    """It counts from when the taint was there."""
    limits = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}
        for key, seconds in (("a", 100), ("b", 20))
    ]
    _pod(world, *limits)
    _taint(world, "a", "b")
    world.wait(19)
    assert not _is_going(world)
    world.wait(1)
    assert _is_going(world)


def test_a_taint_that_goes_in_time_does_no_harm(world):
    """Nothing is left of it."""
    limit = {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20}
    _pod(world, limit)
    _taint(world, "a")
    world.wait(10)
    _taint(world)
    world.wait(100)
    assert not _is_going(world)


def test_a_pod_that_comes_later_has_its_time_from_then(world):
    """And one that comes without tolerations goes at once."""
    _taint(world, "a")
    world.wait(100)
    limit = {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20}
    _pod(world, limit)
    assert not _is_going(world)
    world.wait(20)
    assert _is_going(world)
    _pod(world, name="q")
    assert _is_going(world, "q")
