"""A server with what tests of it write often: a Pod, a namespace, and short ways to ask."""

from __future__ import annotations

from typing import Any

from reconcile.simulate import ApiServer

PODS = "/api/v1/namespaces/default/pods"


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    """Return a Pod with one container, unless the spec says other ones."""
    containers = [{"name": "c", "image": "i"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": containers, **spec},
    }


def asking(requests: dict[str, str], limits: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a container that asks for amounts."""
    held = {"requests": requests, **({"limits": limits} if limits else {})}
    return {"name": "c", "image": "i", "resources": held}


def made(server: ApiServer, path: str, document: dict[str, Any]) -> Any:
    """Return what the server made of a new object, which it must take."""
    answer = server.request("POST", path, body=document)
    assert answer.status == 201, answer.body
    return answer.body


def refused(server: ApiServer, method: str, path: str, body: Any, *, media: str = "") -> str:
    """Return what the server says of a request, which it must refuse."""
    answer = server.request(method, path, body=body, content_type=media or None)
    assert answer.status >= 400, answer.body
    return str(answer.body["message"])


CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def config_map(name: str = "c", data: dict[str, str] | None = None, **metadata: Any) -> Any:
    """Return a ConfigMap, the simplest object that there is."""
    told = {"name": name, **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": told, "data": data or {}}


def got(server: ApiServer, path: str) -> Any:
    """Return what the server shows at a path, None if nothing is there."""
    answer = server.request("GET", path)
    assert answer.status in (200, 404), answer.body
    return answer.body if answer.status == 200 else None


def owner(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a reference to an object that the server has made."""
    told = {name: document[name] for name in ("apiVersion", "kind")}
    return {**told, **{name: document["metadata"][name] for name in ("name", "uid")}, **more}


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
THINGS = "/apis/demo.example.com/v1/namespaces/default/things"


def definition(**version: Any) -> dict[str, Any]:
    """Return the definition of things, which hold whatever they like unless a schema is given."""
    open_ended = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    told = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": open_ended}}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.demo.example.com"},
        "spec": {
            "group": "demo.example.com",
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [told | version],
        },
    }


def thing(name: str = "t", spec: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return a custom object."""
    told = {"apiVersion": "demo.example.com/v1", "kind": "Thing"}
    return {**told, "metadata": {"name": name, **metadata}, "spec": spec or {}}


def with_things(**version: Any) -> ApiServer:
    """Return a server that serves things."""
    server = ApiServer()
    made(server, CRDS, definition(**version))
    return server
