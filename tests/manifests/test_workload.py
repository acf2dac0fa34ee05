"""Facts about what runs a webhook: what the server and the platforms take, and what is closed."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import re
import zipfile
from typing import Any

import pytest

from reconcile import DefinitionError
from reconcile.kinds import validate
from reconcile.manifests import (
    Running,
    Source,
    Workload,
    deployment,
    dockerfile,
    knative_service,
    kubeless_function,
    openfaas_function,
)
from reconcile.objects.yaml import from_yaml
from reconcile.simulate import ApiServer
from tests.manifests.platforms import KNATIVE, KUBELESS

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WORKLOAD = Workload("store", "shop", "controller:controller", "registry.example.com/store:1")
WITH_TOKEN = Workload("store", "shop", image="store:1", token_secret="auth", replicas=2)
CODE = '"""A controller."""\n\ncontroller = object()\n'
SOURCE = Source({"controller.py": CODE}, "controller.py", "controller", ("kube-reconcile==1.0",))
SEVERAL = Source(
    {"shop/__init__.py": "", "shop/main.py": CODE, "shop/rules.py": "x = 1\n"},
    "shop/main.py",
    "controller",
)


@pytest.fixture(scope="module")
def server() -> ApiServer:
    """Return a server that knows the kinds of the platforms."""
    made = ApiServer()
    for definition in (KNATIVE, KUBELESS):
        answer = made.request("POST", CRDS, body=definition)
        assert answer.status == 201, answer.body
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    assert made.request("POST", "/api/v1/namespaces", body=body).status == 201
    return made


PATHS = {
    "apps/v1 Deployment": "/apis/apps/v1/namespaces/shop/deployments",
    "v1 Service": "/api/v1/namespaces/shop/services",
    "networking.k8s.io/v1 NetworkPolicy": (
        "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"
    ),
    "serving.knative.dev/v1 Service": "/apis/serving.knative.dev/v1/namespaces/shop/services",
    "kubeless.io/v1beta1 Function": "/apis/kubeless.io/v1beta1/namespaces/shop/functions",
}


def _taken(server: ApiServer, running: Running) -> None:
    fresh = server.copy()
    for document in running.documents:
        path = PATHS[f"{document['apiVersion']} {document['kind']}"]
        answer = fresh.request("POST", f"{path}?fieldValidation=Strict", body=document)
        assert answer.status == 201, answer.body


@pytest.mark.parametrize(
    "running",
    [
        deployment(WORKLOAD),
        deployment(WITH_TOKEN),
        knative_service(WORKLOAD),
        knative_service(WITH_TOKEN),
        kubeless_function(WORKLOAD, SOURCE),
        kubeless_function(WITH_TOKEN, SOURCE),
        kubeless_function(WORKLOAD, SEVERAL),
    ],
    ids=["deployment", "+token", "knative", "+token", "kubeless", "+token", "several files"],
)
def test_the_server_takes_it(running: Running, server: ApiServer) -> None:
    """Every document is stored, with no field that its kind does not have."""
    assert running.documents
    _taken(server, running)


def _container(running: Running) -> tuple[Any, Any]:
    first: Any = running.documents[0]
    pod = first["spec"]["template"]["spec"]
    return pod, pod["containers"][0]


@pytest.mark.parametrize("running", [deployment(WORKLOAD), knative_service(WORKLOAD)])
def test_nothing_is_open(running: Running) -> None:
    """The Pod fits the standard `restricted`, and has no way to the API server."""
    pod, container = _container(running)
    assert pod["automountServiceAccountToken"] is False
    security = container["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["readOnlyRootFilesystem"] is True
    assert (security["runAsNonRoot"], security["runAsUser"]) == (True, 65532)
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["resources"]["limits"] == {"memory": "128Mi"}
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_deployment_is_found() -> None:
    """Service and policy select the Pods; the address is the Service's."""
    running = deployment(Workload("store", "shop", image="a", port=9000, callers="mc"))
    pods, service, policy = (each for each in map(dict[str, Any], running.documents))
    labels = pods["spec"]["template"]["metadata"]["labels"]
    assert pods["spec"]["selector"]["matchLabels"] == labels
    assert service["spec"]["selector"] == labels
    assert policy["spec"]["podSelector"]["matchLabels"] == labels
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in policy["spec"]
    assert policy["spec"]["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mc"}}}],
            "ports": [{"protocol": "TCP", "port": 9000}],
        }
    ]
    assert running.url == "http://store.shop:9000"
    assert running.token is None


