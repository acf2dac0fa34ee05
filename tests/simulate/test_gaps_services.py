"""What the controllers of Services, volumes, Nodes and quotas do not do, each gap shown."""

from __future__ import annotations

import json

from reconcile.simulate.actors.endpoint_slices import EndpointSliceController
from reconcile.simulate.actors.horizontal_autoscaler import HorizontalAutoscaler
from tests.simulate.actors.objects import World, node, pod, service
from tests.simulate.actors.test_deployment import deployment


def test_topology_hints():
    """Endpoints in two zones are for everybody, though the Service asks for hints."""
    world = World(EndpointSliceController())
    asking = service()
    asking["metadata"]["annotations"] = {"service.kubernetes.io/topology-mode": "Auto"}
    world.make(asking)
    for number, zone in enumerate(("east", "west"), 1):
        labels = {"topology.kubernetes.io/zone": zone}
        told = {"conditions": [{"type": "Ready", "status": "True"}], "allocatable": {"cpu": "4"}}
        world.make({**node(zone, **labels), "status": told})
        world.make(pod(zone, labels={"app": "web"}, node=zone))
        world.run(zone, f"10.2.0.{number}")
    (found,) = world.all("EndpointSlice", "discovery.k8s.io/v1")
    assert [each["zone"] for each in found["endpoints"]] == ["east", "west"]
    assert "hints" not in json.dumps(found["endpoints"])


def test_metrics_of_pods():
    """An autoscaler says that nobody could tell it anything, and scales nothing."""
    world = World(HorizontalAutoscaler())
    world.make(deployment(2))
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 5}
    version = "autoscaling/v2"
    about = {"name": "h"}
    kind = "HorizontalPodAutoscaler"
    world.make({"apiVersion": version, "kind": kind, "metadata": about, "spec": spec})
    world.wait(60)
    told = world.read(kind, "h", version)["status"]["conditions"]
    assert ("ScalingActive", "False", "FailedGetResourceMetric") in [
        (each["type"], each["status"], each["reason"]) for each in told
    ]
    assert world.read("Deployment", "web", "apps/v1")["spec"]["replicas"] == 2
