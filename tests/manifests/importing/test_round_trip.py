"""A definition, the code of its parents, and their definition: the same, for all there are."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from reconcile.errors import DefinitionError
from reconcile.manifests import crd, parent_source
from reconcile.value.equality import equal
from tests.manifests.importing import definitions
from tests.manifests.importing.definitions import LARGE, Found, classes, found
from tests.manifests.importing.normal import normal, without_notes

REFUSED = re.compile(
    r"the server refuses it; .+|it is of v1beta1, which no server takes since 1\.22: .+"
)


def _same(document: dict[str, Any]) -> str:
    """Check that a definition comes back, and its code too; return the code."""
    source = parent_source(document)
    made: Any = crd(*classes(source))
    assert equal(normal(document), normal(made))
    again = parent_source(made)
    assert again == without_notes(source)
    return source


def _all(several: list[Found]) -> Counter[str]:
    """Check each of several definitions; return how many came back, and why others did not."""
    counts: Counter[str] = Counter()
    for each in several:
        try:
            _same(each.document)
        except DefinitionError as error:
            told = str(error).partition(": ")[2]
            assert REFUSED.fullmatch(told), f"{each.name}: {told}"
            counts["v1beta1" if "v1beta1" in told else "a server refuses it"] += 1
        except AssertionError as error:
            message = f"{each.name} is another one"
            raise AssertionError(message) from error
        else:
            counts["fixed point"] += 1
    print(dict(counts))
    return counts


def _size(each: Found) -> int:
    return len(str(each.document))


@pytest.mark.slow
def test_recorded_and_small_ones() -> None:
    """What recordings and suites hold comes back, or a server would refuse it."""
    counts = _all([each for each in found() if _size(each) < LARGE])
    assert counts["fixed point"] >= 70
    assert counts["a server refuses it"] >= 30


def test_one_large_one() -> None:
    """A definition with thousands of lines comes back."""
    several = [each for each in found() if "kube-prometheus/v0.9" in each.file]
    largest = max(several, key=_size)
    assert _size(largest) > LARGE
    assert _same(largest.document).count("\n") > 3_000


@pytest.mark.slow
def test_large_ones() -> None:
    """Large definitions come back: an operator's of its last release, and others."""
    several = [each for each in found() if _size(each) >= LARGE]
    kept = [each for each in several if "prometheus/v0" not in each.file or "v0.14" in each.file]
    assert _all(kept)["fixed point"] == len(kept) >= 8


def test_recordings_of_metacontroller_have_parents() -> None:
    """The definitions that Metacontroller ran with are among what is compared."""
    files = {each.file for each in definitions.found()}
    assert any("recordings/metacontroller" in file for file in files)
    assert any("recordings/api" in file for file in files)
    assert any("suites/metacontroller-examples" in file for file in files)
