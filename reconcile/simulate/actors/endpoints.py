"""The endpoints controller: Endpoints with the name of each Service that has a selector.

1. Addresses that share their ports share a subset; what is not ready stands apart.
2. No write when subsets and labels are as they should be. At most 1,000 addresses are told.

Source: k8s.io/kubernetes pkg/controller/endpoint/endpoints_controller.go,
pkg/api/v1/endpoints/util.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.endpoint_pods import (
    HEADLESS,
    TRIGGER,
    addresses_of,
    belongs,
    has_address,
    hash_of,
    hostname_of,
    pods_of,
    port_of,
    services_of,
    trigger_time,
)
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    is_ready,
    labels_of,
    listed,
    place_of,
    spec_of,
)
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["EndpointsController", "repacked"]

_MANAGED_BY: Final = "endpoints.kubernetes.io/managed-by"
_OVER: Final = "endpoints.kubernetes.io/over-capacity"
_MOST: Final = 1000
_PREFIX: Final = "/Endpoints/"


class EndpointsController:
    """Keep the Endpoints of Services."""

    name = "endpoints-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield the Services of a change; of Endpoints that went, the Service of their name."""
        if event.key.startswith("/Service/"):
            yield event.key
        elif event.key.startswith("/Pod/"):
            for service in services_of(event, api):
                yield f"/Service/{about(service)['namespace']}/{about(service)['name']}"
        elif event.key.startswith(_PREFIX) and event.type == "DELETED":
            yield f"/Service/{event.key.removeprefix(_PREFIX)}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the Endpoints of one Service right."""
        namespace, name = place_of(key)
        service = api.get("v1", "Service", namespace, name)
        current = api.get("v1", "Endpoints", namespace, name)
        if service is None:
            if current is not None:
                api.delete(current)
            return None
        spec = spec_of(service)
        if spec.get("type") == "ExternalName" or not spec.get("selector"):
            return None
        subsets = repacked(list(_subsets(service, pods_of(api, service))))
        if current is not None and _is_right(current, service, subsets):
            return None
        made = changed(current) if current is not None else _new(namespace, name)
        when = trigger_time(api, service, (f"{_PREFIX}{namespace}/{name}",))
        _fill(made, service, subsets, when)
        if current is None:
            api.create(made)
        else:
            api.update(made)
        return None


def _new(namespace: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}


def _fill(
    made: dict[str, Any], service: JsonObject, subsets: list[dict[str, Any]], when: str | None
) -> None:
    annotations = dict(annotations_of(made))
    annotations.pop(TRIGGER, None)
    annotations.pop(_OVER, None)
    if when:
        annotations[TRIGGER] = when
    if _truncated(subsets):
        annotations[_OVER] = "truncated"
    labels = {key: value for key, value in labels_of(service).items() if key != HEADLESS}
    if not has_address(service):
        labels[HEADLESS] = ""
    labels[_MANAGED_BY] = "endpoint-controller"
    metadata = made["metadata"]
    metadata["labels"] = labels
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    made.pop("subsets", None)
    if subsets:
        made["subsets"] = subsets


def _is_right(current: JsonObject, service: JsonObject, subsets: list[dict[str, Any]]) -> bool:
    held = listed(current, "subsets")
    same = [changed(each) for each in held]
    if same != subsets and repacked(same) != subsets:
        return False
    labels = labels_of(current)
    kept = {key: value for key, value in labels.items() if key not in (HEADLESS, _MANAGED_BY)}
    if labels.get(_MANAGED_BY) != "endpoint-controller" or kept != labels_of(service):
        return False
    count = sum(_count(each, "addresses") + _count(each, "notReadyAddresses") for each in held)
    return count <= _MOST and _OVER not in annotations_of(current)


def _count(subset: Mapping[str, Any], field: str) -> int:
    return len(listed(subset, field))


def _subsets(service: JsonObject, pods: list[JsonObject]) -> Iterator[dict[str, Any]]:
    """Yield a subset for each address and port."""
    spec = spec_of(service)
    publish = spec.get("publishNotReadyAddresses") is True
    ports = listed(spec, "ports")
    family = (spec.get("ipFamilies") or ["IPv4"])[0]
    for pod in pods:
        if not belongs(pod, terminating=publish):
            continue
        addresses = addresses_of(pod, family)
        if not addresses:
            continue
        address = _address(pod, service, addresses[0])
        field = "addresses" if publish or is_ready(pod) else "notReadyAddresses"
        if not ports and spec.get("clusterIP") == "None":
            yield {field: [address]}
        for port in ports:
            number = port_of(pod, port)
            if number is not None:
                yield {field: [address], "ports": [_port(port, number)]}


