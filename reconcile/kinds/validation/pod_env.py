"""Environment of containers, and what they mount: variables, sources, paths, devices.

1. Functions take the list and its path; where the server tells a fault of an item at the list, so
   do they (`envFrom`, `subPath`, `mountPropagation`).
2. Volumes are those that are right: a mount of a volume with a fault is one of a volume not there.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidateEnv, ValidateVolumeMounts (1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._primitives import (
    Telling,
    config_key,
    dns_label,
    dns_subdomain,
    duplicate,
    env_name,
    fails,
    forbidden,
    invalid,
    not_found,
    not_supported,
    port_name,
    port_number,
    qualified_name,
    required,
)
from ._read import flag, given, number, obj, objs, text
from ._shared import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = [
    "chosen",
    "container_ports",
    "descending_path",
    "devices",
    "env_errors",
    "env_from_errors",
    "file_reference",
    "local_path",
    "mounts",
    "no_backsteps",
    "object_field",
    "resource_field",
]

_PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_ENV_FIELDS: Final = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_FIELDS: Final = frozenset(
    {
        *_ENV_FIELDS,
        "metadata.annotations",
        "metadata.labels",
        "spec.restartPolicy",
        "spec.schedulerName",
        "status.phase",
    }
)
"""Fields that a selector may name somewhere."""
_RESOURCES: Final = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_HUGE: Final = ("limits.hugepages-", "requests.hugepages-")
_UNITS: Final = ("1", *(f"1{unit}" for unit in ("k", "M", "G", "T", "P", "E")))
_UNITS_ALL: Final = (*_UNITS, *(f"1{unit}i" for unit in "KMGTPE"))


def chosen(value: str, choices: Iterable[str], path: str) -> list[FieldError]:
    """Return whether a text is one of these; an empty one is, as the server gives it a default."""
    choices = list(choices)
    return [] if not value or value in choices else [not_supported(path, value, choices)]


def container_ports(container: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the ports of a container."""
    found: list[FieldError] = []
    names: set[str] = set()
    for index, port in enumerate(objs(container, "ports")):
        place = f"{path}[{index}]"
        name = text(port, "name")
        if name:
            wrong = fails(f"{place}.name", name, port_name)
            if not wrong and name in names:
                wrong = [duplicate(f"{place}.name", name)]
            elif not wrong:
                names.add(name)
            found += wrong
        inside, outside = number(port, "containerPort") or 0, number(port, "hostPort") or 0
        if not inside:
            found.append(required(f"{place}.containerPort"))
        else:
            what = port_number(inside)
            found += [invalid(f"{place}.containerPort", inside, each) for each in what]
        if outside:
            what = port_number(outside)
            found += [invalid(f"{place}.hostPort", outside, each) for each in what]
        found += chosen(text(port, "protocol"), _PROTOCOLS, f"{place}.protocol")
    return found


