"""A webhook as a Deployment: the Pods, the Service in front, and who may reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconcile.manifests.workload.running import (
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

__all__ = ["deployment", "network_policy"]


def deployment(workload: Workload) -> Running:
    """Return a Deployment, its Service and its NetworkPolicy.

    Shape: the image holds Python, kube-reconcile and the controller, see `dockerfile`. Pods fit the
        Pod security standard `restricted`. The policy lets Metacontroller's namespace in and
        nothing out: a controller is a function and asks nobody.
    Raises: DefinitionError without an image.
    """
    metadata: JsonObject = {
        "name": workload.name,
        "namespace": workload.namespace,
        "labels": labels(workload),
    }
    selector: JsonObject = labels(workload)
    mounted, mounts = volumes(workload)
    container: JsonObject = {
        "name": "webhook",
        "image": image_of(workload),
        "command": command(workload),
        "ports": [{"name": "http", "containerPort": workload.port}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "timeoutSeconds": 5},
        "resources": resources(workload),
        "securityContext": container_security(),
    }
    pod: JsonObject = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [container],
    }
    if mounted:
        container["volumeMounts"] = mounts
        pod["volumes"] = mounted
    pods: JsonObject = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": workload.replicas,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": selector}, "spec": pod},
        },
    }
    service: JsonObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "selector": selector,
            "ports": [{"name": "http", "port": workload.port, "targetPort": "http"}],
        },
    }
    url = f"http://{workload.name}.{workload.namespace}:{workload.port}"
    documents = (pods, service, network_policy(workload, selector))
    return Running(url, documents, {}, workload.token)


def network_policy(workload: Workload, selector: JsonObject) -> JsonObject:
    """Return the policy that lets Metacontroller's namespace in, and nothing out."""
    home: JsonObject = {"matchLabels": {"kubernetes.io/metadata.name": workload.callers}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": workload.name,
            "namespace": workload.namespace,
            "labels": labels(workload),
        },
        "spec": {
            "podSelector": {"matchLabels": selector},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [{"namespaceSelector": home}],
                    "ports": [{"protocol": "TCP", "port": workload.port}],
                }
            ],
        },
    }
