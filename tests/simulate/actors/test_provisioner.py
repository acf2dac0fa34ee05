"""Claims whose volumes a driver makes."""

from __future__ import annotations

import pytest

from reconcile.errors import DefinitionError
from reconcile.simulate.actors.provisioner import Provisioner
from reconcile.simulate.actors.volume_binder import SELECTED_NODE, VolumeBinder
from reconcile.simulate.actors.volume_protection import ClaimProtection, VolumeProtection
from tests.simulate.actors.objects import World, claim


def _world(*arguments, **more):
    binding = (VolumeBinder(), ClaimProtection(), VolumeProtection())
    return World(*binding, Provisioner(*arguments, **more))


def _class(world, provisioner="csi.example.com", **more):
    made = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}}
    world.make({**made, "provisioner": provisioner, **more})


def _phase(world, name="c"):
    return world.read("PersistentVolumeClaim", name)["status"]["phase"]


def _volumes(world):
    return world.all("PersistentVolume")


def test_a_claim_gets_the_volume_that_it_asks_for():
    """It is bound at once."""
    world = _world()
    _class(world, mountOptions=["ro"])
    world.make(claim(size="3Gi"))
    assert _phase(world) == "Bound"
    (made,) = _volumes(world)
    assert made["spec"]["capacity"] == {"storage": "3Gi"}
    assert made["spec"]["csi"]["driver"] == "csi.example.com"
    assert made["spec"]["mountOptions"] == ["ro"]
    uid = world.read("PersistentVolumeClaim", "c")["metadata"]["uid"]
    assert made["metadata"]["name"] == f"pvc-{uid}"


@pytest.mark.parametrize(("policy", "left"), [("Delete", 0), ("Retain", 1)])
def test_a_volume_goes_with_its_claim_if_its_class_says_so(policy, left):
    """One that is retained is released."""
    world = _world()
    _class(world, reclaimPolicy=policy)
    world.make(claim())
    world.remove("PersistentVolumeClaim", "c")
    assert [each["status"]["phase"] for each in _volumes(world)] == ["Released"] * left


def test_a_slow_driver_takes_its_time():
    """From when the claim may have a volume."""
    world = _world("slow", seconds=8)
    _class(world)
    world.wait(5)
    world.make(claim())
    world.wait(7)
    assert (_phase(world), _volumes(world)) == ("Pending", [])
    world.wait(1)
    assert _phase(world) == "Bound"


def test_a_driver_that_is_down_makes_nothing():
    """The claim waits."""
    world = _world("never")
    _class(world)
    world.make(claim())
    world.wait(10_000)
    assert _phase(world) == "Pending"


def test_a_class_may_wait_for_the_first_consumer():
    """The scheduler names a Node; a slow driver begins then."""
    world = _world("slow", seconds=8)
    _class(world, volumeBindingMode="WaitForFirstConsumer")
    world.make(claim())
    world.wait(100)
    assert _phase(world) == "Pending"
    named = {"metadata": {"annotations": {SELECTED_NODE: "n"}}}
    world.change("PersistentVolumeClaim", "c", named)
    world.wait(7)
    assert _phase(world) == "Pending"
    world.wait(1)
    assert _phase(world) == "Bound"


@pytest.mark.parametrize(
    ("driver", "provisioner", "phase"),
    [
        ("csi.example.com", "csi.example.com", "Bound"),
        ("other.example.com", "csi.example.com", "Pending"),
        ("", "kubernetes.io/no-provisioner", "Pending"),
        ("", "rancher.io/local-path", "Bound"),
    ],
)
def test_a_driver_works_for_its_own_classes(driver, provisioner, phase):
    """And nobody for classes without one."""
    world = _world(driver=driver)
    _class(world, provisioner)
    world.make(claim())
    assert _phase(world) == phase


def test_a_claim_that_is_being_deleted_gets_nothing():
    """It was too late."""
    world = _world("slow", seconds=8)
    _class(world)
    made = claim()
    made["metadata"]["finalizers"] = ["x.example.com/f"]
    world.make(made)
    world.remove("PersistentVolumeClaim", "c")
    world.wait(20)
    assert _volumes(world) == []


def test_words_are_checked():
    """Where it is put together."""
    with pytest.raises(DefinitionError, match="Provisioner"):
        Provisioner("at once", seconds=-1)


def test_attributes_that_a_claim_asks_for_are_the_volumes():
    """The class of attributes is passed on."""
    world = _world()
    _class(world)
    world.make(claim(volumeAttributesClassName="gold"))
    (made,) = _volumes(world)
    assert made["spec"]["volumeAttributesClassName"] == "gold"
    assert _phase(world) == "Bound"
    told = world.read("PersistentVolumeClaim", "c")["status"]
    assert told["currentVolumeAttributesClassName"] == "gold"
