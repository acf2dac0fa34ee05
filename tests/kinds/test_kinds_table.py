"""The page of built-in kinds says what the library has."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reconcile.kinds import schema
from reconcile.kinds._index import MODULES
from tools.kinds_table import PAGE, class_pointers, classes, page


def test_the_page_is_up_to_date() -> None:
    """The page is what `python tools/kinds_table.py` writes."""
    current = PAGE.read_text(encoding="utf-8") == page()
    assert current, "docs/kinds.md is out of date: python tools/kinds_table.py"


def test_the_page_has_every_kind() -> None:
    """There is a row for each of the 89 kinds of the 32 groups and versions, and no other."""
    text = page()
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert len(rows) == len(classes()) == 89
    assert len(re.findall(r"^`reconcile.kinds.\w+`$", text, re.MULTILINE)) == len(MODULES) == 32


def _pointers(known: Any, above: tuple[Any, ...] = ()) -> list[str]:
    """Return the pointers that a schema allows, without entering what holds itself."""
    found: list[str] = []
    for name, inner in known.get("properties", {}).items():
        found.append(f"/{name}")
        step, part = f"/{name}", inner
        for member in ("items", "additionalProperties"):
            below = inner.get(member)
            if hasattr(below, "get"):
                step, part = f"/{name}/*", below
        if part.get("properties") and part.name not in above:
            found += [step + each for each in _pointers(part, (*above, part.name))]
    return found


@pytest.mark.parametrize("gvk", list(classes()), ids="/".join)
def test_every_field_of_the_schema_has_an_attribute(gvk: tuple[str, str]) -> None:
    """What the server's schema allows, the class has, at every level, and nothing else."""
    known = schema(*gvk)
    attributes = class_pointers(classes()[gvk])
    missing = {*_pointers(known, (known.name,))} - {*attributes}
    # Whole objects say their kind, be they inside others: no attribute, the class says it.
    kinds = {each for each in missing if re.fullmatch(r"(/.*/\*)?/(apiVersion|kind)", each)}
    assert missing == kinds
    assert {*attributes} <= {*_pointers(known, (known.name,))}
    assert len(attributes) == len({*attributes})
