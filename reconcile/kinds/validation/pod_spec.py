"""What Pods and their templates are held to, as they are.

1. A template is held to what a Pod is, but for what a Pod gets later: a name, a node, defaults.
2. The parts of a Pod have modules of their own (`pod_containers`, `pod_volumes`, ...); here they
   come together.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidatePodSpec, ValidatePodTemplateSpec (1.36).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from ._primitives import (
    dns_label,
    dns_subdomain,
    fails,
    forbidden,
    in_range,
    invalid,
)
from ._read import flag, given, number, obj, objs, pairs, text
from ._shared import label_pairs, labels, one_of
from .metadata import annotation_errors
from .pod_containers import (
    Around,
    containers,
    ephemeral_containers,
    init_containers,
    only_in_pods,
)
from .pod_env import chosen, file_reference
from .pod_resources import pod_claims, pod_resources, resources
from .pod_scheduling import (
    affinity,
    dns,
    gates,
    host_aliases,
    host_names,
    spreading,
    tolerations,
)
from .pod_security import (
    all_containers,
    host_processes,
    matching_profiles,
    os_errors,
    pod_security,
    profile_annotations,
)
from .pod_volumes import volumes

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import JsonObject

__all__ = [
    "MIRROR",
    "pod_annotations",
    "pod_errors",
    "pod_spec_errors",
    "pod_template_errors",
]

MIRROR: Final = "kubernetes.io/config.mirror"
"""Held by the copy of a Pod that a node runs by itself."""
_TOLERATIONS: Final = "scheduler.alpha.kubernetes.io/tolerations"
_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_POLICIES: Final = ("Always", "OnFailure", "Never")
_DNS: Final = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")


def pod_template_errors(template: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with a PodTemplateSpec."""
    metadata, spec = obj(template, "metadata"), obj(template, "spec")
    found = labels(metadata, f"{path}.labels")
    found += annotation_errors(metadata, f"{path}.annotations")
    found += pod_annotations(metadata, spec, f"{path}.annotations")
    found += pod_spec_errors(spec, f"{path}.spec")
    found += matching_profiles(metadata, spec, f"{path}.spec")
    if objs(spec, "ephemeralContainers"):
        what = "ephemeral containers not allowed in pod template"
        found.append(forbidden(f"{path}.spec.ephemeralContainers", what))
    return found


