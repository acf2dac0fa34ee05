"""Metacontroller's dynamic apply."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.diff import equal, three_way
from reconcile.errors import LimitError

CASES = json.loads((Path(__file__).parents[1] / "cases" / "three_way.json").read_text())
RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings" / "metacontroller"
ANNOTATION = "metacontroller.k8s.io/last-applied-configuration"

# The recorded bodies are those of the server's audit log, which shows them after its own decoding:
# with defaults, canonical quantities, without unknown fields, nulls and what is no text.
NORMALISED = {
    "apply_merge_key_changed",
    "apply_network_policy",
    "apply_null_in_configmap",
    "apply_quantities",
    "apply_secret_string_data",
    "apply_service_defaults",
    "apply_statefulset",
    "error_unknown_fields",
    "hooks_child_bad_labels",
}

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text("ab", max_size=2))
KEYED = st.lists(
    st.dictionaries(st.sampled_from(["name", "port", "v"]), LEAVES, max_size=3), max_size=3
)
VALUES = st.recursive(
    st.one_of(LEAVES, KEYED),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, object]) -> None:
    """Each row of what the real one does is what we do."""
    result = three_way(case["lastApplied"], case["observed"], case["desired"])
    assert equal(result, case["result"]), case["why"]


@given(OBJECTS, OBJECTS, OBJECTS)
def test_no_argument_is_changed_or_shared(last: dict, observed: dict, desired: dict) -> None:
    """The result is made of fresh containers."""
    before = copy.deepcopy((last, observed, desired))
    result = three_way(last, observed, desired)
    _spoil(result)
    assert equal(list(before), [last, observed, desired])


@given(OBJECTS)
def test_applied_and_unchanged_writes_nothing(document: dict) -> None:
    """What was applied, is observed and is desired again comes out the same, but for merge keys
    that are there twice."""
    if not _doubled(document):
        assert equal(three_way(document, document, document), document)


@given(OBJECTS, OBJECTS, OBJECTS)
def test_outside_lists_a_second_merge_changes_nothing(
    last: dict, observed: dict, desired: dict
) -> None:
    """Once merged, merging again with the same desired state is a no-op, where no list is."""
    last, observed, desired = _unlisted(last), _unlisted(observed), _unlisted(desired)
    once = three_way(last, observed, desired)
    assert equal(three_way(desired, once, desired), once)


def test_nesting_is_limited() -> None:
    """Too deep a document is a LimitError."""
    document: object = 1
    for _ in range(200):
        document = {"a": document}
    with pytest.raises(LimitError):
        three_way(document, document, document)


def test_recorded_updates() -> None:
    """Every update that the real Metacontroller wrote in place is the merge of what it saw."""
    if not RECORDINGS.exists():
        pytest.skip("the recordings are not beside this checkout")
    checked = 0
    for path in sorted(RECORDINGS.glob("*/recording.json")):
        if path.parent.name not in NORMALISED:
            for step in json.loads(path.read_text())["steps"]:
                checked += _check_step(step)
    assert checked > 200


def _check_step(step: dict) -> int:
    """Check the first update of each object that follows a request in which it was observed."""
    seen: dict[str, tuple[dict, list]] = {}
    checked = 0
    for row in step.get("timeline", ()):
        if isinstance(row.get("request"), dict) and isinstance(row.get("response"), dict):
            for group in row["request"].get("children", {}).values():
                for child in group.values():
                    answer = row["response"].get("children") or []
                    seen[child["metadata"]["uid"]] = (child, answer)
        if row.get("verb") == "update" and row.get("who") == "metacontroller":
            body = row.get("body")
            uid = (body or {}).get("metadata", {}).get("uid")
            if uid not in seen or row.get("code") != 200:
                continue
            observed, answer = seen.pop(uid)
            version = observed["metadata"]["resourceVersion"]
            if body["metadata"].get("resourceVersion") != version:
                continue
            wanted = [child for child in answer if _same(child, observed)]
            text = body["metadata"].get("annotations", {}).get(ANNOTATION)
            if len(wanted) != 1 or text is None:
                continue
            held = observed["metadata"].get("annotations") or {}
            if not all(isinstance(value, str) for value in held.values()):
                continue
            last = json.loads(held[ANNOTATION]) if held.get(ANNOTATION) else None
            desired = json.loads(text)
            merged = three_way(last if isinstance(last, dict) else None, observed, desired)
            _annotations(merged)[ANNOTATION] = text
            assert _by_value(merged) == _by_value(body), step.get("do")
            checked += 1
    return checked


def _annotations(document: dict) -> dict:
    metadata = document["metadata"]
    if not isinstance(metadata.get("annotations"), dict):
        metadata["annotations"] = {}
    return metadata["annotations"]


def _same(child: object, observed: dict) -> bool:
    return (
        isinstance(child, dict)
        and child.get("kind") == observed["kind"]
        and (child.get("metadata") or {}).get("name") == observed["metadata"]["name"]
    )


def _by_value(document: object) -> str:
    """Go writes 1.0 as 1."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in sorted(value.items())}
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    return json.dumps(plain(document))


def _spoil(value: object) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _spoil(item)
        value["spoilt"] = True
    elif isinstance(value, list):
        for item in value:
            _spoil(item)
        value.append("spoilt")


def _unlisted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _unlisted(item) for key, item in value.items()}
    return str(value) if isinstance(value, list) else value


def _doubled(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_doubled, value.values()))
    if isinstance(value, list):
        for key in ("port", "name"):
            if value and all(isinstance(item, dict) and key in item for item in value):
                return len({str(item[key]) for item in value}) < len(value) or any(
                    map(_doubled, value)
                )
        return any(map(_doubled, value))
    return False
