"""Pictures of the manual: drawn from what happened, and those in the repository are up to date."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "landing_picture.py"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("landing_picture", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def story(tool: ModuleType) -> list[Any]:
    return tool.frames(tool.run())


@pytest.mark.parametrize("name", ["landing_picture", "plan_picture"])
def test_picture_is_the_one_that_is_drawn(name: str) -> None:
    """Whoever draws it again gets the bytes that are in the repository, whatever the hash seed."""
    run = subprocess.run(
        [sys.executable, TOOL.with_stem(name), "--check"],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_story_is_told(story: list[Any]) -> None:
    """Children come, the Deployment goes and comes back, the Secret stays, and all ends ready."""
    there = [{row.kind: row.states for row in frame.rows} for frame in story]
    deployment = ["Deployment" in kinds for kinds in there]
    came = deployment.index(True)
    went = deployment.index(False, came)
    assert story[went].who == "user"
    assert deployment[-1]
    assert all("Secret" in kinds for kinds in there[came:])
    assert [frame.who for frame in story].count("user") == 2
    moods = {kind: [state.mood for state in states] for kind, states in there[-1].items()}
    assert moods == {
        "Objectstore": ["good"],
        "PersistentVolumeClaim": ["good"],
        "PersistentVolume": ["good"],
        "Secret": [],
        "Service": [],
        "EndpointSlice": [],
        "Deployment": ["good"],
        "ReplicaSet": ["good"],
        "Pod": ["good"],
    }


def test_picture_can_be_read_by_everyone(tool: ModuleType) -> None:
    """It is plain XML with a title and a description, without scripts or anything from elsewhere."""
    text = tool.PICTURE.read_text()
    root = ET.fromstring(text)
    names = {each.attrib["id"] for tag in ("title", "desc") for each in root.iter(f"{SVG}{tag}")}
    assert set(root.attrib["aria-labelledby"].split()) == names
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "title", "desc", "style", "g", "rect", "circle", "path", "text", "tspan"),
    }
    assert text.count("http") == 1
    assert "url(" not in text


def test_last_frame_is_what_does_not_move(tool: ModuleType, story: list[Any]) -> None:
    """Where nothing is animated, what is not hidden is the last frame."""
    root = ET.fromstring(tool.picture(story))
    shown = [
        "".join(text.itertext())
        for group in root.iter(f"{SVG}g")
        if "gone" not in group.attrib["class"].split()
        for text in group.iter(f"{SVG}text")
    ]
    last = story[-1]
    wanted = [last.who, last.what]
    for row in last.rows:
        wanted += [f"{row.kind}{row.name}", *(state.text for state in row.states)]
    assert sorted(shown) == sorted(wanted)
