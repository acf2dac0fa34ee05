"""What a controller declares: children, and the objects that are decorated."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile import Child, Decorated, Gvk, ObjectError
from reconcile.kinds.apps_v1 import StatefulSet
from reconcile.kinds.core_v1 import Pod

PART = Gvk("demo.example.com/v1", "Part")


def test_resource_of_a_child() -> None:
    """The plural is known, or told."""
    assert Child(Pod).resource == "pods"
    assert Child(Gvk("v1", "Endpoints")).resource == "endpoints"
    assert Child(PART, plural="parts").resource == "parts"
    with pytest.raises(ObjectError):
        _ = Child(PART).resource


def test_status_checks() -> None:
    """They belong to rolling strategies, which alone look at them."""
    child = Child(Pod, "RollingInPlace", status_checks={"Ready": "True"})
    assert child.status_checks == {"Ready": "True"}
    assert hash(child) == hash(Child(Pod, "RollingInPlace"))
    with pytest.raises(ObjectError, match="/updateStrategy/statusChecks: are for Rolling"):
        Child(Pod, "InPlace", status_checks={"Ready": "True"})


@pytest.mark.parametrize(
    ("told", "pointers"),
    [
        ({}, []),
        ({"label_selector": {}, "annotation_selector": {}}, []),
        ({"annotation_selector": {"matchAnnotations": {"a": "b"}}}, []),
        ({"label_selector": {"matchAnnotations": {}}}, ["/labelSelector"]),
        ({"annotation_selector": {"matchLabels": {"a": "b"}}}, ["/annotationSelector"]),
        (
            {"annotation_selector": {"matchAnnotations": {"a": 1}}},
            ["/annotationSelector/matchAnnotations"],
        ),
        (
            {"label_selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}},
            ["/labelSelector/matchExpressions/0/operator"],
        ),
    ],
)
def test_selectors(told: dict[str, Any], pointers: list[str]) -> None:
    """What is no selector is refused at its place."""
    found: list[str] = []
    try:
        Decorated(StatefulSet, **told)
    except ObjectError as error:
        found = [fault.pointer for fault in error.faults]
    assert found == pointers
