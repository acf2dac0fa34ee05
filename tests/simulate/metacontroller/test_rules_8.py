"""Customize hooks and related objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulate.scenes import (
    CONFIG_MAP,
    SECRET,
    THING,
    answering,
    cluster,
    composite,
    definition,
    requests,
    warnings,
)

if TYPE_CHECKING:
    from reconcile.simulate import Cluster

RULE = {"apiVersion": "v1", "resource": "secrets"}
LABELS = {"app": "x"}


def secret(name: str, namespace: str = "default") -> dict[str, Any]:
    """Return a Secret."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": LABELS},
    }


def looking(
    rule: Any, *, sync: str = "v1", customize: str = "v1", namespaced: bool = True
) -> Cluster:
    """Return a cluster whose Thing looks at what a rule says."""
    hooks = {"sync": {"version": sync}, "customize": {"version": customize}}
    given = composite(
        sync=answering(), customize=lambda _: {"relatedResources": [rule]}, hooks=hooks
    )
    made = cluster(given, kinds=[definition(namespaced=namespaced)], things=())
    made.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    made.create(secret("a"))
    made.create(secret("a", "other"))
    made.create({"apiVersion": THING.api_version, "kind": "Thing", "metadata": {"name": "t1"}})
    made.settle(failures=True)
    return made


OWN, ALL, OTHER, NONE, FAILS = ["a"], ["default/a", "other/a"], ["other/a"], [], None
SEEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rule 8.7: names": (
        {"names": ["a"]},
        {"v1v1": OWN, "v1v2": OWN, "v2v1": ALL, "v2v2": ALL},
    ),
    "rule 8.7: everything": (
        {},
        {"v1v1": OWN, "v1v2": OWN, "v2v1": ["default/a"], "v2v2": ALL},
    ),
    "rule 8.7: another namespace": (
        {"namespace": "other"},
        {"v1v1": FAILS, "v1v2": NONE, "v2v1": FAILS, "v2v2": OTHER},
    ),
    "rule 8.7: namespaces by labels": (
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}},
        {"v1v1": FAILS, "v1v2": NONE, "v2v1": FAILS, "v2v2": OTHER},
    ),
    "rule 8.7: a kind without namespaces": (
        {"resource": "namespaces", "names": ["other"]},
        {"v1v1": NONE, "v1v2": NONE, "v2v1": ["other"], "v2v2": ["other"]},
    ),
}


@pytest.mark.parametrize("versions", ["v1v1", "v1v2", "v2v1", "v2v2"])
@pytest.mark.parametrize("name", SEEN)
def test_what_is_seen(name: str, versions: str) -> None:
    """The versions of sync and of customize decide together."""
    rule, expected = SEEN[name]
    made = looking({**RULE, **rule}, sync=versions[:2], customize=versions[2:])
    if expected[versions] is FAILS:
        assert made.failing
        assert not requests(made)
        return
    (group,) = requests(made)[-1]["related"].values()
    assert sorted(group) == expected[versions]


@pytest.mark.parametrize("rule", [{"names": ["a"]}, {}, {"labelSelector": {"matchLabels": LABELS}}])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_parents_without_a_namespace_look_anywhere(version: str, rule: dict[str, Any]) -> None:
    """In both versions, with namespaces in the keys (rule 8.8)."""
    made = looking({**RULE, **rule}, sync=version, customize=version, namespaced=False)
    assert set(ALL) <= set(requests(made)[-1]["related"]["Secret.v1"])


def test_requests_of_customize() -> None:
    """Controller and parent, and no more (rule 8.1)."""
    made = looking(RULE)
    assert list(requests(made, "customize")[0]) == ["controller", "parent"]


@pytest.mark.parametrize("answer", [[], [RULE], {"relatedResources": {}}, "", "x"])
def test_answers_of_customize_that_fail(answer: Any) -> None:
    """A bare list is none; sync is not called (rule 8.1)."""
    made = cluster(composite(sync=answering(), customize=lambda _: answer))
    made.settle(failures=True)
    assert made.failing
    assert not requests(made)
    assert warnings(made)


def test_customize_is_asked_once_for_each_generation() -> None:
    """Labels do not ask again, the spec does, and twenty minutes do (rule 8.3)."""
    made = looking({**RULE, "names": ["a"]})
    asked = len(requests(made, "customize"))
    made.patch(THING, "t1", {"metadata": {"labels": {"a": "b"}}})
    made.settle()
    assert len(requests(made, "customize")) == asked
    made.patch(THING, "t1", {"spec": {"a": 1}})
    made.settle()
    assert len(requests(made, "customize")) == asked + 1
    made.advance(1201)
    made.patch(THING, "t1", {"metadata": {"labels": {"a": "c"}}})
    made.settle()
    assert len(requests(made, "customize")) == asked + 2


def test_customize_is_asked_for_parents_that_are_not_selected() -> None:
    """When a related object moves, all parents are looked at (rule 8.11)."""
    given = composite(
        parent={"labelSelector": {"matchLabels": LABELS}},
        sync=answering(),
        customize=lambda _: {"relatedResources": [{**RULE, "names": ["a"]}]},
    )
    made = cluster(given, things=("other",))
    body = {"apiVersion": THING.api_version, "kind": "Thing"}
    made.create({**body, "metadata": {"name": "t1", "labels": LABELS}})
    made.settle()
    made.create(secret("a"))
    made.settle()
    assert {each["parent"]["metadata"]["name"] for each in requests(made, "customize")} == {
        "t1",
        "other",
    }
    assert {each["parent"]["metadata"]["name"] for each in requests(made)} == {"t1"}


def test_related_objects_cause_syncs() -> None:
    """A change and a deletion of what a rule selects; nothing else (rule 8.11)."""
    made = looking({**RULE, "names": ["a"]})
    before = len(requests(made))
    made.create(secret("b"))
    made.settle()
    assert len(requests(made)) == before
    made.patch(SECRET, "a", {"data": {"x": "eA=="}})
    made.settle()
    assert len(requests(made)) == before + 1
    made.delete(SECRET, "a")
    made.settle()
    assert len(requests(made)) == before + 2
    assert requests(made)[-1]["related"] == {"Secret.v1": {}}


def test_labels_of_namespaces_wake_nobody() -> None:
    """The next sync sees what they select (rule 8.12)."""
    rule = {**RULE, "namespaceSelector": {"matchLabels": {"team": "x"}}}
    made = looking(rule, sync="v2", customize="v2")
    before = len(requests(made))
    namespace = CONFIG_MAP._replace(kind="Namespace")
    made.patch(namespace, "other", {"metadata": {"labels": {"team": "x"}}}, namespace="")
    made.settle()
    assert len(requests(made)) == before
    made.patch(THING, "t1", {"metadata": {"labels": {"a": "b"}}})
    made.settle()
    assert list(requests(made)[-1]["related"]["Secret.v1"]) == ["other/a"]
