"""Sets of field paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconcile.diff._elements_cy import element, element_order, value_order
from reconcile.diff.field_set import FieldSet, show_path
from reconcile.errors import LimitError, ObjectError, ReconcileError
from reconcile.value import decode, encode

SUITE = Path(__file__).parents[2].parent / "shared" / "suites" / "structured-merge-diff"


def rows(name: str, *kinds: str) -> list[dict]:
    """Return the rows of some kinds in a file of the suite, none where the suite is absent."""
    file = SUITE / f"{name}.jsonl"
    if not file.exists():
        return []
    found = [json.loads(line) for line in file.read_text().splitlines()]
    return [row for row in found if row["kind"] in kinds]


def each(name: str, *kinds: str):
    """Return a decorator that runs a test for each row."""
    found = rows(name, *kinds)
    if not found:
        return pytest.mark.skip(reason="the folder ../shared is absent")
    return pytest.mark.parametrize("row", found, ids=[row["id"] for row in found])


def compact(fields: object) -> str:
    """Return a document as compact JSON in its own order."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


@each("fieldpath", "element_serial")
def test_an_element_is_read_and_written(row: dict) -> None:
    """Each element of the suite is refused, or written as the suite has it."""
    if row["case"] == "error":
        with pytest.raises(ObjectError):
            element(row["input"])
    else:
        assert element(row["input"]) == row["expect_serialized"]


@each("fieldpath", "element_order")
def test_elements_are_ordered(row: dict) -> None:
    """Elements sort as they do in the suite."""
    if row["a"] is None:
        assert FieldSet([()]) == FieldSet()
        return
    a, b = (element_order(element(row[side])) for side in "ab")
    assert a < b if row["expect"] == "a_before_b" else a == b


@each("value", "order")
def test_values_are_ordered(row: dict) -> None:
    """Values sort as they do in the suite."""
    if any(isinstance(row[side], dict) and "$invalid" in row[side] for side in "ab"):
        pytest.skip("a Go value that is no JSON value")
    a, b = (value_order(row[side]) for side in "ab")
    assert a < b if row["expect"] == "a_before_b" else a == b


@each("fieldpath", "path_string")
def test_a_path_is_shown(row: dict) -> None:
    """A path reads as in the suite."""
    assert show_path(row["path"]) == row["expect"]


@each("fieldpath", "set_serial")
def test_a_set_is_read_and_written(row: dict) -> None:
    """Each set of the suite is refused, or written as the suite has it, in its order."""
    if row["case"] == "error":
        with pytest.raises(ReconcileError):
            FieldSet.from_json(decode(row["input"].encode()))
        return
    expect = row.get("expect_serialized") or row.get("recorded_serialized") or row["input"]
    assert compact(FieldSet.from_json(decode(row["input"].encode())).to_json()) == expect


def pattern(matcher: dict) -> list[list[str]]:
    """Return a matcher of the suite as paths."""
    if matcher is None or matcher["all"]:
        return [[]]
    return [
        [member["element"], *path]
        for member in matcher["members"]
        for path in pattern(member["child"])
    ]


@each("fieldpath", "set_ops")
def test_an_operation_on_sets(row: dict) -> None:
    """Each operation gives what the suite expects."""
    op = row["op"]
    if op == "has":
        assert (tuple(row["path"]) in FieldSet.from_json(row["set"])) == row["expect"]
        return
    a = FieldSet.from_json(row["a"] if "a" in row else row["set"])
    if op == "leaves":
        assert a.leaves().to_json() == row["expect"]
    elif op == "filter_include":
        include = row["matcher"]["include"]
        found = a.matching(FieldSet.of_pattern(pattern(include)))
        assert found.to_json() == row["expect"]
    else:
        b = FieldSet.from_json(row["b"])
        if op == "equals":
            assert (a == b) == row["expect"]
        else:
            assert getattr(a, op)(b) == FieldSet.from_json(row["expect"])


def test_a_set_is_iterated_in_order() -> None:
    """Paths come parents first, members before keys before values before positions."""
    paths = [("f:a",), ("f:a", "f:b"), ("f:a", 'k:{"n":1}'), ("f:a", "v:2"), ("f:a", "i:0")]
    assert list(FieldSet(reversed(paths))) == paths
    assert len(FieldSet(paths)) == 5


def test_a_set_can_be_hashed_and_pickled() -> None:
    """Equal sets have equal hashes, and a set survives pickling."""
    import pickle

    one, two = FieldSet([("f:a", "f:b")]), FieldSet.from_json({"f:a": {"f:b": {}}})
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != 1


def test_depth_is_limited() -> None:
    """A set nested beyond the limit is refused with a typed error."""
    deep: dict = {}
    for _ in range(5000):
        deep = {"f:a": deep}
    with pytest.raises(LimitError):
        FieldSet.from_json(deep)
    with pytest.raises(LimitError):
        FieldSet([["f:a"] * 5000])


def test_what_is_written_is_json() -> None:
    """The written form can be encoded and read back."""
    fields = FieldSet([("f:a", "v:1.0"), ("f:a", 'k:{"b":"é","a":null}')])
    assert FieldSet.from_json(decode(encode(fields.to_json()))) == fields
    assert ("f:a", "v:1") in fields
