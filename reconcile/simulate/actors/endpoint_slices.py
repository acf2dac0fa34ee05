"""The EndpointSlice controller: slices for each Service that has a selector.

1. Slices are sorted by ports; a slice holds 100 endpoints at most. What a slice holds stays in it.
2. A Service without endpoints has one empty slice. A Pod on a Node that is not known is left out
   until the Node is there.

Source: k8s.io/endpointslice {reconciler,utils}.go, trafficdist/trafficdist.go; k8s.io/kubernetes
pkg/controller/endpointslice. Hints by topology (annotation `topology-mode: Auto`) are not given.
"""

from __future__ import annotations

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
    changed,
    is_deleting,
    is_ready,
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

__all__ = [
    "GROUP",
    "MANAGED_BY",
    "MOST",
    "PREFIX",
    "SERVICE_NAME",
    "EndpointSliceController",
    "Slice",
    "identity",
    "owners_of_slice",
    "ports_key",
    "slices_of",
    "sorted_ports",
]

GROUP: Final = "discovery.k8s.io/v1"
PREFIX: Final = "discovery.k8s.io/EndpointSlice/"
SERVICE_NAME: Final = "kubernetes.io/service-name"
MANAGED_BY: Final = "endpointslice.kubernetes.io/managed-by"
MOST: Final = 100
_ME: Final = "endpointslice-controller.k8s.io"
_RESERVED: Final = (SERVICE_NAME, MANAGED_BY, HEADLESS)
_ZONE: Final = "topology.kubernetes.io/zone"
_MODES: Final = (
    "service.kubernetes.io/topology-aware-hints",
    "service.kubernetes.io/topology-mode",
)
_CLOSE: Final = ("PreferClose", "PreferSameZone", "PreferSameNode")

Slice = dict[str, Any]
"""A slice that can be changed; one without a name is still to be made."""


class EndpointSliceController:
    """Keep the slices of Services."""

    name = "endpointslice-controller"

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield the Services of a change."""
        if event.key.startswith("/Service/"):
            yield event.key
        elif event.key.startswith("/Pod/"):
            for service in services_of(event, api):
                yield f"/Service/{about(service)['namespace']}/{name_of(service)}"
        elif event.key.startswith(PREFIX):
            for namespace, name in owners_of_slice(event, _ME):
                yield f"/Service/{namespace}/{name}"
        elif event.key.startswith("/Node/") and event.type == "ADDED":
            # The real controller tries again and again; what it waits for is the Node.
            yield from _waiting(event, api)

    @retrying()
    def sync(self, api: Api, key: str) -> float | None:
        """Put the slices of one Service right."""
        namespace, name = place_of(key)
        service = api.get("v1", "Service", namespace, name)
        if service is None:
            return None
        spec = spec_of(service)
        if spec.get("type") == "ExternalName" or not spec.get("selector"):
            return None
        held = [each for each in slices_of(api, namespace, name, _ME) if not is_deleting(each)]
        families: Sequence[str] = spec.get("ipFamilies") or ["IPv4"]
        plan = _Plan()
        plan.drop = [each for each in held if each["addressType"] not in families]
        for family in families:
            mine = [changed(each) for each in held if each["addressType"] == family]
            plan.add(_planned(api, service, mine, family))
        own = [f"{PREFIX}{namespace}/{name_of(each)}" for each in held]
        _carry_out(api, service, plan, own)
        return None


def owners_of_slice(event: Event, manager: str) -> list[tuple[str, str]]:
    """Return namespace and name of whatever a slice is or was of, if somebody manages it."""
    namespace = str(about(event.after)["namespace"])
    seen: dict[tuple[str, str], None] = {}
    for document in (event.before, event.after):
        if document is None or labels_of(document).get(MANAGED_BY) != manager:
            continue
        name = labels_of(document).get(SERVICE_NAME)
        if name:
            seen[namespace, name] = None
    return list(seen)


def _waiting(event: Event, api: Api) -> Iterator[str]:
    """Yield the Services that have Pods on a new Node."""
    node = str(about(event.after)["name"])
    spaces = [
        str(about(pod)["namespace"])
        for pod in api.list("v1", "Pod")
        if spec_of(pod).get("nodeName") == node
    ]
    for namespace in dict.fromkeys(spaces):
        for service in api.list("v1", "Service", namespace):
            if any(spec_of(pod).get("nodeName") == node for pod in pods_of(api, service)):
                yield f"/Service/{namespace}/{name_of(service)}"


def slices_of(api: Api, namespace: str, service: str, manager: str) -> list[JsonObject]:
    """Return the slices of a Service that somebody manages, by name."""
    return [
        each
        for each in api.list(GROUP, "EndpointSlice", namespace)
        if labels_of(each).get(SERVICE_NAME) == service
        and labels_of(each).get(MANAGED_BY) == manager
    ]


class _Plan:
    """What is to be written."""

    def __init__(self) -> None:
        self.make: list[Slice] = []
        self.write: list[Slice] = []
        self.drop: list[Mapping[str, Any]] = []

    def add(self, other: _Plan) -> None:
        self.make += other.make
        self.write += other.write
        self.drop += other.drop


def ports_key(ports: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
    """Return what tells slices with other ports apart."""
    return tuple(sorted(_port_order(each) for each in ports or ()))


def sorted_ports(ports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return ports in the order in which real controllers write them."""
    return sorted(ports, key=_port_order)


