"""An imported parent reads every object that a server of its definition stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from reconcile import ObjectError, Parent
from reconcile.errors import DefinitionError
from tests.manifests.importing.definitions import KIND, documents, objects, parents
from tests.suites import shared

Readers = dict[tuple[str, str], type[Parent[Any, Any]]]


def _readers(document: dict[str, Any]) -> Readers:
    try:
        several = parents(document)
    except DefinitionError:
        return {}
    return {(each.gvk.api_version, each.gvk.kind): each for each in several}


def _stored(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects in an answer that a server has stored."""
    for each in objects(value):
        metadata = each.get("metadata")
        if isinstance(metadata, dict) and metadata.get("uid") and metadata.get("resourceVersion"):
            yield each


def _read(readers: Readers, each: dict[str, Any], counts: Counter[str], where: str) -> None:
    reader = readers.get((each["apiVersion"], each["kind"]))
    if reader is None:
        return
    read = reader.read(each)
    assert read.to_wire() == each, where
    assert (read.status is None) is (each.get("status") is None), where
    counts["objects"] += 1
    counts[f"kind {each['kind']}"] = 1


def test_recorded_objects_of_the_api_server() -> None:
    """Each stored object in an answer is read, by the definition of that time."""
    counts: Counter[str] = Counter()
    for file in sorted(shared("recordings", "api").glob("*.json")):
        recording = json.loads(file.read_text())
        readers: Readers = {}
        for document in recording["crds"]:
            readers |= _readers(document)
        for number, step in enumerate(recording["steps"]):
            answer = step.get("response")
            if step.get("status", 0) >= 300 or not isinstance(answer, dict):
                continue
            for each in _stored(answer):
                if each["kind"] == KIND and "dryRun" not in step["path"]:
                    readers |= _readers(each)
                try:
                    _read(readers, each, counts, f"{file.stem}/{number}")
                except ObjectError as error:
                    counts[f"{file.stem}/{number}: {error}"] += 1
    kinds = [key for key in counts if key.startswith("kind ")]
    print(counts["objects"], "objects of", len(kinds), "kinds")
    assert counts["objects"] > 300
    faults = {key.partition("/")[0] for key in counts} - {"objects", *kinds}
    # Stored under an older definition: the server leaves alone what an update does not change.
    # And an object of 500 levels, which is more than is read anywhere here.
    assert faults == {"crd_ratcheting", "verbs_deep_nesting"}


def test_recorded_objects_of_metacontroller() -> None:
    """Each stored object in what hooks are told, and in the world after a step, is read."""
    counts: Counter[str] = Counter()
    for file in sorted(shared("recordings", "metacontroller").glob("*/recording.json")):
        text = file.read_text()
        if f'"{KIND}"' not in text:
            continue
        recording = json.loads(text)
        readers: Readers = {}
        for document in recording["crds"]:
            readers |= _readers(document)
        for number, step in enumerate(recording["steps"]):
            told = [each.get("request") for each in step.get("timeline", [])]
            for each in _stored([told, step.get("world")]):
                _read(readers, each, counts, f"{file.parent.name}/{number}")
    print(counts["objects"], "objects of", len(counts) - 1, "kinds")
    assert counts["objects"] > 300


def test_objects_of_suites() -> None:
    """Objects that ship with their definitions are read."""
    counts: Counter[str] = Counter()
    small = {"servicemonitors", "prometheusrules", "podmonitors"}
    for parts in (
        ("suites", "metacontroller-examples", "manifests.jsonl.gz"),
        ("suites", "kube-prometheus", "v0.14.0.jsonl.gz"),
        ("suites", "kube-prometheus", "v0.9.0.jsonl.gz"),
    ):
        several = list(objects(list(documents(*parts))))
        readers: Readers = {}
        for each in several:
            name = each.get("metadata", {}).get("name", "")
            if each["kind"] == KIND and (
                "prometheus" not in parts[1] or name.partition(".")[0] in small
            ):
                readers |= _readers(each)
        for each in several:
            if isinstance(each.get("metadata"), dict) and each["metadata"].get("name"):
                _read(readers, each, counts, f"{parts[1]}: {each['metadata']['name']}")
    print(counts["objects"], "objects of", len(counts) - 1, "kinds")
    assert counts["objects"] > 40
