"""PersistentVolumes and claims to them: what the API server refuses of them.

1. The server shows what of an immutable spec has changed, below the first line of what it says.

Source: k8s.io/kubernetes pkg/apis/core/validation/validation.go, 1.36.
"""

from __future__ import annotations

import copy
import math
import re
from typing import TYPE_CHECKING, Final

from reconcile.diff import equal

from ._go import printed
from ._go_diff import told_with_difference
from ._primitives import (
    IMMUTABLE,
    POSITIVE,
    dns_subdomain,
    fails,
    forbidden,
    invalid,
    not_supported,
    required,
)
from ._read import flag, given, listed, number, obj, text, texts
from ._rules import Rules
from ._shared import amount, immutable, label_selector, node_selector, unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["RULES", "claim_spec_errors", "driver_name"]

_MODES: Final = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_BETA_CLASS: Final = "volume.beta.kubernetes.io/storage-class"
_VOLUME_MODES: Final = ("Block", "Filesystem")
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
_CLAIM_FIXED: Final = (
    "spec is immutable after creation except resources.requests and "
    "volumeAttributesClassName for bound claims"
)


def _access_modes(spec: JsonObject, path: str, detail: str) -> list[FieldError]:
    modes = texts(spec, "accessModes")
    found = [] if modes else [required(path, detail)]
    found += [not_supported(path, each, _MODES) for each in modes if each not in _MODES]
    if "ReadWriteOncePod" in modes and set(modes) - {"ReadWriteOncePod"}:
        found.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))
    return found


def _positive(value: Json, path: str) -> list[FieldError]:
    held = amount(value)
    if held is not None and held.value <= 0:
        return [invalid(path, held.canonical, POSITIVE)]
    return []


