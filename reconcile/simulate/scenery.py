"""What every cluster has around the objects that a person looks at: left out of pictures.

1. Left out is what a server, the built-in controllers and Metacontroller make for themselves: the
   objects a server begins with, definitions and controller objects, Events, Leases, Endpoints, and
   the ServiceAccount and the certificate that each namespace gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.objects.ref import Ref

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
        ("ConfigMap", "kube-root-ca.crt"),
        ("Service", "kubernetes"),
        ("EndpointSlice", "kubernetes"),
        ("PriorityClass", "system-cluster-critical"),
        ("PriorityClass", "system-node-critical"),
    }
)


def scenery(ref: Ref) -> bool:
    """Return whether an object is left out of pictures."""
    return (ref.gvk.group, ref.gvk.kind) in _KINDS or (ref.gvk.kind, ref.name) in _NAMES


def objects(cluster: Cluster) -> Iterator[tuple[Ref, JsonObject]]:
    """Yield the objects of a cluster that pictures show, read-only, by kind, namespace and name."""
    found: list[tuple[Ref, JsonObject]] = []
    server = cluster.server
    for held in server.world.objects.values(""):
        about = cast("dict[str, Any]", held.document["metadata"])
        api_version, kind = str(held.document["apiVersion"]), str(held.document["kind"])
        served = server.catalogue.find_kind(api_version, kind)
        shown = held.document if served is None else served.shown(held)
        ref = Ref.of(shown)
        if not scenery(ref) and about:
            found.append((ref, shown))
    yield from sorted(found, key=lambda each: each[0])
