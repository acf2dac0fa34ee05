"""The cases of `cases/columns.json`, one object and its cells each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

NOW = datetime(2026, 1, 8, tzinfo=UTC)
CASES: list[dict] = json.loads((Path(__file__).parent / "cases" / "columns.json").read_text())


def cases_of(printers: dict) -> pytest.MarkDecorator:
    """Parametrize a test with the cases of these kinds; each of them has one."""
    found = [case for case in CASES if (case["group"], case["kind"]) in printers]
    assert {(case["group"], case["kind"]) for case in found} == set(printers)
    return pytest.mark.parametrize("case", found, ids=[case["name"] for case in found])


def check(case: dict, printers: dict) -> None:
    """Hold the cells of an object to those of its case."""
    printer = printers[case["group"], case["kind"]]
    cells = printer.cells(case["object"], NOW)
    assert json.dumps(cells) == json.dumps(case["cells"])  # true is not 1
