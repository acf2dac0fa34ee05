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
