"""The table of fields that never change, held to the rules of updates."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconcile.kinds import Kinds
from reconcile.kinds.validation import update_errors
from reconcile.kinds.validation.immutable import IMMUTABLE, IMMUTABLE_METADATA
from reconcile.value.pointer import parse
from tests.kinds.test_validation_recorded import defaults

KINDS = Kinds()


def other(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return value[1:]
    if value is None:
        return "x"
    return {key: other(held) for key, held in value.items()} or {"a": "b"}


def changed(document: dict[str, Any], pointer: str) -> dict[str, Any] | None:
    """Return an object with another value at a place, None if it has none there."""
    made: Any = copy.deepcopy(document)
    *way, last = parse(pointer)
    place = made
    for step in way:
        place = place.get(step) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place:
        return None
    place[last] = other(place[last])
    return made


@pytest.mark.slow
def test_every_change_of_an_immutable_field_is_refused() -> None:
    """Each recorded object that has such a field is refused with another value in it."""
    seen: set[tuple[str, str, str]] = set()
    for write in defaults():
        if write.kind == "Job" or write.causes is not None or "name" not in write.after["metadata"]:
            continue  # the selector of a Job is generated when it is stored
        group = str(write.after["apiVersion"]).rpartition("/")[0]
        for pointer in (*IMMUTABLE.get((group, write.kind), ()), *IMMUTABLE_METADATA):
            after = changed(write.after, pointer)
            if after is None:
                continue
            assert update_errors(KINDS, write.after, write.after) == [], write.name
            assert update_errors(KINDS, write.after, after) != [], (write.name, pointer)
            seen.add((group, write.kind, pointer))
    print(sorted({(g, k, p) for (g, k), ps in IMMUTABLE.items() for p in ps} - seen))
    assert len(seen) >= 130


def test_the_table_names_what_there_is() -> None:
    """Each field of the table is one of its kind."""
    for (group, kind), pointers in IMMUTABLE.items():
        version = f"{group}/v1" if group else "v1"
        for pointer in pointers:
            above, _, name = pointer.rpartition("/")
            assert name in KINDS.fields(version, kind, pointer=above), (kind, pointer)
