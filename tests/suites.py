"""Where the recordings and the suites of others are, for tests that read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(*parts: str) -> Path:
    """Return a file or folder beside the project; the test is skipped where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(('shared', *parts))} is not here")
    return path


def lines(*parts: str) -> list[dict]:
    """Return the cases of a file of JSON lines."""
    return [json.loads(line) for line in shared(*parts).read_text(encoding="utf-8").splitlines()]
