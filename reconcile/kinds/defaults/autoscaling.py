"""autoscaling, whose two versions differ. Shown by the recordings of HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._rule import Change, Default, Rule

if TYPE_CHECKING:
    from reconcile.value.types import Json, JsonObject

__all__ = ["AUTOSCALING_V1", "AUTOSCALING_V2"]

_DOWN: Final[JsonObject] = {
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}
_UP: Final[JsonObject] = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_CPU: Final[Json] = [
    {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
]


def _directions(holder: JsonObject, _root: JsonObject) -> None:
    """Complete what is said of one direction; the other one is as if nothing was said."""
    for name, built_in in (("scaleDown", _DOWN), ("scaleUp", _UP)):
        known = holder.get(name)
        holder[name] = {**built_in, **(known if isinstance(known, dict) else {})}


AUTOSCALING_V1: Final[dict[str, tuple[Rule, ...]]] = {
    "HorizontalPodAutoscaler": (
        Default("/spec/minReplicas", 1),
        Default("/spec/targetCPUUtilizationPercentage", 80),
    ),
}
AUTOSCALING_V2: Final[dict[str, tuple[Rule, ...]]] = {
    "HorizontalPodAutoscaler": (
        Default("/spec/minReplicas", 1),
        Default("/spec/metrics", _CPU),
        Change("/spec/behavior", _directions),
        Default("/status/currentMetrics", None),
    ),
}
