"""Whatever order things happen in, they end in the recorded world."""

from __future__ import annotations

import pytest

from tests.suites import shared
from tools.random_schedules import SCENARIOS, played

ORDERS = 200
CHOSEN = SCENARIOS[2::3]


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_random_orders_end_in_the_recorded_world(name: str) -> None:
    """Deliveries, syncs, collection and children in any order: one end."""
    shared("recordings", "metacontroller", name)
    ended = [played(name, seed) for seed in range(1000, 1000 + ORDERS // len(CHOSEN))]
    wrong = [
        (seed, each.differences) for seed, each in enumerate(ended, 1000) if each.verdict == "wrong"
    ]
    assert not wrong
    assert sum(each.steps for each in ended) > len(ended), "there was nothing to choose"


def test_orders_differ() -> None:
    """Other seeds choose other orders, the same seed the same one."""
    shared("recordings", "metacontroller", "composite_first")
    steps = [played("composite_first", seed).steps for seed in (1, 1, 2, 3, 4, 5)]
    assert steps[0] == steps[1]
    assert len(set(steps)) > 1
