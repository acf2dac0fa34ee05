"""Is a rule set put together well? Every finding, with its text."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile import (
    Child,
    Controller,
    Decorator,
    DefinitionError,
    Gvk,
    Model,
    Observed,
    Parent,
    Rule,
    all_of,
    for_each,
    in_order,
    keep,
    require,
    rollout,
    rule,
    teardown,
    when,
)
from reconcile.kinds.apps_v1 import Deployment, StatefulSet
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret


class Spec(Model):
    """A spec."""


class Thing(Parent[Spec, Spec], group="example.com", version="v1"):
    """A parent in a namespace."""


class Wide(Parent[Spec, Spec], group="example.com", version="v1", scope="Cluster"):
    """A parent in none."""


@rule
def a(observed: Observed[Any]) -> ConfigMap:
    """Make a ConfigMap."""
    return ConfigMap("a")


@rule
def b(observed: Observed[Any]) -> ConfigMap | None:
    """Make a ConfigMap or nothing."""
    return None


@rule
def unsaid(observed: Observed[Any]):
    """Do not say what is made."""


def findings(rules: Any, *children: Child, parent: Any = Thing, **options: Any) -> tuple[str, ...]:
    """Return what is wrong, nothing if all is well."""
    declared = children or (Child(ConfigMap),)
    try:
        Controller(parent, rules=rules, children=declared, **options)
    except DefinitionError as error:
        return error.findings
    return ()


def test_nothing_is_wrong() -> None:
    """A sound rule set has no findings."""
    assert findings(all_of(a, b)) == ()
    assert findings(in_order(a, b)) == ()


def test_names_are_there_once() -> None:
    """Two rules of one name could not be told apart."""
    assert findings(all_of(a, a, a)) == ("rule a is there 3 times, each has to be there once",)


def test_kinds_are_declared_once() -> None:
    """Two update strategies for one kind contradict each other."""
    twice = findings(a, Child(ConfigMap), Child(ConfigMap, "InPlace"))
    assert twice == ("child kind v1 ConfigMap is there 2 times, each has to be there once",)


def test_kinds_are_declared() -> None:
    """A kind that is made but not declared would be made once and never seen."""
    assert findings(a, Child(Pod)) == (
        "rule a makes v1 ConfigMap, which is not among the declared children",
    )


def test_scopes() -> None:
    """A namespaced parent cannot own what is cluster-scoped; a cluster-scoped parent can."""
    made = rule(name="n", owns=[Namespace])(lambda _o: None)
    assert findings(made, Child(Namespace)) == (
        "children of kind v1 Namespace are cluster-scoped, a namespaced parent cannot own them: "
        "they would outlive it",
    )
    assert findings(made, Child(Namespace), parent=Wide) == ()
    known = rule(name="n", owns=[Gvk("v1", "Namespace")])(lambda _o: None)
    assert len(findings(known, Child(Gvk("v1", "Namespace")))) == 1


def test_needs_that_are_not_there() -> None:
    """A rule that is needed has to be in the set."""
    late = rule(name="late", needs=["gone"], owns=[])(lambda _o: None)
    assert findings(all_of(a, late)) == ("rule late needs rule gone, which is not in the rule set",)


def test_needs_across_finalizing() -> None:
    """What runs only while finalizing is never ready before, and the other way round."""
    clean = rule(name="clean", finalizing=True, owns=[])(lambda _o: None)
    late = rule(name="late", needs=[clean], owns=[])(lambda _o: None)
    assert findings(all_of(clean, late)) == (
        "rule late needs rule clean, which runs only while finalizing: it would wait for ever",
    )
    after = rule(name="after", finalizing=True, needs=["a"], owns=[])(lambda _o: None)
    assert findings(all_of(a, after)) == (
        "clean-up after needs rule a, which is taken away while finalizing: put both into a "
        "teardown instead",
    )
    items = for_each(lambda _o: [], lambda _o, _item: None, key=str)
    needy = rule(name="needy", needs=["<lambda>"], owns=[])(lambda _o: None)
    assert findings(all_of(items, needy)) == ()
    both = rule(name="both", finalizing=True, needs=[clean], owns=[])(lambda _o: None)
    assert findings(all_of(clean, both)) == ()


def test_cycles() -> None:
    """Rules that wait for each other are named, those that merely hang on them are not."""
    x = rule(name="x", needs=["y"], owns=[])(lambda _o: None)
    y = rule(name="y", needs=["x"], owns=[])(lambda _o: None)
    tail = rule(name="tail", needs=["x"], owns=[])(lambda _o: None)
    message = "rules x, y wait for each other: none of them would ever be asked"
    assert findings(all_of(x, y, tail, a)) == (message,)
    alone = rule(name="alone", needs=["alone"], owns=[])(lambda _o: None)
    assert findings(alone) == ("rules alone wait for each other: none of them would ever be asked",)


def test_an_order_is_part_of_a_cycle() -> None:
    """A rule that needs one behind it in an order waits for ever."""
    first = rule(name="first", needs=["second"], owns=[])(lambda _o: None)
    second = rule(name="second", owns=[])(lambda _o: None)
    assert findings(in_order(first, all_of(second, a))) == (
        "rules first, second wait for each other: none of them would ever be asked",
    )


def test_what_waits_says_what_it_makes() -> None:
    """Otherwise nobody would know what to keep while it waits."""
    message = (
        "rule unsaid may have to wait, so it must say what it makes: annotate what it returns, "
        "or say owns="
    )
    assert findings(unsaid) == ()
    assert findings(in_order(unsaid, a)) == ()
    assert findings(in_order(a, unsaid)) == (message,)
    asks = {"customize": lambda _parent: []}
    assert findings(require(Secret, "s", then=unsaid), **asks) == (message,)
    needy = rule(name="needy", needs=[a])(lambda _o: None)
    assert "needy" in findings(all_of(a, needy))[0]


def test_a_gate_that_never_opens() -> None:
    """A condition of children that are never made is never looked at."""
    odd = rule(name="odd", owns=[], ready="Up")(lambda _o: None)
    assert findings(odd) == (
        "rule odd makes no children, so its condition Up can never come true: leave out ready=",
    )


def test_require_without_customize() -> None:
    """An object that nobody asks for is never there."""
    held = require(Secret, "s", then=a)
    assert findings(all_of(b, held)) == (
        "rule a requires a Secret, but the controller has no customize= that asks for it: it "
        "would wait for ever",
    )
    assert findings(held, customize=lambda _parent: []) == ()


def test_all_findings_at_once() -> None:
    """What is wrong is told together, in a fixed order, with the controller's kind."""
    with pytest.raises(DefinitionError) as caught:
        Controller(Thing, rules=all_of(a, a, in_order(b, unsaid)), children=[Child(Pod)])
    assert len(caught.value.findings) == 4
    assert str(caught.value).startswith("controller of example.com/v1 Thing: rule a is there 2")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Controller(Thing, rules=lambda _o: None, children=[]), "rules= takes a rule"),
        (lambda: Controller(Thing, rules=a, children=[ConfigMap]), r"children= takes Child\(...\), not a"),
        (lambda: Controller(dict, rules=a, children=[Child(ConfigMap)]), "the class of the parent"),
        (lambda: Decorator(resources=[], rules=a, attachments=[Child(ConfigMap)]), "at least one kind"),
        (lambda: Decorator(resources=[Pod], rules=a, attachments=[Secret]), "attachments= takes Child"),
        (lambda: all_of(), "all_of: takes one rule or more"),
        (lambda: all_of(a, len), "all_of: takes rules, not a builtin_function_or_method, put @rule"),
        (lambda: in_order(a, 7), "in_order: takes rules, not a int$"),
        (lambda: when(lambda _o: True, 7), "when: takes rules"),
        (lambda: keep(7), "keep: takes rules"),
        (lambda: teardown(7), "teardown: takes rules"),
        (lambda: require(Secret, "s", then=7), "require: takes rules"),
        (lambda: for_each(7, a, key=str), "for_each: takes a function, not a int"),
        (lambda: for_each(lambda _o: [], a, key="k"), "for_each: takes a function, not a str"),
        (lambda: rollout(7, max_unavailable=1), "rollout: takes rules"),
        (lambda: rollout(a, max_unavailable=0), "a number from 1 up, or a share such as '25%'"),
        (lambda: rollout(a, max_unavailable=-1), "a number from 1 up"),
        (lambda: rollout(a, max_unavailable=True), "a number from 1 up"),
        (lambda: rollout(a, max_unavailable="25"), "a number from 1 up"),
        (lambda: rollout(a, max_unavailable="0%"), "a number from 1 up"),
        (lambda: rollout(a, max_unavailable="x%"), "a number from 1 up"),
        (lambda: rule(needs=[all_of(a)])(lambda _o: None), "needs= takes rules made by @rule"),
    ],
)  # fmt: skip
def test_bad_arguments(make: Any, message: str) -> None:
    """A part that does not fit is refused at the door."""
    with pytest.raises(DefinitionError, match=message):
        make()


