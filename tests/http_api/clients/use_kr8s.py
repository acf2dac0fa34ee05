"""The scenario with kr8s, whose classes are asyncio's."""

from __future__ import annotations

import asyncio
import json
import sys

import kr8s
from kr8s.asyncio.objects import (
    CustomResourceDefinition,
    Deployment,
    Namespace,
    new_class,
)
from scenario import CRD, GROUP, LAST, deployment, tool

NAMESPACE = "by-kr8s"
DIRECT, THROUGH_PROXY = sys.argv[1:]
Tool = new_class("Tool", f"{GROUP}/v1", namespaced=True, plural="tools")
report: dict[str, object] = {}


async def refused(call):
    """Return code and reason of a refusal."""
    try:
        await call
    except kr8s.ServerError as error:
        return [error.response.status_code, error.status["reason"]]
    except kr8s.NotFoundError:
        return [404, "NotFound"]
    return None


async def watched(api, kind, version, count):
    """Return the next events."""
    found = []
    async for event, thing in api.watch(kind, namespace=NAMESPACE, since=version):
        found.append([event, thing.name])
        if len(found) == count:
            break
    return found


async def version_of(api, version, url):
    """Return the resourceVersion of a list, of which kr8s shows the items only."""
    async with api.call_api(version=version, url=url, namespace=NAMESPACE) as answer:
        return answer.json()["metadata"]["resourceVersion"]


async def deployments(api):
    """Use a built-in kind."""
    made = await Deployment(deployment(), namespace=NAMESPACE, api=api)
    await made.create()
    report["deployment created"] = [
        made.metadata.generation,
        made.spec.replicas,
        made.spec.strategy.type,
    ]
    again = await Deployment(deployment(), namespace=NAMESPACE, api=api)
    report["created again"] = await refused(again.create())
    report["not there"] = await refused(Deployment.get("no", namespace=NAMESPACE, api=api))
    selected = api.get("deployments", namespace=NAMESPACE, label_selector="app=web")
    report["deployments listed"] = [item.name async for item in selected]
    version = await version_of(api, "apps/v1", "deployments")
    change = {
        "spec": {
            "replicas": 3,
            "template": {"spec": {"containers": [{"name": "c", "image": "nginx:2"}]}},
        }
    }
    await made.patch(change)
    await made.refresh()
    image = made.spec.template.spec.containers[0].image
    report["deployment patched"] = [made.metadata.generation, made.spec.replicas, image]
    await made.delete(propagation_policy="Background")
    report["deployment events"] = await watched(api, "deployments", version, 2)


async def tools(api):
    """Use a custom kind."""
    await (await CustomResourceDefinition(CRD, api=api)).create()
    before = await _when_served(api)
    made = await Tool(tool(), namespace=NAMESPACE, api=api)
    await made.create()
    report["tool created"] = [made.metadata.generation, made.spec.color]
    bad = await Tool(tool("b", -1), namespace=NAMESPACE, api=api)
    report["tool refused"] = await refused(bad.create())
    report["tools listed"] = [item.name async for item in api.get(Tool, namespace=NAMESPACE)]
    await made.patch({"spec": {"size": 5}})
    report["tool patched"] = [made.metadata.generation, made.spec.size]
    await made.patch({"status": {"ready": True}}, subresource="status")
    report["tool status"] = [made.metadata.generation, made.status.ready]
    await made.delete()
    report["tool events"] = await watched(api, Tool, before, 4)


async def _when_served(api):
    # A definition is served a moment after it was created.
    for _ in range(1000):
        try:
            return await version_of(api, f"{GROUP}/v1", "tools")
        except kr8s.ServerError as error:
            if error.response.status_code != 404:
                raise
    raise AssertionError("the kind is never served")


async def resume():
    """Watch through a proxy that drops every stream, and take it up again."""
    api = await kr8s.asyncio.api(kubeconfig=THROUGH_PROXY)
    version, seen = sys.stdin.readline().strip(), []
    while LAST not in seen:
        try:
            async for _, thing in api.watch("configmaps", namespace="resumed", since=version):
                seen.append(thing.name)
                version = thing.metadata.resourceVersion
                if LAST in seen:
                    break
        except kr8s.ServerError:
            raise
        except Exception as error:  # noqa: BLE001  # each library has its own
            print("dropped:", type(error).__name__, file=sys.stderr)
    report["resumed"] = seen


async def main():
    """Do everything."""
    api = await kr8s.asyncio.api(kubeconfig=DIRECT)
    space = await Namespace({"metadata": {"name": NAMESPACE}}, api=api)
    await space.create()
    await deployments(api)
    await tools(api)
    await resume()
    print(json.dumps(report))


asyncio.run(main())
