"""The controllers that are timed, and what people write by hand instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from reconcile import Child, Controller, Model, Observed, Parent, for_each, rule
from reconcile.kinds.core_v1 import ConfigMap, Container, Pod, PodSpec

__all__ = ["NOW", "answer", "by_hand", "counting", "many", "three"]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOM = 512 * 1024 * 1024
CHILDREN = [Child(ConfigMap, "InPlace"), Child(Pod, "InPlace")]


class ThingSpec(Model):
    """How many there should be."""

    replicas: int = 1


class ThingStatus(Model):
    """Nothing to tell."""


class Thing(Parent[ThingSpec, ThingStatus], group="example.com", version="v1"):
    """A parent."""


@rule
def three_maps(observed: Observed[Thing]) -> list[ConfigMap]:
    """Three children, made without looking at any."""
    name = observed.parent.name
    return [ConfigMap(f"{name}-{number}", data={"number": str(number)}) for number in range(3)]


@rule
def running(observed: Observed[Thing]) -> ConfigMap:
    """One child that tells one field of every observed one."""
    count = sum(pod.status.phase == "Running" for pod in observed.children(Pod))
    return ConfigMap(observed.parent.name, data={"running": str(count)})


def numbers(observed: Observed[Thing]) -> range:
    """As many as there are replicas."""
    return range(observed.parent.spec.replicas)


def one_pod(observed: Observed[Thing], number: int) -> Pod:
    """A Pod as small controllers make it."""
    return Pod(
        f"{observed.parent.name}-{number}",
        labels={"app": "web"},
        spec=PodSpec(containers=[Container(name="web", image="registry.example.com/web:1")]),
    )


three = Controller(Thing, rules=three_maps, children=CHILDREN, max_body=ROOM)
counting = Controller(Thing, rules=running, children=CHILDREN, max_body=ROOM)
many = Controller(Thing, rules=for_each(numbers, one_pod, key=str), children=CHILDREN)


def answer(controller: Controller[Thing], body: bytes) -> dict[str, Any]:
    """Return the children that a controller answers; refuse a failure."""
    reply = controller.respond(body, now=NOW)
    assert reply.status == 200, reply
    children: dict[str, Any] = json.loads(reply.body)["children"]
    return children


def by_hand(
    loads: Callable[[bytes], Any], dumps: Callable[[Any], bytes | str]
) -> Callable[[bytes], bytes | str]:
    """Return what `counting` does as dict code with some JSON library."""

    def sync(body: bytes) -> bytes | str:
        request = loads(body)
        parent = request["parent"]["metadata"]
        pods = request["children"]["Pod.v1"].values()
        count = sum(pod["status"]["phase"] == "Running" for pod in pods)
        config = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": parent["name"], "namespace": parent["namespace"]},
            "data": {"running": str(count)},
        }
        return dumps({"status": {}, "children": [config]})

    return sync
