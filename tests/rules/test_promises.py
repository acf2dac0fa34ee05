"""What the combinators promise: under a stale view, after a crash, and in plain weather."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconcile import (
    Child,
    Condition,
    ConflictError,
    Contribution,
    Gvk,
    Model,
    Observed,
    Parent,
    RetryLater,
    Rule,
    RuleError,
    all_of,
    for_each,
    in_order,
    keep,
    once,
    require,
    rollout,
    rule,
    teardown,
    when,
)
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.batch_v1 import Job
from reconcile.kinds.core_v1 import ConfigMap, Pod, Secret, Service
from reconcile.objects.names import LAST_APPLIED
from reconcile.rules.combine import evaluate
from reconcile.state.desired import Desired


class Spec(Model):
    """A spec."""

    names: list[str] = []
    version: int = 1
    on: bool = True


class Thing(Parent[Spec, Spec], group="example.com", version="v1"):
    """A parent."""


THING = Thing.of("t", namespace="ns", generation=4)
CHILDREN = [
    Child(ConfigMap, "InPlace"),
    Child(Deployment, "InPlace"),
    Child(Job, "OnDelete"),
    Child(Pod, "InPlace"),
    Child(Secret, "OnDelete"),
    Child(Service, "Recreate"),
]


def thing(**spec: Any) -> Thing:
    """Return the parent with another spec."""
    return Thing.of("t", namespace="ns", generation=4, spec=spec)


def config(name: str, *, owner: str | None = None, **data: str) -> Rule[Thing]:
    """Return a rule that asks for one ConfigMap."""

    def made(_observed: Observed[Thing]) -> ConfigMap:
        return ConfigMap(name, data=data or None)

    return rule(name=owner or name)(made)


def deployment(name: str, image: str = "a:1", **options: Any) -> Rule[Thing]:
    """Return a rule that asks for one Deployment."""

    def made(_observed: Observed[Thing]) -> Deployment:
        return Deployment(name, spec={"replicas": 1, "image": image})

    return rule(name=name, **options)(made)


def applied(child: Any, *, ready: bool = True, **more: Any) -> dict[str, Any]:
    """Return a child as it is observed after it was applied."""
    document = json.loads(json.dumps(child.copy().raw if hasattr(child, "copy") else child))
    document.pop("status", None)
    metadata = document["metadata"]
    metadata.setdefault("namespace", "ns")
    text = json.dumps(document)
    metadata["annotations"] = {**metadata.get("annotations", {}), LAST_APPLIED: text}
    metadata.update(uid="u", resourceVersion="7", generation=2)
    if document["kind"] == "Deployment":
        count = 1 if ready else 0
        document["status"] = {
            "observedGeneration": 2,
            "replicas": 1,
            "updatedReplicas": count,
            "availableReplicas": count,
        }
    if document["kind"] == "Job":
        document["status"] = {
            "conditions": [{"type": "Complete", "status": "True" if ready else "False"}]
        }
    document.update(more)
    return document


def sync(rules: Rule[Thing], *children: Any, parent: Thing = THING, **given: Any) -> Desired:
    """Return what the rules desire."""
    return evaluate(rules, Observed.of(parent, children, **given), declared=CHILDREN)


def names(desired: Desired) -> list[str]:
    """Return what is desired, shortly."""
    return [f"{ref.gvk.kind}/{ref.name}" for ref in desired.objects]


def reasons(desired: Desired) -> dict[str, str]:
    """Return what waits, and why."""
    return {held.rule: held.reason for held in desired.waiting}


# -- in_order


def test_the_first_of_an_order_is_asked_at_once() -> None:
    """Nothing of the second is asked for before the first is there."""
    desired = sync(in_order(deployment("a"), config("b"), config("c")))
    assert names(desired) == ["Deployment/a"]
    reason = "Deployment ns/a is not there yet"
    assert reasons(desired) == {"b": reason, "c": reason}


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        ({"ready": False}, "updatedReplicas is below replicas"),
        ({"image": "a:0"}, "is not as it is desired yet"),
        ({"status": {}}, "has no status yet"),
    ],
)
def test_an_order_waits_for_readiness(observed: dict[str, Any], reason: str) -> None:
    """A child that is there but behind, or not ready, keeps the gate closed."""
    spec = {"replicas": 1, "image": observed.pop("image", "a:1")}
    observed = applied(Deployment("a", spec=spec), **observed)
    desired = sync(in_order(deployment("a"), config("b")), observed)
    assert names(desired) == ["Deployment/a"]
    assert reasons(desired) == {"b": f"Deployment ns/a {reason}"}


def test_an_order_goes_on_when_ready() -> None:
    """With the first one ready the second is asked, and the third waits for it."""
    ready = applied(Deployment("a", spec={"replicas": 1, "image": "a:1"}))
    desired = sync(in_order(deployment("a"), deployment("b"), config("c")), ready)
    assert names(desired) == ["Deployment/a", "Deployment/b"]
    assert reasons(desired) == {"c": "Deployment ns/b is not there yet"}


def test_an_order_takes_nothing_away() -> None:
    """When the gate closes again, what was given stays as it was last applied."""
    behind = applied(Deployment("a", spec={"replicas": 1, "image": "a:1"}), ready=False)
    given = applied(ConfigMap("b", data={"old": "1"}))
    desired = sync(in_order(deployment("a"), config("b", new="2")), behind, given)
    assert names(desired) == ["ConfigMap/b", "Deployment/a"]
    assert desired.child(ConfigMap, "b").data == {"old": "1"}
    ready = applied(Deployment("a", spec={"replicas": 1, "image": "a:1"}))
    desired = sync(in_order(deployment("a"), config("b", new="2")), ready, given)
    assert desired.child(ConfigMap, "b").data == {"new": "2"}


def test_what_waits_keeps_only_its_kinds_and_only_what_nobody_asks_for() -> None:
    """Other kinds go; a child that another rule asks for is that rule's."""
    held = in_order(deployment("a"), config("b"))
    others = [applied(Secret("s")), applied(ConfigMap("mine", data={"old": "1"}))]
    desired = sync(all_of(held, config("mine", new="2")), *others)
    assert names(desired) == ["ConfigMap/mine", "Deployment/a"]
    assert desired.child(ConfigMap, "mine").data == {"new": "2"}


