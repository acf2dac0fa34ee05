"""resource.k8s.io. Shown by the recordings of claims, their templates and slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rule import Default, Rule, at, each

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["RESOURCE"]


def _of_a_class(holder: JsonObject, _root: JsonObject) -> bool:
    return "deviceClassName" in holder


def _in_v1beta1(_holder: JsonObject, root: JsonObject) -> bool:
    return root.get("apiVersion") == "resource.k8s.io/v1beta1"


def _exact(holder: JsonObject, _root: JsonObject) -> bool:
    return holder.get("allocationMode") == "ExactCount"


_REQUEST: Final = (
    Default("/allocationMode", "ExactCount"),
    Default("/count", 1, _exact),
)
_CLAIM: Final = (
    Default("/devices/requests", None),
    Default("/devices/requests/*/allocationMode", "ExactCount", _of_a_class),  # in v1beta1
    Default("/devices/requests/*/count", 1, _exact),
    *each(("/devices/requests/*/exactly", "/devices/requests/*/firstAvailable/*"), _REQUEST),
)
RESOURCE: Final[dict[str, tuple[Rule, ...]]] = {
    "ResourceClaim": at("/spec", _CLAIM),
    "ResourceClaimTemplate": at("/spec/spec", _CLAIM),
    # Later versions have the members of `basic` in the device itself.
    "ResourceSlice": (Default("/spec/devices/*/basic", {}, _in_v1beta1),),
}
