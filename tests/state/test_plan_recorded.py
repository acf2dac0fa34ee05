"""Plans, held to what Metacontroller did: every recorded answer, and the writes that followed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconcile.kinds import with_crds
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.state.declared import Child
from reconcile.state.desired import Desired
from reconcile.state.plan import Plan, Step, plan
from reconcile.wire.decode import decode_request
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconcile.kinds import Kinds

VERBS = {
    "create": {"create", "patch"},
    "update": {"update", "patch"},
    "recreate": {"delete"},
    "delete": {"delete"},
}
BROKEN = "answers that do not decode"
UNSEEN = "somebody else's object, which the request does not show"
KNOWN = {
    "decorator_v2_keys": "a conflict at the decorated object ends the sync before its attachments",
    "error_namespace_deleted": "the namespace is being deleted",
    "error_namespace_missing": "writes in namespaces that are not there were not recorded",
    "hooks_child_identity": BROKEN,
    "hooks_finalize_empty": "an empty finalize hook: the request does not say that it finalizes",
    "hooks_strict_v1_loose_v2": BROKEN,
    "hooks_wrong_types": BROKEN,
    "ssa_dry_run_forbidden": "a server that forbids or fails dry runs",
    "ssa_null_empty": "a spec that is null, which the server refuses",
    "ssa_numbers": "whole numbers beyond 64 bits, which Metacontroller reads as floats",
    "ssa_steal_other_manager": UNSEEN,
    "ssa_takeover": UNSEEN,
    "transport_timeout": "an answer that came too late",
}
"""Recordings in which something else is done than planned, and why nobody could plan it."""


def recordings() -> list[Path]:
    """Return the recordings of one hook at a time: rollouts ask about old revisions, too."""
    folder = shared("recordings", "metacontroller")
    return [
        file
        for file in sorted(folder.glob("*/recording.json"))
        if not file.parent.name.startswith("rolling_")
    ]


def table(recording: dict[str, Any]) -> Kinds:
    """Return the kinds of a recording."""
    file = shared("recordings", "metacontroller", "kinds.json")
    crds = json.loads(file.read_text(encoding="utf-8"))
    return with_crds([*crds, *recording.get("crds", [])])


def kind_of(recording: dict[str, Any], api_version: str, resource: str) -> str | None:
    """Return the kind that a resource is of."""
    for one in recording["scope"]:
        if (one["apiVersion"], one["resource"]) == (api_version, resource):
            return one["kind"]
    return None


def ref_of(recording: dict[str, Any], row: dict[str, Any]) -> tuple[Ref, str] | None:
    """Return the object that a write is to, and the subresource."""
    parts = row["uri"].partition("?")[0].strip("/").split("/")
    api_version = parts[1] if parts[0] == "api" else f"{parts[1]}/{parts[2]}"
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2:
        namespace, parts = parts[1], parts[2:]
    kind = kind_of(recording, api_version, parts[0])
    if kind is None:
        return None
    body = row.get("body") or {}
    name = parts[1] if len(parts) > 1 else body.get("metadata", {}).get("name", "")
    return Ref(Gvk(api_version, kind), namespace, name), parts[2] if len(parts) > 2 else ""


def answers(recording: dict[str, Any]) -> Iterator[tuple[str, str, dict, list[dict]]]:
    """Yield each answered call with the flags it came under and the writes that followed.

    Left out is a call between two of other parents or controllers, whose writes cannot be told
    apart, and the last one before a recording was cut off.
    """
    flags = recording["flags"]
    for number, step in enumerate(recording["steps"]):
        flags = step.get("flags", flags)
        rows = step.get("timeline") or []
        calls = [at for at, row in enumerate(rows) if "hook" in row or "left_out" in row]
        for place, at in enumerate(calls):
            beside = [calls[each] for each in (place - 1, place + 1) if 0 <= each < len(calls)]
            if not _whole(rows[at]) or any(_who(rows[each]) != _who(rows[at]) for each in beside):
                continue
            last = place + 1 == len(calls)
            if last and not step.get("settled"):
                continue
            later = rows[at + 1 :] if last else rows[at + 1 : calls[place + 1]]
            writes = [row for row in later if row.get("who") == "metacontroller"]
            yield f"{recording['name']}/{number}/{at}", " ".join(flags), rows[at], writes


def _who(row: dict[str, Any]) -> object:
    request = row.get("request")
    if not isinstance(request, dict):
        return None
    parent = request.get("object", request.get("parent"))
    return request["controller"]["metadata"]["name"], parent["metadata"]["uid"]


def _whole(row: dict[str, Any]) -> bool:
    """Return whether a call was answered with something that Metacontroller takes."""
    request, response = row.get("request"), row.get("response")
    if row.get("status") != 200 or not isinstance(request, dict) or "related" not in request:
        return False
    if not isinstance(response, dict):
        return False
    children = response.get("children") or response.get("attachments") or []
    return isinstance(children, list) and all(
        isinstance(child, dict)
        and child.get("kind")
        and isinstance(child.get("metadata"), dict)
        and isinstance(child.get("apiVersion"), str)
        for child in children
    )


def planned(recording: dict[str, Any], row: dict[str, Any], flags: str, kinds: Kinds) -> Plan:
    """Return the plan of one recorded answer."""
    request, response = row["request"], row["response"]
    hook = "finalize" if request["finalizing"] else "sync"
    decoded = decode_request(json.dumps(request).encode(), hook=hook)
    parent = decoded.parent.whole()
    spec = request["controller"]["spec"]
    where = parent["metadata"].get("namespace", "")
    children = response.get("attachments" if decoded.decorator else "children") or []
    objects = {}
    for child in children:
        metadata = child.get("metadata") or {}
        gvk = Gvk(child["apiVersion"], child["kind"])
        objects[Ref(gvk, metadata.get("namespace") or "", metadata.get("name", ""))] = child
    declared = []
    for rule in spec.get("attachments" if decoded.decorator else "childResources") or []:
        kind = kind_of(recording, rule["apiVersion"], rule["resource"])
        method = (rule.get("updateStrategy") or {}).get("method") or "OnDelete"
        declared.append(Child(Gvk(rule["apiVersion"], kind or "?"), method))
    generates = spec.get("generateSelector") is True
    selector = (parent.get("spec") or {}).get("selector") if not decoded.decorator else None
    return plan(
        decoded.children,
        Desired(objects, finalized=bool(response.get("finalized")), namespace=where),
        declared,
        parent=parent,
        selector=None if decoded.decorator or generates else selector or {},
        generate_selector=generates,
        decorator=request["controller"]["metadata"]["name"] if decoded.decorator else None,
        apply="server-side" if "server-side-apply" in flags else "dynamic",
        finalizing=request["finalizing"],
        kinds=kinds,
    )


def faults(recording: dict[str, Any]) -> tuple[int, list[str]]:
    """Return how many children were looked at, and where plan and writes differ."""
    kinds = table(recording)
    looked, wrong = 0, []
    for name, flags, row, writes in answers(recording):
        made = planned(recording, row, flags, kinds)
        steps = {step.ref: step for step in made.steps}
        done: dict[Ref, list[tuple[str, int]]] = {}
        for write in writes:
            found = ref_of(recording, write)
            if found is None or found[1] or "dryRun" in write["uri"]:
                continue
            if found[0].gvk in OWN or found[0].gvk.kind == _parent(row)["kind"]:
                continue
            done.setdefault(found[0], []).append((write["verb"], write["code"]))
        for ref in sorted({*steps, *done}):
            if not ref.name:
                continue  # it gets another name at each write
            looked += 1
            step = None if made.failing else steps.get(ref)
            said = _fault(step, done.get(ref, []), server_side=made.apply == "server-side")
            if said:
                wrong.append(f"{name}: {ref}: {said}")
    return looked, wrong


OWN = (Gvk("metacontroller.k8s.io/v1alpha1", "ControllerRevision"),)


def _parent(row: dict[str, Any]) -> dict[str, Any]:
    return row["request"].get("object", row["request"].get("parent"))


def _fault(step: Step | None, done: list[tuple[str, int]], *, server_side: bool) -> str:
    """Return what is wrong with a step, seen what was done; "" if nothing is."""
    taken = [verb for verb, code in done if code < 300]
    if step is None or step.action in {"none", "leave"}:
        # Server-side apply is sent again when something has changed at the object; it is no change.
        again = server_side and taken == ["patch"] * len(done)
        return "" if not done or again else f"not planned: {done}"
    if step.action == "refuse":
        lost = any("created once" in str(found) or "every sync deletes" in str(found)
                   for found in step.refusals)  # fmt: skip
        return "" if not taken or lost else f"refused, yet done: {done}"
    if step.action == "release":
        return ""
    if not done:
        drift = any("repaired only" in found.reason for found in step.warnings)
        return "" if drift else f"{step.action} was not done"
    if done[0][0] not in VERBS[step.action]:
        return f"{step.action}, but {done}"
    swallowed = done[0][1] in {404, 409}
    return "" if taken or swallowed else f"{step.action} was refused: {done}"


@pytest.mark.slow
@pytest.mark.parametrize("area", ["apply", "claim", "customize", "decorator", "error", "finalize",
    "flags", "hooks", "keys", "objectstore", "ssa", "status", "transport", "trigger",
    "update", "composite"])  # fmt: skip
def test_plans_are_what_metacontroller_did(area: str) -> None:
    """Each planned step of each answer was taken, and nothing else was written."""
    looked = 0
    for file in recordings():
        name = file.parent.name
        if name.startswith(f"{area}_"):
            count, found = faults(json.loads(file.read_text(encoding="utf-8")))
            looked += count
            assert bool(found) is (name in KNOWN), (name, found)
    assert looked


def test_every_area_is_looked_at() -> None:
    """No recording is left out, and every exception is one of a recording."""
    names = {file.parent.name for file in recordings()}
    assert names >= set(KNOWN)
