"""Facts about a check as a whole: which parents are asked about, and what is never told."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import Field

from reconcile import (
    Child,
    Controller,
    Decorated,
    Decorator,
    Gvk,
    Model,
    ObjectError,
    Observed,
    Parent,
    Related,
    all_of,
    for_each,
    in_order,
    keep,
    once,
    require,
    rule,
    teardown,
    when,
)
from reconcile.errors import RetryLater
from reconcile.kinds.apps_v1 import StatefulSet
from reconcile.kinds.batch_v1 import Job
from reconcile.kinds.core_v1 import ConfigMap, Pod, Secret
from reconcile.manifests import check, check_together
from tests.manifests.checking.installs import FULL, SIMPLE, Other, documents
from tests.manifests.checking.wrongs import (
    IN_PLACE,
    Mall,
    Shop,
    ShopStatus,
    good,
    image,
    shop,
    undeclared,
)

CANARY = "c4n4ry"


def ids(*found: Any) -> list[str]:
    """Return the words of findings."""
    return [each.id for each in found]


def parent(**spec: Any) -> dict[str, Any]:
    """Return a Shop as users write it."""
    metadata = {"name": "corner", "namespace": "demo"}
    return {"apiVersion": "example.com/v1", "kind": "Shop", "metadata": metadata, "spec": spec}


# -- which parents ---------------------------------------------------------------------------------


@rule
def by_item(observed: Observed[Shop]) -> list[Any]:
    return [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": one}}
            for one in observed.parent.spec.items]  # fmt: skip


def test_lists_that_are_empty_are_filled_too() -> None:
    """What a rule makes of each item is seen, though the least example has no items."""
    assert ids(*check(shop(all_of(good, by_item), IN_PLACE))) == ["undeclared"]


def test_a_sample_is_asked_about_instead() -> None:
    """With a parent of the user's, no example is made; its faults are errors."""
    rules = all_of(good, by_item)
    assert check(shop(rules, IN_PLACE), parents=[parent()]) == ()
    assert ids(*check(shop(rules, IN_PLACE), parents=[parent(items=["a"])])) == ["undeclared"]

    @rule
    def fails(observed: Observed[Shop]) -> None:
        raise ValueError(observed.parent.spec.image)

    [finding] = check(shop(all_of(good, fails), IN_PLACE), parents=[parent(image=CANARY)])
    assert (finding.id, finding.severity, finding.rules) == ("rule-fails", "error", ("fails",))
    assert finding.message == "raised ValueError"


def test_a_sample_of_something_else_is_refused() -> None:
    """A sample of another kind is the caller's mistake."""
    with pytest.raises(ObjectError, match=r"the sample: /kind: must be example.com/v1 Shop"):
        check(SIMPLE, parents=[{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}])


def test_a_sample_that_the_class_does_not_take() -> None:
    """A sample that cannot be read is told with its place, without its value."""
    [finding] = check(SIMPLE, parents=[parent(replicas=CANARY)])
    assert (finding.id, finding.pointer) == ("sample-refused", "/spec/replicas")
    assert CANARY not in str(finding)


class Strict(Model):
    """What no schema says: one value must be twice the other."""

    low: Annotated[int, Field(ge=10, lt=20)]
    high: Annotated[str, Field(pattern="^high-[0-9]{3}$")]


class Odd(Parent[Strict, ShopStatus], group="example.com", version="v1"):
    """A parent whose text fits no pattern that one would guess."""


def test_where_no_example_can_be_made_it_says_so() -> None:
    """A pattern that nobody guesses asks for a sample, which then is enough."""
    odd = shop(good, IN_PLACE, parent=Odd)
    [finding] = check(odd)
    assert (finding.id, finding.severity, finding.pointer) == (
        "no-example",
        "warning",
        "/spec/high",
    )
    sample = {**parent(low=10, high="high-123"), "kind": "Odd"}
    assert check(odd, parents=[sample]) == ()


# -- related objects -------------------------------------------------------------------------------


