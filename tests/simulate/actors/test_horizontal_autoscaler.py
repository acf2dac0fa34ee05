"""Autoscalers without a metrics server."""

from __future__ import annotations

import pytest

from reconcile.simulate.actors.horizontal_autoscaler import HorizontalAutoscaler
from reconcile.simulate.faults import On, Refused
from tests.simulate.actors.objects import World
from tests.workloads import differences, workloads

_VERSION = "autoscaling/v2"
_KIND = "HorizontalPodAutoscaler"
_UNSERVED = "the server could not find the requested resource"


@pytest.mark.parametrize("name", workloads("hpa_"))
def test_a_conversation_is_had_as_it_was_recorded(name):
    """Autoscalers come to the same status as with the real controller."""
    found = differences(name)
    assert not found, f"{len(found)} differences, the first of them {found[0]}"


@pytest.fixture
def world():
    made = World(HorizontalAutoscaler())
    made.make(_deployment())
    return made


def _deployment(name="d", replicas=3):
    labels = {"app": "web"}
    containers = [{"name": "c", "image": "i"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": labels}, "template": template, "replicas": replicas}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def _autoscaler(name="h", metric=None, least=1, most=5, target=None):
    usual = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
    }
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", **(target or {})}
    spec = {"scaleTargetRef": reference, "minReplicas": least, "maxReplicas": most}
    spec["metrics"] = [metric or usual]
    return {"apiVersion": _VERSION, "kind": _KIND, "metadata": {"name": name}, "spec": spec}


def _conditions(world, name="h"):
    told = world.read(_KIND, name, _VERSION)["status"].get("conditions", ())
    return {each["type"]: (each["status"], each["reason"], each["message"]) for each in told}


def test_it_looks_after_fifteen_seconds_and_then_again(world):
    """Between two looks nothing is written."""
    world.make(_autoscaler())
    world.wait(14)
    assert _conditions(world) == {}
    world.wait(1)
    assert _conditions(world)["AbleToScale"][1] == "SucceededGetScale"
    version = world.version()
    world.wait(100)
    assert world.version() == version


@pytest.mark.parametrize(("least", "most", "size"), [(4, 9, 4), (1, 2, 2), (1, 9, 3)])
def test_a_target_is_kept_within_its_bounds(world, least, most, size):
    """It is scaled up to the minimum and down to the maximum."""
    world.make(_autoscaler(least=least, most=most))
    world.wait(15)
    assert world.read("Deployment", "d", "apps/v1")["spec"]["replicas"] == size
    status = world.read(_KIND, "h", _VERSION)["status"]
    assert status["currentReplicas"] == 3
    assert status["desiredReplicas"] == (0 if size == 3 else size)
    assert ("lastScaleTime" in status) is (size != 3)


@pytest.mark.parametrize(
    ("metric", "reason", "message"),
    [
        (
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "AverageValue", "averageValue": "1"},
                },
            },
            "FailedGetResourceMetric",
            "failed to get cpu usage: unable to get metrics for resource cpu: unable to fetch "
            f"metrics from resource metrics API: {_UNSERVED} (get pods.metrics.k8s.io)",
        ),
        (
            {
                "type": "ContainerResource",
                "containerResource": {
                    "name": "cpu",
                    "container": "c",
                    "target": {"type": "Utilization", "averageUtilization": 50},
                },
            },
            "FailedGetContainerResourceMetric",
            "failed to get cpu utilization: unable to get metrics for resource cpu: unable to "
            f"fetch metrics from resource metrics API: {_UNSERVED} (get pods.metrics.k8s.io)",
        ),
        (
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "rps"},
                    "target": {"type": "AverageValue", "averageValue": "1"},
                },
            },
            "FailedGetPodsMetric",
            "unable to get metric rps: unable to fetch metrics from custom metrics API: no custom "
            "metrics API (custom.metrics.k8s.io) registered",
        ),
        (
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "rps"},
                    "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "s"},
                    "target": {"type": "Value", "value": "1"},
                },
            },
            "FailedGetObjectMetric",
            "unable to get metric rps: Service on default s/unable to fetch metrics from custom "
            "metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
        ),
        (
            {
                "type": "External",
                "external": {
                    "metric": {"name": "depth", "selector": {"matchLabels": {"q": "a"}}},
                    "target": {"type": "Value", "value": "1"},
                },
            },
            "FailedGetExternalMetric",
            "failed to get external metric depth: unable to get external metric default/depth/"
            "&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:"
            "[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: "
            f"{_UNSERVED} (get depth.external.metrics.k8s.io)",
        ),
    ],
)
def test_each_metric_says_what_is_missing(world, metric, reason, message):
    """In the words of the real controller."""
    world.make(_autoscaler(metric=metric))
    world.wait(15)
    told = f"the HPA was unable to compute the replica count: {message}"
    assert _conditions(world)["ScalingActive"] == ("False", reason, told)
    assert world.read(_KIND, "h", _VERSION)["status"]["currentMetrics"] == [{"type": ""}]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"name": "x"}, 'deployments.apps "x" not found'),
        ({"kind": "Thing"}, 'no matches for kind "Thing" in group "apps"'),
        ({"kind": "DaemonSet"}, _UNSERVED),
    ],
)
def test_a_target_that_has_no_scale_is_told(world, target, why):
    """It is not there, of no kind, or cannot be scaled."""
    world.make(_autoscaler(target=target))
    world.wait(15)
    status, reason, message = _conditions(world)["AbleToScale"]
    assert (status, reason) == ("False", "FailedGetScale")
    assert message.endswith(f"current scale: {why}")