def env_errors(container: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the variables of a container."""
    found: list[FieldError] = []
    for index, variable in enumerate(objs(container, "env")):
        place = f"{path}[{index}]"
        name = text(variable, "name")
        found += fails(f"{place}.name", name, env_name) if name else [required(f"{place}.name")]
        if given(variable, "valueFrom"):
            found += _value_from(variable, f"{place}.valueFrom")
    return found


def _value_from(variable: JsonObject, path: str) -> list[FieldError]:
    source = obj(variable, "valueFrom")
    found: list[FieldError] = []
    sources = 0
    if given(source, "fieldRef"):
        sources += 1
        found += object_field(obj(source, "fieldRef"), _ENV_FIELDS, f"{path}.fieldRef")
    if given(source, "resourceFieldRef"):
        sources += 1
        held = obj(source, "resourceFieldRef")
        found += resource_field(held, f"{path}.resourceFieldRef", volume=False)
    for name in ("configMapKeyRef", "secretKeyRef"):
        if given(source, name):
            sources += 1
            found += _key_reference(obj(source, name), f"{path}.{name}")
    if given(source, "fileKeyRef"):
        sources += 1
        found += _file_key(obj(source, "fileKeyRef"), f"{path}.fileKeyRef")
    if not sources:
        what = (
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
            "`secretKeyRef` or `fileKeyRef`"
        )
        found.append(invalid(path, "", what))
    elif text(variable, "value"):
        found.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif sources > 1:
        found.append(invalid(path, "", "may not have more than one field specified at a time"))
    return found


def _split(label: str) -> tuple[str, str] | None:
    """Return a field and the key behind it, None where it has none."""
    field, bracket, key = label.removesuffix("']").partition("['")
    return (field, key) if label.endswith("']") and bracket and field else None


def object_field(selector: JsonObject, allowed: Iterable[str], path: str) -> list[FieldError]:
    """Return what is wrong with the selection of a field of the Pod."""
    version, label = text(selector, "apiVersion"), text(selector, "fieldPath")
    if not version:
        return [required(f"{path}.apiVersion")]
    if not label:
        return [required(f"{path}.fieldPath")]
    parts = _split(label)
    wrong = ""
    if version != "v1":
        wrong, told = "unsupported pod version", version
    elif parts is not None and parts[0] not in {"metadata.annotations", "metadata.labels"}:
        wrong, told = "field label does not support subscript", label
    elif parts is None and label not in _FIELDS and label != "spec.host":
        wrong, told = "field label not supported", label
    else:
        told = ""
    if wrong:
        plain = f"error converting fieldPath: {wrong}"
        return [invalid(f"{path}.fieldPath", label, Telling(f"{plain}: {told}", plain))]
    if parts is not None:
        key = parts[1].lower() if parts[0] == "metadata.annotations" else parts[1]
        return fails(path, key, qualified_name)
    field = "spec.nodeName" if label == "spec.host" else label
    choices = sorted(allowed)
    return [] if field in choices else [not_supported(f"{path}.fieldPath", field, choices)]


def resource_field(selector: JsonObject, path: str, *, volume: bool) -> list[FieldError]:
    """Return what is wrong with the selection of a resource of a container."""
    resource = text(selector, "resource")
    found: list[FieldError] = []
    if volume and not text(selector, "containerName"):
        found.append(required(f"{path}.containerName"))
    elif not resource:
        found.append(required(f"{path}.resource"))
    elif resource not in _RESOURCES and not resource.startswith(_HUGE):
        found.append(not_supported(f"{path}.resource", resource, _RESOURCES))
    return found + _divisor(selector, resource, path)


def _divisor(selector: JsonObject, resource: str, path: str) -> list[FieldError]:
    held = amount(selector.get("divisor"))
    if held is None or not held:
        return []
    divisor = held.canonical
    named = {
        "cpu": "cpu",
        "memory": "memory",
        "ephemeral-storage": "local ephemeral storage",
    }.get(resource.partition(".")[2])
    if resource.startswith(_HUGE):
        named = "hugepages"
    if named is None or (resource not in _RESOURCES and named != "hugepages"):
        return []
    if named == "cpu":
        if divisor in {"1m", "1"}:
            return []
        what = "only divisor's values 1m and 1 are supported with the cpu resource"
        return [invalid(f"{path}.divisor", resource, what)]
    if divisor in _UNITS_ALL:
        return []
    told = ", ".join(_UNITS_ALL)
    what = f"only divisor's values {told} are supported with the {named} resource"
    return [invalid(f"{path}.divisor", resource, what)]


def _key_reference(reference: JsonObject, path: str) -> list[FieldError]:
    found = fails(f"{path}.name", text(reference, "name"), dns_subdomain)
    key = text(reference, "key")
    return found + (fails(f"{path}.key", key, config_key) if key else [required(f"{path}.key")])


def _file_key(reference: JsonObject, path: str) -> list[FieldError]:
    key, volume, file = (text(reference, name) for name in ("key", "volumeName", "path"))
    found = fails(f"{path}.key", key, env_name) if key else [required(f"{path}.key")]
    if volume:
        found += fails(f"{path}.volumeName", volume, dns_label)
    else:
        found.append(required(f"{path}.volumeName"))
    return found + (no_backsteps(file, f"{path}.path") if file else [required(f"{path}.path")])


def file_reference(
    container: JsonObject, volumes: Mapping[str, JsonObject], path: str
) -> list[FieldError]:
    """Return the variables of a container that are read from no file of an emptyDir.

    Shape: `volumes` are all of the Pod, by name, right or wrong.
    """
    found: list[FieldError] = []
    for index, variable in enumerate(objs(container, "env")):
        source = obj(variable, "valueFrom")
        if not given(source, "fileKeyRef"):
            continue
        name = text(obj(source, "fileKeyRef"), "volumeName")
        place = f"{path}.env[{index}].valueFrom.fileKeyRef.volumeName"
        if name not in volumes:
            found.append(not_found(place, name))
        elif not given(volumes[name], "emptyDir"):
            found.append(invalid(place, name, "referenced volume must be of type emptyDir"))
    return found


def env_from_errors(container: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the sources of variables."""
    found: list[FieldError] = []
    for index, source in enumerate(objs(container, "envFrom")):
        place = f"{path}[{index}]"
        prefix = text(source, "prefix")
        if prefix:
            found += fails(f"{place}.prefix", prefix, env_name)
        sources = [name for name in ("configMapRef", "secretRef") if given(source, name)]
        for each in sources:
            name = text(obj(source, each), "name")
            # The name is held to what a prefix is: it may end with a dash.
            whole = f"{name[:-2]}a" if len(name) > 1 and name.endswith("-") else name
            if name:
                spot = f"{place}.{each}.name"
                found += [invalid(spot, name, message) for message in dns_subdomain(whole)]
            else:
                found.append(required(f"{place}.{each}.name"))
        if not sources:
            what = "must specify one of: `configMapRef` or `secretRef`"
            found.append(invalid(path, "", what))
        elif len(sources) > 1:
            what = "may not have more than one field specified at a time"
            found.append(invalid(path, "", what))
    return found


def no_backsteps(value: str, path: str) -> list[FieldError]:
    """Return whether a path goes up."""
    return [invalid(path, value, "must not contain '..'")] if ".." in value.split("/") else []


def descending_path(value: str, path: str) -> list[FieldError]:
    """Return what is wrong with a path that must lead down from where it is."""
    absolute = [invalid(path, value, "must be a relative path")] if value.startswith("/") else []
    return absolute + no_backsteps(value, path)


def local_path(value: str, path: str) -> list[FieldError]:
    """Return what is wrong with a path that must lead down and not begin with two dots."""
    found = descending_path(value, path)
    if value.startswith("..") and not value.startswith("../"):
        found.append(invalid(path, value, "must not start with '..'"))
    return found


def mounts(container: JsonObject, volumes: Mapping[str, JsonObject], path: str) -> list[FieldError]:
    """Return what is wrong with the volumes that a container mounts."""
    found: list[FieldError] = []
    blocks = {text(each, "name"): text(each, "devicePath") for each in _devices(container)}
    points: set[str] = set()
    for index, mount in enumerate(objs(container, "volumeMounts")):
        place = f"{path}[{index}]"
        name, point = text(mount, "name"), text(mount, "mountPath")
        if not name:
            found.append(required(f"{place}.name"))
        if name not in volumes:
            found.append(not_found(f"{place}.name", name))
        if not point:
            found.append(required(f"{place}.mountPath"))
        if point in points:
            found.append(invalid(f"{place}.mountPath", point, "must be unique"))
        points.add(point)
        if name in blocks:
            what = "must not already exist in volumeDevices"
            found.append(invalid(f"{place}.name", name, what))
        if point in blocks.values():
            what = "must not already exist as a path in volumeDevices"
            found.append(invalid(f"{place}.mountPath", point, what))
        part, expression = text(mount, "subPath"), text(mount, "subPathExpr")
        found += descending_path(part, f"{path}.subPath")
        if part and expression:
            what = "subPathExpr and subPath are mutually exclusive"
            found.append(invalid(f"{place}.subPathExpr", expression, what))
        found += descending_path(expression, f"{path}.subPathExpr")
        found += _how_mounted(container, mount, path)
    return found


def _devices(container: JsonObject) -> list[JsonObject]:
    return objs(container, "volumeDevices")


def _how_mounted(container: JsonObject, mount: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    propagation = text(mount, "mountPropagation")
    if given(mount, "mountPropagation"):
        choices = ("Bidirectional", "HostToContainer", "None")
        place = f"{path}.mountPropagation"
        if propagation not in choices:
            found.append(not_supported(place, propagation, choices))
        if propagation == "Bidirectional" and not flag(
            obj(container, "securityContext"), "privileged"
        ):
            what = "Bidirectional mount propagation is available only to privileged containers"
            found.append(forbidden(place, what))
    if given(mount, "recursiveReadOnly"):
        place, mode = f"{path}.recursiveReadOnly", text(mount, "recursiveReadOnly")
        if mode in {"Enabled", "IfPossible"}:
            if not flag(mount, "readOnly"):
                found.append(forbidden(place, "may only be specified when readOnly is true"))
            if given(mount, "mountPropagation") and propagation != "None":
                what = "may only be specified when mountPropagation is None or not specified"
                found.append(forbidden(place, what))
        elif mode != "Disabled":
            choices = ("Disabled", "Enabled", "IfPossible")
            found.append(not_supported(place, mode, choices))
    return found


def devices(
    container: JsonObject, volumes: Mapping[str, JsonObject], path: str
) -> list[FieldError]:
    """Return what is wrong with the volumes that a container uses as block devices."""
    found: list[FieldError] = []
    mounted = {text(m, "name"): text(m, "mountPath") for m in objs(container, "volumeMounts")}
    paths: set[str] = set()
    names: set[str] = set()
    for index, device in enumerate(_devices(container)):
        place = f"{path}[{index}]"
        name, file = text(device, "name"), text(device, "devicePath")
        if not name:
            found.append(required(f"{place}.name"))
        if name in names:
            found.append(invalid(f"{place}.name", name, "must be unique"))
        source = volumes.get(name)
        if source is None:
            found.append(not_found(f"{place}.name", name))
        elif not (given(source, "persistentVolumeClaim") or given(source, "ephemeral")):
            kinds = "PersistentVolumeClaim or Ephemeral"
            what = f"can only use volume source type of {kinds} for block mode"
            found.append(invalid(f"{place}.name", name, what))
        if not file:
            found.append(required(f"{place}.devicePath"))
        if file in paths:
            found.append(invalid(f"{place}.devicePath", file, "must be unique"))
        if no_backsteps(file, path):
            found.append(invalid(f"{place}.devicePath", file, "can not contain backsteps ('..')"))
        else:
            paths.add(file)
        if name in mounted:
            found.append(invalid(f"{place}.name", name, "must not already exist in volumeMounts"))
        if file in mounted.values():
            what = "must not already exist as a path in volumeMounts"
            found.append(invalid(f"{place}.devicePath", file, what))
        if name:
            names.add(name)
    return found
