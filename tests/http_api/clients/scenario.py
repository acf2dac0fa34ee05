"""What every client library does with the server, and what it must see; without any library."""

from __future__ import annotations

GROUP = "users.example.com"
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"tools.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "tools", "singular": "tool", "kind": "Tool"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"type": "integer", "minimum": 0},
                                    "color": {"type": "string", "default": "red"},
                                },
                            },
                            "status": {
                                "type": "object",
                                "properties": {"ready": {"type": "boolean"}},
                            },
                        },
                    }
                },
            }
        ],
    },
}
LAST = "n-29"
"""The name at which a resumed watch has seen everything."""


def deployment(name="web"):
    """Return a Deployment as people write it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "nginx:1"}]},
            },
        },
    }


def tool(name="a", size=1):
    """Return a custom resource."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Tool",
        "metadata": {"name": name},
        "spec": {"size": size},
    }


EXPECTED = {
    "deployment created": [1, 1, "RollingUpdate"],
    "created again": [409, "AlreadyExists"],
    "not there": [404, "NotFound"],
    "deployments listed": ["web"],
    "deployment patched": [2, 3, "nginx:2"],
    "deployment events": [["MODIFIED", "web"], ["DELETED", "web"]],
    "tool created": [1, "red"],
    "tool refused": [422, "Invalid"],
    "tools listed": ["a"],
    "tool patched": [2, 5],
    "tool status": [2, True],
    "tool events": [["ADDED", "a"], ["MODIFIED", "a"], ["MODIFIED", "a"], ["DELETED", "a"]],
    "resumed": [f"n-{number:02}" for number in range(30)],
}