def test_a_decorator_is_checked_like_a_controller() -> None:
    """The kinds it decorates say whether its attachments may be cluster-scoped."""
    made = rule(name="n", owns=[Namespace])(lambda _o: None)
    with pytest.raises(DefinitionError, match="decorator of apps/v1 StatefulSet, v1 Pod: children"):
        Decorator(resources=[StatefulSet, Pod], rules=made, attachments=[Child(Namespace)])
    Decorator(resources=[Namespace, Pod], rules=made, attachments=[Child(Namespace)])
    Decorator(resources=[Namespace], rules=made, attachments=[Child(Namespace)])


class _Callable:
    def __call__(self, _observed: Any) -> Deployment:
        return Deployment("d")


def test_names_of_rules() -> None:
    """A rule is called like its function, or its class, or as it is told."""
    assert a.name == "a"
    assert rule(_Callable()).name == "_Callable"
    assert rule(_Callable()).owns is None
    assert rule(name="other")(lambda _o: None).name == "other"
    assert a(None).name == "a"


def foreign_rule() -> Rule[Any]:
    """Return a rule that no combinator made."""

    class Foreign(Rule[Any]):
        """A rule of somebody else."""

    return Foreign()


def test_a_rule_of_somebody_else() -> None:
    """Only rules made here can be asked."""
    controller = Controller(Thing, rules=foreign_rule(), children=[Child(ConfigMap)])
    with pytest.raises(Exception, match="rule Foreign: is not a rule made by this library"):
        controller.sync(Observed.of(Thing.of("t", namespace="n")))
