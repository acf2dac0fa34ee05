"""A provisioner of volumes: claims of classes with a driver get the volume that they ask for.

1. It is no part of the built-in controllers: who wants volumes to be made puts it beside them. The
   binder says on a claim whose work it is, and binds what is made.
2. Where a class waits for the first consumer, the scheduler must have named a Node.
3. A released volume that it made goes, if its class said so.

Source: sigs.k8s.io/sig-storage-lib-external-provisioner controller/controller.go;
kubernetes-csi/external-provisioner pkg/controller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.node_health import written_at
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    is_deleting,
    name_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.volume_binder import SELECTED_NODE
from reconcile.simulate.actors.volume_matching import (
    PROVISIONED_BY,
    class_of,
    waits_for_consumer,
)
from reconcile.simulate.actors.waiting import Readiness, Wait

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["Provisioner"]

_CLAIM: Final = "/PersistentVolumeClaim/"
_VOLUME: Final = "/PersistentVolume/"
_ASKED: Final = "volume.kubernetes.io/storage-provisioner"
_FINALIZER: Final = "external-provisioner.volume.kubernetes.io/finalizer"
_USER: Final = "csi-provisioner"


class Provisioner:
    """Makes volumes for claims.

    Shape: `driver` is the provisioner of the classes it works for, empty for all that Kubernetes
        itself has no plug-in for.
    Units: `seconds` from when a claim may have a volume until it is there, where `ready` is `slow`.
    Raises: DefinitionError for a word that is not known or a time that is negative.
    Guarantees: a volume is as large as its claim asks for, and named after the claim's uid.
    """

    name = "csi-provisioner"

    def __init__(
        self, ready: Readiness = "at once", *, seconds: float = 10.0, driver: str = ""
    ) -> None:
        self.wait = Wait(ready, seconds).checked("Provisioner")
        self.driver = driver

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield claims and volumes that changed."""
        del api
        if event.type != "DELETED" and event.key.startswith((_CLAIM, _VOLUME)):
            yield event.key

    @retrying(_USER)
    def sync(self, api: Api, key: str) -> float | None:
        """Make the volume of one claim, or delete one volume."""
        if key.startswith(_VOLUME):
            volume = api.get("v1", "PersistentVolume", "", key.removeprefix(_VOLUME))
            if volume is not None and self._is_mine(annotations_of(volume).get(PROVISIONED_BY)):
                _delete(api, volume)
            return None
        claim = api.get("v1", "PersistentVolumeClaim", *place_of(key))
        if claim is None or is_deleting(claim) or spec_of(claim).get("volumeName"):
            return None
        driver = annotations_of(claim).get(_ASKED)
        storage_class = api.get("storage.k8s.io/v1", "StorageClass", "", class_of(claim) or "?")
        if storage_class is None or driver is None or not self._is_mine(driver):
            return None
        since = _since(claim, _ASKED)
        if waits_for_consumer(api, claim):
            if SELECTED_NODE not in annotations_of(claim):
                return None
            since = max(since, _since(claim, SELECTED_NODE))
        left = self.wait.left(api, since)
        if left == 0 and api.get("v1", "PersistentVolume", "", _name(claim)) is None:
            api.create(_volume(claim, storage_class, driver))
        return left or None

    def _is_mine(self, driver: str | None) -> bool:
        if not driver or driver.startswith("kubernetes.io/"):
            return False
        return self.driver in ("", driver)


def _since(claim: JsonObject, annotation: str) -> str:
    return written_at(claim, ("f:metadata", "f:annotations", f"f:{annotation}"))


def _name(claim: JsonObject) -> str:
    return f"pvc-{about(claim)['uid']}"


def _volume(claim: JsonObject, storage_class: JsonObject, driver: str) -> dict[str, Any]:
    asked, known = changed(spec_of(claim)), about(claim)
    policy = storage_class.get("reclaimPolicy") or "Delete"
    metadata: dict[str, Any] = {"name": _name(claim), "annotations": {PROVISIONED_BY: driver}}
    if policy == "Delete":
        metadata["finalizers"] = [_FINALIZER]
    spec: dict[str, Any] = {
        "capacity": {"storage": asked["resources"]["requests"]["storage"]},
        # A driver's name has no slash; provisioners that are no drivers have, as of local paths.
        "csi": {"driver": driver.replace("/", "."), "volumeHandle": _name(claim)},
        "accessModes": asked.get("accessModes"),
        "claimRef": {
            "kind": "PersistentVolumeClaim",
            "namespace": known["namespace"],
            "name": known["name"],
            "uid": known["uid"],
            "apiVersion": "v1",
            "resourceVersion": known["resourceVersion"],
        },
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": name_of(storage_class),
        "volumeMode": asked.get("volumeMode") or "Filesystem",
    }
    if storage_class.get("mountOptions"):
        spec["mountOptions"] = storage_class["mountOptions"]
    if asked.get("volumeAttributesClassName"):
        spec["volumeAttributesClassName"] = asked["volumeAttributesClassName"]
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}


def _delete(api: Api, volume: JsonObject) -> None:
    """Delete a volume that nobody has any more, or take the finalizer off one that goes."""
    if spec_of(volume).get("persistentVolumeReclaimPolicy") != "Delete":
        return
    if status_of(volume).get("phase") != "Released":
        return
    if not is_deleting(volume):
        api.delete(volume)
        volume = api.get("v1", "PersistentVolume", "", name_of(volume)) or volume
    made = changed(volume)
    finalizers: list[str] = made["metadata"].get("finalizers") or []
    if _FINALIZER in finalizers:
        finalizers.remove(_FINALIZER)
        if not finalizers:
            made["metadata"].pop("finalizers")
        api.update(made)
