"""What the recorded API server refused of built-in objects, told in its own words."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlparse

import pytest

from reconcile.diff import apply, merge_apply, server_side_apply
from reconcile.diff.strategic import strategic_apply
from reconcile.errors import ReconcileError
from reconcile.kinds import Kinds
from reconcile.kinds.validation import create_errors, status_update_errors, update_errors
from tests.openapi import recorded_schema
from tests.recorded import filled, follow
from tests.suites import lines, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = Kinds()
POD_KINDS = frozenset(
    {
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "Pod",
        "PodTemplate",
        "ReplicaSet",
        "ReplicationController",
        "StatefulSet",
    }
)
"""Kinds that hold Pods; their rules have a test of their own."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was recorded: what would be stored, what was there before, what was said."""

    name: str
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    subresource: str
    causes: list[tuple[str, str, str]] | None
    """Field, reason and message; None if the write was taken."""
    kinds: Kinds = KINDS

    def errors(self) -> list[tuple[str, str, str]]:
        """Return what is said of it here."""
        if self.before is None:
            found = create_errors(self.kinds, self.after)
        elif self.subresource:
            found = status_update_errors(self.kinds, self.before, self.after)
        else:
            found = update_errors(self.kinds, self.before, self.after)
        return sorted((error.path, error.reason, shown(error.message)) for error in found)


def causes_of(status: int, answer: dict[str, Any]) -> list[tuple[str, str, str]] | None:
    """Return what an answer says of fields."""
    if status < 300:
        return None
    told = answer["details"].get("causes", [])
    return sorted((c["field"], c["reason"], shown(c["message"])) for c in told)


def shown(message: str) -> str:
    """Return a message without what has changed, which only its first line is true of."""
    return message.partition("\n@@")[0]


def replaced(
    kinds: Kinds, before: dict[str, Any], body: dict[str, Any], sub: str
) -> dict[str, Any]:
    """Return an object as it would be stored in the place of another."""
    version, kind = body["apiVersion"], body["kind"]
    status = kinds.has_status(version, kind)
    if sub:
        made = {**before, "status": body.get("status", {})}
        made["metadata"] = body.get("metadata") or before["metadata"]
    else:
        made = kinds.defaulted(body)
        if status:
            made.pop("status", None)
            if "status" in before:
                made["status"] = before["status"]
    metadata = made["metadata"] = dict(made.get("metadata") or {})
    former = before["metadata"]
    for name in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if name in former and (name == "creationTimestamp" or not metadata.get(name)):
            metadata[name] = former[name]
    for name in ("name", "namespace"):
        if name in former:
            metadata.setdefault(name, former[name])
    metadata.pop("generation", None)
    if "generation" in former:
        metadata["generation"] = former["generation"]
    if kind == "Service":
        keep_allocated(before, made)
    if kind == "Secret" and "type" not in body:
        made["type"] = before["type"]
    return made


