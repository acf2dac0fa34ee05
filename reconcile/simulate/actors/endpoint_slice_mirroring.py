"""The mirroring controller: Endpoints that somebody made by hand, told in slices too.

1. Only for Services without a selector. Slices belong to the Endpoints and go with them.
2. A slice for each set of ports and family of addresses, of 1,000 addresses at most.

Source: k8s.io/kubernetes pkg/controller/endpointslicemirroring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.endpoint_pods import TRIGGER
from reconcile.simulate.actors.endpoint_slices import (
    GROUP,
    MANAGED_BY,
    PREFIX,
    SERVICE_NAME,
    Slice,
    identity,
    owners_of_slice,
    ports_key,
    slices_of,
    sorted_ports,
)
from reconcile.simulate.actors.endpoints import repacked
from reconcile.simulate.actors.parts import (
    about,
    annotations_of,
    changed,
    is_deleting,
    labels_of,
    listed,
    name_of,
    owner_reference,
    place_of,
    spec_of,
)
from reconcile.simulate.actors.retrying import retrying

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["EndpointSliceMirroringController"]

_ME: Final = "endpointslicemirroring-controller.k8s.io"
_MOST: Final = 1000
_SKIP: Final = "endpointslice.kubernetes.io/skip-mirror"
_LEADER: Final = "control-plane.alpha.kubernetes.io/leader"
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


class EndpointSliceMirroringController:
    """Keep the slices of Endpoints that are not made from Pods."""

    name = "endpointslice-mirroring-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield the Endpoints of a change."""
        del api
        kind, _, rest = event.key.removeprefix("/").partition("/")
        if kind == "Endpoints":
            if any(each is not None and _is_mirrored(each) for each in (event.before, event.after)):
                yield event.key
        elif kind == "Service":
            if event.type == "MODIFIED" and event.before is not None:
                if bool(spec_of(event.before).get("selector")) is not _selects(event.after):
                    yield f"/Endpoints/{rest}"
            elif not _selects(event.after):
                yield f"/Endpoints/{rest}"
        elif event.key.startswith(PREFIX):
            for namespace, name in owners_of_slice(event, _ME):
                yield f"/Endpoints/{namespace}/{name}"

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the slices of one object of Endpoints right."""
        namespace, name = place_of(key)
        held = slices_of(api, namespace, name, _ME)
        endpoints = api.get("v1", "Endpoints", namespace, name)
        service = api.get("v1", "Service", namespace, name)
        if endpoints is None or not _is_mirrored(endpoints) or service is None or _selects(service):
            for each in held:
                api.delete(each)
            return None
        _mirror(api, endpoints, held)
        return None


def _selects(service: Mapping[str, Any]) -> bool:
    return bool(spec_of(service).get("selector"))


def _is_mirrored(endpoints: Mapping[str, Any]) -> bool:
    return labels_of(endpoints).get(_SKIP) != "true" and _LEADER not in annotations_of(endpoints)


def _annotations(endpoints: JsonObject) -> dict[str, str]:
    return {
        key: value
        for key, value in annotations_of(endpoints).items()
        if key not in (TRIGGER, _APPLIED)
    }


_Key = tuple[str, tuple[str, ...]]
"""What tells the slices of one object apart: the family of addresses, and ports."""


def _wanted(
    endpoints: JsonObject,
) -> tuple[dict[_Key, dict[tuple[str, ...], dict[str, Any]]], dict[_Key, list[Mapping[str, Any]]]]:
    """Return which endpoints are to be told under which ports."""
    found: dict[_Key, dict[tuple[str, ...], dict[str, Any]]] = {}
    ports_of: dict[_Key, list[Mapping[str, Any]]] = {}
    for subset in repacked(listed(endpoints, "subsets")):
        ports = sorted_ports([_port(each) for each in listed(subset, "ports")])
        for family in ("IPv4", "IPv6"):
            found.setdefault((family, ports_key(ports)), {})
            ports_of[family, ports_key(ports)] = ports
        added = 0
        for ready, field in ((True, "addresses"), (False, "notReadyAddresses")):
            for address in listed(subset, field):
                if added >= _MOST:
                    break
                endpoint, family = _endpoint(address, ready=ready)
                if endpoint is not None:
                    added += 1
                    found[family, ports_key(ports)][identity(endpoint)] = endpoint
    return found, ports_of


def _port(port: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": port.get("name") or "", "protocol": port.get("protocol")}
    made["port"] = port.get("port")
    if port.get("appProtocol") is not None:
        made["appProtocol"] = port["appProtocol"]
    return made


def _endpoint(address: Mapping[str, Any], *, ready: bool) -> tuple[dict[str, Any] | None, str]:
    try:
        parsed = ip_address(str(address.get("ip")))
    except ValueError:
        return None, ""
    made: dict[str, Any] = {"addresses": [str(parsed)], "conditions": {"ready": ready}}
    for field in ("hostname", "targetRef", "nodeName"):
        if address.get(field):
            made[field] = address[field]
    return made, "IPv6" if isinstance(parsed, IPv6Address) else "IPv4"


def _mirror(api: Api, endpoints: JsonObject, held: list[JsonObject]) -> None:
    wanted, ports_of = _wanted(endpoints)
    by_key: dict[_Key, list[JsonObject]] = {}
    for each in held:
        key = (str(each["addressType"]), ports_key(listed(each, "ports")))
        by_key.setdefault(key, []).append(each)
    make: list[Slice] = []
    write: list[Slice] = []
    drop: list[JsonObject] = []
    for key, endpoints_wanted in wanted.items():
        slices = by_key.pop(key, [])
        if not endpoints_wanted:
            drop += slices
            continue
        drop += slices[1:]
        if slices and _is_right(slices[0], endpoints, endpoints_wanted):
            continue
        made = _slice(endpoints, key[0], ports_of[key])
        made["endpoints"] = sorted(endpoints_wanted.values(), key=lambda one: one["addresses"])
        made["endpoints"] = made["endpoints"][:_MOST]
        if slices:
            made["metadata"]["name"] = name_of(slices[0])
            write.append(made)
        else:
            made["metadata"]["generateName"] = f"{name_of(endpoints)}-"
            make.append(made)
    for slices in by_key.values():
        drop += slices
    for made in list(make):
        again = next((each for each in drop if each["addressType"] == made["addressType"]), None)
        if again is not None:
            make.remove(made)
            drop.remove(again)
            made["metadata"]["name"] = name_of(again)
            write.append(made)
    if not is_deleting(endpoints):
        for made in make:
            api.create(made)
    for made in write:
        api.update(made)
    for each in drop:
        api.delete(changed(each))


def _slice(endpoints: JsonObject, family: str, ports: Sequence[Mapping[str, Any]]) -> Slice:
    labels = {**labels_of(endpoints), SERVICE_NAME: name_of(endpoints), MANAGED_BY: _ME}
    metadata: dict[str, Any] = {
        "namespace": about(endpoints)["namespace"],
        "labels": labels,
        "ownerReferences": [owner_reference("v1", "Endpoints", endpoints)],
    }
    annotations = _annotations(endpoints)
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": GROUP,
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": family,
        "endpoints": None,
        "ports": list(ports) or None,
    }


def _is_right(
    held: JsonObject, endpoints: JsonObject, wanted: Mapping[tuple[str, ...], Mapping[str, Any]]
) -> bool:
    now = {identity(each): each for each in listed(held, "endpoints")}
    if now.keys() != wanted.keys():
        return False
    fields = ("conditions", "nodeName", "targetRef")
    for key, each in wanted.items():
        if any(now[key].get(field) != each.get(field) for field in fields):
            return False
    labels = {
        key: value
        for key, value in labels_of(held).items()
        if key not in (MANAGED_BY, SERVICE_NAME)
    }
    if labels != labels_of(endpoints) or annotations_of(held) != _annotations(endpoints):
        return False
    return not any(
        each.get("kind") == "Endpoints"
        and each.get("name") == name_of(endpoints)
        and each.get("uid") != about(endpoints)["uid"]
        for each in listed(about(held), "ownerReferences")
    )
