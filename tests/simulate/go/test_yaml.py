"""YAML as the server reads and writes it."""

from __future__ import annotations

import pytest

from reconcile.simulate.go.yaml import GoYamlError, read_yaml, write_yaml
from reconcile.value.equality import equal


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a b", "a b"),
        ("a: b", "'a: b'"),
        ("", '""'),
        ("yes", '"yes"'),
        ("012", '"012"'),
        ("1_000", '"1_000"'),
        ("12:30:45", '"12:30:45"'),
        ("12:99", "12:99"),
        ("2001-01-01", '"2001-01-01"'),
        (".inf", '".inf"'),
        ("<<", '"<<"'),
        ("=", "="),
    ],
)
def test_texts_are_quoted_where_they_could_be_something_else(text: str, written: str) -> None:
    """Words, numbers, times and numbers to the base of 60 are quoted twice; the rest by need."""
    assert write_yaml({"a": text}) == f"a: {written}\n"
    assert equal(read_yaml(write_yaml({"a": text}).encode())[0], {"a": text})


def test_lines_are_literal_and_long_ones_are_folded() -> None:
    """A text of several lines is a block; a long one is folded at its first space after 80."""
    assert write_yaml({"a": "b\nc\n"}) == "a: |\n  b\n  c\n"
    assert write_yaml({"a": "b" * 80 + " c"}) == f"a: {'b' * 80}\n  c\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (None, "null"),
        (12, "12"),
        (1.1, "1.1"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (100000.5, "100000.5"),
        (1234567.5, "1.2345675e+06"),
        (-1e21, "-1e+21"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_other_values(value: object, written: str) -> None:
    """Numbers are written with an exponent early."""
    assert write_yaml({"a": value}) == f"a: {written}\n"  # type: ignore[dict-item]


def test_keys_are_in_a_natural_order() -> None:
    """Numbers in keys are compared as numbers, and letters come last."""
    ordered = [".", "a", "a:", "a_", "aB", "ab"]
    written = write_yaml(dict.fromkeys(reversed(ordered), "x"))
    assert [line[:-3].strip("'") for line in written.splitlines()] == ordered
    for before, after in (("a2", "a10"), ("a10", "a100"), ("a1", "a01"), ("a1_", "a10")):
        lines = write_yaml({after: "x", before: "x"}).splitlines()
        assert [line[:-3] for line in lines] == [before, after]


def test_what_is_shared_is_written_twice() -> None:
    """There are no anchors."""
    part = {"b": "c"}
    assert write_yaml({"a": [part, part]}) == "a:\n- b: c\n- b: c\n"


def test_the_first_document_is_read() -> None:
    """Words of YAML 1.1 are values, a key that is there twice is a remark."""
    document, remarks = read_yaml(b"a: yes\nb: 0o14\nc: 'yes'\na: ~\n---\nx: y\n")
    assert equal(document, {"a": None, "b": 12, "c": "yes"})
    assert remarks == ['line 4: key "a" already set in map']
    with pytest.raises(GoYamlError, match="error converting YAML to JSON: yaml: "):
        read_yaml(b"a: [")
