"""Claims and volumes that find each other, and let go."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.volume_binder import VolumeBinder
from reconcile.simulate.actors.volume_protection import ClaimProtection, VolumeProtection
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.objects import World, claim, volume
from tests.workloads import differences, workloads


@pytest.mark.parametrize("name", [*workloads("pv_"), *workloads("pvc_")])
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Claims and volumes come to the same state as with the real controllers."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    return World(VolumeBinder(), ClaimProtection(), VolumeProtection())


def _claim_phase(world, name="c"):
    return world.read("PersistentVolumeClaim", name)["status"]["phase"]


def _phase(world, name="v"):
    return world.read("PersistentVolume", name)["status"]["phase"]


def _class(name="fast", **more):
    about = {"name": name, "annotations": more.pop("annotations", {})}
    made = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": about}
    return {**made, "provisioner": "csi.example.com", **more}


def test_a_claim_sees_at_once_what_is_there_and_later_what_comes(world):
    """What comes after a claim is seen at the next look at everything."""
    world.make(volume())
    world.make(claim())
    assert (_claim_phase(world), _phase(world)) == ("Bound", "Bound")
    world.make(claim("d"))
    world.wait(2)
    world.make(volume("w"))
    assert _claim_phase(world, "d") == "Pending"
    world.wait(15)
    assert _claim_phase(world, "d") == "Bound"


def test_a_volume_made_for_a_claim_is_bound_at_once(world):
    """A reference with the claim's uid calls for it, as a driver's does."""
    made = world.make(claim())
    world.wait(3)
    about = made["metadata"]
    kept = {key: about[key] for key in ("name", "namespace", "uid")}
    world.make(volume(claimRef={"kind": "PersistentVolumeClaim", "apiVersion": "v1", **kept}))
    assert _claim_phase(world) == "Bound"


def test_a_claim_whose_volume_goes_is_lost(world):
    """Its volume may go when nobody protects it."""
    world.make(volume())
    world.make(claim())
    world.queue.actors = (VolumeBinder(),)
    world.change("PersistentVolume", "v", {"metadata": {"finalizers": None}})
    world.remove("PersistentVolume", "v")
    assert _claim_phase(world) == "Lost"


def test_a_claim_by_name_gets_no_other_volume(world):
    """It waits for the one that it names, and takes that only if it fits."""
    world.make(volume("small", "1Mi"))
    world.make(volume("other"))
    world.make(claim(volumeName="small"))
    world.wait(20)
    assert _claim_phase(world) == "Pending"
    world.make(claim("d", volumeName="late"))
    world.wait(2)
    world.make(volume("late"))
    world.wait(20)
    assert _claim_phase(world, "d") == "Bound"


def test_a_volume_that_a_claim_did_not_take_is_free_again(world):
    """A reference by the controller goes whole, one by a user keeps the name."""
    made = world.make(claim(volumeName="v"))
    about = made["metadata"]
    reference = {"name": "c", "namespace": "default", "uid": about["uid"]}
    taken = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", **reference}
    world.make(volume("mine", claimRef=taken))
    told = world.read("PersistentVolume", "mine")
    assert "uid" not in told["spec"]["claimRef"]
    assert told["status"]["phase"] == "Available"
    other = volume("theirs", claimRef=taken)
    other["metadata"]["annotations"] = {"pv.kubernetes.io/bound-by-controller": "yes"}
    world.make(other)
    told = world.read("PersistentVolume", "theirs")
    assert "claimRef" not in told["spec"]
    assert "annotations" not in told["metadata"]


def test_a_claim_without_a_class_gets_the_default_one(world):
    """Also when the class comes later, at the next look."""
    world.make(claim(storageClassName=None))
    world.wait(2)
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    world.make(_class(annotations=default))
    assert "storageClassName" not in world.read("PersistentVolumeClaim", "c")["spec"]
    world.wait(20)
    told = world.read("PersistentVolumeClaim", "c")
    assert told["spec"]["storageClassName"] == "fast"
    assert told["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("csi.example.com", "csi.example.com"),
        ("kubernetes.io/aws-ebs", "ebs.csi.aws.com"),
        ("kubernetes.io/no-provisioner", None),
    ],
)
def test_a_claim_is_told_who_makes_its_volume(world, given, told):
    """Drivers have taken over what was part of Kubernetes; where nobody is, nothing is said."""
    world.make(_class(provisioner=given))
    world.make(claim())
    annotations = world.read("PersistentVolumeClaim", "c")["metadata"].get("annotations", {})
    assert annotations.get("volume.kubernetes.io/storage-provisioner") == told


def test_two_claims_of_one_volume(world):
    """The one that the volume does not name is lost when it says that it is bound."""
    world.make(volume())
    world.make(claim())
    second = claim("d", volumeName="v")
    second["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    world.make(second)
    assert (_claim_phase(world), _claim_phase(world, "d")) == ("Bound", "Lost")


def test_at_rest_nothing_is_written(world):
    """Time passes, and no look at anything changes it."""
    world.make(volume())
    world.make(claim())
    world.make(claim("d"))
    version = world.version()
    world.wait(100)
    assert world.version() == version


def test_a_volume_of_a_claim_that_was_made_again_is_released(world):
    """The uid tells one claim from the next of the name."""
    world.make(claim(storageClassName=""))
    uid = "00000000-0000-4000-8000-000000000000"
    reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "uid": uid}
    world.make(volume(claimRef={**reference, "name": "c", "namespace": "default"}))
    assert _phase(world) == "Released"


def test_a_volume_made_by_a_driver_for_a_claim_that_took_another_goes(world):
    """It is released, so that the driver may delete it."""
    made = world.make(claim(volumeName="v"))
    about = made["metadata"]
    reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "uid": about["uid"]}
    source = {"hostPath": None, "csi": {"driver": "d.example.com", "volumeHandle": "h"}}
    other = volume(
        "other",
        claimRef={**reference, "name": "c", "namespace": "default"},
        persistentVolumeReclaimPolicy="Delete",
        **source,
    )
    other["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": "d.example.com"}
    world.make(other)
    assert _phase(world, "other") == "Released"


def test_a_claim_that_lost_its_volumes_name_is_lost(world):
    """It says that it is bound, and to nothing."""
    made = claim()
    made["metadata"]["annotations"] = {"pv.kubernetes.io/bind-completed": "yes"}
    world.make(made)
    assert _claim_phase(world) == "Lost"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/persistentvolumes/v",
        "/api/v1/persistentvolumes/v/status",
        "/api/v1/namespaces/default/persistentvolumeclaims/c",
        "/api/v1/namespaces/default/persistentvolumeclaims/c/status",
    ],
)
def test_a_binding_that_breaks_off_is_carried_on(world, path):
    """Whichever of the four writes the server refuses for the moment."""
    world.make(volume())
    world.server.faults = (Refused(500, On("PUT", path)),)
    world.make(claim())
    world.wait(1)
    assert world.server.faults == ()
    assert (_claim_phase(world), _phase(world)) == ("Bound", "Bound")
