"""Facts about plans: what becomes of each child, under either apply strategy."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.kinds import with_crds
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret, Service
from reconcile.objects.gvk import Gvk
from reconcile.objects.names import DECORATOR_CONTROLLER, LAST_APPLIED
from reconcile.objects.ref import Ref
from reconcile.objects.view import Kind
from reconcile.state.declared import METHODS, Child
from reconcile.state.desired import Desired, Waiting
from reconcile.state.object_map import ObjectMap
from reconcile.state.plan import FieldChange, Plan, Step, plan
from reconcile.value import ABSENT
from tests.state.planning import PARENT, config, desired_of, seen

IN_PLACE = [Child(ConfigMap, "InPlace")]
NOTHING = ObjectMap.of([])


def only(made: Plan) -> Step:
    """Return the one step of a plan."""
    (step,) = made.steps
    return step


def fields(step: Step) -> list[tuple[str, object, object]]:
    """Return the fields of a step."""
    return [(change.pointer, change.before, change.after) for change in step.changes]


def test_a_plan() -> None:
    """Every child gets what would happen to it, with the fields, the values and the rules."""
    observed = ObjectMap.of([
        seen(config("same", k="1")),
        seen(config("other", k="1", gone="2"), foreign="3"),
        seen(config("extra", k="1")),
    ])  # fmt: skip
    wanted = desired_of(config("same", k="1"), config("other", k="2"), config("new", k="1"))
    made = plan(observed, wanted, IN_PLACE)
    assert [(step.action, step.ref.name) for step in made.steps] == [
        ("delete", "extra"),
        ("create", "new"),
        ("update", "other"),
        ("none", "same"),
    ]
    assert made.steps[2].changes == (
        FieldChange("/data/gone", "2", ABSENT),
        FieldChange("/data/k", "1", "2", ("rule-other",)),
    )
    assert made.steps[2].rules == ("rule-other",)
    assert made.counts()["update"] == 1
    assert made
    assert not made.refused


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("InPlace", "update"),
        ("RollingInPlace", "update"),
        ("Recreate", "recreate"),
        ("RollingRecreate", "recreate"),
        ("OnDelete", "leave"),
    ],
)
@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
def test_update_strategies(method: Any, action: str, apply: Any) -> None:
    """A change is applied as the update strategy says; OnDelete holds it back."""
    observed = ObjectMap.of([seen(config("c", k="1"))])
    made = plan(observed, desired_of(config("c", k="2")), [Child(ConfigMap, method)], apply=apply)
    step = only(made)
    assert step.action == action
    assert step.strategy == method
    assert ("/data/k", "1", "2") in fields(step)
    assert bool(made) is (action != "leave")


def test_what_is_done_is_told() -> None:
    """The requests depend on the apply strategy."""
    observed = ObjectMap.of([seen(config("c", k="1"))])
    wanted = desired_of(config("c", k="2"), config("d", k="1"))
    dynamic = plan(observed, wanted, IN_PLACE)
    assert [step.effect for step in dynamic.steps] == ["PUT of the whole object", "POST"]
    server_side = plan(observed, wanted, IN_PLACE, apply="server-side", field_manager="me")
    assert [step.effect for step in server_side.steps] == [
        "PATCH that takes the last-applied annotation away, then PATCH, an apply by force as me",
        "PATCH, an apply by force as me",
    ]
    assert server_side.apply == "server-side"


@pytest.mark.parametrize("text", ["", "null", None])
def test_a_child_that_was_never_applied(text: Any) -> None:
    """The server holds it, so what is desired is recorded; nothing is taken away."""
    child = seen(config("c", k="1"), foreign="2")
    child["metadata"]["annotations"] = {} if text is None else {LAST_APPLIED: text}
    step = only(plan(ObjectMap.of([child]), desired_of(config("c", k="1")), IN_PLACE))
    assert step.action == "update"
    (change,) = step.changes
    assert (
        change.pointer == "/metadata/annotations/metacontroller.k8s.io~1last-applied-configuration"
    )
    assert change.after == "(secret)"
    assert change.source == "metacontroller"


def test_a_child_that_a_test_made() -> None:
    """Without a uid no server holds it, and nothing is said of what was recorded."""
    observed = ObjectMap.of([config("c", k="1", foreign="2").raw])
    assert only(plan(observed, desired_of(config("c", k="1")), IN_PLACE)).action == "none"
    step = only(plan(observed, desired_of(config("c", k="2")), IN_PLACE))
    assert fields(step) == [("/data/k", "1", "2")]


@pytest.mark.parametrize("text", ["[]", "7", "{"])
def test_a_broken_record(text: str) -> None:
    """A child whose annotation cannot be read is never updated again."""
    child = seen(config("c", k="1"))
    child["metadata"]["annotations"][LAST_APPLIED] = text
    made = plan(ObjectMap.of([child]), desired_of(config("c", k="1")), IN_PLACE)
    assert only(made).action == "refuse"
    assert "holds no JSON object" in str(only(made).refusals[0])
    assert made.refused


def test_what_was_desired_counts() -> None:
    """A record of something else is written anew, though no field differs."""
    child = seen(config("c", k="1"), extra="2")
    step = only(plan(ObjectMap.of([child]), desired_of(config("c", k="1", extra="2")), IN_PLACE))
    assert step.action == "update"
    assert [change.before for change in step.changes] == ["(secret)"]


def test_numbers_of_a_record_are_compared_by_value() -> None:
    """Metacontroller writes 1.0 as 1 into its record."""
    bare: dict[str, Any] = {"apiVersion": "ex.com/v1", "kind": "Free"}
    wanted = {**bare, "metadata": {"name": "f"}, "status": {"n": 1.0}}
    record = '{"apiVersion":"ex.com/v1","kind":"Free","metadata":{"name":"f"},"status":{"n":1}}'
    child = {**bare, "metadata": {"name": "f", "uid": "u", "annotations": {LAST_APPLIED: record}}}
    ref = Ref(Gvk("ex.com/v1", "Free"), "", "f")
    declared = [Child(ref.gvk, "InPlace")]
    assert only(plan(ObjectMap.of([child]), Desired({ref: wanted}), declared)).action == "none"
    wanted["status"]["n"] = 1.5
    assert only(plan(ObjectMap.of([child]), Desired({ref: wanted}), declared)).action == "update"


def test_an_annotation_that_is_no_text() -> None:
    """With it no annotation is kept, so none of them is a change."""
    child = seen(config("c", k="1"))
    wanted = config("c", k="1").raw
    wanted["metadata"]["annotations"] = {"a": 1, "b": "2"}
    made = plan(ObjectMap.of([child]), Desired({Ref.of(wanted): wanted}, namespace="ns"), IN_PLACE)
    assert not [each for each in fields(only(made)) if each[0].endswith(("/a", "/b"))]


def test_what_is_being_deleted_waits() -> None:
    """A child with a deletion timestamp is neither changed nor deleted."""
    child = seen(config("c", k="1"))
    child["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    for wanted in (desired_of(), desired_of(config("c", k="2"))):
        made = plan(ObjectMap.of([child]), wanted, IN_PLACE)
        assert only(made).action == "none"
        assert "being deleted" in only(made).effect
        assert not made


def test_what_the_server_fills_in() -> None:
    """A created child shows what is asked for, then the defaults, which are facts."""
    step = only(plan(NOTHING, desired_of(Service("s", namespace="ns", spec={
        "ports": [{"port": 80}]})), [Child(Service, "InPlace")]))  # fmt: skip
    assert step.action == "create"
    asked = [change for change in step.changes if change.source == "rule"]
    assert [(change.pointer, change.after, change.rules) for change in asked] == [
        ("/spec/ports/0/port", 80, ("rule-s",))
    ]
    filled = {change.pointer: change.after for change in step.changes if change.source == "server"}
    assert filled["/spec/type"] == "ClusterIP"
    assert filled["/spec/ports/0/protocol"] == "TCP"
    assert "/spec/clusterIP" not in filled
    assert "/status" not in filled
    assert [change.source for change in step.changes] == ["rule"] + ["server"] * len(filled)


def test_custom_kinds() -> None:
    """Defaults of a custom resource are told where its definition is."""
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {"n": {"type": "integer", "default": 3}}}
        },
    }
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "frees.ex.com"},
        "spec": {
            "group": "ex.com",
            "scope": "Namespaced",
            "names": {"plural": "frees", "kind": "Free"},
            "versions": [
                {"name": "v1", "served": True, "storage": True,
                 "schema": {"openAPIV3Schema": schema}}
            ],
        },
    }  # fmt: skip
    ref = Ref(Gvk("ex.com/v1", "Free"), "ns", "f")
    wanted = Desired({ref: {"apiVersion": "ex.com/v1", "kind": "Free",
                            "metadata": {"name": "f", "namespace": "ns"}, "spec": {}}})  # fmt: skip
    declared = [Child(ref.gvk, "InPlace")]
    assert fields(only(plan(NOTHING, wanted, declared))) == [("/spec", ABSENT, {})]
    step = only(plan(NOTHING, wanted, declared, kinds=with_crds([crd])))
    assert ("/spec/n", ABSENT, 3) in fields(step)


def test_secrets_are_masked() -> None:
    """No value of a Secret is in a plan, nor what was last applied."""
    old = Secret("s", namespace="ns", data={"a": "b2xk", "gone": "Z29uZQ=="})
    new = Secret("s", namespace="ns", data={"a": "bmV3"}, string_data={"b": "plain"})
    for apply in ("dynamic", "server-side"):
        for observed in (ObjectMap.of([seen(old)]), NOTHING):
            declared = [Child(Secret, "InPlace")]
            made = plan(observed, desired_of(new), declared, apply=apply)
            told = f"{made!r}{made}{made.tree()}{made.to_json()}"
            assert "(secret)" in told
            for value in ("b2xk", "Z29uZQ", "bmV3", "plain", "cGxhaW4"):
                assert value not in told


VALUES = st.text("abcdefghijklmnopqrstuvwxyz0123456789+/=", min_size=8, max_size=12)
TOLD = st.sampled_from(["data", "stringData"])


@settings(max_examples=60)
@given(st.lists(VALUES, min_size=4, max_size=4, unique=True), TOLD, TOLD, st.sampled_from(METHODS))
def test_no_value_of_a_secret_comes_out(values: list[str], old: str, new: str, method: Any) -> None:
    """Whatever is in a Secret, and whatever is done with it, its values are nowhere in the plan."""
    base = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "ns"}}
    before = Kind.of({**base, old: {"a": values[0], "gone": values[1]}})
    after = {**base, new: {"a": values[2], "b": values[3]}}
    asked = Desired({Ref.of(after): after}, namespace="ns")
    for observed in (ObjectMap.of([seen(before)]), NOTHING):
        for apply in ("dynamic", "server-side"):
            made = plan(observed, asked, [Child(Secret, method)], apply=apply)
            told = f"{made!r}{made}{made.tree()}{made.to_json()}"
            assert not [value for value in values if value in told]


def test_fields_inside_a_new_part_name_their_rules() -> None:
    """Each field of a part that is new names the rule that sets it."""
    ref = config("c").ref
    first, second = config("c", a="1").raw, config("c", b="1").raw
    merged = config("c", a="1", b="1").raw
    bare = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "ns"}}
    wanted = Desired({ref: merged}, contributions={ref: [("one", first), ("two", second)]})
    step = only(plan(ObjectMap.of([bare]), wanted, IN_PLACE))
    assert [(change.pointer, change.rules) for change in step.changes] == [
        ("/data/a", ("one",)),
        ("/data/b", ("two",)),
    ]
    assert step.rules == ("one", "two")


def test_server_side_apply_leaves_what_others_own() -> None:
    """What others have set is no difference; what was applied and is not desired any more goes."""
    managed = [{"manager": "metacontroller", "operation": "Apply", "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:k": {}, "f:gone": {}}}}]  # fmt: skip
    child = config("c", k="1", gone="2", foreign="3").raw
    child["metadata"] |= {"uid": "u", "managedFields": managed}
    wanted = desired_of(config("c", k="1"))
    step = only(plan(ObjectMap.of([child]), wanted, IN_PLACE, apply="server-side"))
    assert fields(step) == [("/data/gone", "2", ABSENT)]
    same = desired_of(config("c", k="1", gone="2"))
    assert not plan(ObjectMap.of([child]), same, IN_PLACE, apply="server-side")


def test_owners_of_a_child() -> None:
    """The parent's reference is a claim's business; others are desired like every field."""
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "other-uid"}
    child = seen(config("c", k="1"), owner="parent-uid")
    del child["metadata"]["annotations"]
    wanted = config("c", k="1").raw
    wanted["metadata"]["ownerReferences"] = [other]
    asked = Desired({Ref.of(wanted): wanted}, namespace="ns")
    more: dict[str, Any] = {"apply": "server-side"}
    step = only(plan(ObjectMap.of([child]), asked, IN_PLACE, parent=PARENT, **more))
    assert step.action == "update"
    assert {change.source for change in step.changes} == {"rule"}
    assert all(each.startswith("/metadata/ownerReferences/0/") for each, _, _ in fields(step))
    assert len(step.changes) == 4
    # Where nobody says who the parent is, nothing is said of owners.
    assert only(plan(ObjectMap.of([child]), asked, IN_PLACE, **more)).action == "none"
    bare = desired_of(config("c", k="1"))
    assert not plan(ObjectMap.of([child]), bare, IN_PLACE, parent=PARENT, **more)


def test_metadata_that_is_null() -> None:
    """Labels of what is observed, and annotations of what is desired, may be null."""
    child = seen(config("c", k="1"))
    child["metadata"]["labels"] = None
    wanted = config("c", k="1").raw
    wanted["metadata"]["annotations"] = None
    asked = Desired({Ref.of(wanted): wanted}, namespace="ns")
    more: dict[str, Any] = {"parent": PARENT, "selector": {"matchExpressions": [
        {"key": "a", "operator": "DoesNotExist"}]}}  # fmt: skip
    made = plan(ObjectMap.of([child]), asked, IN_PLACE, **more)
    assert only(made).action == "update"
    assert only(made).changes[0].source == "metacontroller"


def test_server_side_apply_forgets_labels() -> None:
    """Drift in metadata alone, of a kind with a generation, is said not to be repaired."""
    wanted = Deployment("d", namespace="ns", labels={"a": "1"}, spec={
        "selector": {"matchLabels": {"a": "1"}},
        "template": {"metadata": {"labels": {"a": "1"}},
                     "spec": {"containers": [{"name": "c", "image": "i"}]}}})  # fmt: skip
    child = wanted.copy().raw
    child["metadata"] |= {"uid": "u", "generation": 1, "labels": {"a": "2"}}
    declared = [Child(Deployment, "InPlace")]
    made = plan(ObjectMap.of([child]), desired_of(wanted), declared, apply="server-side")
    assert only(made).action == "update"
    assert "repaired only when" in str(only(made).warnings[0])
    recreated = [Child(Deployment, "Recreate")]
    made = plan(ObjectMap.of([child]), desired_of(wanted), recreated, apply="server-side")
    assert only(made).action == "recreate"
    child["spec"]["replicas"] = 4
    changed = wanted.copy().raw
    changed["spec"]["replicas"] = 2
    ref = Ref.of(changed)
    for method, action in (("Recreate", "refuse"), ("InPlace", "update")):
        declared = [Child(Deployment, method)]
        asked = Desired({ref: changed}, namespace="ns")
        made = plan(ObjectMap.of([child]), asked, declared, apply="server-side")
        assert only(made).action == action
    assert "fails at every sync" in str(only(plan(
        ObjectMap.of([child]), asked, recreated, apply="server-side")).refusals[0])  # fmt: skip


def test_claims_of_a_composite() -> None:
    """With a parent and its selector, objects that are not its children are told apart."""
    labels = {"app": "a"}
    observed = ObjectMap.of([
        seen(config("mine", labels=labels), owner="parent-uid"),
        seen(config("released", labels={"app": "b"}), owner="parent-uid"),
        seen(config("orphan", labels=labels)),
        seen(config("stranger", labels={"app": "b"})),
        seen(config("other", labels=labels), owner="another-uid"),
    ])  # fmt: skip
    more: dict[str, Any] = {"parent": PARENT, "selector": {"matchLabels": labels}}
    made = plan(observed, desired_of(), IN_PLACE, **more)
    assert [(step.ref.name, step.action) for step in made.steps] == [
        ("mine", "delete"),
        ("orphan", "delete"),
        ("other", "none"),
        ("released", "release"),
        ("stranger", "none"),
    ]
    assert made.parent == Ref(Gvk("ex.com/v1", "Thing"), "ns", "t")
    names = ("mine", "orphan", "other", "released", "stranger")
    wanted = desired_of(*(config(name, labels=labels, k="1") for name in names))
    made = plan(observed, wanted, IN_PLACE, **more)
    assert [step.action for step in made.steps] == [
        "update", "update", "refuse", "release", "refuse"]  # fmt: skip
    assert "the next one does" in made.steps[1].effect
    assert "is no child of the parent" in str(made.steps[2].refusals[0])
    assert "is no child of the parent" in str(made.steps[3].warnings[0])
    made = plan(observed, wanted, IN_PLACE, **more, apply="server-side")
    assert [step.action for step in made.steps] == [
        "update", "update", "refuse", "release", "update"]  # fmt: skip
    assert "belongs to another controller" in str(made.steps[2].refusals[0])
    assert "taken over by force" in str(made.steps[4].warnings[0])


def test_a_parent_that_is_deleted_claims_nobody() -> None:
    """While it is finalized, orphans are left alone, and so are those that would be released."""
    gone = {
        **PARENT,
        "metadata": {**PARENT["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"},
    }
    observed = ObjectMap.of([
        seen(config("mine", labels={"app": "a"}), owner="parent-uid"),
        seen(config("released", labels={"app": "b"}), owner="parent-uid"),
        seen(config("orphan", labels={"app": "a"})),
    ])  # fmt: skip
    more: dict[str, Any] = {"parent": gone, "selector": {"matchLabels": {"app": "a"}}}
    made = plan(observed, desired_of(), IN_PLACE, **more, finalizing=True)
    assert [step.action for step in made.steps] == ["delete", "none", "none"]
    for idle in (
        plan(observed, desired_of(), IN_PLACE, **more),
        plan(observed, desired_of(finalized=True), IN_PLACE, **more, finalizing=True),
    ):
        assert not idle
        assert idle.steps == ()
        assert "left to the garbage collector" in str(idle)
    collected = {**gone, "metadata": {**gone["metadata"], "finalizers": ["foregroundDeletion"]}}
    more["parent"] = collected
    assert not plan(observed, desired_of(), IN_PLACE, **more, finalizing=True)


def test_generated_selectors() -> None:
    """Metacontroller's own label is put on children, and children are found by it."""
    more: dict[str, Any] = {"parent": PARENT, "generate_selector": True}
    step = only(plan(NOTHING, desired_of(config("c", k="1")), IN_PLACE, **more))
    (label,) = [change for change in step.changes if change.source == "metacontroller"]
    assert (label.pointer, label.after) == ("/metadata/labels/controller-uid", "parent-uid")
    applied = config("c", labels={"controller-uid": "parent-uid"}, k="1")
    observed = ObjectMap.of([seen(applied, owner="parent-uid")])
    assert only(plan(observed, desired_of(config("c", k="1")), IN_PLACE, **more)).action == "none"
    odd = desired_of(config("c", labels={"controller-uid": "mine"}))
    made = plan(NOTHING, odd, IN_PLACE, **more)
    assert made.failing
    assert "Metacontroller sets it" in made.failing[0].remedy
    without = {"parent": {**PARENT, "metadata": {"name": "t", "namespace": "ns"}}}
    assert only(plan(NOTHING, odd, IN_PLACE, **without, generate_selector=True)).action == "create"