def test_token() -> None:
    """With a token the webhook reads it from a file, and Metacontroller is told where it is."""
    running = deployment(WITH_TOKEN)
    pod, container = _container(running)
    assert container["command"][-1] == "--token-file=/var/run/secrets/reconcile/token"
    assert container["volumeMounts"][0]["mountPath"] == "/var/run/secrets/reconcile"
    assert pod["volumes"] == [{"name": "token", "secret": {"secretName": "auth"}}]
    assert running.token is not None
    assert running.token._asdict() == {"name": "auth", "namespace": "shop", "key": "token"}
    assert _container(deployment(WORKLOAD))[1]["command"][-1] == "--insecure"


def test_command_is_understood() -> None:
    """The command of the container is one that the command line takes, up to serving."""
    from reconcile.cli import build

    for workload in (WORKLOAD, WITH_TOKEN):
        words = _container(deployment(workload))[1]["command"]
        assert words[:3] == ["python", "-m", "reconcile"]
        arguments = build().parse_args(words[3:])
        assert (arguments.host, arguments.port) == ("0.0.0.0", 8080)
        assert arguments.insecure is (workload.token_secret is None)


def test_knative_stays_inside() -> None:
    """Only the cluster reaches it, and a Pod is always there."""
    running = knative_service(WITH_TOKEN)
    made: Any = running.documents[0]
    assert made["metadata"]["labels"]["networking.knative.dev/visibility"] == "cluster-local"
    annotations = made["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {"autoscaling.knative.dev/min-scale": "2"}
    assert running.url == "http://store.shop.svc.cluster.local"


def test_kubeless_text() -> None:
    """One file goes as text, with the name that is called; the checksum is that of the text."""
    running = kubeless_function(WORKLOAD, SOURCE)
    made: Any = running.documents[0]
    spec = made["spec"]
    assert spec["function"].startswith(CODE)
    assert spec["handler"] == "handler.sync"
    assert spec["deps"] == "kube-reconcile==1.0\n"
    digest = hashlib.sha256(spec["function"].encode()).hexdigest()
    assert spec["checksum"] == f"sha256:{digest}"
    assert spec["function-content-type"] == "text"
    assert (spec["runtime"], spec["timeout"]) == ("python3.11", "10")
    assert running.url == "http://store.shop:8080"


def test_kubeless_survives_yaml() -> None:
    """The text is the same after it was written as YAML and read again, or its checksum fails."""
    from reconcile.objects.yaml import to_yaml

    odd = 'a = "\\t"  \n\n\n# ends without a line end: é  '
    made: Any = kubeless_function(
        WORKLOAD, Source({"controller.py": odd}, "controller.py", "a")
    ).documents[0]
    again: Any = from_yaml(to_yaml(made))
    digest = hashlib.sha256(again["spec"]["function"].encode()).hexdigest()
    assert again["spec"]["checksum"] == f"sha256:{digest}"


@pytest.mark.parametrize("used", ["def sync(): ...", "sync = 1", "def f():\n    return sync"])
def test_kubeless_takes_no_name(used: str) -> None:
    """A name that the module uses is not taken for the function."""
    source = Source({"c.py": f"controller = None\n{used}\n"}, "c.py", "controller")
    made: Any = kubeless_function(WORKLOAD, source).documents[0]
    assert made["spec"]["handler"] == "handler.sync_hook"
    assert "sync_hook = _kubeless(controller)" in made["spec"]["function"]


def test_kubeless_archive() -> None:
    """Several files go as an archive, whose bytes are those of the checksum, the same each time."""
    made, again = (kubeless_function(WORKLOAD, SEVERAL).documents[0] for _ in "ab")
    assert made == again
    spec: Any = made["spec"]
    data = base64.b64decode(spec["function"])
    assert spec["function-content-type"] == "base64+zip"
    assert spec["checksum"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["handler.py", *sorted(SEVERAL.files)]
        handler = archive.read("handler.py").decode()
    assert "from shop.main import controller" in handler
    ast.parse(handler)


@pytest.mark.parametrize("source", [SOURCE, SEVERAL])
def test_kubeless_token(source: Source) -> None:
    """The token's file is where the Secret is mounted."""
    made: Any = kubeless_function(WITH_TOKEN, source).documents[0]
    spec = made["spec"]
    text = spec["function"]
    if source is SEVERAL:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(text))) as archive:
            text = archive.read("handler.py").decode()
    ast.parse(text)
    assert '(files=["/auth/token"])' in text
    container = spec["deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["volumeMounts"] == [{"name": "auth-vol", "mountPath": "/auth"}]


def test_openfaas_files() -> None:
    """faas-cli finds a stack file and a folder with the code beside its handler."""
    running = openfaas_function(WITH_TOKEN, SEVERAL)
    assert running.documents == ()
    assert sorted(running.files) == [
        "stack.yaml",
        "store/handler.py",
        "store/requirements.txt",
        "store/shop/__init__.py",
        "store/shop/main.py",
        "store/shop/rules.py",
    ]
    stack: Any = from_yaml(running.files["stack.yaml"])
    assert stack["provider"]["name"] == "openfaas"
    function = stack["functions"]["store"]
    assert (function["lang"], function["handler"]) == ("python3-http", "./store")
    assert function["secrets"] == ["auth"]
    assert function["readonly_root_filesystem"] is True
    handler = running.files["store/handler.py"].decode()
    ast.parse(handler)
    assert 'Bearer(files=["/var/openfaas/secrets/auth"])' in handler
    assert running.url == "http://gateway.openfaas:8080/function/store.shop"
    assert running.token is not None
    assert running.token.key == "auth"


def test_dockerfile() -> None:
    """The image installs what is needed, holds the files, and runs what the Deployment runs."""
    text = dockerfile(WORKLOAD, SEVERAL, python="3.12")
    lines = text.splitlines()
    assert lines[0] == "FROM python:3.12-slim"
    assert "RUN pip install --no-cache-dir 'kube-reconcile'" in lines
    assert 'COPY ["shop/__init__.py", "shop/main.py", "shop/rules.py", "./shop/"]' in lines
    assert "USER 65532:65532" in lines
    command = _container(deployment(WORKLOAD))[1]["command"]
    found = re.search(r"^CMD (.*)$", text, re.MULTILINE)
    assert found is not None
    assert ast.literal_eval(found[1]) == command


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        ({"name": "Store"}, "name="),
        ({"namespace": "a b"}, "namespace="),
        ({"target": "controller"}, "target= takes MODULE:ATTRIBUTE"),
        ({"target": "a b:c; rm"}, "target= takes MODULE:ATTRIBUTE"),
        ({"port": 80}, "port= takes a port from 1024"),
        ({"port": True}, "port= takes a port from 1024"),
        ({"replicas": 0}, "replicas="),
        ({"cpu": "fast"}, "cpu= takes a quantity"),
        ({"memory": "-1Mi"}, "memory= takes a quantity"),
        ({"image": "a b"}, "image="),
    ],
)
def test_bad_workloads(told: dict[str, Any], finding: str) -> None:
    """What no platform could run is refused, with what would be right."""
    with pytest.raises(DefinitionError, match=re.escape(finding)):
        Workload(**{"name": "store", **told})


