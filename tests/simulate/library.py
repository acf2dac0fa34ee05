"""A small controller of this library, for tests of the cluster."""

from __future__ import annotations

from reconcile import Child, Contribution, Controller, Model, Observed, Parent, rule
from reconcile.kinds.core_v1 import ConfigMap


class StoreSpec(Model):
    """What is asked for."""

    size: int = 0


class StoreStatus(Model):
    """What is told."""

    size: int | None = None


class Store(Parent[StoreSpec, StoreStatus], group="shop.example.com", version="v1"):
    """A store."""


@rule
def shelf(observed: Observed[Store]) -> Contribution:
    """Want one ConfigMap."""
    size = observed.parent.spec.size
    child = ConfigMap(observed.parent.name, data={"size": str(size)})
    return Contribution(children=[child], status={"size": size})


store = Controller(Store, rules=shelf, children=[Child(ConfigMap, "InPlace")])
