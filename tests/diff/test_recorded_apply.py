"""Every recorded server-side apply and every write between them: objects, owners and conflicts."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import pytest

from reconcile.diff import ApplyConflictError, diff, server_side_apply, server_side_update
from reconcile.diff.field_set import show_path
from reconcile.errors import ObjectError, ReconcileError
from tests.openapi import recorded_schema
from tests.recorded import decoded, filled, follow, uncounted
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator


def entries(document: dict) -> list[str]:
    """Return what managedFields say but for the times."""
    found = document.get("metadata", {}).get("managedFields") or []
    told = ({key: value for key, value in entry.items() if key != "time"} for entry in found)
    return sorted(json.dumps(entry, sort_keys=True) for entry in told)


def writes() -> Iterator[tuple[str, dict, dict | None, dict[str, Any]]]:
    """Yield each recorded write: its name, the step, the object before it, how it is made."""
    for file in sorted(shared("recordings", "random").glob("random_ssa_*.json")):
        recording = json.loads(file.read_text(encoding="utf-8"))
        steps, objects = recording["steps"], {}
        for index, step in enumerate(steps):
            url = filled(step["path"], steps)
            path = url.partition("?")[0]
            whole = re.sub(r"/(status|scale)$", "", path)
            subresource = path[len(whole) + 1 :]
            query = parse_qs(urlparse(url).query)
            before = objects.get(whole)
            if step["method"] in {"POST", "PUT", "PATCH"} and subresource in {"", "status"}:
                body = filled(step["body"], steps)
                written = step["response"] if step["status"] < 300 else body
                schema, apart = recorded_schema(written, recording.get("crds", []))
                ignored: list[tuple[str, ...]] = [("f:status",)] if apart else []
                if subresource:
                    builtin = "crds" not in recording or "/gadgets/" not in path
                    meta = ("f:metadata", "f:labels") if builtin else ("f:metadata",)
                    ignored = [("f:spec",), meta]
                how = {
                    "manager": query.get("fieldManager", ["user"])[0],
                    "schema": schema,
                    "time": "now",
                    "subresource": subresource,
                    "ignored": ignored,
                    "force": query.get("force") == ["true"],
                }
                yield f"{file.stem}/{index}", {**step, "body": body}, before, how
            follow(objects, step, url, whole, path)


def test_recorded_applies() -> None:
    """Each apply gives the recorded object and owners, or the recorded conflicts."""
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, Any]] = []
    for name, step, before, how in writes():
        if step.get("type") != "apply":
            continue
        answer = step["response"]
        try:
            result = server_side_apply(before, step["body"], **how)
        except ApplyConflictError as error:
            found = sorted((f'"{who}"', show_path(path)) for who, path in error.conflicts)
            causes = answer["details"]["causes"] if step["status"] == 409 else []
            told = sorted((c["message"].split(" ")[2].rstrip(":"), c["field"]) for c in causes)
            counts["conflicts"] += 1
            if found != told:
                wrong.append((name, (found, told)))
            continue
        except ReconcileError as error:
            counts["refused"] += 1
            if step["status"] < 400:
                wrong.append((name, str(error)))
            continue
        if step["status"] == 422:
            counts["refused by the server's validation"] += 1
        elif step["status"] >= 400:
            wrong.append((name, answer["message"]))
        else:
            counts["applied"] += 1
            if entries(result) != entries(answer):
                wrong.append((name, set(entries(result)) ^ set(entries(answer))))
            changes = diff(decoded(uncounted(result)), decoded(uncounted(answer)))
            if any(change.op != "add" for change in changes):  # defaults are the server's
                wrong.append((name, changes.to_json()))
    assert wrong == []
    assert counts["applied"] >= 1300
    assert counts["conflicts"] >= 480


def test_recorded_writes() -> None:
    """Each other write makes the recorded owners of the object that it stored."""
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, Any]] = []
    for name, step, before, how in writes():
        if step.get("type") == "apply" or step["status"] >= 300:
            continue
        del how["force"]
        answer = step["response"]
        result = server_side_update(None if step["method"] == "POST" else before, answer, **how)
        if entries(result) == entries(answer):
            counts["the same"] += 1
        elif answer["kind"] == "Service" and step["method"] == "POST":
            counts["the server fills in addresses of Services after it has kept the owners"] += 1
        else:
            wrong.append((name, set(entries(result)) ^ set(entries(answer))))
    assert wrong == []
    assert counts["the same"] >= 500


def test_what_cannot_be_applied() -> None:
    """managedFields and what is no object are refused."""
    how: dict[str, Any] = {"manager": "m", "schema": None, "time": "now"}
    for wanted in ({"metadata": {"managedFields": []}}, {"metadata": 1}, None, []):
        with pytest.raises(ObjectError):
            server_side_apply(None, wanted, **how)  # type: ignore[arg-type]


def test_an_apply_that_changes_nothing_keeps_its_time() -> None:
    """Times change with what they are of."""
    how: dict[str, Any] = {"manager": "m", "schema": None}
    wanted = {"apiVersion": "v1", "kind": "K", "metadata": {"name": "a"}, "spec": {"x": 1}}
    first = server_side_apply(None, wanted, time="1", **how)
    again = server_side_apply(first, wanted, time="2", **how)
    assert again == first
    other = server_side_apply(first, {**wanted, "spec": {"x": 2}}, time="3", **how)
    assert other["metadata"]["managedFields"][0]["time"] == "3"
