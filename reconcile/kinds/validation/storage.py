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
from ._read import given, obj, objs, pairs, text, texts
from ._rules import Rules
from ._shared import amount, immutable, label_selector, one_of, unsupported
from .core_volumes import driver_name

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = ["RULES"]

_MAX_PARAMETERS: Final = 512
_MAX_PARAMETERS_SIZE: Final = 256 * 1024
_MAX_NODE_ID: Final = 256


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
        return [too_long("Provisioner Parameters", _MAX_PARAMETERS)]
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
    name = text(obj(document, "metadata"), "name")
    found = driver_name(name, "name") if name else []
    modes = ("Ephemeral", "Persistent")
    for each in texts(spec, "volumeLifecycleModes"):
        found.extend(unsupported(each, modes, "spec.volumeLifecycleModes"))
    policies = ("ReadWriteOnceWithFSType", "File", "None")
    if given(spec, "fsGroupPolicy"):
        found.extend(unsupported(text(spec, "fsGroupPolicy"), policies, "spec.fsGroupPolicy"))
    seen: set[str] = set()
    for index, request in enumerate(objs(spec, "tokenRequests")):
        audience = text(request, "audience")
        if audience in seen:
            path = f"spec.tokenRequests[{index}].audience"
            found.append(duplicate(path, audience))
        seen.add(audience)
    return found


def _csi_driver_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _csi_driver(after)
    old, new = obj(before, "spec"), obj(after, "spec")
    for name in ("attachRequired", "volumeLifecycleModes"):
        found.extend(immutable(old.get(name), new.get(name), f"spec.{name}"))
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
        for key in texts(each, "topologyKeys"):
            found.extend(fails(path, key, qualified_name))
        if name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
    return found


def _capacity(document: JsonObject) -> list[FieldError]:
    found = fails("storageClassName", text(document, "storageClassName"), dns_subdomain)
    if given(document, "nodeTopology"):
        found.extend(label_selector(obj(document, "nodeTopology"), "nodeTopology"))
    for name in ("capacity", "maximumVolumeSize"):
        held = amount(document.get(name))
        if held is not None and held.value < 0:
            found.append(invalid(name, held.canonical, NOT_NEGATIVE))
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
    inline, name = given(source, "inlineVolumeSpec"), text(source, "persistentVolumeName")
    if bool(inline) == bool(name):
        what = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        found.append(required("spec.source", what))
    elif name:
        path = "spec.source.persistentVolumeName"
        found.extend(fails(path, name, dns_subdomain))
    found.extend(fails("spec.nodeName", text(spec, "nodeName"), dns_subdomain))
    return found


def _attachment_update(before: JsonObject, after: JsonObject) -> list[FieldError]:
    found = _attachment(after)
    if obj(before, "spec") != obj(after, "spec"):
        found.append(invalid("spec", obj(after, "spec"), IMMUTABLE))
    return found


RULES: Final = {
    "StorageClass": Rules(_storage_class, _storage_class_update, again=1),
    "VolumeAttributesClass": Rules(_attributes_class, _attributes_class_update, again=1),
    "CSIDriver": Rules(_csi_driver, _csi_driver_update, metadata="late"),
    "CSINode": Rules(_csi_node),
    "CSIStorageCapacity": Rules(_capacity, _capacity_update),
    "VolumeAttachment": Rules(_attachment, _attachment_update, again=1),
}
