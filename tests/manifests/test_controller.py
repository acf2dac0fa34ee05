"""The controller object of a controller: what Metacontroller's own definitions take."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import create_model

from reconcile import (
    Child,
    Controller,
    Decorated,
    Decorator,
    DefinitionError,
    Gvk,
    Kind,
    LabelSelector,
    Model,
    Observed,
    Parent,
    Related,
    all_of,
    for_each,
    in_order,
    rule,
    teardown,
    when,
)
from reconcile.diff import equal
from reconcile.kinds.apps_v1 import Deployment, StatefulSet
from reconcile.kinds.batch_v1 import Job
from reconcile.kinds.core_v1 import ConfigMap, Pod
from reconcile.manifests import TokenSecret, controller_object
from reconcile.simulate import ApiServer
from reconcile.simulate.metacontroller.definitions import definitions

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
URL = "http://store.demo:8080"


class Thing(Parent[Model, Model], group="demo.example.com", version="v1"):
    pass


@rule
def config(observed: Observed[Any]) -> ConfigMap:
    """One child."""
    return ConfigMap(observed.parent.name)


@rule(finalizing=True)
def clean_up(observed: Observed[Any]) -> Job:
    """One clean-up."""
    return Job(f"{observed.parent.name}-clean")


def _controller(rules: Any = config, *children: Child, **told: Any) -> Controller[Thing]:
    return Controller(Thing, rules=rules, children=children or [Child(ConfigMap)], **told)


def _spec(controller: Any, **told: Any) -> Any:
    return controller_object(controller, name="store", url=URL, **told)["spec"]


@pytest.fixture(scope="module")
def metacontroller() -> ApiServer:
    """Return a server that knows Metacontroller's kinds."""
    server = ApiServer()
    for definition in definitions():
        assert server.request("POST", CRDS, body=definition).status == 201
    server.settle()
    return server


def _taken(server: ApiServer, document: Any) -> None:
    """Create a controller object, which the server must take with every field of it."""
    plural = f"{document['kind'].lower()}s"
    path = f"/apis/metacontroller.k8s.io/v1alpha1/{plural}?fieldValidation=Strict"
    answer = server.copy().request("POST", path, body=document)
    assert answer.status == 201, answer.body
    assert equal(answer.body["spec"], document["spec"])


def test_whole(metacontroller: ApiServer) -> None:
    """Everything is explicit, and nothing is said that is not meant."""
    made = controller_object(
        _controller(config, Child(ConfigMap, "InPlace")), name="store", url=f"{URL}/"
    )
    assert made == {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": "CompositeController",
        "metadata": {"name": "store"},
        "spec": {
            "generateSelector": True,
            "parentResource": {"apiVersion": "demo.example.com/v1", "resource": "things"},
            "childResources": [
                {
                    "apiVersion": "v1",
                    "resource": "configmaps",
                    "updateStrategy": {"method": "InPlace"},
                }
            ],
            "hooks": {"sync": {"version": "v2", "webhook": {"url": f"{URL}/sync"}}},
        },
    }
    _taken(metacontroller, made)


