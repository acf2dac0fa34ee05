"""Volumes of a Pod: where each comes from, and that it comes from one place.

1. A volume with a fault is none: what mounts it is told that it is not there.
2. What a source must name stands in a table, what it is held to beyond that in its own function.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidateVolumes and validateVolumeSource (1.36).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._primitives import (
    Telling,
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    in_range,
    invalid,
    not_supported,
    required,
    too_long,
)
from ._read import flag, given, listed, number, obj, objs, pairs, text
from ._shared import amount, labels
from .core_volumes import claim_spec_errors
from .metadata import annotation_errors
from .pod_env import chosen, descending_path, no_backsteps
from .pod_projected import downward_file, file_mode, key_to_path, projected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

    _Check = Callable[[JsonObject, str], list[FieldError]]

__all__ = ["volumes"]

_SOURCES: Final = (
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
)
"""In the order in which the server looks: the first one is the volume, others are too many."""
_TOLD: Final = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
"""Where the server tells that a source is one too many, if not at the source."""
_AT: Final = {"gcePersistentDisk": "persistentDisk"}
"""Where the server tells what is wrong with a source, if not at the source."""
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "gitRepo": ("repository",),
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "secret": ("secretName",),
    "configMap": ("name",),
    "nfs": ("server", "path"),
    "glusterfs": ("endpoints", "path"),
    "persistentVolumeClaim": ("claimName",),
    "rbd": ("monitors", "image"),
    "cinder": ("volumeID",),
    "cephfs": ("monitors",),
    "flexVolume": ("driver",),
    "azureFile": ("secretName", "shareName"),
    "vsphereVolume": ("volumePath",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "azureDisk": ("diskName", "diskURI"),
    "scaleIO": ("gateway", "system", "volumeName"),
}
_HOST_TYPES: Final = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_NAMES: Final = {
    "iqn": r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$",
    "eui": r"^eui.[A-Za-z0-9]{16}$",
    "naa": r"^naa.[A-Za-z0-9]{32}$",
}
"""The forms of names of iSCSI, by how they begin."""


def volumes(
    spec: JsonObject, path: str, pod: str | None, *, is_pod: bool
) -> tuple[dict[str, JsonObject], list[FieldError]]:
    """Return the volumes that are right, by name, and what is wrong with the others.

    Shape: `pod` is the name of the Pod, None in templates and where it has none yet.
    """
    held = objs(spec, "volumes")
    made = {f"{pod}-{text(each, 'name')}" for each in held if pod and given(each, "ephemeral")}
    good: dict[str, JsonObject] = {}
    found: list[FieldError] = []
    for index, volume in enumerate(held):
        place, name = f"{path}[{index}]", text(volume, "name")
        wrong = _source(volume, place, pod, is_pod=is_pod)
        wrong += fails(f"{place}.name", name, dns_label) if name else [required(f"{place}.name")]
        if name in good:
            wrong.append(duplicate(f"{place}.name", name))
        if not wrong:
            good[name] = volume
        found += wrong
        claim = text(obj(volume, "persistentVolumeClaim"), "claimName")
        if claim in made:
            what = "must not reference a PVC that gets created for an ephemeral volume"
            found.append(invalid(f"{place}.persistentVolumeClaim.claimName", claim, what))
    return good, found


def _source(volume: JsonObject, path: str, pod: str | None, *, is_pod: bool) -> list[FieldError]:
    held = [name for name in _SOURCES if given(volume, name)]
    if not held:
        return [required(path, "must specify a volume type")]
    first, source, name = held[0], obj(volume, held[0]), text(volume, "name")
    place = f"{path}.{_AT.get(first, first)}"
    found = [required(f"{place}.{each}") for each in _NEEDS.get(first, ()) if not source.get(each)]
    check = _CHECKS.get(first)
    if check is not None:
        found += check(source, place)
    if first == "image":
        if is_pod and not text(source, "reference"):
            found.append(required(f"{place}.reference"))
        choices = ("Always", "IfNotPresent", "Never")
        found += chosen(text(source, "pullPolicy"), choices, f"{place}.pullPolicy")
    if first == "ephemeral" and pod and name:
        whole = f"{pod}-{name}"
        for each in dns_subdomain(whole):
            told = Telling(f'PVC name "{whole}": {each}', each)
            found.append(invalid(f"{path}.name", name, told))
    disk = obj(volume, "iscsi")
    if given(disk, "initiatorName"):
        whole = f"{name}:{text(disk, 'targetPortal')}"
        if len(whole.encode()) > 64:
            what = "must be under 64 characters if iscsi.initiatorName is specified."
            rule = f"Total length of <volume name>:<iscsi.targetPortal> {what}"
            found.append(invalid(f"{path}.name", name, rule))
    what = "may not specify more than 1 volume type"
    return found + [forbidden(f"{path}.{_TOLD.get(each, each)}", what) for each in held[1:]]


def _empty_dir(source: JsonObject, path: str) -> list[FieldError]:
    held = amount(source.get("sizeLimit"))
    if held is None or held.value >= 0:
        return []
    what = "SizeLimit field must be a valid resource quantity"
    return [forbidden(f"{path}.sizeLimit", what)]


def _host_path(source: JsonObject, path: str) -> list[FieldError]:
    if not text(source, "path"):
        return [required(f"{path}.path")]
    found = no_backsteps(text(source, "path"), f"{path}.path")
    kind = text(source, "type")
    if kind not in _HOST_TYPES:
        found.append(not_supported(f"{path}.type", kind, _HOST_TYPES))
    return found


def _git_repo(source: JsonObject, path: str) -> list[FieldError]:
    return descending_path(text(source, "directory"), f"{path}.directory")


def _partition(source: JsonObject, path: str) -> list[FieldError]:
    held = number(source, "partition") or 0
    if 0 <= held <= 255:
        return []
    return [invalid(f"{path}.partition", held, "must be between 1 and 255, inclusive")]


def _lun(source: JsonObject, path: str) -> list[FieldError]:
    held = number(source, "lun") or 0
    return [invalid(f"{path}.lun", held, each) for each in in_range(held, 0, 255)]


def _data(source: JsonObject, path: str) -> list[FieldError]:
    found = file_mode(source, "defaultMode", path)
    for index, item in enumerate(objs(source, "items")):
        found += key_to_path(item, f"{path}.items[{index}]")
    return found


def _nfs(source: JsonObject, path: str) -> list[FieldError]:
    held = text(source, "path")
    if held.startswith("/"):
        return []
    return [invalid(f"{path}.path", held, "must be an absolute path")]


def _iscsi(source: JsonObject, path: str) -> list[FieldError]:
    names = ("targetPortal", "iqn")
    found = [required(f"{path}.{name}") for name in names if not text(source, name)]
    if text(source, "iqn"):
        found += _iscsi_name(text(source, "iqn"), f"{path}.iqn")
    found += _lun(source, path)
    checked = flag(source, "chapAuthDiscovery") or flag(source, "chapAuthSession")
    if checked and not given(source, "secretRef"):
        found.append(required(f"{path}.secretRef"))
    if given(source, "initiatorName"):
        found += _iscsi_name(text(source, "initiatorName"), f"{path}.initiatorname")
    return found


def _iscsi_name(name: str, path: str) -> list[FieldError]:
    pattern = _NAMES.get(name[:3])
    if pattern is None:
        what = "must be valid format starting with iqn, eui, or naa"
        return [invalid(path, name, what)]
    return [] if re.search(pattern, name) else [invalid(path, name, "must be valid format")]


def _flocker(source: JsonObject, path: str) -> list[FieldError]:
    name, uuid = text(source, "datasetName"), text(source, "datasetUUID")
    found: list[FieldError] = []
    if not name and not uuid:
        found.append(required(path, "one of datasetName and datasetUUID is required"))
    if name and uuid:
        what = "datasetName and datasetUUID can not be specified simultaneously"
        found.append(invalid(path, "resource", what))
    if "/" in name:
        found.append(invalid(f"{path}.datasetName", name, "must not contain '/'"))
    return found


def _secret_reference(source: JsonObject, path: str) -> list[FieldError]:
    if not given(source, "secretRef") or text(obj(source, "secretRef"), "name"):
        return []
    return [required(f"{path}.secretRef.name")]


def _quobyte(source: JsonObject, path: str) -> list[FieldError]:
    registry, what = text(source, "registry"), "must be a host:port pair or multiple pairs"
    found: list[FieldError] = []
    if not registry:
        found.append(required(f"{path}.registry", f"{what} separated by commas"))
    elif len(text(source, "tenant").encode()) >= 65:
        told = "must be a UUID and may not exceed a length of 64 characters"
        found.append(required(f"{path}.tenant", told))
    else:
        wrong = [each for each in registry.split(",") if not _is_host_port(each)]
        told = f"{what} separated by commas"
        found += [invalid(f"{path}.registry", registry, told) for _ in wrong]
    return found if text(source, "volume") else [*found, required(f"{path}.volume")]


def _is_host_port(pair: str) -> bool:
    """Tell whether Go's net.SplitHostPort takes a text."""
    if pair.startswith("["):
        return re.fullmatch(r"\[[^\[\]]*\]:[^\[\]:]*", pair) is not None
    return re.fullmatch(r"[^\[\]:]*:[^\[\]:]*", pair) is not None


