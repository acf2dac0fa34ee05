"""The public names: what `reconcile` offers is what the reference describes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reconcile

ROOT = Path(__file__).parents[2]


def test_every_public_name_exists() -> None:
    """What `__all__` names can be had."""
    for name in reconcile.__all__:
        assert getattr(reconcile, name) is not None
    assert dir(reconcile) == sorted(reconcile.__all__)


def test_reference_describes_every_public_name() -> None:
    """A name cannot be public and undocumented."""
    reference = (ROOT / "docs" / "reference.md").read_text()
    described = set(re.findall(r"\w+", reference))
    assert {name for name in reconcile.__all__ if name not in described} == set()


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that is not public is refused like any other missing attribute."""
    assert not hasattr(reconcile, "reconciler")


def test_another_distribution_of_that_name_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `reconcile` without our modules says which distribution is missing."""
    monkeypatch.setitem(reconcile._HOMES, "Elsewhere", "elsewhere.module")
    with pytest.raises(ImportError, match="not the one of kube-reconcile"):
        _ = reconcile.Elsewhere


def test_table_of_homes_is_the_public_list() -> None:
    """Every name that can be loaded is public, and the other way round."""
    assert {*reconcile._HOMES, "__version__"} == set(reconcile.__all__)
