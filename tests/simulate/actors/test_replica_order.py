"""Which Pods go first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconcile.simulate.actors.replica_order import to_delete

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD = "2026-01-01T08:00:00Z"


def pod(name, *, node="n", phase="Running", ready=OLD, cost=None, restarts=0, made=OLD, uid=None):
    """Return a Pod; ready since a time, or None for one that is not."""
    conditions = [] if ready is None else [{"type": "Ready", "status": "True"}]
    if ready:
        conditions[0]["lastTransitionTime"] = ready
    notes = {} if cost is None else {"controller.kubernetes.io/pod-deletion-cost": cost}
    return {
        "metadata": {
            "name": name,
            "uid": uid or name,
            "annotations": notes,
            "creationTimestamp": made,
        },
        "spec": {"nodeName": node} if node else {},
        "status": {
            "phase": phase,
            "conditions": conditions,
            "containerStatuses": [{"name": "c", "restartCount": restarts}],
        },
    }


def _first(*pods, related=(), count=1):
    return [each["metadata"]["name"] for each in to_delete(pods, related, count, NOW)]


@pytest.mark.parametrize(
    "loses",
    [
        {"node": None},
        {"phase": "Pending"},
        {"phase": "Unknown"},
        {"ready": None},
        {"cost": "-1"},
        {"ready": "2026-01-01T11:59:00Z"},
        {"restarts": 1},
        {"made": "2026-01-01T11:59:00Z"},
    ],
    ids=str,
)
def test_each_rule_decides_where_all_before_it_do_not(loses):
    """Not bound, not running, not ready, cheap, ready lately, restarted, young: those go."""
    assert _first(pod("a"), pod("b", **loses), pod("c")) == ["b"]


@pytest.mark.parametrize("cost", ["+1", "01", "x", "", "1_0", "99999999999"])
def test_a_cost_that_is_no_number_is_none(cost):
    """Costs are numbers of 32 bits without a plus and without leading zeros."""
    assert _first(pod("a", cost=cost), pod("b", cost="-1")) == ["b"]
    assert _first(pod("a", cost="1"), pod("b", cost=cost)) == ["b"]


def test_pods_that_share_a_node_with_many_go_first():
    """All active Pods of the owner count, not only those to choose from."""
    crowd = [pod("x", node="full"), pod("y", node="full"), pod("z", node="free", phase="Failed")]
    pods = [pod("a", node="free"), pod("b", node="full")]
    assert _first(*pods, related=[*crowd, *pods]) == ["b"]


def test_ages_of_one_magnitude_are_alike():
    """Ages between two powers of two nanoseconds are told apart by the uid."""
    near = ("2026-01-01T11:59:00Z", "2026-01-01T11:58:55Z")
    one, other = pod("a", ready=near[0], uid="2"), pod("b", ready=near[1], uid="1")
    assert _first(one, other) == ["b"]


def test_a_time_that_is_not_told_is_the_youngest():
    """A Pod that is ready since nobody knows when goes before others."""
    assert _first(pod("a"), pod("b", ready="")) == ["b"]
    assert _first(pod("b", made=None), pod("a")) == ["b"]


def test_all_go_where_all_are_too_many():
    """Where nothing is to be chosen, the order stays."""
    assert _first(pod("a"), pod("b", node=None), count=2) == ["a", "b"]
    assert _first(pod("a"), pod("b"), count=0) == []
