"""Paths of printer columns."""

from __future__ import annotations

import pytest

from reconcile.simulate.tables.paths import found, steps

DOCUMENT = {
    "spec": {
        "size": 3,
        "list": [{"n": 1, "on": True}, {"n": 2, "on": False}, {"m": 3}],
        "null": None,
        "a.b/c": "dotted",
        "text": "abc",
    },
    "status": {
        "conditions": [
            {"type": "Ready", "status": "True"},
            {"type": "Other", "status": "False"},
        ]
    },
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".spec.size", [3]),
        ("$.spec.size", [3]),
        (".", [DOCUMENT]),
        (".spec.null", [None]),
        (".spec.missing", []),
        (".spec.size.deeper", []),
        (".spec.list[0].n", [1]),
        (".spec.list[-2].n", [2]),
        (".spec.list[7]", []),
        (".spec.text[0]", []),
        (".spec.list[*].n", [1, 2]),
        (".spec.list[0,2]", [{"n": 1, "on": True}, {"m": 3}]),
        (".spec.list[1:].n", [2]),
        (".spec.list[0:3:2]", [{"n": 1, "on": True}, {"m": 3}]),
        (r".spec.a\.b/c", ["dotted"]),
        (".spec['a.b/c']", ["dotted"]),
        (""".spec["a.b/c"]""", ["dotted"]),
        (".spec['size','text']", [3, "abc"]),
        ("..n", [1, 2]),
        (".spec.list[1]..*", [2, False]),
        (".spec.list..[?(@.n==2)].n", [2]),
        (".spec.list.[0].n", [1]),
        (".spec.list[?(@['n']==2)].n", [2]),
        (".status.*[0].type", ["Ready"]),
        (".status..type", ["Ready", "Other"]),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".status.conditions[?(@.type=='Other')].status", ["False"]),
        (".status.conditions[?(@.type != 'Other')].status", ["True"]),
        (".spec.list[?(@.n>1)].n", [2]),
        (".spec.list[?(@.n>=1)].n", [1, 2]),
        (".spec.list[?(@.n<2)].n", [1]),
        (".spec.list[?(@.n<=2.5)].n", [1, 2]),
        (".spec.list[?(@.on==true)].n", [1]),
        (".spec.list[?(@.on>true)].n", []),
        (".spec.list[?(@.n=='1')].n", []),
        (".spec.list[?(@.on==1)].n", []),
        (".spec.list[?(@.m)].m", [3]),
        (".spec.text[?(@.m)]", []),
    ],
)
def test_where_paths_lead(path: str, values: list) -> None:
    """A path leads to all values it fits, in order."""
    made = steps(path)
    assert made is not None
    assert found(DOCUMENT, made) == values


@pytest.mark.parametrize(
    "path", [".a[", ".a[x]", ".a[]", ".a[?(1)]", ".a[1:2:0]", ".{a}", ".a" * 300, ".a[?(@.b==x)]"]
)
def test_paths_that_cannot_be_read(path: str) -> None:
    """A malformed path leads nowhere, and is told apart from one that does not fit."""
    assert steps(path) is None
