"""What the server warns of, kind by kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reconcile.simulate.warnings.warnings import warnings_of

PORT = {"containerPort": 80, "protocol": "TCP"}
TEMPLATE = {"spec": {"containers": [{"ports": [PORT, PORT]}]}}
TWICE = "spec.containers[0].ports[1]: duplicate port definition with"
BYTES = "is invalid, must be an integer"


def warned(kind: str, after: dict[str, Any], before: Any = None, *, custom: bool = False) -> Any:
    """Return what is warned of an object of a kind."""
    served = SimpleNamespace(kind=kind, custom=custom)
    resource: Any = SimpleNamespace(served=served, is_definition=False)
    return warnings_of(resource, before, after)


def workload(generation: int, template: Any = TEMPLATE) -> dict[str, Any]:
    """Return a workload of a generation."""
    return {"metadata": {"generation": generation, "name": "a"}, "spec": {"template": template}}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "Job"])
def test_templates_are_told_with_each_generation(kind: str) -> None:
    """The same template is warned of again when anything else of the object has changed."""
    words = [f"spec.template.{TWICE} spec.template.spec.containers[0].ports[0]"]
    assert warned(kind, workload(1)) == words
    assert warned(kind, workload(2), workload(1)) == words
    assert warned(kind, workload(1), workload(1)) == []


def test_pods_are_told_once() -> None:
    """A Pod is warned of when it is created, and never again."""
    assert warned("Pod", TEMPLATE) == [f"{TWICE} spec.containers[0].ports[0]"]
    assert warned("Pod", TEMPLATE, TEMPLATE) == []


def test_names_of_jobs_should_be_labels() -> None:
    """A dotted name of a Job is no name of a host."""
    assert warned("Job", {"metadata": {"name": "a.b"}}) == [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising "
        "behavior; a DNS label is recommended: [must not contain dots]"
    ]
    assert warned("Deployment", {"metadata": {"name": "a.b"}}) == []


def test_large_indexed_jobs() -> None:
    """Very many completions and Pods at a time are warned of, in schedules too."""
    large = {"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001}
    job = {"metadata": {"name": "a"}, "spec": {"jobTemplate": {"spec": large}}}
    assert [each[:27] for each in warned("CronJob", job)] == ["spec.jobTemplate.spec: In I"]
    assert warned("Job", {"metadata": {"name": "a"}, "spec": {**large, "completions": 1}}) == []


def test_claims_of_stateful_sets() -> None:
    """The path of a claim is another when the set is changed."""
    claim = {"spec": {"resources": {"requests": {"storage": "1m"}}}}
    made = {"spec": {"volumeClaimTemplates": [claim], "revisionHistoryLimit": -1}}
    limit = (
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value "
        ">= 0 is recommended"
    )
    for before, step in ((None, ""), (made, ".Spec")):
        assert warned("StatefulSet", made, before) == [
            f"spec.volumeClaimTemplates[0]{step}.resources.requests[storage]: fractional byte "
            f'value "1m" {BYTES}',
            limit,
        ]


def test_claims_and_volumes() -> None:
    """Annotations of old, amounts, recycling and sources on their way out."""
    notes = {
        "volume.beta.kubernetes.io/storage-class": "a",
        "volume.beta.kubernetes.io/mount-options": "b",
    }
    about = {"metadata": {"annotations": notes}}
    old = (
        "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "
        '"storageClassName" attribute instead'
    )
    claim = {**about, "spec": {"resources": {"limits": {"storage": "1m"}}}}
    assert warned("PersistentVolumeClaim", claim) == [
        old,
        f'spec.resources.limits[storage]: fractional byte value "1m" {BYTES}',
    ]
    key = "beta.kubernetes.io/os"
    terms = {"nodeSelectorTerms": [{"matchExpressions": [{"key": key}]}]}
    volume = {
        **about,
        "spec": {
            "persistentVolumeReclaimPolicy": "Recycle",
            "nodeAffinity": {"required": terms},
            "storageos": {},
            "cephfs": {},
        },
    }
    assert warned("PersistentVolume", volume) == [
        old,
        "metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; "
        'use "mountOptions" attribute instead',
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, "
        "the recommended approach is to use dynamic provisioning.",
        f"spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: {key} is "
        'deprecated since v1.14; use "kubernetes.io/os" instead',
        "spec.cephfs: deprecated in v1.28, non-functional in v1.31+",
        "spec.storageOS: deprecated in v1.22, non-functional in v1.25+",
    ]


def test_services() -> None:
    """What a Service has without effect, and addresses that are oddly written."""
    headless = {
        "clusterIP": "None",
        "clusterIPs": ["None"],
        "loadBalancerIP": "10.0.0.1",
        "externalIPs": ["10.0.0.2"],
        "sessionAffinity": "ClientIP",
        "loadBalancerSourceRanges": ["10.1.0.0/8"],
        "externalName": "a",
        "trafficDistribution": "PreferClose",
    }
    assert warned("Service", {"spec": headless}) == [
        "spec.loadBalancerIP is ignored for headless services",
        "spec.externalIPs is ignored for headless services",
        "spec.SessionAffinity is ignored for headless services",
        'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.0.0/8" is ambiguous in this context '
        '(should be "10.0.0.0/8" or "10.1.0.0/32"?)',
        'spec.externalName is ignored when spec.type is not "ExternalName"',
        'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ]
    named = {"type": "ExternalName", "externalName": "a", "externalIPs": ["10.0.0.2"]}
    assert warned("Service", {"spec": named}) == [
        'spec.externalIPs is ignored when spec.type is "ExternalName"'
    ]
    odd = {"type": "ClusterIP", "clusterIP": "FD00::1", "clusterIPs": ["FD00::1"]}
    hints = {"service.kubernetes.io/topology-aware-hints": "auto"}
    assert warned("Service", {"metadata": {"annotations": hints}, "spec": odd}) == [
        "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use "
        "service.kubernetes.io/topology-mode instead",
        'spec.clusterIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format '
        '("fd00::1")',
    ]


def test_network_policies() -> None:
    """Ranges of peers should begin at their first address."""
    block = {"ipBlock": {"cidr": "10.1.0.0/8", "except": ["10.2.0.0/8"]}}
    spec = {"ingress": [{"from": [{}, block]}], "egress": [{"to": [block]}]}
    assert [each.split(":")[0] for each in warned("NetworkPolicy", {"spec": spec})] == [
        f"spec.{peers}.ipBlock.{part}"
        for peers in ("ingress[0].from[1]", "egress[0].to[0]")
        for part in ("cidr", "except[0]")
    ]


def test_ingresses_and_drivers() -> None:
    """A class by annotation, and tokens that may be logged."""
    about = {"metadata": {"annotations": {"kubernetes.io/ingress.class": "a"}}}
    assert warned("Ingress", about) == [
        'annotation "kubernetes.io/ingress.class" is deprecated, please use '
        "'spec.ingressClassName' instead"
    ]
    assert warned("Ingress", about, about) == []
    driver = {"spec": {"tokenRequests": [{}]}}
    assert len(warned("CSIDriver", driver)) == 1
    driver["spec"]["serviceAccountTokenInSecrets"] = True  # type: ignore[assignment]
    assert warned("CSIDriver", driver) == []
    assert warned("ConfigMap", {}) == []


def test_finalizers_of_custom_resources() -> None:
    """A finalizer without a domain is told when it is new."""
    one = {"metadata": {"finalizers": ["plain", "orphan", "a.b/c"]}}
    assert [each[:28] for each in warned("Thing", one, custom=True)] == [
        'metadata.finalizers: "plain"'
    ]
    assert warned("Thing", one, one, custom=True) == []
