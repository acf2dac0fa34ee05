"""Rows of pods; their cells are among the cases of workloads."""

from __future__ import annotations

import pytest

from reconcile.simulate.tables.pods import pod_conditions


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_is_over(phase: str) -> None:
    """The row of a pod that is over says so, for clients that hide it."""
    (condition,) = pod_conditions({"status": {"phase": phase}})
    assert condition["type"] == "Completed"
    assert condition["reason"] == phase
    assert condition["message"].startswith("The pod ")


def test_a_pod_that_is_not_over() -> None:
    """Other rows have no conditions."""
    assert pod_conditions({"status": {"phase": "Running"}}) == []
    assert pod_conditions({}) == []