def test_decorators() -> None:
    """Attachments are told by annotation and owner, and need no labels."""
    more: dict[str, Any] = {"parent": PARENT, "decorator": "deco"}
    wanted = config("c", k="1")
    step = only(plan(NOTHING, desired_of(wanted), IN_PLACE, **more))
    stamped = f"/metadata/annotations/{DECORATOR_CONTROLLER.replace('/', '~1')}"
    assert [change.source for change in step.changes if change.pointer == stamped] == [
        "metacontroller"
    ]
    applied = ConfigMap("c", namespace="ns", annotations={DECORATOR_CONTROLLER: "deco"},
                        data={"k": "1"})  # fmt: skip
    mine = seen(applied, owner="parent-uid")
    mine["metadata"]["annotations"][DECORATOR_CONTROLLER] = "deco"
    assert only(plan(ObjectMap.of([mine]), desired_of(wanted), IN_PLACE, **more)).action == "none"
    assert only(plan(ObjectMap.of([mine]), desired_of(), IN_PLACE, **more)).action == "delete"
    stranger = seen(wanted, owner="parent-uid")
    assert only(plan(ObjectMap.of([stranger]), desired_of(), IN_PLACE, **more)).action == "none"
    unnamed = plan(ObjectMap.of([stranger]), desired_of(), IN_PLACE, parent=PARENT, decorator="")
    assert only(unnamed).action == "delete"


