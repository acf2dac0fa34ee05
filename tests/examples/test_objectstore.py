"""The objectstore: its own promises, and the answers of the demo it comes from."""

from __future__ import annotations

import importlib.util
import json
import sys
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reconcile import Observed

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "objectstore"
SHARED = ROOT.parent / "shared"
DEMO = SHARED / "suites" / "objectstore-demo" / "expected.json"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

BETTER = {
    "objectstore/10": "a tag that is a number is refused, with its pointer: the schema says text",
    "objectstore/14": "a size that is absent gets a default: a claim without one is refused",
    "objectstore/15": "children always carry what the selector looks for, or nothing is applied",
    "objectstore/16": "as 15: labels that contradict the selector give way to it",
    "objectstore/20": "asked to clean up, the demo makes everything again; ours lets go",
    "objectstore/24": "a null tag is refused, with its pointer; the demo's image ends in a colon",
}
"""Where our answer is not the demo's, and why."""


def _example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


EXAMPLE_MODULE = _example("controller")
CONTROLLER = EXAMPLE_MODULE.controller


def _answer(request: dict[str, Any], *, entropy: bytes = b"e" * 32) -> dict[str, Any]:
    body = json.dumps(request).encode()
    reply = CONTROLLER.respond(body, now=NOW, entropy=entropy)
    assert reply.status == 200, reply
    return json.loads(reply.body)


def _comparable(child: dict[str, Any]) -> dict[str, Any]:
    """Drop nulls and what is then empty, and mask keys that were generated."""
    plain = _without_nulls(child)
    if plain["kind"] == "Secret":
        for key, length in (("accesskey", 20), ("secretkey", 45)):
            held = plain.get("data", {}).get(key, "<generated>")
            if held == "<generated>":
                continue
            text = b64decode(held).decode()
            if len(text) == length and text.isalnum() and text.isascii():
                plain["data"][key] = "<generated>"
    return plain


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _by_kind(children: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        f"{child['kind']}/{child['metadata']['name']}": _comparable(child) for child in children
    }


def test_demo_answers(record_property: Any) -> None:
    """Every request that the demo answered gets the same children from us, or better ones."""
    if not DEMO.exists():
        pytest.skip("the suites of other projects are not beside this checkout")
    same: list[str] = []
    differ: list[str] = []
    for case in json.loads(DEMO.read_text()):
        if case.get("status_code") != 200:
            continue
        ours = _by_kind(_answer(case["request"])["children"])
        theirs = _by_kind(case["response"]["children"])
        (same if ours == theirs else differ).append(case["id"])
    record_property("same", len(same))
    print(f"objectstore demo: {len(same)} answers have the same children, {len(differ)} better")
    for name in differ:
        print(f"  {name}: {BETTER.get(name, 'UNEXPLAINED')}")
    assert sorted(differ) == sorted(BETTER)
    assert len(same) == 17


@pytest.mark.parametrize("bad", [{"tag": None}, {"tag": 2026}])
def test_bad_image_is_told_and_changes_nothing(bad: dict[str, Any]) -> None:
    """A spec that is not valid is a condition with the pointer, and the children stay."""
    request = json.loads((EXAMPLE / "request.json").read_text())
    request["parent"]["spec"]["image"] = bad
    answer = _answer(request)
    accepted = {each["type"]: each for each in answer["status"]["conditions"]}["Accepted"]
    assert accepted["status"] == "False"
    assert "/spec/image/tag" in accepted["message"]
    assert "2026" not in accepted["message"]
    observed = [child for group in request["children"].values() for child in group.values()]
    annotation = "metacontroller.k8s.io/last-applied-configuration"
    applied = [json.loads(child["metadata"]["annotations"][annotation]) for child in observed]
    key = lambda child: (child["kind"], child["metadata"]["name"])  # noqa: E731
    assert sorted(answer["children"], key=key) == sorted(applied, key=key)


def test_request_is_a_recorded_one() -> None:
    """The request of the example was sent by a real Metacontroller."""
    folder = SHARED / "recordings" / "metacontroller"
    if not folder.exists():
        pytest.skip("the recordings are not beside this checkout")
    wanted = json.loads((EXAMPLE / "request.json").read_text())
    recorded = [
        row["request"]
        for path in folder.glob("objectstore_*/recording.json")
        for step in json.loads(path.read_text())["steps"]
        for row in step["timeline"]
        if "hook" in row
    ]
    assert wanted in recorded


def test_versions_of_the_hook_get_one_answer() -> None:
    """v1 and v2 differ in the keys of the request only."""
    first, second = (
        _answer(json.loads((EXAMPLE / name).read_text()))
        for name in ("request.json", "request-v2.json")
    )
    assert first == second


def test_keys_are_kept_over_three_syncs() -> None:
    """What was generated once comes back, whatever the entropy of later syncs."""
    request = json.loads((EXAMPLE / "request.json").read_text())
    for group in request["children"].values():
        group.clear()
    answers = []
    for sync in range(3):
        answers.append(_answer(request, entropy=bytes([sync]) * 32))
        for child in answers[-1]["children"]:
            group = child["apiVersion"]
            request["children"][f"{child['kind']}.{group}"]["store"] = child
    keys = [_secret(answer) for answer in answers]
    assert keys[0] == keys[1] == keys[2]
    fresh = _answer({**request, "children": {}}, entropy=b"z" * 32)
    assert _secret(fresh) != keys[0]


def test_each_key_is_kept_on_its_own() -> None:
    """A key that is missing is made, the one that is there stays."""
    request = json.loads((EXAMPLE / "request.json").read_text())
    secret = request["children"]["Secret.v1"]["store"]
    kept = secret["data"]["accesskey"]
    secret["data"]["secretkey"] = ""
    data = _secret(_answer(request))
    assert data["accesskey"] == kept
    assert len(b64decode(data["secretkey"])) == 45


def _secret(answer: dict[str, Any]) -> dict[str, str]:
    return next(child["data"] for child in answer["children"] if child["kind"] == "Secret")


def test_ready_follows_the_deployment() -> None:
    """The store is ready when its Deployment is."""
    store = EXAMPLE_MODULE.Objectstore.of("store", namespace="demo", generation=3)
    observed = Observed.of(store, now=NOW, entropy=b"e" * 32)
    desired = CONTROLLER.sync(observed)
    assert desired.status["endpoint"] == "http://store.demo.svc:9000"
    assert desired.status["observedGeneration"] == 3
    assert _ready(desired) == "False"
    running = desired.child(EXAMPLE_MODULE.Deployment, "store").copy().raw
    running["metadata"]["generation"] = 1
    running["status"] = {
        "observedGeneration": 1,
        "replicas": 1,
        "updatedReplicas": 1,
        "availableReplicas": 1,
    }
    assert (
        _ready(CONTROLLER.sync(Observed.of(store, [running], now=NOW, entropy=b"e" * 32))) == "True"
    )


def _ready(desired: Any) -> str:
    return next(each["status"] for each in desired.status["conditions"] if each["type"] == "Ready")
