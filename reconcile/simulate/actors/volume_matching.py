"""Which volume a claim gets: volumes and claims compared, nothing written.

Source: k8s.io/component-helpers storage/volume/{pv_helpers,helpers}.go; k8s.io/kubernetes
pkg/controller/volume/persistentvolume/index.go and pv_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from reconcile.objects.quantity import Quantity
from reconcile.objects.selector import selects
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    is_deleting,
    labels_of,
    name_of,
    spec_of,
    status_of,
)

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "BOUND_BY_CONTROLLER",
    "MIGRATED",
    "PROVISIONED_BY",
    "best_volume",
    "claim_of",
    "class_of",
    "default_class",
    "fits",
    "has_class",
    "is_bound_to",
    "waits_for_consumer",
]

BOUND_BY_CONTROLLER: Final = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY: Final = "pv.kubernetes.io/provisioned-by"
MIGRATED: Final[Mapping[str, str]] = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
}
"""Provisioners that were part of Kubernetes -> the drivers that do their work now."""
_CLASS: Final = "volume.beta.kubernetes.io/storage-class"
_DEFAULT: Final = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def class_of(document: Mapping[str, Json]) -> str:
    """Return the class of a claim or volume, empty if it has none."""
    annotations = annotations_of(document)
    if _CLASS in annotations:
        return annotations[_CLASS]
    return str(spec_of(document).get("storageClassName") or "")


def has_class(claim: Mapping[str, Json]) -> bool:
    """Return whether a claim says something about its class, be it that it wants none."""
    return _CLASS in annotations_of(claim) or "storageClassName" in spec_of(claim)


def claim_of(volume: Mapping[str, Json]) -> Mapping[str, Any] | None:
    """Return the reference of a volume to its claim."""
    found: Mapping[str, Any] | None = spec_of(volume).get("claimRef")
    return found


def is_bound_to(volume: Mapping[str, Json], claim: Mapping[str, Json]) -> bool:
    """Return whether a volume is for a claim: it names it, and no other incarnation of it."""
    found, known = claim_of(volume), about(claim)
    if found is None:
        return False
    if (found.get("name"), found.get("namespace")) != (known["name"], known["namespace"]):
        return False
    return found.get("uid") in (None, "", known["uid"])


def _size(document: Mapping[str, Any] | None) -> Quantity:
    return Quantity((document or {}).get("storage") or 0)


def _wanted(claim: Mapping[str, Json]) -> Quantity:
    resources: Mapping[str, Any] = spec_of(claim).get("resources") or {}
    return _size(resources.get("requests"))


def _capacity(volume: Mapping[str, Json]) -> Quantity:
    return _size(spec_of(volume).get("capacity"))


def _same(claim: Mapping[str, Json], volume: Mapping[str, Json], field: str, none: str) -> bool:
    return (spec_of(claim).get(field) or none) == (spec_of(volume).get(field) or none)


def _same_kind(claim: Mapping[str, Json], volume: Mapping[str, Json]) -> bool:
    mode = _same(claim, volume, "volumeMode", "Filesystem")
    return mode and _same(claim, volume, "volumeAttributesClassName", "")


def _modes(document: Mapping[str, Json]) -> frozenset[str]:
    return frozenset(spec_of(document).get("accessModes") or ())


def fits(volume: Mapping[str, Json], claim: Mapping[str, Json]) -> bool:
    """Return whether a volume that a claim asks for by name can be its volume."""
    return (
        not is_deleting(volume)
        and int(_capacity(volume)) >= int(_wanted(claim))
        and class_of(volume) == class_of(claim)
        and _same_kind(claim, volume)
        and _modes(claim) <= _modes(volume)
    )


def best_volume(
    volumes: Iterable[JsonObject], claim: Mapping[str, Json], *, delayed: bool
) -> JsonObject | None:
    """Return the volume that a claim gets, None if no volume fits.

    Shape: `delayed` means that the scheduler chooses, unless a volume is meant for this claim.
    Guarantees: a volume that is for this claim; else the smallest of those with the fewest modes of
        access, the first by name among equals.
    """
    wanted, modes = _wanted(claim), _modes(claim)
    best: tuple[int, Quantity, str] | None = None
    found: JsonObject | None = None
    for volume in volumes:
        if claim_of(volume) is not None and not is_bound_to(volume, claim):
            continue
        if not modes <= _modes(volume) or _capacity(volume) < wanted or is_deleting(volume):
            continue
        if not _same_kind(claim, volume):
            continue
        mine = claim_of(volume) is not None
        if not mine and (delayed or not _is_free(volume, claim)):
            continue
        size = Quantity(0) if mine else _capacity(volume)
        rank = (len(_modes(volume)), size, name_of(volume))
        if best is None or rank < best:
            best, found = rank, volume
    return found


def _is_free(volume: JsonObject, claim: Mapping[str, Json]) -> bool:
    if status_of(volume).get("phase") != "Available" or class_of(volume) != class_of(claim):
        return False
    selector: Mapping[str, Any] | None = spec_of(claim).get("selector")
    return selector is None or selects(selector, labels_of(volume))


def waits_for_consumer(api: Api, claim: Mapping[str, Json]) -> bool:
    """Return whether the class of a claim lets the scheduler choose its volume."""
    name = class_of(claim)
    found = api.get("storage.k8s.io/v1", "StorageClass", "", name) if name else None
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def default_class(api: Api) -> JsonObject | None:
    """Return the class of claims that name none: the newest default, the first by name of these."""
    marked = [
        each
        for each in api.list("storage.k8s.io/v1", "StorageClass")
        if any(annotations_of(each).get(name) == "true" for name in _DEFAULT)
    ]
    return max(marked, key=lambda each: str(about(each)["creationTimestamp"]), default=None)
