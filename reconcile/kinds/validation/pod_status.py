"""What may be written to the status of a Pod.

1. A container that ended and is not started again stays ended.
2. What a status says of claims, amounts and users must fit what the Pod itself says.
3. Addresses that were there already are not looked at again.

Source: k8s.io/kubernetes pkg/apis/core/validation, ValidatePodStatusUpdate and its neighbours
(1.36).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from ._primitives import (
    IMMUTABLE,
    dns_label,
    dns_subdomain,
    duplicate,
    fails,
    forbidden,
    in_range,
    invalid,
    not_supported,
    qualified_name,
    required,
    too_long,
)
from ._read import given, listed, number, obj, objs, text
from ._shared import address
from .pod_updates import annotation_updates

if TYPE_CHECKING:
    from reconcile.kinds.field_error import FieldError
    from reconcile.value.types import Json, JsonObject

__all__ = ["status_updated"]

_OWN: Final = frozenset({"PodScheduled", "Ready", "Initialized"})
"""Conditions whose names are the system's."""
_HEALTHS: Final = ("Healthy", "Unhealthy", "Unknown")
_LISTS: Final = (
    ("containerStatuses", "containers"),
    ("initContainerStatuses", "initContainers"),
    ("ephemeralContainerStatuses", ""),
)
"""The lists of statuses, and the containers of the spec that they tell of."""


def status_updated(before: JsonObject, after: JsonObject) -> list[FieldError]:
    """Return what is wrong with a new status of a Pod."""
    old, new = obj(before, "status"), obj(after, "status")
    was, spec = obj(before, "spec"), obj(after, "spec")
    found = annotation_updates(before, after)
    found += _conditions(new)
    found += _node(text(was, "nodeName"), old, new)
    generation = number(new, "observedGeneration") or 0
    if generation < 0:
        what = "must be a non-negative integer"
        found.append(invalid("status.observedGeneration", generation, what))
    if text(new, "qosClass") != text(old, "qosClass"):
        found.append(invalid("status.qosClass", text(new, "qosClass"), IMMUTABLE))
    for name, key in _LISTS:
        found += _revived(objs(old, name), objs(new, name), was, key, f"status.{name}")
    found += _claims(new, spec)
    found += _extended_claim(new, spec)
    found += _addresses(old, new, "podIP")
    found += _addresses(old, new, "hostIP")
    for name, _ in _LISTS:
        found += _users(new, spec, name)
    for name, key in _LISTS:
        found += _allocated(objs(new, name), objs(spec, key) if key else None, f"status.{name}")
    return found


def _conditions(status: JsonObject) -> list[FieldError]:
    found: list[FieldError] = []
    for index, condition in enumerate(objs(status, "conditions")):
        kind, place = text(condition, "type"), f"status.conditions[{index}]"
        generation = number(condition, "observedGeneration") or 0
        if generation < 0:
            what = "must be a non-negative integer"
            found.append(invalid(f"{place}.observedGeneration", generation, what))
        if kind not in _OWN:
            found += fails(f"{place}.Type", kind, qualified_name)
    return found


def _node(bound: str, old: JsonObject, new: JsonObject) -> list[FieldError]:
    """Return what is wrong with the node that a Pod is to run on."""
    node, place = text(new, "nominatedNodeName"), "status.nominatedNodeName"
    if not node or node == text(old, "nominatedNodeName"):
        return []
    found = fails(place, node, dns_subdomain)
    if bound:
        what = "may not be set on pods that are already bound to a node"
        found.append(forbidden(place, what))
    return found


