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
    """Return what managedFields say, of the times only which entries have one."""
    found = document.get("metadata", {}).get("managedFields") or []
    told = ({**entry, "time": "time" in entry} for entry in found)
    return sorted(json.dumps(entry, sort_keys=True) for entry in told)


EFFECTS = {
    "apply_configmap_secret/5": "stringData becomes data",
    "apply_configmap_secret/6": "stringData becomes data",
    "apply_create_and_again/6": "a manager is needed",
    "apply_create_and_again/8": "a kind is needed",
    "apply_create_and_again/9": "the name is that of the URL",
    "apply_deleting_and_recreated/3": "an object that is being deleted gets no finalizers",
    "apply_deleting_and_recreated/6": "the first object is gone when the step begins",
    "apply_deleting_and_recreated/7": "the uid is that of the object",
    "apply_deployment/3": "another field of the object was written by its scale",
    "apply_deployment/4": "another field of the object was written by its scale",
    "apply_forbidden_content/4": "the resourceVersion is that of the object",
    "apply_forbidden_content/5": "the uid is that of the object",
    "apply_forbidden_content/7": "the uid is that of the object",
    "apply_forbidden_content/9": "the version is that of the URL",
    "apply_forbidden_content/10": "the kind is that of the URL",
    "apply_forbidden_content/11": "the server owns the creationTimestamp",
    "apply_forbidden_content/12": "the status is its subresource's",
    "apply_service_ports/7": "a Service that is no NodePort any more has no node ports",
    "apply_status_subresource/6": "the status changes nothing else",
}
"""Recorded applies in which the server does something of its own, before or after."""


def writes(pattern: str) -> Iterator[tuple[str, dict, dict | None, dict[str, Any]]]:
    """Yield each recorded write: its name, the step, the object before it, how it is made."""
    for file in sorted(shared("recordings").glob(pattern)):
        recording = json.loads(file.read_text(encoding="utf-8"))
        steps, objects = recording["steps"], {}
        for index, step in enumerate(steps):
            url = filled(step["path"], steps)
            path = url.partition("?")[0]
            path = re.sub("^(/apis/[^/]+)/[^/]+/", r"\1/", path)  # an object has many versions
            whole = re.sub(r"/(status|scale)$", "", path)
            subresource = path[len(whole) + 1 :]
            query = parse_qs(urlparse(url).query)
            before = objects.get(whole)
            method = step["method"] if "body" in step else "GET"
            if method in {"POST", "PUT", "PATCH"} and subresource in {"", "status"}:
                body = filled(step["body"], steps)
                if before is not None and "apiVersion" in body:
                    before = {**before, "apiVersion": body["apiVersion"]}
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


def judged(pattern: str) -> tuple[Counter[str], dict[str, Any]]:
    """Return what became of the recorded applies, and what is wrong with some."""
    counts: Counter[str] = Counter()
    wrong: dict[str, Any] = {}
    for name, step, before, how in writes(pattern):
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
                wrong[name] = found, told
            continue
        except ReconcileError as error:
            counts["refused"] += 1
            if step["status"] < 400:
                wrong[name] = str(error)
            continue
        if step["status"] == 422 and name not in EFFECTS:
            counts["refused by the server's validation"] += 1
        elif step["status"] >= 400:
            wrong[name] = answer["message"]
        else:
            counts["applied"] += 1
            changes = diff(decoded(uncounted(result)), decoded(uncounted(answer)))
            if entries(result) != entries(answer):
                wrong[name] = set(entries(result)) ^ set(entries(answer))
            elif any(change.op != "add" for change in changes):  # defaults are the server's
                wrong[name] = changes.to_json()
    return counts, wrong


@pytest.mark.slow
def test_random_applies() -> None:
    """Each apply gives the recorded object and owners, or the recorded conflicts."""
    counts, wrong = judged("random/random_ssa_*.json")
    assert wrong == {}
    assert counts["applied"] >= 1300
    assert counts["conflicts"] >= 480


def test_recorded_applies() -> None:
    """What somebody thought of: versions, subresources, sets, upgrades, forbidden content."""
    counts, wrong = judged("api/apply_*.json")
    assert {name: told for name, told in wrong.items() if name not in EFFECTS} == {}
    assert EFFECTS.keys() - wrong.keys() == set()
    print(counts)
    assert counts["applied"] >= 90
    assert counts["conflicts"] >= 20


def test_recorded_writes() -> None:
    """Each other write makes the recorded owners of the object that it stored."""
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, Any]] = []
    for name, step, before, how in writes("random/random_ssa_*.json"):
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
