"""When a child is ready."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile import ready
from reconcile.kinds.apps_v1 import Deployment
from reconcile.objects.names import LAST_APPLIED
from reconcile.rules.readiness import applied, unready
from reconcile.value import encode

DONE = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


def child(kind: str, status: Any = None, *, api: str = "v1", **more: Any) -> dict[str, Any]:
    """Return an observed child."""
    document = {"apiVersion": api, "kind": kind, "metadata": {"name": "c", "generation": 1}, **more}
    return document if status is None else {**document, "status": status}


def condition(kind: str, status: str) -> dict[str, Any]:
    """Return a status with one condition."""
    return {"conditions": [{"type": "Other", "status": "True"}, {"type": kind, "status": status}]}


def deployment(kind: str = "Deployment", **status: Any) -> dict[str, Any]:
    """Return a child of two replicas."""
    return child(kind, {**DONE, **status}, api="apps/v1", spec={"replicas": 2})


CASES = [
    (deployment(), None),
    (deployment(updatedReplicas=1), "updatedReplicas is below replicas"),
    (deployment(availableReplicas=1), "availableReplicas is below replicas"),
    (deployment(replicas=3), "still has replicas to take away"),
    (deployment(availableReplicas=3, updatedReplicas=3), None),
    (deployment(observedGeneration=0), "has a status older than its spec"),
    (deployment(availableReplicas="2"), "availableReplicas is below replicas"),
    (child("Deployment", {}, api="apps/v1"), "has no status yet"),
    (child("Deployment", {**DONE, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}, api="apps/v1"), None),
    (child("Deployment", {"observedGeneration": 1}, api="apps/v1", spec={"replicas": 0}), None),
    (deployment("StatefulSet", readyReplicas=2), None),
    (deployment("StatefulSet", readyReplicas=1), "readyReplicas is below replicas"),
    (deployment("ReplicaSet"), None),
    (deployment("ReplicaSet", availableReplicas=0), "availableReplicas is below replicas"),
    (child("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2}, api="apps/v1"), None),
    (child("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 1, "numberAvailable": 2}, api="apps/v1"), "updatedNumberScheduled is below desiredNumberScheduled"),
    (child("DaemonSet", {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1}, api="apps/v1"), "numberAvailable is below desiredNumberScheduled"),
    (child("DaemonSet", {}, api="apps/v1"), "has no status yet"),
    (child("Job", condition("Complete", "True"), api="batch/v1"), None),
    (child("Job", condition("Complete", "False"), api="batch/v1"), "condition Complete is not True"),
    (child("Job", {}, api="batch/v1"), "condition Complete is not True"),
    (child("Job", {"conditions": "none"}, api="batch/v1"), "condition Complete is not True"),
    (child("Pod", condition("Ready", "True")), None),
    (child("Pod", condition("Ready", "Unknown")), "condition Ready is not True"),
    (child("PersistentVolumeClaim", {"phase": "Bound"}), None),
    (child("PersistentVolumeClaim", {"phase": "Pending"}), "phase is not Bound"),
    (child("PersistentVolume", {"phase": "Available"}), None),
    (child("PersistentVolume", {"phase": "Released"}), "phase is not Available or Bound"),
    (child("Namespace", {"phase": "Active"}), None),
    (child("Namespace", {"phase": "Terminating"}), "phase is not Active"),
    (child("Service", {}, spec={"type": "ClusterIP"}), None),
    (child("Service", {}, spec={"type": "LoadBalancer"}), "has no load balancer address"),
    (child("Service", {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}}, spec={"type": "LoadBalancer"}), None),
    (child("CustomResourceDefinition", condition("Established", "True"), api="apiextensions.k8s.io/v1"), None),
    (child("CustomResourceDefinition", {}, api="apiextensions.k8s.io/v1"), "condition Established is not True"),
    (child("ConfigMap"), None),
    (child("Widget", condition("Ready", "True"), api="example.com/v1"), None),
    (child("Widget", condition("Ready", "False"), api="example.com/v1"), "condition Ready is not True"),
    (child("Widget", condition("Up", "False"), api="example.com/v1"), None),
    ({**child("ConfigMap"), "metadata": {"name": "c", "deletionTimestamp": "x"}}, "is being deleted"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "reason"), CASES)
def test_usual_signs(document: dict[str, Any], reason: str | None) -> None:
    """Each kind is ready by its usual signs; what is missing is told without a value."""
    assert unready(document) == reason
    assert ready(document) is (reason is None)


def test_a_named_condition() -> None:
    """A condition that is named goes before the usual signs, but not before being deleted."""
    up = child("Deployment", condition("Up", "True"), api="apps/v1")
    assert unready(up, condition="Up") is None
    assert unready(up, condition="Down") == "condition Down is not True"
    assert ready(up, condition="Up")
    assert not ready({**up, "metadata": {"name": "c", "deletionTimestamp": "x"}}, condition="Up")


def test_a_view_is_looked_at_like_a_document() -> None:
    """Typed children, written or observed, are ready by the same signs."""
    assert ready(Deployment.of(deployment()))
    assert ready(Deployment.observed(deployment()))
    assert not ready(Deployment.observed(deployment(availableReplicas=0)))


def seen(desired: dict[str, Any], **live: Any) -> dict[str, Any]:
    """Return a child as it is observed after `desired` was applied."""
    text = encode(desired).decode()
    metadata = {"name": "c", "namespace": "n", "annotations": {LAST_APPLIED: text}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **live}


def pod(spec: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return a desired Pod."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (pod({"a": 1}), pod({"a": 1}), True),
        (pod({"a": 1}), pod({"a": 2}), False),
        (pod({"a": 1}), pod({}), False),
        (pod(namespace="n"), pod(), True),
        (pod(labels={"controller-uid": "u"}), pod(), True),
        (pod(labels={"controller-uid": "u", "x": "1"}), pod(labels={"x": "1"}), True),
        (pod(labels={"x": "1"}), pod(labels={"x": "2"}), False),
        (pod(annotations={"metacontroller.k8s.io/decorator-controller": "d"}), pod(), True),
        (pod(annotations={"x": "1"}), pod(), False),
        (pod(finalizers=["f"]), pod(), False),
    ],
)
def test_applied_by_annotation(before: dict[str, Any], now: dict[str, Any], same: bool) -> None:
    """What Metacontroller adds to the desired object is no change; everything else is."""
    assert applied(seen(before), now) is same


@pytest.mark.parametrize(
    ("live", "now", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "kept": "secret"}, True),
        ({"cpu": "1"}, {"cpu": "1000m"}, True),
        ({"cpu": "1"}, {"cpu": "2000m"}, False),
        ({"cpu": "1"}, {"cpu": 1}, True),
        ({"n": "x"}, {"n": "y"}, False),
        ({"n": True}, {"n": 1}, False),
        ({"n": None}, {"n": "1"}, False),
        ({"l": ["a", "b"]}, {"l": ["a", "b"]}, True),
        ({"l": ["a", "b"]}, {"l": ["a"]}, False),
        ({"l": [{"name": "x"}, {"name": "y"}]}, {"l": [{"name": "x", "z": 1}]}, True),
        ({"l": []}, {"l": [{"name": "x"}]}, False),
    ],
)
def test_applied_without_annotation(live: Any, now: Any, same: bool) -> None:
    """Without an annotation both are compared where both have a field, quantities by value."""
    observed = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}, "spec": live}
    assert applied(observed, pod(now)) is same
