"""Objects of a type: merged, compared and turned into field sets."""

from __future__ import annotations

import json

import pytest

from reconcile.diff._pruning_cy import extract, merged, remove
from reconcile.diff._typed_cy import compare, fields_of, validate
from reconcile.diff.field_set import FieldSet
from reconcile.errors import ReconcileError
from reconcile.value.equality import equal
from tests.diff import smd
from tests.suites import SHARED, lines


def cases(*kinds: str):
    """Return a decorator that runs a test for each case of some kinds."""
    if not SHARED.joinpath(*smd.FOLDER).exists():
        return pytest.mark.skip(reason="the folder ../shared is absent")
    found = [row for row in lines(*smd.FOLDER, "typed.jsonl") if row["kind"] in kinds]
    return pytest.mark.parametrize("row", found, ids=[row["id"] for row in found])


def kind_of(row: dict):
    """Return the type of a case."""
    return smd.kind(row.get("schema", "deduced"), row.get("type", ""))


@cases("validate", "deduced_validate")
def test_an_object_is_valid_or_not(row: dict) -> None:
    """Each object is found valid, invalid, or valid with duplicates, as in the suite."""

    def valid(*, duplicates: bool) -> bool:
        try:
            validate(row["object"], kind_of(row), duplicates=duplicates)
        except ReconcileError:
            return False
        return True

    expected = {
        "valid": (True, True),
        "invalid": (False, False),
        "valid_only_with_duplicates_allowed": (False, True),
    }[row["expect"]]
    assert (valid(duplicates=False), valid(duplicates=True)) == expected


@cases("to_set", "deduced_to_set")
def test_the_fields_of_an_object(row: dict) -> None:
    """Each object has the fields that the suite says."""
    found = FieldSet.of_trie(fields_of(row["object"], kind_of(row)))
    assert found == FieldSet.from_json(row["expect"]), json.dumps(found.to_json())


@cases("merge", "deduced_merge")
def test_two_objects_merged(row: dict) -> None:
    """Two objects merge into that of the suite."""
    result = merged(row["lhs"], row["rhs"], kind_of(row))
    assert equal(result, row["expect"]), result


@cases("compare", "deduced_compare")
def test_two_objects_compared(row: dict) -> None:
    """Two objects differ in the fields of the suite, in both directions."""
    for x, y, names in (
        ("lhs", "rhs", ("added", "modified", "removed")),
        ("rhs", "lhs", ("removed", "modified", "added")),
    ):
        found = compare(row[x], row[y], kind_of(row))
        for trie, name in zip(found, names, strict=True):
            expected = FieldSet.from_json(row[f"expect_{name}"])
            assert FieldSet.of_trie(trie) == expected, (name, trie)


@cases("remove_extract")
def test_fields_removed_and_extracted(row: dict) -> None:
    """An object without some of its fields, and only those, are as in the suite."""
    trie = FieldSet.from_json(row["set"]).trie
    result = remove(row["object"], trie, kind_of(row))
    assert equal(result, row.get("expect_remove", row.get("recorded_remove"))), ("remove", result)
    result = extract(row["object"], trie, kind_of(row))
    assert equal(result, row.get("expect_extract", row.get("recorded_extract"))), (
        "extract",
        result,
    )


@cases("extract_with_keys")
def test_fields_extracted_with_keys(row: dict) -> None:
    """Items come with their merge keys."""
    trie = FieldSet.from_json(row["set"]).trie
    result = extract(row["object"], trie, kind_of(row), keys=True)
    assert equal(result, row["expect"]), result


@cases("reversible_extract")
def test_what_is_applied_can_be_extracted(row: dict) -> None:
    """What is merged into an object can be taken out of it again by its leaves."""
    kind = kind_of(row)
    whole = merged(row["object"], row["applied"], kind)
    leaves = FieldSet.of_trie(fields_of(row["applied"], kind)).leaves()
    assert equal(extract(whole, leaves.trie, kind), row["applied"])
