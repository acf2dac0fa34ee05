"""Profiles of Pods, and what is told in the status of Services, Jobs and claims."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.kinds import Kinds
from reconcile.kinds.validation import create_errors, status_update_errors, update_errors

KINDS = Kinds()
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"


def told(annotations: dict[str, str], context: dict[str, Any], **spec: Any) -> list[str]:
    """Return what is wrong with a Pod with these annotations and this context of its container."""
    container = {
        "name": "c",
        "image": "i",
        "imagePullPolicy": "Always",
        "terminationMessagePolicy": "File",
        "securityContext": context,
    }
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "b", "annotations": annotations},
        "spec": {
            "containers": [container],
            "restartPolicy": "Always",
            "dnsPolicy": "ClusterFirst",
            "terminationGracePeriodSeconds": 30,
            **spec,
        },
    }
    return [str(each) for each in create_errors(KINDS, made)]


PLACE = "spec.containers[0].securityContext"
PROFILES: list[tuple[dict[str, str], dict[str, Any], list[str]]] = [
    ({APPARMOR + "c": "runtime/default"}, {"appArmorProfile": {"type": "RuntimeDefault"}}, []),
    ({APPARMOR + "c": "unconfined"}, {"appArmorProfile": {"type": "Unconfined"}}, []),
    (
        {APPARMOR + "c": "localhost/a"},
        {"appArmorProfile": {"type": "Localhost", "localhostProfile": "a"}},
        [],
    ),
    (
        {APPARMOR + "c": "unconfined"},
        {"appArmorProfile": {"type": "RuntimeDefault"}},
        [
            f"{PLACE}.appArmorProfile.type: Forbidden: "
            "apparmor type in annotation and field must match"
        ],
    ),
    (
        {APPARMOR + "c": "runtime/default"},
        {"appArmorProfile": {"type": "Unconfined"}},
        [
            f"{PLACE}.appArmorProfile.type: Forbidden: "
            "apparmor type in annotation and field must match"
        ],
    ),
    (
        {APPARMOR + "c": "localhost/b"},
        {"appArmorProfile": {"type": "Localhost", "localhostProfile": "a"}},
        [
            f"{PLACE}.appArmorProfile.localhostProfile: Forbidden: "
            "apparmor profile in annotation and field must match"
        ],
    ),
    (
        {APPARMOR + "c": "unconfined"},
        {"appArmorProfile": {"type": "Localhost", "localhostProfile": "a"}},
        [
            f"{PLACE}.appArmorProfile.type: Forbidden: "
            "apparmor type in annotation and field must match"
        ],
    ),
    (
        {SECCOMP + "c": "docker/default"},
        {"seccompProfile": {"type": "RuntimeDefault"}},
        [],
    ),
    (
        {SECCOMP + "c": "unconfined"},
        {"seccompProfile": {"type": "RuntimeDefault"}},
        [
            f"{PLACE}.seccompProfile.type: Forbidden: "
            "seccomp type in annotation and field must match"
        ],
    ),
    (
        {SECCOMP + "c": "localhost/b"},
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}},
        [
            f"{PLACE}.seccompProfile.localhostProfile: Forbidden: "
            "seccomp profile in annotation and field must match"
        ],
    ),
    (
        {},
        {"appArmorProfile": {"type": "Localhost", "localhostProfile": " a"}},
        [
            f'{PLACE}.appArmorProfile.localhostProfile: Invalid value: " a": '
            "must not be padded with whitespace"
        ],
    ),
    (
        {},
        {"appArmorProfile": {"type": "Unconfined", "localhostProfile": "a"}},
        [
            f'{PLACE}.appArmorProfile.localhostProfile: Invalid value: "a": '
            "can only be set when AppArmor type is Localhost"
        ],
    ),
]


@pytest.mark.parametrize(("annotations", "context", "expected"), PROFILES)
def test_an_annotation_and_a_field_name_one_profile(annotations, context, expected):
    assert told(annotations, context) == expected


@pytest.mark.parametrize(
    ("annotation", "value", "ends"),
    [
        (APPARMOR + "d", "runtime/default", 'Invalid value: "d": container not found'),
        (APPARMOR + "c", "some", 'Invalid value: "some": invalid AppArmor profile name: "some"'),
        (SECCOMP_POD, "some", 'Invalid value: "some": must be a valid seccomp profile'),
        (SECCOMP_POD, "localhost/../a", "must not contain '..'"),
    ],
)
def test_an_annotation_names_a_profile_of_a_container(annotation, value, ends):
    (only,) = told({annotation: value}, {})
    assert only.startswith("metadata.annotations")
    assert only.endswith(ends)


@pytest.mark.parametrize(
    "value", ["runtime/default", "docker/default", "unconfined", "localhost/a"]
)
def test_profiles_that_are_right(value):
    assert told({SECCOMP_POD: value}, {}) == []


INGRESS = "status.loadBalancer.ingress"
STATUSES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("LoadBalancer", {"ip": "10.0.0.1", "ipMode": "VIP"}, []),
    ("LoadBalancer", {"hostname": "a.example.com"}, []),
    (
        "ClusterIP",
        {"ip": "10.0.0.1"},
        [f"{INGRESS}: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
    ),
    (
        "LoadBalancer",
        {"hostname": "10.0.0.1"},
        [
            f'{INGRESS}[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'
        ],
    ),
    (
        "LoadBalancer",
        {"hostname": "a", "ipMode": "VIP"},
        [f"{INGRESS}[0].ipMode: Forbidden: may not be specified when `ip` is not set"],
    ),
    (
        "LoadBalancer",
        {"ip": "10.0.0.1", "ipMode": "Other"},
        [f'{INGRESS}[0].ipMode: Unsupported value: "Other": supported values: "Proxy", "VIP"'],
    ),
]


@pytest.mark.parametrize(("kind", "ingress", "expected"), STATUSES)
def test_a_load_balancer_says_where_it_is(kind, ingress, expected):
    before = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a", "namespace": "b", "resourceVersion": "1"},
        "spec": {"type": kind, "ports": [{"port": 80}]},
    }
    after = {**before, "status": {"loadBalancer": {"ingress": [ingress]}}}
    assert [str(each) for each in status_update_errors(KINDS, before, after)] == expected


EARLY, LATE = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
DONE = [
    {"type": "SuccessCriteriaMet", "status": "True"},
    {"type": "Complete", "status": "True"},
]
JOBS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {"startTime": EARLY}, []),
    (
        {"startTime": EARLY},
        {"startTime": LATE},
        [
            f'status.startTime: Invalid value: "{LATE}": '
            "field is immutable for unsuspended job once set"
        ],
    ),
    (
        {"startTime": EARLY},
        {},
        ["status.startTime: Invalid value: null: field is immutable for unsuspended job once set"],
    ),
    (
        {},
        {"startTime": LATE, "completionTime": EARLY, "conditions": DONE},
        [f'status.completionTime: Invalid value: "{EARLY}": must be equal to or after `startTime`'],
    ),
    (
        {"startTime": EARLY, "completionTime": EARLY, "conditions": DONE},
        {"startTime": EARLY, "completionTime": LATE, "conditions": DONE},
        [f'status.completionTime: Invalid value: "{LATE}": field is immutable'],
    ),
    (
        {"startTime": EARLY},
        {"startTime": EARLY, "completionTime": LATE, "conditions": DONE, "active": 1},
        ["status.active: Invalid value: 1: active>0 is invalid for finished job"],
    ),
]


@pytest.mark.parametrize(("was", "status", "expected"), JOBS)
def test_a_job_says_when_it_began_and_ended(was, status, expected):
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "a", "namespace": "b", "resourceVersion": "1"},
        "spec": {"completions": 1, "parallelism": 1, "completionMode": "NonIndexed"},
    }
    before, after = {**job, "status": was}, {**job, "status": status}
    assert [str(each) for each in status_update_errors(KINDS, before, after)] == expected


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        ({}, {}, []),
        ({"currentVolumeAttributesClassName": "a"}, {"volumeAttributesClassName": "b"}, []),
        (
            {"currentVolumeAttributesClassName": "a"},
            {},
            [
                "spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when "
                "status.currentVolumeAttributesClassName is not nil"
            ],
        ),
        (
            {"currentVolumeAttributesClassName": "a"},
            {"volumeAttributesClassName": ""},
            [
                "spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden "
                "when status.currentVolumeAttributesClassName is not nil"
            ],
        ),
    ],
)
def test_a_claim_keeps_a_class_that_its_volume_has(current, wanted, expected):
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "volumeMode": "Filesystem",
        "volumeName": "v",
    }
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "a", "namespace": "b", "resourceVersion": "1"},
        "status": {"phase": "Bound", **current},
    }
    before = {**claim, "spec": {**spec, "volumeAttributesClassName": "a"}}
    after = {**claim, "spec": {**spec, **wanted}}
    assert [str(each) for each in update_errors(KINDS, before, after)] == expected


LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.com/a", []),
        ("a", ['"a": must be a fully qualified domain and path of the form']),
        ("a/b", ['"a": should be a domain with at least two segments separated by dots']),
        ("A.b/c", [f'"A.b": validating label "A": {LABEL}']),
    ],
)
def test_a_signer_has_a_domain_and_a_name(name, expected):
    made = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "a"},
        "spec": {"request": "YQ==", "usages": ["any"], "signerName": name},
    }
    found = [str(each) for each in create_errors(KINDS, made)]
    mine = [each for each in found if each.startswith("spec.signerName")]
    assert len(mine) == len(expected)
    for each, wanted in zip(mine, expected, strict=True):
        assert each.startswith(f"spec.signerName: Invalid value: {wanted}")
