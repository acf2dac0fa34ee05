"""What objects use up of a quota."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconcile.simulate.server.clock import EPOCH, stamp
from reconcile.simulate.server.quota_usage import (
    in_scope,
    is_counted,
    matching,
    missing,
    resources,
    usage,
)
from reconcile.simulate.server.resource_type import Catalogue
from tests.simulate.actors.objects import claim, pod, service


def _kind(kind, version="v1"):
    return Catalogue.built_in().find_kind(version, kind)


def _used(kind, document, version="v1"):
    found = usage(_kind(kind, version), document, EPOCH)
    return {name: value.canonical for name, value in found.items()}


def _container(name="c", requests=None, limits=None, **more):
    held = {"requests": requests or {}, "limits": limits or {}}
    return {"name": name, "image": "img", "resources": held, **more}


def test_a_pod_uses_what_its_containers_ask_for_together():
    """Steps before them count where they ask for more; overhead is added."""
    containers = [_container("a", {"cpu": "1"}, {"cpu": "2"}), _container("b", {"cpu": "500m"})]
    first = [_container("i", {"cpu": "4"})]
    told = _used("Pod", pod(containers=containers, initContainers=first, overhead={"cpu": "1"}))
    assert told["requests.cpu"] == told["cpu"] == "5"
    assert told["limits.cpu"] == "3"
    assert told["pods"] == told["count/pods"] == "1"


def test_other_resources_count_under_requests():
    """Huge pages by both names, devices by one."""
    asked = {"hugepages-2Mi": "4Mi", "example.com/gpu": "2"}
    told = _used("Pod", pod(containers=[_container("a", asked, asked)]))
    assert told["hugepages-2Mi"] == told["requests.hugepages-2Mi"] == "4Mi"
    assert told["requests.example.com/gpu"] == "2"
    assert "example.com/gpu" not in told


def test_a_pod_that_ended_or_should_be_gone_is_an_object_only():
    """Being deleted counts as long as the time of grace lasts."""
    ended = {**pod(), "status": {"phase": "Succeeded"}}
    assert _used("Pod", ended) == {"count/pods": "1"}
    going = pod()
    going["metadata"] |= {"deletionTimestamp": stamp(EPOCH), "deletionGracePeriodSeconds": 30}
    assert is_counted(going, EPOCH + timedelta(seconds=30))
    assert not is_counted(going, EPOCH + timedelta(seconds=31))


@pytest.mark.parametrize(
    ("spec", "ports", "balancers"),
    [
        ({}, "0", "0"),
        ({"type": "NodePort"}, "1", "0"),
        ({"type": "LoadBalancer"}, "1", "1"),
        ({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}, "0", "1"),
    ],
)
def test_a_service_uses_ports_and_load_balancers(spec, ports, balancers):
    """As its type says."""
    told = _used("Service", service(**spec))
    assert (told["services.nodeports"], told["services.loadbalancers"]) == (ports, balancers)
    assert told["services"] == told["count/services"] == "1"


def test_a_claim_uses_storage_of_its_class():
    """The larger of what is asked for and given counts; parts are rounded up."""
    told = _used("PersistentVolumeClaim", claim(size="1500m"))
    assert told["requests.storage"] == "2"
    assert told["fast.storageclass.storage.k8s.io/requests.storage"] == "2"
    assert told["fast.storageclass.storage.k8s.io/persistentvolumeclaims"] == "1"
    grown = {**claim(), "status": {"allocatedResources": {"storage": "2Gi"}}}
    assert _used("PersistentVolumeClaim", grown)["requests.storage"] == "2Gi"


def test_all_else_is_counted():
    """Some kinds of the core group by a short name, too."""
    assert _used("ConfigMap", {}) == {"count/configmaps": "1", "configmaps": "1"}
    assert _used("Deployment", {}, "apps/v1") == {"count/deployments.apps": "1"}


def test_names_speak_of_kinds():
    """A name that no kind knows is nobody's."""
    names = ["pods", "requests.cpu", "requests.example.com/gpu", "configmaps", "x", "count/pods"]
    assert matching(_kind("Pod"), names) == [
        "count/pods",
        "pods",
        "requests.cpu",
        "requests.example.com/gpu",
    ]
    assert matching(_kind("ConfigMap"), names) == ["configmaps"]
    told = ["count/deployments.apps", "secrets", "services.nodeports", "cpu", "requests.storage"]
    assert resources(told) == [
        ("", "persistentvolumeclaims"),
        ("", "pods"),
        ("", "secrets"),
        ("", "services"),
        ("apps", "deployments"),
    ]


def test_each_container_must_say_what_is_limited():
    """Unless the Pod says it as a whole."""
    containers = [_container("b", {"cpu": "1"}), _container("a")]
    made = pod(containers=containers)
    assert missing(made, ["requests.cpu", "limits.memory", "pods"]) == (
        "limits.memory for: a,b; requests.cpu for: a"
    )
    assert missing(pod(containers=containers, resources={"requests": {"cpu": "1"}}), ["cpu"]) == ""


@pytest.mark.parametrize(
    ("scope", "spec", "inside"),
    [
        ("Terminating", {"activeDeadlineSeconds": 5}, True),
        ("Terminating", {}, False),
        ("NotTerminating", {}, True),
        ("PriorityClass", {"priorityClassName": "high"}, True),
        ("PriorityClass", {}, False),
        ("CrossNamespacePodAffinity", {}, False),
        (
            "CrossNamespacePodAffinity",
            {
                "affinity": {
                    "podAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["x"]}]
                    }
                }
            },
            True,
        ),
        ("VolumeAttributesClass", {}, False),
    ],
)
def test_scopes_take_some_pods(scope, spec, inside):
    """A quota with a scope is about these only."""
    quota = {"spec": {"scopes": [scope]}}
    assert in_scope(_kind("Pod"), quota, pod(**spec)) is inside


@pytest.mark.parametrize(
    ("operator", "values", "inside"),
    [
        ("In", ["high"], True),
        ("In", ["low"], False),
        ("NotIn", ["high"], False),
        ("NotIn", ["low"], True),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_a_scope_may_choose_by_name(operator, values, inside):
    """Classes of priority of Pods, classes of attributes of claims."""
    for scope, kind, made in (
        ("PriorityClass", "Pod", pod(priorityClassName="high")),
        ("VolumeAttributesClass", "PersistentVolumeClaim", claim(volumeAttributesClassName="high")),
    ):
        selector = {"scopeName": scope, "operator": operator, "values": values}
        quota = {"spec": {"scopeSelector": {"matchExpressions": [selector]}}}
        assert in_scope(_kind(kind), quota, made) is inside


def test_best_effort_is_what_the_server_says():
    """A Pod's class of quality is in its status."""
    for quality, scope, inside in (
        ("BestEffort", "BestEffort", True),
        ("Burstable", "BestEffort", False),
        ("Burstable", "NotBestEffort", True),
    ):
        made = {**pod(), "status": {"qosClass": quality}}
        assert in_scope(_kind("Pod"), {"spec": {"scopes": [scope]}}, made) is inside


def test_only_pods_and_claims_have_scopes():
    """A quota with scopes is about nothing else."""
    quota = {"spec": {"scopes": ["Terminating"]}}
    assert not in_scope(_kind("ConfigMap"), quota, {})
    assert in_scope(_kind("ConfigMap"), {"spec": {}}, {})
