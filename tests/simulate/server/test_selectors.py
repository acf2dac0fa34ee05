"""Selectors in queries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.simulate.server.resource_type import Catalogue, ResourceType
from reconcile.simulate.server.selectors import field_selector, label_selector
from reconcile.simulate.server.status import ApiError


def kind(group: str, plural: str) -> ResourceType:
    """Return a built-in resource."""
    found = Catalogue.built_in().find(group, "v1", plural)
    assert found is not None
    return found


POD, DEPLOYMENT = kind("", "pods"), kind("apps", "deployments")


def selects(text: str, **labels: str) -> bool | str:
    """Return whether a selector selects labels, or what is said of it."""
    try:
        matches = label_selector(text)
    except ApiError as error:
        return error.message
    return matches is None or matches({"metadata": {"labels": labels} if labels else {}})


@pytest.mark.parametrize(
    ("text", "with_a", "with_b", "without"),
    [
        ("", True, True, True),
        (" ", True, True, True),
        ("k=a", True, False, False),
        ("k==a", True, False, False),
        (" k = a ", True, False, False),
        ("k!=a", False, True, True),
        ("k in (a,c)", True, False, False),
        ("k in (a, b)", True, True, False),
        ("k notin (a)", False, True, True),
        ("k", True, True, False),
        ("!k", False, False, True),
        ("k=", False, False, False),
        ("k!=", True, True, True),
        ("k in ()", False, False, False),
        ("k,k!=b", True, False, False),
        ("k>1", False, False, False),
    ],
)
def test_labels_are_selected(text: str, *, with_a: bool, with_b: bool, without: bool) -> None:
    """What is not there is unequal to everything, and in no set."""
    assert (selects(text, k="a"), selects(text, k="b"), selects(text)) == (with_a, with_b, without)


def test_numbers_are_compared_as_numbers() -> None:
    """A label that is none is neither less nor more."""
    assert [selects("k>9", k=each) for each in ("10", "9", "x", "-1")] == [
        True,
        False,
        False,
        False,
    ]
    assert [selects("k<9", k=each) for each in ("10", "9", "x", "-1")] == [
        False,
        False,
        False,
        True,
    ]
    assert selects("k>x", k="1") == (
        'unable to parse requirement: values[0]: Invalid value: "x": '
        "for 'Gt', 'Lt' operators, the value must be an integer"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("k in x", "unable to parse requirement: found 'x' expected: '('"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        (
            "a PER b",
            "unable to parse requirement: found 'PER', expected: in, notin, =, ==, !=, gt, lt",
        ),
        ("a,", "found '', expected: identifier after ','"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("k in (a", "unable to parse requirement: found '', expected: ',' or ')'"),
    ],
)
def test_selectors_that_cannot_be_read(text: str, told: str) -> None:
    """The token that cannot be there is named, with what could."""
    assert selects(text) == told


@given(st.text("ab=!,()<> in", max_size=20))
def test_any_selector_is_read_or_refused(text: str) -> None:
    """Nothing that is asked makes reading fail."""
    assert selects(text, a="b") in (True, False) or isinstance(selects(text), str)


def chosen(text: str, kind: ResourceType, document: Any) -> bool | str:
    """Return whether a field selector selects an object, or what is said of it."""
    try:
        matches = field_selector(text, kind)
    except ApiError as error:
        return error.message
    return matches is None or matches(document)


def test_fields_are_selected() -> None:
    """A field that is not there is empty; those that count and those that say yes or no are not."""
    found: Any = {"metadata": {"name": "a,b"}, "spec": {"nodeName": "n"}}
    assert chosen("spec.nodeName=n,metadata.name!=x", POD, found) is True
    assert chosen("metadata.name=a\\,b", POD, found) is True
    assert chosen("status.phase=", POD, found) is True
    assert chosen("spec.hostNetwork=false", POD, found) is True
    assert chosen("spec.hostNetwork=true", POD, {"spec": {"hostNetwork": True}}) is True
    assert chosen("status.replicas=0", kind("apps", "replicasets"), found) is True


def test_an_event_s_source_is_told_in_one_of_two_ways() -> None:
    """By its component, or by who reports it."""
    event = kind("", "events")
    assert chosen("source=x", event, {"source": {"component": "x"}}) is True
    assert chosen("source=x", event, {"source": {}, "reportingComponent": "x"}) is True
    assert chosen("source=x", event, {}) is False


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("spec.x=1", POD, "field label not supported: spec.x"),
        (
            "spec.replicas=1",
            DEPLOYMENT,
            '"spec.replicas" is not a known field selector: only "metadata.name", '
            '"metadata.namespace"',
        ),
        (
            "metadata.name",
            POD,
            "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
        ),
    ],
)
def test_fields_that_are_not_known(text: str, kind: ResourceType, told: str) -> None:
    """Kinds with fields of their own say it in other words."""
    assert chosen(text, kind, {}) == told
