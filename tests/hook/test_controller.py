"""The whole flow: a controller and its answer to one request."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from reconcile import (
    Child,
    Condition,
    Contribution,
    Controller,
    Decorator,
    Model,
    Observed,
    Parent,
    Related,
    RetryLater,
    RuleError,
    all_of,
    rule,
)
from reconcile.diff import three_way
from reconcile.kinds.apps_v1 import StatefulSet
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret
from reconcile.objects.names import LAST_APPLIED

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Spec(Model):
    """A spec."""

    count: int = 1


class Status(Model):
    """A status."""

    told: int | None = None


class Thing(Parent[Spec, Status], group="example.com", version="v1"):
    """A parent."""


class Wide(Parent[Spec, Status], group="example.com", version="v1", scope="Cluster"):
    """A parent without a namespace."""


@rule
def config(observed: Observed[Thing]) -> ConfigMap:
    """Make a ConfigMap."""
    return ConfigMap("c", data={"count": str(observed.parent.spec.count)})


CONTROLLER = Controller(Thing, rules=config, children=[Child(ConfigMap, "InPlace"), Child(Secret)])


def request(**changes: Any) -> dict[str, Any]:
    """Return a composite's request."""
    whole = {
        "controller": {
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "kind": "CompositeController",
            "metadata": {"name": "c"},
            "spec": {"hooks": {}},
        },
        "parent": {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "metadata": {"name": "t", "namespace": "ns", "generation": 3},
            "spec": {},
        },
        "children": {"ConfigMap.v1": {}, "Secret.v1": {}},
        "related": {},
        "finalizing": False,
    }
    return {**whole, **changes}


def answer(controller: Any, body: dict[str, Any], hook: Any = "sync", **given: Any) -> Any:
    """Return the decoded answer."""
    reply = controller.respond(json.dumps(body).encode(), hook=hook, now=NOW, **given)
    assert reply.status == 200, reply
    assert reply.headers["Content-Type"] == "application/json"
    return json.loads(reply.body)


ACCEPTED = {
    "type": "Accepted",
    "status": "True",
    "reason": "Valid",
    "message": "the spec is valid",
    "lastTransitionTime": "2026-01-02T03:04:05Z",
    "observedGeneration": 3,
}


def test_an_answer() -> None:
    """The children, and a status with the generation and that the spec was accepted."""
    assert answer(CONTROLLER, request()) == {
        "status": {"conditions": [ACCEPTED], "observedGeneration": 3},
        "children": [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "c", "namespace": "ns"},
                "data": {"count": "1"},
            }
        ],
    }


def test_accepted_keeps_its_time() -> None:
    """A condition that does not change keeps the time at which it did."""
    body = request()
    told = {**ACCEPTED, "lastTransitionTime": "2025-01-01T00:00:00Z", "observedGeneration": 2}
    body["parent"]["status"] = {"conditions": [told]}
    (condition,) = answer(CONTROLLER, body)["status"]["conditions"]
    assert condition["lastTransitionTime"] == "2025-01-01T00:00:00Z"
    assert condition["observedGeneration"] == 3


def test_a_rule_may_say_accepted_itself() -> None:
    """What a rule says of that condition goes before what we would."""
    own = rule(name="own", owns=[])(
        lambda _o: Contribution(conditions=[Condition("Accepted", "False", "Own", "m")])
    )
    controller = Controller(Thing, rules=own, children=[])
    (condition,) = answer(controller, request())["status"]["conditions"]
    assert condition["reason"] == "Own"


def test_etag() -> None:
    """An answer has a tag; who holds it already gets 304 and no body."""
    body = json.dumps(request()).encode()
    first = CONTROLLER.respond(body, now=NOW)
    etag = first.headers["ETag"]
    assert len(etag) == 34
    for held in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = CONTROLLER.respond(body, now=NOW, headers={"if-none-match": held, "a": "b"})
        assert (again.status, again.body, again.headers) == (304, b"", {"ETag": etag})
    for other in ('"x"', ""):
        assert CONTROLLER.respond(body, now=NOW, headers={"If-None-Match": other}).status == 200
    changed = request()
    changed["parent"]["spec"]["count"] = 2
    other = CONTROLLER.respond(
        json.dumps(changed).encode(), now=NOW, headers={"If-None-Match": etag}
    )
    assert other.status == 200