def test_cluster_scoped_children() -> None:
    """They are fine below a parent without a namespace, and found without one."""
    parent = {"apiVersion": "ex.com/v1", "kind": "Wide", "metadata": {"name": "w", "uid": "x"}}
    made = plan(
        NOTHING, desired_of(Namespace("n"), namespace=""), [Child(Namespace)], parent=parent
    )
    assert only(made).action == "create"


def test_a_child_without_a_namespace_is_put_beside_its_parent() -> None:
    """As Metacontroller does before it looks for the child."""
    observed = ObjectMap.of([config("c", k="1").raw])
    wanted = desired_of(config("c", namespace=None, k="2"))
    step = only(plan(observed, wanted, IN_PLACE, parent=PARENT))
    assert step.ref.namespace == "ns"
    assert [(each.pointer, each.rules) for each in step.changes] == [("/data/k", ("rule-c",))]


def test_an_empty_plan() -> None:
    """Nothing to do is told, and counts as false."""
    empty = Plan(())
    assert not empty
    assert not empty.refused
    assert str(empty) == "Plan: 0 to create, 0 to update, 0 to recreate, 0 to delete."
    assert not Plan((Step("none", Ref(Pod.gvk, "n", "p")),))
    assert Plan((Step("refuse", Ref(Pod.gvk, "n", "p")),))