@pytest.mark.parametrize(
    "make", [deployment, knative_service, lambda each: openfaas_function(each, SOURCE)]
)
def test_image_is_needed(make: Any) -> None:
    """What runs an image must be told which one."""
    with pytest.raises(DefinitionError, match="image= is missing"):
        make(Workload("store"))


def test_bad_sources() -> None:
    """Names that a platform calls are not the user's, and a main file is there."""
    with pytest.raises(DefinitionError, match="main= is none of the files"):
        Source({}, "a.py", "controller")
    taken = Source({"handler.py": CODE, "a.py": ""}, "handler.py", "controller")
    for make in (kubeless_function, openfaas_function):
        with pytest.raises(DefinitionError, match="rename yours"):
            make(WORKLOAD, taken)
        inner = Source({"a.py": CODE}, "a.py", "box.controller")
        with pytest.raises(DefinitionError, match="give it a name of its module"):
            make(WORKLOAD, inner)
    with pytest.raises(DefinitionError, match="port= is 8080"):
        kubeless_function(Workload("store", port=9000), SOURCE)
    with pytest.raises(DefinitionError, match="timeout= takes whole seconds"):
        kubeless_function(WORKLOAD, SOURCE, timeout=0)


def test_built_in_documents_are_valid() -> None:
    """What is of Kubernetes' own kinds fits their schema offline, too."""
    for document in deployment(WITH_TOKEN).documents:
        validate(document)
