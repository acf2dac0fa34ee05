"""Definitions that have not the form of one: refused as Go reads them, and never an error of ours."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconcile.simulate import ApiServer

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SPEC: Any = {
    "group": "ex.com",
    "scope": "Namespaced",
    "names": {"kind": "Thing", "plural": "things"},
    "versions": [
        {
            "name": "v1",
            "served": True,
            "storage": True,
            "schema": {
                "openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object"}}}
            },
        }
    ],
}
ROOT = ("spec", "versions", 0, "schema", "openAPIV3Schema")


def _changed(place: tuple[Any, ...], value: Any) -> Any:
    document: Any = {"metadata": {"name": "things.ex.com"}, "spec": copy.deepcopy(SPEC)}
    held = document
    for step in place[:-1]:
        held = held[step]
    held[place[-1]] = value
    return document


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (ROOT, "x", "cannot unmarshal string"),
        ((*ROOT, "type"), 3, "cannot unmarshal number"),
        ((*ROOT, "properties"), ["x"], "cannot unmarshal array"),
        ((*ROOT, "properties", "spec"), "x", "cannot unmarshal string"),
        ((*ROOT, "required"), "a", "cannot unmarshal string"),
        ((*ROOT, "enum"), "a", "cannot unmarshal string"),
        ((*ROOT, "nullable"), "true", "cannot unmarshal string"),
        ((*ROOT, "maximum"), "3", "cannot unmarshal string"),
        ((*ROOT, "x-kubernetes-validations"), "x", "cannot unmarshal string"),
        ((*ROOT, "properties", "spec"), None, "properties[spec].type: Required value"),
        (("metadata", "labels"), {"-a": "b"}, 'metadata.labels: Invalid value: "-a"'),
        (("metadata", "name"), "", "metadata.name: Required value"),
    ],
)
def test_malformed(place: tuple[Any, ...], value: Any, told: str) -> None:
    """The place is told, or what Go could not read."""
    answer = ApiServer().request("POST", DEFINITIONS, body=_changed(place, value))
    assert answer.status in (400, 422)
    assert told in answer.body["message"]


def test_a_map_with_a_null_is_judged_as_one_with_nothing_in_it() -> None:
    """As Go has it."""
    null = ApiServer().request(
        "POST", DEFINITIONS, body=_changed((*ROOT, "properties", "spec"), None)
    )
    empty = ApiServer().request(
        "POST", DEFINITIONS, body=_changed((*ROOT, "properties", "spec"), {})
    )
    assert null.body == empty.body
