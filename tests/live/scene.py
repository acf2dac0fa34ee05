"""A controller, a cluster that it runs in, and a server that answers as that cluster's."""

from __future__ import annotations

from typing import Any

from reconcile import (
    Child,
    Controller,
    Decorated,
    Decorator,
    Model,
    Observed,
    Parent,
    Related,
    all_of,
    base64_values,
    once,
    rule,
)
from reconcile.kinds.apps_v1 import Deployment
from reconcile.kinds.core_v1 import ConfigMap, Pod, Secret
from reconcile.live import Reader
from reconcile.simulate import Cluster

CANARY = "canary-1f0c"


class Spec(Model):
    image: str = "web:1"
    replicas: int = 2
    wide: bool = False


class Status(Model):
    pass


class Web(Parent[Spec, Status], group="example.com", version="v1"):
    """A web server."""


@rule
def password(observed: Observed[Web]) -> Secret:
    return once(Secret(observed.parent.name, data=base64_values({"password": CANARY})))


@rule
def workload(observed: Observed[Web]) -> Deployment:
    labels = {"web": observed.parent.name}
    config = observed.related_one(ConfigMap, "settings")
    image = observed.parent.spec.image
    if config is not None:
        image = (config.data or {}).get("image", image)
    return Deployment(
        observed.parent.name,
        labels=labels,
        spec={
            "replicas": observed.parent.spec.replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    )


def controller(**options: Any) -> Controller[Web]:
    """Return the controller; with a customize hook if asked for."""
    return Controller(
        Web,
        rules=all_of(password, workload),
        children=[Child(Secret, "OnDelete"), Child(Deployment, "InPlace")],
        **options,
    )


def asking(_parent: Web) -> list[Related]:
    """Ask to see the settings."""
    return [Related(ConfigMap, names=["settings"])]


@rule
def labelled(observed: Observed[Pod]) -> ConfigMap:
    return ConfigMap(f"of-{observed.parent.name}", data={"a": "b"})


def decorator() -> Decorator[Pod]:
    """Return a decorator of Pods."""
    return Decorator(
        resources=[Decorated(Pod)], rules=labelled, attachments=[Child(ConfigMap, "InPlace")]
    )


def served(cluster: Cluster, log: list[str] | None = None) -> Reader:
    """Return what asks the API server of a cluster; paths go into `log`."""
    server = cluster.server

    def answered(path: str) -> tuple[int, bytes]:
        if log is not None:
            log.append(path)
        reply = server.request("GET", path)
        return reply.status, reply.raw

    return Reader(answered)
