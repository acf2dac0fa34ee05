"""Type checkers accept what is right about typed interfaces and refuse what is wrong."""

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
TABLES = sorted((ROOT / "tests" / "type_checks").glob("*.py"))


def _wanted(table: Path) -> set[int]:
    """Return the lines of a table that must be refused."""
    return {
        number
        for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"# error\b", line) and not line.startswith("A line")
    }


WANTED = {(table.name, line) for table in TABLES for line in _wanted(table)}


def test_the_tables_are_large_enough() -> None:
    """Right and wrong uses are many, and the right ones say what they reveal."""
    lines = [line for table in TABLES for line in table.read_text(encoding="utf-8").splitlines()]
    inside = [line for line in lines if line.startswith("    ") and '"""' not in line]
    right = [line for line in inside if "# error" not in line]
    revealed = [line for line in right if "assert_type(" in line]
    print(f"{len(right)} right lines, {len(revealed)} of them reveal types, {len(WANTED)} wrong")
    assert len(revealed) >= 60
    assert len(WANTED) >= 30


@pytest.mark.slow
def test_mypy_agrees_with_the_tables(tmp_path: Path) -> None:
    """Mypy, strict, finds errors on the marked lines and on no other."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"]
    command += ["--config-file=", f"--cache-dir={tmp_path}", "--show-error-codes"]
    command += ["--follow-imports=silent", "--no-warn-unused-ignores", *map(str, TABLES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    pattern = r"^[^:]*?(\w+\.py):(\d+): error: .*$"
    matches = re.finditer(pattern, done.stdout, re.MULTILINE)
    assert {(match[1], int(match[2])) for match in matches} == WANTED, done.stdout + done.stderr


@pytest.mark.slow
def test_pyright_agrees_with_the_tables(tmp_path: Path) -> None:
    """Pyright, strict, finds errors on the marked lines and on no other."""
    beside = Path(sys.executable).with_name("pyright")
    pyright = shutil.which("pyright") or (str(beside) if beside.exists() else None)
    if pyright is None:
        pytest.skip("pyright is not installed")
    settings = {
        "include": [os.path.relpath(table, tmp_path) for table in TABLES],
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
        (Path(finding["file"]).name, finding["range"]["start"]["line"] + 1)
        for finding in findings
        if finding["severity"] == "error"
    }
    assert found == WANTED, findings
