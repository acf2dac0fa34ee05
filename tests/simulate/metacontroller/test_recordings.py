"""Every recorded run of the real Metacontroller, played on the simulated one."""

from __future__ import annotations

import pytest

from reconcile.simulate.metacontroller.comparing import compare_runs
from tests.conversations import judge
from tests.recordings import files
from tests.runs import DIFFERENT, RUNS, differences, produced, recorded

QUICK = (
    "composite_first",
    "customize_unselected_parent",
    "decorator_builtin_status",
    "error_invalid_children",
    "finalize_foreground",
    "hooks_numbers",
    "rolling_null_child_crash",
    "ssa_deployment_sidecar",
    "transport_authorization",
)
"""One run of each kind, for every day."""


def expect_equal(name: str) -> None:
    """A run goes as it was recorded, and the judge of the recordings says the same of it."""
    found = differences(name)
    if judge() is not None:
        theirs = list(judge().compare(recorded(name), produced(name)))
        assert bool(theirs) == bool(found), theirs[:3] or found[:3]
    if name in DIFFERENT:
        assert found, f"{name} is equal now: take it off the list of those that differ"
    else:
        assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.mark.parametrize("name", QUICK)
def test_runs_of_each_kind_go_as_they_were_recorded(name):
    """Worlds, writes, requests, events and codes are those of the real programs."""
    expect_equal(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in RUNS if name not in QUICK])
def test_a_run_goes_as_it_was_recorded(name):
    """As above, for all others."""
    expect_equal(name)


def test_a_run_that_is_written_reads_as_it_was_made():
    """What is compared is what is written: JSON, and nothing that only lives in memory."""
    assert list(compare_runs(recorded("composite_first"), produced("composite_first"))) == []


def test_the_list_of_differences_names_runs_and_has_reasons():
    """Whatever stands on the list is a run, and somebody said why it differs."""
    assert set(DIFFERENT) <= set(RUNS)
    assert all(len(reason) > 20 for reason in DIFFERENT.values())


def test_all_runs_are_played():
    """The archive holds as many runs and steps as the real programs were recorded with."""
    assert len(RUNS) == 286
    assert all(f"{name}/recording.json" in files("metacontroller") for name in QUICK)
    assert sum(len(recorded(name)["steps"]) for name in RUNS) == 1633
