"""resource.k8s.io. Shown by the recordings of claims and their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rule import Default, Rule, at, each

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["RESOURCE"]


def _of_a_class(holder: JsonObject, _root: JsonObject) -> bool:
    return "deviceClassName" in holder


def _exact(holder: JsonObject, _root: JsonObject) -> bool:
    return holder.get("allocationMode") == "ExactCount"


_REQUEST: Final = (
    Default("/allocationMode", "ExactCount"),
    Default("/count", 1, _exact),
)
_CLAIM: Final = (
    Default("/devices/requests/*/allocationMode", "ExactCount", _of_a_class),  # in v1beta1
    Default("/devices/requests/*/count", 1, _exact),
    *each(("/devices/requests/*/exactly", "/devices/requests/*/firstAvailable/*"), _REQUEST),
)
RESOURCE: Final[dict[str, tuple[Rule, ...]]] = {
    "ResourceClaim": at("/spec", _CLAIM),
    "ResourceClaimTemplate": at("/spec/spec", _CLAIM),
}