def claim_spec_errors(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a PersistentVolumeClaimSpec."""
    what = "at least 1 access mode is required"
    found = _access_modes(spec, f"{path}.accessModes", what)
    if given(spec, "selector"):
        found.extend(label_selector(obj(spec, "selector"), f"{path}.selector"))
    storage = obj(spec, "resources", "requests").get("storage")
    place = f"{path}.resources[storage]"
    if storage is None:
        found.append(required(place))
    else:
        found.extend(_positive(storage, place))
    for name in ("storageClassName", "volumeAttributesClassName"):
        if text(spec, name):
            found.extend(fails(f"{path}.{name}", text(spec, name), dns_subdomain))
    if given(spec, "volumeMode"):
        found.extend(unsupported(text(spec, "volumeMode"), _VOLUME_MODES, f"{path}.volumeMode"))
    source, reference = obj(spec, "dataSource"), obj(spec, "dataSourceRef")
    for name, each in (("dataSource", source), ("dataSourceRef", reference)):
        if each:
            found.extend(_data_source(each, f"{path}.{name}"))
    shared = ("apiGroup", "kind", "name")
    if source and reference and any(text(source, n) != text(reference, n) for n in shared):
        what = "must match dataSourceRef"
        found.append(invalid(path, f"{path}.dataSource", what))
    return found


def _data_source(source: JsonObject, path: str) -> list[FieldError]:
    found = [required(f"{path}.{name}") for name in ("name", "kind") if not text(source, name)]
    group, kind = text(source, "apiGroup"), text(source, "kind")
    if not group and kind != "PersistentVolumeClaim":
        what = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        found.append(invalid(path, kind, what))
    if group:
        found.extend(fails(f"{path}.apiGroup", group, dns_subdomain))
    return found


def _claim(document: JsonObject) -> list[FieldError]:
    return claim_spec_errors(obj(document, "spec"), "spec")


def _claim_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _claim(after) * 2  # the server looks twice
    old, new = copy.deepcopy(obj(before, "spec")), copy.deepcopy(obj(after, "spec"))
    if not text(old, "volumeName"):
        old["volumeName"] = new["volumeName"] = text(new, "volumeName")
    noted, kept = _beta_class(before), _beta_class(after)
    named = text(new, "storageClassName")
    unset = given(new, "storageClassName") and not given(old, "storageClassName")
    if not (unset and noted and named == noted and kept in {noted, ""}) and noted != kept:
        found.append(invalid(f"metadata.annotations.{_BETA_CLASS}", kept, IMMUTABLE))
    if unset and (not noted or named == noted):  # a class may be given once
        new.pop("storageClassName", None)
    sizes = [obj(each, "resources", "requests").get("storage") for each in (old, new)]
    if text(obj(after, "status"), "phase") == "Bound":
        requests = obj(new, "resources", "requests")
        if requests and sizes[0] is not None:
            requests["storage"] = sizes[0]
    for each in (old, new):
        each["volumeAttributesClassName"] = obj(before, "spec").get("volumeAttributesClassName")
    if new != old:
        found.append(forbidden("spec", told_with_difference(_CLAIM_FIXED, "ClaimSpec", old, new)))
    former, wanted = amount(sizes[0]), amount(sizes[1])
    held = amount(obj(before, "status", "capacity").get("storage"))
    # It may become smaller, though not as small as what there is: an expansion may have failed.
    if former is not None and wanted is not None and held is not None and wanted < former:
        less = wanted <= held
        what = "field can not be less than status.capacity"
        found += [forbidden("spec.resources.requests.storage", what)] if less else []
    found.extend(immutable(old.get("volumeMode"), new.get("volumeMode"), "volumeMode"))
    found.extend(_attributes_class(before, after))
    return found


def _beta_class(document: JsonObject) -> str:
    return text(obj(document, "metadata", "annotations"), _BETA_CLASS)


def _attributes_class(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return whether a claim gives up the class that its volume has already."""
    name, current = "volumeAttributesClassName", "currentVolumeAttributesClassName"
    spec = obj(after, "spec")
    if not given(obj(before, "status"), current) or text(spec, name):
        return []
    if equal(obj(before, "spec").get(name), spec.get(name)):
        return []
    to = "empty string" if given(spec, name) else "nil"
    return [
        forbidden(f"spec.{name}", f"update to {to} is forbidden when status.{current} is not nil")
    ]


def _claim_status(_before: JsonObject, after: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    if not texts(obj(after, "spec"), "accessModes"):
        found.append(required("Spec.accessModes"))
    for name in ("capacity", "allocatedResources"):
        for key, value in obj(after, "status", name).items():
            found.extend(_basic(value, f"status.{name}[{key}]"))
    return found


def _basic(value: Json, path: str) -> list[FieldError]:
    held = amount(value)
    if held is not None and held.value < 0:
        what = "must be a valid resource quantity"
        return [invalid(path, math.ceil(held.value), what)]
    return []


def _backsteps(value: str, path: str) -> list[FieldError]:
    if ".." in value.split("/"):
        return [invalid(path, value, "must not contain '..'")]
    return []


def _host_path(source: JsonObject, path: str) -> list[FieldError]:
    held = text(source, "path")
    if not held:
        return [required(f"{path}.path")]
    found = _backsteps(held, f"{path}.path")
    if given(source, "type") and text(source, "type") not in _HOST_TYPES:
        found.append(not_supported(f"{path}.type", text(source, "type"), _HOST_TYPES))
    return found


def _needs(*names: str) -> Callable[[JsonObject, str], list[FieldError]]:
    """Return a rule: these texts or lists must be there."""

    def check(source: JsonObject, path: str) -> list[FieldError]:
        return [required(f"{path}.{name}") for name in names if not source.get(name)]

    return check


def _nfs(source: JsonObject, path: str) -> list[FieldError]:
    found = _needs("server", "path")(source, path)
    held = text(source, "path")
    if not held.startswith("/"):
        found.append(invalid(f"{path}.path", held, "must be an absolute path"))
    return found


def _iscsi(source: JsonObject, path: str) -> list[FieldError]:
    found = [] if text(source, "targetPortal") else [required(f"{path}.targetPortal")]
    name = text(source, "iqn")
    place = f"{path}.iqn"
    if not name:
        found.append(required(place))
    elif not name.startswith(("iqn", "eui", "naa")):
        found.append(invalid(place, name, "must be valid format starting with iqn, eui, or naa"))
    elif not re.fullmatch(
        r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)|eui\.[A-Fa-f0-9]{16}|naa\.[A-Fa-f0-9]{32}",
        name,
    ) and name.startswith(("iqn", "eui", "naa")):
        found.append(invalid(place, name, "must be valid format"))
    lun = number(source, "lun") or 0
    if not 0 <= lun <= 255:
        found.append(invalid(f"{path}.lun", lun, "must be between 0 and 255, inclusive"))
    secret = flag(source, "chapAuthDiscovery") or flag(source, "chapAuthSession")
    if secret and not given(source, "secretRef"):
        found.append(required(f"{path}.secretRef"))
    if text(source, "initiatorName"):
        held = text(source, "initiatorName")
        if not held.startswith(("iqn", "eui", "naa")):
            found.append(invalid(f"{path}.initiatorname", held, "must be valid format"))
    return found


def driver_name(name: str, path: str) -> list[FieldError]:
    """Return what is wrong with the name of a CSI driver."""
    if not name:
        return [required(path)]
    found: list[FieldError] = []
    if len(name) > 63:
        found.append(invalid(path, name, "must be no more than 63 characters"))
    found.extend(fails(path, name.lower(), dns_subdomain))
    return found


def _csi(source: JsonObject, path: str) -> list[FieldError]:
    found = driver_name(text(source, "driver"), f"{path}.driver")
    if not text(source, "volumeHandle"):
        found.append(required(f"{path}.volumeHandle"))
    for name in (
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ):
        if given(source, name):
            found.extend(_needs("name", "namespace")(obj(source, name), f"{path}.{name}"))
    return found


def _local(source: JsonObject, path: str) -> list[FieldError]:
    held = text(source, "path")
    return _backsteps(held, f"{path}.path") if held else [required(f"{path}.path")]


def _fc(source: JsonObject, path: str) -> list[FieldError]:
    names, ids = listed(source, "targetWWNs"), listed(source, "wwids")
    if not names and not ids:
        what = "must specify either targetWWNs or wwids, but not both"
        return [required(f"{path}.targetWWNs", what)]
    found: list[FieldError] = []
    if names and ids:
        what = "targetWWNs and wwids can not be specified simultaneously"
        found.append(invalid(f"{path}.targetWWNs", [*names], what))
    lun = number(source, "lun")
    if names and lun is None:
        found.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif names and lun is not None and not 0 <= lun <= 255:
        found.append(invalid(f"{path}.lun", lun, "must be between 0 and 255, inclusive"))
    return found


_SOURCES: Final[Mapping[str, Callable[[JsonObject, str], list[FieldError]]]] = {
    "hostPath": _host_path,
    "gcePersistentDisk": _needs("pdName"),
    "awsElasticBlockStore": _needs("volumeID"),
    "glusterfs": _needs("endpoints", "path"),
    "flocker": _needs(),
    "nfs": _nfs,
    "rbd": _needs("monitors", "image"),
    "quobyte": _needs("registry", "volume"),
    "cephfs": _needs("monitors"),
    "iscsi": _iscsi,
    "cinder": _needs("volumeID"),
    "fc": _fc,
    "flexVolume": _needs("driver"),
    "azureFile": _needs("secretName", "shareName"),
    "vsphereVolume": _needs("volumePath"),
    "photonPersistentDisk": _needs("pdID"),
    "portworxVolume": _needs("volumeID"),
    "azureDisk": _needs("diskName", "diskURI"),
    "scaleIO": _needs("gateway", "system", "volumeName"),
    "local": _local,
    "storageos": _needs(),
    "csi": _csi,
}


def _volume(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = _access_modes(spec, "spec.accessModes", "")
    capacity = obj(spec, "capacity")
    if not capacity:
        found.append(required("spec.capacity"))
    if "storage" not in capacity or len(capacity) > 1:
        shown: Json = {**capacity} if given(spec, "capacity") else None
        found.append(not_supported("spec.capacity", shown, ["storage"]))
    for key, value in capacity.items():
        found.extend(_basic(value, f"spec.capacity[{key}]"))
        found.extend(_positive(value, f"spec.capacity[{key}]"))
    policy, path = text(spec, "persistentVolumeReclaimPolicy"), "spec.persistentVolumeReclaimPolicy"
    if policy:
        found.extend(unsupported(policy, ("Delete", "Recycle", "Retain"), path))
    affinity = obj(spec, "nodeAffinity")
    if given(spec, "nodeAffinity"):
        if given(affinity, "required"):
            place = "spec.nodeAffinity.required"
            found.extend(node_selector(obj(affinity, "required"), place))
        else:
            what = "must specify required node constraints"
            found.append(required("spec.nodeAffinity.required", what))
    found.extend(_source(spec, local=not affinity))
    if text(obj(spec, "hostPath"), "path") == "/" and policy == "Recycle":
        what = "may not be 'recycle' for a hostPath mount of '/'"
        found.append(forbidden(path, what))
    if text(spec, "storageClassName"):
        name = text(spec, "storageClassName")
        found.extend(fails("spec.storageClassName", name, dns_subdomain))
    if given(spec, "volumeMode"):
        found.extend(unsupported(text(spec, "volumeMode"), _VOLUME_MODES, "spec.volumeMode"))
    if given(spec, "volumeAttributesClassName"):
        name, place = text(spec, "volumeAttributesClassName"), "spec.volumeAttributesClassName"
        if name:
            found.extend(fails(place, name, dns_subdomain))
        else:
            found.append(required(place, "an empty string is disallowed"))
        if not given(spec, "csi"):
            what = "has to be specified when using volumeAttributesClassName"
            found.append(required("spec.csi", what))
    return found


def _source(spec: JsonObject, *, local: bool) -> list[FieldError]:
    """Return what is wrong with what a volume is made of, which must be one thing."""
    found: list[FieldError] = []
    held = [name for name in _SOURCES if given(spec, name)]
    for index, name in enumerate(held):
        if index and name != "flexVolume":
            path = f"spec.{'cephFS' if name == 'cephfs' else name}"
            found.append(forbidden(path, "may not specify more than 1 volume type"))
            continue
        path = f"spec.{'persistentDisk' if name == 'gcePersistentDisk' else name}"
        found.extend(_SOURCES[name](obj(spec, name), path))
        if name == "local" and local:
            what = "Local volume requires node affinity"
            found.append(required("spec.nodeAffinity", what))
    if not held:
        found.append(required("spec", "must specify a volume type"))
    return found


def _volume_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _volume(after) * 2  # the server looks twice
    old, new = obj(before, "spec"), obj(after, "spec")
    sources = [{name: each[name] for name in _SOURCES if given(each, name)} for each in (old, new)]
    for name in ("controllerExpandSecretRef",) if all("csi" in each for each in sources) else ():
        if not given(obj(sources[0], "csi"), name):  # it may be given later
            sources[1]["csi"] = {k: v for k, v in obj(sources[1], "csi").items() if k != name}
    if sources[0] != sources[1]:
        what = "spec.persistentvolumesource is immutable after creation"
        told = told_with_difference(what, "PersistentVolumeSource", sources[0], sources[1])
        found.append(forbidden("spec.persistentvolumesource", told))
    # These two stand in the spec, wherever the server says.
    found.extend(immutable(old.get("volumeMode"), new.get("volumeMode"), "volumeMode"))
    if given(old, "nodeAffinity") and old.get("nodeAffinity") != new.get("nodeAffinity"):
        wanted = printed("NodeSelector", obj(new, "nodeAffinity", "required"))
        shown: Json = {"Required": wanted} if given(new, "nodeAffinity") else "null"
        found.append(invalid("nodeAffinity", shown, IMMUTABLE))
    name = "volumeAttributesClassName"
    if given(old, name) and not given(new, name):
        found.append(forbidden(f"spec.{name}", "update from non-nil value to nil is forbidden"))
    return found


RULES: Final = {
    "PersistentVolume": Rules(_volume, _volume_update, again=2, changes=False),
    "PersistentVolumeClaim": Rules(_claim, _claim_update, _claim_status, again=2),
}