def _port_order(port: Mapping[str, Any]) -> str:
    def told(kind: str, value: object) -> str:
        return f"(*{kind}){'<nil>' if value is None else value}"

    return hash_of(
        f"(v1.EndpointPort){{Name:{told('string', port.get('name'))} "
        f"Protocol:{told('v1.Protocol', port.get('protocol'))} "
        f"Port:{told('int32', port.get('port'))} "
        f"AppProtocol:{told('string', port.get('appProtocol'))}}}"
    )


def identity(endpoint: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what makes two endpoints the same one, whatever their conditions."""
    target: Mapping[str, Any] = endpoint.get("targetRef") or {}
    who = (endpoint.get("hostname") or "", target.get("namespace") or "", target.get("name") or "")
    return (*who, *sorted(endpoint["addresses"]))


_SHOWN: Final = ("nodeName", "zone", "conditions", "targetRef")


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(field) == other.get(field) for field in _SHOWN)


def _planned(api: Api, service: JsonObject, held: list[Slice], family: str) -> _Plan:
    """Return what is to be done for the addresses of a family."""
    uid = about(service)["uid"]
    plan = _Plan()
    by_ports: dict[tuple[str, ...], list[Slice]] = {}
    for each in held:
        if any(owner["uid"] == uid for owner in listed(about(each), "ownerReferences")):
            by_ports.setdefault(ports_key(each.get("ports")), []).append(each)
        else:
            plan.drop.append(each)
    wanted: dict[tuple[str, ...], dict[tuple[str, ...], dict[str, Any]]] = {}
    ports_of: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for pod in pods_of(api, service):
        if not belongs(pod, terminating=True):
            continue
        ports = sorted_ports(_ports(service, pod))
        key = ports_key(ports)
        ports_of.setdefault(key, ports)
        endpoints = wanted.setdefault(key, {})
        node = api.get("v1", "Node", "", str(spec_of(pod).get("nodeName") or "?"))
        if node is None and spec_of(service).get("publishNotReadyAddresses") is not True:
            continue
        endpoint = _endpoint(pod, node, service, family)
        if endpoint["addresses"]:
            endpoints[identity(endpoint)] = endpoint
    for key, endpoints in wanted.items():
        shape = _new(service, family, ports_of[key])
        plan.add(_shared_out(service, by_ports.get(key, []), endpoints, shape))
    for key, slices in by_ports.items():
        if key not in wanted:
            plan.drop += slices
    if len(plan.drop) == len(held) and not plan.make:
        empty = _new(service, family, [])
        if len(plan.drop) == 1 and _is_placeholder(plan.drop[0], empty):
            plan.drop = []
        else:
            plan.make.append(empty)
    return _hinted(service, held, plan)


def _is_placeholder(held: Mapping[str, Any], empty: Slice) -> bool:
    labels = labels_of(held) == labels_of(empty)
    return labels and not held.get("endpoints") and not held.get("ports")


def _ports(service: JsonObject, pod: JsonObject) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for port in listed(spec_of(service), "ports"):
        number = port_of(pod, port)
        if number is None:
            continue
        one: dict[str, Any] = {"name": port.get("name") or "", "protocol": port.get("protocol")}
        one["port"] = number
        if port.get("appProtocol") is not None:
            one["appProtocol"] = port["appProtocol"]
        made.append(one)
    return made


def _endpoint(
    pod: JsonObject, node: JsonObject | None, service: JsonObject, family: str
) -> dict[str, Any]:
    serving, terminating = is_ready(pod), is_deleting(pod)
    publish = spec_of(service).get("publishNotReadyAddresses") is True
    known = about(pod)
    made: dict[str, Any] = {
        "addresses": addresses_of(pod, family),
        "conditions": {
            "ready": publish or (serving and not terminating),
            "serving": serving,
            "terminating": terminating,
        },
    }
    hostname = hostname_of(pod, service)
    if hostname:
        made["hostname"] = hostname
    made["targetRef"] = {
        "kind": "Pod",
        "namespace": known["namespace"],
        "name": known["name"],
        "uid": known["uid"],
    }
    if spec_of(pod).get("nodeName"):
        made["nodeName"] = spec_of(pod)["nodeName"]
    if node is not None and labels_of(node).get(_ZONE):
        made["zone"] = labels_of(node)[_ZONE]
    return made


def _labels(service: JsonObject) -> dict[str, str]:
    labels = {key: value for key, value in labels_of(service).items() if key not in _RESERVED}
    if not has_address(service):
        labels[HEADLESS] = ""
    labels[SERVICE_NAME] = name_of(service)
    labels[MANAGED_BY] = _ME
    return labels


def _new(service: JsonObject, family: str, ports: Sequence[Mapping[str, Any]]) -> Slice:
    return {
        "apiVersion": GROUP,
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{name_of(service)}-",
            "namespace": about(service)["namespace"],
            "labels": _labels(service),
            "ownerReferences": [owner_reference("v1", "Service", service)],
        },
        "addressType": family,
        "endpoints": None,
        "ports": list(ports) or None,
    }


def _other_labels(document: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in labels_of(document).items() if key not in _RESERVED}


def _shared_out(
    service: JsonObject,
    held: list[Slice],
    wanted: dict[tuple[str, ...], dict[str, Any]],
    shape: Slice,
) -> _Plan:
    """Share endpoints out among slices with the same ports."""
    plan = _Plan()
    unchanged: list[Slice] = []
    left = dict(wanted)
    for each in held:
        before = listed(each, "endpoints")
        kept = [left.pop(identity(one)) for one in before if identity(one) in left]
        same = len(kept) == len(before) and all(map(_same, kept, before))
        if same and _other_labels(each) == _other_labels(service):
            unchanged.append(each)
            continue
        if not same and not kept:
            plan.drop.append(each)
            continue
        if not same:
            each["endpoints"] = kept
        each["metadata"]["labels"] = _labels(service)
        plan.write.append(each)
    rest = sorted(left.values(), key=lambda one: (one["addresses"], identity(one)))
    for each in sorted(plan.write, key=lambda one: -len(one.get("endpoints") or ())):
        rest = _filled(each, rest)
    while rest:
        room = [
            (MOST - len(rest) - len(listed(each, "endpoints")), place)
            for place, each in enumerate(unchanged)
        ]
        fitting = [found for found in room if 0 <= found[0] < MOST]
        if len(rest) < MOST and fitting:
            target = unchanged.pop(min(fitting)[1])
            plan.write.append(target)
        else:
            target = changed(shape)
            plan.make.append(target)
        rest = _filled(target, rest)
    return plan


def _filled(target: Slice, rest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put endpoints into a slice as far as there is room; return what is left."""
    now = list(listed(target, "endpoints"))
    room = MOST - len(now)
    target["endpoints"] = [*now, *rest[:room]] or None
    return rest[room:]


def _hinted(service: JsonObject, held: list[Slice], plan: _Plan) -> _Plan:
    """Say for whom endpoints are, if the Service wants its traffic to stay near."""
    annotations: Mapping[str, str] = about(service).get("annotations") or {}
    mode = next((annotations[each] for each in _MODES if each in annotations), "")
    near = spec_of(service).get("trafficDistribution")
    near = near if near in _CLOSE and mode not in ("Auto", "auto") else None
    busy = {name_of(each) for each in (*plan.write, *plan.drop)}
    for each in held:
        if name_of(each) not in busy and _hint(changed(each), near):
            _hint(each, near)
            plan.write.append(each)
    for each in (*plan.make, *plan.write):
        _hint(each, near)
    return plan


def _hint(target: Slice, near: str | None) -> bool:
    """Write hints into a slice; return whether that changed it."""
    moved = False
    for endpoint in target.get("endpoints") or ():
        hints: dict[str, Any] = {}
        if near is not None:
            if not endpoint["conditions"].get("ready"):
                continue
            if endpoint.get("zone"):
                hints["forZones"] = [{"name": endpoint["zone"]}]
            if endpoint.get("nodeName") and near == "PreferSameNode":
                hints["forNodes"] = [{"name": endpoint["nodeName"]}]
        if hints == (endpoint.get("hints") or {}):
            continue
        moved = True
        endpoint.pop("hints", None)
        if hints:
            endpoint["hints"] = hints
    return moved


def _carry_out(api: Api, service: JsonObject, plan: _Plan, own: list[str]) -> None:
    """Write what is planned; a slice that would go is used for one that would come."""
    uid = about(service)["uid"]
    drop: list[Mapping[str, Any]] = []
    for each in plan.drop:
        family = each["addressType"]
        owned = any(one["uid"] == uid for one in listed(about(each), "ownerReferences"))
        if plan.make and owned and plan.make[-1]["addressType"] == family:
            again = plan.make.pop()
            again["metadata"]["name"] = name_of(each)
            plan.write.append(again)
        else:
            drop.append(each)
    when = trigger_time(api, service, own) if plan.make or plan.write else None
    for each in (*plan.make, *plan.write):
        metadata = each["metadata"]
        annotations = dict(metadata.get("annotations") or {})
        annotations.pop(TRIGGER, None)
        if when:
            annotations[TRIGGER] = when
        metadata.pop("annotations", None)
        if annotations:
            metadata["annotations"] = annotations
    if not is_deleting(service):
        for each in plan.make:
            if api.create(each).status >= 300:
                return
    for each in plan.write:
        if api.update(each).status >= 300:
            return
    for each in drop:
        api.delete(changed(each))