def _revived(
    old: list[JsonObject], new: list[JsonObject], spec: JsonObject, key: str, path: str
) -> list[FieldError]:
    """Return the containers that ended, are not started again, and run all the same."""
    if key and _all_again(spec):
        return []
    found: list[FieldError] = []
    states = {text(each, "name"): obj(each, "state") for each in reversed(new)}
    policies = {text(each, "name"): each for each in objs(spec, key)} if key else {}
    for index, status in enumerate(old):
        name, ended = text(status, "name"), obj(obj(status, "state"), "terminated")
        if not given(obj(status, "state"), "terminated") or name not in states:
            continue
        if given(states[name], "terminated"):
            continue
        if not key or not _starts_again(policies.get(name), spec, number(ended, "exitCode") or 0):
            what = "may not be transitioned to non-terminated state"
            found.append(forbidden(f"{path}[{index}].state", what))
    return found


def _all_again(spec: JsonObject) -> bool:
    """Tell whether a container can have all of them started again."""
    return any(
        text(rule, "action") == "RestartAllContainers"
        for key in ("containers", "initContainers")
        for container in objs(spec, key)
        for rule in objs(container, "restartPolicyRules")
    )


def _starts_again(container: JsonObject | None, spec: JsonObject, code: int) -> bool:
    """Tell whether a container that ended with a code is started again."""
    if container is None:
        return False
    for rule in objs(container, "restartPolicyRules"):
        codes = obj(rule, "exitCodes")
        held = code in listed(codes, "values")
        if given(rule, "exitCodes") and held is (text(codes, "operator") == "In"):
            return True
    policy = text(container, "restartPolicy") or text(spec, "restartPolicy")
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def _claims(status: JsonObject, spec: JsonObject) -> list[FieldError]:
    known = {text(each, "name") for each in objs(spec, "resourceClaims")}
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(objs(status, "resourceClaimStatuses")):
        place, name = f"status.resourceClaimStatuses[{index}]", text(each, "name")
        if name not in known:
            what = "must match the name of an entry in `spec.resourceClaims`"
            found.append(invalid(f"{place}.name", name, what))
        if name in seen:
            found.append(duplicate(f"{place}.name", name))
        seen.add(name)
        if given(each, "resourceClaimName"):
            claim = text(each, "resourceClaimName")
            found += fails(f"{place}.resourceClaimName", claim, dns_subdomain)
    return found


def _extended_claim(status: JsonObject, spec: JsonObject) -> list[FieldError]:
    """Return what is wrong with the claim that was made for amounts of extended resources."""
    if not given(status, "extendedResourceClaimStatus"):
        return []
    held, path = obj(status, "extendedResourceClaimStatus"), "status.extendedResourceClaimStatus"
    found: list[FieldError] = []
    if not objs(held, "requestMappings"):
        what = "at least one request mapping is required"
        found.append(required(f"{path}.requestMappings", what))
    named = [*objs(spec, "initContainers"), *objs(spec, "containers")]
    requests = {text(each, "name"): obj(each, "resources", "requests") for each in named}
    seen: set[tuple[str, ...]] = set()
    for index, each in enumerate(objs(held, "requestMappings")):
        place, parts = f"{path}.requestMappings[{index}]", _mapping(each)
        container, resource, request = parts.values()
        if container not in requests:
            what = "must match the name of an entry in spec.initContainers.name or "
            what += "spec.containers.name"
            found.append(invalid(f"{place}.containerName", container, what))
        elif resource not in requests[container]:
            what = "must match the extended resource name of an entry in "
            what += "spec.initContainers.resources.requests or spec.containers.resources.requests"
            found.append(invalid(f"{place}.resourceName", resource, what))
        found += fails(f"{path}.requestName", request, dns_label)
        if tuple(parts.values()) in seen:
            found += [duplicate(f"{place}.{name}", value) for name, value in parts.items()]
        seen.add(tuple(parts.values()))
    claim, place = text(held, "resourceClaimName"), f"{path}.resourceClaimName"
    return found + (fails(place, claim, dns_subdomain) if claim else [required(place)])


def _mapping(each: JsonObject) -> dict[str, str]:
    return {name: text(each, name) for name in ("containerName", "resourceName", "requestName")}


