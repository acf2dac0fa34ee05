"""The scenario with the official client; its version is whatever stands first in the path."""

from __future__ import annotations

import json
import sys

from kubernetes import client, config, watch
from scenario import CRD, GROUP, LAST, deployment, tool

NAMESPACE = "by-kubernetes"
DIRECT, THROUGH_PROXY = sys.argv[1:]
report: dict[str, object] = {}


def refused(call):
    """Return code and reason of a refusal."""
    try:
        call()
    except client.ApiException as error:
        return [error.status, json.loads(error.body)["reason"]]
    return None


def deployments():
    """Use a built-in kind."""
    apps = client.AppsV1Api(api)
    made = apps.create_namespaced_deployment(NAMESPACE, deployment())
    report["deployment created"] = [
        made.metadata.generation,
        made.spec.replicas,
        made.spec.strategy.type,
    ]
    report["created again"] = refused(
        lambda: apps.create_namespaced_deployment(NAMESPACE, deployment())
    )
    report["not there"] = refused(lambda: apps.read_namespaced_deployment("no", NAMESPACE))
    listed = apps.list_namespaced_deployment(NAMESPACE, label_selector="app=web")
    report["deployments listed"] = [item.metadata.name for item in listed.items]
    change = {
        "spec": {
            "replicas": 3,
            "template": {"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}},
        }
    }
    apps.patch_namespaced_deployment("web", NAMESPACE, change)
    read = apps.read_namespaced_deployment("web", NAMESPACE)
    image = read.spec.template.spec.containers[0].image
    report["deployment patched"] = [read.metadata.generation, read.spec.replicas, image]
    apps.delete_namespaced_deployment("web", NAMESPACE, propagation_policy="Background")
    events = watch.Watch().stream(
        apps.list_namespaced_deployment,
        NAMESPACE,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=1,
    )
    report["deployment events"] = [[e["type"], e["object"].metadata.name] for e in events]


def tools():
    """Use a custom kind."""
    client.ApiextensionsV1Api(api).create_custom_resource_definition(CRD)
    custom = client.CustomObjectsApi(api)
    where = (GROUP, "v1", NAMESPACE, "tools")
    before = _when_served(lambda: custom.list_namespaced_custom_object(*where))
    made = custom.create_namespaced_custom_object(*where, tool())
    report["tool created"] = [made["metadata"]["generation"], made["spec"]["color"]]
    report["tool refused"] = refused(
        lambda: custom.create_namespaced_custom_object(*where, tool("b", -1))
    )
    listed = custom.list_namespaced_custom_object(*where)
    report["tools listed"] = [item["metadata"]["name"] for item in listed["items"]]
    patched = custom.patch_namespaced_custom_object(*where, "a", {"spec": {"size": 5}})
    report["tool patched"] = [patched["metadata"]["generation"], patched["spec"]["size"]]
    ready = {"status": {"ready": True}}
    patched = custom.patch_namespaced_custom_object_status(*where, "a", ready)
    report["tool status"] = [patched["metadata"]["generation"], patched["status"]["ready"]]
    custom.delete_namespaced_custom_object(*where, "a")
    events = watch.Watch().stream(
        custom.list_namespaced_custom_object,
        *where,
        resource_version=before["metadata"]["resourceVersion"],
        timeout_seconds=1,
    )
    report["tool events"] = [[e["type"], e["object"]["metadata"]["name"]] for e in events]


def _when_served(ask):
    # A definition is served a moment after it was created.
    for _ in range(1000):
        try:
            return ask()
        except client.ApiException as error:
            if error.status != 404:
                raise
    raise AssertionError("the kind is never served")


def resume():
    """Watch through a proxy that drops every stream, and take it up again."""
    core = client.CoreV1Api(config.new_client_from_config(THROUGH_PROXY))
    version, seen = sys.stdin.readline().strip(), []
    while LAST not in seen:
        try:
            for event in watch.Watch().stream(
                core.list_namespaced_config_map, "resumed", resource_version=version
            ):
                seen.append(event["object"].metadata.name)
                version = event["object"].metadata.resource_version
                if LAST in seen:
                    break
        except client.ApiException:
            raise
        except Exception as error:  # noqa: BLE001  # each library has its own
            print("dropped:", type(error).__name__, file=sys.stderr)
    report["resumed"] = seen


api = config.new_client_from_config(DIRECT)
client.CoreV1Api(api).create_namespace({"metadata": {"name": NAMESPACE}})
deployments()
tools()
resume()
print(json.dumps(report))
