"""One rich scenario tells the same bytes in every process (rule 7.11: order is a parameter here)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.determinism import told

ROOT = Path(__file__).resolve().parents[3]
RUNS = (("0", "plain"), ("1", "plain"), ("2", None), ("4711", "plain"), ("4294967295", None))


@pytest.mark.slow
def test_the_same_scenario_tells_the_same_bytes_in_every_process() -> None:
    """Neither the seed of hashes nor the build shows in history, calls, events or worlds."""
    found = {told(sys.executable, ROOT, int(seed), build) for seed, build in RUNS}
    assert len(found) == 1
    both = found.pop()
    assert [each.strategy for each in both] == ["dynamic", "server-side"]
    assert all(each.changes > 100 and each.calls > 40 for each in both)
    assert len({each.digest for each in both}) == 2
