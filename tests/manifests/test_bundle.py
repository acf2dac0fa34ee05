"""Facts about all that is installed for a controller: the server takes it, and it runs there."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from reconcile import Child, Controller, Decorator, Model, Observed, Parent, rule
from reconcile.hook.transport import Answer
from reconcile.kinds.apps_v1 import Deployment, StatefulSet
from reconcile.kinds.core_v1 import ConfigMap, PersistentVolumeClaim, Pod, Secret, Service
from reconcile.manifests import Running, TokenSecret, Workload, deployment, manifests
from reconcile.manifests.bundle import clashes
from reconcile.objects.yaml import all_from_yaml, from_yaml
from reconcile.simulate import ApiServer, Cluster
from reconcile.simulate.hooks import Hooked
from reconcile.simulate.metacontroller.definitions import definitions
from tests.manifests.roles import Asked, allowed, listened, watched

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NAMES = {
    "objectstore": ["controller"],
    "configmap_propagation": ["controller"],
    "service_per_pod": ["services", "pod_names"],
}
FILES = ("crd.yaml", "rbac.yaml", "workload.yaml", "controller.yaml")


def _documents(example: str) -> list[Any]:
    """Return the committed manifests of an example, in the order of their files."""
    folder = EXAMPLES / example / "manifests"
    return [
        each
        for name in FILES
        if (folder / name).exists()
        for each in all_from_yaml((folder / name).read_text())
    ]


def _path(server: ApiServer, document: Any) -> str:
    """Return where an object is created, as kubectl finds it: by asking the server."""
    version, kind = document["apiVersion"], document["kind"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    served: Any = server.request("GET", root).body
    [found] = [
        each for each in served["resources"] if each["kind"] == kind and "/" not in each["name"]
    ]
    namespace = document["metadata"].get("namespace", "default")
    place = f"/namespaces/{namespace}" if found["namespaced"] else ""
    return f"{root}{place}/{found['name']}"


def _apply(server: ApiServer, documents: list[Any]) -> list[str]:
    """Create each document as kubectl does, and return what the server said."""
    said: list[str] = []
    for document in documents:
        path = f"{_path(server, document)}?fieldValidation=Strict"
        answer = server.request("POST", path, body=document)
        name = document["metadata"]["name"]
        said.append(f"{answer.status} {document['kind']}/{name}")
        assert answer.status == 201, answer.body
        server.settle()
    return said


def _server() -> ApiServer:
    server = ApiServer()
    for definition in definitions():
        assert server.request("POST", CRDS, body=definition).status == 201
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "metacontroller"}}
    assert server.request("POST", "/api/v1/namespaces", body=body).status == 201
    return server


@pytest.mark.parametrize("example", NAMES)
def test_the_server_takes_the_examples(example: str) -> None:
    """Each document is taken, in order, with no field that its kind does not have."""
    documents = _documents(example)
    said = _apply(_server(), documents)
    print("\n".join(said))
    kinds = [document["kind"] for document in documents]
    assert kinds[-1].endswith("Controller")
    assert kinds.count("ClusterRole") == kinds.count("ClusterRoleBinding") == len(NAMES[example])


def _cluster(example: str) -> tuple[Cluster, dict[str, Any]]:
    """Return a cluster that runs what the example's committed manifests say."""
    module = runpy.run_path(str(EXAMPLES / example / "controller.py"))
    documents = _documents(example)
    controllers = [each for each in documents if each["kind"].endswith("Controller")]
    crds = tuple(each for each in documents if each["kind"] == "CustomResourceDefinition")

    def hooked(controller: Any, attribute: str) -> Hooked:
        def call(asked: Any) -> Any:
            hook = asked.url.rpartition("/")[2]
            reply = module[attribute].respond(asked.body, hook=hook, entropy=bytes(32))
            return Answer(reply.status, reply.headers, reply.body)

        return Hooked(controller, call, crds)

    made = [hooked(each, name) for each, name in zip(controllers, NAMES[example], strict=True)]
    return Cluster(*made), module


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> set[Asked]:
    """Return what Metacontroller asks of the server."""
    return listened(monkeypatch)


def _permitted(example: str, cluster: Cluster, requests: set[Asked]) -> None:
    """Hold all that Metacontroller did to the committed roles."""
    done = requests | watched(cluster)
    assert len(done) >= 14
    assert done - allowed(_documents(example)) == set()


