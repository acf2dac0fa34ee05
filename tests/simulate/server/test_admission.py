"""What admission and the strategies of kinds add to objects."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import made, pod, refused

JOBS = "/apis/batch/v1/namespaces/default/jobs"
OWN = {
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
}


def job(labels: dict[str, str], template: dict[str, str], **spec: Any) -> dict[str, Any]:
    """Return a Job with labels of its own and of its Pods."""
    pods = {"metadata": {"labels": template}, "spec": {**pod()["spec"], "restartPolicy": "Never"}}
    metadata = {"name": "j", "labels": labels}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"template": pods, **spec},
    }


@pytest.mark.parametrize(
    ("labels", "template", "has", "owned"),
    [
        ({}, {}, OWN, set()),
        ({}, {"a": "b"}, {"a", *OWN}, {"a"}),
        ({"c": "d"}, {"a": "b"}, {"c"}, {"c"}),
    ],
)
def test_a_job_has_the_labels_of_its_pods(
    labels: dict[str, str], template: dict[str, str], has: set[str], owned: set[str]
) -> None:
    """Unless it has some of its own; those that are made for the Pods are nobody's."""
    found = made(ApiServer(), JOBS, job(labels, template))["metadata"]
    assert set(found["labels"]) == has
    fields = found["managedFields"][0]["fieldsV1"].get("f:metadata", {}).get("f:labels", {})
    assert {name.removeprefix("f:") for name in fields} - {"."} == owned


def test_a_job_whose_selector_is_managed_by_hand() -> None:
    """No labels are made for its Pods."""
    selector = {"matchLabels": {"a": "b"}}
    sent = job({}, {"a": "b"}, manualSelector=True, selector=selector)
    found = made(ApiServer(), JOBS, sent)
    assert found["metadata"]["labels"] == {"a": "b"}
    assert found["spec"]["template"]["metadata"]["labels"] == {"a": "b"}


def test_there_is_one_default_priority() -> None:
    """A second class that is the default is refused, made or changed to be."""
    api = ApiServer()
    path = "/apis/scheduling.k8s.io/v1/priorityclasses"
    about = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "globalDefault": True}
    made(api, path, {**about, "metadata": {"name": "a"}, "value": 3})
    assert refused(api, "POST", path, {**about, "metadata": {"name": "b"}, "value": 1}) == (
        'priorityclasses.scheduling.k8s.io "b" is forbidden: PriorityClass a is already marked as '
        "default. Only one default can exist"
    )
    assert made(api, "/api/v1/namespaces/default/pods", pod())["spec"]["priority"] == 3
    changed = api.request("PUT", f"{path}/a", body={**about, "metadata": {"name": "a"}, "value": 3})
    assert changed.status == 200


@pytest.mark.parametrize(
    ("phase", "allowed", "why"),
    [
        ("Pending", True, "spec is immutable after creation"),
        ("Bound", False, "only dynamically provisioned pvc can be resized and the storageclass"),
        ("Bound", True, ""),
    ],
)
def test_a_claim_grows_if_its_class_lets_it(phase: str, allowed: bool, why: str) -> None:
    """Once it is bound; before, nothing of it changes."""
    api = ApiServer()
    about = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "s"}}
    more = {"provisioner": "p", "allowVolumeExpansion": allowed}
    made(api, "/apis/storage.k8s.io/v1/storageclasses", {**about, **more})
    path = "/api/v1/namespaces/default/persistentvolumeclaims"
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "s",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    about = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}}
    made(api, path, {**about, "spec": spec})
    media = "application/merge-patch+json"
    status = {"status": {"phase": phase}}
    api.request("PATCH", f"{path}/c/status", body=status, content_type=media)
    more = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    answer = api.request("PATCH", f"{path}/c", body=more, content_type=media)
    assert (answer.status == 200) == (not why)
    assert why in answer.body.get("message", "")


def test_an_ingress_gets_the_default_class() -> None:
    """Unless it names one, or says so by an annotation; nobody owns it."""
    api = ApiServer()
    group = "/apis/networking.k8s.io/v1"
    marked = {"name": "i", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    about = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": marked}
    made(api, f"{group}/ingressclasses", {**about, "spec": {"controller": "a.example/b"}})
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    for name, noted, expected in (
        ("a", {}, "i"),
        ("b", {"kubernetes.io/ingress.class": "x"}, None),
    ):
        metadata = {"name": name, "annotations": noted}
        document = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata}
        spec = {"defaultBackend": backend}
        found = made(api, f"{group}/namespaces/default/ingresses", {**document, "spec": spec})
        assert found["spec"].get("ingressClassName") == expected
        assert (
            "f:ingressClassName" not in found["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
        )
