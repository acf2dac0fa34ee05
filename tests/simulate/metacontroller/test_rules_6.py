"""Rolling updates: revisions, the condition, and where they stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconcile.objects.gvk import Gvk
from reconcile.simulate import Cluster
from tests.simulate.scenes import (
    CONFIG_MAP,
    THING,
    cluster,
    composite,
    config_map,
    decorator,
    definition,
    requests,
    thing,
    warnings,
    writes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconcile.simulate.steps import Step

LABELS = {"app": "x"}
REVISION = Gvk("metacontroller.k8s.io/v1alpha1", "ControllerRevision")
SPEC: dict[str, Any] = {
    "selector": {"matchLabels": LABELS},
    "template": {"metadata": {"labels": LABELS}},
}


def rolled(request: dict[str, Any]) -> dict[str, Any]:
    """Want as many ConfigMaps as the spec says, all of its version."""
    spec = request["parent"]["spec"]
    children = [config_map(f"c{number}", v=str(spec["v"])) for number in range(spec["n"])]
    for child in children:
        child["metadata"]["labels"] = LABELS
    conditions = [{"type": "Updated", "status": "Own"}] if spec.get("own") else []
    return {"status": {"conditions": conditions}, "children": children}


def rolling(n: int, *, faithful: bool = True, apply: str = "dynamic", **more: Any) -> Cluster:
    """Return a cluster that settled with so many children, and whose Thing now wants others."""
    hooks = more.pop("hooks", {})
    given = composite(
        generate=more.pop("generate", False),
        children=(("v1", "configmaps", more.pop("method", "RollingInPlace")),),
        sync=rolled,
        **hooks,
    )
    made = cluster(given, things=(), faithful=faithful, apply=apply)
    made.create(thing(**{**SPEC, "n": n, "v": 1, **more}))
    made.settle(failures=True)
    made.patch(THING, "t1", {"spec": {"v": 2}})
    return made


def versions(made: Cluster) -> list[str]:
    """Return the versions of the ConfigMaps, by name."""
    return [each["data"]["v"] for each in made.list(CONFIG_MAP, namespace="default")]


def updated(made: Cluster) -> dict[str, Any]:
    """Return the condition of the rollout."""
    conditions = made.get(THING, "t1")["status"]["conditions"]
    return next(each for each in conditions if each["type"] == "Updated")


@pytest.mark.parametrize("method", ["RollingInPlace", "RollingRecreate"])
def test_rollouts_stop_after_one_child(method: str) -> None:
    """The next one is never found to be done (rule 6.30); it is said to be missing."""
    made = rolling(3, method=method)
    made.settle()
    assert versions(made) == ["2", "1", "1"]
    assert updated(made)["reason"] == "RolloutWaiting"
    assert "missing child" in updated(made)["message"]


def test_rollouts_of_one_child_are_done() -> None:
    """It is the first one that moves (rule 6.32)."""
    made = rolling(1)
    made.settle()
    assert versions(made) == ["2"]
    assert updated(made)["status"] == "True"
    assert len(made.list(REVISION, namespace="default")) == 1


def test_rollouts_that_are_repaired_go_on() -> None:
    """With what is known to be broken repaired, all children move (rule 6.30)."""
    made = rolling(3, faithful=False)
    made.settle()
    assert versions(made) == ["2", "2", "2"]
    assert updated(made)["reason"] == "OnLatestRevision"


def test_rolling_back_does_not_help() -> None:
    """The child that moved stays where it is (rule 6.31)."""
    made = rolling(2)
    made.settle()
    made.patch(THING, "t1", {"spec": {"v": 1}})
    made.settle()
    assert versions(made) == ["2", "1"]


def test_rollouts_stop_under_server_side_apply() -> None:
    """There they stop as well (rule 6.33)."""
    made = rolling(2, apply="server-side")
    made.settle()
    assert versions(made) == ["2", "1"]


def test_own_conditions_hide_that_of_the_rollout() -> None:
    """A condition `Updated` of the hook stays as it is (rule 6.24)."""
    made = rolling(2, own=True)
    made.settle()
    assert updated(made) == {"type": "Updated", "status": "Own"}


def test_revisions_need_labels_of_the_template() -> None:
    """Without them the revision is released, and its name is taken (rule 6.16)."""
    made = rolling(1, template={})
    made.settle(failures=True)
    assert made.failing
    assert any("already exists" in message for message in warnings(made))


def test_parents_without_a_namespace_cannot_roll() -> None:
    """A revision has no place to be (rule 6.12)."""
    given = composite(
        generate=False, children=(("v1", "configmaps", "RollingInPlace"),), sync=rolled
    )
    made = cluster(given, kinds=[definition(namespaced=False)], things=())
    made.create(thing(**{**SPEC, "n": 1, "v": 1}))
    made.settle(failures=True)
    assert made.failing
    assert "create 404 v1alpha1/controllerrevisions" in writes(made)


def test_finalize_is_called_for_each_revision() -> None:
    """Old parents are asked, too (rule 6.11)."""
    made = rolling(2, hooks={"finalize": lambda request: {**rolled(request), "finalized": True}})
    made.settle()
    made.delete(THING, "t1")
    made.settle(failures=True)
    asked = {request["parent"]["spec"]["v"] for request in requests(made, "finalize")}
    assert asked == {1, 2}


def test_revisions_share_related_objects() -> None:
    """Customize is asked for the newest parent alone (rule 6.18)."""

    def customize(request: dict[str, Any]) -> dict[str, Any]:
        name = f"r{request['parent']['spec']['v']}"
        return {"relatedResources": [{"apiVersion": "v1", "resource": "secrets", "names": [name]}]}

    made = rolling(2, hooks={"customize": customize})
    for number in (1, 2):
        made.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"r{number}"}})
    made.settle()
    last = {each["parent"]["spec"]["v"]: each["related"]["Secret.v1"] for each in requests(made)}
    assert {version: list(group) for version, group in last.items()} == {1: ["r2"], 2: ["r2"]}
    assert {each["parent"]["spec"]["v"] for each in requests(made, "customize")} == {1, 2}


def test_stale_revisions_take_a_step_back() -> None:
    """A sync that sees the new revision, and the old one as it was, writes the old state once more.

    The old revision keeps its names in memory (rule 6.20), and each name that it has is written as
    it says (rule 6.26). News of revisions cause no sync, so it stays so until the next one.
    """
    made = rolling(2)
    seen = []
    told = 0

    def choose(possible: Sequence[Step]) -> Step:
        nonlocal told
        seen.append(versions(made))
        revisions = [each for each in possible if "ControllerRevision" in each.about]
        others = [each for each in possible if each not in revisions]
        moved = versions(made) == ["2", "1"]
        if revisions and moved and not told:
            told = 1  # of the two events of revisions only the first arrives
            return revisions[0]
        return next(iter([*others, *revisions]))

    made.settle(scheduler=choose)
    distinct = [one for one, before in zip(seen, [None, *seen], strict=False) if one != before]
    assert distinct[:3] == [["1", "1"], ["2", "1"], ["1", "1"]]
    assert versions(made) == ["1", "1"]
    made.patch(THING, "t1", {"metadata": {"labels": {"a": "b"}}})
    made.settle()
    assert versions(made) == ["2", "1"]


def test_names_of_revisions_go_stale() -> None:
    """A revision still names a child that is no longer desired (rule 6.20)."""
    given = composite(
        generate=False,
        parent={"revisionHistory": {"fieldPaths": ["spec.v"]}},
        children=(("v1", "configmaps", "RollingInPlace"),),
        sync=rolled,
    )
    made = cluster(given, things=())
    made.create(thing(**{**SPEC, "n": 2, "v": 1}))
    made.settle()
    made.patch(THING, "t1", {"spec": {"n": 1}})
    made.settle()
    assert len(versions(made)) == 1
    (held,) = made.list(REVISION, namespace="default")
    (kind,) = held["children"]
    assert sorted(kind["names"]) == ["c0", "c1"]


@pytest.mark.parametrize("method", ["RollingInPlace", "RollingRecreate"])
def test_rolling_methods_of_decorators_act_at_once(method: str) -> None:
    """There are no revisions (rule 6.3)."""

    def sync(request: dict[str, Any]) -> dict[str, Any]:
        version = str(request["object"]["spec"].get("v", 1))
        return {"attachments": [config_map(name, v=version) for name in "ab"]}

    made = cluster(decorator(attachments=(("v1", "configmaps", method),), sync=sync))
    made.settle()
    made.patch(THING, "t1", {"spec": {"v": 2}})
    made.settle()
    assert versions(made) == ["2", "2"]
    assert not made.list(REVISION, namespace="default")