def test_objectstore_runs(requests: set[Asked]) -> None:
    """The example's object becomes its children, by the committed manifests."""
    cluster, module = _cluster("objectstore")
    file = EXAMPLES / "objectstore" / "manifests" / "myobjectstore.yaml"
    namespace, store = (from_yaml(each) for each in file.read_text().split("---\n"))
    for each in (namespace, store):
        cluster.create(each)
    cluster.settle()
    for kind in (Secret, PersistentVolumeClaim, Service, Deployment):
        assert cluster.find(kind, "myobjectstore", namespace="myproject") is not None
    store = cluster.get(module["Objectstore"], "myobjectstore", namespace="myproject")
    assert store.status.endpoint == "http://myobjectstore.myproject.svc:9000"
    _permitted("objectstore", cluster, requests)


def test_propagation_runs(requests: set[Asked]) -> None:
    """A ConfigMap is copied, by the committed manifests: the customize hook is called, too."""
    cluster, module = _cluster("configmap_propagation")
    for name in ("one", "two"):
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    cluster.create(ConfigMap("settings", data={"a": "1"}))
    spec = {
        "sourceName": "settings",
        "sourceNamespace": "default",
        "targetNamespaces": ["one", "two"],
    }
    cluster.create(module["ConfigMapPropagation"].of("all", spec=spec))
    cluster.settle()
    for name in ("one", "two"):
        assert cluster.get(ConfigMap, "settings", namespace=name).data == {"a": "1"}
    _permitted("configmap_propagation", cluster, requests)


def test_service_per_pod_runs(requests: set[Asked]) -> None:
    """Both decorators work together, by the committed manifests."""
    cluster, _ = _cluster("service_per_pod")
    annotations = {"service-per-pod-label": "pod-name", "service-per-pod-ports": "80:8080"}
    template = {
        "metadata": {"labels": {"app": "n"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec: Any = {
        "replicas": 2,
        "serviceName": "n",
        "selector": {"matchLabels": {"app": "n"}},
        "template": template,
    }
    cluster.create(StatefulSet("n", annotations=annotations, spec=spec))
    pod: Any = template["spec"]
    cluster.create(Pod("n-0", annotations={"pod-name-label": "pod-name"}, spec=pod))
    cluster.settle()
    assert cluster.get(Service, "n-1").spec.selector == {"pod-name": "n-1"}
    assert cluster.get(Pod, "n-0").labels["pod-name"] == "n-0"
    _permitted("service_per_pod", cluster, requests)


# -- the function itself ---------------------------------------------------------------------------


class Thing(Parent[Model, Model], group="demo.example.com", version="v1"):
    """A thing."""


class Later(Parent[Model, Model], group="demo.example.com", version="v2", kind="Thing"):
    """The same thing, in another version."""


@rule
def config(observed: Observed[Any]) -> ConfigMap:
    """One child."""
    return ConfigMap("c")


CONTROLLER = Controller(Thing, rules=config, children=[Child(ConfigMap, "InPlace")])
DECORATOR = Decorator(resources=[Pod], rules=config, attachments=[Child(ConfigMap)])


def test_order() -> None:
    """Definition, roles, workload, controller object: each stands after what it needs."""
    running = deployment(Workload("thing", "shop", image="thing:1"))
    made = manifests(CONTROLLER, name="thing", running=running)
    assert [each["kind"] for each in made] == [
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "Deployment",
        "Service",
        "NetworkPolicy",
        "CompositeController",
    ]
    assert made == manifests(CONTROLLER, name="thing", running=running)
    last: Any = made[-1]
    assert last["spec"]["hooks"]["sync"]["webhook"]["url"] == "http://thing.shop:8080/sync"


def test_decorator_has_no_definition() -> None:
    """A decorator is about kinds that are there."""
    made = manifests(DECORATOR, name="pods", running=Running("http://there"))
    assert [each["kind"] for each in made] == [
        "ClusterRole",
        "ClusterRoleBinding",
        "DecoratorController",
    ]


def test_token_is_read() -> None:
    """Metacontroller may read the Secret that it is told of, and no other."""
    running = Running("http://there", token=TokenSecret("auth", "shop"))
    made: Any = manifests(CONTROLLER, name="thing", running=running)
    [role] = [each for each in made if each["kind"] == "Role"]
    assert role["metadata"]["namespace"] == "shop"
    assert role["rules"][0]["resourceNames"] == ["auth"]
    webhook = made[-1]["spec"]["hooks"]["sync"]["webhook"]
    assert webhook["authorization"]["secretRef"]["name"] == "auth"


def test_clashes() -> None:
    """A parent has one composite, in whatever version; decorators may be many."""
    later = Controller(Later, rules=config, children=[Child(ConfigMap)])
    assert clashes({"a": CONTROLLER, "b": DECORATOR, "c": DECORATOR}) == []
    [found] = clashes({"a:x": CONTROLLER, "b:y": later})
    assert found.startswith("a:x and b:y are both controllers of demo.example.com/v2 Thing")
