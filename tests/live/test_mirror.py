"""A cluster, read into a simulated one: each parent is planned as Metacontroller would have it."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Pod, Secret
from reconcile.live import LiveError, mirror
from reconcile.simulate import Cluster
from reconcile.value import ABSENT
from tests.live.scene import CANARY, Web, asking, controller, decorator, served


def _settled(*names: str, apply: Any = "dynamic", **options: Any) -> Cluster:
    cluster = Cluster(controller(**options), apply=apply)
    for name in names:
        cluster.create(Web.of(name))
    cluster.settle()
    return cluster


@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
def test_nothing_would_change_where_all_is_as_it_should_be(apply: Any) -> None:
    """What Metacontroller has applied is what the code asks for."""
    cluster = _settled("a", "b", apply=apply)
    made = mirror(controller(), served(cluster), now=cluster.now, apply=apply).plans()
    assert [each.parent.name for each in made] == ["a", "b"]
    assert not any(each.plan or each.error for each in made)


@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
def test_what_metacontroller_would_do_is_what_it_does(apply: Any) -> None:
    """The plan names what the next sync of the cluster itself changes."""
    cluster = _settled("a", "b", apply=apply)
    cluster.patch(Web, "a", {"spec": {"image": "web:2", "replicas": 3}})
    cluster.delete(Secret, "b")
    made = mirror(controller(), served(cluster), now=cluster.now, apply=apply)
    told = {each.parent.name: each.plan for each in made.plans()}
    assert told["a"] is not None
    assert told["b"] is not None
    [step] = [step for step in told["a"].steps if step.action != "none"]
    assert {change.pointer for change in step.changes} == {
        "/spec/replicas",
        "/spec/template/spec/containers/0/image",
    }
    assert told["b"].counts()["create"] == 1
    before = cluster.get(Deployment, "a").metadata.generation
    cluster.settle()
    assert cluster.get(Deployment, "a").metadata.generation == before + 1
    assert cluster.get(Secret, "b").data


def test_only_what_is_needed_is_asked_for() -> None:
    """Parents, declared children, definitions, and Metacontroller's own object; only once each."""
    cluster, log = _settled("a"), []
    mirror(controller(), served(cluster, log), now=cluster.now, namespace="default")
    assert len(log) == len(set(log))
    lists = {path.partition("?")[0] for path in log if "?" in path}
    assert lists == {
        "/apis/example.com/v1/namespaces/default/webs",
        "/api/v1/namespaces/default/secrets",
        "/apis/apps/v1/namespaces/default/deployments",
        "/apis/metacontroller.k8s.io/v1alpha1/compositecontrollers",
    }


def test_related_objects_are_read() -> None:
    """What the customize hook asks for is there when the rules run."""
    cluster = _settled("a", customize=asking)
    cluster.create(ConfigMap("settings", data={"image": "web:9"}))
    made = mirror(controller(customize=asking), served(cluster), now=cluster.now)
    [planned] = made.plans()
    assert '"web:1" -> "web:9"' in str(planned.plan)


def test_a_decorator() -> None:
    """The objects of a decorator are its parents; what has no attachment gets one."""
    cluster = Cluster(decorator())
    cluster.create(Pod("p", spec={"containers": [{"name": "a", "image": "b"}]}))
    [planned] = mirror(decorator(), served(cluster), now=cluster.now).plans()
    assert planned.plan is not None
    assert planned.plan.counts()["create"] == 1
    cluster.settle()
    [planned] = mirror(decorator(), served(cluster), now=cluster.now).plans()
    assert not planned.plan


def test_parents_are_chosen() -> None:
    """By name, by label, by namespace."""
    cluster = _settled("a", "b")
    cluster.create(Web.of("c", labels={"team": "x"}))
    cluster.settle()

    def names(**chosen: Any) -> list[str]:
        made = mirror(controller(), served(cluster), now=cluster.now, **chosen)
        return [each.parent.name for each in made.plans()]

    assert names(names=["b"]) == ["b"]
    assert names(labels="team=x") == ["c"]
    assert names(namespace="elsewhere") == []
    with pytest.raises(LiveError, match="nope: is no parent there"):
        names(names=["b", "nope"])


def test_a_parent_that_is_not_accepted() -> None:
    """Its children stay, and it is told what is wrong, without its value."""
    cluster = _settled("a")
    made = mirror(controller(), served(cluster), now=cluster.now)
    bad: Any = {**made.parents[0], "spec": {"replicas": "many"}}
    planned = made.plan(bad)
    assert planned.plan is None
    assert "/spec/replicas" in planned.error
    assert "many" not in planned.error


def test_a_kind_that_is_not_served() -> None:
    """The definition is not there yet."""
    with pytest.raises(LiveError, match="is not served there: apply its definition first"):
        mirror(controller(), served(Cluster(decorator())), now=Cluster(decorator()).now)


def test_why_a_field_is_as_it_is() -> None:
    """Rule, manager, default, last applied; secrets are masked."""
    cluster = _settled("a")
    cluster.patch(Web, "a", {"spec": {"replicas": 5}})
    cluster.patch(Deployment, "a", {"spec": {"paused": True}}, user="kubectl-edit")
    made = mirror(controller(), served(cluster), now=cluster.now)
    explanation = made.explanation(made.parents[0])
    deployment, secret = explanation.refs[1], explanation.refs[0]
    fields = {each.pointer: each for each in explanation.fields(deployment)}
    replicas = fields["/spec/replicas"]
    assert (replicas.observed, replicas.desired, replicas.rules) == (2, 5, ("workload",))
    assert [str(each) for each in replicas.managers] == ["metacontroller (Update)"]
    assert (replicas.default, replicas.applied) == (False, True)
    revisions = fields["/spec/revisionHistoryLimit"]
    assert (revisions.desired, revisions.rules) == (ABSENT, ())
    assert (revisions.default, revisions.applied) == (True, False)
    paused = fields["/spec/paused"]
    assert [each.name for each in paused.managers] == ["kubectl-edit"]
    assert (paused.rules, paused.default) == ((), False)
    image = fields["/spec/template/spec/containers/0/image"]
    assert image.rules == ("workload",)
    told = str([each.to_json() for each in explanation.fields(secret)])
    assert "password" in told
    assert CANARY not in told
    with pytest.raises(KeyError):
        explanation.fields(deployment._replace(name="other"))


def test_managers_of_items_are_found_by_key() -> None:
    """Server-side apply owns an item of a list by its key, and a value of a set by itself."""
    cluster = _settled("a", apply="server-side")
    made = mirror(controller(), served(cluster), now=cluster.now, apply="server-side")
    explanation = made.explanation(made.parents[0])
    fields = {each.pointer: each for each in explanation.fields(explanation.refs[1])}
    image = fields["/spec/template/spec/containers/0/image"]
    assert [str(each) for each in image.managers] == ["metacontroller (Apply)"]
