"""What tests of plans share: children as they are desired, and as they are observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconcile.kinds.core_v1 import ConfigMap
from reconcile.objects.names import LAST_APPLIED
from reconcile.state.desired import Desired
from reconcile.value import encode

if TYPE_CHECKING:
    from reconcile.objects.view import Kind

PARENT = {
    "apiVersion": "ex.com/v1",
    "kind": "Thing",
    "metadata": {"name": "t", "namespace": "ns", "uid": "parent-uid"},
}


def config(
    name: str, *, namespace: str | None = "ns", labels: Any = None, **data: Any
) -> ConfigMap:
    """Return a ConfigMap."""
    return ConfigMap(name, namespace=namespace, labels=labels, data=data or None)


def seen(child: Kind, *, owner: str | None = None, **data: str) -> dict[str, Any]:
    """Return a child as it is observed after it was applied, with some data changed."""
    document = child.raw
    text = encode(document).decode()
    metadata = {**document["metadata"], "annotations": {LAST_APPLIED: text}, "uid": "u"}
    if owner:
        reference = {"apiVersion": "ex.com/v1", "kind": "Thing", "name": "t", "uid": owner}
        metadata["ownerReferences"] = [{**reference, "controller": True}]
    made = {**document, "metadata": metadata}
    return {**made, "data": {**document.get("data", {}), **data}} if data else made


def desired_of(*children: Kind, namespace: str = "ns", **more: Any) -> Desired:
    """Return the desired state of some children, each asked for by a rule of its name."""
    objects = {child.ref: child.raw for child in children}
    said = {child.ref: [(f"rule-{child.name}", child.raw)] for child in children}
    return Desired(objects, contributions=said, namespace=namespace, **more)
