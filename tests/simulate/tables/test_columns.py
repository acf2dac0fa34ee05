"""Which kinds have columns, and how columns are told."""

from __future__ import annotations

from datetime import UTC, datetime

from reconcile.simulate.publishing.resources import Resources
from reconcile.simulate.tables.columns import DEFAULT, PRINTERS, told
from reconcile.simulate.tables.shared import AGE, NAME, Column

NOW = datetime(2026, 1, 8, tzinfo=UTC)
WITHOUT = {"Handler", "BinaryVersion", "EmulationVersion"}
"""Columns the server describes with a field that does not exist."""


def test_every_column_is_described() -> None:
    """Each column has a text, but for those the server has none for."""
    for (_, kind), printer in PRINTERS.items():
        for column in printer.columns:
            assert bool(told(column)["description"]) is (column.name not in WITHOUT), (kind, column)


def test_kinds_without_columns() -> None:
    """The kinds that show a name and a birth are those whose storage has no printer."""
    stored = {
        (served.storage.group, served.storage.kind)
        for served in Resources.built_in().all()
        if served.storage is not None
    }
    assert {kind for _, kind in stored - set(PRINTERS)} == {
        *("Role", "ClusterRole", "LimitRange", "CustomResourceDefinition")
    }


def test_enumerations_are_not_told() -> None:
    """The values of an enumeration, which schemas add, are not part of a column's text."""
    shown = told(Column("Type", "#api.core.v1.ServiceSpec/type"))
    assert "Possible enum values" not in shown["description"]
    assert shown["description"].startswith("type determines how the Service is exposed.")


def test_a_column_is_told_whole() -> None:
    """A definition has all members, whatever they are."""
    assert list(told(NAME)) == ["name", "type", "format", "description", "priority"]
    assert told(NAME)["format"] == "name"
    assert told(AGE)["format"] == ""
    assert told(Column("a", "b", priority=1))["priority"] == 1


def test_the_default_columns() -> None:
    """Without columns of its own a kind shows when an object was made."""
    obj = {"metadata": {"name": "x", "creationTimestamp": "2026-01-01T01:00:00+01:00"}}
    assert DEFAULT.cells(obj, NOW) == ["x", "2026-01-01T00:00:00Z"]
    assert DEFAULT.cells({}, NOW) == ["", "0001-01-01T00:00:00Z"]
    assert DEFAULT.cells({"metadata": {"creationTimestamp": "soon"}}, NOW) == ["", ""]
    assert [column.type for column in DEFAULT.columns] == ["string", "date"]
