"""The page that says how faithful the simulated API server is: its numbers are those of a replay."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from tests.conversations import DIFFERENT, NAMES

TOOL = Path(__file__).resolve().parents[2] / "tools" / "faithful_table.py"


@cache
def _tool():
    spec = importlib.util.spec_from_file_location("faithful_table", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_a_replay_counts():
    """Whoever changes what is equal writes the page anew."""
    before = _tool().PAGE.read_text(encoding="utf-8")
    assert _tool().page(before) == before


def test_every_conversation_has_a_topic():
    """The rows of the table add up to all conversations."""
    rows = {name: row for name, row in _tool().counted().items() if "created" not in name}
    assert sum(row[0] for row in rows.values()) == len(NAMES)
    assert sum(row[0] - row[1] for row in rows.values()) == len(DIFFERENT)
    assert all(row[1] <= row[0] and row[3] <= row[2] for row in rows.values())
