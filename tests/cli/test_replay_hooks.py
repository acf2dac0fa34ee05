"""Facts about `replay --hook`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from reconcile.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
import json
from reconcile.hook.reply import Reply

class Controller:
    def __init__(self, size):
        self.size = size

    def respond(self, body, *, hook, headers, now, entropy):
        status = {"size": self.size, "time": now.isoformat()}
        name = json.loads(body)["parent"]["metadata"]["name"]
        child = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
        children = [child] if self.size else []
        return Reply(200, {}, json.dumps({"status": status, "children": children}).encode())

controller = Controller(1)
other = Controller(0)
"""
ROW = {
    "time": "2026-01-31T12:00:00Z",
    "took": 0.1,
    "hook": "sync",
    "headers": {},
    "request": {"parent": {"kind": "Thing", "metadata": {"name": "t", "namespace": "n"}}},
    "status": 200,
    "response_headers": {},
    "response": {
        "status": {"size": 1, "time": "2026-01-31T12:00:00+00:00"},
        "children": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "t"}}],
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recorded calls, and one that no controller answers."""
    (tmp_path / "a_controller.py").write_text(SOURCE)
    rows = [ROW, {**ROW, "hook": "finalize"}, {**ROW, "status": 503}]
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    (recorded / "calls-1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def replay(folder: Path, attribute: str, *more: str) -> int:
    """Replay the recorded calls."""
    target = f"{folder}/a_controller.py:{attribute}"
    return main(["replay", str(folder / "recorded"), "--hook", target, *more])


def test_a_line_a_call(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each call is told by file, line, hook and parent; 0 when nothing differs."""
    assert replay(folder, "controller") == 0
    assert capsys.readouterr().out.splitlines() == [
        "ok calls-1:1 sync Thing n/t",
        "ok calls-1:2 finalize Thing n/t",
        "left out calls-1:3 sync Thing n/t: status 503",
    ]


def test_what_differs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first difference of each is told, and how many more; 1."""
    assert replay(folder, "other") == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        "DIFFERS calls-1:1 sync Thing n/t: changed, /status/size (and 1 more)",
        "DIFFERS calls-1:2 finalize Thing n/t: changed, /status/size (and 1 more)",
    ]


def test_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: a JSON object a line, with all differences."""
    assert replay(folder, "other", "--json") == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[0] == {
        "name": "calls-1:1 sync Thing n/t",
        "compared": True,
        "ok": False,
        "differences": [
            {"what": "changed", "pointer": "/status/size"},
            {"what": "removed", "pointer": "/children/ConfigMap.v1"},
        ],
    }
    assert (told[2]["compared"], told[2]["ok"]) == (False, True)


def test_no_calls(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without calls is no success."""
    (folder / "recorded" / "calls-1.jsonl").unlink()
    assert replay(folder, "controller") == 1
    assert "no recorded calls" in capsys.readouterr().err


def test_misuse(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be read, and options that do not go together, are misuse."""
    assert replay(folder, "controller", "--write", str(folder)) == 2
    assert replay(folder, "nothing") == 2
    (folder / "recorded" / "calls-2.jsonl").write_text("{\n")
    assert replay(folder, "controller") == 2
    target = f"{folder}/a_controller.py:controller"
    assert main(["replay", str(folder / "absent"), "--hook", target]) == 2
    assert capsys.readouterr().err.count("reconcile: ") == 4
