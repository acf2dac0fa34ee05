"""Claims and volumes that are in use stay."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.volume_protection import (
    AttributesClassProtection,
    ClaimProtection,
    VolumeProtection,
)
from tests.simulate.actors.objects import World, claim, pod, volume


@pytest.fixture
def world():
    return World(ClaimProtection(), VolumeProtection())


def _user(name="p", node="n", *, ephemeral=False):
    template = {"spec": claim()["spec"]}
    source = (
        {"ephemeral": {"volumeClaimTemplate": template}}
        if ephemeral
        else {"persistentVolumeClaim": {"claimName": "c"}}
    )
    return pod(name, node=node, volumes=[{"name": "d", **source}])


def test_a_finalizer_that_is_taken_off_comes_back(world):
    """As long as the object is not being deleted."""
    world.make(claim())
    world.make(volume())
    for kind, name in (("PersistentVolumeClaim", "c"), ("PersistentVolume", "v")):
        world.change(kind, name, {"metadata": {"finalizers": None}})
        assert len(world.read(kind, name)["metadata"]["finalizers"]) == 1


def test_a_claim_stays_while_a_bound_pod_names_it(world):
    """It goes with the last of them; one that is not bound does not hold it."""
    world.make(claim())
    world.make(_user("a"))
    world.make(_user("b"))
    world.make(_user("c", node=""))
    world.remove("PersistentVolumeClaim", "c")
    for name in ("a", "b"):
        assert world.read("PersistentVolumeClaim", "c") is not None
        world.remove("Pod", name, gracePeriodSeconds=0)
    assert world.read("PersistentVolumeClaim", "c") is None


def test_an_ephemeral_claim_is_held_by_its_own_pod_only(world):
    """Another claim of the same name is not."""
    world.make(_user(ephemeral=True))
    made = claim("p-d")
    uid = world.read("Pod", "p")["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": uid, "controller": True}
    made["metadata"]["ownerReferences"] = [owner]
    world.make(made)
    world.remove("PersistentVolumeClaim", "p-d")
    assert world.read("PersistentVolumeClaim", "p-d") is not None
    world.remove("Pod", "p", gracePeriodSeconds=0)
    assert world.read("PersistentVolumeClaim", "p-d") is None
    world.make(_user("p", ephemeral=True))
    world.make(claim("p-d"))
    world.remove("PersistentVolumeClaim", "p-d")
    assert world.read("PersistentVolumeClaim", "p-d") is None


def test_a_volume_stays_while_it_is_bound(world):
    """A free one goes at once."""
    world.make(volume("free"))
    world.remove("PersistentVolume", "free")
    assert world.read("PersistentVolume", "free") is None
    world.make(volume())
    world.change("PersistentVolume", "v", {"status": {"phase": "Bound"}}, part="status")
    world.remove("PersistentVolume", "v")
    assert world.read("PersistentVolume", "v") is not None
    world.change("PersistentVolume", "v", {"status": {"phase": "Released"}}, part="status")
    assert world.read("PersistentVolume", "v") is None


def test_a_class_of_attributes_stays_while_a_claim_has_it():
    """It goes with the last of them."""
    world = World(AttributesClassProtection())
    version, kind = "storage.k8s.io/v1", "VolumeAttributesClass"
    for name in ("gold", "free"):
        made = {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
        world.make({**made, "driverName": "d.example.com", "parameters": {"a": "b"}})
    world.make(claim(volumeAttributesClassName="gold"))
    for name in ("gold", "free"):
        world.remove(kind, name, version)
    assert world.read(kind, "free", version) is None
    assert world.read(kind, "gold", version) is not None
    world.change("PersistentVolumeClaim", "c", {"metadata": {"finalizers": None}})
    world.remove("PersistentVolumeClaim", "c")
    assert world.read(kind, "gold", version) is None
