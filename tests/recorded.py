"""Recorded writes: each patch of a recording, the object before it, and what the server answered."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from reconcile.errors import ReconcileError
from reconcile.objects.quantity import Quantity
from reconcile.value.pointer import resolve
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COUNTED = ("managedFields", "resourceVersion", "generation")


@dataclass(frozen=True, slots=True)
class RecordedPatch:
    """A patch, the object before it, and the answer."""

    name: str
    before: dict
    body: Any
    status: int
    response: dict


def recorded_patches(kind: str) -> Iterator[RecordedPatch]:
    """Yield the recorded patches of one type (jsonpatch, merge, strategic) of whole objects."""
    for file in _files():
        steps = json.loads(file.read_text(encoding="utf-8"))["steps"]
        objects: dict[str, dict] = {}
        for index, step in enumerate(steps):
            url = filled(step["path"], steps)
            path = url.partition("?")[0]
            whole = re.sub(r"/(status|scale|ephemeralcontainers|resize)$", "", path)
            before = objects.get(whole)
            if step["method"] == "PATCH" and step.get("type") == kind and whole == path and before:
                try:
                    body = (
                        filled(step["body"], steps)
                        if "body" in step
                        else json.loads(filled(step["raw"], steps))
                    )
                except (KeyError, ValueError):  # it is not JSON
                    continue
                name = f"{file.stem}/{index}"
                yield RecordedPatch(name, before, body, step["status"], step["response"])
            follow(objects, step, url, whole, path)


def _files() -> list[Path]:
    folder = shared("recordings")
    return sorted([*folder.glob("api/*.json"), *folder.glob("random/random_s*.json")])


def follow(objects: dict[str, dict], step: dict, url: str, whole: str, path: str) -> None:
    """Remember what an object is after a step."""
    found = step.get("response")
    if not isinstance(found, dict) or step["status"] >= 300 or "dryRun" in url:
        return
    if step["method"] == "DELETE":
        objects.pop(whole, None)
    elif found.get("kind") in ("Status", None):
        return
    elif step["method"] == "POST" and whole == path and found.get("metadata", {}).get("name"):
        objects[f"{path}/{found['metadata']['name']}"] = found
    elif whole == path or found["kind"] != "Scale":
        objects[whole] = found


def filled(value: Any, steps: list[dict]) -> Any:
    """Return a value with what earlier answers hold in its ${...}."""

    def earlier(match: re.Match[str]) -> str:
        found = resolve(steps[int(match[1])]["response"], match[2])
        return found if isinstance(found, str) else json.dumps(found)

    if isinstance(value, str):
        value = re.sub(r"\$\{(\d+):([^}]*)\}", earlier, value)
        return re.sub(r"\$\{repeat:([^:]*):(\d+)\}", lambda m: m[1] * int(m[2]), value)
    if isinstance(value, list):
        return [filled(item, steps) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, steps) for key, item in value.items()}
    return value


def uncounted(document: Any) -> Any:
    """Return an object without what each write counts on by itself."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return document
    kept = {key: value for key, value in metadata.items() if key not in _COUNTED}
    return {**document, "metadata": kept}


def decoded(document: Any, under: str = "") -> Any:
    """Return an object as Go types hold it: quantities by amount, nothing empty."""
    if isinstance(document, dict):
        made = {key: decoded(value, key) for key, value in document.items()}
        return {key: value for key, value in made.items() if value not in ({}, [], "", None)}
    if isinstance(document, list):
        return [decoded(item) for item in document]
    if under in {"cpu", "memory", "storage"}:
        try:
            amount: Fraction = Quantity(document).value
        except (ReconcileError, ValueError, TypeError):
            return document
        return str(amount)
    return document
