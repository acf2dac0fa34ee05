"""Facts about what is found by asking rules: each fault is, and what is mended is not."""

from __future__ import annotations

import pytest

from reconcile.manifests import check
from tests.manifests.checking.wrongs import WRONGS, Wrong


@pytest.mark.parametrize("case", WRONGS, ids=lambda case: f"{case.id}-{case.where}")
def test_each_fault_is_found_and_gone_when_mended(case: Wrong) -> None:
    """The finding stands at its place, with reason and remedy; the mended controller has none."""
    found = [each for each in check(case.wrong, apply=case.apply) if each.id == case.id]
    assert {(each.where, each.severity) for each in found} == {(case.where, case.severity)}
    assert case.pointer in [each.pointer for each in found]
    assert found[0].message
    assert found[0].reason
    assert found[0].remedy
    assert check(case.mended, apply=case.apply) == ()
