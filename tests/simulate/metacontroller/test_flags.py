"""Facts about flags: those that change what is done are read, the others are taken."""

from __future__ import annotations

import pytest

from reconcile.simulate.metacontroller.flags import DEFAULTS, FlagError, Flags, duration, flags_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2.0), ("1m30s", 90.0), ("500ms", 0.5), ("1.5h", 5400.0), ("", 0.0), ("-1s", 0.0)],
)
def test_durations(text: str, seconds: float) -> None:
    """As Go writes them; none and below nothing are nothing."""
    assert duration(text) == seconds


def test_flags() -> None:
    """Each by its name; what is not said is as the real one has it."""
    assert flags_of([]) == DEFAULTS
    assert flags_of(["--leader-election", "--workers=1", "--client-go-qps=500"]) == DEFAULTS
    assert flags_of(
        [
            "--apply-strategy=server-side-apply",
            "--apply-strategy-ssa-field-manager=mine",
            "--cache-flush-interval=1m",
            "--target-label-selector=a=b",
            "--events-burst=3",
            "--events-qps=0.5",
        ]
    ) == Flags(
        server_side=True,
        field_manager="mine",
        resync=60.0,
        target_label_selector="a=b",
        events_burst=3.0,
        events_rate=0.5,
    )
    with pytest.raises(FlagError, match="--events-burst is not a number"):
        flags_of(["--events-burst=many"])
