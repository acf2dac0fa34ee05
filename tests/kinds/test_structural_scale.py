"""Replicas of custom resources: where they are, and what they may be."""

from __future__ import annotations

import pytest

from reconcile.kinds.structural import scale_errors

SCALE = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".status.selector",
}


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({}, []),
        ({"spec": {"replicas": 3}, "status": {"replicas": 0, "selector": "a=b"}}, []),
        (
            {"spec": {"replicas": -1}},
            [".spec.replicas: Invalid value: -1: should be a non-negative integer"],
        ),
        (
            {"spec": {"replicas": 2**31}},
            [
                ".spec.replicas: Invalid value: 2147483648: should be less than or equal to 2147483647"
            ],
        ),
        (
            {"spec": {"replicas": "x"}},
            [
                ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: x is of the type string, expected int64"
            ],
        ),
        (
            {"spec": 5},
            [
                ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: 5 is of the type int64, expected map[string]interface{}"
            ],
        ),
        (
            {"status": {"selector": {"a": [True, None]}}},
            [
                '.status.selector: Invalid value: "": .status.selector accessor error: map[a:[true <nil>]] is of the type map[string]interface {}, expected string'
            ],
        ),
    ],
)
def test_replicas_are_small_whole_numbers(document, wanted):
    """What is not there is fine."""
    assert [str(each) for each in scale_errors(document, SCALE)] == wanted


def test_a_write_of_the_status_is_held_to_the_status_alone():
    """What the spec holds was looked at when it was written."""
    document = {"spec": {"replicas": -1}, "status": {"replicas": -1}}
    assert [each.path for each in scale_errors(document, SCALE, status=True)] == [
        ".status.replicas"
    ]
    assert scale_errors(document, None) == []
