"""What the way a Pod is run costs, and where it is."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, made, pod, refused

CLASSES = "/apis/node.k8s.io/v1/runtimeclasses"
SCHEDULING = {
    "nodeSelector": {"a": "b"},
    "tolerations": [{"key": "k", "operator": "Exists"}, {"key": "l", "operator": "Exists"}],
}


def server(**more: Any) -> ApiServer:
    """Return a server with a runtime class."""
    api = ApiServer()
    about = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "r"}}
    made(api, CLASSES, {**about, "handler": "h", **more})
    return api


def test_a_pod_gets_what_its_class_says() -> None:
    """The cost, the nodes, and tolerations, without those that others include."""
    api = server(overhead={"podFixed": {"cpu": "1"}}, scheduling=SCHEDULING)
    mine = [{"key": "k", "operator": "Equal", "value": "v"}]
    found = made(api, PODS, pod(runtimeClassName="r", nodeSelector={"c": "d"}, tolerations=mine))
    spec = found["spec"]
    assert spec["overhead"] == {"cpu": "1"}
    assert spec["nodeSelector"] == {"a": "b", "c": "d"}
    assert [each["key"] for each in spec["tolerations"]] == [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "k",
        "l",
    ]
    assert spec["tolerations"][2] == {"key": "k", "operator": "Exists"}


@pytest.mark.parametrize(
    ("more", "spec", "why"),
    [
        ({}, {"runtimeClassName": "x"}, 'pod rejected: RuntimeClass "x" not found'),
        (
            {"overhead": {"podFixed": {"cpu": "1"}}},
            {"runtimeClassName": "r", "overhead": {"cpu": "2"}},
            "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
        ),
        (
            {},
            {"overhead": {"cpu": "2"}},
            "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
        ),
        (
            {"scheduling": SCHEDULING},
            {"runtimeClassName": "r", "nodeSelector": {"a": "c"}},
            "conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = c",
        ),
    ],
)
def test_a_pod_that_its_class_does_not_fit(
    more: dict[str, Any], spec: dict[str, Any], why: str
) -> None:
    """It is refused by what it says itself."""
    told = refused(server(**more), "POST", PODS, pod(**spec))
    assert told == f'pods "p" is forbidden: {why}'


def test_the_same_cost_may_be_said() -> None:
    """However it is spelt."""
    api = server(overhead={"podFixed": {"cpu": "1"}})
    assert made(api, PODS, pod(runtimeClassName="r", overhead={"cpu": "1000m"}))
