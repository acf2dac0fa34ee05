"""The protection of claims, volumes and classes of attributes: who is in use does not go.

1. A claim is in use by each Pod that names it and is bound to a Node, ended or not. A volume is in
   use while it is bound, a class while a volume or claim has it or will have it.
2. What has no such finalizer and is not being deleted gets one.

Source: k8s.io/kubernetes pkg/controller/volume/{pvcprotection,pvprotection,vacprotection};
pkg/util/protectionutil.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.parts import (
    about,
    changed,
    is_deleting,
    listed,
    name_of,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["AttributesClassProtection", "ClaimProtection", "VolumeProtection"]

_CLAIM: Final = "kubernetes.io/pvc-protection"
_VOLUME: Final = "kubernetes.io/pv-protection"
_ATTRIBUTES: Final = "kubernetes.io/vac-protection"
_CLASSES: Final = "storage.k8s.io/VolumeAttributesClass/"


class ClaimProtection:
    """Keep claims that Pods use."""

    name = "persistentvolumeclaim-protection-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield claims that changed, and those of Pods that may have ceased to use them."""
        del api
        if event.key.startswith("/PersistentVolumeClaim/"):
            if event.type != "DELETED" and _is_open(event.after, _CLAIM):
                yield event.key
        elif event.key.startswith("/Pod/"):
            pod = event.after
            ended = status_of(pod).get("phase") in ("Failed", "Succeeded")
            if event.type == "DELETED" or ended or not spec_of(pod).get("nodeName"):
                for name, _ in _claims_of(pod):
                    yield f"/PersistentVolumeClaim/{about(pod)['namespace']}/{name}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Give one claim its finalizer, or take it off."""
        namespace, name = place_of(key)
        claim = api.get("v1", "PersistentVolumeClaim", namespace, name)
        if claim is not None and _is_open(claim, _CLAIM):
            used = is_deleting(claim) and any(
                _uses(pod, claim) for pod in api.list("v1", "Pod", namespace)
            )
            _settle(api, claim, _CLAIM, used=used)
        return None


class VolumeProtection:
    """Keep volumes that are bound."""

    name = "persistentvolume-protection-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield volumes that changed."""
        del api
        if event.key.startswith("/PersistentVolume/") and event.type != "DELETED":
            yield event.key

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Give one volume its finalizer, or take it off."""
        volume = api.get("v1", "PersistentVolume", "", key.rpartition("/")[2])
        if volume is not None and _is_open(volume, _VOLUME):
            used = status_of(volume).get("phase") == "Bound"
            _settle(api, volume, _VOLUME, used=used)
        return None


class AttributesClassProtection:
    """Keep classes of attributes that volumes or claims have."""

    name = "volumeattributesclass-protection-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield classes that changed, and those that a volume or claim had."""
        del api
        if event.key.startswith(_CLASSES):
            if event.type != "DELETED":
                yield event.key
        elif event.key.startswith(("/PersistentVolume/", "/PersistentVolumeClaim/")):
            left = event.after if event.type == "DELETED" else event.before
            for name in () if left is None else _attributes_of(left):
                yield f"{_CLASSES}{name}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Give one class its finalizer, or take it off."""
        name = key.removeprefix(_CLASSES)
        found = api.get("storage.k8s.io/v1", "VolumeAttributesClass", "", name)
        if found is not None and _is_open(found, _ATTRIBUTES):
            used = is_deleting(found) and any(
                name in _attributes_of(each)
                for kind in ("PersistentVolume", "PersistentVolumeClaim")
                for each in api.list("v1", kind)
            )
            _settle(api, found, _ATTRIBUTES, used=used)
        return None


def _attributes_of(document: Mapping[str, Json]) -> list[str]:
    """Return the classes of attributes that a volume or claim has, had or will have."""
    status = status_of(document)
    change: Mapping[str, Any] = status.get("modifyVolumeStatus") or {}
    named = (
        spec_of(document).get("volumeAttributesClassName"),
        status.get("currentVolumeAttributesClassName"),
        change.get("targetVolumeAttributesClassName"),
    )
    return [str(each) for each in named if each]


def _is_open(document: Mapping[str, Json], finalizer: str) -> bool:
    """Return whether an object has a finalizer that may go, or has it not and should."""
    held = finalizer in (about(document).get("finalizers") or ())
    return is_deleting(document) is held


def _settle(api: Api, document: JsonObject, finalizer: str, *, used: bool) -> None:
    made = changed(document)
    metadata = made["metadata"]
    if not is_deleting(document):
        metadata["finalizers"] = [*(metadata.get("finalizers") or ()), finalizer]
    elif used:
        return
    else:
        metadata["finalizers"] = [each for each in metadata["finalizers"] if each != finalizer]
        if not metadata["finalizers"]:
            del metadata["finalizers"]
    api.update(made)


def _claims_of(pod: Mapping[str, Json]) -> Iterator[tuple[str, bool]]:
    """Yield the names of the claims of a Pod, and whether they are made for it."""
    for volume in listed(spec_of(pod), "volumes"):
        claim: Mapping[str, Any] | None = volume.get("persistentVolumeClaim")
        if claim is not None:
            yield str(claim.get("claimName")), False
        elif volume.get("ephemeral") is not None:
            yield f"{name_of(pod)}-{volume.get('name')}", True


def _uses(pod: JsonObject, claim: JsonObject) -> bool:
    if not spec_of(pod).get("nodeName"):
        return False
    gone = is_deleting(pod) and about(pod).get("deletionGracePeriodSeconds") == 0
    owners = [each["uid"] for each in listed(about(claim), "ownerReferences")]
    for name, own in _claims_of(pod):
        if name == name_of(claim) and (not own or (not gone and about(pod)["uid"] in owners)):
            return True
    return False
