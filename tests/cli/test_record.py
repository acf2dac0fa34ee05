"""Facts about `record`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconcile.adapters.http_hook import http_hook
from reconcile.cli import main
from reconcile.hook.transport import Call

ROOT = Path(__file__).parents[2]
TARGET = f"{ROOT}/examples/objectstore/controller.py:controller"


def test_serve_record_and_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Calls are answered and written; replayed on the same controller, nothing differs."""
    folder, log = tmp_path / "recorded", tmp_path / "log"
    command = [
        sys.executable,
        "-m",
        "reconcile",
        "record",
        TARGET,
        "--folder",
        str(folder),
        "--port",
        "0",
    ]
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command, cwd=tmp_path, stderr=stderr, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
    try:
        # Not a measurement: a generous bound on the start of a process.
        for _ in range(600):
            if b"serving on" in log.read_bytes():
                break
            time.sleep(0.05)
        hook = http_hook(log.read_text().partition("serving on ")[2].split()[0])
        request = json.loads((ROOT / "examples" / "objectstore" / "request.json").read_bytes())
        headers = {"Content-Type": "application/json"}
        call = Call("POST", "http://hooks/sync", headers, json.dumps(request).encode(), 10)
        answers = [hook(call) for _ in range(2)]
        etag = {name.lower(): value for name, value in answers[0].headers.items()}["etag"]
        assert hook(call._replace(headers={**headers, "If-None-Match": etag})).status in (200, 304)
        del hook
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert [answer.status for answer in answers] == [200, 200]
    [file] = folder.iterdir()
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["hook"] for row in rows] == ["sync"] * 3
    secrets = [
        child["data"]
        for child in json.loads(answers[0].body)["children"]
        if child["kind"] == "Secret"
    ]
    assert secrets
    assert not any(value in file.read_text() for data in secrets for value in data.values())
    assert main(["replay", str(folder), "--hook", TARGET]) == 0
    assert capsys.readouterr().out.count("ok calls-") >= 2


def test_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that cannot be is told before anything is served."""
    (tmp_path / "file").write_text("")
    assert main(["record", TARGET, "--folder", str(tmp_path / "file" / "a")]) == 2
    assert main(["record", TARGET]) == 2
    assert main(["record", TARGET, "--folder", str(tmp_path), "--max-files", "0"]) == 2
    assert "cannot be recorded to" in capsys.readouterr().err
