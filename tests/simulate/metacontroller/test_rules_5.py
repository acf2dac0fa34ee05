"""Server-side apply of children."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulate.scenes import (
    CONFIG_MAP,
    THING,
    WIDGET,
    answering,
    changing,
    cluster,
    composite,
    config_map,
    wanting,
    widget,
    writes,
)

SERVER = "server-side"


def test_how_children_are_applied() -> None:
    """By force, under one field manager, created and updated alike (rule 5.9)."""
    made = changing("InPlace", widget(a=1), widget(a=2), "widgets", apply=SERVER)
    made.settle()
    patches = [row for row in made.rows if getattr(row, "verb", "") == "patch"]
    assert [row.code for row in patches] == [201, 200]
    assert all("fieldManager=metacontroller" in row.uri for row in patches)
    assert all("force=true" in row.uri for row in patches)
    assert all(row.media == "application/apply-patch+yaml" for row in patches)
    assert "annotations" not in made.get(WIDGET, "w")["metadata"]


DRIFT = {
    "rule 5.7: labels of what has a generation stay": (
        widget(a=1),
        "widgets",
        {"metadata": {"labels": {"controller-uid": "no", "x": "y"}}},
        False,
    ),
    "rule 5.7: the spec of what has a generation is repaired": (
        widget(a=1),
        "widgets",
        {"spec": {"a": 2}},
        True,
    ),
    "rule 5.7: what has no generation is repaired": (
        config_map(a="1"),
        "configmaps",
        {"metadata": {"labels": {"x": "y"}}},
        True,
    ),
}


@pytest.mark.parametrize("name", DRIFT)
def test_what_is_remembered_of_applications(name: str) -> None:
    """What was applied is not applied again unless generation, or version, moved."""
    child, resource, drift, again = DRIFT[name]
    kind = WIDGET if resource == "widgets" else CONFIG_MAP
    labelled: dict[str, Any] = {
        **child,
        "metadata": {**child["metadata"], "annotations": {"a": "b"}},
    }
    made = wanting("InPlace", labelled, resource, apply=SERVER)
    made.settle()
    if not again:
        drift = {"metadata": {"annotations": {"a": "c"}}}
    before = len(writes(made))
    made.patch(kind, child["metadata"]["name"], drift)
    made.settle()
    assert any(row.startswith("patch") for row in writes(made)[before:]) is again


def test_a_restart_forgets_what_was_applied() -> None:
    """After it everything is applied once more, without effect (rule 5.7)."""
    made = wanting("InPlace", widget(a=1), "widgets", apply=SERVER)
    made.settle()
    version = made.get(WIDGET, "w")["metadata"]["resourceVersion"]
    made.restart()
    before = len(writes(made))
    made.settle()
    assert writes(made)[before:] == ["patch 200 widgets/w"]
    assert made.get(WIDGET, "w")["metadata"]["resourceVersion"] == version


RECREATED = {
    "rule 5.8: what has no generation is made anew": (
        config_map(v="1"),
        config_map(v="2"),
        "configmaps",
        False,
    ),
    "rule 5.8: what has one is not": (widget(v=1), widget(v=2), "widgets", True),
}


@pytest.mark.parametrize("name", RECREATED)
def test_recreate(name: str) -> None:
    """A dry run tells what would change."""
    before, after, resource, fails = RECREATED[name]
    made = changing("Recreate", before, after, resource, apply=SERVER)
    made.settle(failures=True)
    assert bool(made.failing) is fails
    assert any(row.startswith("delete") for row in writes(made)) is not fails


def test_what_is_there_is_taken_over() -> None:
    """An object that nobody owns gets fields and owner (rule 5.10)."""
    made = cluster(composite(sync=answering(config_map(v="1"))), things=(), apply=SERVER)
    made.create(config_map(v="0", w="2"))
    made.create({"apiVersion": THING.api_version, "kind": "Thing", "metadata": {"name": "t1"}})
    made.settle()
    held = made.get(CONFIG_MAP, "c")
    assert held["data"] == {"v": "1", "w": "2"}
    assert held["metadata"]["ownerReferences"][0]["name"] == "t1"


def test_what_another_owns_is_refused() -> None:
    """A second controller reference of another manager is refused for ever (rule 5.10)."""
    made = cluster(composite(sync=answering(config_map(v="1"))), things=(), apply=SERVER)
    made.create({"apiVersion": WIDGET.api_version, "kind": "Widget", "metadata": {"name": "w"}})
    owner = {
        "apiVersion": WIDGET.api_version,
        "kind": "Widget",
        "name": "w",
        "uid": made.get(WIDGET, "w")["metadata"]["uid"],
        "controller": True,
    }
    child = config_map(v="0")
    child["metadata"]["ownerReferences"] = [owner]
    made.create(child)
    made.create({"apiVersion": THING.api_version, "kind": "Thing", "metadata": {"name": "t1"}})
    made.settle(failures=True)
    assert made.failing
    assert "patch 422 configmaps/c" in writes(made)
    assert made.get(CONFIG_MAP, "c")["data"] == {"v": "0"}
