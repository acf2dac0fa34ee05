"""discovery.k8s.io and events.k8s.io. Shown by the recordings of their two kinds."""

from __future__ import annotations

from typing import Final

from ._rule import Default, Rule

__all__ = ["DISCOVERY", "EVENTS"]

DISCOVERY: Final[dict[str, tuple[Rule, ...]]] = {
    "EndpointSlice": (
        Default("/endpoints", None),
        Default("/ports", None),
        Default("/ports/*/name", ""),
        Default("/ports/*/protocol", "TCP"),
    ),
}
EVENTS: Final[dict[str, tuple[Rule, ...]]] = {
    "Event": (
        Default("/deprecatedFirstTimestamp", None),
        Default("/deprecatedLastTimestamp", None),
    ),
}