@pytest.mark.parametrize(("seconds", "told"), [(7, "7"), (0.2, "1"), (1.5, "2"), (0, "1")])
def test_retry_later(seconds: float, told: str) -> None:
    """A rule that asks for another call later gets 429 with whole seconds."""

    def later(_observed: Any) -> Any:
        raise RetryLater(seconds)

    controller = Controller(Thing, rules=rule(later), children=[])
    reply = controller.respond(json.dumps(request()).encode())
    assert reply.status == 429
    assert reply.headers == {"Content-Type": "application/json", "Retry-After": told}
    assert reply.body == b'{"error":"retry-later"}'
    assert reply.failure is None


def test_resync_and_finalized() -> None:
    """Both are on the wire where they mean something."""
    again = rule(name="again", owns=[])(lambda _o: Contribution(resync_after=5.0))
    half = rule(name="half", owns=[])(lambda _o: Contribution(resync_after=7.5))
    assert answer(Controller(Thing, rules=again, children=[]), request())["resyncAfterSeconds"] == 5
    text = Controller(Thing, rules=again, children=[]).respond(json.dumps(request()).encode()).body
    assert b'"resyncAfterSeconds":5}' in text
    controller = Controller(Thing, rules=half, children=[])
    assert answer(controller, request())["resyncAfterSeconds"] == 7.5
    assert "finalized" not in answer(CONTROLLER, request())
    done = answer(CONTROLLER, request(finalizing=True), "finalize")
    assert done["children"] == []
    assert done["finalized"] is True


def test_a_status_while_finalizing_is_the_old_one() -> None:
    """Rules that are not asked cannot wipe what they said."""
    body = request(finalizing=True)
    body["parent"]["status"] = {"told": 5}
    assert answer(CONTROLLER, body, "finalize")["status"]["told"] == 5


