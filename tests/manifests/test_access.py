"""Facts about the roles of Metacontroller: all that it does is allowed, and nothing that it does not."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from reconcile import (
    Child,
    Contribution,
    Controller,
    Decorated,
    Decorator,
    DefinitionError,
    Gvk,
    Model,
    Observed,
    Parent,
    Related,
    all_of,
    rule,
    teardown,
)
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Namespace, Pod, Secret, Service
from reconcile.kinds.rbac_v1 import ClusterRole, RoleBinding
from reconcile.manifests import ServiceAccount, controller_object, rbac
from reconcile.manifests.access import unheld
from reconcile.simulate import Cluster
from reconcile.simulate.api_server import ApiServer
from tests.manifests.roles import Asked, allowed, asked, listened, watched
from tests.suites import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "metacontroller.k8s.io"

UNDECLARED = {
    "hooks_child_undeclared_kind": "its hook returns children of a kind that is not declared",
    "ssa_bad_children": "as above",
    "decorator_no_attachments": "as above, attachments",
}
"""Recorded hooks that do what controllers of this library cannot: such an answer is refused."""

UNSEEN = {
    ("composite", "parent", "finalizers", "update"): "asked only by an admission plugin",
    ("decorator", "parent", "finalizers", "update"): "asked only by an admission plugin",
}
"""Granted writes that no recorded request shows, and why they are granted."""


class Recorded(NamedTuple):
    """One run of the real Metacontroller."""

    name: str
    documents: list[dict[str, Any]]
    """Every version of every controller object that it had."""
    related: list[Related]
    server_side: bool
    writes: set[Asked]
    events: set[str]


@cache
def _runs() -> list[Recorded]:
    folder = shared("recordings", "metacontroller")
    return [
        _run(file.parent.name, json.loads(file.read_text(encoding="utf-8")))
        for file in sorted(folder.glob("*/recording.json"))
    ]


def _run(name: str, recording: dict[str, Any]) -> Recorded:
    documents: dict[str, dict[str, Any]] = {}
    related: dict[tuple[str, str], Related] = {}
    writes: set[Asked] = set()
    events: set[str] = set()
    flags = list(recording["flags"])
    for step in recording["steps"]:
        flags += [str(each) for each in step.get("flags") or []]
        for each in [*step["world"], step.get("object")]:
            kind = each.get("kind") if isinstance(each, dict) else None
            if kind in {"CompositeController", "DecoratorController"}:
                documents[json.dumps(each.get("spec"), sort_keys=True)] = each
        for entry in step["timeline"]:
            if entry.get("who") == "metacontroller":
                writes.add(asked(entry["verb"], entry["uri"]))
            elif "event" in entry:
                events.add(entry["event"]["verb"])
            elif entry.get("hook") == "customize" and isinstance(entry.get("response"), dict):
                for found in entry["response"].get("relatedResources") or []:
                    if isinstance(found, dict):
                        at = found["apiVersion"], found["resource"]
                        related[at] = Related(Gvk(at[0], "Any"), plural=at[1])
    server_side = any("server-side" in flag for flag in flags)
    return Recorded(
        name, list(documents.values()), list(related.values()), server_side, writes, events
    )


def _usable(run: Recorded) -> Iterator[dict[str, Any]]:
    for document in run.documents:
        spec = document.get("spec") or {}
        if spec.get("parentResource") or spec.get("resources"):
            yield document


def _granted(run: Recorded) -> set[Asked]:
    ways: list[Any] = ["dynamic", "server-side"] if run.server_side else ["dynamic"]
    return {
        each
        for document in _usable(run)
        for way in ways
        for each in allowed(rbac(document, apply=way, related=run.related))
    }


def test_every_recorded_write_is_allowed() -> None:
    """The role of a recorded controller object allows all that the real Metacontroller wrote."""
    refused = {}
    counted = 0
    for run in _runs():
        counted += len(run.writes)
        if left := run.writes - _granted(run):
            refused[run.name] = left
    assert counted > 700
    assert sorted(refused) == sorted(UNDECLARED)
    declared = {Asked("demo.example.com", "widgets", "create"), Asked("", "configmaps", "create")}
    assert set().union(*refused.values()) <= {*declared, Asked("", "secrets", "patch")}


def test_every_write_that_is_allowed_was_recorded() -> None:
    """No role has a verb that writes which the real one never used for such a resource."""
    granted: dict[tuple[str, str, str, str], bool] = defaultdict(bool)
    for run in _runs():
        for document in _usable(run):
            way: Any = "server-side" if run.server_side else "dynamic"
            for each in allowed(rbac(document, apply=way, related=run.related)):
                if each.verb in {"create", "update", "patch", "delete"}:
                    granted[_purpose(document, each)] |= each in run.writes
                    if each.resource == "events":
                        granted[_purpose(document, each)] |= each.verb in run.events
    unused = {purpose for purpose, used in granted.items() if not used}
    assert unused == set(UNSEEN)
    assert len(granted) == 20


def _purpose(document: dict[str, Any], each: Asked) -> tuple[str, str, str, str]:
    """Return for what a controller may do something: kind, what, subresource, verb."""
    spec = document["spec"]
    composite = document["kind"] == "CompositeController"
    kind = "composite" if composite else "decorator"
    resource, _, sub = each.resource.partition("/")
    at = each.group, resource
    children = {
        _at(child): (child.get("updateStrategy") or {}).get("method", "OnDelete")
        for child in spec.get("childResources") or spec.get("attachments") or []
    }
    parents = [spec["parentResource"]] if composite else spec["resources"]
    if at == ("", "events") or at[0] == OWN:
        return "any", resource, sub, each.verb
    if at in children and at not in [_at(parent) for parent in parents]:
        # Composites adopt and release in any strategy; decorators update by strategy.
        updated = not composite and each.verb == "update"
        return kind, f"child {children[at]}" if updated else "child", sub, each.verb
    return kind, "parent", sub, each.verb


def _at(told: dict[str, Any]) -> tuple[str, str]:
    return Gvk(told["apiVersion"], "").group, told["resource"]


# -- controllers of this library, in the simulated cluster -----------------------------------------


class ThingSpec(Model):
    """A size, and the labels of the children."""

    size: int = 1
    selector: dict[str, Any] | None = None


class Thing(Parent[ThingSpec, dict[str, Any]], group="demo.example.com", version="v1"):
    """A thing."""


LABELS = {"app": "t"}


@rule
def things(observed: Observed[Thing]) -> Contribution:
    """A ConfigMap for each unit of size, and how many there are."""
    size = observed.parent.spec.size
    maps = [
        ConfigMap(f"{observed.parent.name}-{number}", labels=LABELS, data={"size": str(size)})
        for number in range(size)
    ]
    return Contribution(children=maps, status={"made": len(observed.children(ConfigMap))})


@rule
def parting(observed: Observed[Thing]) -> None:
    """Nothing to do, but somebody asks."""


@rule
def marks(observed: Observed[Pod]) -> Contribution:
    """A ConfigMap for each Pod, and a label on it."""
    data = {"image": observed.parent.spec.containers[0].image}
    made = ConfigMap(observed.parent.name, data=data)
    return Contribution(children=[made], labels={"marked": "yes"})


def _composite(method: Any, *, finalize: bool = False) -> Controller[Thing]:
    rules = all_of(things, teardown(parting)) if finalize else things
    return Controller(Thing, rules=rules, children=[Child(ConfigMap, method)])


def _decorator(method: Any, *, selects: bool) -> Decorator[Pod]:
    resource = Decorated(Pod, label_selector={"matchLabels": LABELS}) if selects else Pod
    return Decorator(resources=[resource], rules=marks, attachments=[Child(ConfigMap, method)])


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> set[Asked]:
    """Return what Metacontroller has asked of any simulated API server, as it goes on."""
    return listened(monkeypatch)


def _live(cluster: Cluster) -> None:
    """Let a thing live: made, changed, an orphan taken, a child let go, shrunk, gone."""
    spec: Any = {"size": 2, "selector": {"matchLabels": LABELS}}
    cluster.create(Thing.of("t", spec=spec))
    cluster.settle(failures=True)  # a revision is let go at once
    cluster.create(ConfigMap("t-2", labels=LABELS, data={"size": "3"}))
    cluster.settle(failures=True)
    cluster.patch(Thing, "t", {"spec": {"size": 3}})
    cluster.settle(failures=True)
    for each in cluster.list(ConfigMap, namespace="default")[-1:]:
        cluster.patch(ConfigMap, each.name, {"metadata": {"labels": None}})
    cluster.settle(failures=True)
    cluster.patch(Thing, "t", {"spec": {"size": 1}})
    cluster.settle(failures=True)
    cluster.delete(Thing, "t")
    cluster.settle(failures=True)


def _pod_lives(cluster: Cluster) -> None:
    pod = {"containers": [{"name": "c", "image": "a"}]}
    cluster.create(Pod("p", labels=LABELS, spec=pod))
    cluster.settle()
    cluster.patch(Pod, "p", {"spec": {"containers": [{"name": "c", "image": "b"}]}})
    cluster.settle()
    cluster.patch(Pod, "p", {"metadata": {"labels": {"app": None}}})
    cluster.settle()


METHODS = ["OnDelete", "Recreate", "InPlace", "RollingInPlace", "RollingRecreate"]


@pytest.mark.slow
@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
@pytest.mark.parametrize("method", METHODS)
def test_a_composite_may_do_what_it_does(method: Any, apply: Any, requests: set[Asked]) -> None:
    """Roles allow every request of a life, reads included; no verb that reads is there for nothing."""
    for finalize in (False, True):
        controller = _composite(method, finalize=finalize)
        requests.clear()
        cluster = Cluster(controller, apply=apply)
        _live(cluster)
        granted = allowed(rbac(controller, name="thing", apply=apply))
        done = requests | watched(cluster)
        assert done - granted == set()
        assert {each for each in granted - done if each.verb in {"get", "list", "watch"}} == {
            # Read from an informer of the process itself, which the simulator does not have.
            Asked("apiextensions.k8s.io", "customresourcedefinitions", "get"),
            Asked("apiextensions.k8s.io", "customresourcedefinitions", "list"),
            Asked("apiextensions.k8s.io", "customresourcedefinitions", "watch"),
        }


@pytest.mark.slow
@pytest.mark.parametrize("apply", ["dynamic", "server-side"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("selects", [False, True])
def test_a_decorator_may_do_what_it_does(
    selects: bool, method: Any, apply: Any, requests: set[Asked]
) -> None:
    """The same for a decorator, with a finalize hook and without."""
    controller = _decorator(method, selects=selects)
    cluster = Cluster(controller, apply=apply)
    _pod_lives(cluster)
    granted = allowed(rbac(controller, name="marks", apply=apply))
    done = requests | watched(cluster)
    assert done - granted == set()
    left = {each for each in granted - done if each.group != "apiextensions.k8s.io"}
    assert {(each.resource, each.verb) for each in left} <= {
        ("pods/status", "update"),  # a rule may give a status
        ("pods/finalizers", "update"),  # an admission plugin may ask
        ("configmaps", "create"),  # the server asks for it where an apply makes an object
        ("configmaps", "delete"),  # a rule may cease to want one
        ("events", "patch"),  # where one repeats
    }


def test_related(requests: set[Asked]) -> None:
    """Kinds that are asked for by the customize hook are listed and watched."""

    def customize(parent: Thing) -> list[Related]:
        return [Related(Secret, names=["s"])]

    controller = Controller(
        Thing, rules=things, children=[Child(ConfigMap, "InPlace")], customize=customize
    )
    cluster = Cluster(controller)
    _live(cluster)
    granted = allowed(rbac(controller, name="thing", related=[Secret]))
    assert (requests | watched(cluster)) - granted == set()
    assert {each.verb for each in granted if each.resource == "secrets"} == {"list", "watch"}
    with pytest.raises(DefinitionError, match="say related="):
        rbac(controller, name="thing")
    nothing = allowed(rbac(controller, name="thing", related=[]))
    assert not [each for each in nothing if each.resource == "secrets"]


def test_related_by_namespace() -> None:
    """Namespaces are looked at where a selector of them is given; own kinds say their plural."""
    controller = controller_object(_composite("InPlace"), name="t", url="http://t")
    by_selector = [Related(Secret, namespace_selector={"matchLabels": LABELS})]
    rules = allowed(rbac(controller, related=by_selector))
    assert Asked("", "namespaces", "watch") in rules
    own = Gvk("own.example.com/v1", "Part")
    rules = allowed(rbac(controller, related=[Namespace, Related(own, plural="parts")]))
    assert Asked("own.example.com", "parts", "list") in rules
    assert Asked("", "namespaces", "list") in rules


def test_status_of_what_is_decorated() -> None:
    """A kind without a status has none to write."""

    @rule
    def nothing(observed: Observed[ConfigMap]) -> None:
        pass

    maps = Decorator(resources=[ConfigMap], rules=nothing, attachments=[Child(Service)])
    resources = {each.resource for each in allowed(rbac(maps, name="maps"))}
    assert "configmaps/status" not in resources
    pods = {each.resource for each in allowed(rbac(_decorator("InPlace", selects=False), name="p"))}
    assert "pods/status" in pods


def test_what_is_bound() -> None:
    """The roles are bound to the account that was named; rules of a kind are one rule."""
    controller = Controller(
        Thing, rules=things, children=[Child(ConfigMap, "InPlace"), Child(Secret, "InPlace")]
    )
    role, binding = made = rbac(controller, name="thing", account=ServiceAccount("mc", "ops"))
    assert [each["kind"] for each in made] == ["ClusterRole", "ClusterRoleBinding"]
    name: Any = role["metadata"]
    assert name["name"] == "metacontroller-thing"
    assert binding["metadata"] == name
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "metacontroller-thing",
    }
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "mc", "namespace": "ops"}]
    rules: Any = role["rules"]
    assert {
        "apiGroups": [""],
        "resources": ["configmaps", "secrets"],
        "verbs": ["get", "list", "watch", "create", "update", "delete"],
    } in rules
    server = ApiServer()
    for each in made:
        kind = str(each["kind"]).lower() + "s"
        path = f"/apis/rbac.authorization.k8s.io/v1/{kind}?fieldValidation=Strict"
        assert server.request("POST", path, body=each).status == 201


def test_secrets_by_name() -> None:
    """What hooks refer to is allowed by name, where it is."""
    controller = controller_object(_composite("InPlace"), name="t", url="http://t")
    hooks: Any = controller["spec"]
    hooks = hooks["hooks"]
    reference = {"name": "token", "namespace": "ops", "key": "token"}
    hooks["sync"]["webhook"]["authorization"] = {"secretRef": reference}
    hooks["sync"]["webhook"]["caBundle"] = {"configMapRef": {**reference, "name": "ca"}}
    hooks["finalize"] = {"webhook": {"basicAuth": {"secretRef": {**reference, "name": "users"}}}}
    roles = rbac(controller)
    assert [each["kind"] for each in roles[2:]] == ["Role", "RoleBinding"]
    assert roles[2]["metadata"]["namespace"] == "ops"  # type: ignore[index,call-overload]
    assert roles[2]["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["ca"], "verbs": ["get"]},
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": ["token", "users"],
            "verbs": ["get"],
        },
    ]


def test_children_that_grant() -> None:
    """Children that are roles are told: nobody may grant what he does not hold."""

    class Club(Parent[Model, Model], group="demo.example.com", version="v1", scope="Cluster"):
        """A club."""

    @rule
    def nothing(observed: Observed[Club]) -> None:
        pass

    controller = Controller(
        Club, rules=nothing, children=[Child(ClusterRole), Child(RoleBinding), Child(Deployment)]
    )
    assert unheld(controller) == [
        "clusterroles.rbac.authorization.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
    ]


def test_name() -> None:
    """A controller has no name of its own, a controller object has."""
    with pytest.raises(DefinitionError, match="name= is missing"):
        rbac(_composite("InPlace"))
    document = controller_object(_composite("InPlace"), name="t", url="http://t")
    assert rbac(document) == rbac(_composite("InPlace"), name="t")
