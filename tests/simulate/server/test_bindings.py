"""Pods that are told where to run."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, made, pod, refused


def binding(name: str = "p") -> dict[str, Any]:
    """Return a Binding of a Pod that says no node."""
    about = {"name": name, "annotations": {"a": "b"}}
    return {"apiVersion": "v1", "kind": "Binding", "metadata": about, "target": {}}


@pytest.mark.parametrize("path", [f"{PODS}/p/binding", "/api/v1/namespaces/default/bindings"])
def test_a_pod_is_bound(path: str) -> None:
    """It has a node then, a condition, the annotations of the binding, and the place of the node."""
    api = ApiServer()
    zone = {"topology.kubernetes.io/zone": "z", "other": "o"}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": zone}}
    made(api, "/api/v1/nodes", node)
    made(api, PODS, pod())
    assert made(api, path, binding() | {"target": {"kind": "Node", "name": "n"}})
    found = api.request("GET", f"{PODS}/p").body
    assert found["spec"]["nodeName"] == "n"
    assert found["metadata"]["annotations"] == {"a": "b"}
    assert found["metadata"]["labels"] == {"topology.kubernetes.io/zone": "z"}
    [condition] = found["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "True")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (
            binding("q") | {"target": {"name": "n"}},
            "name in URL does not match name in Binding object",
        ),
        (binding(), "target.name: Required value"),
        (
            binding() | {"target": {"kind": "Pod", "name": "n"}},
            'target.kind: Unsupported value: "Pod": supported values: "<empty>", "Node"',
        ),
        (
            {**binding(), "metadata": {"name": "p", "namespace": "other"}},
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            binding() | {"target": 1},
            'Binding in version "v1" cannot be handled as a Binding: json: cannot unmarshal number '
            "into Go struct field Binding.target of type v1.ObjectReference",
        ),
    ],
)
def test_a_binding_that_is_refused(sent: dict[str, Any], told: str) -> None:
    """By what is wrong with it."""
    api = ApiServer()
    made(api, PODS, pod())
    assert refused(api, "POST", f"{PODS}/p/binding", sent) == told


def test_a_pod_that_cannot_be_bound() -> None:
    """It runs elsewhere, waits at gates, is another one, or is not there."""
    api = ApiServer()
    made(api, PODS, pod(schedulingGates=[{"name": "g"}]))
    made(api, PODS, pod("q", nodeName="m"))
    start = "Operation cannot be fulfilled on pods/binding"
    assert refused(api, "POST", f"{PODS}/p/binding", binding() | {"target": {"name": "n"}}) == (
        f'{start} "p": pod p has non-empty .spec.schedulingGates'
    )
    sent = binding("q") | {"target": {"name": "n"}}
    assert refused(api, "POST", f"{PODS}/q/binding", sent) == (
        f'{start} "q": pod q is already assigned to node "m"'
    )
    sent = binding("r") | {"target": {"name": "n"}}
    assert refused(api, "POST", f"{PODS}/r/binding", sent) == 'pods "r" not found'
