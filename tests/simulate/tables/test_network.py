"""Cells of the kinds in `columns_network`."""

from __future__ import annotations

from reconcile.simulate.tables.network import NETWORK
from tests.columns import NOW, cases_of, check


@cases_of(NETWORK)
def test_cells(case: dict) -> None:
    """Each object fills the cells that the server fills."""
    check(case, NETWORK)


def test_columns_have_cells() -> None:
    """An object that tells nothing fills as many cells as there are columns."""
    for (_, kind), printer in NETWORK.items():
        cells = printer.cells({"kind": kind, "metadata": {"name": "x"}}, NOW)
        extra = 1 if kind == "IPAddress" else 0
        assert len(cells) == len(printer.columns) + extra, kind
