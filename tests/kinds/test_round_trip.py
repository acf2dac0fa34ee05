"""Real objects survive being seen through their typed views."""

from __future__ import annotations

import gzip
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconcile.errors import ObjectError
from reconcile.kinds._index import MODULES
from reconcile.objects._containers import ViewList, ViewMap
from reconcile.objects.document import Document
from reconcile.objects.view import Kind, View

SHARED = Path(__file__).parents[2].parent / "shared"


def objects() -> Iterator[dict[str, Any]]:
    """Yield every recorded object of the kinds we know."""
    for path in sorted((SHARED / "recordings/defaults").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            yield from (case["input"], case["output"])
    for name in ("kubernetes-api-objects/HEAD", "kube-prometheus/v0.14.0"):
        path = SHARED / f"suites/{name}.jsonl.gz"
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            found = json.loads(line)
            yield from (value for value in (found, *found.values()) if isinstance(value, dict))


def views() -> list[tuple[type[Kind], dict[str, Any]]]:
    """Return the objects with the classes that show them."""
    if not SHARED.exists():
        pytest.skip("the recordings of the API server are not beside this repository")
    found: list[tuple[type[Kind], dict[str, Any]]] = []
    for raw in objects():
        module = MODULES.get(raw.get("apiVersion", ""))
        if module is not None:
            view = vars(importlib.import_module(f"reconcile.kinds.{module}")).get(raw.get("kind"))
            if view is not None:
                found.append((view, raw))
    return found


def read_all(view: View) -> int:
    """Read every field that is there, at all levels, and return how many."""
    count = 0
    for name in view._fields:
        if name not in view:
            continue
        try:
            value = getattr(view, name)
        except ObjectError as error:
            # Some recorded objects were refused by the API server, for lacking what they must have.
            assert "is required but" in str(error)  # noqa: PT017 # the rest must not happen
            continue
        count += 1
        inner = [value]
        if isinstance(value, ViewMap):
            inner = list(value.values())
        elif isinstance(value, ViewList):
            inner = list(value)
        count += sum(read_all(item) for item in inner if isinstance(item, View))
    return count


def test_real_objects_come_back_unchanged() -> None:
    """Wrapping, reading each field and copying change no byte."""
    known = views()
    assert len(known) > 400
    fields = 0
    for kind, raw in known:
        before = json.dumps(raw)
        view = kind.of(raw)
        repr(view)
        view.copy()
        fields += read_all(view)
        assert view.raw is raw
        assert json.dumps(raw) == before
    assert fields > 10_000


def test_real_objects_read_the_same_from_bytes() -> None:
    """An observed object in bytes equals the one made of its document."""
    for kind, raw in views():
        data = json.dumps(raw, separators=(",", ":"), ensure_ascii=False).encode()
        observed = kind.observed(Document(data))
        assert observed == kind.of(raw)
        assert json.dumps(observed.raw) == json.dumps(raw)


def test_built_again_by_keywords_they_are_the_same() -> None:
    """Every recorded object can be said in Python names."""
    for kind, raw in views():
        metadata = raw.get("metadata")
        if not metadata or not metadata.get("name"):
            continue
        unknown = set(raw) - set(kind._wires) - {"apiVersion", "kind"}
        words = {kind._wires[key].name: value for key, value in raw.items() if key in kind._wires}
        built = kind(metadata["name"], **{k: v for k, v in words.items() if v is not None})
        left = {key for key, value in raw.items() if value is None}
        assert built == kind.of({k: v for k, v in raw.items() if k not in unknown | left})
