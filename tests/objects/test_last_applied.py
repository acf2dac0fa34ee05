"""Objects as they were last applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.diff import three_way
from reconcile.errors import LimitError
from reconcile.objects.last_applied import last_applied
from reconcile.objects.names import LAST_APPLIED
from reconcile.value.equality import equal
from reconcile.value.types import Json, JsonObject

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "metacontroller"


def _observed(annotation: str | None = None, **metadata: Json) -> JsonObject:
    if annotation is not None:
        metadata["annotations"] = {LAST_APPLIED: annotation, "other": "x"}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "c",
            "namespace": "n",
            "uid": "u",
            "resourceVersion": "5",
            "labels": {"a": "b"},
            **metadata,
        },
        "data": {"k": "v", "foreign": "x"},
        "status": {"s": 1},
    }


def _entry(fields: Json, **more: Json) -> JsonObject:
    return {"manager": "metacontroller", "operation": "Apply", "fieldsV1": fields, **more}


MINIMAL: JsonObject = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"labels": {"a": "b"}, "name": "c", "namespace": "n"},
}


def test_the_annotation_comes_first() -> None:
    """The annotation's object is returned, with the identity if it lacks one."""
    applied = last_applied(_observed('{"data":{"k":"v"}}'))
    assert applied == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "data": {"k": "v"},
        "metadata": {"name": "c", "namespace": "n"},
    }


def test_what_the_server_writes_is_never_in_it() -> None:
    """Status and system metadata recorded from an echoed object are taken out."""
    echoed = _observed()
    metadata: Any = echoed["metadata"]
    metadata.update(managedFields=[], generation=1, annotations={LAST_APPLIED: "{}"})
    assert last_applied(_observed(json.dumps(echoed))) == {
        **MINIMAL,
        "data": {"k": "v", "foreign": "x"},
    }


@pytest.mark.parametrize(
    "annotation", [None, "", "null", "[]", "3", "{", '{"a":1,"a":2}', "\ud800", "[" * 5000]
)
def test_without_a_usable_annotation_identity_and_labels_are_left(annotation: str | None) -> None:
    """An annotation that holds no object counts as absent."""
    assert last_applied(_observed(annotation)) == MINIMAL


@pytest.mark.parametrize("metadata", [None, [], "x"])
def test_broken_metadata_is_no_crash(metadata: Json) -> None:
    """An object without metadata keeps its kind."""
    observed: JsonObject = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    assert last_applied(observed) == {"apiVersion": "v1", "kind": "Pod", "metadata": {}}


def test_managed_fields_of_the_apply_entry_are_picked() -> None:
    """Only what the Apply entry of the field manager names is returned."""
    fields: JsonObject = {
        "f:data": {"f:k": {}, "f:gone": {}},
        "f:metadata": {
            "f:labels": {"f:a": {}},
            "f:ownerReferences": {'k:{"uid":"p"}': {}},
        },
    }
    owners: list[Json] = [{"uid": "p", "controller": True}]
    entries: list[Json] = ["junk", _entry({"f:status": {}}, subresource="status"), _entry(fields)]
    applied = last_applied(_observed(managedFields=entries, ownerReferences=owners))
    assert applied == {**MINIMAL, "data": {"k": "v"}}


def test_other_owners_stay() -> None:
    """A reference to an owner that does not control was asked for by the hook."""
    fields: JsonObject = {
        "f:metadata": {"f:ownerReferences": {'k:{"uid":"p"}': {}, 'k:{"uid":"q"}': {}}}
    }
    owners: list[Json] = [{"uid": "p", "controller": True}, {"uid": "q"}]
    applied = last_applied(_observed(managedFields=[_entry(fields)], ownerReferences=owners))
    assert applied["metadata"] == {"ownerReferences": [{"uid": "q"}], "name": "c", "namespace": "n"}


@pytest.mark.parametrize(
    "entry",
    [
        _entry({}, operation="Update"),
        _entry({}, manager="user"),
        _entry({}, subresource="status"),
        _entry(None),
    ],
)
def test_other_entries_are_passed_over(entry: Json) -> None:
    """Updates, other managers, subresources and entries without fields say nothing."""
    assert last_applied(_observed(managedFields=[entry])) == MINIMAL


def test_the_field_manager_may_have_another_name() -> None:
    """Metacontroller started with another field manager's name is understood."""
    observed = _observed(managedFields=[_entry({"f:data": {"f:k": {}}}, manager="mine")])
    assert last_applied(observed) == MINIMAL
    assert last_applied(observed, field_manager="mine")["data"] == {"k": "v"}


