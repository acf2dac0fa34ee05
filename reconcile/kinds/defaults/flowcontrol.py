"""flowcontrol.apiserver.k8s.io. Shown by the recordings of its two kinds."""

from __future__ import annotations

from typing import Final

from ._rule import Default, Rule

__all__ = ["FLOWCONTROL"]

FLOWCONTROL: Final[dict[str, tuple[Rule, ...]]] = {
    "FlowSchema": (
        Default("/spec/matchingPrecedence", 1000),
        Default("/spec/rules/*/resourceRules/*/namespaces", None),
    ),
    "PriorityLevelConfiguration": (
        Default("/spec/limited/nominalConcurrencyShares", 30),
        Default("/spec/limited/lendablePercent", 0),
        Default("/spec/limited/limitResponse/queuing/queues", 64),
        Default("/spec/limited/limitResponse/queuing/handSize", 8),
        Default("/spec/limited/limitResponse/queuing/queueLengthLimit", 50),
    ),
}
