"""networking.k8s.io. Shown by the recordings of Ingress, IngressClass and NetworkPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rule import Default, Rule

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["NETWORKING"]


def _directions(holder: JsonObject, _root: JsonObject) -> Json:
    """A policy is always about ingress, and about egress where it has rules for it."""
    return ["Ingress", "Egress"] if holder.get("egress") else ["Ingress"]


NETWORKING: Final[dict[str, tuple[Rule, ...]]] = {
    "Ingress": (Default("/spec/rules/*/http/paths/*/backend/resource/apiGroup", None),),
    "IngressClass": (Default("/spec/parameters/scope", "Cluster"),),
    "NetworkPolicy": (
        Default("/spec/policyTypes", _directions),
        Default("/spec/ingress/*/ports/*/protocol", "TCP"),
        Default("/spec/egress/*/ports/*/protocol", "TCP"),
    ),
}