def _address(pod: JsonObject, service: JsonObject, address: str) -> dict[str, Any]:
    made: dict[str, Any] = {"ip": address}
    hostname = hostname_of(pod, service)
    if hostname:
        made["hostname"] = hostname
    made["nodeName"] = spec_of(pod).get("nodeName") or ""
    known = about(pod)
    made["targetRef"] = {
        "kind": "Pod",
        "namespace": known["namespace"],
        "name": known["name"],
        "uid": known["uid"],
    }
    return made


def _port(port: Mapping[str, Any], number: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if port.get("name"):
        made["name"] = port["name"]
    made["port"] = number
    made["protocol"] = port.get("protocol")
    if port.get("appProtocol") is not None:
        made["appProtocol"] = port["appProtocol"]
    return made


def _port_order(port: Mapping[str, Any]) -> str:
    """Return what ports are ordered by: a hash of the structure that they are in Go."""
    own = port.get("appProtocol")
    return hash_of(
        f"(v1.EndpointPort){{Name:(string){port.get('name') or ''} Port:(int32){port['port']} "
        f"Protocol:(v1.Protocol){port.get('protocol') or ''} "
        f"AppProtocol:(*string){'<nil>' if own is None else own}}}"
    )


def _address_order(address: Mapping[str, Any]) -> tuple[str, str]:
    target: Mapping[str, Any] = address.get("targetRef") or {}
    return str(address.get("ip")), str(target.get("uid") or "")


def repacked(subsets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return subsets in which addresses with the same ports are together, in a fixed order.

    Guarantees: an address that is not ready for a port anywhere is not ready for it. Doing it again
        changes nothing.
    """
    addresses: dict[tuple[str, str], dict[str, Any]] = {}
    ready: dict[str, dict[tuple[str, str], bool]] = {}
    ports: dict[str, Mapping[str, Any] | None] = {}
    for subset in subsets:
        for port in listed(subset, "ports") or (None,):
            key = "" if port is None else _port_order(port)
            ports.setdefault(key, port)
            known = ready.setdefault(key, {})
            for good, field in ((True, "addresses"), (False, "notReadyAddresses")):
                for each in listed(subset, field):
                    who = _address_order(each)
                    addresses.setdefault(who, dict(each))
                    known[who] = good and known.get(who, True)
    shared: dict[tuple[tuple[tuple[str, str], bool], ...], list[str]] = {}
    for key, known in ready.items():
        shared.setdefault(tuple(sorted(known.items())), []).append(key)
    made: list[dict[str, Any]] = []
    for who_is_ready, keys in sorted(shared.items(), key=lambda each: sorted(each[1])):
        subset_made: dict[str, Any] = {}
        for good, field in ((True, "addresses"), (False, "notReadyAddresses")):
            found = [addresses[who] for who, is_good in who_is_ready if is_good is good]
            if found:
                subset_made[field] = found
        shown = [port for key in sorted(keys) if (port := ports[key]) is not None]
        if shown:
            subset_made["ports"] = shown
        made.append(subset_made)
    return made


def _truncated(subsets: list[dict[str, Any]]) -> bool:
    """Cut subsets down to what Endpoints may hold; return whether that was needed."""
    good = sum(_count(each, "addresses") for each in subsets)
    bad = sum(_count(each, "notReadyAddresses") for each in subsets)
    if good + bad <= _MOST:
        return False
    field, most, total = "notReadyAddresses", _MOST - good, bad
    if good > _MOST:
        field, most, total = "addresses", _MOST, good
    left = most
    for subset in subsets:
        count = min(left, math.ceil(_count(subset, field) / total * most))
        kept = list(listed(subset, field))[:count]
        left -= len(kept)
        if field == "addresses":
            subset.pop("notReadyAddresses", None)
        subset.pop(field, None)
        if kept:
            subset[field] = kept
    return True