def test_a_child_that_is_never_updated_does_not_hold_up_an_order() -> None:
    """Under OnDelete a change never arrives, so nobody waits for it."""

    @rule
    def job(_observed: Observed[Thing]) -> Job:
        return Job("j", spec={"parallelism": 2})

    done = applied(Job("j", spec={"parallelism": 1}))
    assert names(sync(in_order(job, config("b")), done)) == ["ConfigMap/b", "Job/j"]


def test_a_condition_makes_ready() -> None:
    """With `ready=` another condition than the usual signs opens the gate."""
    first = deployment("a", ready="Blessed")
    plain = applied(Deployment("a", spec={"replicas": 1, "image": "a:1"}))
    assert reasons(sync(in_order(first, config("b")), plain)) == {
        "b": "Deployment ns/a condition Blessed is not True"
    }
    plain["status"] = {"conditions": [{"type": "Blessed", "status": "True"}]}
    assert reasons(sync(in_order(first, config("b")), plain)) == {}


def test_an_order_in_an_order_waits_as_a_whole() -> None:
    """What waits inside holds up what comes behind."""
    inner = in_order(deployment("a"), config("b"))
    desired = sync(in_order(inner, config("c")))
    assert reasons(desired)["c"] == "Deployment ns/a is not there yet"
    assert sorted(reasons(desired)) == ["b", "c"]


# -- needs


def test_needs_waits_across_the_tree() -> None:
    """A rule that needs another waits for its children, wherever it stands."""
    late = rule(name="late", needs=["a"], owns=[ConfigMap])(lambda _o: ConfigMap("late"))
    desired = sync(all_of(late, deployment("a")))
    assert reasons(desired) == {"late": "Deployment ns/a is not there yet"}
    ready = applied(Deployment("a", spec={"replicas": 1, "image": "a:1"}))
    assert names(sync(all_of(late, deployment("a")), ready)) == ["ConfigMap/late", "Deployment/a"]


def test_needs_of_a_rule_that_waits_itself() -> None:
    """What is needed and waits holds up what needs it, with the first reason."""
    late = rule(name="late", needs=["b"], owns=[ConfigMap])(lambda _o: ConfigMap("late"))
    desired = sync(all_of(late, in_order(deployment("a"), config("b"))))
    assert reasons(desired)["late"] == "b waits: Deployment ns/a is not there yet"


