"""The scenario with lightkube."""

from __future__ import annotations

import json
import sys

from lightkube import ApiError, Client, KubeConfig
from lightkube.codecs import from_dict
from lightkube.generic_resource import create_namespaced_resource
from lightkube.resources.apiextensions_v1 import CustomResourceDefinition
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import ConfigMap, Namespace
from lightkube.types import CascadeType, PatchType
from scenario import CRD, GROUP, LAST, deployment, tool

NAMESPACE = "by-lightkube"
DIRECT, THROUGH_PROXY = sys.argv[1:]
Tool = create_namespaced_resource(GROUP, "v1", "Tool", "tools")
report: dict[str, object] = {}


def refused(call):
    """Return code and reason of a refusal."""
    try:
        call()
    except ApiError as error:
        return [error.status.code, error.status.reason]
    return None


def watched(client, kind, version, count):
    """Return the next events."""
    found = []
    for event, thing in client.watch(
        kind, namespace=NAMESPACE, resource_version=version, server_timeout=5
    ):
        found.append([event, thing.metadata.name])
        if len(found) == count:
            return found
    return found


def deployments(client):
    """Use a built-in kind."""
    made = client.create(from_dict(deployment()), namespace=NAMESPACE)
    report["deployment created"] = [
        made.metadata.generation,
        made.spec.replicas,
        made.spec.strategy.type,
    ]
    report["created again"] = refused(
        lambda: client.create(from_dict(deployment()), namespace=NAMESPACE)
    )
    report["not there"] = refused(lambda: client.get(Deployment, "no", namespace=NAMESPACE))
    listed = client.list(Deployment, namespace=NAMESPACE, labels={"app": "web"})
    report["deployments listed"] = [item.metadata.name for item in listed]
    version = listed.resourceVersion
    change = {
        "spec": {
            "replicas": 3,
            "template": {"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}},
        }
    }
    client.patch(Deployment, "web", change, namespace=NAMESPACE, patch_type=PatchType.STRATEGIC)
    read = client.get(Deployment, "web", namespace=NAMESPACE)
    image = read.spec.template.spec.containers[0].image
    report["deployment patched"] = [read.metadata.generation, read.spec.replicas, image]
    client.delete(Deployment, "web", namespace=NAMESPACE, cascade=CascadeType.BACKGROUND)
    report["deployment events"] = watched(client, Deployment, version, 2)


def tools(client):
    """Use a custom kind."""
    client.create(CustomResourceDefinition.from_dict(CRD))
    before = _when_served(client)
    made = client.create(Tool(tool()), namespace=NAMESPACE)
    report["tool created"] = [made.metadata.generation, made.spec["color"]]
    report["tool refused"] = refused(
        lambda: client.create(Tool(tool("b", -1)), namespace=NAMESPACE)
    )
    listed = client.list(Tool, namespace=NAMESPACE)
    report["tools listed"] = [item.metadata.name for item in listed]
    patched = client.patch(
        Tool, "a", {"spec": {"size": 5}}, namespace=NAMESPACE, patch_type=PatchType.MERGE
    )
    report["tool patched"] = [patched.metadata.generation, patched.spec["size"]]
    patched = client.patch(
        Tool.Status,
        "a",
        {"status": {"ready": True}},
        namespace=NAMESPACE,
        patch_type=PatchType.MERGE,
    )
    report["tool status"] = [patched.metadata.generation, patched.status["ready"]]
    client.delete(Tool, "a", namespace=NAMESPACE)
    report["tool events"] = watched(client, Tool, before, 4)


def _when_served(client):
    # A definition is served a moment after it was created.
    for _ in range(1000):
        try:
            listed = client.list(Tool, namespace=NAMESPACE)
            list(listed)
        except ApiError as error:
            if error.status.code != 404:
                raise
        else:
            return listed.resourceVersion
    raise AssertionError("the kind is never served")


def resume():
    """Watch through a proxy that drops every stream, and take it up again."""
    client = Client(config=KubeConfig.from_file(THROUGH_PROXY).get())
    version, seen = sys.stdin.readline().strip(), []
    while LAST not in seen:
        try:
            for _, thing in client.watch(ConfigMap, namespace="resumed", resource_version=version):
                seen.append(thing.metadata.name)
                version = thing.metadata.resourceVersion
                if LAST in seen:
                    break
        except ApiError:
            raise
        except Exception as error:  # noqa: BLE001  # each library has its own
            print("dropped:", type(error).__name__, file=sys.stderr)
    report["resumed"] = seen


client = Client(config=KubeConfig.from_file(DIRECT).get())
client.create(Namespace.from_dict({"metadata": {"name": NAMESPACE}}))
deployments(client)
tools(client)
resume()
print(json.dumps(report))
