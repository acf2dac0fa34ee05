"""Facts about what a plan says is not taken, or never settles."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.state.declared import Child
from reconcile.state.desired import Desired
from reconcile.state.object_map import ObjectMap
from reconcile.state.plan import Plan, plan
from tests.state.planning import PARENT, config, desired_of, seen

NOTHING = ObjectMap.of([])
WIDE = {"apiVersion": "ex.com/v1", "kind": "Wide", "metadata": {"name": "w", "uid": "x"}}


def refusal(made: Plan) -> str:
    """Return why the only child is not taken."""
    (step,) = made.steps
    assert step.action == "refuse", step
    (found,) = step.refusals
    return str(found)


def of(document: dict[str, Any], namespace: str = "ns") -> Desired:
    """Return a desired child as a hook in another language may have it."""
    metadata = document.get("metadata", {})
    gvk = Gvk(document["apiVersion"], document["kind"])
    ref = Ref(gvk, metadata.get("namespace") or "", metadata.get("name", ""))
    return Desired({ref: document}, namespace=namespace)


def test_labels_that_do_not_match() -> None:
    """One child fails the whole sync: nothing is done to the others, either."""
    more: dict[str, Any] = {"parent": PARENT, "selector": {"matchLabels": {"app": "a"}}}
    wanted = desired_of(config("bad", labels={"app": "b"}), config("good", labels={"app": "a"}))
    made = plan(NOTHING, wanted, [Child(ConfigMap)], **more)
    assert [step.action for step in made.steps] == ["refuse", "create"]
    (failing,) = made.failing
    assert failing.pointer == "/metadata/labels"
    assert failing.reason.startswith("of ConfigMap ns/bad does not match the parent's selector")
    assert "spec.selector of the parent" in failing.remedy
    assert made
    assert made.refused
    assert str(made).endswith("Nothing of it happens: the sync fails.")
    assert not plan(NOTHING, wanted, [Child(ConfigMap)], parent=PARENT, decorator="d").failing


@pytest.mark.parametrize("labels", [None, {"a": 1}, "x"])
def test_labels_that_are_no_texts(labels: Any) -> None:
    """Null or a number fails the whole sync, with and without a selector."""
    child = config("c").raw
    child["metadata"]["labels"] = labels
    for generate in (False, True):
        made = plan(
            NOTHING, of(child), [Child(ConfigMap)], parent=PARENT, generate_selector=generate
        )
        assert "is no map of texts" in made.failing[0].reason


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({}, "says nothing"),
        ({"matchLabels": {}}, "says nothing"),
        ({"matchLabels": "x"}, "/spec/selector/matchLabels must be an object"),
        ({"matchLabels": {"a": "b"}, "other": 1}, "/spec/selector has an unknown member"),
    ],
)
def test_selectors_that_fail(selector: Any, text: str) -> None:
    """Without a selector that can be used every sync fails before any child is looked at."""
    made = plan(
        NOTHING, desired_of(config("c")), [Child(ConfigMap)], parent=PARENT, selector=selector
    )
    assert made.steps == ()
    assert text in str(made.failing[0])
    assert made


def test_rolling_below_a_cluster_scoped_parent() -> None:
    """Revisions need a namespace, so every sync fails."""
    declared = [Child(ConfigMap, "RollingInPlace")]
    made = plan(NOTHING, desired_of(namespace=""), declared, parent=WIDE)
    assert "needs a parent in a namespace" in str(made.failing[0])
    assert not plan(NOTHING, desired_of(namespace=""), declared, parent=WIDE, decorator="d").failing


def test_kinds_that_are_not_declared() -> None:
    """They are made once and lost; another version of a declared kind comes and goes."""
    assert "is not declared: it is created once" in refusal(
        plan(NOTHING, desired_of(config("c")), [])
    )
    declared = [Child(Gvk("apps/v1beta1", "Deployment"))]
    child = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}
    told = refusal(plan(NOTHING, of(child), declared))
    assert "declared as apps/v1beta1 and desired as apps/v1: every sync deletes it" in told


def test_children_elsewhere() -> None:
    """A namespaced parent has its children beside it."""
    declared = [Child(ConfigMap), Child(Namespace)]
    told = refusal(plan(NOTHING, desired_of(config("c", namespace="x")), declared, parent=PARENT))
    assert told.startswith("/metadata/namespace is not that of the parent: it is created once")
    told = refusal(plan(NOTHING, desired_of(Namespace("n")), declared, parent=PARENT))
    assert "it is cluster-scoped and its parent is not" in told
    nowhere = desired_of(config("c", namespace=None), namespace="")
    told = refusal(plan(NOTHING, nowhere, declared, parent=WIDE))
    assert "is missing, and the parent has none to give" in told
    placed = desired_of(config("c", namespace="x"), namespace="")
    assert plan(NOTHING, placed, declared, parent=WIDE).steps[0].action == "create"


def test_children_without_a_name() -> None:
    """One needs a name; with generateName another one is made at every sync."""
    child: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}
    told = refusal(plan(NOTHING, of(child), [Child(ConfigMap)], parent=PARENT))
    assert told == "/metadata/name is missing, so the child is refused at every sync: name it"
    child["metadata"]["generateName"] = "c-"
    (step,) = plan(NOTHING, of(child), [Child(ConfigMap)], parent=PARENT).steps
    assert step.action == "create"
    assert "makes another object at every sync" in str(step.warnings[0])
    made = plan(NOTHING, of(child), [Child(ConfigMap)], parent=PARENT, apply="server-side")
    assert "is not enough to apply" in refusal(made)


def test_what_the_server_refuses() -> None:
    """A create and an update in place are not taken, a child is deleted and never comes again."""
    bad = config("c", k="1").raw
    bad["data"]["k"] = 1
    assert "/data/k" in refusal(plan(NOTHING, of(bad), [Child(ConfigMap)]))
    observed = ObjectMap.of([seen(config("c", k="1"))])
    assert "/data/k" in refusal(plan(observed, of(bad), [Child(ConfigMap, "InPlace")]))
    (step,) = plan(observed, of(bad), [Child(ConfigMap, "Recreate")]).steps
    assert step.action == "recreate"
    assert "is refused at every sync" in str(step.warnings[0])
    (step,) = plan(observed, of(bad), [Child(ConfigMap)]).steps
    assert step.action == "leave"
    assert step.warnings == ()


def deployment(**spec: Any) -> Deployment:
    """Return a Deployment."""
    return Deployment("d", namespace="ns", spec={
        "selector": {"matchLabels": {"a": "1"}},
        "template": {"metadata": {"labels": {"a": "1", "b": "2"}},
                     "spec": {"containers": [{"name": "c", "image": "i"}]}}, **spec})  # fmt: skip


@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
def test_fields_that_may_not_change(apply: Any) -> None:
    """In place they are refused; recreating gets around it, where dynamic apply does it."""
    old, new = deployment(), deployment(selector={"matchLabels": {"b": "2"}})
    observed = ObjectMap.of([seen(old)])
    told = refusal(plan(observed, desired_of(new), [Child(Deployment, "InPlace")], apply=apply))
    assert told.startswith("/spec/selector is refused by the server")
    assert "use the update strategy Recreate" in told
    made = plan(observed, desired_of(new), [Child(Deployment, "Recreate")], apply=apply)
    assert made.steps[0].action == ("recreate" if apply == "dynamic" else "refuse")


def test_no_value_of_a_secret_in_a_refusal() -> None:
    """What the server says of a Secret names its key only."""
    old = Secret("s", namespace="ns", data={"a": "b2xk"}, immutable=True)
    new = Secret("s", namespace="ns", data={"a": "bmV3"}, immutable=True)
    made = plan(ObjectMap.of([seen(old)]), desired_of(new), [Child(Secret, "InPlace")])
    assert "/data" in refusal(made)
    assert "b2xk" not in repr(made)
    assert "bmV3" not in repr(made)


def test_loops_are_warned_of() -> None:
    """A change that would come again at every sync says so, with the remedy."""
    wanted = deployment(template={
        "metadata": {"labels": {"a": "1"}},
        "spec": {"containers": [{"name": "c", "image": "i", "command": None}]}})  # fmt: skip
    observed = ObjectMap.of([seen(deployment())])
    (step,) = plan(observed, desired_of(wanted), [Child(Deployment, "InPlace")]).steps
    assert any("/command is null, which is not stored: leave it out" in str(each)
               for each in step.warnings)  # fmt: skip
    (step,) = plan(observed, desired_of(wanted), [Child(Deployment, "OnDelete")]).steps
    assert step.action == "leave"
    assert step.warnings == ()


def pod(*tolerations: dict[str, Any]) -> Pod:
    """Return a Pod."""
    return Pod("p", namespace="ns", spec={
        "containers": [{"name": "c", "image": "i"}], "tolerations": [*tolerations]})  # fmt: skip


def test_tolerations_that_admission_puts_back() -> None:
    """A Pod without the usual ones is taken; one that loses others is not."""
    mine = {"key": "mine", "operator": "Exists"}
    usual = [
        {"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": "NoExecute",
         "tolerationSeconds": 300}
        for name in ("not-ready", "unreachable")
    ]  # fmt: skip
    observed = ObjectMap.of([seen(pod(mine, *usual))])
    declared = [Child(Pod, "InPlace")]
    (step,) = plan(observed, desired_of(pod(mine)), declared).steps
    assert step.action == "update"
    assert any("/spec/tolerations" in str(each) for each in step.warnings)
    told = refusal(plan(observed, desired_of(pod({**mine, "key": "x"})), declared))
    assert told.startswith("/spec/tolerations is refused by the server")


def test_a_pod_without_a_spec() -> None:
    """What cannot be looked into is refused, not a crash."""
    bad = pod().raw
    bad["spec"] = None
    told = plan(ObjectMap.of([seen(pod({"key": "mine"}))]), of(bad), [Child(Pod, "InPlace")]).steps[
        0
    ]
    assert told.action == "refuse"
    gone = {**seen(pod()), "spec": None}
    told = plan(ObjectMap.of([gone]), desired_of(pod()), [Child(Pod, "InPlace")]).steps[0]
    assert told.action == "refuse"


def test_rollouts() -> None:
    """Metacontroller 4.17.2 does not roll: the plan says where it stands still, and why."""
    observed = ObjectMap.of([seen(config("a", k="1")), seen(config("b", k="1"))])
    both = desired_of(config("a", k="2"), config("b", k="2"))
    declared = [Child(ConfigMap, "RollingInPlace")]

    def warned(wanted: Desired, **more: Any) -> str:
        (*_, step) = plan(observed, wanted, declared, parent=PARENT, **more).steps
        return " ".join(str(each) for each in step.warnings)

    assert "changes the first child and then waits for ever" in warned(both)
    assert warned(desired_of(config("b", k="2"))) == ""
    assert "never goes on under server-side apply" in warned(both, apply="server-side")
    assert "decorators do not roll" in warned(both, decorator="")
