"""What type checkers make of typed kinds. Checked by mypy and pyright, never run.

A line that ends in `# error` must be refused by both; every other line must be accepted.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from typing import assert_type

from reconcile.kinds.apps_v1 import Deployment, DeploymentSpec
from reconcile.kinds.batch_v1 import CronJob, Job
from reconcile.kinds.core_v1 import (
    Container,
    ContainerPort,
    Namespace,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpec,
    Pod,
    PodSpec,
    PodTemplateSpec,
    Secret,
    Service,
    ServicePort,
    VolumeResourceRequirements,
)
from reconcile.kinds.meta_v1 import LabelSelector, ObjectMeta
from reconcile.objects.document import Document
from reconcile.objects.gvk import Gvk
from reconcile.objects.quantity import Quantity
from reconcile.objects.ref import Ref
from reconcile.objects.view import Kind, Nested, Required, Scalar, View, wire
from reconcile.value.types import NULL, JsonObject


class WidgetSpec(View):
    """A part of a kind of one's own."""

    size: Required[int] = wire("size")
    colour: Scalar[str] = wire("colour")


class Widget(Kind, api_version="example.org/v1", plural="widgets", namespaced=True):
    """A kind of one's own."""

    metadata: Nested[ObjectMeta] = wire("metadata")
    spec: Nested[WidgetSpec] = wire("spec")


def reading(deployment: Deployment, pod: Pod, service: Service, cron: CronJob) -> None:
    """Fields read as what they are."""
    assert_type(deployment.name, str)
    assert_type(deployment.namespace, str | None)
    assert_type(deployment.labels, MutableMapping[str, str])
    assert_type(deployment.metadata, ObjectMeta)
    assert_type(deployment.metadata.uid, str | None)
    assert_type(deployment.spec, DeploymentSpec)
    assert_type(deployment.spec.replicas, int | None)
    assert_type(deployment.spec.template, PodTemplateSpec)
    assert_type(deployment.spec.template.spec.containers, MutableSequence[Container])
    assert_type(deployment.spec.template.spec.containers[0].image, str)
    assert_type(deployment.spec.template.spec.containers[0].image.endswith(":2"), bool)
    assert_type(deployment.spec.selector, LabelSelector)
    assert_type(pod.status.phase, str | None)
    assert_type(pod.spec.containers[0].args, MutableSequence[str])
    assert_type(pod.spec.containers[0].ports[0].container_port, int)
    assert_type(pod.spec.containers[0].resources.limits, MutableMapping[str, str])
    assert_type(service.spec.ports[0].target_port, int | str | None)
    assert_type(cron.spec.job_template.spec.template.spec, PodSpec)
    assert_type(Deployment.gvk, Gvk)
    assert_type(deployment.ref, Ref)
    assert_type(deployment.raw, JsonObject)
    assert_type(deployment.copy(), Deployment)
    assert_type(Deployment.of({}), Deployment)
    assert_type(Deployment.observed(Document(b"{}")), Deployment)


def writing(deployment: Deployment, labels: dict[str, str] | None) -> None:
    """Views, dicts, None and NULL can be written; constructors take keywords only."""
    Deployment("web", labels=labels, spec=DeploymentSpec(replicas=2))
    Deployment("web", namespace="demo", spec={"replicas": 2, "template": {}})
    Deployment(name="web")
    Namespace("demo")
    Secret("keys", data={"a": "b"}, immutable=True)
    Service("web", spec={"ports": [ServicePort(port=80, target_port="http")]})
    PodSpec(containers=[Container(name="a", image="b"), {"name": "c"}])
    Container(name="a", ports=[ContainerPort(container_port=80)], args=["a"])
    resources = VolumeResourceRequirements(requests={"storage": Quantity("1Gi")})
    PersistentVolumeClaim("data", spec=PersistentVolumeClaimSpec(resources=resources))
    Widget("w", spec=WidgetSpec(size=1))
    Widget("w", labels={"a": "b"}, metadata=ObjectMeta(uid="u"), spec={"size": 1})
    Job("j", metadata={"finalizers": ["a"]})
    deployment.spec.replicas = None
    deployment.spec.replicas = NULL
    deployment.spec = {"replicas": 3}
    deployment.spec.template = PodTemplateSpec()
    deployment.labels = {"a": "b"}
    deployment.labels["a"] = "b"
    deployment.spec.template.spec.containers.append(Container(name="a"))


def mistakes(deployment: Deployment, pod: Pod, widget: Widget) -> None:
    """The likely mistakes are found by the type checker."""
    Deployment()  # error
    Deployment("web", sepc={})  # error
    Deployment("web", "demo")  # error
    Deployment("web", spec=3)  # error
    Deployment("web", spec=PodSpec())  # error
    Deployment("web", labels={"a": 1})  # error
    DeploymentSpec(replicas="2")  # error
    DeploymentSpec(2)  # error
    PodSpec(containers=[PodSpec()])  # error
    Container(name="a", ports=[80])  # error
    WidgetSpec(size="1")  # error
    deployment.spec.replicas = "2"  # error
    deployment.spec.replica = 2  # error
    deployment.spec.template.spec.containers = Container()  # error
    deployment.spec.template.spec.containers.append(PodSpec())  # error
    deployment.labels["a"] = 1  # error
    pod.status.phase.upper()  # error
    pod.spec.replicas  # error # noqa: B018
    widget.spec.colour.upper()  # error
    widget.spec.size.upper()  # error
