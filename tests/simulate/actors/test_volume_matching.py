"""Which volume a claim gets."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.volume_matching import (
    best_volume,
    class_of,
    default_class,
    fits,
    has_class,
    is_bound_to,
)
from tests.simulate.actors.objects import World, claim, volume


def _claim(**spec):
    made = claim(**spec)
    made["metadata"] |= {"namespace": "default", "uid": "u1"}
    return made


def _volume(name="v", size="1Gi", phase="Available", **spec):
    return {**volume(name, size, **spec), "status": {"phase": phase}}


def _best(volumes, *, delayed=False, **spec):
    found = best_volume(volumes, _claim(**spec), delayed=delayed)
    return None if found is None else found["metadata"]["name"]


def test_the_smallest_that_fits_is_taken():
    """Too small is none; among equals the first."""
    volumes = [_volume("b", "10Gi"), _volume("a", "2Gi"), _volume("c", "2Gi"), _volume("d", "1Mi")]
    assert _best(volumes) == "a"
    assert _best(volumes, resources={"requests": {"storage": "20Gi"}}) is None


def test_fewer_modes_of_access_come_first():
    """A larger volume with just the modes that are asked for is better."""
    many = ["ReadWriteOnce", "ReadWriteMany"]
    volumes = [_volume("a", "1Gi", accessModes=many), _volume("b", "9Gi")]
    assert _best(volumes) == "b"
    assert _best(volumes, accessModes=many) == "a"


@pytest.mark.parametrize(
    ("other", "taken"),
    [
        ({"storageClassName": "slow"}, False),
        ({"volumeMode": "Block"}, False),
        ({"accessModes": ["ReadOnlyMany"]}, False),
        ({"claimRef": {"namespace": "default", "name": "other"}}, False),
        ({"claimRef": {"namespace": "default", "name": "c"}}, True),
        ({"claimRef": {"namespace": "default", "name": "c", "uid": "u0"}}, False),
        ({"claimRef": {"namespace": "default", "name": "c"}, "storageClassName": "slow"}, True),
        ({}, True),
    ],
)
def test_a_volume_must_be_of_the_same_kind_unless_it_is_meant_for_the_claim(other, taken):
    """A volume that names the claim may be of another class, but not for another incarnation."""
    assert (_best([_volume(**other)]) is not None) is taken


def test_what_is_not_available_or_goes_is_not_taken():
    """A released volume has its old claim's data."""
    assert _best([_volume(phase="Released")]) is None
    going = _volume()
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert _best([going]) is None


def test_a_claim_that_waits_for_the_scheduler_gets_only_what_is_meant_for_it():
    """Others are chosen by the scheduler."""
    meant = _volume("meant", claimRef={"namespace": "default", "name": "c"})
    assert _best([_volume()], delayed=True) is None
    assert _best([_volume(), meant], delayed=True) == "meant"


def test_a_selector_chooses_among_labels():
    """A volume without the labels is none."""
    labelled = _volume("b")
    labelled["metadata"]["labels"] = {"disk": "ssd"}
    assert _best([_volume("a"), labelled], selector={"matchLabels": {"disk": "ssd"}}) == "b"


def test_a_volume_asked_for_by_name_must_fit():
    """Size, class, mode and modes of access are held against the claim."""
    assert fits(_volume(), _claim())
    assert not fits(_volume(size="1Mi"), _claim())
    assert not fits(_volume(storageClassName="slow"), _claim())
    assert not fits(_volume(accessModes=["ReadOnlyMany"]), _claim())


def test_classes_are_named_by_field_or_by_the_old_annotation():
    """The annotation has precedence; an empty name is a class that is named."""
    old = _claim(storageClassName=None)
    assert (class_of(old), has_class(old)) == ("", False)
    assert has_class(_claim(storageClassName=""))
    old["metadata"]["annotations"] = {"volume.beta.kubernetes.io/storage-class": "gold"}
    assert (class_of(old), has_class(old)) == ("gold", True)


def test_a_reference_without_uid_is_for_any_incarnation():
    """One with a uid is for that one only."""
    reference = {"namespace": "default", "name": "c"}
    assert is_bound_to(_volume(claimRef=reference), _claim())
    assert not is_bound_to(_volume(claimRef={**reference, "uid": "u2"}), _claim())
    assert not is_bound_to(_volume(), _claim())


def test_the_newest_default_class_counts():
    """An annotation makes a class the default."""
    world = World()
    for name, wait in (("a", 5), ("b", 5), ("c", 0)):
        mark = {"storageclass.kubernetes.io/is-default-class": "true" if name != "c" else "false"}
        about = {"name": name, "annotations": mark}
        made = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": about}
        world.make({**made, "provisioner": "x.example.com"})
        world.wait(wait)
    from reconcile.simulate.actors.actor import Api

    assert default_class(Api(world.server))["metadata"]["name"] == "b"