def _downward(source: JsonObject, path: str) -> list[FieldError]:
    found = file_mode(source, "defaultMode", path)
    for item in objs(source, "items"):
        found += downward_file(item, path)
    return found


def _fibre_channel(source: JsonObject, path: str) -> list[FieldError]:
    targets, ids = listed(source, "targetWWNs"), listed(source, "wwids")
    found: list[FieldError] = []
    if not targets and not ids:
        what = "must specify either targetWWNs or wwids, but not both"
        found.append(required(f"{path}.targetWWNs", what))
    if targets and ids:
        what = "targetWWNs and wwids can not be specified simultaneously"
        found.append(invalid(f"{path}.targetWWNs", targets, what))
    if targets and not given(source, "lun"):
        found.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif targets:
        found += _lun(source, path)
    return found


def _flex(source: JsonObject, path: str) -> list[FieldError]:
    what = "kubernetes.io and k8s.io namespaces are reserved"
    return [
        invalid(f"{path}.options[{key}]", key, what)
        for key in pairs(source, "options")
        if f".{key.partition('/')[0].lower()}".endswith((".kubernetes.io", ".k8s.io"))
    ]


def _azure_disk(source: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    mode, kind, uri = (text(source, name) for name in ("cachingMode", "kind", "diskURI"))
    modes, kinds = ("None", "ReadOnly", "ReadWrite"), ("Dedicated", "Managed", "Shared")
    if given(source, "cachingMode") and mode not in modes:
        found.append(not_supported(f"{path}.cachingMode", mode, modes))
    if given(source, "kind") and kind not in kinds:
        found.append(not_supported(f"{path}.kind", kind, kinds))
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        disk = "providers/microsoft.compute/disks/{disk-id}"
        form = f"/subscriptions/{{sub-id}}/resourcegroups/{{group-name}}/{disk}"
        found.append(not_supported(f"{path}.diskURI", uri, (form,)))
    if given(source, "kind") and kind != "Managed" and not uri.startswith("https://"):
        form = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
        found.append(not_supported(f"{path}.diskURI", uri, (form,)))
    return found


def _storage_os(source: JsonObject, path: str) -> list[FieldError]:
    name, space = text(source, "volumeName"), text(source, "volumeNamespace")
    place = f"{path}.volumeName"
    found = fails(place, name, dns_label) if name else [required(place)]
    if space:
        found += fails(f"{path}.volumeNamespace", space, dns_label)
    return found + _secret_reference(source, path)


def _csi(source: JsonObject, path: str) -> list[FieldError]:
    driver, place = text(source, "driver"), f"{path}.driver"
    found = [too_long(place, 63)] if len(driver.encode()) > 63 else []
    if driver:
        found += [invalid(place, driver, each) for each in dns_subdomain(driver.lower())]
    else:
        found.append(required(place))
    if given(source, "nodePublishSecretRef"):
        name = text(obj(source, "nodePublishSecretRef"), "name")
        if name:
            found += fails(f"{path}.name", name, dns_subdomain)
        else:
            found.append(required(f"{path}.nodePublishSecretRef.name"))
    return found


def _ephemeral(source: JsonObject, path: str) -> list[FieldError]:
    place = f"{path}.volumeClaimTemplate"
    if not given(source, "volumeClaimTemplate"):
        return [required(place)]
    template = obj(source, "volumeClaimTemplate")
    metadata = obj(template, "metadata")
    found = annotation_errors(metadata, f"{place}.metadata.annotations")
    found += labels(metadata, f"{place}.metadata.labels")
    found += [
        forbidden(f"{place}.metadata.{name}", "cannot be set")
        for name, value in metadata.items()
        if name not in {"annotations", "labels"} and value not in (None, "", [], {}, 0)
    ]
    return found + claim_spec_errors(obj(template, "spec"), f"{place}.spec")


_CHECKS: Final[Mapping[str, _Check]] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "gitRepo": _git_repo,
    "gcePersistentDisk": _partition,
    "awsElasticBlockStore": _partition,
    "secret": _data,
    "configMap": _data,
    "nfs": _nfs,
    "iscsi": _iscsi,
    "flocker": _flocker,
    "cinder": _secret_reference,
    "quobyte": _quobyte,
    "downwardAPI": _downward,
    "fc": _fibre_channel,
    "flexVolume": _flex,
    "azureDisk": _azure_disk,
    "storageos": _storage_os,
    "projected": projected,
    "csi": _csi,
    "ephemeral": _ephemeral,
}
