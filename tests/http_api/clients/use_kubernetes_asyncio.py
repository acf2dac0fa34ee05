"""The scenario with kubernetes-asyncio."""

from __future__ import annotations

import asyncio
import json
import sys

from kubernetes_asyncio import client, config, watch
from scenario import CRD, GROUP, LAST, deployment, tool

NAMESPACE = "by-kubernetes-asyncio"
DIRECT, THROUGH_PROXY = sys.argv[1:]
report: dict[str, object] = {}


async def refused(call):
    """Return code and reason of a refusal."""
    try:
        await call
    except client.ApiException as error:
        return [error.status, json.loads(error.body)["reason"]]
    return None


async def deployments(api):
    """Use a built-in kind."""
    apps = client.AppsV1Api(api)
    made = await apps.create_namespaced_deployment(NAMESPACE, deployment())
    report["deployment created"] = [
        made.metadata.generation,
        made.spec.replicas,
        made.spec.strategy.type,
    ]
    report["created again"] = await refused(
        apps.create_namespaced_deployment(NAMESPACE, deployment())
    )
    report["not there"] = await refused(apps.read_namespaced_deployment("no", NAMESPACE))
    listed = await apps.list_namespaced_deployment(NAMESPACE, label_selector="app=web")
    report["deployments listed"] = [item.metadata.name for item in listed.items]
    change = {
        "spec": {
            "replicas": 3,
            "template": {"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}},
        }
    }
    await apps.patch_namespaced_deployment("web", NAMESPACE, change)
    read = await apps.read_namespaced_deployment("web", NAMESPACE)
    image = read.spec.template.spec.containers[0].image
    report["deployment patched"] = [read.metadata.generation, read.spec.replicas, image]
    await apps.delete_namespaced_deployment("web", NAMESPACE, propagation_policy="Background")
    events = watch.Watch().stream(
        apps.list_namespaced_deployment,
        NAMESPACE,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=1,
    )
    report["deployment events"] = [[e["type"], e["object"].metadata.name] async for e in events]


async def tools(api):
    """Use a custom kind."""
    await client.ApiextensionsV1Api(api).create_custom_resource_definition(CRD)
    custom = client.CustomObjectsApi(api)
    where = (GROUP, "v1", NAMESPACE, "tools")
    before = await _when_served(lambda: custom.list_namespaced_custom_object(*where))
    made = await custom.create_namespaced_custom_object(*where, tool())
    report["tool created"] = [made["metadata"]["generation"], made["spec"]["color"]]
    report["tool refused"] = await refused(
        custom.create_namespaced_custom_object(*where, tool("b", -1))
    )
    listed = await custom.list_namespaced_custom_object(*where)
    report["tools listed"] = [item["metadata"]["name"] for item in listed["items"]]
    patched = await custom.patch_namespaced_custom_object(
        *where, "a", {"spec": {"size": 5}}, _content_type="application/merge-patch+json"
    )
    report["tool patched"] = [patched["metadata"]["generation"], patched["spec"]["size"]]
    patched = await custom.patch_namespaced_custom_object_status(
        *where, "a", {"status": {"ready": True}}, _content_type="application/merge-patch+json"
    )
    report["tool status"] = [patched["metadata"]["generation"], patched["status"]["ready"]]
    await custom.delete_namespaced_custom_object(*where, "a")
    events = watch.Watch().stream(
        custom.list_namespaced_custom_object,
        *where,
        resource_version=before["metadata"]["resourceVersion"],
        timeout_seconds=1,
    )
    report["tool events"] = [[e["type"], e["object"]["metadata"]["name"]] async for e in events]


async def _when_served(ask):
    # A definition is served a moment after it was created.
    for _ in range(1000):
        try:
            return await ask()
        except client.ApiException as error:
            if error.status != 404:
                raise
    raise AssertionError("the kind is never served")


async def resume():
    """Watch through a proxy that drops every stream, and take it up again."""
    async with await config.new_client_from_config(THROUGH_PROXY) as api:
        core = client.CoreV1Api(api)
        version, seen = sys.stdin.readline().strip(), []
        while LAST not in seen:
            try:
                async with watch.Watch().stream(
                    core.list_namespaced_config_map, "resumed", resource_version=version
                ) as stream:
                    async for event in stream:
                        seen.append(event["object"].metadata.name)
                        version = event["object"].metadata.resource_version
                        if LAST in seen:
                            break
            except client.ApiException:
                raise
            except Exception as error:  # noqa: BLE001  # each library has its own
                print("dropped:", type(error).__name__, file=sys.stderr)
        report["resumed"] = seen


async def main():
    """Do everything."""
    async with await config.new_client_from_config(DIRECT) as api:
        await client.CoreV1Api(api).create_namespace({"metadata": {"name": NAMESPACE}})
        await deployments(api)
        await tools(api)
    await resume()
    print(json.dumps(report))


asyncio.run(main())