def test_needs_looks_at_the_needed_rule_alone() -> None:
    """Its neighbours, however near they stand, hold nobody up."""
    late = rule(name="late", needs=["a"], owns=[ConfigMap])(lambda _o: ConfigMap("late"))
    rules = all_of(late, all_of(all_of(deployment("a"), deployment("b"))))
    ready = applied(Deployment("a", spec={"replicas": 1, "image": "a:1"}))
    assert "ConfigMap/late" in names(sync(rules, ready))


def test_needs_of_a_rule_that_is_switched_off() -> None:
    """A rule that asks for nothing holds nobody up."""
    late = rule(name="late", needs=["a"], owns=[ConfigMap])(lambda _o: ConfigMap("late"))
    off = when(lambda _o: False, deployment("a"))
    assert names(sync(all_of(late, off))) == ["ConfigMap/late"]


def test_needs_of_a_rule_that_requires() -> None:
    """A needed rule whose related object is missing holds up what needs it."""
    late = rule(name="late", needs=["a"], owns=[ConfigMap])(lambda _o: ConfigMap("late"))
    held = require(Secret, "s", then=deployment("a"))
    assert reasons(sync(all_of(late, held)))["late"] == "a waits: Secret s is not there"
    related = [Secret("s")]
    assert reasons(sync(all_of(late, held), related=related))["late"] == (
        "Deployment ns/a is not there yet"
    )


def test_needs_of_a_rule_that_is_kept() -> None:
    """A needed child that is kept counts as it is, not as its rule would have it now."""
    late = rule(name="late", needs=["a"], owns=[ConfigMap])(lambda _o: ConfigMap("late"))
    old = applied(Deployment("a", spec={"replicas": 1, "image": "a:0"}))
    assert names(sync(all_of(late, keep(deployment("a"))), old)) == [
        "ConfigMap/late",
        "Deployment/a",
    ]


# -- when, for_each


def test_when() -> None:
    """A rule is asked only while the condition holds."""
    rules = when(lambda observed: observed.parent.spec.on, config("c"))
    assert names(sync(rules)) == ["ConfigMap/c"]
    assert names(sync(rules, parent=thing(on=False))) == []


def test_for_each() -> None:
    """One question an item, whatever their order, with the item in the name."""

    def one(_observed: Observed[Thing], name: str) -> list[ConfigMap]:
        return [ConfigMap(name), ConfigMap(f"{name}-extra")]

    rules = for_each(lambda observed: observed.parent.spec.names, one, key=str)
    there = sync(rules, parent=thing(names=["b", "a"]))
    back = sync(rules, parent=thing(names=["a", "b"]))
    assert there.objects == back.objects
    assert names(there) == [
        "ConfigMap/a", "ConfigMap/a-extra", "ConfigMap/b", "ConfigMap/b-extra",
    ]  # fmt: skip
    assert {manager for said in there.contributions.values() for manager, _ in said} == {
        "one[a]",
        "one[b]",
    }


@pytest.mark.parametrize(
    ("items", "key", "message"),
    [
        (["a", "a"], str, "rule one: key= gave two items one text, make it tell them apart"),
        ([1], lambda item: item, "rule one: key= gave a whole number, a text is needed"),
        ([1], lambda item: item.name, "rule one: raised AttributeError"),
        (7, str, "rule one: raised TypeError"),
    ],
)
def test_for_each_needs_keys(items: Any, key: Any, message: str) -> None:
    """Items have to be told apart by texts; an error names the rule."""

    def one(_observed: Observed[Thing], name: str) -> ConfigMap:
        return ConfigMap(name)

    with pytest.raises(RuleError) as caught:
        sync(for_each(lambda _observed: items, one, key=key))
    assert str(caught.value) == message


