"""What every cluster has around the objects that a person looks at: left out of pictures.

1. Left out is what a server, the built-in controllers and Metacontroller make for themselves: the
   objects a server begins with, definitions and controller objects, Events, Leases, Endpoints, and
   the ServiceAccount and the certificate that each namespace gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from reconcile.objects.ref import Ref
from reconcile.simulate.api_server import ApiServer

if TYPE_CHECKING:
    from reconcile.simulate.cluster import Cluster
    from reconcile.value.types import JsonObject

__all__ = ["DEFINITION", "objects", "scenery"]

DEFINITION: Final = "CustomResourceDefinition"
_KINDS: Final = frozenset(
    {
        ("", "Endpoints"),
        ("", "Event"),
        ("", "Namespace"),
        ("apiextensions.k8s.io", DEFINITION),
        ("coordination.k8s.io", "Lease"),
        ("events.k8s.io", "Event"),
        ("metacontroller.k8s.io", "CompositeController"),
        ("metacontroller.k8s.io", "DecoratorController"),
    }
)
_NAMES: Final = frozenset(
    {
        ("ServiceAccount", "default"),
        ("ConfigMap", "kube-apiserver-legacy-service-account-token-tracking"),
        ("ConfigMap", "kube-root-ca.crt"),
        ("EndpointSlice", "kubernetes"),
    }
)


def scenery(ref: Ref) -> bool:
    """Return whether an object is left out of pictures."""
    if (ref.gvk.group, ref.gvk.kind) in _KINDS or (ref.gvk.kind, ref.name) in _NAMES:
        return True
    return (ref.gvk.kind, ref.namespace, ref.name) in _first()


@cache
def _first() -> frozenset[tuple[str, str, str]]:
    """Return kind, namespace and name of what a server begins with."""
    refs = (Ref.of(held.document) for held in ApiServer().world.objects.values())
    return frozenset((ref.gvk.kind, ref.namespace, ref.name) for ref in refs)


def objects(cluster: Cluster) -> Iterator[tuple[Ref, JsonObject]]:
    """Yield the objects of a cluster that pictures show, read-only, by kind, namespace and name."""
    found: list[tuple[Ref, JsonObject]] = []
    server = cluster.server
    for held in server.world.objects.values():
        api_version, kind = str(held.document["apiVersion"]), str(held.document["kind"])
        served = server.catalogue.find_kind(api_version, kind)
        shown = held.document if served is None else served.shown(held)
        ref = Ref.of(shown)
        if not scenery(ref):
            found.append((ref, shown))
    yield from sorted(found, key=lambda each: each[0])
