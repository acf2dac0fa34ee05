"""Dynamic apply: the record, the merge, and what counts as a difference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulate.scenes import (
    API,
    CONFIG_MAP,
    THING,
    WIDGET,
    answering,
    changing,
    cluster,
    composite,
    config_map,
    thing,
    wanting,
    warnings,
    widget,
    writes,
)

RECORD = "metacontroller.k8s.io/last-applied-configuration"
LABELS = {"app": "x"}
ABSENT: Any = object()
TWO = [{"name": "x"}, {"name": "y"}]
PORTS = [{"port": 53, "p": "T", "n": "t"}, {"port": 53, "p": "U", "n": "u"}]
LAST = {"port": 53, "p": "U", "n": "u"}
AB = [{"name": "a"}, {"name": "b"}]
ASIDE = [{"name": "a"}, {"name": "side"}, {"name": "b"}]
ENV = [{"name": "x", "image": "i", "env": [{"name": "A"}, {"name": "B"}]}]
FROM = [{"name": "A", "valueFrom": {"b": 1}}]
# The worked examples: observed, last applied, desired, and where it ends.
ROWS: dict[str, tuple[Any, Any, Any, Any]] = {
    "rule 4.F row a": ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1, "c": 3}),
    "rule 4.F row b": ({"x": 9}, {}, {}, {"x": 9}),
    "rule 4.F row c": ({"a": 5}, {"a": 1}, {"a": 1}, {"a": 1}),
    "rule 4.F row d": ({"a": {"k": 1, "z": 2}}, {"a": {"k": 1}}, {"a": "s"}, {"a": {"z": 2}}),
    "rule 4.F row e": ({"a": {"k": 1, "z": 2}}, {"a": {"k": 1}}, {"a": None}, {"a": {"z": 2}}),
    "rule 4.F row f": ({"a": {"k": 1, "z": 2}}, {"a": {"k": 1}}, {"a": [1]}, {"a": {"z": 2}}),
    "rule 4.F row g": ({"a": "s"}, {"a": "s"}, {"a": {"k": 1}}, {"a": {"k": 1}}),
    "rule 4.F row h": ({"a": [1, 2]}, {"a": [1, 2]}, {"a": {"k": 1}}, {"a": {"k": 1}}),
    "rule 4.F row i": ({"a": TWO[:1]}, {"a": TWO[:1]}, {"a": {"k": 1}}, {"a": {"k": 1}}),
    "rule 4.F row j": ({"a": [1, 2]}, {"a": [1, 2]}, {"a": None}, {"a": None}),
    "rule 4.F row k": ({"a": TWO}, {"a": TWO[:1]}, {"a": None}, {"a": TWO[1:]}),
    "rule 4.F row l": ({"a": 1}, {"a": 1}, {"a": None}, {"a": None}),
    "rule 4.F row m": ({}, {}, {"a": None}, {"a": None}),
    "rule 4.F row n": ({}, {}, {"m": {}, "l": []}, {"m": {}, "l": []}),
    "rule 4.F row o": (
        {"m": {"k": 1}, "l": [1], "lm": TWO[:1]},
        {},
        {"m": {}, "l": [], "lm": []},
        {"m": {"k": 1}, "l": [], "lm": TWO[:1]},
    ),
    "rule 4.F row p": (
        {"m": {"k": 1, "o": 2}, "lm": TWO},
        {"m": {"k": 1}, "lm": TWO[:1]},
        {"m": {}, "lm": []},
        {"m": {"o": 2}, "lm": TWO[1:]},
    ),
    "rule 4.F row q": ({"l": []}, {}, {"l": None}, {"l": None}),
    "rule 4.F row r": ({"l": list("abc")}, {"l": list("ab")}, {"l": ["a"]}, {"l": ["a"]}),
    "rule 4.F row s": ({"l": list("ax")}, {"l": ["a"]}, {"l": ["a"]}, {"l": ["a"]}),
    "rule 4.F row t": (
        {"l": ASIDE},
        {"l": AB},
        {"l": [{"name": "c"}, {"name": "a"}]},
        {"l": [{"name": "a"}, {"name": "side"}, {"name": "c"}]},
    ),
    "rule 4.F row u": ({"l": AB}, {"l": AB}, {"l": AB[::-1]}, {"l": AB}),
    "rule 4.F row v": ({"l": PORTS}, {"l": PORTS}, {"l": PORTS}, {"l": [LAST, LAST]}),
    "rule 4.F row w": (
        {"l": []},
        {},
        {"l": [{"name": "a", "v": 1}, {"name": "b"}, {"name": "a", "v": 2}]},
        {"l": [{"name": "a", "v": 2}, {"name": "b"}]},
    ),
    "rule 4.F row x": (
        {},
        {},
        {"l": [{"name": "a", "v": 1}, {"name": "a", "v": 2}]},
        {"l": [{"name": "a", "v": 2}, {"name": "a", "v": 2}]},
    ),
    "rule 4.F row y": (
        {"l": [{"containerPort": 80, "name": "a"}]},
        {},
        {"l": [{"containerPort": 80, "name": "b"}]},
        {"l": [{"containerPort": 80, "name": "b"}]},
    ),
    "rule 4.F row z": (
        {"l": [{"port": 80, "name": "a"}]},
        {},
        {"l": [{"name": "a", "x": 1}]},
        {"l": [{"name": "a", "port": 80, "x": 1}]},
    ),
    "rule 4.F row aa": ({"l": [{"key": "a"}]}, {}, {"l": [{"key": "b"}]}, {"l": [{"key": "b"}]}),
    "rule 4.F row bb": (
        {"l": [{"name": "a"}, {"name": "z"}]},
        {"l": ["q"]},
        {"l": [{"name": "a", "n": 1}]},
        {"l": [{"name": "a", "n": 1}]},
    ),
    "rule 4.F row cc": (
        {"l": [{"port": 80, "v": 1}]},
        {},
        {"l": [{"port": "80", "w": 2}]},
        {"l": [{"port": "80", "v": 1, "w": 2}]},
    ),
    "rule 4.F row dd": (
        {"l": ENV},
        {"l": ENV},
        {"l": [{"name": "x", "env": [{"name": "A"}]}]},
        {"l": [{"name": "x", "env": [{"name": "A"}]}]},
    ),
    "rule 4.F row ee": (
        {"l": FROM},
        {"l": FROM},
        {"l": [{"name": "A", "value": "v"}]},
        {"l": [{"name": "A", "value": "v"}]},
    ),
    "rule 4.F row ff": (
        {"l": [{"name": "c", "image": "h", "policy": "Always"}]},
        {"l": [{"name": "c", "image": "h"}]},
        {"l": [{"image": "i"}]},
        {"l": [{"image": "i"}]},
    ),
    "rule 4.F row gg": ({"a": 1}, ABSENT, {"a": 1}, {"a": 1}),
}


@pytest.mark.parametrize("name", ROWS)
def test_worked_examples(name: str) -> None:
    """An object with a record is adopted and merged, until nothing moves (rules 4.6 and 4.20)."""
    observed, last, desired, ends = ROWS[name]
    given = composite(
        generate=False,
        children=((API, "widgets", "InPlace"),),
        sync=answering({**widget(**desired), "metadata": {"name": "w", "labels": LABELS}}),
    )
    made = cluster(given, things=())
    metadata: dict[str, Any] = {"name": "w", "labels": LABELS}
    if last is not ABSENT:
        metadata["annotations"] = {RECORD: json.dumps({"spec": last})}
    made.create({**widget(**observed), "metadata": metadata})
    made.create(thing(selector={"matchLabels": LABELS}))
    made.settle()
    assert made.get(WIDGET, "w")["spec"] == ends


def test_the_record_is_spelled_as_go_spells() -> None:
    """Keys are sorted, HTML is escaped, floats are short (rule 4.1)."""
    made = wanting("InPlace", widget(z=1.0, b="<&>", a=1e21, c=1e-7, d="ü"), "widgets")
    made.settle()
    record = made.get(WIDGET, "w")["metadata"]["annotations"][RECORD]
    assert record.endswith('"spec":{"a":1e+21,"b":"\\u003c\\u0026\\u003e","c":1e-7,"d":"ü","z":1}}')


@pytest.mark.parametrize("record", ["{", "[]", "1", '"a"'])
def test_records_that_are_no_objects_fail_the_child(record: str) -> None:
    """The sync fails, the child stays (rule 4.3)."""
    made = wanting("InPlace", widget(a=1), "widgets")
    made.settle()
    made.patch(WIDGET, "w", {"metadata": {"annotations": {RECORD: record}}, "spec": {"a": 2}})
    made.settle(failures=True)
    assert made.failing
    assert made.get(WIDGET, "w")["spec"] == {"a": 2}
    assert warnings(made)


@pytest.mark.parametrize("record", ["null", "", None])
def test_records_that_are_nothing(record: str | None) -> None:
    """Nothing was applied, so nothing is taken away (rule 4.3)."""
    made = wanting("InPlace", widget(a=1), "widgets")
    made.settle()
    made.patch(WIDGET, "w", {"metadata": {"annotations": {RECORD: record}}, "spec": {"b": 2}})
    made.settle()
    assert made.get(WIDGET, "w")["spec"] == {"a": 1, "b": 2}


def test_system_metadata_and_status_stay() -> None:
    """What is desired of them is recorded and nothing else (rules 4.12 and 4.14)."""
    after = {**widget(a=2), "status": {"x": 1}}
    after["metadata"] = {"name": "w", "generation": 77, "creationTimestamp": "2001-01-01T00:00:00Z"}
    made = changing("InPlace", widget(a=1), after, "widgets", foreign={"status": {"y": 1}})
    before = made.get(WIDGET, "w")
    made.settle()
    held = made.get(WIDGET, "w")
    assert held["spec"] == {"a": 2}
    assert held["metadata"]["creationTimestamp"] == before["metadata"]["creationTimestamp"]
    assert held["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert held.get("status") == before.get("status")


def test_an_echoed_record_is_dropped() -> None:
    """A record among what is desired leaves no record in the record (rule 4.4)."""

    def sync(request: Any) -> Any:
        child = config_map(v="1")
        for seen in request["children"]["ConfigMap.v1"].values():
            child["metadata"]["annotations"] = {RECORD: seen["metadata"]["annotations"][RECORD]}
        return {"status": {}, "children": [child]}

    made = cluster(composite(sync=sync))
    made.settle()
    record = made.get(CONFIG_MAP, "c")["metadata"]["annotations"][RECORD]
    assert json.loads(record)["metadata"]["annotations"] == {}


METHODS = {
    "rule 4.21: OnDelete": ("OnDelete", []),
    "rule 4.21: no method": (None, []),
    "rule 4.21: InPlace": ("InPlace", ["update 200 configmaps/c"]),
    "rule 4.21: Recreate": (
        "Recreate",
        ["delete 200 configmaps/c", "create 201 default/configmaps"],
    ),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str) -> None:
    """What becomes of a difference."""
    method, expected = METHODS[name]
    made = changing(method, config_map(v="1"), config_map(v="2"), "configmaps")
    before = len(writes(made))
    made.settle()
    assert [row for row in writes(made)[before:] if "t1" not in row] == expected
    assert made.get(THING, "t1")
