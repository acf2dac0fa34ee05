"""Load balancers of a cloud: Services of type LoadBalancer get an address, and give it back.

1. It is no part of the built-in controllers: who wants load balancers puts it beside them.
2. A Service is held by a finalizer as long as it has a load balancer.
3. Addresses are the lowest of 198.18.0.0/16 that no other Service has; what `loadBalancerIP` asks
   for is given.

Source: k8s.io/cloud-provider controllers/service/controller.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Final

from reconcile.simulate.actors.node_health import written_at
from reconcile.simulate.actors.parts import (
    about,
    changed,
    is_deleting,
    listed,
    place_of,
    spec_of,
    status_of,
)
from reconcile.simulate.actors.retrying import retrying
from reconcile.simulate.actors.waiting import Readiness, Wait

if TYPE_CHECKING:
    from reconcile.simulate.actors.actor import Api
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import Json, JsonObject

__all__ = ["LoadBalancers"]

_PREFIX: Final = "/Service/"
_FINALIZER: Final = "service.kubernetes.io/load-balancer-cleanup"
_HELD: Final = ("f:metadata", "f:finalizers", f'v:"{_FINALIZER}"')
_USER: Final = "cloud-controller-manager"
_FIRST: Final = IPv4Address("198.18.0.1")


class LoadBalancers:
    """Gives Services of type LoadBalancer their addresses.

    Shape: `load_balancer_class` is the class of the Services it works for, None for those that name
        none.
    Units: `seconds` after which an address is there, where `ready` is `slow`.
    Raises: DefinitionError for a word that is not known or a time that is negative.
    """

    name = "service-lb-controller"

    def __init__(
        self,
        ready: Readiness = "at once",
        *,
        seconds: float = 30.0,
        load_balancer_class: str | None = None,
    ) -> None:
        self.wait = Wait(ready, seconds).checked("LoadBalancers")
        self.load_balancer_class = load_balancer_class

    def concerned(self, event: Event, api: Api) -> Iterator[str]:
        """Yield Services that changed."""
        del api
        if event.key.startswith(_PREFIX) and event.type != "DELETED":
            yield event.key

    @retrying(_USER)
    def sync(self, api: Api, key: str) -> float | None:
        """Give one Service its load balancer, or take it away."""
        service = api.get("v1", "Service", *place_of(key))
        wants = service is not None and spec_of(service).get("type") == "LoadBalancer"
        if service is None or (wants and not self._is_mine(service)):
            return None
        held = _FINALIZER in (about(service).get("finalizers") or ())
        if is_deleting(service) or not wants:
            if held:
                _take(api, service)
            return None
        if not held:
            made = changed(service)
            finalizers = made["metadata"].setdefault("finalizers", [])
            finalizers.append(_FINALIZER)
            api.update(made)
            service = api.get("v1", "Service", *place_of(key)) or service
        if _ingress(service):
            return None
        left = self.wait.left(api, written_at(service, _HELD))
        if left == 0:
            _give(api, service)
            return None
        return left

    def _is_mine(self, service: Mapping[str, Json]) -> bool:
        return spec_of(service).get("loadBalancerClass") == self.load_balancer_class


def _ingress(service: Mapping[str, Json]) -> list[Mapping[str, Any]]:
    balancer: Mapping[str, Any] = status_of(service).get("loadBalancer") or {}
    return list(listed(balancer, "ingress"))


def _give(api: Api, service: JsonObject) -> None:
    asked = spec_of(service).get("loadBalancerIP")
    taken = {str(each.get("ip")) for other in api.list("v1", "Service") for each in _ingress(other)}
    address = _FIRST
    while str(address) in taken:
        address += 1
    made = changed(service)
    ingress: dict[str, Any] = {"ip": str(asked or address), "ipMode": "VIP"}
    made.setdefault("status", {})["loadBalancer"] = {"ingress": [ingress]}
    api.update(made, "status")


def _take(api: Api, service: JsonObject) -> None:
    """Take the load balancer away, then the finalizer, with which the Service may go."""
    if _ingress(service):
        made = changed(service)
        made["status"]["loadBalancer"] = {}
        api.update(made, "status")
        where = (str(about(service)["namespace"]), str(about(service)["name"]))
        service = api.get("v1", "Service", *where) or service
    made = changed(service)
    left = [each for each in made["metadata"]["finalizers"] if each != _FINALIZER]
    made["metadata"].pop("finalizers")
    if left:
        made["metadata"]["finalizers"] = left
    api.update(made)
