"""Type checkers accept what is right about typed kinds and refuse what is wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests/type_checks/kinds.py"
WANTED = {
    number
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1)
    if re.search(r"# error\b", line) and not line.startswith("A line")
}


@pytest.mark.slow
def test_mypy_agrees_with_the_table(tmp_path: Path) -> None:
    """Mypy, strict, finds errors on the marked lines and on no other."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"]
    command += ["--config-file=", f"--cache-dir={tmp_path}", "--show-error-codes"]
    command += ["--follow-imports=silent", "--no-warn-unused-ignores", str(TABLE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    pattern = r"^[^:]*kinds\.py:(\d+): error: .*$"
    found = {int(match[1]): match[0] for match in re.finditer(pattern, done.stdout, re.MULTILINE)}
    assert set(found) == WANTED, done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_agrees_with_the_table(tmp_path: Path) -> None:
    """Pyright, strict, finds errors on the marked lines and on no other."""
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    settings = {
        "include": [os.path.relpath(TABLE, tmp_path)],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "reportUnusedExpression": "none",
        "reportUnknownMemberType": "none",
    }
    project = tmp_path / "pyrightconfig.json"
    project.write_text(json.dumps(settings), encoding="utf-8")
    command = [pyright, "--project", str(project), "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    findings = json.loads(done.stdout)["generalDiagnostics"]
    found = {
        finding["range"]["start"]["line"] + 1
        for finding in findings
        if finding["severity"] == "error"
    }
    assert found == WANTED, findings
