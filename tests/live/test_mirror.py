"""A cluster, read into a simulated one: each parent is planned as Metacontroller would have it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconcile import Child, Controller, Observed, Parent, Related, base64_values, rule, teardown
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret
from reconcile.live import LiveError, mirror
from reconcile.live.reading import Served
from reconcile.simulate import Cluster
from reconcile.state.declared import UpdateMethod
from reconcile.value import ABSENT
from tests.live.scene import (
    CANARY,
    Spec,
    Status,
    Web,
    asking,
    controller,
    decorator,
    password,
    served,
)


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


@pytest.mark.slow
@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
@pytest.mark.parametrize(
    ("update", "action"),
    [
        ("OnDelete", "leave"),
        ("Recreate", "recreate"),
        ("InPlace", "update"),
        ("RollingRecreate", "recreate"),
        ("RollingInPlace", "update"),
    ],
)
def test_each_update_strategy(update: UpdateMethod, action: str, apply: Any) -> None:
    """Nothing for code that is as it was; what the strategy does for code that is not."""

    def changed(image: str) -> Controller[Web]:
        @rule
        def workload(observed: Observed[Web]) -> Deployment:
            labels = {"web": observed.parent.name}
            pod = {"containers": [{"name": "web", "image": image}]}
            return Deployment(
                observed.parent.name,
                labels=labels,
                spec={
                    "selector": {"matchLabels": labels},
                    "template": {"metadata": {"labels": labels}, "spec": pod},
                },
            )

        return Controller(Web, rules=workload, children=[Child(Deployment, update)])

    cluster = Cluster(changed("web:1"), apply=apply)
    cluster.create(Web.of("a"))
    cluster.settle()
    reader = served(cluster)
    [planned] = mirror(changed("web:1"), reader, now=cluster.now, apply=apply).plans()
    assert planned.plan is not None
    assert not planned.plan
    [planned] = mirror(changed("web:2"), reader, now=cluster.now, apply=apply).plans()
    assert planned.plan is not None
    [step] = planned.plan.steps
    if apply == "server-side" and action == "recreate":
        action = "refuse"  # Metacontroller has no such thing under server-side apply
    assert step.action == action
    assert [each.pointer for each in step.changes] == [
        "/spec/template/spec/containers/0/image"
    ] * bool(step.changes)


def test_a_parent_that_is_being_deleted() -> None:
    """The finalize hook is asked, and the children go."""

    def torn() -> Controller[Web]:
        return Controller(Web, rules=teardown(password), children=[Child(Secret)])

    cluster = Cluster(torn())
    cluster.create(Web.of("a"))
    cluster.settle()
    cluster.delete(Web, "a")
    [planned] = mirror(torn(), served(cluster), now=cluster.now).plans()
    assert planned.plan is not None
    assert planned.plan.counts()["delete"] == 1


def test_a_parent_without_a_namespace() -> None:
    """Its children are found wherever they are, whatever namespace is meant."""

    class Tenant(Parent[Spec, Status], group="example.com", version="v1", scope="Cluster"):
        """Someone with two namespaces."""

    @rule
    def maps(observed: Observed[Tenant]) -> list[ConfigMap]:
        return [ConfigMap("m", namespace=each, data={"a": "b"}) for each in ("default", "other")]

    tenants = Controller(Tenant, rules=maps, children=[Child(ConfigMap, "InPlace")])
    cluster = Cluster(tenants)
    cluster.create(Namespace("other"))
    cluster.create(Tenant.of("t"))
    cluster.settle()
    made = mirror(tenants, served(cluster), now=cluster.now, namespace="default").plans()
    assert [bool(each.plan) for each in made] == [False]
    assert made[0].plan is not None
    assert made[0].plan.counts()["none"] == 2


def test_parents_that_are_not_selected() -> None:
    """They are counted and not planned; one that is asked for by name is told."""
    chosen = {"label_selector": {"matchLabels": {"on": "yes"}}}
    cluster = Cluster(controller(**chosen))
    cluster.create(Web.of("a"))
    cluster.create(Web.of("b", labels={"on": "yes"}))
    cluster.settle()
    made = mirror(controller(**chosen), served(cluster), now=cluster.now)
    assert [each.parent.name for each in made.plans()] == ["b"]
    assert made.unselected == 1
    with pytest.raises(LiveError, match="a: is there, but the controller does not select it"):
        mirror(controller(**chosen), served(cluster), now=cluster.now, names=["a"])


def test_several_controllers_of_the_same_parents() -> None:
    """Whose children are meant must be said; names decide about claims and finalizers."""
    cluster = Cluster(decorator())
    cluster.create(Pod("p", spec={"containers": [{"name": "a", "image": "b"}]}))
    cluster.settle()
    kind = Served(
        "metacontroller.k8s.io/v1alpha1",
        "DecoratorController",
        "decoratorcontrollers",
        namespaced=False,
    )
    [first] = served(cluster).list(kind)
    other: Any = {**first, "metadata": {"name": "zz"}}
    assert cluster.server.request("POST", kind.path(), body=other).status == 201
    with pytest.raises(LiveError, match=r"several are about these parents: pod, zz; say which"):
        mirror(decorator(), served(cluster), now=cluster.now)
    for name, creates in (("pod", 0), ("zz", 1)):
        made = mirror(decorator(), served(cluster), now=cluster.now, installed_as=name)
        [planned] = made.plans()
        assert planned.plan is not None
        assert planned.plan.counts()["create"] == creates


def test_a_customize_hook_that_fails() -> None:
    """It is told, without what was raised with."""

    def failing(_parent: Web) -> list[Related]:
        raise ValueError(CANARY)

    cluster = _settled("a")
    [planned] = mirror(controller(customize=failing), served(cluster), now=cluster.now).plans()
    assert planned.plan is None
    assert planned.error == "the customize hook fails: rule customize: raised ValueError"


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
    assert (replicas.default, replicas.applied) == (False, 2)
    revisions = fields["/spec/revisionHistoryLimit"]
    assert (revisions.desired, revisions.rules) == (ABSENT, ())
    assert (revisions.default, revisions.applied) == (True, ABSENT)
    paused = fields["/spec/paused"]
    assert [each.name for each in paused.managers] == ["kubectl-edit"]
    assert (paused.rules, paused.default) == ((), False)
    image = fields["/spec/template/spec/containers/0/image"]
    assert image.rules == ("workload",)
    assert (replicas.differs, image.differs, revisions.differs) == (True, False, False)
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


def test_items_of_lists_are_told_apart_by_key() -> None:
    """A container that somebody put before ours takes no rule and no default from it."""
    cluster = _settled("a")
    path = "/apis/apps/v1/namespaces/default/deployments/a"
    document = json.loads(cluster.server.request("GET", path).raw)
    containers = document["spec"]["template"]["spec"]["containers"]
    containers.insert(0, {"name": "proxy", "image": "proxy:1"})
    assert cluster.server.request("PUT", path, body=document).status == 200
    made = mirror(controller(), served(cluster), now=cluster.now)
    explanation = made.explanation(made.parents[0])
    fields = {each.pointer: each for each in explanation.fields(explanation.refs[1])}
    proxy = fields["/spec/template/spec/containers/0/image"]
    assert (proxy.observed, proxy.desired, proxy.rules) == ("proxy:1", ABSENT, ())
    assert proxy.applied is ABSENT
    image = fields["/spec/template/spec/containers/1/image"]
    assert (image.observed, image.desired, image.applied) == ("web:1", "web:1", "web:1")
    assert image.rules == ("workload",)
    assert fields["/spec/template/spec/containers/1/imagePullPolicy"].default
    assert "/spec/template/spec/containers/2" not in "".join(fields)


def test_that_a_secret_differs_is_told() -> None:
    """Both values are masked, so a comparison of what is shown would not say it."""

    @rule
    def other(observed: Observed[Web]) -> Secret:
        return Secret(observed.parent.name, data=base64_values({"password": "changed"}))

    cluster = _settled("a")
    changed = Controller(Web, rules=other, children=[Child(Secret, "InPlace")])
    made = mirror(changed, served(cluster), now=cluster.now)
    explanation = made.explanation(made.parents[0])
    fields = {each.pointer: each for each in explanation.fields(explanation.refs[0])}
    password = fields["/data/password"]
    assert password.differs
    assert password.observed == password.desired
