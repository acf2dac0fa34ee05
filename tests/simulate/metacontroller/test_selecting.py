"""Selectors of labels and annotations."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate.metacontroller.selecting import (
    EVERYTHING,
    Selector,
    annotation_selector,
    printed,
    selector_of,
)


def selected(document: dict[str, Any], **labels: str) -> bool:
    """Return whether a selector that can be used selects labels."""
    made = selector_of(document)
    assert isinstance(made, Selector)
    return made.matches(labels)


def asked(operator: str, *values: str, key: str = "a") -> dict[str, Any]:
    """Return a selector of one expression."""
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def test_all_labels_that_are_asked_for_must_be_there() -> None:
    """With their values; others do not matter."""
    wanted = {"matchLabels": {"a": "1", "b": "2"}}
    assert selected(wanted, a="1", b="2", c="3")
    assert not selected(wanted, a="1")
    assert not selected(wanted, a="1", b="3")


@pytest.mark.parametrize(
    ("document", "there", "other", "absent"),
    [
        (asked("In", "1", "2"), True, False, False),
        (asked("NotIn", "1", "2"), False, True, True),
        (asked("Exists"), True, True, False),
        (asked("DoesNotExist"), False, False, True),
    ],
)
def test_operators(document: dict[str, Any], there: bool, other: bool, absent: bool) -> None:
    """A label with one of the values, one with another value, none at all."""
    assert selected(document, a="1") is there
    assert selected(document, a="9") is other
    assert selected(document, b="1") is absent


def test_labels_and_expressions_hold_together() -> None:
    """Both must."""
    both = {"matchLabels": {"b": "1"}, **asked("Exists")}
    assert selected(both, a="x", b="1")
    assert not selected(both, b="1")
    assert not selected(both, a="x")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (asked("Near", "1"), '"Near" is not a valid label selector operator'),
        (asked("In"), "values: Invalid value: []: for 'in', 'notin' operators"),
        (asked("Exists", "1"), 'values: Invalid value: ["1"]: values set must be empty'),
    ],
)
def test_what_cannot_be_used_says_why(document: dict[str, Any], told: str) -> None:
    """In the words of Go, for labels and for annotations."""
    assert str(selector_of(document)).startswith(told)
    assert selector_of(document) == annotation_selector(document)


def test_annotations_have_a_name_of_their_own() -> None:
    """What is asked of labels is not asked of them."""
    assert annotation_selector({"matchLabels": {"a": "1"}}) == EVERYTHING
    made = annotation_selector({"matchAnnotations": {"a": "1"}})
    assert isinstance(made, Selector)
    assert made.matches({"a": "1"})
    assert not made.empty


def test_everything_and_more() -> None:
    """An empty selector selects all; with labels it asks for those, too."""
    assert EVERYTHING.empty
    assert EVERYTHING.matches({})
    more = EVERYTHING.with_labels({"a": "1"})
    assert more.matches({"a": "1"})
    assert not more.matches({})


def test_go_prints_a_selector_as_its_structure() -> None:
    """Absent and empty are not the same."""
    assert printed({}) == (
        "&v1.LabelSelector{MatchLabels:map[string]string(nil), "
        "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"
    )
    assert "MatchLabels:map[string]string{}," in printed({"matchLabels": {}})
    told = printed({"matchLabels": {"b": "2", "a": "1"}, **asked("In", "x", "y")})
    assert 'map[string]string{"a":"1", "b":"2"}' in told
    assert '{Key:"a", Operator:"In", Values:[]string{"x", "y"}}' in told
    assert "Values:[]string(nil)" in printed({"matchExpressions": [{"key": "a"}]})
