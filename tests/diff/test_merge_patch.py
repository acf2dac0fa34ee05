"""JSON merge patches applied and made."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from reconcile.diff import equal, merge_apply, merge_combine, merge_diff
from reconcile.errors import PatchError
from tests.diff.test_compute import JSON, deep
from tests.suites import lines


def without_nulls(value: object) -> object:
    """Return a document without the nulls of objects, in objects."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


@settings(max_examples=300, deadline=None)
@given(JSON, JSON)
def test_a_merge_patch_applied_gives_the_other_document(before, after):
    """What can be said, applied, is `after`."""
    after = without_nulls(after)
    if isinstance(after, dict):
        assert equal(merge_apply(before, merge_diff(before, after)), after)
    else:
        assert equal(merge_apply(before, merge_diff(before, after)), after)


@settings(max_examples=300, deadline=None)
@given(JSON, JSON, JSON)
def test_two_merge_patches_are_one(document, first, second):
    """Applying both together is applying one after the other, where it can be said."""
    once = merge_apply(document, merge_combine(first, second))
    after = merge_apply(merge_apply(document, first), second)
    if not _is_lost(first, second):
        assert equal(once, after)


def _is_lost(first, second):
    """Return whether members are put where the first patch has no object of its own."""
    if not isinstance(second, dict):
        return False
    if not isinstance(first, dict):
        return True
    return any(_is_lost(first[key], second[key]) for key in second if key in first)


def test_only_what_differs_is_said():
    """Equal members are left out, at every level; a null that stays needs no word."""
    before = {"a": {"b": {"c": 1}, "d": [1]}, "e": 1, "n": None}
    assert merge_diff(before, {"a": {"b": {"c": 1}, "d": [2]}, "n": None}) == {
        "a": {"d": [2]},
        "e": None,
    }
    assert merge_diff(before, before) == {}


def test_a_new_null_cannot_be_said():
    """A merge patch takes null for removal, so a null that appears is refused with its pointer."""
    with pytest.raises(PatchError, match="/a/b") as caught:
        merge_diff({"a": {}}, {"a": {"b": None}})
    assert caught.value.pointer == "/a/b"


def test_ten_thousand_levels():
    """Any depth is applied and compared."""
    before, after = deep("objects", 10_000, 1), deep("objects", 10_000, 2)
    assert equal(merge_apply(before, merge_diff(before, after)), after)


def test_the_api_server_drops_nulls_inside_of_lists():
    """RFC 7396 keeps them, the API server does not."""
    patch = {"l": [{"a": None, "b": 1}]}
    assert merge_apply({}, patch) == patch
    assert merge_apply({}, patch, dialect="kubernetes") == {"l": [{"b": 1}]}


def test_the_suite_of_rfc_7396(capsys):
    """Every example of the appendix."""
    cases = lines("suites", "rfc7396", "cases.jsonl")
    for case in cases:
        assert equal(merge_apply(case["original"], case["patch"]), case["result"]), case
    with capsys.disabled():
        print(f"\nrfc7396: {len(cases)} passed")


def test_the_suite_of_evanphx(capsys):
    """Merge patches as the library of the API server applies and makes them."""
    passed, left_out = 0, []
    conventions = {f"create_merge_patch/{n}" for n in (7, 8, 9, 10, 13)}
    for case in lines("suites", "evanphx-json-patch", "cases.jsonl"):
        if case["group"] == "merge_patch":
            first, second = case["doc"], case["patch"]
        elif case["group"] in {"create_merge_patch", "merge_merge_patches"}:
            first, second = case["a"], case["b"]
        else:
            continue
        if case["id"] in conventions:  # the library's own for lists at the root, and a new null
            left_out.append(case["id"])
            continue
        makers = {"create_merge_patch": merge_diff, "merge_merge_patches": merge_combine}
        make = makers.get(case["group"], merge_apply)
        how = {"dialect": "kubernetes"} if make is merge_apply else {}
        if case.get("expect_error"):
            with pytest.raises((ValueError, PatchError)):
                make(json.loads(first), json.loads(second), **how)
        else:
            assert equal(
                make(json.loads(first), json.loads(second), **how), json.loads(case["expect"])
            )
        passed += 1
    with capsys.disabled():
        print(f"\nevanphx-json-patch, merge patches: {passed} passed, left out {left_out}")