def observed_config(**metadata: Any) -> dict[str, Any]:
    """Return an observed ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "ns", "uid": "u", "labels": {"a": "b"}, **metadata},
        "data": {"k": "live", "foreign": "x"},
    }


def rejected(child: dict[str, Any], **parent: Any) -> Any:
    """Return the answer about a parent whose spec is not valid."""
    body = request()
    body["parent"]["spec"] = {"count": "canary"}
    body["parent"].update(parent)
    body["children"]["ConfigMap.v1"] = {"c": child}
    return answer(CONTROLLER, body)


def test_a_bad_spec_keeps_children_under_dynamic_apply() -> None:
    """They are as the annotation says, and the three-way merge of that writes nothing."""
    named = {"name": "c", "namespace": "ns"}
    last = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": {"k": "1"}}
    child = observed_config(annotations={LAST_APPLIED: json.dumps(last)})
    child["data"]["k"] = "1"
    told = rejected(child)
    assert told["children"] == [last]
    assert three_way(last, child, told["children"][0]) == child


def test_a_bad_spec_keeps_children_under_server_side_apply() -> None:
    """They are what the managed fields give to Metacontroller, and nothing else."""
    managed = [
        {
            "manager": "metacontroller",
            "operation": "Apply",
            "fieldsV1": {"f:data": {"f:k": {}}, "f:metadata": {"f:labels": {"f:a": {}}}},
        },
        {"manager": "user", "operation": "Update", "fieldsV1": {"f:data": {"f:foreign": {}}}},
    ]
    (kept,) = rejected(observed_config(managedFields=managed))["children"]
    assert kept["data"] == {"k": "live"}
    assert kept["metadata"] == {"name": "c", "namespace": "ns", "labels": {"a": "b"}}


def test_a_bad_spec_keeps_children_that_nobody_applied() -> None:
    """With neither, only what the object is called and its labels are sent."""
    (kept,) = rejected(observed_config())["children"]
    assert kept == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "ns", "labels": {"a": "b"}},
    }


def test_a_bad_spec_is_told() -> None:
    """The condition names the place and no value; what the status said before stays."""
    status = {"told": 5, "conditions": [{"type": "Ready", "status": "True"}]}
    told = rejected(observed_config(), status=status)["status"]
    assert told["told"] == 5
    assert told["observedGeneration"] == 3
    ready, accepted = sorted(told["conditions"], key=lambda each: each["type"], reverse=True)
    assert ready == {"type": "Ready", "status": "True"}
    assert accepted["status"] == "False"
    assert accepted["reason"] == "Invalid"
    assert accepted["message"].startswith("the spec is not valid: /spec/count: ")
    assert "canary" not in accepted["message"]
    assert accepted["lastTransitionTime"] == "2026-01-02T03:04:05Z"
    first = rejected(observed_config(), metadata={"name": "t", "namespace": "ns"}, status=None)
    assert "observedGeneration" not in first["status"]


# -- customize


def asks(parent: Thing) -> list[Related]:
    """Ask for what the spec says."""
    return [Related(Secret, names=[str(parent.spec.count)], namespace="x")]


def customized(controller: Any, **parent: Any) -> Any:
    """Return the answer to a customize request."""
    body = {name: part for name, part in request().items() if name in {"controller", "parent"}}
    body["parent"].update(parent)
    return answer(controller, body, "customize")


def test_customize() -> None:
    """The function of the parent says what it wants to see."""
    controller = Controller(Thing, rules=config, children=[Child(ConfigMap)], customize=asks)
    assert customized(controller) == {
        "relatedResources": [
            {"apiVersion": "v1", "resource": "secrets", "namespace": "x", "names": ["1"]}
        ]
    }
    assert customized(CONTROLLER) == {"relatedResources": []}


def test_customize_of_a_bad_spec() -> None:
    """It asks for nothing; the sync hook, called next, says what is wrong."""
    controller = Controller(Thing, rules=config, children=[Child(ConfigMap)], customize=asks)
    assert customized(controller, spec={"count": "x"}) == {"relatedResources": []}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda _parent: ["secrets"],
            "rule customize: customize: customize returned a str, Related",
        ),
        (lambda _parent: 1 // 0, "rule customize: raised ZeroDivisionError"),
    ],
)
def test_a_broken_customize(function: Any, message: str) -> None:
    """It is told as a rule of that name."""
    controller = Controller(Thing, rules=config, children=[Child(ConfigMap)], customize=function)
    body = {name: part for name, part in request().items() if name in {"controller", "parent"}}
    reply = controller.respond(json.dumps(body).encode(), hook="customize")
    assert reply.status == 500
    assert str(reply.failure.error).startswith(message)


# -- decorators


def decorated(**changes: Any) -> dict[str, Any]:
    """Return a decorator's request."""
    whole = request()
    whole["controller"]["kind"] = "DecoratorController"
    return {
        "controller": whole["controller"],
        "object": {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "s", "namespace": "ns"},
            "spec": {"replicas": 2},
        },
        "attachments": {"ConfigMap.v1": {}},
        "related": {},
        "finalizing": False,
        **changes,
    }


@rule
def attach(observed: Observed[StatefulSet]) -> Contribution:
    """Attach a ConfigMap and a label."""
    replicas = observed.parent.spec.replicas
    attached = ConfigMap("c", data={"replicas": str(replicas)})
    return Contribution(children=[attached], labels={"x": "1", "y": None}, annotations={"n": "1"})


DECORATOR = Decorator(resources=[StatefulSet], rules=attach, attachments=[Child(ConfigMap)])


def test_a_decorator() -> None:
    """Attachments, labels and annotations; no status, because no rule says any."""
    assert answer(DECORATOR, decorated()) == {
        "labels": {"x": "1", "y": None},
        "annotations": {"n": "1"},
        "attachments": [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "c", "namespace": "ns"},
                "data": {"replicas": "2"},
            }
        ],
    }


def test_a_decorator_with_a_status() -> None:
    """A status that a rule says is sent."""
    said = rule(name="said", owns=[])(lambda _o: Contribution(status={"x": 1}))
    decorator = Decorator(resources=[StatefulSet], rules=said, attachments=[])
    assert answer(decorator, decorated()) == {"attachments": [], "status": {"x": 1}}
    done = answer(decorator, decorated(finalizing=True), "finalize")
    assert done == {"attachments": [], "finalized": True}


