"""Facts about how a plan is shown."""

from __future__ import annotations

import json
import re
from typing import Any

from reconcile.kinds.core_v1 import ConfigMap, Secret
from reconcile.objects.gvk import Gvk
from reconcile.objects.ref import Ref
from reconcile.state.declared import Child
from reconcile.state.desired import Waiting
from reconcile.state.object_map import ObjectMap
from reconcile.state.plan import FieldChange, Finding, Plan, Step, plan
from reconcile.value import ABSENT
from tests.state.planning import PARENT, config, desired_of, seen

REF = Ref(Gvk("v1", "ConfigMap"), "ns", "c")


def made() -> Plan:
    """Return a plan in which much happens."""
    observed = ObjectMap.of([
        seen(config("same", k="1")),
        seen(config("other", k="1", gone="2"), foreign="3"),
        seen(config("extra", k="1")),
        seen(Secret("kept", namespace="ns", data={"a": "b2xk"})),
    ])  # fmt: skip
    wanted = desired_of(
        config("same", k="1"),
        config("other", k="2"),
        config("new", k="1"),
        config("far", namespace="x"),
        Secret("kept", namespace="ns", data={"a": "bmV3"}),
        waiting=[Waiting("late", "it waits")],
    )
    return plan(observed, wanted, [Child(ConfigMap, "InPlace"), Child(Secret)], parent=PARENT)


TEXT = """\
  - ConfigMap ns/extra will be deleted: DELETE  (no rule asks for it)
  + ConfigMap ns/new will be created: POST  (rule-new)
      + /data/k: "1"  (rule-new)
  ~ ConfigMap ns/other will be updated: InPlace, PUT of the whole object  (rule-other)
      - /data/gone: "2"  (no rule asks for it)
      ~ /data/k: "1" -> "2"  (rule-other)
  x ConfigMap x/far is not taken  (rule-far)
      x /metadata/namespace is not that of the parent: it is created once, then never seen, \
changed or deleted, but by the garbage collector: put it beside its parent, or make the parent \
cluster-scoped
  ! Secret ns/kept differs and is left as it is: OnDelete updates it only when somebody deletes \
it  (rule-kept)
      ~ /data/a: (secret) -> (secret)  (rule-kept)
  . late waits: it waits
Plan: 1 to create, 1 to update, 0 to recreate, 1 to delete, 1 left by OnDelete, 1 not taken."""

TREE = """\
Thing ns/t
├── - ConfigMap ns/extra will be deleted
├── + ConfigMap ns/new will be created  (rule-new)
├── ~ ConfigMap ns/other will be updated, 2 fields  (rule-other)
├── ConfigMap ns/same stays as it is  (rule-same)
├── x ConfigMap x/far is not taken  (rule-far)
│   └── /metadata/namespace is not that of the parent: it is created once, then never seen, \
changed or deleted, but by the garbage collector: put it beside its parent, or make the parent \
cluster-scoped
├── ! Secret ns/kept differs and is left as it is, 1 field  (rule-kept)
└── . late waits: it waits"""


def test_text() -> None:
    """A line a child, a line a field, and a summary."""
    assert str(made()) == TEXT


def test_tree() -> None:
    """The parent, and below it every child, also those that stay."""
    assert made().tree() == TREE
    assert Plan(()).tree() == "the parent"


def test_colour_is_only_added() -> None:
    """With colour taken out, the text is the same."""
    ansi = re.compile(r"\x1b\[[0-9;]*m")
    for shown, plain in (
        (made().text(colour=True), TEXT),
        (made().tree(colour=True), TREE),
    ):
        assert ansi.sub("", shown) == plain
        assert "\x1b[32m" in shown
        assert "\x1b[31m" in shown
    assert "\x1b" not in str(made())


def test_json() -> None:
    """All that is in a plan, masked, in one order; it is JSON."""
    told: dict[str, Any] = made().to_json()
    assert json.loads(json.dumps(told)) == told
    assert list(told) == [
        "parent", "apply", "changes", "summary", "steps", "waiting", "failing", "idle"]  # fmt: skip
    assert told["parent"] == {
        "apiVersion": "ex.com/v1", "kind": "Thing", "namespace": "ns", "name": "t"}  # fmt: skip
    assert told["summary"] == {"create": 1, "update": 1, "recreate": 0, "delete": 1, "leave": 1,
                               "release": 0, "refuse": 1, "none": 1}  # fmt: skip
    assert told["changes"] is True
    update = told["steps"][2]
    assert update == {
        "action": "update",
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "namespace": "ns",
        "name": "other",
        "strategy": "InPlace",
        "rules": ["rule-other"],
        "effect": "PUT of the whole object",
        "changes": [
            {"pointer": "/data/gone", "before": "2", "rules": [], "source": "rule"},
            {"pointer": "/data/k", "before": "1", "after": "2", "rules": ["rule-other"],
             "source": "rule"},
        ],
        "refusals": [],
        "warnings": [],
    }  # fmt: skip
    refused = told["steps"][4]["refusals"][0]
    assert list(refused) == ["pointer", "reason", "remedy"]
    assert told["waiting"] == [{"rule": "late", "reason": "it waits"}]
    assert plan(ObjectMap.of([]), desired_of(), []).to_json()["parent"] is None


def test_long_values_are_cut_in_text_only() -> None:
    """The JSON holds them whole."""
    change = FieldChange("/data/k", ABSENT, "x" * 500, ("r",))
    long = Plan((Step("create", REF, (change,)),))
    assert "x" * 100 not in str(long)
    assert "... (a text of 500 characters)" in str(long)
    assert "x" * 500 in json.dumps(long.to_json())


def test_nothing_acts_on_a_terminal() -> None:
    """Escapes and turned writing directions in names, keys and values are shown, not obeyed."""
    evil = "\x1b[2J\u202e\n"
    change = FieldChange(f"/data/{evil}", evil, evil, (evil,))
    step = Step("update", REF._replace(name=evil), (change,), (evil,),
                refusals=(Finding(evil, evil, evil),), warnings=(Finding("", evil, ""),))  # fmt: skip
    shown = Plan((step,), (Waiting(evil, evil),), (Finding("", evil, evil),), REF)
    for text in (str(shown), shown.tree()):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert r"\x1b[2J" in text
    assert len(str(shown).splitlines()) == 7


def test_findings_as_text() -> None:
    """Where, what and the remedy, as far as there is one."""
    assert str(Finding("/a", "is wrong", "leave it out")) == "/a is wrong: leave it out"
    assert str(Finding("", "it is wrong", "")) == "it is wrong"


def test_warnings_and_findings_of_the_whole() -> None:
    """A warning stands below its child, what fails the sync at the end."""
    step = Step("update", REF, warnings=(Finding("/a", "comes again", "stop it"),))
    shown = Plan((step,), failing=(Finding("", "all is lost", ""),), idle="asleep")
    assert str(shown).splitlines() == [
        "  ~ ConfigMap ns/c will be updated",
        "      ! /a comes again: stop it",
        "  . asleep",
        "  x all is lost",
        "Plan: 0 to create, 1 to update, 0 to recreate, 0 to delete. "
        "Nothing of it happens: the sync fails.",
    ]
    assert shown.tree().splitlines()[-2:] == ["├── x all is lost", "└── . asleep"]