@rule(owns=[ConfigMap])
def of_token(observed: Observed[Shop]) -> Any:
    token = observed.related_one(Secret, "token")
    assert token is not None
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": token.name}}


REQUIRING = shop(
    all_of(good, require(Secret, "token", then=of_token)),
    IN_PLACE,
    customize=lambda parent: [Related(Secret, names=["token"])],
)


def test_related_objects_are_made_up_or_taken_from_a_request() -> None:
    """A rule behind `require` is asked; in a request the related objects are those it has."""
    of_token_says = [("undeclared", ("of_token",))]
    assert [(each.id, each.rules) for each in check(REQUIRING)] == of_token_says
    request = {"parent": parent(), "related": {"Secret.v1": {}}}
    assert check(REQUIRING, parents=[request]) == ()
    metadata = {"name": "token", "namespace": "demo"}
    request["related"] = {
        "Secret.v1": {"token": {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}}
    }
    assert [(each.id, each.rules) for each in check(REQUIRING, parents=[request])] == of_token_says


def test_customize_that_fails() -> None:
    """An error of the customize function is told by its class."""

    def customize(parent: Shop) -> list[Related]:
        raise KeyError(CANARY)

    [finding] = check(shop(good, IN_PLACE, customize=customize), parents=[parent()])
    assert (finding.id, finding.message) == ("customize-fails", "raised KeyError")


# -- rules that wait, clean up, keep ---------------------------------------------------------------


@rule
def prepare(observed: Observed[Shop]) -> Job:
    container = {"name": "a", "image": "a"}
    return Job(observed.parent.name, spec={
        "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}
    })  # fmt: skip


@rule(owns=[ConfigMap])
def late(observed: Observed[Shop]) -> Any:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late"}}


@rule(finalizing=True, owns=[ConfigMap])
def clean_up(observed: Observed[Shop]) -> Any:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "clean"}}


def test_rules_that_wait_are_asked() -> None:
    """What comes after a Job is seen, as its Job is complete one sync later."""
    rules = in_order(prepare, late)
    found = check(shop(rules, IN_PLACE, Child(Job, "OnDelete")))
    assert [(each.id, each.rules) for each in found] == [("undeclared", ("late",))]


def test_clean_ups_are_asked() -> None:
    """What is made while the parent is being deleted is checked, too."""
    found = check(shop(all_of(good, clean_up), IN_PLACE))
    assert [(each.id, each.rules) for each in found] == [("undeclared", ("clean_up",))]


def test_what_each_combinator_makes_is_no_false_alarm() -> None:
    """Rules that wait, keep, repeat, tear down or ask later have no findings by themselves."""

    @rule
    def later(observed: Observed[Shop]) -> None:
        raise RetryLater(5)

    def one(observed: Observed[Shop], item: str) -> Pod:
        return Pod(item, spec={"containers": [{"name": "a", "image": "a"}]})

    pods = for_each(lambda observed: observed.parent.spec.items, one, key=str)
    rules = teardown(in_order(prepare, all_of(image, when(lambda observed: True, pods))))
    children = [IN_PLACE, Child(Job), Child(Pod, "Recreate")]
    assert check(shop(rules, *children)) == ()
    assert check(shop(all_of(good, later), IN_PLACE)) == ()
    assert check(shop(keep(image), Child(ConfigMap))) == ()


def test_one_rule_that_fails_hides_no_other() -> None:
    """Each rule that fails is told, those in a list of items as well."""

    def one(observed: Observed[Shop], item: str) -> ConfigMap:
        raise KeyError(item)

    items = for_each(lambda observed: ["a", "b"], one, key=str)
    found = check(shop(all_of(undeclared, items, late), IN_PLACE))
    assert [(each.id, each.rules) for each in found] == [
        ("undeclared", ("late",)),
        ("undeclared", ("child",)),
        ("rule-fails", ("one",)),
    ]


# -- kinds -----------------------------------------------------------------------------------------

THING = Gvk("example.org/v1", "Thing")
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Cluster",
        "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "size": {"type": "integer"}}}},
            }
        ],
    },
}  # fmt: skip