@pytest.mark.parametrize(
    ("fields", "value", "picked"),
    [
        ({}, {"a": [1]}, {"a": [1]}),
        ({".": {}}, {"a": 1}, {}),
        ({"f:a": {}}, 5, 5),
        ({"f:a": {}}, {"a": None, "b": 1}, {"a": None}),
        ({"f:a": 1}, {"a": 1}, {}),
        ({'v:"x"': {}, "v:1": {}}, ["y", "x", True, 1, 1.0], ["x", 1]),
        ({"i:1": {}}, ["a", "b"], ["b"]),
        (
            {'k:{"name":"a"}': {".": {}, "f:name": {}}, 'k:{"name":"z"}': {}},
            [{"name": "b", "x": 1}, {"name": "a", "x": 2}, {"x": 3}],
            [{"name": "a"}],
        ),
        (
            {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}},
            [{"port": 80, "protocol": "UDP"}, {"port": 80, "protocol": "TCP", "name": "x"}],
            [{"port": 80}],
        ),
        ({'k:{"on":true}': {}}, [{"on": 1}, {"on": True}], [{"on": True}]),
        ({"k:{": {}, "v:": {}, "k:[]": {}, 'k:{"a":{}}': {}, "x": {}}, [{"a": {}}, 1], []),
        ({"v:\ud800": {}}, ["x"], []),
    ],
)
def test_paths_of_managed_fields(fields: JsonObject, value: Json, picked: Json) -> None:
    """Members, keyed items, set members and positions are picked; keys keep their types."""
    observed = _observed(managedFields=[_entry({"f:spec": fields})])
    observed["spec"] = value
    assert equal(last_applied(observed)["spec"], picked)


def test_deep_managed_fields_are_refused() -> None:
    """A field set nested without end is a typed error."""
    fields: JsonObject = {}
    value: JsonObject = {}
    for _ in range(200):
        fields, value = {"f:a": fields or {"f:b": {}}}, {"a": value}
    observed = _observed(managedFields=[_entry(fields)])
    observed.update(value)
    with pytest.raises(LimitError):
        last_applied(observed)


def test_the_result_shares_nothing() -> None:
    """The result may be changed without changing what was observed."""
    for observed in (
        _observed(),
        _observed(managedFields=[_entry({"f:data": {}, "f:metadata": {"f:labels": {}}})]),
    ):
        before = json.dumps(observed)
        applied: Any = last_applied(observed)
        applied["metadata"]["labels"]["new"] = "x"
        applied.setdefault("data", {})["new"] = "x"
        assert json.dumps(observed) == before


def _recorded_children() -> list[tuple[str, JsonObject]]:
    if not RECORDINGS.exists():
        pytest.skip("the recordings of Metacontroller are not beside this repository")
    found: list[tuple[str, JsonObject]] = []
    for path in sorted(RECORDINGS.glob("*/recording.json")):
        for step in json.loads(path.read_text())["steps"]:
            for row in step.get("timeline") or ():
                request = row.get("request")
                if isinstance(request, dict):
                    groups = request.get("children") or request.get("attachments") or {}
                    found += [
                        (path.parent.name, child)
                        for group in groups.values()
                        for child in group.values()
                    ]
    return found


def _annotation(child: JsonObject) -> Any:
    metadata: Any = child["metadata"]
    text = (metadata.get("annotations") or {}).get(LAST_APPLIED)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _restored(merged: JsonObject, observed: JsonObject) -> JsonObject:
    """Return what Metacontroller would write: status and system metadata put back."""
    after: Any = json.loads(json.dumps(merged))
    before: Any = observed
    for key in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"):
        after["metadata"].pop(key, None)
        if key in before["metadata"]:
            after["metadata"][key] = before["metadata"][key]
    # An echoed annotation is taken out of what a hook answers, then the annotation is written.
    before_notes = before["metadata"].get("annotations")
    notes = after["metadata"].pop("annotations", None) or {}
    notes.pop(LAST_APPLIED, None)
    if before_notes and LAST_APPLIED in before_notes:
        notes[LAST_APPLIED] = before_notes[LAST_APPLIED]
    if notes or before_notes is not None:
        after["metadata"]["annotations"] = notes
    after.pop("status", None)
    if "status" in before:
        after["status"] = before["status"]
    return after


def test_what_was_last_applied_writes_nothing() -> None:
    """Wherever a recorded child agrees with its annotation, returning it again writes nothing.

    Where it does not (a user changed it, the server normalised a value), the merge writes the
    same as it would for the hook's own answer, because the result is that answer.
    """
    quiet = same = 0
    for name, child in _recorded_children():
        applied = _annotation(child)
        if not isinstance(applied, dict):
            continue
        again = last_applied(child)
        hook = json.loads(json.dumps(applied))
        merged = _restored(three_way(applied, child, again), child)
        assert equal(merged, _restored(three_way(applied, child, hook), child)), name
        same += 1
        quiet += equal(merged, child)
    assert same > 300
    assert quiet > same * 0.8


def test_what_server_side_apply_applied_is_picked() -> None:
    """For a recorded child of server-side apply, every picked leaf is the observed one."""
    count = 0
    for name, child in _recorded_children():
        metadata: Any = child["metadata"]
        entries = [
            entry
            for entry in metadata.get("managedFields") or ()
            if entry["manager"] == "metacontroller" and entry["operation"] == "Apply"
        ]
        if not entries or _annotation(child) is not None:
            continue
        applied = last_applied(child)
        count += 1
        assert "status" not in applied, name
        assert "resourceVersion" not in json.dumps(applied["metadata"]), name
        owned = {key[2:] for key in entries[0]["fieldsV1"]}
        assert owned & set(child) - {"status"} <= set(applied), name
        for key in set(applied) - {"metadata", "apiVersion", "kind"}:
            _within(applied[key], child[key], name)
    assert count > 50


def _within(part: Json, whole: Json, name: str) -> None:
    if isinstance(part, dict):
        assert isinstance(whole, dict), name
        for key, value in part.items():
            _within(value, whole[key], name)
    elif isinstance(part, list):
        assert isinstance(whole, list), name
        assert len(part) <= len(whole), name
    else:
        assert equal(part, whole), name
