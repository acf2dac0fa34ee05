"""A small controller for tests of the cluster: a Thing becomes ConfigMaps."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from reconcile.objects.gvk import Gvk
from reconcile.simulate import Hooked, functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconcile.hook.transport import Transport

THING = Gvk("demo.example.com/v1", "Thing")
CONFIG_MAP = Gvk("v1", "ConfigMap")
_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.demo.example.com"},
    "spec": {
        "group": "demo.example.com",
        "scope": "Namespaced",
        "names": {
            "kind": "Thing",
            "plural": "things",
            "singular": "thing",
            "listKind": "ThingList",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": _OPEN, "status": _OPEN},
                    }
                },
            }
        ],
    },
}


def sync(request: dict[str, Any]) -> dict[str, Any]:
    """Want as many ConfigMaps as the spec says."""
    parent = request["parent"]
    name = parent["metadata"]["name"]
    count = parent["spec"].get("count", 1)
    children = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{name}-{number}"},
            "data": {"text": parent["spec"].get("text", "")},
        }
        for number in range(count)
    ]
    return {"status": {"count": count}, "children": children}


def controller(method: str = "InPlace", name: str = "cc", **spec: Any) -> dict[str, Any]:
    """Return a CompositeController of Things and ConfigMaps."""
    strategy = {"updateStrategy": {"method": method}}
    return {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": "CompositeController",
        "metadata": {"name": name},
        "spec": {
            "generateSelector": True,
            "parentResource": {"apiVersion": "demo.example.com/v1", "resource": "things"},
            "childResources": [{"apiVersion": "v1", "resource": "configmaps", **strategy}],
            "hooks": {"sync": {"webhook": {"url": f"http://{name}.test/sync"}}},
            **spec,
        },
    }


def hooked(
    hook: Callable[..., Any] | Transport = sync, document: dict[str, Any] | None = None
) -> Hooked:
    """Return a controller whose sync hook is a function, or a whole transport for `None`."""
    return Hooked(document or controller(), functions(sync=hook), (DEFINITION,))


def thing(name: str = "t", **spec: Any) -> dict[str, Any]:
    """Return a Thing."""
    return copy.deepcopy(
        {
            "apiVersion": "demo.example.com/v1",
            "kind": "Thing",
            "metadata": {"name": name},
            "spec": spec,
        }
    )