def test_an_error_in_an_item_names_it() -> None:
    """The rule and the item are in the message."""

    def one(_observed: Observed[Thing], number: int) -> ConfigMap:
        return ConfigMap(str(1 // number))

    with pytest.raises(RuleError, match=r"^rule one\[0\]: raised ZeroDivisionError$"):
        sync(for_each(lambda _observed: [0], one, key=str))


# -- once, keep


def test_once_keeps_each_value_on_its_own() -> None:
    """A value that is there stays; one that is missing, null or empty is set."""

    @rule
    def secret(_observed: Observed[Thing]) -> Secret:
        data = {"a": "new", "b": "new", "c": "new", "d": "new"}
        return once(Secret("s", labels={"l": "new"}, type="Opaque", data=data))

    seen = Secret("s", labels={"l": "old"}, data={"a": "old", "b": "", "x": "other"}).raw
    seen["metadata"]["namespace"] = "ns"
    seen["data"]["c"] = None
    made = sync(secret, seen).child(Secret, "s")
    assert made.data == {"a": "old", "b": "new", "c": "new", "d": "new"}
    assert made.labels == {"l": "new"}
    assert made.type == "Opaque"


def test_once_sets_all_of_a_new_child() -> None:
    """A child that is not there is asked for as the rule says."""
    rules = rule(name="s")(lambda _o: once(Secret("s", data={"a": "new"})))
    assert sync(rules).child(Secret, "s").data == {"a": "new"}


def test_once_finds_string_data_where_the_server_put_it() -> None:
    """A Secret's stringData is kept although nobody can read it back."""
    rules = rule(name="s")(lambda _o: once(Secret("s", string_data={"a": "new", "b": "new"})))
    seen = Secret("s", namespace="ns", data={"a": "b2xk", "b": "not base64!"})
    assert sync(rules, seen).child(Secret, "s").string_data == {"a": "old", "b": "new"}


@pytest.mark.parametrize(
    "identity", [("v1", "Widget"), ("v1", "Binary"), ("v2", "Secret"), ("a/v1", "Secret")]
)
def test_once_looks_into_the_data_of_secrets_only(identity: tuple[str, str]) -> None:
    """Another kind with members of those names is what it is."""
    api_version, kind = identity
    head = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "w", "namespace": "ns"}}
    rules = rule(name="w")(lambda _o: once({**head, "stringData": {"a": "new"}}))
    seen = {**head, "data": {"a": "b2xk"}}
    desired = evaluate(rules, Observed.of(THING, [seen]))
    assert next(iter(desired.objects.values()))["stringData"] == {"a": "new"}


def test_once_goes_through_associative_lists() -> None:
    """Items are matched by their keys; the server's defaults in them are not taken over."""

    @rule
    def service(_observed: Observed[Thing]) -> Service:
        ports = [{"port": 80, "nodePort": 30000}, {"port": 81, "nodePort": 30001}]
        return once(Service("s", spec={"ports": ports, "externalIPs": ["1.1.1.1"]}))

    seen = Service("s", namespace="ns", spec={
        "ports": [
            {"port": 81, "protocol": "TCP", "nodePort": 32001, "targetPort": 81},
            {"port": 99, "protocol": "TCP"},
        ],
        "externalIPs": ["2.2.2.2"],
    })  # fmt: skip
    made = sync(service, seen).child(Service, "s").raw
    assert made["spec"]["ports"] == [
        {"port": 80, "nodePort": 30000},
        {"port": 81, "nodePort": 32001},
    ]
    assert made["spec"]["externalIPs"] == ["2.2.2.2"]


def test_once_takes_a_plain_list_as_it_was_applied() -> None:
    """A list without keys is one value, without what the server added to its items."""
    desired = {"tolerations": [{"key": "new"}], "hostAliases": []}
    rules = rule(name="p")(lambda _o: once(Pod("p", spec=desired)))
    seen = applied(Pod("p", spec={"tolerations": [{"key": "old"}]}))
    seen["spec"]["tolerations"] = [{"key": "old"}, {"key": "of the server"}]
    made = sync(rules, seen).child(Pod, "p").raw
    assert made["spec"] == {"tolerations": [{"key": "old"}], "hostAliases": []}


def test_keep_leaves_what_exists() -> None:
    """A kept child is as it was last applied; a missing one is made."""
    rules = keep(all_of(config("a", new="2"), config("b", new="2")))
    desired = sync(rules, applied(ConfigMap("a", data={"old": "1"})))
    assert desired.child(ConfigMap, "a").data == {"old": "1"}
    assert desired.child(ConfigMap, "b").data == {"new": "2"}