def keep_allocated(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Give a Service what was allocated for it, where it does not speak of that."""
    old, new = before["spec"], after["spec"]
    if old.get("type") != "ExternalName" and new.get("type") != "ExternalName":
        if not new.get("clusterIP") and not new.get("clusterIPs"):
            new.update({k: old[k] for k in ("clusterIP", "clusterIPs") if k in old})
        elif new.get("clusterIPs") in (None, old.get("clusterIPs")):
            new["clusterIPs"] = [new["clusterIP"]]
        for name in ("ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
            if name in old:
                new.setdefault(name, old[name])
    else:
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if new.get("type") == "ExternalName" and new.get(name) == old.get(name):
                new.pop(name, None)
    if new.get("type") == "ClusterIP" != old.get("type"):
        if new.get("externalTrafficPolicy") == old.get("externalTrafficPolicy"):
            new.pop("externalTrafficPolicy", None)
        for port, former in zip(new.get("ports", []), old.get("ports", []), strict=False):
            if port.get("nodePort") == former.get("nodePort"):
                port.pop("nodePort", None)


def conversations(pattern: str) -> Iterator[Write]:
    """Yield the writes of built-in objects in recorded conversations."""
    for file in sorted(shared("recordings").glob(pattern)):
        recording = json.loads(file.read_text(encoding="utf-8"))
        steps, objects = recording["steps"], {}
        kinds = KINDS.with_crds(recording.get("crds", []))
        for index, step in enumerate(steps):
            url = filled(step["path"], steps)
            path = url.partition("?")[0]
            whole = re.sub(r"/(status|scale|ephemeralcontainers|resize)$", "", path)
            made = _write(
                kinds,
                recording.get("crds", []),
                step,
                steps,
                url,
                path[len(whole) + 1 :],
                objects.get(whole),
            )
            if made is not None:
                namespace = re.search(r"/namespaces/([^/]+)/", path)
                if namespace and not made[1].setdefault("metadata", {}).get("namespace"):
                    made[1]["metadata"]["namespace"] = namespace[1]
                before, after, sub = made
                causes = causes_of(step["status"], step["response"])
                yield Write(
                    f"{file.stem}/{index}", after["kind"], before, after, sub, causes, kinds
                )
            follow(objects, step, url, whole, path)


def _write(  # noqa: PLR0917 -- a step, and what is around it
    kinds: Kinds,
    crds: list[dict[str, Any]],
    step: dict[str, Any],
    steps: list[dict[str, Any]],
    url: str,
    sub: str,
    before: dict[str, Any] | None,
) -> tuple[dict[str, Any] | None, dict[str, Any], str] | None:
    """Return the object before and after a write, None where that cannot be told."""
    if step["status"] not in {200, 201, 422} or "body" not in step or sub not in {"", "status"}:
        return None
    body = filled(step["body"], steps)
    method, how = step["method"], step.get("type", "json")
    answer = step["response"]
    if step["status"] == 422 and str(answer.get("details", {}).get("kind")).endswith("Options"):
        return None  # it is about the request
    try:
        if method == "POST":
            if not kinds.known(body["apiVersion"], body["kind"]) or _is_sub(url):
                return None
            return None, kinds.defaulted(body), ""
        if before is None and how != "apply":
            return None
        if method == "PUT":
            after = body
        elif method != "PATCH":
            return None
        elif how == "jsonpatch":
            after = apply(before, body, dialect="kubernetes")
        elif how == "merge":
            after = merge_apply(before, body, dialect="kubernetes")
        elif how == "strategic":
            shape = kinds.schema(before["apiVersion"], before["kind"])
            after = strategic_apply(before, body, schema=shape)
        elif how == "apply":
            query = parse_qs(urlparse(url).query)
            told = {
                "manager": query.get("fieldManager", ["user"])[0],
                "schema": recorded_schema(body, crds)[0],
                "time": "now",
                "subresource": sub,
                "ignored": [],
                "force": query.get("force") == ["true"],
            }
            after = server_side_apply(before, body, **told)
        else:
            return None
        if not kinds.known(after["apiVersion"], after["kind"]):
            return None
        if before is None:
            return None, kinds.defaulted(after), ""
        after = {**after, "apiVersion": before["apiVersion"], "kind": before["kind"]}
        return before, replaced(kinds, before, copy.deepcopy(after), sub), sub
    except (ReconcileError, KeyError, TypeError, ValueError):
        return None


def _is_sub(url: str) -> bool:
    return re.search("/(binding|eviction|token|status|scale)$", url.partition("?")[0]) is not None


def defaults() -> Iterator[Write]:
    """Yield the creates of which the stored form was recorded."""
    for folder in ("defaults", "random"):
        for file in sorted(shared("recordings", folder).glob("*.jsonl")):
            for index, case in enumerate(lines("recordings", folder, file.name)):
                if case.get("status", 200) not in {200, 201, 422} or "input" not in case:
                    continue
                after = KINDS.defaulted(case["input"])
                version, kind = after["apiVersion"], after["kind"]
                if KINDS.scope(version, kind) == "Namespaced":
                    after.setdefault("metadata", {}).setdefault("namespace", "demo")
                causes = causes_of(case.get("status", 200), case["output"])
                yield Write(f"{folder}/{file.stem}/{index}", case["kind"], None, after, "", causes)


def outcomes(writes: Iterator[Write]) -> tuple[Counter[str], dict[str, Any], dict[str, Any]]:
    """Return how often each outcome came, what was taken there and not here, what differs."""
    counts: Counter[str] = Counter()
    taken: dict[str, Any] = {}
    differ: dict[str, Any] = {}
    for write in writes:
        found = write.errors()
        if write.causes is None:
            counts["taken"] += 1
            if found:
                taken[write.name] = found
        elif found == write.causes:
            counts["the same"] += 1
        else:
            counts["different"] += 1
            differ[write.name] = (write.kind, found, write.causes)
    return counts, taken, differ


CLUSTER = (
    "not configured on this cluster",
    "this cluster is not configured for dual-stack services",
    "failed to allocate IP",
    "provided port is already allocated",
    "provided port is not in the valid range",
    "must be specified for an update",
    "compilation failed",
)
"""What the cluster decides, who keeps the versions, or an expression in CEL."""
UNSEEN = {
    "random/defaults/280": "an empty capacity is not stored, and so is shown as null",
    "verbs_generate_name/3": "the name is generated before it is looked at",
    "meta_labels_annotations/10": "a key of the recording stands for a longer one",
    "random_strategic_020/36": "the strategic merge orders a port without its number differently",
    "random_strategic_018/48": "the strategic merge orders a port without its number differently",
}
"""What the stored form of an object does not show."""
NOT_HERE = {*POD_KINDS, "ControllerRevision", "CustomResourceDefinition"}


def mine(writes: Iterator[Write]) -> Iterator[Write]:
    """Yield the writes that kinds of this test are about, and the cluster has no say in."""
    for write in writes:
        told = write.causes or ()
        decided = any(text in message for _, _, message in told for text in CLUSTER)
        if not write.kinds.built_in(write.after["apiVersion"], write.kind):
            decided = decided or not all(field.startswith("metadata") for field, _, _ in told)
        if write.kind not in NOT_HERE and not decided:
            yield write


def test_creates() -> None:
    """Each create of a recorded default is refused with the recorded causes, or taken."""
    counts, taken, differ = outcomes(mine(defaults()))
    print(counts)
    assert taken == {}
    assert differ.keys() == {name for name in UNSEEN if name.startswith("random/defaults")}
    assert counts["taken"] >= 423
    assert counts["the same"] >= 127


def test_conversations() -> None:
    """Each write of a conversation is refused with the recorded causes, or taken."""
    counts, taken, differ = outcomes(mine(conversations("api/*.json")))
    print(counts)
    assert taken == {}
    assert {name: told for name, told in differ.items() if name not in UNSEEN} == {}
    assert counts["taken"] >= 565
    assert counts["the same"] >= 105


@pytest.mark.slow
def test_random_writes() -> None:
    """Each random write of a Service, a ConfigMap or a NetworkPolicy is judged as recorded."""
    counts, taken, differ = outcomes(mine(conversations("random/random_s*.json")))
    print(counts)
    assert taken == {}
    assert {name: told for name, told in differ.items() if name not in UNSEEN} == {}
    assert counts["taken"] >= 1915
    assert counts["the same"] >= 15
