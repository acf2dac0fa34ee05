"""The tests that stand beside the examples: they pass where they are, as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/controller.py"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_tests_of_an_example(name: str) -> None:
    """The tests of an example pass, with each way of applying, and write no golden file."""
    # Options that this run was given are not for that one.
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=EXAMPLES / name,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "[dynamic" in run.stdout
    assert "[server-side" in run.stdout
