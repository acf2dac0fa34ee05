"""Which lists are associative."""

from __future__ import annotations

import pytest

from reconcile.diff import by_key, cursor
from reconcile.value import ABSENT

SCHEMA = {
    "type": "object",
    "properties": {
        "ports": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": {
                "type": "object",
                "properties": {"protocol": {"type": "string", "default": "TCP"}},
            },
        },
        "finalizers": {"type": "array", "x-kubernetes-list-type": "set"},
        "args": {"type": "array", "x-kubernetes-list-type": "atomic"},
        "hosts": {
            "type": "array",
            "x-kubernetes-patch-strategy": "merge",
            "x-kubernetes-patch-merge-key": "ip",
        },
        "names": {"type": "array", "x-kubernetes-patch-strategy": "merge"},
        "broken": {"type": "array", "x-kubernetes-list-type": "map"},
        "selector": {"type": "object", "x-kubernetes-map-type": "atomic"},
        "labels": {
            "type": "object",
            "additionalProperties": {"type": "array", "x-kubernetes-list-type": "set"},
        },
        "plain": {"type": "array"},
    },
}


@pytest.mark.parametrize(
    ("member", "rule"),
    [
        ("ports", ("port", "protocol")),
        ("finalizers", "set"),
        ("args", "atomic"),
        ("hosts", ("ip",)),
        ("names", "set"),
        ("broken", "atomic"),
        ("plain", None),
        ("unknown", None),
    ],
)
def test_rule_of_a_schema(member: str, rule: object) -> None:
    """A schema says it by list type, or by the older patch strategy."""
    assert cursor(SCHEMA).member(member).rule == rule


def test_schema_is_followed_through_maps_and_items() -> None:
    """Values of maps and items of lists have places of their own."""
    root = cursor(SCHEMA)
    assert root.member("labels").member("any").rule == "set"
    assert root.member("selector").atomic
    assert not root.atomic
    item = root.member("ports").item()
    assert item.default("protocol") == "TCP"
    assert item.default("port") is ABSENT
    assert root.member("unknown").item().member("x").rule is None
    assert cursor(None).default("x") is ABSENT


def test_rule_of_a_table() -> None:
    """A table says it by pointer, with * for any item or member."""
    root = cursor(
        {"/spec/containers": ("name",), "/spec/containers/*/args": "atomic", "/*/x": "set"}
    )
    containers = root.member("spec").member("containers")
    assert containers.rule == ("name",)
    assert containers.item().member("args").rule == "atomic"
    assert containers.item().member("env").rule is None
    assert root.member("spec").member("x").rule == "set"
    assert root.member("other").member("y").rule is None
    assert not containers.atomic


@pytest.mark.parametrize(
    ("items", "known"),
    [
        ([{"port": 1}, {"port": 1, "protocol": "UDP"}], True),
        ([{"port": 1}, {"port": 1, "protocol": "TCP"}], False),
        ([{"protocol": "TCP"}], False),
        ([1], False),
        ([], True),
    ],
)
def test_by_key(items: list, known: bool) -> None:
    """Items are known by their keys, with the server's default for one that is absent."""
    keyed = by_key(items, cursor(SCHEMA).member("ports"))
    assert (keyed is not None) is known
    if keyed is not None:
        assert list(keyed.values()) == items


def test_by_key_of_another_list() -> None:
    """A list that is not associative has no keys."""
    assert by_key([{"a": 1}], cursor(SCHEMA).member("args")) is None


def test_a_name_counts_more_than_a_star() -> None:
    """Of two patterns that fit, the one that names the place is taken, in any order."""
    table = {"/a/x": "atomic", "/*/x": "set"}
    for rules in (table, dict(reversed(table.items()))):
        assert cursor(rules).member("a").member("x").rule == "atomic"
        assert cursor(rules).member("b").member("x").rule == "set"