def _addresses(old: JsonObject, new: JsonObject, name: str) -> list[FieldError]:
    """Return what is wrong with the addresses of a Pod or of its host."""
    before, held = ([text(each, "ip") for each in objs(s, f"{name}s")] for s in (old, new))
    path = f"status.{name}s"
    found: list[FieldError] = []
    if name == "hostIP" and held and text(new, name) != held[0]:
        found.append(invalid(f"{path}[0].ip", held[0], "must be equal to `hostIP`"))
    for index, each in enumerate(held):
        if each not in before:
            found += address(each, f"{path}[{index}]")
    families = {_family(each) for each in held}
    if len(held) > 1 and (len(held) > 2 or families != {4, 6}):
        shown: list[Json] = [{"IP": each} for each in held]
        what = "may specify no more than one IP for each IP family"
        found.append(invalid(path, shown, what))
    return found


def _family(value: str) -> int:
    try:
        return ipaddress.ip_address(value).version
    except ValueError:
        return 0


def _users(status: JsonObject, spec: JsonObject, name: str) -> list[FieldError]:
    """Return what is wrong with the users that containers run as."""
    system = text(obj(spec, "os"), "name") if given(spec, "os") else "linux"
    found: list[FieldError] = []
    for index, each in enumerate(objs(status, name)):
        place, user = f"status.{name}[{index}].user.linux", obj(each, "user")
        if not given(user, "linux"):
            continue
        if system == "windows":
            found.append(forbidden(place, "cannot be set for a windows pod"))
        if system != "linux":
            continue
        held = obj(user, "linux")
        ids = {f"{place}.{key}": number(held, key) or 0 for key in ("uid", "gid")}
        for at, group in enumerate(listed(held, "supplementalGroups")):
            ids[f"{place}.supplementalGroups[{at}]"] = group if isinstance(group, int) else 0
        for spot, value in ids.items():
            found += [invalid(spot, value, what) for what in in_range(value, 0, 2**31 - 1)]
    return found


def _allocated(
    statuses: list[JsonObject], containers: list[JsonObject] | None, path: str
) -> list[FieldError]:
    """Return what is wrong with the health of the resources that containers were given."""
    found: list[FieldError] = []
    known = {text(each, "name"): each for each in reversed(containers or [])}
    for index, status in enumerate(statuses):
        place = f"{path}[{index}].allocatedResourcesStatus"
        held = objs(status, "allocatedResourcesStatus")
        if containers is None:
            what = "must not be specified in container status"
            found += [forbidden(place, what)] if held else []
            continue
        for at, each in enumerate(held):
            container = known.get(text(status, "name"))
            if container is not None:
                found += _given_to(container, text(each, "name"), f"{place}[{at}].name")
            found += _healths(each, f"{place}[{at}].resources")
    return found


def _given_to(container: JsonObject, name: str, path: str) -> list[FieldError]:
    asked = obj(container, "resources")
    if not name.startswith("claim:"):
        what = "must match one of the container's resource requests"
        return [] if name in obj(asked, "requests") else [invalid(path, name, what)]
    for claim in objs(asked, "claims"):
        request = text(claim, "request")
        if name == f"claim:{text(claim, 'name')}" + (f"/{request}" if request else ""):
            return []
    what = "must match one of the container's resource claims in a format "
    what += "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
    return [invalid(path, name, what)]


def _healths(resource: JsonObject, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(objs(resource, "resources")):
        place, health = f"{path}[{index}]", text(each, "health")
        if health not in _HEALTHS:
            found.append(not_supported(f"{place}.health", health, _HEALTHS))
        if given(each, "message"):
            message = text(each, "message")
            if not message:
                what = "must be non-empty if specified"
                found.append(required(f"{place}.message", what))
            elif len(message.encode()) > 1024:
                found.append(too_long(f"{place}.message", 1024))
        if text(each, "resourceID") in seen:
            found.append(duplicate(f"{place}.resourceID", text(each, "resourceID")))
        seen.add(text(each, "resourceID"))
    return found
