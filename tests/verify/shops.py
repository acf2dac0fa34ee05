"""A controller whose rules can be made to do wrong, for tests of assertions."""

from __future__ import annotations

from reconcile import Child, Controller, Model, Observed, Parent, base64_values, once, rule
from reconcile.kinds.core_v1 import ConfigMap, Secret


class ShopSpec(Model):
    """What is asked for."""

    colour: str = "blue"


class ShopStatus(Model):
    """What is told."""


class Shop(Parent[ShopSpec, ShopStatus], group="example.com", version="v1"):
    """A shop."""


@rule
def settings(observed: Observed[Shop]) -> ConfigMap:
    """What the shop looks like."""
    return ConfigMap(observed.parent.name, data={"colour": observed.parent.spec.colour})


@rule
def password(observed: Observed[Shop]) -> Secret:
    """A password that is drawn once."""
    drawn = base64_values({"password": observed.token("password", length=30)})
    return once(Secret(observed.parent.name, data=drawn))


@rule
def restless(observed: Observed[Shop]) -> Secret:
    """A password that is drawn at every call."""
    drawn = base64_values({"password": observed.token("password", length=30)})
    return Secret(observed.parent.name, data=drawn)


@rule
def dated(observed: Observed[Shop]) -> ConfigMap:
    """A time that is another only when time has passed."""
    return ConfigMap(observed.parent.name, data={"at": observed.now.isoformat()})


CHILDREN = [Child(ConfigMap, "InPlace"), Child(Secret, "OnDelete")]
QUIET = Controller(Shop, rules=settings, children=CHILDREN)
SECRET = Controller(Shop, rules=password, children=CHILDREN)
RESTLESS = Controller(Shop, rules=restless, children=[Child(Secret, "InPlace")])
DATED = Controller(Shop, rules=dated, children=CHILDREN)
