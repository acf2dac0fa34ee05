"""Strategic merge patches, made and applied."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconcile.diff._merging import sorted_like
from reconcile.diff.strategic import strategic_apply
from reconcile.diff.strategic_diff import strategic_diff, strategic_three_way
from reconcile.errors import PatchError
from reconcile.value.equality import equal
from tests.suites import SHARED, lines, shared

FOLDER = ("suites", "strategic-merge-patch")


def schemas() -> dict[str, dict]:
    """Return the types of the suite as OpenAPI schemas that hold each other."""
    described = json.loads(shared(*FOLDER, "schema.json").read_text())
    types: dict[str, dict] = {name: {"properties": {}} for name in described["types"]}
    for name, about in described["types"].items():
        for member, says in about["fields"].items():
            made: dict[str, Any] = {}
            inner = types.get(says.get("items", says.get("of")), {"type": "string"})
            if says["type"] == "list":
                made["items"] = inner
            elif says["type"] == "object":
                made = {**inner, "items": inner}
            elif says["type"] == "map":
                made["additionalProperties"] = inner
            made["x-kubernetes-patch-strategy"] = ",".join(says.get("strategy", []))
            if "merge_key" in says:
                made["x-kubernetes-patch-merge-key"] = says["merge_key"]
            types[name]["properties"][member] = made
    # An object is a view of its type, whose members were still being filled in.
    for about in types.values():
        for made in about["properties"].values():
            for other in types.values():
                if made.get("items") is other and "properties" in made:
                    made["properties"] = other["properties"]
    return {name: types[of] for name, of in described["root"].items()}


def cases(*groups: str):
    """Return a decorator that runs a test for each case of some groups of the suite."""
    if not SHARED.joinpath(*FOLDER).exists():
        return pytest.mark.skip(reason="the folder ../shared is absent")
    found = [row for row in lines(*FOLDER, "cases.jsonl") if row["group"] in groups]
    return pytest.mark.parametrize("row", found, ids=[row["id"] for row in found])


@cases("apply_only")
def test_a_patch_of_the_suite_is_applied(row: dict) -> None:
    """Each patch of the suite gives its document, or is refused."""
    schema = schemas()[row["schema"]]
    if "expect" in row:
        assert equal(strategic_apply(row["original"], row["patch"], schema=schema), row["expect"])
    else:
        with pytest.raises(PatchError):
            strategic_apply(row["original"], row["patch"], schema=schema)


@cases("two_and_three_way", "replace_raw_extension", "number_precision", "unknown_field")
def test_a_patch_of_two_documents(row: dict) -> None:
    """A patch between two documents is that of the suite, and gives its result."""
    schema = schemas()[row["schema"]]
    if "expect_two_way_error_contains" in row:
        with pytest.raises(PatchError):
            strategic_diff(row["original"], row["modified"], schema=schema)
        return
    patch = strategic_diff(row["original"], row["modified"], schema=schema)
    assert equal(patch, row["expect_two_way_patch"]), patch
    result = strategic_apply(row["original"] or {}, patch, schema=schema)
    assert equal(result, row["expect_two_way_result"]), result


@cases("two_and_three_way", "replace_raw_extension", "unknown_field")
def test_a_patch_of_three_documents(row: dict) -> None:
    """A patch from three documents is that of the suite, or the conflict is found."""
    schema = schemas()[row["schema"]]
    three = row["original"], row["current"], row["modified"]
    if "expect_three_way_error_contains" in row:
        with pytest.raises(PatchError):
            strategic_three_way(*three, schema=schema)
        return
    if "expect_conflict" in row:
        assert row["expect_conflict"] == (row["recorded_three_way"] == "conflict")
    if row.get("expect_conflict"):
        with pytest.raises(PatchError, match="somebody else"):
            strategic_three_way(*three, schema=schema, overwrite=False)
    else:
        strategic_three_way(*three, schema=schema, overwrite=False)
    if row.get("expect_three_way_result") is not None:
        patch = strategic_three_way(*three, schema=schema)
        assert equal(patch, row["expect_three_way_patch"]), patch
        result = strategic_apply(row["current"] or {}, patch, schema=schema)
        assert equal(result, row["expect_three_way_result"]), result


def test_items_that_an_order_does_not_name_are_turned_round() -> None:
    """Upstream's sort takes what it does not know for smaller than what stands before it."""
    items = [{"name": name} for name in "abcd"]
    order = [{"name": "c"}, {"name": "b"}]
    assert [item["name"] for item in sorted_like(items, order, "name")] == ["d", "c", "b", "a"]
    assert [item["name"] for item in sorted_like(items[1:3], order, "name")] == ["c", "b"]
