"""The questions compare equal work. How fast it is, no test says."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest.importorskip("orjson")


def _module(name: str):
    return importlib.import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("question", _module("questions").QUESTIONS, ids=lambda each: each.__name__)
def test_question_is_answered(question) -> None:
    """Each question runs with little data; inside, both sides are asserted to agree."""
    lines = list(question(small=True))
    assert lines
    assert all(line.goal > 0 for line in lines)


def test_requests_are_the_same_every_time() -> None:
    """The corpus does not depend on the moment or the process, and a child is about 14 KB."""
    corpus = _module("corpus")
    assert corpus.request(3) == corpus.request(3)
    size = len(json.dumps(corpus.pod(7), separators=(",", ":")))
    assert 13_000 < size < 15_500
    keys = json.loads(corpus.request(1, version="v1"))["children"]["Pod.v1"]
    assert list(keys) == ["web-00000"]