def test_pods_of_two_autoscalers_are_nobodys(world):
    """Which of them is to scale cannot be said."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"app": "web"}}}
    world.make({**pod, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    world.make(_autoscaler("h"))
    world.make(_autoscaler("i"))
    world.wait(15)
    for name in ("h", "i"):
        assert _conditions(world, name)["ScalingActive"][1:] == (
            "AmbiguousSelector",
            "pods by selector app=web are controlled by multiple HPAs: [{h default} {i default}]",
        )


def test_a_scale_that_is_refused_is_told(world):
    """The condition holds the refusal."""
    world.make(_autoscaler(least=4))
    world.server.faults = (Refused(500, On("PUT", "/apis/apps/v1")),)
    world.wait(15)
    status, reason, _ = _conditions(world)["AbleToScale"]
    assert (status, reason) == ("False", "FailedUpdateScale")
    world.wait(15)
    assert _conditions(world)["AbleToScale"][1] == "SucceededRescale"


@pytest.mark.parametrize(
    ("kind", "source", "message"),
    [
        (
            "Object",
            {"describedObject": {"apiVersion": "v1", "kind": "Service", "name": "s"}},
            "failed to get rps object metric: unable to get metric rps: Service on default s/",
        ),
        (
            "External",
            {},
            "failed to get rps external metric: unable to get external metric default/rps/nil: ",
        ),
    ],
)
def test_averages_are_told_in_other_words(world, kind, source, message):
    """The name of the metric comes first."""
    target = {"type": "AverageValue", "averageValue": "1"}
    told = {"metric": {"name": "rps"}, "target": target, **source}
    world.make(_autoscaler(metric={"type": kind, kind.lower(): told}))
    world.wait(15)
    assert message in _conditions(world)["ScalingActive"][2]


def test_a_target_of_no_version_is_told(world):
    """It names more than a group and a version."""
    world.make(_autoscaler())
    path = world.path(_VERSION, _KIND, "h")
    changed = {"spec": {"scaleTargetRef": {"apiVersion": "a/b/c"}}}
    media = "application/merge-patch+json"
    response = world.server.request("PATCH", path, body=changed, content_type=media)
    world.wait(15)
    if response.status < 300:
        told = _conditions(world)["AbleToScale"][2]
        assert told.endswith("unexpected GroupVersion string: a/b/c")
    else:
        assert response.status == 422


def test_an_autoscaler_of_the_old_version_goes_by_processors(world):
    """It names no metric; the target may be of the core group."""
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec = {"replicas": 1, "selector": {"a": "b"}, "template": template}
    about = {"name": "r"}
    world.make(
        {"apiVersion": "v1", "kind": "ReplicationController", "metadata": about, "spec": spec}
    )
    target = {"apiVersion": "v1", "kind": "ReplicationController", "name": "r"}
    wanted = {"scaleTargetRef": target, "maxReplicas": 4}
    made = {"apiVersion": "autoscaling/v1", "kind": _KIND, "metadata": {"name": "h"}}
    world.make({**made, "spec": wanted})
    world.wait(15)
    assert _conditions(world)["ScalingActive"][1] == "FailedGetResourceMetric"
