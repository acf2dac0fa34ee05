"""Requests as Metacontroller sends them, made the same every time and never stored.

A child is a Pod of about 14 KB as an API server returns it: managed fields of two writers, a
last-applied annotation, six containers, a status. Keys are sorted and there is no white space, as
Go writes them.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

__all__ = ["pod", "request"]

NAMESPACE = "demo"


def _text(*parts: object) -> str:
    """Return 64 characters that nothing else has, as digests and ids in real objects are."""
    return sha256(repr(parts).encode()).hexdigest()


def _container(pod: int, number: int) -> dict[str, Any]:
    return {
        "args": [f"--shard={pod}", f"--peers=app-{number}.{NAMESPACE}.svc.cluster.local:7000"],
        "env": [
            {"name": f"SETTING_{each}", "value": f"https://service-{each}.{pod}.example.com/v1"}
            for each in range(6)
        ],
        "image": f"registry.example.com/team/app-{number}@sha256:{_text(number)}",
        "imagePullPolicy": "IfNotPresent",
        "name": f"app-{number}",
        "ports": [{"containerPort": 8000 + number, "name": f"web-{number}", "protocol": "TCP"}],
        "resources": {
            "limits": {"cpu": "2", "memory": "1Gi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": [
            {"mountPath": f"/var/lib/app/data-{each}", "name": f"data-{each}"} for each in range(3)
        ],
    }


def _managed(manager: str) -> dict[str, Any]:
    fields = {
        f'k:{{"name":"app-{number}"}}': {
            ".": {},
            "f:env": {
                ".": {},
                **{
                    f'k:{{"name":"SETTING_{each}"}}': {".": {}, "f:name": {}, "f:value": {}}
                    for each in range(4)
                },
            },
            "f:image": {},
            "f:name": {},
            "f:resources": {"f:limits": {"f:cpu": {}, "f:memory": {}}},
        }
        for number in range(4)
    }
    return {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:containers": fields}},
        "manager": manager,
        "operation": "Update",
        "time": "2026-01-01T00:00:00Z",
    }


def pod(number: int) -> dict[str, Any]:
    """Return one child."""
    containers = [_container(number, each) for each in range(6)]
    applied = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": containers[:2]}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "annotations": {
                "metacontroller.k8s.io/last-applied-configuration": json.dumps(
                    applied, separators=(",", ":")
                )
            },
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": "web", "pod-template-hash": _text(number)[:10]},
            "managedFields": [_managed("metacontroller"), _managed("kubelet")],
            "name": f"web-{number:05}",
            "namespace": NAMESPACE,
            "resourceVersion": str(100_000 + number),
            "uid": f"00000000-0000-4000-8000-{number:012}",
        },
        "spec": {
            "containers": containers,
            "dnsPolicy": "ClusterFirst",
            "nodeName": f"node-{number % 50}.example.com",
            "restartPolicy": "Always",
        },
        "status": {
            "conditions": [
                {"lastTransitionTime": "2026-01-01T00:00:00Z", "status": "True", "type": kind}
                for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "containerStatuses": [
                {
                    "containerID": f"containerd://{_text(number, each)}",
                    "image": container["image"],
                    "imageID": f"sha256:{_text(each)}",
                    "name": container["name"],
                    "ready": True,
                    "restartCount": number % 3,
                }
                for each, container in enumerate(containers)
            ],
            "phase": "Running" if number % 7 else "Pending",
        },
    }


def config_map(number: int) -> dict[str, Any]:
    """Return a child of about 700 bytes."""
    name = f"web-{number}"
    data = {"number": str(number)}
    applied = {"apiVersion": "v1", "data": data, "kind": "ConfigMap", "metadata": {"name": name}}
    text = json.dumps(applied, separators=(",", ":"))
    return {
        "apiVersion": "v1",
        "data": data,
        "kind": "ConfigMap",
        "metadata": {
            "annotations": {"metacontroller.k8s.io/last-applied-configuration": text},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "managedFields": [
                {
                    "apiVersion": "v1",
                    "fieldsType": "FieldsV1",
                    "fieldsV1": {"f:data": {".": {}, "f:number": {}}},
                    "manager": "metacontroller",
                    "operation": "Update",
                    "time": "2026-01-01T00:00:00Z",
                }
            ],
            "name": name,
            "namespace": NAMESPACE,
            "resourceVersion": str(100_000 + number),
            "uid": f"00000000-0000-4000-8000-{number:012}",
        },
    }


def request(
    children: int, *, version: str = "v2", replicas: int = 3, config_maps: int = 0
) -> bytes:
    """Return a sync request with so many observed Pods and ConfigMaps."""
    prefix = f"{NAMESPACE}/" if version == "v2" else ""
    pods = {f"{prefix}web-{number:05}": pod(number) for number in range(children)}
    configs = {f"{prefix}web-{number}": config_map(number) for number in range(config_maps)}
    return json.dumps(
        {
            "controller": {
                "kind": "CompositeController",
                "apiVersion": "metacontroller.k8s.io/v1alpha1",
                "metadata": {"name": "things"},
                "spec": {"hooks": {"sync": {"version": version}}},
                "status": {},
            },
            "parent": {
                "apiVersion": "example.com/v1",
                "kind": "Thing",
                "metadata": {
                    "generation": 1,
                    "name": "web",
                    "namespace": NAMESPACE,
                    "uid": "00000000-0000-4000-9000-000000000000",
                },
                "spec": {"replicas": replicas},
            },
            "children": {"ConfigMap.v1": configs, "Pod.v1": pods},
            "related": {},
            "finalizing": False,
        },
        separators=(",", ":"),
    ).encode()
