"""What becomes of a volume whose claim is gone.

1. What a driver outside takes care of is left to it. Of the plug-ins that are part of Kubernetes,
   `hostPath` deletes what is below /tmp; the others say that they cannot.
2. Recycling needs a Pod that cleans the volume; nothing is done where there would be one.

Source: k8s.io/kubernetes pkg/controller/volume/persistentvolume/pv_controller.go,
pkg/volume/plugins.go, pkg/volume/hostpath/host_path.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconcile.simulate.actors.parts import annotations_of, changed, name_of, spec_of, status_of
from reconcile.simulate.actors.volume_matching import PROVISIONED_BY

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import JsonObject

__all__ = ["reclaim", "set_phase"]

_MIGRATED_TO: Final = "pv.kubernetes.io/migrated-to"
_BELOW: Final = re.compile("/tmp/.+")  # noqa: S108  # the one place that the plug-in deletes


def set_phase(api: Api, volume: JsonObject, phase: str, message: str = "") -> JsonObject:
    """Give a volume a phase, unless it has it; return the volume as it is then."""
    if status_of(volume).get("phase") == phase:
        return volume
    made = changed(volume)
    status = made.setdefault("status", {})
    status["phase"] = phase
    status.pop("message", None)
    if message:
        status["message"] = message
    api.update(made, "status")
    return api.get("v1", "PersistentVolume", "", name_of(volume)) or volume


def reclaim(api: Api, volume: JsonObject) -> None:
    """Do with a released volume what its policy says."""
    if annotations_of(volume).get(_MIGRATED_TO):
        return
    spec = spec_of(volume)
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy == "Recycle" and not ("hostPath" in spec or "nfs" in spec):
        set_phase(api, volume, "Failed", "No recycler plugin found for the volume!")
    elif policy == "Delete":
        _delete(api, volume)


def _delete(api: Api, volume: JsonObject) -> None:
    spec = spec_of(volume)
    provisioner = annotations_of(volume).get(PROVISIONED_BY, "")
    if provisioner:
        if provisioner.startswith("kubernetes.io/"):
            set_phase(api, volume, "Failed", "no deletable volume plugin matched")
        return
    if "csi" in spec:
        return
    if "hostPath" not in spec:
        why = "no deletable volume plugin matched" if "nfs" in spec else "no volume plugin matched"
        told = f'error getting deleter volume plugin for volume "{name_of(volume)}": {why}'
        set_phase(api, volume, "Failed", told)
        return
    path = str(spec["hostPath"].get("path", ""))
    if _BELOW.search(path):
        api.delete(volume)
        return
    told = f"host_path deleter only supports /tmp/.+ but received provided {path}"
    set_phase(api, volume, "Failed", told)
