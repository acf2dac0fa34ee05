"""Columns of custom resources; recorded tables are held to in the tests of `table`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconcile.simulate.tables.custom import custom_printer

NOW = datetime(2026, 1, 8, tzinfo=UTC)


def cell(kind: str, value: object) -> object:
    """Return the one cell of an object with a value in its spec."""
    printer = custom_printer([{"name": "V", "type": kind, "jsonPath": ".spec.v"}])
    name, shown = printer.cells({"metadata": {"name": "x"}, "spec": {"v": value}}, NOW)
    assert name == "x"
    return shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("string", "a", "a"),
        ("string", 1, "1"),
        ("string", True, "true"),
        ("string", 1.5, "1.5"),
        ("string", 1.0, "1"),
        ("string", 0.00001, "1e-05"),
        ("string", 1e21, "1e+21"),
        ("string", None, "<no value>"),
        ("string", {"b": "<", "a": [1]}, '{"a":[1],"b":"\\u003c"}'),
        ("string", [1, "x"], '[1,"x"]'),
        ("integer", 3, 3),
        ("integer", 3.9, 3),
        ("integer", True, None),
        ("integer", "3", None),
        ("number", 3, 3.0),
        ("number", 3.5, 3.5),
        ("number", False, None),
        ("boolean", False, False),
        ("boolean", 1, None),
        ("date", "2026-01-01T00:00:00Z", "7d"),
        ("date", "", "<unknown>"),
        ("date", "null", "<unknown>"),
        ("date", "yesterday", "<invalid>"),
        ("date", 1, None),
        ("date", None, None),
    ],
)
def test_cells(kind: str, value: object, shown: object) -> None:
    """A cell holds a value of its column's type, or null where there is none."""
    found = cell(kind, value)
    assert found == shown
    assert type(found) is type(shown)


def test_a_path_that_leads_nowhere() -> None:
    """A missing value and a malformed path are null."""
    columns = [
        {"name": "A", "type": "string", "jsonPath": ".spec.missing"},
        {"name": "B", "type": "string", "jsonPath": ".spec["},
    ]
    assert custom_printer(columns).cells({"metadata": {"name": "x"}}, NOW) == ["x", None, None]


def test_the_first_value_counts() -> None:
    """Where a path leads to several values, the first is shown."""
    printer = custom_printer([{"name": "A", "type": "integer", "jsonPath": ".spec.l[*]"}])
    assert printer.cells({"metadata": {"name": "x"}, "spec": {"l": [4, 5]}}, NOW) == ["x", 4]


def test_columns_without_a_text() -> None:
    """A column without a description is told by its path."""
    (_, plain, worded) = custom_printer(
        [
            {"name": "A", "type": "string", "jsonPath": ".spec.a"},
            {"name": "B", "type": "string", "jsonPath": ".b", "description": "b", "priority": 1},
        ]
    ).columns
    assert plain.description == "Custom resource definition column (in JSONPath format): .spec.a"
    assert (worded.description, worded.priority) == ("b", 1)