def test_another_rule_goes_before_what_is_kept() -> None:
    """What is kept gives way, field by field and without a conflict."""
    rules = all_of(keep(config("a", old="new")), config("a", owner="other", old="mine", more="1"))
    desired = sync(rules, applied(ConfigMap("a", data={"old": "1", "kept": "2"})))
    assert desired.child(ConfigMap, "a").data == {"old": "mine", "kept": "2", "more": "1"}


# -- rollout


def pods(image: str) -> Rule[Thing]:
    """Return a rule that asks for a Pod per name."""

    def pod(_observed: Observed[Thing], name: str) -> Pod:
        return Pod(name, spec={"containers": [{"name": "c", "image": image}]})

    return for_each(lambda observed: observed.parent.spec.names, pod, key=str)


def seen_pod(name: str, image: str, *, ready: bool = True) -> dict[str, Any]:
    """Return an observed Pod."""
    pod = Pod(name, spec={"containers": [{"name": "c", "image": image}]})
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    return applied(pod, status=status)


def images(desired: Desired) -> dict[str, str]:
    """Return the image of each desired Pod."""
    return {pod.name: pod.spec.containers[0].image for pod in desired.children(Pod)}


FIVE = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("limit", "changed"),
    [(1, 1), (2, 2), (5, 5), (9, 5), ("20%", 1), ("59%", 2), ("1%", 1), ("99%", 4), ("100%", 5)],
)
def test_rollout_changes_a_few(limit: int | str, changed: int) -> None:
    """So many of the ready children change, in the order of their names."""
    observed = [seen_pod(name, "i:1") for name in reversed(FIVE)]
    desired = sync(rollout(pods("i:2"), max_unavailable=limit), *observed, parent=thing(names=FIVE))
    expected = {name: "i:2" if at < changed else "i:1" for at, name in enumerate(FIVE)}
    assert images(desired) == expected


def test_rollout_counts_what_is_unavailable() -> None:
    """A child that is not ready, or missing, uses up the budget; both are mended at once."""
    observed = [seen_pod("a", "i:2", ready=False), *(seen_pod(name, "i:1") for name in "bcd")]
    desired = sync(rollout(pods("i:2"), max_unavailable=2), *observed, parent=thing(names=FIVE))
    assert images(desired) == {"a": "i:2", "b": "i:1", "c": "i:1", "d": "i:1", "e": "i:2"}
    desired = sync(rollout(pods("i:2"), max_unavailable=3), *observed, parent=thing(names=FIVE))
    assert images(desired)["b"] == "i:2"


def test_rollout_mends_a_bad_change() -> None:
    """Children that a bad change broke are changed at once, however many there are."""
    observed = [seen_pod(name, "bad", ready=False) for name in FIVE]
    desired = sync(rollout(pods("i:2"), max_unavailable=1), *observed, parent=thing(names=FIVE))
    assert set(images(desired).values()) == {"i:2"}


def test_rollout_chooses_the_same_under_a_stale_view() -> None:
    """A view that does not show the change yet leads to the same choice again."""
    observed = [seen_pod(name, "i:1") for name in FIVE]
    rules = rollout(pods("i:2"), max_unavailable=1)
    first = sync(rules, *observed, parent=thing(names=FIVE))
    again = sync(rules, *observed, parent=thing(names=FIVE))
    assert first.objects == again.objects


def test_rollout_ends() -> None:
    """Sync by sync every child changes, never more than one unavailable, then nothing changes."""
    world = {name: seen_pod(name, "i:1") for name in FIVE}
    rules = rollout(pods("i:2"), max_unavailable=1)
    for _ in range(len(FIVE)):
        wanted = images(sync(rules, *world.values(), parent=thing(names=FIVE)))
        changed = [name for name in FIVE if wanted[name] != images_of(world[name])]
        assert len(changed) == 1
        world[changed[0]] = seen_pod(changed[0], "i:2", ready=False)
        held = images(sync(rules, *world.values(), parent=thing(names=FIVE)))
        assert held == {name: images_of(pod) for name, pod in world.items()}
        world[changed[0]] = seen_pod(changed[0], "i:2")
    assert {images_of(pod) for pod in world.values()} == {"i:2"}