def test_a_plan_is_a_value() -> None:
    """Equal arguments give an equal plan, whose parts cannot be changed."""

    def make() -> Plan:
        waiting = [Waiting("late", "it waits")]
        return plan(ObjectMap.of([seen(config("c", k="1"))]),
                    desired_of(config("c", k="2"), waiting=waiting), IN_PLACE)  # fmt: skip

    assert make() == make()
    assert str(make()) == str(make())
    with pytest.raises(AttributeError):
        make().apply = "server-side"  # type: ignore[misc]


SCRIPT = """
from tests.state.planning import config, desired_of, seen
from reconcile.state.plan import plan
from reconcile.state.declared import METHODS, Child
from reconcile.state.object_map import ObjectMap
from reconcile.kinds.core_v1 import ConfigMap, Service
made = plan(
    ObjectMap.of([seen(config("c", a="1", b="1"), d="2"), seen(config("e"))]),
    desired_of(config("c", k="2", b="2"), Service("s", namespace="ns", spec={"ports": [{"port": 1}]})),
    [Child(ConfigMap, "InPlace"), Child(Service)],
)
print(made, made.tree(), made.to_json())
"""


def test_hash_seeds_do_not_matter() -> None:
    """The same plan is the same bytes in every process."""
    told = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(told) == 1


def test_kinds_without_class() -> None:
    """A kind may be given as group, version and kind."""
    child = Kind.of({"apiVersion": "ex.com/v1", "kind": "Free", "metadata": {"name": "f"}}).raw
    ref = Ref(Gvk("ex.com/v1", "Free"), "", "f")
    made = plan(NOTHING, Desired({ref: child}), [Child(ref.gvk)])
    assert only(made).action == "create"
    assert only(made).changes == ()
