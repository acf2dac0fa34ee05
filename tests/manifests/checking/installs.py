"""A controller, and the documents that are applied for it: nothing is wrong with them."""

from __future__ import annotations

from typing import Any

from reconcile import Child, Controller, Observed, Parent, Related, all_of, rule, teardown
from reconcile.kinds.core_v1 import ConfigMap, Secret, Service
from reconcile.manifests import controller_object, crd, rbac
from tests.manifests.checking.wrongs import Picky, Shop, ShopSpec, ShopStatus, labelled


@rule
def settings(observed: Observed[Shop]) -> ConfigMap:
    return ConfigMap(observed.parent.name, data={"image": observed.parent.spec.image})


@rule
def front(observed: Observed[Shop]) -> Service:
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    return Service(observed.parent.name[:50], spec={"ports": ports})


def customize(parent: Shop) -> list[Related]:
    return [Related(Secret, names=["token"])]


SIMPLE = Controller(Shop, rules=settings, children=[Child(ConfigMap, "InPlace")])
"""A controller without any more hooks."""
FULL = Controller(
    Shop,
    rules=teardown(all_of(settings, front)),
    children=[Child(ConfigMap, "InPlace"), Child(Service, "Recreate")],
    customize=customize,
    label_selector={"matchLabels": {"kind": "shop"}},
)
"""A controller with all hooks."""
SELECTING = Controller(Picky, rules=labelled, children=[Child(ConfigMap, "InPlace")])
"""A controller whose parents find their children by a selector of their own."""


def documents(controller: Controller[Any], **more: Any) -> list[dict[str, Any]]:
    """Return all that is applied for a controller."""
    related = [Related(Secret)] if controller.customizes else None
    made: Any = [
        crd(controller.parent),
        *rbac(controller, name="shops", related=related),
        controller_object(controller, name="shops", url="http://shops.demo:8080", **more),
    ]
    return made


class Other(Parent[ShopSpec, ShopStatus], group="example.com", version="v1"):
    """Another kind, for documents that are for something else."""
