"""When ready Pods count as available."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconcile.simulate.actors.available import is_available, next_available

_NOW = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)


def _pod(second=None, status="True"):
    condition = {"type": "Ready", "status": status}
    if second is not None:
        condition["lastTransitionTime"] = f"2026-01-01T00:00:{second:02}Z"
    return {"metadata": {}, "status": {"conditions": [condition]}}


@pytest.mark.parametrize(
    ("pod", "seconds", "expected"),
    [
        (_pod(30), 0, True),
        (_pod(None), 0, True),
        (_pod(None), 1, False),
        (_pod(30), 1, False),
        (_pod(25), 5, True),
        (_pod(26), 5, False),
        (_pod(0, "False"), 5, False),
        ({"metadata": {}}, 0, False),
    ],
)
def test_a_pod_is_available_when_it_has_been_ready_long_enough(pod, seconds, expected):
    """Exactly so long is enough; without a minimum, ready is available."""
    assert is_available(pod, seconds, _NOW) is expected


def test_the_next_look_is_when_the_first_of_the_others_is_available():
    """Those that are available already, or are not ready, do not count."""
    pods = [_pod(10), _pod(25), _pod(27), _pod(0, "False"), _pod(None)]
    assert next_available(pods, 10, _NOW) == 5
    assert next_available(pods[:1], 10, _NOW) is None
    assert next_available(pods, 0, _NOW) is None
