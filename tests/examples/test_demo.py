"""What `make demo` runs: a store that comes to rest, then the webhook called as in a cluster."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "objectstore"


def _run(*command: str | Path) -> str:
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_store_comes_to_rest() -> None:
    """The demo shows what happened and who belongs to whom, first as it is asked for, then ready."""
    told = _run(sys.executable, EXAMPLE / "demo.py")
    assert told.index("user            create Objectstore default/store") < told.index(
        "user            delete Deployment default/store"
    )
    waiting, running = re.findall(r"^Objectstore default/store  \((.*)\)$", told, re.MULTILINE)
    assert waiting.startswith("unready")
    assert running == "ready"
    assert "The Pod runs minio/minio:2;" in told


def test_webhook_answers_the_recorded_request() -> None:
    """Both versions of the request get an answer, and no key is shown."""
    if not shutil.which("bash") or not shutil.which("curl"):
        pytest.skip("bash and curl are not here")
    told = _run("bash", EXAMPLE / "demo.sh", "--all")
    assert told.count("\nstatus 200\n") == 2
    assert len(re.findall(r"INFO POST /sync 200 ", told)) == 2
    assert '"accesskey": "<a text of 28 characters>"' in told
    assert "Plan: 0 to create" in told


def test_make_runs_both() -> None:
    """`make demo` is the cluster and the webhook; `make demo-webhook` shows all of the latter."""
    makefile = (ROOT / "Makefile").read_text()
    found = re.findall(r"^demo(?:-webhook)?:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    demo, webhook = found
    assert "examples/objectstore/demo.py" in demo
    assert "examples/objectstore/demo.sh\n" in demo
    assert "examples/objectstore/demo.sh --all" in webhook
