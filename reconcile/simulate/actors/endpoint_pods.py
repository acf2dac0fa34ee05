"""What the controllers of endpoints know of Pods and Services.

1. Which Services a change of a Pod concerns, which Pods serve a Service, by which port.
2. When what led to a change of endpoints happened. The real controllers remember what they saw at
   their last look; here it is read from the log: a look follows each event that asks for one.

Source: k8s.io/endpointslice util/{controller_utils,trigger_time_tracker}.go and utils.go;
k8s.io/kubernetes pkg/controller/endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.parts import (
    about,
    condition_of,
    is_deleting,
    is_ready,
    labels_of,
    listed,
    spec_of,
    status_of,
)

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = [
    "HEADLESS",
    "TRIGGER",
    "addresses_of",
    "belongs",
    "has_address",
    "hash_of",
    "hostname_of",
    "pods_of",
    "port_of",
    "services_of",
    "trigger_time",
]

TRIGGER: Final = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS: Final = "service.kubernetes.io/headless"
_PRIME: Final = 0x0000000001000000000000000000013B
_BASIS: Final = 0x6C62272E07BB014262B821756295C58D


def selected(service: Mapping[str, Json], labels: Mapping[str, str]) -> bool:
    """Return whether a Service has a selector that labels match."""
    wanted: Mapping[str, str] = spec_of(service).get("selector") or {}
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def pods_of(api: Api, service: JsonObject) -> list[JsonObject]:
    """Return the Pods that a Service selects, by name."""
    namespace = str(about(service)["namespace"])
    return [each for each in api.list("v1", "Pod", namespace) if selected(service, labels_of(each))]


def services_of(event: Event, api: Api) -> Iterator[JsonObject]:
    """Yield the Services whose endpoints a change of a Pod may change."""
    change = _change(event)
    if change is None:
        return
    namespace = str(about(event.after)["namespace"])
    before, after, moved = change
    for service in api.list("v1", "Service", namespace):
        if _touched(service, before, after, moved=moved):
            yield service


def _touched(
    service: JsonObject, before: Mapping[str, str], after: Mapping[str, str], *, moved: bool
) -> bool:
    was, now = selected(service, before), selected(service, after)
    return (was or now) if moved else was != now


def _change(event: Event) -> tuple[Mapping[str, str], Mapping[str, str], bool] | None:
    """Return the labels of a Pod before and after a change, and whether its endpoint changed too.

    Shape: None if nothing of interest changed. A change of its place among hosts counts as one of
        labels, as it does for the real controllers.
    """
    new = event.after
    if event.before is None or event.type == "DELETED":
        return labels_of(new), labels_of(new), True
    old = event.before
    moved = (
        about(old).get("deletionTimestamp") != about(new).get("deletionTimestamp")
        or is_ready(old) != is_ready(new)
        or status_of(old).get("podIPs") != status_of(new).get("podIPs")
    )
    host = ("hostname", "subdomain")
    renamed = labels_of(old) != labels_of(new) or any(
        spec_of(old).get(field) != spec_of(new).get(field) for field in host
    )
    if not moved and not renamed:
        return None
    return labels_of(old) if renamed else labels_of(new), labels_of(new), moved


def belongs(pod: Mapping[str, Json], *, terminating: bool) -> bool:
    """Return whether a Pod has an address to be reached at and has not ended."""
    status = status_of(pod)
    if status.get("phase") in ("Failed", "Succeeded"):
        return False
    if not status.get("podIP") and not status.get("podIPs"):
        return False
    return terminating or not is_deleting(pod)


def hostname_of(pod: Mapping[str, Json], service: Mapping[str, Json]) -> str | None:
    """Return the name of a Pod within a Service, None if it has none."""
    spec = spec_of(pod)
    if spec.get("hostname") and spec.get("subdomain") == about(service)["name"]:
        return str(spec["hostname"])
    return None


def addresses_of(pod: Mapping[str, Json], family: str) -> list[str]:
    """Return the addresses of a Pod of a family, `IPv4` or `IPv6`."""
    found: list[str] = []
    for each in listed(status_of(pod), "podIPs"):
        try:
            address = ip_address(str(each.get("ip")))
        except ValueError:
            continue
        if isinstance(address, IPv6Address) is (family == "IPv6"):
            found.append(str(address))
    return found


def has_address(service: Mapping[str, Json]) -> bool:
    """Return whether a Service has an address of its own."""
    return spec_of(service).get("clusterIP") not in (None, "", "None")


def port_of(pod: Mapping[str, Json], port: Mapping[str, Any]) -> int | None:
    """Return the number of the port that a port of a Service stands for, None if a Pod has none."""
    target = port.get("targetPort")
    if not isinstance(target, str):
        return int(target) if target is not None else 0
    spec = spec_of(pod)
    sidecars = [
        each for each in listed(spec, "initContainers") if each.get("restartPolicy") == "Always"
    ]
    for container in (*listed(spec, "containers"), *sidecars):
        for each in listed(container, "ports"):
            if each.get("name") == target and each.get("protocol") == port.get("protocol"):
                return int(each["containerPort"])
    return None


def hash_of(text: str) -> str:
    """Return the FNV-1a hash of 128 bits, by which real controllers put ports in order."""
    made = _BASIS
    for byte in text.encode():
        made = (made ^ byte) * _PRIME % (1 << 128)
    return f"{made:032x}"


def trigger_time(api: Api, service: JsonObject, own: Iterable[str]) -> str | None:
    """Return when what asks for new endpoints of a Service happened, None if it has no time.

    Shape: `own` are the keys of what the controller made for the Service.
    Guarantees: for a new Service, when it was made; else the earliest change of readiness among
        its Pods that the last event brought.
    Cost: the log, back to the last event that concerns the Service.
    """
    namespace, name = str(about(service)["namespace"]), str(about(service)["name"])
    mine = set(own)
    about_service = f"/Service/{namespace}/{name}"
    about_pods = f"/Pod/{namespace}/"
    since = api.world.version
    for event in api.world.newest_first(0):
        if event.key == about_service and event.type == "ADDED":
            return str(about(service)["creationTimestamp"])
        if event.key in mine:
            since = event.version
            break
        if event.key == about_service or (event.key.startswith("/Node/") and event.type == "ADDED"):
            since = event.version - 1
            break
        if event.key.startswith(about_pods):
            change = _change(event)
            if change and _touched(service, change[0], change[1], moved=change[2]):
                since = event.version - 1
                break
    objects = api.world.objects_at(since, about_pods)
    known = {
        stored.metadata["name"]: _ready_since(stored.document)
        for stored in objects.values(about_pods)
        if selected(service, labels_of(stored.document))
    }
    times = [
        when
        for pod in pods_of(api, service)
        if (when := _ready_since(pod)) and when > known.get(about(pod)["name"], "")
    ]
    return min(times, default=None)


def _ready_since(pod: Mapping[str, Json]) -> str:
    """Return when the readiness of a Pod changed, an empty text if that is not known."""
    found = condition_of(pod, "Ready")
    return "" if found is None else str(found.get("lastTransitionTime") or "")
