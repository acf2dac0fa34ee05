"""StorageClasses, drivers and attachments: what the API server refuses of them.

Source: k8s.io/kubernetes pkg/apis/storage/validation/validation.go, 1.36.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    NOT_NEGATIVE,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    invalid,
    qualified_name,
    required,
    too_long,
)
from ._read import given, number, obj, objs, pairs, text, texts
from ._rules import Rules
from ._shared import amount, immutable, label_selector, not_negative, one_of, unsupported
from .core_volumes import driver_name

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_MAX_PARAMETERS: Final = 512
_MAX_PARAMETERS_SIZE: Final = 256 * 1024
_MAX_NODE_ID: Final = 256
_SHORTEST_TOKEN: Final = 600
_LONGEST_TOKEN: Final = 2**32


def _provisioner(name: str, path: str) -> list[FieldError]:
    if not name:
        return [required(path)]
    return fails(path, name.lower(), qualified_name)


def _parameters(document: JsonObject, *, empty: bool) -> list[FieldError]:
    held = pairs(document, "parameters")
    found: list[FieldError] = []
    if not held and not empty:
        what = "must contain at least one key/value pair"
        return [required("parameters", what)]
    if len(held) > _MAX_PARAMETERS:
        return [too_long("parameters", _MAX_PARAMETERS)]
    if "" in held:
        found.append(invalid("parameters", "", "field can not be empty."))
    size = sum(len(key.encode()) + len(value.encode()) for key, value in held.items())
    if size > _MAX_PARAMETERS_SIZE:
        found.append(too_long("parameters", _MAX_PARAMETERS_SIZE))
    return found


def _storage_class(document: JsonObject) -> list[FieldError]:
    found = _provisioner(text(document, "provisioner"), "provisioner")
    found.extend(_parameters(document, empty=True))
    policy = text(document, "reclaimPolicy")
    if policy:
        found.extend(unsupported(policy, ("Delete", "Retain"), "reclaimPolicy"))
    modes = ("Immediate", "WaitForFirstConsumer")
    found.extend(one_of(text(document, "volumeBindingMode"), modes, "volumeBindingMode"))
    for index, term in enumerate(objs(document, "allowedTopologies")):
        for position, each in enumerate(objs(term, "matchLabelExpressions")):
            path = f"allowedTopologies[{index}].matchLabelExpressions[{position}]"
            found.extend(_topology(each, path))
    return found


def _topology(requirement: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    values = texts(requirement, "values")
    if not values:
        found.append(required(f"{path}.values"))
    for index, each in enumerate(values):
        if each in values[:index]:
            found.append(duplicate(f"{path}.values[{index}]", each))
    found.extend(fails(f"{path}.key", text(requirement, "key"), qualified_name))
    return found


def _storage_class_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _storage_class(after)
    for name in ("parameters", "provisioner", "reclaimPolicy"):
        if (before.get(name) or None) != (after.get(name) or None):
            found.append(forbidden(name, f"updates to {name} are forbidden."))
    name = "volumeBindingMode"
    return found + immutable(before.get(name), after.get(name), name)


def _attributes_class(document: JsonObject) -> list[FieldError]:
    found = _provisioner(text(document, "driverName"), "driverName")
    return found + _parameters(document, empty=False)


def _attributes_class_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    return _attributes_class(after) + [
        forbidden(name, f"updates to {name} are forbidden.")
        for name in ("driverName", "parameters")
        if before.get(name) != after.get(name)
    ]


def _csi_driver(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found: list[FieldError] = []
    modes = ("Persistent", "Ephemeral")
    for each in texts(spec, "volumeLifecycleModes"):
        found.extend(unsupported(each, modes, "spec.volumeLifecycleModes"))
    policies = ("File", "None", "ReadWriteOnceWithFSType")
    if given(spec, "fsGroupPolicy"):
        found.extend(unsupported(text(spec, "fsGroupPolicy"), policies, "spec.fsGroupPolicy"))
    seen: set[str] = set()
    for index, request in enumerate(objs(spec, "tokenRequests")):
        audience = text(request, "audience")
        path = f"spec.tokenRequests[{index}]"
        seconds = number(request, "expirationSeconds")
        if audience in seen:
            found.append(duplicate(f"{path}.audience", audience))
        elif seconds is not None and seconds < _SHORTEST_TOKEN:
            what = "may not specify a duration less than 10 minutes"
            found.append(invalid(f"{path}.expirationSeconds", seconds, what))
        elif seconds is not None and seconds > _LONGEST_TOKEN:
            what = "may not specify a duration larger than 2^32 seconds"
            found.append(invalid(f"{path}.expirationSeconds", seconds, what))
        seen.add(audience)
    return found


def _csi_driver_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _csi_driver(after)
    old, new = obj(before, "spec"), obj(after, "spec")
    # The server's path of the first is none of the field.
    for name, told in (("attachRequired", "attachedRequired"), ("volumeLifecycleModes",) * 2):
        found.extend(immutable(old.get(name), new.get(name), f"spec.{told}"))
    return found


def _csi_node(document: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(objs(obj(document, "spec"), "drivers")):
        path = f"spec.drivers[{index}]"
        name, node = text(each, "name"), text(each, "nodeID")
        found.extend(driver_name(name, f"{path}.name"))
        if not node:
            found.append(required(f"{path}.nodeID"))
        if len(node.encode()) > _MAX_NODE_ID:
            what = f"must be {_MAX_NODE_ID} characters or less"
            found.append(invalid(f"{path}.nodeID", node, what))
        keys = texts(each, "topologyKeys")
        for position, key in enumerate(keys):
            found.extend([] if key else [required(path)])
            found.extend([duplicate(path, key)] if key in keys[:position] else [])
            found.extend(fails(path, key, qualified_name))
        count = number(obj(each, "allocatable"), "count")
        found.extend(not_negative(count, f"{path}.allocatable.count"))
        if name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
    return found


def _csi_node_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _csi_node(after)
    names = {"name": "Name", "nodeID": "NodeID", "topologyKeys": "TopologyKeys"}
    drivers = objs(obj(after, "spec"), "drivers")
    for old in objs(obj(before, "spec"), "drivers"):
        for new in drivers:
            if text(old, "name") == text(new, "name") and old != new:
                shown = {told: new.get(name) for name, told in names.items()}
                count = obj(new, "allocatable").get("count")
                shown["Allocatable"] = {"Count": count} if given(new, "allocatable") else None
                found.append(invalid("CSINodeDriver", shown, IMMUTABLE))
    return found


def _capacity(document: JsonObject) -> list[FieldError]:
    found = fails("storageClassName", text(document, "storageClassName"), dns_subdomain)
    if given(document, "nodeTopology"):
        found.extend(label_selector(obj(document, "nodeTopology"), "nodeTopology"))
    held = amount(document.get("capacity"))
    if held is not None and held.value < 0:
        found.append(invalid("capacity", held.canonical, NOT_NEGATIVE))
    return found


def _capacity_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    for name in ("nodeTopology", "storageClassName"):
        found.extend(immutable(before.get(name), after.get(name), name))
    return found


def _attachment(document: JsonObject) -> list[FieldError]:
    spec = obj(document, "spec")
    found = driver_name(text(spec, "attacher"), "spec.attacher")
    source = obj(spec, "source")
    inline, named = given(source, "inlineVolumeSpec"), given(source, "persistentVolumeName")
    what = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
    if inline and named:
        found.append(forbidden("spec.source", what))
    elif not inline and not named:
        found.append(required("spec.source", what))
    if named:
        path, name = "spec.source.persistentVolumeName", text(source, "persistentVolumeName")
        if not name and not inline:
            found.append(required(path, "must specify non empty persistentVolumeName"))
        found.extend(fails(path, name, dns_subdomain))
    found.extend(fails("spec.nodeName", text(spec, "nodeName"), dns_subdomain))
    return found


def _attachment_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _attachment(after)
    if obj(before, "spec") != obj(after, "spec"):
        spec = obj(after, "spec")
        names = {"persistentVolumeName": "PersistentVolumeName"}
        names["inlineVolumeSpec"] = "InlineVolumeSpec"
        source: JsonObject = {told: obj(spec, "source").get(n) for n, told in names.items()}
        shown: JsonObject = {"Attacher": text(spec, "attacher"), "Source": source}
        shown["NodeName"] = text(spec, "nodeName")
        found.append(invalid("spec", shown, IMMUTABLE))
    return found


RULES: Final = {
    "StorageClass": Rules(_storage_class, _storage_class_update, again=1),
    "VolumeAttributesClass": Rules(_attributes_class, _attributes_class_update, again=1),
    "CSIDriver": Rules(_csi_driver, _csi_driver_update),
    "CSINode": Rules(_csi_node, _csi_node_update, again=1, changes=False),
    "CSIStorageCapacity": Rules(_capacity, _capacity_update),
    "VolumeAttachment": Rules(_attachment, _attachment_update, again=2, changes=False),
}
