"""Facts about the fields of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.errors import LimitError
from reconcile.state.plan_fields import field_changes, masked, set_by_server
from reconcile.value import ABSENT


def changes(before: Any, after: Any, desired: Any = None, **owners: tuple[str, ...]) -> Any:
    """Return the fields that differ, in short."""
    asked = after if desired is None else desired
    found = field_changes(before, after, desired=asked, owners=owners)
    return [(change.pointer, change.before, change.after) for change in found]


def test_members() -> None:
    """What is new is told field by field, what is taken away as a whole."""
    before = {"spec": {"a": 1, "gone": {"x": 1, "y": [2]}, "same": [1]}}
    after = {"spec": {"a": 2, "new": {"x": {"y": 1}, "empty": {}, "list": [1, 2]}, "same": [1]}}
    assert changes(before, after) == [
        ("/spec/a", 1, 2),
        ("/spec/gone", {"x": 1, "y": [2]}, ABSENT),
        ("/spec/new/empty", ABSENT, {}),
        ("/spec/new/list", ABSENT, [1, 2]),
        ("/spec/new/x/y", ABSENT, 1),
    ]


def test_types_are_strict() -> None:
    """True is not 1, 1 is not 1.0, null is not absent; a change of type is one change."""
    assert changes({"a": 1, "b": 1, "c": {}}, {"a": True, "b": 1.0, "c": None}) == [
        ("/a", 1, True),
        ("/b", 1, 1.0),
        ("/c", {}, None),
    ]
    assert changes({"a": {"b": 1}}, {"a": [1]}) == [("/a", {"b": 1}, [1])]


def test_items_are_paired_by_name() -> None:
    """An item that is taken away or put in front does not change those behind it."""
    before = {"c": [{"name": "a", "i": 1}, {"name": "b", "i": 2}, {"name": "c", "i": 3}]}
    after = {"c": [{"name": "new", "i": 0}, {"name": "b", "i": 2}, {"name": "c", "i": 4}]}
    assert changes(before, after) == [
        ("/c/0", {"name": "a", "i": 1}, ABSENT),
        ("/c/0/i", ABSENT, 0),
        ("/c/0/name", ABSENT, "new"),
        ("/c/2/i", 3, 4),
    ]


@pytest.mark.parametrize("key", ["containerPort", "port", "mountPath", "uid", "ip", "path", "key"])
def test_items_are_paired_by_other_keys(key: str) -> None:
    """Whatever all items have, each another value."""
    before = {"c": [{key: "1", "v": 1}, {key: "2", "v": 2}]}
    assert changes(before, {"c": [{key: "2", "v": 2}]}) == [("/c/0", {key: "1", "v": 1}, ABSENT)]


def test_items_without_a_key_are_paired_by_position() -> None:
    """Two items of one name cannot be told apart by it."""
    before = {"c": [{"name": "a", "v": 1}, {"name": "a", "v": 2}]}
    after = {"c": [{"name": "a", "v": 1}, {"name": "a", "v": 3}]}
    assert changes(before, after) == [("/c/1/v", 2, 3)]
    assert changes({"c": [[1], [2]]}, {"c": [[1], [3]]}) == [("/c/1", [2], [3])]


def test_the_identity_is_left_out() -> None:
    """What a child is called is in front of its fields already."""
    made = {"apiVersion": "v1", "kind": "K", "metadata": {"name": "n", "namespace": "s"}, "x": 1}
    assert changes({}, made) == [("/x", ABSENT, 1)]


def test_rules_are_looked_up_where_they_said_it() -> None:
    """An item may stand elsewhere in what is written than in what is desired."""
    before = {"c": [{"name": "foreign"}, {"name": "mine", "v": 1}]}
    after = {"c": [{"name": "foreign"}, {"name": "mine", "v": 2}]}
    desired = {"c": [{"name": "mine", "v": 2}]}
    owners = {"/c/0/name": ("one", "two"), "/c/0/v": ("two",), "/c/1/v": ("wrong",)}
    (change,) = field_changes(before, after, desired=desired, owners=owners)
    assert change.pointer == "/c/1/v"
    assert change.rules == ("two",)
    (change,) = field_changes({}, {"l": [1, 2]}, desired={"l": [1, 2]}, owners={"/l": ("three",)})
    assert change.rules == ("three",)
    (change,) = field_changes({"x": 1}, {}, desired={}, owners={"/x": ("gone",)})
    assert change.rules == ()


def test_what_the_server_sets() -> None:
    """Only what was not sent; another spelling of a value is none of it."""
    found = set_by_server({"a": "1000m", "l": [{"name": "x"}]},
                          {"a": "1", "b": {"c": 1}, "l": [{"name": "x", "d": 2}]})  # fmt: skip
    assert [(change.pointer, change.after, change.source) for change in found] == [
        ("/b", {"c": 1}, "server"),
        ("/l/0/d", 2, "server"),
    ]


RECORD = "metacontroller.k8s.io/last-applied-configuration"


def test_masking() -> None:
    """Names stay, values do not, also of a Secret inside another object."""
    inner = {"kind": "Secret", "data": {"k": "dg==", "deep": {"x": "dg=="}}, "type": "T"}
    document = {"spec": [{"template": inner}], "data": {"k": "plain"},
                "metadata": {"annotations": {RECORD: "{}", "a": "b"}}}  # fmt: skip
    assert masked(document) == {
        "spec": [{"template": {"kind": "Secret", "data": {"k": "(secret)", "deep": {
            "x": "(secret)"}}, "type": "T"}}],
        "data": {"k": "plain"},
        "metadata": {"annotations": {RECORD: "(secret)", "a": "b"}},
    }  # fmt: skip
    changed = {"spec": [{"template": {**inner, "data": {"k": "bmV3", "list": [1]}}}]}
    assert changes({"spec": document["spec"]}, changed) == [
        ("/spec/0/template/data/deep", {"x": "(secret)"}, ABSENT),
        ("/spec/0/template/data/k", "(secret)", "(secret)"),
        ("/spec/0/template/data/list", ABSENT, "(secret)"),
    ]
    assert changes({}, {"spec": [inner]})[0] == ("/spec/0/data/deep/x", ABSENT, "(secret)")
    become = changes({"kind": "Secret", "data": {"k": "dg=="}}, {"kind": "Other", "data": {}})
    assert ("/data/k", "(secret)", ABSENT) in become


def test_depth_is_bounded() -> None:
    """A document that is nested too deeply is refused, not a crash."""
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(LimitError):
        masked(deep)
    with pytest.raises(LimitError):
        changes({"a": deep}, {})
