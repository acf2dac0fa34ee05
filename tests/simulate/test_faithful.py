"""The page that says how faithful the simulated programs are: its numbers are those of a replay."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import pytest

from tests.conversations import DIFFERENT, NAMES
from tests.recordings import conversations
from tests.runs import DIFFERENT as DIFFERENT_RUNS
from tests.runs import RUNS, recorded

TOOL = Path(__file__).resolve().parents[2] / "tools" / "faithful_table.py"


@cache
def _tool():
    spec = importlib.util.spec_from_file_location("faithful_table", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _page():
    return _tool().PAGE.read_text(encoding="utf-8")


def _sums(section):
    """Return the numbers of the last line of a table."""
    _, _, rest = _page().partition(f"<!-- {section}: begin -->")
    (line,) = [each for each in rest.partition(" end -->")[0].splitlines() if "| all |" in each]
    return [int(each) for each in line.split("|") if each.strip().isdecimal()]


@pytest.mark.parametrize(
    "section",
    [
        pytest.param("counted", marks=pytest.mark.slow),
        pytest.param("workloads", marks=pytest.mark.slow),
        pytest.param("metacontroller", marks=pytest.mark.slow),
    ],
)
def test_the_page_is_what_a_replay_counts(section):
    """Whoever changes what is equal writes the page anew."""
    assert _tool().page(_page(), section) == _page()


@pytest.mark.slow
def test_every_conversation_has_a_topic():
    """The rows of the table add up to all conversations."""
    rows = {name: row for name, row in _tool().counted().items() if "created" not in name}
    assert sum(row.played for row in rows.values()) == len(NAMES)
    assert sum(row.played - row.equal for row in rows.values()) == len(DIFFERENT)
    assert all(row.equal <= row.played and row.same <= row.steps for row in rows.values())


def test_every_conversation_with_controllers_has_a_topic():
    """The page counts each of them, and each of their steps, once."""
    played, equal, differ, steps, same = _sums("workloads")
    held = conversations("workloads").values()
    assert (played, steps) == (len(held), sum(len(each["steps"]) for each in held))
    assert (equal + differ, same <= steps) == (played, True)


def test_every_run_has_an_area_and_a_strategy():
    """The page counts each run and each of its steps once, and as many differ as are listed."""
    played, equal, differ, steps, same, default = _sums("metacontroller")
    assert (played, steps) == (len(RUNS), sum(len(recorded(name)["steps"]) for name in RUNS))
    assert (equal + differ, differ) == (played, len(DIFFERENT_RUNS))
    assert default <= equal
    assert same <= steps


def test_how_children_are_applied_is_read_off_the_flags():
    """Those of the whole run, and those of a process that is started again with others."""
    server = ["--apply-strategy=server-side-apply"]
    again = {"do": "restart", "flags": ["--apply-strategy=dynamic-apply"]}
    strategy = _tool().strategy
    assert strategy({"flags": [], "steps": [{"do": "restart"}]}) == "dynamic"
    assert strategy({"flags": server, "steps": [{"do": "create"}]}) == "server-side"
    assert strategy({"flags": server, "steps": [again]}) == "both"
