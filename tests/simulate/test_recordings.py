"""Every recorded conversation with a real API server, played on the simulated one."""

from __future__ import annotations

import pytest

from reconcile.simulate.transcript import filled, play
from tests.conversations import DIFFERENT, NAMES, differences, judge, produced, recorded
from tests.recordings import FOLDERS, conversations, created, files
from tests.suites import shared


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_is_had_as_it_was_recorded(name):
    """The answers are those of the real server, but where the list of differences has a reason."""
    found = differences(name)
    if name in DIFFERENT:
        assert found, f"{name} is equal now: take it off the list of those that differ"
    else:
        assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_judge_of_the_recordings_says_the_same_as_our_comparison(name):
    """Whether a conversation is equal does not depend on whose comparison is asked."""
    if judge() is None:
        pytest.skip("the judge is not here")
    theirs = list(judge().compare(recorded(name), produced(name)))
    assert bool(theirs) == bool(differences(name)), theirs[:3] or differences(name)[:3]


def test_the_list_of_differences_names_recordings_and_has_reasons():
    """Whatever stands on the list is a conversation, and somebody said why it differs."""
    assert set(DIFFERENT) <= set(NAMES)
    assert all(len(reason) > 20 for reason in DIFFERENT.values())


def test_all_recordings_are_played():
    """The archives hold as many conversations and steps as the real server was recorded with."""
    assert (len(conversations("api")), len(conversations("random"))) == (143, 65)
    steps = {
        folder: sum(len(each["steps"]) for each in conversations(folder).values())
        for folder in ("api", "random")
    }
    assert steps == {"api": 1725, "random": 4579}
    assert (len(created("defaults")), len(created("random"))) == (304, 900)
    assert len(conversations("workloads")) == 69


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_archives_hold_the_recordings_as_they_were_made(folder):
    """Where the recordings are beside the project, the packed ones are the same, byte by byte."""
    source = shared("recordings", folder)
    theirs = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in source.rglob("*")
        if path.is_file() and path.name != "three_way.jsonl"
    }
    assert files(folder) == theirs


def test_playing_takes_nothing_from_the_recorded_answers():
    """What is produced is the same from a recording whose answers were taken out."""
    for name in ("api/verbs_basic", "api/apply_sets", "api/watch_basic", "api/gc_foreground"):
        blank = recorded(name)
        bare = {
            **blank,
            "steps": [
                {
                    key: value
                    for key, value in step.items()
                    if key not in ("status", "response", "headers")
                }
                for step in blank["steps"]
            ],
        }
        assert play(bare)["steps"] == produced(name)["steps"]


def test_references_are_filled_in_from_earlier_answers():
    """A reference stands for what an earlier answer holds at its pointer, a repetition for its text."""
    answers = [{"a": {"b": [1, {"c": "d"}]}}, "text"]
    assert filled("x${0:/a/b/1/c}y", answers) == "xdy"
    assert filled({"${0:/a/b/0}": ["${repeat:ab:3}", 4]}, answers) == {"1": ["ababab", 4]}
    assert filled("${0:/nowhere}", answers) == ""
