"""Label selectors, plain and typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import ObjectError
from reconcile.objects.label_selector import LabelSelector, LabelSelectorRequirement
from reconcile.objects.selector import check_selector, selects

LABELS = {"app": "web", "tier": "front"}


def _expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    found: dict[str, Any] = {"key": key, "operator": operator}
    if values:
        found["values"] = list(values)
    return {"matchExpressions": [found]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        ({"matchLabels": None, "matchExpressions": None}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "db"}}, False),
        ({"matchLabels": {"app": "web", "x": "y"}}, False),
        (_expression("app", "In", "web", "db"), True),
        (_expression("app", "In", "db"), False),
        (_expression("x", "In", "db"), False),
        (_expression("app", "NotIn", "web"), False),
        (_expression("app", "NotIn", "db"), True),
        (_expression("x", "NotIn", "db"), True),
        (_expression("app", "Exists"), True),
        (_expression("x", "Exists"), False),
        (_expression("app", "DoesNotExist"), False),
        (_expression("x", "DoesNotExist"), True),
        ({"matchLabels": {"app": "web"}, **_expression("tier", "In", "back")}, False),
    ],
)
def test_selectors_select_as_kubernetes_does(selector: dict[str, Any], *, expected: bool) -> None:
    """All parts must hold; NotIn and DoesNotExist hold for an absent key."""
    assert selects(selector, LABELS) is expected
    assert LabelSelector.read(selector).matches(LABELS) is expected


@pytest.mark.parametrize(
    ("selector", "pointers"),
    [
        ({"matchLabel": {}}, [""]),
        ({"matchLabels": []}, ["/matchLabels"]),
        ({"matchLabels": {"a": 1}}, ["/matchLabels"]),
        ({"matchExpressions": {}}, ["/matchExpressions"]),
        ({"matchExpressions": ["secret"]}, ["/matchExpressions/0"]),
        (
            {"matchExpressions": [{"key": "", "operator": "Is", "values": "secret"}]},
            [f"/matchExpressions/0/{name}" for name in ("key", "operator", "values")],
        ),
        (_expression("a", "In"), ["/matchExpressions/0/values"]),
        (_expression("a", "Exists", "b"), ["/matchExpressions/0/values"]),
        (
            {"matchExpressions": [{"key": "a", "operator": "In", "values": [1]}]},
            ["/matchExpressions/0/values"],
        ),
    ],
)
def test_faults_of_a_selector_are_all_told(selector: dict[str, Any], pointers: list[str]) -> None:
    """Every fault has its place, no message has a value, and selecting with it is refused."""
    faults = check_selector(selector)
    assert [fault.pointer for fault in faults] == pointers
    assert "secret" not in "".join(fault.message for fault in faults)
    with pytest.raises(ObjectError):
        selects(selector, LABELS)


def test_a_misspelt_member_is_guessed() -> None:
    """A misspelt member is told with the right one."""
    assert "did you mean 'matchLabels'?" in check_selector({"matchLabel": {}})[0].message


def test_a_typed_selector_is_made_by_keyword() -> None:
    """A selector made in code says on the wire what was set and nothing else."""
    requirement = LabelSelectorRequirement(key="app", operator="In", values=["web"])
    selector = LabelSelector(match_expressions=[requirement], match_labels=None)
    assert selector.to_wire() == _expression("app", "In", "web")
    assert selector.matches(LABELS)


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_match_labels_is_being_a_subset(wanted: dict[str, str], labels: dict[str, str]) -> None:
    """`matchLabels` selects exactly the labels that hold all of it."""
    assert selects({"matchLabels": wanted}, labels) is (wanted.items() <= labels.items())
