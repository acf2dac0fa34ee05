"""What admission and the strategies of kinds add to objects."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import made, pod

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
