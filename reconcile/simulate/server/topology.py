"""Where a Node is, which its Pods are told as labels of their own.

Source: k8s.io/kubernetes plugin/pkg/admission/podtopologylabels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconcile.simulate.server.store import World
    from reconcile.value.types import JsonObject

__all__ = ["give_place", "place_of"]

_LABELS: Final = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


def place_of(world: World, node: str) -> JsonObject:
    """Return the labels of a Node that say where it is, none if there is no such Node."""
    held = world.objects.get(f"/Node/{node}")
    labels: JsonObject = (held.metadata.get("labels") if held else None) or {}
    return {name: labels[name] for name in _LABELS if name in labels}


def give_place(world: World, pod: JsonObject) -> None:
    """Give a Pod that is made for a Node the labels of its place, whatever it had there."""
    spec = pod.get("spec")
    node = spec.get("nodeName") if isinstance(spec, dict) else None
    if not isinstance(node, str) or not node:
        return
    place = place_of(world, node)
    metadata = pod.get("metadata")
    if place and isinstance(metadata, dict):
        held = metadata.get("labels")
        metadata["labels"] = {**(held if isinstance(held, dict) else {}), **place}
