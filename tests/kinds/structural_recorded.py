"""Recorded writes of custom resources, each with the object before it and the errors told."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconcile.diff import merge_apply
from reconcile.kinds.structural import Structural
from tests.recorded import filled, follow
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True)
class Write:
    """A write of a custom resource or of a definition."""

    name: str
    crd: dict | None
    """The definition of the resource; None for a write of a definition."""
    version: str
    before: dict | None
    body: Any
    """What is to be stored: the object sent, or the object before it with the patch made to it."""
    applied: bool
    status_path: bool
    status: int
    response: Any
    warnings: str


def writes() -> Iterator[Write]:
    """Yield the recorded creates, replaces and patches that reach validation."""
    folder = shared("recordings")
    for file in sorted([*folder.glob("api/*.json"), *folder.glob("random/random_s*.json")]):
        document = json.loads(file.read_text(encoding="utf-8"))
        steps = document["steps"]
        objects: dict[str, dict] = {}
        crds = {f"{CRDS}/{crd['metadata']['name']}": crd for crd in document.get("crds", ())}
        for index, step in enumerate(steps):
            url = filled(step["path"], steps)
            path = url.partition("?")[0]
            whole = re.sub(r"/(status|scale)$", "", path)
            made = _write(f"{file.stem}/{index}", step, steps, objects, crds)
            if made is not None:
                yield made
            follow(objects, step, url, whole, path)
            crds |= {name: each for name, each in objects.items() if name.startswith(f"{CRDS}/")}


def _write(name: str, step: dict, steps: list, objects: dict, crds: dict) -> Write | None:
    path = filled(step["path"], steps).partition("?")[0]
    whole = re.sub(r"/(status|scale)$", "", path)
    kind = step.get("type", "json")
    if step["method"] not in {"POST", "PUT", "PATCH"} or path.endswith("/scale"):
        return None
    try:
        body = (
            filled(step["body"], steps)
            if "body" in step
            else json.loads(filled(step["raw"], steps))
        )
    except (KeyError, ValueError, RecursionError):
        return None
    before = objects.get(whole)
    applied = kind == "apply"
    if step["method"] == "PATCH":
        if kind == "merge" and before is not None:
            body = merge_apply(before, body, dialect="kubernetes")
        elif not (applied and before is None):
            return None
    parts = path.split("/")
    crd, version = None, ""
    if not path.startswith(CRDS):
        if len(parts) < 5 or parts[1] != "apis":
            return None
        group, version = parts[2:4]
        plural = parts[6] if parts[4] == "namespaces" and len(parts) > 6 else parts[4]
        crd = crds.get(f"{CRDS}/{plural}.{group}")
        if crd is None:
            return None
    return Write(
        name,
        crd,
        version,
        before,
        body,
        applied,
        path != whole,
        step["status"],
        step["response"],
        step.get("headers", {}).get("Warning", ""),
    )


def spelt(value: Any) -> Any:
    """Return a document with its numbers and texts as they come back from the server."""
    if isinstance(value, dict):
        return {key: spelt(each) for key, each in value.items()}
    if isinstance(value, list):
        return [spelt(each) for each in value]
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return float(value)


def structural(crd: dict, version: str) -> Structural:
    """Return the schema of a version."""
    for each in crd["spec"]["versions"]:
        if each["name"] == version:
            return Structural((each.get("schema") or {}).get("openAPIV3Schema"))
    raise AssertionError(version)


def causes(response: dict) -> list[tuple[str, str, str]]:
    """Return what the server told, sorted."""
    found = (response.get("details") or {}).get("causes", ())
    return sorted((each.get("field"), each.get("reason"), each.get("message")) for each in found)
