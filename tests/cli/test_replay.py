"""`reconcile replay` tells, line by line, what is had as it was recorded."""

from __future__ import annotations

import copy
import gzip
import json

import pytest

from reconcile.cli import main
from tests.recordings import conversations


@pytest.fixture
def folder(tmp_path):
    """One conversation as it was, packed, one with an answer changed, and a file that is none."""
    good = conversations("api")["verbs_basic"]
    bad = copy.deepcopy(good)
    bad["name"] = "changed"
    bad["steps"][0]["status"] = 418
    made = tmp_path / "recorded"
    made.mkdir()
    (made / "good.json.gz").write_bytes(gzip.compress(json.dumps(good).encode()))
    (made / "bad.json").write_text(json.dumps(bad))
    (made / "other.json").write_text("[]")
    return made


def test_what_differs_is_named(folder, capsys):
    assert main(["replay", str(folder)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[0] for line in told) == ["DIFFERS", "ok"]
    assert any(line.startswith("DIFFERS changed: step 0, ") for line in told)


def test_one_file_that_is_equal(folder, capsys):
    assert main(["replay", str(folder / "good.json.gz")]) == 0
    assert capsys.readouterr().out.startswith("ok ")


def test_lines_of_json_and_what_was_produced(folder, tmp_path, capsys):
    out = tmp_path / "produced"
    assert main(["replay", str(folder), "--json", "--write", str(out)]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["ok"] for each in told} == {True, False}
    assert sorted(path.name for path in out.iterdir()) == ["bad.json", "good.json"]
    assert json.loads((out / "bad.json").read_text())["steps"][0]["status"] != 418


def test_what_cannot_be_read_is_misuse(folder, tmp_path, capsys):
    assert main(["replay", str(tmp_path / "nowhere")]) == 2
    assert main(["replay", str(folder), str(folder)]) == 2
    (folder / "torn.json").write_text("{")
    assert main(["replay", str(folder / "torn.json")]) == 2
    assert "torn.json cannot be read as JSON" in capsys.readouterr().err


def test_nothing_to_replay_is_told(tmp_path, capsys):
    """A folder without recordings is no proof of anything."""
    (tmp_path / "other.json").write_text("{}")
    assert main(["replay", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", "reconcile: there are no recordings\n")


def test_a_place_that_cannot_be_written_is_misuse(folder, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["replay", str(folder), "--write", str(tmp_path / "file")]) == 2
    assert "cannot be written: " in capsys.readouterr().err


def test_a_recording_with_controllers_is_played_with_them(tmp_path, capsys):
    """What `${now}` stands for is filled in only where controllers are named."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "labels": {"a": "x"}},
    }
    body["data"] = {"at": "${now}"}
    step = {"method": "POST", "path": "/api/v1/namespaces/default/configmaps", "body": body}
    step |= {"status": 201, "response": {}}
    (tmp_path / "one.json").write_text(json.dumps({"steps": [step]}))
    (tmp_path / "two.json").write_text(json.dumps({"steps": [step], "controllers": "*"}))
    out = tmp_path / "out"
    main(["replay", str(tmp_path / "one.json"), str(tmp_path / "two.json"), "--write", str(out)])
    capsys.readouterr()
    told = [
        json.loads((out / name).read_text())["steps"][0]["response"]["data"]["at"]
        for name in ("one.json", "two.json")
    ]
    assert told[0] == "${now}"
    assert told[1].endswith("Z")