def test_a_decorator_of_another_kind() -> None:
    """An object of a kind it does not decorate is the sender's mistake."""
    other = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    reply = DECORATOR.respond(json.dumps(decorated(object=other)).encode())
    assert reply.status == 400
    assert str(reply.failure.error) == (
        "/object/kind: is none of apps/v1 StatefulSet, which this webhook serves"
    )


def test_a_decorator_customizes_with_the_parent() -> None:
    """The customize hook calls the object parent, for decorators too."""
    decorator = Decorator(
        resources=[StatefulSet],
        rules=attach,
        attachments=[Child(ConfigMap)],
        customize=lambda parent: [Related(Pod, labels={"matchLabels": {"s": parent.name}})],
    )
    body = decorated()
    told = answer(
        decorator, {"controller": body["controller"], "parent": body["object"]}, "customize"
    )
    assert told["relatedResources"][0]["labelSelector"] == {"matchLabels": {"s": "s"}}


# -- by objects


def test_sync_and_plan() -> None:
    """A unit test gets the desired state, and the plan of it."""
    thing = Thing.of("t", namespace="ns", spec={"count": 4})
    desired = CONTROLLER.sync(Observed.of(thing))
    assert desired.child(ConfigMap, "c").data == {"count": "4"}
    assert str(CONTROLLER.plan(Observed.of(thing))) == (
        "  + ConfigMap ns/c will be created: POST  (config)\n"
        '      + /data/count: "4"  (config)\n'
        "Plan: 1 to create, 0 to update, 0 to recreate, 0 to delete."
    )
    assert CONTROLLER.plan_request(json.dumps(request()).encode()).steps[0].action == "create"


def test_a_cluster_scoped_parent() -> None:
    """Its namespaced children say where they are."""
    placed = rule(name="placed", owns=[ConfigMap])(lambda _o: ConfigMap("c", namespace="x"))
    unplaced = rule(name="unplaced", owns=[ConfigMap])(lambda _o: ConfigMap("c"))
    wide = Observed.of(Wide.of("w"))
    controller = Controller(Wide, rules=placed, children=[Child(ConfigMap)])
    assert controller.sync(wide).child(ConfigMap, "c", namespace="x") is not None
    controller = Controller(Wide, rules=unplaced, children=[Child(ConfigMap)])
    with pytest.raises(RuleError, match="is absent, but the parent is cluster-scoped"):
        controller.sync(wide)
    made = rule(name="made", owns=[Namespace])(lambda _o: Namespace("n"))
    controller = Controller(Wide, rules=made, children=[Child(Namespace)])
    assert controller.sync(wide).child(Namespace, "n").raw["metadata"] == {"name": "n"}
    odd = rule(name="odd", owns=[Namespace])(lambda _o: Namespace("n", namespace="x"))
    controller = Controller(Wide, rules=odd, children=[Child(Namespace)])
    with pytest.raises(RuleError, match="is set, but the kind is cluster-scoped, leave it out"):
        controller.sync(wide)


def test_a_parent_as_a_typed_view() -> None:
    """A composite's parent may be a typed kind as well."""
    looked = rule(name="looked", owns=[ConfigMap])(
        lambda observed: ConfigMap("c", data={"r": str(observed.parent.spec.replicas)})
    )
    controller = Controller(StatefulSet, rules=all_of(looked), children=[Child(ConfigMap)])
    body = request(parent=decorated()["object"])
    assert answer(controller, body)["children"][0]["data"] == {"r": "2"}


def test_a_body_that_is_too_large() -> None:
    """The limit is the controller's, and it is told before anything is read."""
    controller = Controller(Thing, rules=config, children=[Child(ConfigMap)], max_body=10)
    reply = controller.respond(b"x" * 11)
    assert (reply.status, json.loads(reply.body)["error"]) == (413, "limit")
    assert str(reply.failure.error) == "more than 10 bytes in a request"
