"""Patches of other packages read and made; both packages judge ours, and are judged."""

from __future__ import annotations

import copy
import json

import jsonpatch
import pytest
from deepdiff import DeepDiff
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.diff import apply, diff, equal, from_deepdiff, from_jsonpatch, to_jsonpatch
from reconcile.errors import PatchError

LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b", "~1"])
KEYS = st.sampled_from(["a", "b", "name", "c/d", "~1"])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
NAMED = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("pqrstu"), "v": LEAVES}),
    max_size=6,
    unique_by=lambda item: item["name"],
)
PAIRS = st.tuples(JSON, JSON) | st.tuples(NAMED, NAMED)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(PAIRS)
def test_jsonpatch_applies_ours(pair):
    """What we find, the package jsonpatch applies."""
    before, after = pair
    theirs = to_jsonpatch(diff(before, after))
    assert equal(theirs.apply(copy.deepcopy(before)), after)
    assert from_jsonpatch(theirs) == diff(before, after)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(PAIRS)
def test_we_apply_what_jsonpatch_makes(pair):
    """Where its own patch leads to the document, ours does; and we need not many more steps.

    For each item that jsonpatch changes where it stands we take at most two steps: an item with
    another name goes and another comes.
    """
    before, after = pair
    theirs = jsonpatch.make_patch(before, after)
    try:
        right = equal(theirs.apply(before), after)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError):
        right = False
    if right:
        assert equal(apply(before, from_jsonpatch(theirs)), after)
        assert len(diff(before, after)) <= 2 * len(theirs.patch)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(PAIRS)
def test_what_deepdiff_finds_is_a_patch(pair):
    """What DeepDiff found, in each of its views, leads from one document to the other."""
    before, after = pair
    for view in ("text", "tree"):
        found = DeepDiff(before, after, view=view)
        assert equal(apply(before, from_deepdiff(found)), after)


def test_what_deepdiff_does_not_tell_is_refused():
    """Without positions, or about things that are no JSON, there is no patch."""
    with pytest.raises(PatchError, match="ignore_order"):
        from_deepdiff(DeepDiff([1, 2], [2, 3], ignore_order=True))
    with pytest.raises(PatchError, match="set_item_added"):
        from_deepdiff(DeepDiff({"a": {1}}, {"a": {1, 2}}))


def test_a_bad_patch_of_jsonpatch_is_refused():
    """The package takes operations that RFC 6902 does not have; we say which one."""
    theirs = jsonpatch.JsonPatch([{"op": "remove", "path": "/a"}])
    theirs.patch.append({"op": "rename", "path": "/a"})
    with pytest.raises(PatchError, match="unknown op") as caught:
        from_jsonpatch(theirs)
    assert caught.value.index == 1
    assert json.loads(theirs.to_string())[1]["op"] == "rename"
