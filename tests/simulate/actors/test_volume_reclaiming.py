"""What becomes of a volume whose claim is gone."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.volume_binder import VolumeBinder
from reconcile.simulate.actors.volume_protection import ClaimProtection, VolumeProtection
from tests.simulate.actors.objects import World, claim, volume

_NFS = {"nfs": {"server": "s", "path": "/x"}}
_CSI = {"csi": {"driver": "d.example.com", "volumeHandle": "h"}}
_LOCAL = {
    "local": {"path": "/x"},
    "nodeAffinity": {
        "required": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]
        }
    },
}
_ERROR = 'error getting deleter volume plugin for volume "v": '


@pytest.mark.parametrize(
    ("policy", "source", "phase", "message"),
    [
        ("Retain", {}, "Released", None),
        ("Delete", _CSI, "Released", None),
        ("Delete", _NFS, "Failed", _ERROR + "no deletable volume plugin matched"),
        ("Delete", _LOCAL, "Failed", _ERROR + "no volume plugin matched"),
        (
            "Delete",
            {},
            "Failed",
            "host_path deleter only supports /tmp/.+ but received provided /x",
        ),
        ("Recycle", _NFS, "Released", None),
        ("Recycle", _CSI, "Failed", "No recycler plugin found for the volume!"),
    ],
)
def test_a_released_volume_goes_as_its_policy_and_plug_in_say(policy, source, phase, message):
    """Who cannot do it says so in the status."""
    world = World(VolumeBinder(), ClaimProtection(), VolumeProtection())
    path = {"hostPath": None} if source else {}
    world.make(volume(persistentVolumeReclaimPolicy=policy, **path, **source))
    world.make(claim())
    world.remove("PersistentVolumeClaim", "c")
    told = world.read("PersistentVolume", "v")["status"]
    assert (told["phase"], told.get("message")) == (phase, message)


def test_a_path_below_tmp_is_deleted():
    """It is the one thing that the plug-in for paths does."""
    world = World(VolumeBinder(), ClaimProtection(), VolumeProtection())
    path = {"path": "/tmp/x"}
    world.make(volume(persistentVolumeReclaimPolicy="Delete", hostPath=path))
    world.make(claim())
    world.remove("PersistentVolumeClaim", "c")
    assert world.read("PersistentVolume", "v") is None
