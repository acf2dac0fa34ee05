"""JSON patches applied: RFC 6902, and as the API server does it."""

from __future__ import annotations

import copy
import json

import pytest

from reconcile.diff import Operation, apply, equal
from reconcile.errors import LimitError, PatchError
from tests.suites import lines, shared

DOCUMENT = {"a": {"b": [1, 2, 3]}, "s": "x", "n": 1}


@pytest.mark.parametrize(
    ("patch", "index", "pointer", "message"),
    [
        ([{"op": "ad", "path": "/a", "value": 1}], 0, "/a", "did you mean 'add'"),
        ([{"path": "/a"}], 0, "/a", "has no op"),
        ([{"op": "add", "value": 1}], 0, "", "has no path"),
        ([{"op": "add", "path": 3, "value": 1}], 0, "", "expected a pointer"),
        ([{"op": "add", "path": "a", "value": 1}], 0, "a", "does not begin with /"),
        ([{"op": "add", "path": "/~2", "value": 1}], 0, "/~2", "~"),
        ([{"op": "add", "path": "/z"}], 0, "/z", "null is a value"),
        ([{"op": "move", "path": "/z"}], 0, "", "has no from"),
        (["remove"], 0, "", "expected an object"),
        ([{"op": "test", "path": "/n", "value": 1}, {"op": "remove", "path": "/z"}], 1, "/z", "nothing"),
        ([{"op": "replace", "path": "/z", "value": 1}], 0, "/z", "nothing to replace"),
        ([{"op": "replace", "path": "/z/y", "value": 1}], 0, "/z/y", "part 1"),
        ([{"op": "replace", "path": "/s/y", "value": 1}], 0, "/s/y", "a text of 1 character"),
        ([{"op": "replace", "path": "/s/y/x", "value": 1}], 0, "/s/y/x", "a text of 1 character"),
        ([{"op": "remove", "path": ""}], 0, "", "whole document"),
        ([{"op": "remove", "path": "/a/b/3"}], 0, "/a/b/3", "past the end"),
        ([{"op": "remove", "path": "/a/b/-1"}], 0, "/a/b/-1", "no index"),
        ([{"op": "remove", "path": "/a/b/01"}], 0, "/a/b/01", "begin with 0"),
        ([{"op": "remove", "path": "/a/b/1e0"}], 0, "/a/b/1e0", "no index"),
        ([{"op": "remove", "path": "/a/b/²"}], 0, "/a/b/²", "no index"),
        ([{"op": "remove", "path": "/a/b/" + "9" * 5000}], 0, "/a/b/" + "9" * 5000, "past the end"),
        ([{"op": "remove", "path": "/a/b/-"}], 0, "/a/b/-", "behind a list"),
        ([{"op": "add", "path": "/a/b/4", "value": 1}], 0, "/a/b/4", "past the end"),
        ([{"op": "test", "path": "/s", "value": "secret"}], 0, "/s", "test failed"),
        ([{"op": "test", "path": "/n", "value": True}], 0, "/n", "test failed"),
        ([{"op": "move", "from": "/a", "path": "/a/c"}], 0, "/a/c", "inside"),
        ([{"op": "copy", "from": "/z", "path": "/y"}], 0, "/z", "nothing"),
    ],
)  # fmt: skip
def test_a_bad_patch_says_which_operation_where_and_no_value(patch, index, pointer, message):
    """Each fault is a PatchError; the document is as it was, and no value is told."""
    document = copy.deepcopy(DOCUMENT)
    with pytest.raises(PatchError) as caught:
        apply(document, patch)
    assert (caught.value.index, caught.value.pointer) == (index, pointer)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert document == DOCUMENT


@pytest.mark.parametrize("patch", ["[]", {"op": "add"}, 3, None])
def test_what_is_no_list_is_no_patch(patch):
    """A patch is a list of operations."""
    with pytest.raises(PatchError, match="expected a list"):
        apply({}, patch)


def test_nothing_is_shared():
    """Neither the document nor the patch shares a container with the result."""
    value = {"x": [1]}
    document = {"a": [1]}
    result = apply(document, [Operation("add", "/b", value), Operation("copy", "/c", from_="/b")])
    result["b"]["x"].append(2)
    result["a"].append(2)
    assert value == {"x": [1]}
    assert document == {"a": [1]}
    assert result["c"] == {"x": [1]}


def test_numbers_are_tested_by_value_and_exactly():
    """A test takes 1 for 1.0, and no two whole numbers for one."""
    apply({"n": 1, "big": 2**53 + 1}, [{"op": "test", "path": "/n", "value": 1.0}])
    with pytest.raises(PatchError):
        apply({"big": 2**53 + 1}, [{"op": "test", "path": "/big", "value": float(2**53)}])


