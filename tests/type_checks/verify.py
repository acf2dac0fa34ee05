"""What type checkers make of tests of controllers. Checked by mypy and pyright, never run.

A line that ends in `# error` must be refused by both; every other line must be accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_type

from reconcile import Controller, Decorator, Model, Parent
from reconcile.kinds.core_v1 import ConfigMap
from reconcile.objects.gvk import Gvk
from reconcile.simulate import Cluster
from reconcile.value.types import JsonObject
from reconcile.verify import ClusterFactory, Golden, assert_no_writes, assert_settles, golden_text


class Shop(Parent[Model, Model], group="example.com", version="v1"):
    """A shop."""


def fixtures(
    cluster: ClusterFactory,
    golden: Golden,
    controller: Controller[Shop],
    decorator: Decorator[ConfigMap],
) -> None:
    """Fixtures take what they are documented to take."""
    made = cluster(controller, decorator, namespace="team", apply="server-side", faithful=False)
    assert_type(made, Cluster)
    cluster(controller, objects=[ConfigMap("a"), {"kind": "X"}], pause=1.5)
    cluster(controller, apply="client-side")  # error
    cluster(controller, aply="dynamic")  # error
    cluster("shop")  # error

    golden(made, "shop")
    golden(ConfigMap("a"), "a")
    golden([ConfigMap("a"), Shop.of("b")], "both")
    golden(made.list(ConfigMap), "all")
    golden(made)  # error
    golden(3, "three")  # error
    assert_type(golden_text(made), str)

    assert_settles(made, limit=10)
    assert_no_writes(made, after="resync")
    assert_no_writes(made, after="crash")  # error
    assert_settles(controller)  # error

    assert_type(made.get(ConfigMap, "a"), ConfigMap)
    assert_type(made.get(Shop, "a"), Shop)
    assert_type(made.find(ConfigMap, "a"), ConfigMap | None)
    assert_type(made.list(Shop), Sequence[Shop])
    assert_type(made.get(Gvk("v1", "ConfigMap"), "a"), JsonObject)
    assert_type(made.create(Shop.of("a")), Shop)