def images_of(pod: dict[str, Any]) -> str:
    """Return the image of an observed Pod."""
    image: str = pod["spec"]["containers"][0]["image"]
    return image


# -- require


def test_require_waits_and_keeps() -> None:
    """While the related object is missing nothing new is asked for, and nothing is taken away."""
    rules = require(Secret, lambda observed: observed.parent.name, then=config("c", new="2"))
    there = applied(ConfigMap("c", data={"old": "1"}))
    desired = sync(rules, there)
    assert desired.child(ConfigMap, "c").data == {"old": "1"}
    assert reasons(desired) == {"c": "Secret t is not there"}
    desired = sync(rules, there, related=[Secret("t")])
    assert desired.child(ConfigMap, "c").data == {"new": "2"}
    assert reasons(desired) == {}


def test_require_in_another_namespace() -> None:
    """The namespace is the parent's unless it is said, as a text or by a function."""
    elsewhere = Secret("t", namespace="else")
    told: list[Any] = ["else", lambda _observed: "else"]
    for namespace in told:
        rules = require(Secret, "t", namespace=namespace, then=config("c"))
        assert names(sync(rules, related=[elsewhere])) == ["ConfigMap/c"]
    assert names(sync(require(Secret, "t", then=config("c")), related=[elsewhere])) == []