def pod_annotations(metadata: JsonObject, spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with the annotations that mean something to a Pod."""
    found: list[FieldError] = []
    held = pairs(metadata, "annotations")
    if MIRROR in held and not text(spec, "nodeName"):
        what = "must set spec.nodeName if mirror pod annotation is set"
        found.append(invalid(f"{path}[{MIRROR}]", held[MIRROR], what))
    if held.get(_TOLERATIONS):
        found += _written_tolerations(held[_TOLERATIONS], path)
    cost = held.get(_COST)
    if cost is not None and not _is_int32(cost):
        found.append(invalid(f"{path}[{_COST}]", cost, "must be a 32bit integer"))
    return found + profile_annotations(metadata, spec, path)


def _is_int32(value: str) -> bool:
    """Tell whether a cost is a number as it must be written: no plus, no leading zeros."""
    if not re.fullmatch(r"-[0-9]+|0|[1-9][0-9]*", value):
        return False
    return -(2**31) <= int(value) < 2**31


def _written_tolerations(value: str, path: str) -> list[FieldError]:
    try:
        held = json.loads(value)
    except ValueError:
        return []  # the server tells what its own reader says
    place = f"{path}.{_TOLERATIONS}"
    return tolerations({"tolerations": held}, place) if isinstance(held, list) else []


def pod_spec_errors(
    spec: JsonObject, path: str, *, pod: JsonObject | None = None
) -> list[FieldError]:
    """Return what is wrong with a PodSpec.

    Shape: `pod` is the metadata of the Pod, None in templates.
    """
    name = text(pod, "name") if pod is not None else None
    good, wrong = volumes(spec, f"{path}.volumes", name, is_pod=pod is not None)
    found = wrong
    claims = frozenset(text(each, "name") for each in objs(spec, "resourceClaims")) - {""}
    around = Around(spec, good, claims)
    if pod is not None and MIRROR in pairs(pod, "annotations"):
        what = "static pods do not support resource claims"
        found += [forbidden("", what) for _ in objs(spec, "resourceClaims")]
    else:
        found += pod_claims(spec, f"{path}.resourceClaims")
    found += containers(around, f"{path}.containers")
    found += init_containers(around, f"{path}.initContainers")
    found += ephemeral_containers(around, f"{path}.ephemeralContainers")
    found += pod_resources(spec, claims, path)
    found += _host_ports(spec, path, is_pod=pod is not None)
    found += chosen(text(spec, "restartPolicy"), _POLICIES, f"{path}.restartPolicy")
    found += chosen(text(spec, "dnsPolicy"), _DNS, f"{path}.dnsPolicy")
    found += label_pairs(pairs(spec, "nodeSelector"), f"{path}.nodeSelector")
    found += pod_security(spec, f"{path}.securityContext")
    found += affinity(spec, f"{path}.affinity")
    found += dns(spec, f"{path}.dnsConfig")
    found += gates(spec, path)
    found += spreading(spec, f"{path}.topologySpreadConstraints")
    found += host_processes(spec, path)
    found += _host_users(spec, path)
    found += host_names(spec, path)
    found += _names(spec, path)
    found += tolerations(spec, f"{path}.tolerations")
    found += host_aliases(spec, f"{path}.hostAliases")
    if given(spec, "preemptionPolicy"):
        choices = ("PreemptLowerPriority", "Never")
        found += one_of(text(spec, "preemptionPolicy"), choices, f"{path}.preemptionPolicy")
    if given(spec, "overhead"):
        found += resources({"limits": obj(spec, "overhead")}, (), f"{path}.overhead")
    found += os_errors(spec, path)
    return found + _file_references(spec, path)


def _host_ports(spec: JsonObject, path: str, *, is_pod: bool) -> list[FieldError]:
    """Return the ports that cannot be the host's own, in a Pod on the network of its host."""
    if not flag(spec, "hostNetwork"):
        return []
    found: list[FieldError] = []
    for index, container in enumerate(objs(spec, "containers")):
        for position, port in enumerate(objs(container, "ports")):
            outside, inside = number(port, "hostPort") or 0, number(port, "containerPort") or 0
            if outside != inside and (is_pod or outside):
                what = "must match `containerPort` when `hostNetwork` is true"
                place = f"{path}.containers[{index}].ports[{position}].hostPort"
                found.append(invalid(place, outside, what))
    return found


def _host_users(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what does not go with users that are not those of the host."""
    if spec.get("hostUsers") is not False:
        return []
    what = "when `hostUsers` is false"
    told = {"hostNetwork": "hostNetwork", "hostPID": "HostPID", "hostIPC": "HostIPC"}
    found = [forbidden(f"{path}.{told[name]}", what) for name in told if flag(spec, name)]
    for container, place in all_containers(spec, path):
        if objs(container, "volumeDevices"):
            found.append(forbidden(f"{place}.volumeDevices", what))
    return found


def _names(spec: JsonObject, path: str) -> list[FieldError]:
    """Return what is wrong with names, and with how long a Pod may run."""
    found: list[FieldError] = []
    for name, check in (
        ("serviceAccountName", dns_subdomain),
        ("nodeName", dns_subdomain),
        ("hostname", dns_label),
        ("subdomain", dns_label),
        ("priorityClassName", dns_subdomain),
    ):
        held = text(spec, name)
        found += fails(f"{path}.{name}", held, check) if held else []
    if given(spec, "runtimeClassName"):
        held = text(spec, "runtimeClassName")
        found += fails(f"{path}.runtimeClassName", held, dns_subdomain)
    seconds = number(spec, "activeDeadlineSeconds")
    if seconds is not None:
        wrong = in_range(seconds, 1, 2**31 - 1)
        found += [invalid(f"{path}.activeDeadlineSeconds", seconds, each) for each in wrong]
    return found


def _file_references(spec: JsonObject, path: str) -> list[FieldError]:
    held = {text(volume, "name"): volume for volume in objs(spec, "volumes")}
    found: list[FieldError] = []
    for container, place in all_containers(spec, path):
        if container.get("env"):
            found += file_reference(container, held, place)
    return found


def pod_errors(document: JsonObject) -> list[FieldError]:
    """Return what is wrong with a Pod, new or changed, its metadata left out but annotations."""
    metadata, spec = obj(document, "metadata"), obj(document, "spec")
    found = pod_annotations(metadata, spec, "metadata.annotations")
    found += pod_spec_errors(spec, "spec", pod=metadata)
    if not text(spec, "serviceAccountName"):
        what = "must not be specified when serviceAccountName is not set"
        for index, volume in enumerate(objs(spec, "volumes")):
            for position, source in enumerate(objs(obj(volume, "projected"), "sources")):
                if given(source, "serviceAccountToken"):
                    place = f"spec.volumes[{index}].projected.sources[{position}]"
                    found.append(forbidden(f"{place}.serviceAccountToken", what))
    for name in ("containers", "initContainers"):
        for index, container in enumerate(objs(spec, name)):
            found += only_in_pods(container, f"spec.{name}[{index}]")
    return found
