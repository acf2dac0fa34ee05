"""A webhook as a Knative Service, inside of the cluster only.

1. At least one Pod stays: a cold start may take longer than Metacontroller waits.
2. Only fields that Knative takes without feature flags: what a Pod as a whole may not do is said of
   its container.

Source: knative.dev/serving pkg/apis/serving/fieldmask.go; the Knative Serving API reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.manifests.workload.running import (
    DEADLINE,
    Running,
    Workload,
    command,
    container_security,
    image_of,
    labels,
    resources,
    volumes,
)

if TYPE_CHECKING:
    from reconcile.value.types import JsonObject

__all__ = ["knative_service"]


def knative_service(workload: Workload) -> Running:
    """Return a Knative Service that is reached inside of the cluster only.

    Shape: serving.knative.dev/v1. `replicas` is the least number of Pods.
    Assumes: whoever is in the cluster may call, unless there is a `token_secret`: Knative's own
        Pods stand before the webhook, so a policy of the network could not tell callers apart.
    Raises: DefinitionError without an image.
    """
    mounted, mounts = volumes(workload)
    container: JsonObject = {
        "name": "webhook",
        "image": image_of(workload),
        "command": command(workload),
        "ports": [{"name": "http1", "containerPort": workload.port}],
        "readinessProbe": {"httpGet": {"path": "/readyz"}},
        "livenessProbe": {"httpGet": {"path": "/healthz"}},
        "resources": resources(workload),
        "securityContext": container_security(),
    }
    pod: JsonObject = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "timeoutSeconds": DEADLINE,
        "containers": [container],
    }
    if mounted:
        container["volumeMounts"] = mounts
        pod["volumes"] = mounted
    made: JsonObject = {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": workload.name,
            "namespace": workload.namespace,
            "labels": {**labels(workload), "networking.knative.dev/visibility": "cluster-local"},
        },
        "spec": {
            "template": {
                "metadata": {
                    "labels": labels(workload),
                    "annotations": {"autoscaling.knative.dev/min-scale": str(workload.replicas)},
                },
                "spec": pod,
            }
        },
    }
    url = f"http://{workload.name}.{workload.namespace}.svc.cluster.local"
    return Running(url, (made,), {}, workload.token)
