"""What hooks answer, read as Go reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconcile.simulate.metacontroller.client import CrashError
from reconcile.simulate.metacontroller.responses import read_customize, read_sync
from reconcile.simulate.metacontroller.settings import HookSettings
from reconcile.simulate.metacontroller.webhook import HookError

CHILD = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}


def hook(*, strict: bool = False, name: str = "sync") -> HookSettings:
    """Return a hook of the first version."""
    return HookSettings(
        name,
        "v1",
        "http://hooks/sync",
        10.0,
        strict=strict,
        etag=False,
        remembers=0.0,
        authorization="",
    )


def read(answer: Any, *, decorator: bool = False, strict: bool = False) -> Any:
    """Return what an answer says; text goes as it is."""
    body = answer if isinstance(answer, str) else json.dumps(answer)
    return read_sync(body.encode(), hook(strict=strict), decorator=decorator)


def refused(answer: Any, **how: bool) -> str:
    """Return why an answer cannot be read."""
    with pytest.raises(HookError) as caught:
        read(answer, **how)
    return str(caught.value)


def test_a_plain_answer() -> None:
    """Status, children, seconds, and whether it is finalized."""
    found = read({"status": {"a": 1}, "children": [CHILD], "resyncAfterSeconds": 2})
    assert (found.status, found.children, found.resync) == ({"a": 1}, [CHILD], 2.0)
    assert not found.finalized
    assert read({"children": [], "finalized": True}).finalized


@pytest.mark.parametrize("answer", ["null", {}, {"children": None}, {"status": None}])
def test_nothing_is_the_zero_value(answer: Any) -> None:
    """No status, no children, no seconds."""
    found = read(answer)
    assert (found.status, found.children, found.resync, found.finalized) == (None, [], 0.0, False)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("[]", "json: cannot unmarshal array into Go value of type v1.CompositeHookResponse"),
        ('"x"', "json: cannot unmarshal string into Go value of type v1.CompositeHookResponse"),
        ({"finalized": 1}, "cannot unmarshal number into Go struct field "),
        ({"resyncAfterSeconds": True}, "CompositeHookResponse.resyncAfterSeconds of type float64"),
        ({"status": []}, "cannot unmarshal array into Go struct field"),
        ({"children": {}}, "of type []*unstructured.Unstructured"),
        ({"children": [1]}, "of type map[string]interface {}"),
        ({"children": [{"apiVersion": "v1"}]}, "Object 'Kind' is missing in '{"),
        ({"children": [{**CHILD, "apiVersion": "a/b/c"}]}, "Object 'Kind' is missing in '{"),
    ],
)
def test_a_wrong_type_fails_the_whole_answer(answer: Any, told: str) -> None:
    """In the words of Go."""
    why = refused(answer)
    assert why.startswith("can't unmarshal webhookResponse (version: v1, type: sync): ")
    assert told in why


def test_a_null_among_the_children_ends_the_process() -> None:
    """But not before a wrong type has failed the answer."""
    with pytest.raises(CrashError) as caught:
        read({"children": [CHILD, None]})
    assert caught.value.rule == "1.23"
    assert "cannot unmarshal number" in refused({"children": [None], "finalized": 1})


def test_strict_reading_refuses_what_is_unknown_or_there_twice() -> None:
    """Loose reading takes the last and looks away; inside of children nobody looks."""
    twice = '{"status": {"a": 1, "a": 2}, "extra": 1, "children": []}'
    assert read(twice).status == {"a": 2}
    why = refused(twice, strict=True)
    assert "(type: sync, mode: strict): " in why
    assert 'duplicate field "status.a"' in why
    assert 'unknown field "extra"' in why
    inside = '{"children": [{"apiVersion": "v1", "kind": "K", "x": 1, "x": 2}]}'
    assert read(inside, strict=True).children[0]["x"] == 2


def test_decorators_have_other_members() -> None:
    """Attachments, labels, annotations: null takes one away."""
    found = read({"attachments": [CHILD], "labels": {"a": None, "b": "1"}}, decorator=True)
    assert found.children == [CHILD]
    assert (found.labels, found.annotations) == ({"a": None, "b": "1"}, {})
    assert read({"children": [CHILD]}, decorator=True).children == []
    assert "of type string" in refused({"labels": {"a": 1}}, decorator=True)


def test_rules_of_related_objects() -> None:
    """Each with what it names; absent lists are empty."""
    rules = [{"apiVersion": "v1", "resource": "configmaps", "names": ["a"], "namespace": "n"}]
    body = json.dumps({"relatedResources": rules}).encode()
    (rule,) = read_customize(body, hook(name="customize"))
    assert (rule.api_version, rule.resource, list(rule.names)) == ("v1", "configmaps", ["a"])
    assert (rule.namespace, rule.label_selector) == ("n", None)
    assert read_customize(b"null", hook(name="customize")) == ()


@pytest.mark.parametrize(
    ("rules", "error"),
    [([None], CrashError), ({}, HookError), ([{"names": 1}], HookError), ([1], HookError)],
)
def test_rules_that_cannot_be_read(rules: Any, error: type[Exception]) -> None:
    """A null ends the process; a wrong type fails the answer."""
    with pytest.raises(error):
        read_customize(json.dumps({"relatedResources": rules}).encode(), hook(name="customize"))


def test_rules_are_read_strictly_where_the_hook_is() -> None:
    """Unknown members are named with their place."""
    body = json.dumps({"relatedResources": [{"apiVersion": "v1", "more": 1}]}).encode()
    with pytest.raises(HookError) as caught:
        read_customize(body, hook(strict=True, name="customize"))
    assert 'unknown field "relatedResources[0].more"' in str(caught.value)