def test_require_names_the_rule_of_a_broken_function() -> None:
    """An error in the function that tells the name says for which rule."""
    rules = require(Secret, lambda _observed: str(1 // 0), then=config("c"))
    with pytest.raises(RuleError, match=r"^rule required name of c: raised ZeroDivisionError$"):
        sync(rules)
    broken: Any = lambda _observed: 1 // 0  # noqa: E731
    rules = when(broken, config("c"))
    with pytest.raises(RuleError, match=r"^rule condition of c: raised ZeroDivisionError$"):
        sync(rules)


# -- teardown


def test_outside_of_a_teardown_all_goes_at_once() -> None:
    """While finalizing nothing is desired, no rule is asked, and the parent waits for the end."""

    @rule
    def broken(_observed: Observed[Thing]) -> ConfigMap:
        raise AssertionError

    desired = sync(broken, applied(ConfigMap("c")), finalizing=True)
    assert names(desired) == []
    assert not desired.finalized
    assert sync(broken, finalizing=True).finalized


def test_a_living_teardown_is_its_rule() -> None:
    """While the parent lives, teardown changes nothing."""
    assert names(sync(teardown(all_of(config("a"), config("b"))))) == ["ConfigMap/a", "ConfigMap/b"]


def test_teardown_goes_backwards() -> None:
    """The last part goes first; the others stay as last applied until it is gone."""
    rules = teardown(in_order(config("a", new="2"), config("b", new="2"), config("c", new="2")))
    world = [applied(ConfigMap(name, data={"old": "1"})) for name in "abc"]
    desired = sync(rules, *world, finalizing=True)
    assert names(desired) == ["ConfigMap/a", "ConfigMap/b"]
    assert desired.child(ConfigMap, "a").data == {"old": "1"}
    assert not desired.finalized
    assert names(sync(rules, *world[:2], finalizing=True)) == ["ConfigMap/a"]
    assert names(sync(rules, world[0], finalizing=True)) == []
    assert sync(rules, finalizing=True).finalized


def test_teardown_of_rules_side_by_side() -> None:
    """Parts without an order go together, and all of them before what stands before."""
    rules = teardown(in_order(config("a"), all_of(config("b"), config("c"))))
    world = [applied(ConfigMap(name)) for name in "abc"]
    assert names(sync(rules, *world, finalizing=True)) == ["ConfigMap/a"]
    assert names(sync(rules, *world[:2], finalizing=True)) == ["ConfigMap/a"]
    assert names(sync(rules, world[0], world[2], finalizing=True)) == ["ConfigMap/a"]


def test_teardown_knows_items_and_switches() -> None:
    """Children of for_each are known by asking; a rule that is switched off has none."""

    def one(_observed: Observed[Thing], name: str) -> ConfigMap:
        return ConfigMap(name)

    items = for_each(lambda observed: observed.parent.spec.names, one, key=str)
    off = when(lambda _observed: False, config("z"))
    rules = teardown(in_order(config("first"), off, items))
    world = [applied(ConfigMap(name)) for name in ("first", "x", "y")]
    parent = thing(names=["x", "y"])
    assert names(sync(rules, *world, parent=parent, finalizing=True)) == ["ConfigMap/first"]
    rules = teardown(in_order(items, config("first")))
    assert names(sync(rules, *world, parent=parent, finalizing=True)) == [
        "ConfigMap/x",
        "ConfigMap/y",
    ]


def test_clean_ups_run_only_while_finalizing() -> None:
    """A clean-up is not asked while the parent lives, and holds it until its children are ready."""
    backup = rule(name="backup", finalizing=True, owns=[Job])(lambda _o: Job("backup", spec={}))
    rules = all_of(config("c"), backup)
    assert names(sync(rules)) == ["ConfigMap/c"]
    desired = sync(rules, finalizing=True)
    assert names(desired) == ["Job/backup"]
    assert not desired.finalized
    assert reasons(desired) == {"backup": "Job ns/backup is not there yet"}
    running = applied(Job("backup", spec={}), ready=False)
    assert not sync(rules, running, finalizing=True).finalized
    done = sync(rules, applied(Job("backup", spec={})), finalizing=True)
    assert done.finalized
    assert names(done) == ["Job/backup"]


def test_clean_ups_in_an_order_hold_up_what_stands_before() -> None:
    """The parts before a clean-up stay until it is done, and go then."""
    backup = rule(name="backup", finalizing=True, owns=[Job])(lambda _o: Job("backup", spec={}))
    rules = teardown(in_order(config("c"), backup))
    config_map = applied(ConfigMap("c"))
    assert names(sync(rules, config_map, finalizing=True)) == ["ConfigMap/c", "Job/backup"]
    running = applied(Job("backup", spec={}), ready=False)
    assert not sync(rules, running, finalizing=True).finalized
    done = applied(Job("backup", spec={}))
    desired = sync(rules, config_map, done, finalizing=True)
    assert names(desired) == ["Job/backup"]
    assert not desired.finalized
    assert sync(rules, done, finalizing=True).finalized


def test_clean_ups_wait_for_their_turn() -> None:
    """A clean-up before a part that is not gone yet is not asked."""
    backup = rule(name="backup", finalizing=True, owns=[Job])(lambda _o: Job("backup", spec={}))
    rules = teardown(in_order(backup, config("c")))
    assert names(sync(rules, applied(ConfigMap("c")), finalizing=True)) == []
    assert names(sync(rules, finalizing=True)) == ["Job/backup"]


# -- what is combined


def test_two_rules_that_disagree() -> None:
    """Both are named, with the place and the child; the order does not matter."""
    first, second = config("c", owner="one", k="1"), config("c", owner="two", k="2")
    for rules in (all_of(first, second), all_of(second, first)):
        with pytest.raises(ConflictError) as caught:
            sync(rules)
        assert str(caught.value) == (
            "one and two set /data/k of ConfigMap ns/c to different values; "
            "let one of them leave it unset"
        )


def status(name: str, **said: Any) -> Rule[Thing]:
    """Return a rule that says something of the status."""
    return rule(name=name)(lambda _observed: Contribution(**said))


def test_statuses_are_merged() -> None:
    """Each rule says its part; the generation is put in; two values are a conflict."""
    desired = sync(all_of(status("a", status={"x": 1}), status("b", status={"y": {"z": 2}})))
    assert desired.status == {"x": 1, "y": {"z": 2}, "observedGeneration": 4}
    with pytest.raises(ConflictError, match=r"a and b set /x of the status"):
        sync(all_of(status("a", status={"x": 1}), status("b", status={"x": 2})))


def test_conditions_are_merged() -> None:
    """Conditions are sorted by type; one type said twice alike is one, otherwise a conflict."""
    up, down = Condition("Up", "True", "R", "m"), Condition("Up", "False", "R", "m")
    other = Condition("Also", "True", "R", "m")
    desired = sync(all_of(status("a", conditions=[up]), status("b", conditions=[up, other])))
    assert [each["type"] for each in desired.status["conditions"]] == ["Also", "Up"]
    with pytest.raises(ConflictError, match=r"a and b set /conditions/Up of the status"):
        sync(all_of(status("a", conditions=[up]), status("b", conditions=[down])))
    with pytest.raises(RuleError, match=r"^rule a: sets conditions inside status="):
        sync(status("a", status={"conditions": []}))
    with pytest.raises(
        RuleError, match=r"^rule a: has a text of 2 characters among its conditions"
    ):
        sync(status("a", conditions=["Up"]))


def test_no_rule_speaks_of_the_status() -> None:
    """Nobody's opinion is None, which is not an empty status."""
    assert sync(config("c")).status is None


def test_while_finalizing_the_status_stays() -> None:
    """What was said before stays, what a clean-up says is put over it."""
    parent = Thing.of("t", namespace="ns", generation=4, status={"x": 1, "y": 1})
    said = rule(name="s", finalizing=True, owns=[])(
        lambda _o: Contribution(status={"y": 2}, conditions=[Condition("Gone", "False")])
    )
    desired = sync(said, parent=parent, finalizing=True)
    assert desired.status["x"] == 1
    assert desired.status["y"] == 2
    assert desired.status["conditions"][0]["type"] == "Gone"
    assert desired.status["observedGeneration"] == 4


def test_the_soonest_resync_counts() -> None:
    """Of all wishes the smallest is taken."""
    rules = all_of(status("a", resync_after=30), status("b", resync_after=2.5), config("c"))
    assert sync(rules).resync_after == 2.5
    assert sync(config("c")).resync_after is None
    for bad in (0, -1, float("inf"), float("nan"), True, "5"):
        with pytest.raises(RuleError, match=r"^rule a: resync_after= takes"):
            sync(status("a", resync_after=bad))


def test_labels_of_a_decorated_object() -> None:
    """Labels and annotations of several rules are put together; None takes one away."""
    rules = all_of(
        status("a", labels={"x": "1"}, annotations={"n": None}),
        status("b", labels={"x": "1", "y": None}),
    )
    desired = sync(rules)
    assert desired.labels == {"x": "1", "y": None}
    assert desired.annotations == {"n": None}
    with pytest.raises(ConflictError, match=r"a and b set /metadata/labels/x"):
        sync(all_of(status("a", labels={"x": "1"}), status("b", labels={"x": "2"})))
    with pytest.raises(RuleError, match=r"^rule a: labels= takes texts, or None"):
        sync(status("a", labels={"x": 1}))


def test_retry_later_passes() -> None:
    """A rule that wants to be asked later is not an error of a rule."""

    @rule
    def later(_observed: Observed[Thing]) -> ConfigMap:
        raise RetryLater(7)

    with pytest.raises(RetryLater) as caught:
        sync(later)
    assert caught.value.seconds == 7


def test_a_rule_is_asked_once() -> None:
    """However many wait for it, a rule is asked once a sync."""
    asked = []

    @rule
    def counted(_observed: Observed[Thing]) -> ConfigMap:
        asked.append(1)
        return ConfigMap("c")

    late = [
        rule(name=f"late-{number}", needs=[counted], owns=[ConfigMap])(lambda _o: None)
        for number in range(3)
    ]
    sync(all_of(counted, *late))
    assert len(asked) == 1


def test_several_forms_of_results() -> None:
    """A rule returns nothing, one, several, one by one, or a contribution with some."""

    def made(_observed: Observed[Thing]) -> Any:
        yield ConfigMap("a")
        yield Contribution(children=[ConfigMap("b")], status={"x": 1})
        yield [ConfigMap("c"), ConfigMap("d")]

    desired = sync(rule(name="r", owns=[ConfigMap])(made))
    assert names(desired) == ["ConfigMap/a", "ConfigMap/b", "ConfigMap/c", "ConfigMap/d"]
    assert desired.status == {"x": 1, "observedGeneration": 4}
    assert names(sync(rule(name="r", owns=[])(lambda _o: None))) == []


def test_kinds_without_a_class() -> None:
    """A kind that nobody knows is named by its Gvk, and gets the parent's namespace."""
    widget = Gvk("example.com/v1", "Widget")
    document = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    rules = rule(name="w", owns=[widget])(lambda _o: document)
    desired = evaluate(rules, Observed.of(THING), declared=[Child(widget)])
    assert desired.child(widget, "w").raw["metadata"] == {"name": "w", "namespace": "ns"}
    assert document["metadata"] == {"name": "w"}
