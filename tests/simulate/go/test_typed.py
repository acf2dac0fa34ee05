"""What an apply that does not fit its type is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reconcile.kinds import schema
from reconcile.simulate.go.typed import printed, typed_faults

POD = schema("v1", "Pod")
KIND: Any = SimpleNamespace(schema=POD, metadata=POD["properties"]["metadata"])


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ({"kind": "Pod", "spec": {"containers": [{"name": "a"}]}}, []),
        ({"nothing": 1}, [".nothing: field not declared in schema"]),
        ({"metadata": {"nothing": 1}}, [".metadata.nothing: field not declared in schema"]),
        ({"spec": "x"}, [".spec: expected map, got &{x}"]),
        ({"spec": {"containers": {"a": 1}}}, [".spec.containers: expected list, got &{map[a:1]}"]),
        (
            {"spec": {"hostname": 1, "hostPID": "x", "priority": "x"}},
            [
                ".spec.hostname: expected string, got &value.valueUnstructured{Value:1}",
                '.spec.hostPID: expected boolean, got &value.valueUnstructured{Value:"x"}',
                ".spec.priority: expected numeric (int or float), got string",
            ],
        ),
        (
            {"spec": {"containers": [{"name": "a"}, {"name": "a", "cmd": 1}]}},
            [
                '.spec.containers: duplicate entries for key [name="a"]',
                '.spec.containers[name="a"].cmd: field not declared in schema',
            ],
        ),
        ({"spec": {"containers": [{"image": "a"}]}}, []),  # the name is empty by default
        (
            {"spec": {"containers": [None]}},
            [".spec.containers: element 0: associative list with keys may not have a null element"],
        ),
        (
            {"spec": {"containers": [1]}},
            [
                ".spec.containers: element 0: associative list with keys may not have non-map "
                "elements"
            ],
        ),
        (
            {"metadata": {"finalizers": ["a", "a", {}]}},
            [
                '.metadata.finalizers: duplicate entries for key [="a"]',
                ".metadata.finalizers: element 2: associative list without keys has an element "
                "that's a map type",
            ],
        ),
        (
            {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": []}}}]}},
            ['.spec.containers[name="a"].resources.limits.cpu: expected any scalar, got &{[]}'],
        ),
    ],
)
def test_faults(document: dict[str, Any], faults: list[str]) -> None:
    """Every fault of a document is told, with the value and where it stands."""
    assert typed_faults(document, KIND) == faults


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, "map[a:[true <nil>] b:1]"),
        ("", ""),
        (1.5, "1.5"),
        (False, "false"),
    ],
)
def test_values_are_printed(value: Any, text: str) -> None:
    """Values are printed as Go prints them, keys sorted."""
    assert printed(value) == text