def test_options(metacontroller: ApiServer) -> None:
    """Each option has its place, and both times of the cache are given or neither."""
    controller = _controller(
        config,
        Child(ConfigMap),
        Child(Pod, "RollingRecreate", status_checks={"Ready": "True"}),
        Child(Gvk("demo.example.com/v1", "Part"), "Recreate", plural="parts"),
        label_selector={"matchLabels": {"a": "b"}},
        customize=lambda _: [Related(ConfigMap)],
    )
    made: Any = controller_object(
        controller,
        name="store",
        url=URL,
        finalize=True,
        resync_period=60,
        ignore_status_changes=True,
        etag_seconds=300,
    )
    spec = made["spec"]
    assert spec["resyncPeriodSeconds"] == 60
    assert spec["parentResource"]["ignoreStatusChanges"] is True
    assert spec["parentResource"]["labelSelector"] == {"matchLabels": {"a": "b"}}
    assert [child["resource"] for child in spec["childResources"]] == [
        "configmaps",
        "pods",
        "parts",
    ]
    assert spec["childResources"][1]["updateStrategy"] == {
        "method": "RollingRecreate",
        "statusChecks": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    assert list(spec["hooks"]) == ["sync", "finalize", "customize"]
    for name, hook in spec["hooks"].items():
        assert hook["webhook"]["url"] == f"{URL}/{name}"
        assert hook["webhook"]["etag"] == {
            "enabled": True,
            "cacheTimeoutSeconds": 300,
            "cacheCleanupSeconds": 300,
        }
    _taken(metacontroller, made)


def test_decorator(metacontroller: ApiServer) -> None:
    """A decorator says which objects it is about; rolling strategies have no checks there."""
    labels = {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    annotations = {"matchAnnotations": {"b": "c"}}
    decorator: Decorator[Any] = Decorator(
        resources=[
            Decorated(StatefulSet, label_selector=labels, annotation_selector=annotations),
            Pod,
        ],
        rules=config,
        attachments=[Child(ConfigMap, "RollingInPlace", status_checks={"Ready": "True"})],
    )
    made = controller_object(decorator, name="store", url=URL, ignore_status_changes=True)
    assert made["kind"] == "DecoratorController"
    assert made["spec"] == {
        "resources": [
            {
                "apiVersion": "apps/v1",
                "resource": "statefulsets",
                "labelSelector": labels,
                "annotationSelector": annotations,
                "ignoreStatusChanges": True,
            },
            {"apiVersion": "v1", "resource": "pods", "ignoreStatusChanges": True},
        ],
        "attachments": [
            {
                "apiVersion": "v1",
                "resource": "configmaps",
                "updateStrategy": {"method": "RollingInPlace"},
            }
        ],
        "hooks": {
            name: {"version": "v2", "webhook": {"url": f"{URL}/{name}"}}
            for name in ("sync", "finalize")
        },
    }
    _taken(metacontroller, made)


@pytest.mark.parametrize(
    ("rules", "needed"),
    [
        (config, False),
        (all_of(config), False),
        (in_order(config), False),
        (for_each(lambda _: "ab", lambda _, __: None, key=str), False),
        (clean_up, True),
        (teardown(config), True),
        (all_of(config, when(lambda _: True, clean_up)), True),
        (all_of(config, in_order(teardown(config.__class__(config.function, "other")))), True),
    ],
)
def test_finalize(rules: Any, needed: bool) -> None:
    """A finalize hook is there where rules have something to do while the parent goes."""
    controller = _controller(rules, Child(ConfigMap), Child(Job))
    assert controller.tears_down is needed
    assert ("finalize" in _spec(controller)["hooks"]) is needed
    assert "finalize" in _spec(controller, finalize=True)["hooks"]
    assert "finalize" not in _spec(controller, finalize=False)["hooks"]


@pytest.mark.parametrize(
    ("resources", "attachments", "needed"),
    [
        ([Pod], [Child(ConfigMap)], False),
        ([Decorated(Pod, label_selector={})], [Child(ConfigMap)], True),
        ([Decorated(Pod, annotation_selector={})], [Child(ConfigMap)], True),
        ([Decorated(Pod, annotation_selector={})], [], False),
    ],
)
def test_finalize_of_a_decorator(resources: Any, attachments: Any, needed: bool) -> None:
    """Without it the attachments of an object that is not selected any more would stay."""

    @rule
    def nothing(observed: Observed[Pod]) -> None:
        pass

    decorator = Decorator(resources=resources, rules=nothing, attachments=attachments)
    assert ("finalize" in _spec(decorator)["hooks"]) is needed


@pytest.mark.parametrize(
    ("spec", "generated"),
    [
        (create_model("S", __base__=Model), True),
        (create_model("S", __base__=Model, selector=(LabelSelector | None, None)), False),
        (create_model("S", __base__=Model, selector_=(dict[str, str], {})), False),
        (create_model("S", __base__=Model, selectors=(int, 1)), True),
        (dict[str, Any], True),
    ],
)
def test_selector(spec: Any, generated: bool) -> None:
    """Children are found by the parent's selector where it has one."""

    class Other(Parent[spec, Model], group="demo.example.com", version="v1"):  # type: ignore[valid-type]
        pass

    def made(**told: Any) -> Any:
        return Controller(Other, rules=config, children=[Child(ConfigMap)], **told)

    assert made().generate_selector is generated
    assert _spec(made())["generateSelector"] is generated
    assert _spec(made(generate_selector=not generated))["generateSelector"] is not generated


def test_selector_of_a_kind() -> None:
    """A parent that is a kind of Kubernetes' own is asked by its schema."""
    told: dict[str, Any] = {"rules": config, "children": [Child(ConfigMap)]}
    assert not Controller(Deployment, **told).generate_selector
    assert Controller(Pod, **told).generate_selector
    assert Controller(ConfigMap, **told).generate_selector


def test_parent_that_is_built_in() -> None:
    """Metacontroller starts no composite whose parent no definition makes."""
    built_in = Controller(Deployment, rules=config, children=[Child(ConfigMap)])
    with pytest.raises(DefinitionError, match="use a Decorator"):
        _spec(built_in)

    class Own(Kind, api_version="demo.example.com/v1", plural="owns"):
        pass

    own = Controller(Own, rules=config, children=[Child(ConfigMap)])
    assert _spec(own)["parentResource"]["resource"] == "owns"


@pytest.mark.parametrize("scope", ["Namespaced", "Cluster"])
def test_rolling_under_a_parent_without_namespace(scope: Any) -> None:
    """Revisions live in the namespace of the parent; without one every sync would fail."""

    class Other(Parent[Model, Model], group="demo.example.com", version="v1", scope=scope):
        pass

    rolling = Controller(Other, rules=config, children=[Child(ConfigMap, "RollingInPlace")])
    if scope == "Namespaced":
        assert _spec(rolling)
    else:
        with pytest.raises(DefinitionError, match="use InPlace or Recreate"):
            _spec(rolling)


@pytest.mark.parametrize(
    "url", ["store", "ftp://a", "http://", "http://a?b=c", "http://[a", "http://a:x"]
)
def test_bad_url(url: str) -> None:
    """A webhook that could never be called is refused at the door."""
    with pytest.raises(DefinitionError, match="url= takes http:// or https://"):
        controller_object(_controller(), name="store", url=url)


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a" * 254])
def test_bad_name(name: str) -> None:
    """A name that the server would refuse is refused here."""
    with pytest.raises(DefinitionError, match="name= "):
        controller_object(_controller(), name=name, url=URL)


def test_name_that_ends_a_finalizer() -> None:
    """The server refuses a finalizer whose last part has more than 63 characters."""
    assert controller_object(_controller(), name="a" * 44, url=URL)
    assert controller_object(_controller(), name="a" * 43, url=URL, finalize=True)
    with pytest.raises(DefinitionError, match="at most 43 characters"):
        controller_object(_controller(), name="a" * 44, url=URL, finalize=True)


def test_all_that_is_wrong_at_once() -> None:
    """One error tells everything."""
    controller = _controller(config, Child(ConfigMap), Child(Gvk("demo.example.com/v1", "Part")))
    with pytest.raises(DefinitionError) as raised:
        controller_object(controller, name="A", url="a", resync_period=0, etag_seconds=True)
    assert [finding.split()[0] for finding in raised.value.findings] == [
        "name=",
        "url=",
        "resync_period=",
        "etag_seconds=",
        "child",
    ]
    assert "say plural=" in str(raised.value)


@pytest.mark.parametrize("apply", [None, TokenSecret("auth", "shop"), TokenSecret("a", "b", "c")])
def test_token(apply: TokenSecret | None, metacontroller: ApiServer) -> None:
    """Every hook is called with the token, and the server takes where it is."""
    controller = _controller(clean_up, Child(Job), Child(ConfigMap))
    made: Any = controller_object(controller, name="store", url=URL, token=apply)
    _taken(metacontroller, made)
    for hook in made["spec"]["hooks"].values():
        if apply is None:
            assert "authorization" not in hook["webhook"]
        else:
            reference = {"name": apply.name, "namespace": apply.namespace, "key": apply.key}
            expected = {"type": "Bearer", "secretRef": reference}
            assert hook["webhook"]["authorization"] == expected
    assert len(made["spec"]["hooks"]) == 2
