"""Claims that Pods bring."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.ephemeral_volumes import EphemeralVolumeController
from tests.simulate.actors.objects import World, claim, pod


@pytest.fixture
def world():
    return World(EphemeralVolumeController())


def _pod(name="p"):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": claim()["spec"]}
    source = {"ephemeral": {"volumeClaimTemplate": template}}
    return pod(name, node="n", volumes=[{"name": "d", **source}])


def test_a_claim_is_made_and_goes_with_its_pod(world):
    """The Pod owns it."""
    made = world.make(_pod())
    told = world.read("PersistentVolumeClaim", "p-d")
    assert told["metadata"]["labels"] == {"a": "b"}
    assert told["metadata"]["ownerReferences"][0]["uid"] == made["metadata"]["uid"]
    assert told["spec"]["storageClassName"] == "fast"
    world.remove("Pod", "p", gracePeriodSeconds=0)
    told = world.read("PersistentVolumeClaim", "p-d")
    assert told is None or "deletionTimestamp" in told["metadata"]


def test_a_claim_that_goes_is_made_again(world):
    """As long as its Pod stays."""
    world.make(_pod())
    before = world.read("PersistentVolumeClaim", "p-d")
    world.change("PersistentVolumeClaim", "p-d", {"metadata": {"finalizers": None}})
    world.remove("PersistentVolumeClaim", "p-d")
    after = world.read("PersistentVolumeClaim", "p-d")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]


def test_the_claim_of_another_is_left_alone(world):
    """The Pod waits for the name."""
    world.make(claim("p-d"))
    world.make(_pod())
    assert "ownerReferences" not in world.read("PersistentVolumeClaim", "p-d")["metadata"]