@rule(owns=[THING])
def thing(observed: Observed[Shop]) -> Any:
    metadata = {"name": observed.parent.name}
    return {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": metadata, "size": "1"}


def test_definitions_among_the_manifests_are_known() -> None:
    """A definition tells the scope and the schema of a kind of children."""
    child = Child(THING, "InPlace", plural="things")
    assert check(shop(thing, child)) == ()
    found = check(shop(thing, child), manifests=[DEFINITION])
    assert [each.id for each in found if each.where != "the manifests"] == ["cluster-scoped"]
    beside = check(shop(thing, child, parent=Mall), manifests=[DEFINITION])
    assert [(each.id, each.pointer) for each in beside if each.where != "the manifests"] == [
        ("refused", "/size")
    ]


def test_a_definition_that_the_server_refuses() -> None:
    """The definition of the parent is told if no server takes it."""
    manifests = documents(SIMPLE)
    manifests[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["type"] = "array"
    found = check(SIMPLE, manifests=manifests)
    assert [(each.id, each.where) for each in found] == [
        ("definition-refused", "CustomResourceDefinition shops.example.com")
    ]


def test_objects_of_a_decorator_have_what_it_selects() -> None:
    """An example of a built-in kind has the labels and annotations that are asked for."""

    @rule
    def attach(observed: Observed[StatefulSet]) -> ConfigMap:
        made = observed.parent.annotations["a"] + observed.parent.labels["b"]
        return ConfigMap(observed.parent.name, data={"made": made})

    selected = Decorated(
        StatefulSet,
        label_selector={"matchExpressions": [{"key": "b", "operator": "In", "values": ["c"]}]},
        annotation_selector={"matchAnnotations": {"a": "d"}},
    )
    decorator = Decorator(resources=[selected], rules=attach, attachments=[IN_PLACE])
    assert check(decorator) == ()


# -- several, order, secrets -----------------------------------------------------------------------


def test_two_controllers_of_one_parent() -> None:
    """Controllers of the same parents are told by name, unless each selects its own."""
    [finding] = check_together({"a:x": SIMPLE, "a:y": shop(image, IN_PLACE)})
    assert (finding.id, finding.where) == ("two-controllers", "a:x and a:y")
    other = Controller(Other, rules=good, children=[IN_PLACE])
    assert check_together({"a:x": SIMPLE, "a:y": other}) == ()
    mine = shop(image, IN_PLACE, label_selector={"matchLabels": {"kind": "mall"}})
    assert check_together({"a:x": FULL, "a:y": mine}) == ()
    assert ids(*check_together({"a:x": SIMPLE, "a:y": mine})) == ["two-controllers"]


def test_findings_hold_no_values_and_come_in_one_order() -> None:
    """No value of sample, related object or child is in a finding; the order is always the same."""

    @rule
    def leaks(observed: Observed[Shop]) -> Secret:
        seen = observed.parent.spec.image
        return once(Secret("s", data={"a": CANARY}, string_data={"b": seen, "not a key": seen}))

    @rule
    def breaks(observed: Observed[Shop]) -> Any:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "uid": CANARY}}

    controller = shop(all_of(leaks, breaks), Child(Secret, "InPlace"), IN_PLACE)
    found = check(controller, parents=[parent(image=CANARY, note=CANARY)])
    assert len(found) > 3
    assert CANARY not in json.dumps([each.to_json() for each in found])
    assert found == check(controller, parents=[parent(image=CANARY, note=CANARY)])
    assert [each.severity for each in found] == sorted(each.severity for each in found)


def test_every_kind_of_a_decorator_is_asked_about() -> None:
    """The second kind is no fuller example of the first: what is refused of it is told."""

    @rule
    def attach(observed: Observed[Any]) -> Any:
        name = observed.parent.name if observed.parent.gvk.kind == "Pod" else "NO NAME"
        return ConfigMap(name, data={"a": "b"})

    decorator = Decorator(resources=[Pod, StatefulSet], rules=attach, attachments=[IN_PLACE])
    [finding] = check(decorator)
    assert (finding.id, finding.pointer) == ("refused", "/metadata/name")
