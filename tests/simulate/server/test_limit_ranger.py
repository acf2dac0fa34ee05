"""What ranges of limits give to Pods and claims, and refuse of them."""

from __future__ import annotations

from typing import Any

import pytest

from reconcile.simulate import ApiServer
from tests.simulate.served import PODS, asking, made, pod, refused

RANGES = "/api/v1/namespaces/default/limitranges"
CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"
ANNOTATION = "kubernetes.io/limit-ranger"


def server(*limits: dict[str, Any]) -> ApiServer:
    """Return a server with one range for each group of limits."""
    api = ApiServer()
    for index, each in enumerate(limits):
        spec = {"limits": [each]}
        document = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": f"l{index}"}}
        made(api, RANGES, {**document, "spec": spec})
    return api


def test_defaults_are_given_and_told_of_in_an_annotation() -> None:
    """What a container does not say it gets, by kind of container, requests before limits."""
    api = server(
        {
            "type": "Container",
            "default": {"cpu": "1", "memory": "1Gi"},
            "defaultRequest": {"cpu": "1m"},
        }
    )
    first = {"name": "a", "image": "i", "resources": {"limits": {"cpu": "2"}}}
    found = made(api, PODS, pod(initContainers=[first]))
    assert found["spec"]["initContainers"][0]["resources"] == {
        "limits": {"cpu": "2", "memory": "1Gi"},
        "requests": {"cpu": "2", "memory": "1Gi"},
    }
    assert found["metadata"]["annotations"][ANNOTATION] == (
        "LimitRanger plugin set: cpu, memory request for container c; "
        "cpu, memory limit for container c; memory request for init container a; "
        "memory limit for init container a"
    )
    assert "f:metadata" not in found["metadata"]["managedFields"][0]["fieldsV1"]


def test_a_pod_that_says_all_itself_is_left_alone() -> None:
    """No annotation is made where nothing was given."""
    api = server({"type": "Container", "default": {"cpu": "1"}})
    found = made(api, PODS, pod(containers=[asking({"cpu": "1"}, {"cpu": "1"})]))
    assert "annotations" not in found["metadata"]


@pytest.mark.parametrize(
    ("limit", "container", "why"),
    [
        (
            {"min": {"memory": "1Gi"}},
            asking({"memory": "1Mi"}, {"memory": "2Gi"}),
            "minimum memory usage per Container is 1Gi, but request is 1Mi",
        ),
        (
            {"max": {"cpu": "1"}},
            asking({"cpu": "1"}, {"cpu": "1500m"}),
            "maximum cpu usage per Container is 1, but limit is 1500m",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            asking({"cpu": "1"}, {"cpu": "2500m"}),
            "cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"name": "c", "image": "i"},
            "cpu max limit to request ratio per Container is 2, "
            "but no request is specified or request is 0",
        ),
    ],
)
def test_a_container_out_of_range_is_refused(
    limit: dict[str, Any], container: dict[str, Any], why: str
) -> None:
    """One that asks for too little, too much, or for a limit too far from it."""
    api = server({"type": "Container", **limit})
    told = refused(api, "POST", PODS, pod(containers=[container]))
    assert told == f'pods "p" is forbidden: {why}'


def test_a_pod_is_held_to_the_sum_of_its_containers() -> None:
    """Containers count together; those before them one at a time, but for those that stay."""
    api = server({"type": "Pod", "max": {"cpu": "3"}})
    one = asking({"cpu": "1"}, {"cpu": "1"})
    stays = {**asking({"cpu": "1"}, {"cpu": "1"}), "name": "s", "restartPolicy": "Always"}
    first = {**asking({"cpu": "2"}, {"cpu": "2"}), "name": "f"}
    assert made(api, PODS, pod(containers=[one], initContainers=[stays, first]))
    big = {**asking({"cpu": "2500m"}, {"cpu": "2500m"}), "name": "f"}
    document = pod("q", containers=[one], initContainers=[stays, big])
    assert refused(api, "POST", PODS, document) == (
        'pods "q" is forbidden: maximum cpu usage per Pod is 3, but limit is 3500m'
    )
    assert refused(api, "POST", PODS, pod("r")) == (
        'pods "r" is forbidden: maximum cpu usage per Pod is 3.  No limit is specified'
    )


def test_all_that_is_wrong_with_one_range_is_said_at_once() -> None:
    """Several faults stand in brackets; the next range is not asked."""
    first = {"type": "Pod", "max": {"cpu": "1", "memory": "1"}}
    api = server(first, {"type": "Pod", "min": {"cpu": "1"}})
    assert refused(api, "POST", PODS, pod()) == (
        'pods "p" is forbidden: [maximum cpu usage per Pod is 1.  No limit is specified, '
        "maximum memory usage per Pod is 1.  No limit is specified]"
    )


def test_claims_are_held_to_what_they_request() -> None:
    """A claim that asks for too little or too much is refused, also when it is changed."""
    api = server(
        {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}}
    )
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}}
    start = 'persistentvolumeclaims "c" is forbidden: '
    assert refused(api, "POST", CLAIMS, {**claim, "spec": spec}) == (
        f"{start}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi"
    )
    spec["resources"] = {"requests": {"storage": "1Gi"}}
    made(api, CLAIMS, {**claim, "spec": spec})
    media = "application/merge-patch+json"
    api.request(
        "PATCH", f"{CLAIMS}/c/status", body={"status": {"phase": "Bound"}}, content_type=media
    )
    patch = {"spec": {"resources": {"requests": {"storage": "3Gi"}}}}
    assert refused(api, "PATCH", f"{CLAIMS}/c", patch, media=media) == (
        f"{start}maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi"
    )