def test_copies_do_not_grow_without_end():
    """A copy bomb is stopped at the limit, with the operation that goes too far."""
    bomb = [{"op": "copy", "from": "/a", "path": f"/a/x{n}"} for n in range(40)]
    with pytest.raises(PatchError, match="grow by more than 3145728 bytes") as caught:
        apply({"a": {"b": "x" * 100}}, bomb)
    assert 10 < caught.value.index < 20
    with pytest.raises(PatchError, match="more than 10 bytes"):
        apply({"a": "x" * 100}, [{"op": "copy", "from": "/a", "path": "/b"}], max_growth=10)


def test_many_operations_are_applied():
    """Ten thousand operations and more are nothing special."""
    patch = [{"op": "add", "path": "/-", "value": n} for n in range(20_000)]
    assert apply([], patch) == list(range(20_000))


def test_a_value_that_contains_itself_is_refused():
    """A document or value without end is a typed error."""
    endless: list = []
    endless.append(endless)
    with pytest.raises(LimitError):
        apply({}, [Operation("add", "/a", endless)])
    with pytest.raises(LimitError):
        apply(endless, [])


def test_the_suite_of_json_patch_tests(capsys):
    """Every record that is not disabled applies, or fails, as it says."""
    passed = skipped = 0
    for name in ("tests.json", "spec_tests.json"):
        for case in json.loads(shared("suites", "json-patch-tests", name).read_text()):
            if case.get("disabled"):
                skipped += 1
                continue
            try:
                result = apply(case["doc"], case["patch"])
            except PatchError:
                assert "error" in case, case
            else:
                assert "error" not in case, case
                assert "expected" not in case or equal(result, case["expected"]), case
            passed += 1
    with capsys.disabled():
        print(f"\njson-patch-tests: {passed} passed, {skipped} skipped (disabled in the suite)")
    assert passed == 108


def test_the_suite_of_evanphx_in_the_dialect_of_kubernetes(capsys):
    """Patches are applied and tested as the library of the API server does."""
    passed = 0
    left_out = {"empty text as document": 0, "switches the API server leaves off": 0}
    for case in lines("suites", "evanphx-json-patch", "cases.jsonl"):
        if case["group"] not in {"apply", "apply_must_change", "test_op", "keep_member_order"}:
            continue
        if case.get("allow_missing_path_on_remove") or case.get("ensure_path_exists_on_add"):
            left_out["switches the API server leaves off"] += 1
            continue
        if not case["doc"]:
            left_out["empty text as document"] += 1
            continue
        document, patch = json.loads(case["doc"]), json.loads(case["patch"])
        try:
            result = apply(document, patch, dialect="kubernetes")
        except PatchError:
            assert case.get("expect_pass") is False, case
        else:
            assert case.get("expect_pass", True), case
            expected = case.get("expect") or case.get("recorded")
            if expected is not None:
                assert equal(result, json.loads(expected)), case
            if "expect_text" in case:
                assert json.dumps(result, separators=(",", ":")) == case["expect_text"], case
        passed += 1
    with capsys.disabled():
        print(f"\nevanphx-json-patch, JSON patches: {passed} passed, left out {left_out}")
    assert passed > 50


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ([{"op": "add", "path": "/l/-1", "value": 9}], {"l": [1, 2, 9]}),
        ([{"op": "remove", "path": "/l/-1"}], {"l": [1]}),
        ([{"op": "replace", "path": "/z", "value": 1}], {"l": [1, 2], "z": 1}),
        ([{"op": "copy", "from": "/z", "path": "/y"}], {"l": [1, 2], "y": None}),
        ([{"op": "add", "path": "/y"}], {"l": [1, 2], "y": None}),
        ([{"op": "add", "path": "root/y", "value": 1}], {"l": [1, 2], "y": 1}),
        ([{"op": "test", "path": "/z", "value": None}], {"l": [1, 2]}),
    ],
)
def test_the_oddities_of_the_api_server(patch, expected):
    """Each was recorded from the real one."""
    assert equal(apply({"l": [1, 2]}, patch, dialect="kubernetes"), expected)


def test_the_api_server_tests_by_spelling():
    """In the dialect of Kubernetes 1 is not 1.0, in RFC 6902 it is."""
    with pytest.raises(PatchError):
        apply({"n": 5}, [{"op": "test", "path": "/n", "value": 5.0}], dialect="kubernetes")
