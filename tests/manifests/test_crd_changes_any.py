"""Any change of a schema does no more to a stored object than is told of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconcile.kinds.structural import Structural
from reconcile.manifests import crd_changes, crd_findings
from tests.manifests.test_crd_changes import (
    EITHER,
    NUMBER,
    OPEN,
    RULES,
    Case,
    definition,
    happened,
    obj,
    version,
)

pytest.importorskip("cel_expr_python")


def scalars() -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas of texts and numbers."""
    texts = st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "enum": st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True),
            "maxLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "b$"]),
            "nullable": st.booleans(),
            RULES: st.just([{"rule": "self != 'a'"}]),
        },
    )
    numbers = st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.integers(0, 2),
            "maximum": st.integers(1, 3),
            "exclusiveMinimum": st.booleans(),
            "multipleOf": st.integers(1, 3),
            "default": st.integers(1, 2),
        },
    )
    return texts | numbers | st.just(EITHER)


def larger(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas of objects, maps and lists."""
    names = st.sampled_from(["a", "b"])
    objects = st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(names, inner, max_size=2)},
        optional={
            "required": st.lists(names, max_size=1),
            "maxProperties": st.integers(1, 2),
            OPEN: st.sampled_from([True]),
        },
    )
    maps = st.fixed_dictionaries(
        {"type": st.just("object"), "additionalProperties": inner},
        optional={"maxProperties": st.integers(0, 2)},
    )
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 2)}
    )
    return objects | maps | lists


SCHEMAS = st.recursive(scalars(), larger, max_leaves=4)
VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.just(1.5) | st.sampled_from(["", "a", "b", "ab", "abc"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def nulls(value: Any) -> bool:
    """Return whether there is a null anywhere."""
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    return any(map(nulls, value)) if isinstance(value, list) else value is None


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=SCHEMAS, after=SCHEMAS, values=st.lists(VALUES, min_size=8, max_size=8))
def test_any_change_does_no_more_than_is_told(
    before: dict[str, Any], after: dict[str, Any], values: list[Any]
) -> None:
    """Where no stored object is said to break, none does; where all is safe, nothing happens."""
    old, new = (obj(it=each, beside=NUMBER) for each in (before, after))
    found = crd_changes(definition(version(old)), definition(version(new)))
    installed = crd_findings(definition(version(old)))
    assume(not any(each.severity == "refused" for each in installed))
    worst = {each.effect for each in found}
    assume(not worst & {"refused", "objects"})
    for value in values:
        stored = {"it": value, "beside": 1}
        if refuses(old, stored) or nulls(value):
            continue
        case = Case("", old, new, stored, {"beside": 2}, "", "")
        result = happened(case)
        assert result != "refused"
        assert result != "objects", found
        if not worst - {"safe"}:
            # A default of before is there before and after.
            assert result == "safe" or "default" in json.dumps(before), found


def refuses(schema: dict[str, Any], spec: dict[str, Any]) -> bool:
    """Return whether an object is not valid, or is not stored as it is."""
    structural = Structural(obj(spec=schema))
    document: dict[str, Any] = {"spec": copy.deepcopy(spec)}
    structural.default(document)
    structural.prune(document)
    return document["spec"] != spec or bool(structural.errors(document))
