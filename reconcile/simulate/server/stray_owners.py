"""Owners that are looked for in the wrong namespace: the garbage collector tells of them by events.

1. A reference names no namespace: the owner of a namespaced object is looked for in its own. Where
   the owner with that uid lives elsewhere, an event on the dependent says so.

Source: k8s.io/kubernetes pkg/controller/garbagecollector/graph_builder.go; recorded events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.api_server import ApiServer
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonObject

__all__ = ["COLLECTOR", "report"]

COLLECTOR: Final = "garbage-collector-controller"
"""Who the events come from."""
_USER: Final = "kube-controller-manager"
_REASON: Final = "OwnerRefInvalidNamespace"


def report(server: ApiServer, since: int) -> None:
    """Emit an event for each object that came to refer to an owner elsewhere after a version."""
    for event in server.world.events(since):
        if event.type == "DELETED":
            continue
        for owner in _fresh(event):
            if _strays(server, event.after, owner):
                _emit(server, event.after, owner)


def _fresh(event: Event) -> Iterator[Mapping[str, Any]]:
    """Yield the owner references that an event adds to an object."""
    owners = cast("Mapping[str, Any]", event.after["metadata"]).get("ownerReferences") or ()
    if not owners:
        return
    before = event.before
    known = (
        ()
        if before is None
        else cast("Mapping[str, Any]", before["metadata"]).get("ownerReferences") or ()
    )
    uids = {owner.get("uid") for owner in known}
    for owner in owners:
        if owner.get("uid") not in uids:
            yield owner


def _strays(server: ApiServer, dependent: JsonObject, owner: Mapping[str, Any]) -> bool:
    kind = server.catalogue.find_kind(str(owner.get("apiVersion")), str(owner.get("kind")))
    if kind is None or not kind.served.namespaced:
        return False
    namespace = cast("Mapping[str, Any]", dependent["metadata"]).get("namespace", "")
    objects = server.world.objects
    if namespace:
        found = objects.get(kind.key(namespace, str(owner.get("name"))))
        if found is not None and found.metadata.get("uid") == owner.get("uid"):
            return False
    return any(held.metadata.get("uid") == owner.get("uid") for held in objects.values(kind.prefix))


def _emit(server: ApiServer, dependent: JsonObject, owner: Mapping[str, Any]) -> None:
    metadata = cast("Mapping[str, Any]", dependent["metadata"])
    namespace = metadata.get("namespace", "")
    identity = (
        f"[{owner.get('apiVersion')}/{owner.get('kind')}, namespace: {namespace}, "
        f"name: {owner.get('name')}, uid: {owner.get('uid')}]"
    )
    now = server.world.now
    about: JsonObject = {
        "kind": dependent.get("kind", ""),
        "apiVersion": dependent.get("apiVersion", ""),
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    if namespace:
        about["namespace"] = namespace
    place = namespace or "default"
    event: JsonObject = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name']}.{server.world.serial:x}", "namespace": place},
        "involvedObject": about,
        "reason": _REASON,
        "message": f'ownerRef {identity} does not exist in namespace "{namespace}"',
        "source": {"component": COLLECTOR},
        "firstTimestamp": stamp(now),
        "lastTimestamp": stamp(now),
        "count": 1,
        "type": "Warning",
        "reportingComponent": COLLECTOR,
    }
    server.request("POST", f"/api/v1/namespaces/{place}/events", body=event, user=_USER)
