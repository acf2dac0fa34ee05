"""The other examples: a decorator, and a composite with related objects."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconcile import Observed
from reconcile.kinds.core_v1 import ConfigMap, Service

ROOT = Path(__file__).parents[2]
SUITE = ROOT.parent / "shared" / "suites" / "metacontroller-examples" / "expected.jsonl"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BETTER = {
    "configmappropagation/sync/2": "a source that is not seen leaves the copies as they are",
}
"""Where our answer is not that of Metacontroller's own example, and why."""


def _example(name: str) -> ModuleType:
    path = ROOT / "examples" / name / "controller.py"
    spec = importlib.util.spec_from_file_location(f"example_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PER_POD = _example("service_per_pod")
PROPAGATION = _example("configmap_propagation")


def _answer(controller: Any, request: dict[str, Any], hook: str = "sync") -> dict[str, Any]:
    reply = controller.respond(json.dumps(request).encode(), hook=hook, now=NOW, entropy=b"e" * 32)
    assert reply.status == 200, reply
    return json.loads(reply.body)


def _request(example: str, name: str = "request.json") -> dict[str, Any]:
    return json.loads((ROOT / "examples" / example / name).read_text())


def _bare(children: list[dict[str, Any]]) -> list[str]:
    """Return children without their namespace, which we write out, in an order of their own."""
    bare = json.loads(json.dumps(children))
    for child in bare:
        if child["kind"] == "Service":
            child["metadata"].pop("namespace", None)
    return sorted(json.dumps(child, sort_keys=True) for child in bare)


def test_service_per_pod() -> None:
    """Each Pod of the StatefulSet gets a Service with the annotated ports."""
    answer = _answer(PER_POD.services, _request("service_per_pod"))
    assert [child["metadata"]["name"] for child in answer["attachments"]] == [
        "nginx-0",
        "nginx-1",
        "nginx-2",
    ]
    assert answer["attachments"][2]["spec"]["selector"] == {"pod-name": "nginx-2"}
    assert "status" not in answer


def test_service_per_pod_lets_go() -> None:
    """Asked to clean up, nothing is desired, and the object goes when the Services are gone."""
    request = _request("service_per_pod")
    request["finalizing"] = True
    service = Service("nginx-0", namespace="default").raw
    request["attachments"]["Service.v1"] = {"default/nginx-0": service}
    answer = _answer(PER_POD.services, request, "finalize")
    assert answer == {"attachments": [], "finalized": False}
    request["attachments"]["Service.v1"] = {}
    assert _answer(PER_POD.services, request, "finalize")["finalized"] is True


def test_propagation() -> None:
    """Each target namespace gets a copy, and the status counts them."""
    request = _request("configmap_propagation")
    answer = _answer(PROPAGATION.controller, request)
    assert [child["metadata"]["namespace"] for child in answer["children"]] == ["one", "two"]
    assert answer["status"]["expectedCopies"] == 2
    customize = _request("configmap_propagation", "customize.json")
    assert _answer(PROPAGATION.controller, customize, "customize") == {
        "relatedResources": [
            {
                "apiVersion": "v1",
                "resource": "configmaps",
                "namespace": "original",
                "names": ["settings"],
            }
        ]
    }


def test_propagation_waits_for_its_source() -> None:
    """While the source is not seen, the copies stay and the plan says what is waited for."""
    parent = PROPAGATION.ConfigMapPropagation.of(
        "p", spec={"sourceName": "s", "sourceNamespace": "o", "targetNamespaces": ["one", "two"]}
    )
    copied = ConfigMap("s", namespace="one", labels={"a": "b"}, data={"k": "v"})
    desired = PROPAGATION.controller.sync(Observed.of(parent, [copied], now=NOW))
    assert [ref.namespace for ref in desired.objects] == ["one"]
    assert [(held.rule, held.reason) for held in desired.waiting] == [
        ("copy", "ConfigMap s is not there")
    ]


@pytest.mark.parametrize(
    "example", ["service-per-pod", "service-per-pod-v2", "configmappropagation"]
)
def test_answers_of_the_originals(example: str) -> None:
    """Where Metacontroller's own example means the same, the answer is the same."""
    if not SUITE.exists():
        pytest.skip("the suites of other projects are not beside this checkout")
    same: list[str] = []
    differ: list[str] = []
    for line in SUITE.read_text().splitlines():
        case = json.loads(line)
        if case["example"] != example or "error" in case or case["hook"] == "other":
            continue
        (same if _same(case) else differ).append(case["id"])
    print(f"{example}: {len(same)} answers the same, {len(differ)} better")
    assert [name for name in differ if name not in BETTER] == []
    assert len(same) >= 5


def _same(case: dict[str, Any]) -> bool:
    request, response = case["request"], case["response"]
    if "parent" in request:
        ours = _answer(PROPAGATION.controller, request, case["hook"])
        if case["hook"] == "customize":
            return ours == response
        return _bare(ours["children"]) == _bare(response["children"])
    if case["hook"] == "sync-pod-name-label":
        return _answer(PER_POD.pod_names, request)["labels"] == response["labels"]
    hook = case["hook"] if case["hook"] == "finalize" else "sync"
    # The originals tell by the hook that is called, Metacontroller by `finalizing` as well.
    ours = _answer(PER_POD.services, {**request, "finalizing": hook == "finalize"}, hook)
    return _bare(ours["attachments"]) == _bare(response["attachments"]) and ours.get(
        "finalized"
    ) == response.get("finalized")
