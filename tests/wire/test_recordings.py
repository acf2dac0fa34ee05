"""Every request that a real Metacontroller sent is understood, and nothing of it is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconcile.value import equal
from reconcile.wire.decode import decode_request
from reconcile.wire.encode import encode_request

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "metacontroller"
KEPT = Path(__file__).with_name("requests.json.gz")


def _hook(request: dict[str, Any]) -> str:
    if "finalizing" not in request:
        return "customize"
    return "finalize" if request["finalizing"] else "sync"


def _recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(RECORDINGS.glob("*/recording.json")):
        for number, step in enumerate(json.loads(path.read_text())["steps"]):
            for row in step.get("timeline", ()):
                # A redirect turns the call into one without a body.
                if isinstance(row.get("request"), dict):
                    yield f"{path.parent.name}/{number}", row["request"]


def _check(name: str, request: dict[str, Any]) -> None:
    for text in (json.dumps(request), json.dumps(request, separators=(",", ":"))):
        decoded = decode_request(text.encode(), hook=_hook(request))
        assert equal(json.loads(encode_request(decoded)), request), name


def test_kept_requests_survive() -> None:
    """A choice of recorded requests, of every hook and version, comes back as it was."""
    kept = json.loads(gzip.decompress(KEPT.read_bytes()))
    assert len(kept) >= 20
    for name, request in kept:
        _check(name, request)
    hooks = {(_hook(request), "object" in request) for _, request in kept}
    assert len(hooks) >= 5


@pytest.mark.slow
def test_recorded_requests_survive() -> None:
    """Every recorded request comes back as it was."""
    if not RECORDINGS.exists():
        pytest.skip("the recordings are not beside this checkout")
    count = 0
    for name, request in _recorded():
        _check(name, request)
        count += 1
    print(f"recorded requests: {count} decoded and encoded again, 0 refused, 0 changed")
    assert count > 1000
