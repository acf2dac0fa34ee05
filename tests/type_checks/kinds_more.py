"""What type checkers make of lists, maps, other kinds, and the ways in and out.

A line that ends in `# error` must be refused by both; every other line must be accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence
from typing import Any, TypedDict, assert_type

import msgspec
from kubernetes.client import V1Deployment
from pydantic import BaseModel

from reconcile.kinds.apiextensions_v1 import CustomResourceDefinition, JSONSchemaProps
from reconcile.kinds.apps_v1 import DaemonSet, Deployment, StatefulSet
from reconcile.kinds.autoscaling_v2 import HorizontalPodAutoscaler, MetricSpec
from reconcile.kinds.batch_v1 import CronJob
from reconcile.kinds.core_v1 import (
    ConfigMap,
    Container,
    ContainerPort,
    EnvVar,
    Node,
    PersistentVolumeClaim,
    Pod,
    PodSpec,
    Probe,
    Secret,
    Service,
    ServicePort,
    Toleration,
    Volume,
)
from reconcile.kinds.meta_v1 import LabelSelectorRequirement, ObjectMeta, OwnerReference
from reconcile.kinds.networking_v1 import HTTPIngressPath, Ingress, NetworkPolicy
from reconcile.kinds.policy_v1 import PodDisruptionBudget
from reconcile.kinds.rbac_v1 import ClusterRole, PolicyRule, RoleBinding
from reconcile.kinds.storage_v1 import StorageClass
from reconcile.objects.accept import accept
from reconcile.objects.interop import from_json, to_json, to_model
from reconcile.objects.quantity import Quantity
from reconcile.objects.view import Kind
from reconcile.objects.yaml import all_from_yaml, all_to_yaml, from_yaml, to_yaml
from reconcile.value.types import NULL, Json, JsonObject


class Carrier(BaseModel):
    """A pydantic model of somebody."""

    kind: str


class Struct(msgspec.Struct):
    """A struct of somebody."""

    kind: str


class Words(TypedDict):
    """A dict of somebody."""

    kind: str


def lists(pod: Pod, service: Service, node: Node, role: ClusterRole) -> None:
    """Items of lists are what the kind says."""
    assert_type(pod.spec.containers[0], Container)
    assert_type(pod.spec.containers[0:1], MutableSequence[Container])
    assert_type(pod.spec.containers[0].env[0].value, str | None)
    assert_type(pod.spec.containers[0].env[0].value_from.secret_key_ref.key, str)
    assert_type(pod.spec.containers[0].ports[0].protocol, str | None)
    assert_type(pod.spec.containers[0].liveness_probe, Probe)
    assert_type(pod.spec.containers[0].liveness_probe.http_get.port, int | str)
    assert_type(pod.spec.containers[0].command, MutableSequence[str])
    assert_type(pod.spec.tolerations, MutableSequence[Toleration])
    assert_type(pod.spec.volumes[0].config_map.default_mode, int | None)
    assert_type(pod.spec.volumes[0].name, str)
    assert_type(pod.spec.host_network, bool | None)
    assert_type(pod.spec.security_context.run_as_user, int | None)
    assert_type(pod.metadata.owner_references, MutableSequence[OwnerReference])
    assert_type(pod.metadata.owner_references[0].uid, str)
    assert_type(pod.metadata.finalizers, MutableSequence[str])
    assert_type(pod.status.container_statuses[0].restart_count, int)
    assert_type(service.spec.ports[0].port, int)
    assert_type(service.spec.cluster_ips, MutableSequence[str])
    assert_type(service.status.load_balancer.ingress[0].ip, str | None)
    assert_type(node.spec.taints[0].effect, str)
    assert_type(role.rules[0].verbs, MutableSequence[str])
    assert_type(len(pod.spec.containers), int)
    assert_type([each.name for each in pod.spec.containers], list[str])


def maps(
    config: ConfigMap, secret: Secret, claim: PersistentVolumeClaim, set_: StatefulSet
) -> None:
    """Members of maps are what the kind says."""
    assert_type(config.data, MutableMapping[str, str])
    assert_type(config.data["a"], str)
    assert_type(config.data.get("a"), str | None)
    assert_type(secret.string_data, MutableMapping[str, str])
    assert_type(secret.type, str | None)
    assert_type(claim.spec.resources.requests, MutableMapping[str, str])
    assert_type(claim.spec.access_modes, MutableSequence[str])
    assert_type(claim.spec.storage_class_name, str | None)
    assert_type(set_.spec.selector.match_labels, MutableMapping[str, str])
    assert_type(set_.spec.volume_claim_templates[0], PersistentVolumeClaim)
    assert_type(set_.spec.volume_claim_templates[0].spec.volume_name, str | None)
    assert_type(set_.spec.update_strategy.rolling_update.partition, int | None)
    assert_type(set_.spec.service_name, str | None)


def more_kinds(
    crd: CustomResourceDefinition,
    ingress: Ingress,
    scaler: HorizontalPodAutoscaler,
    budget: PodDisruptionBudget,
    storage: StorageClass,
) -> None:
    """Kinds of all groups read alike."""
    assert_type(crd.spec.versions[0].schema.open_apiv_3_schema, JSONSchemaProps)
    assert_type(crd.spec.names.plural, str)
    assert_type(ingress.spec.rules[0].http.paths, MutableSequence[HTTPIngressPath])
    assert_type(ingress.spec.rules[0].http.paths[0].path_type, str)
    assert_type(scaler.spec.max_replicas, int)
    assert_type(scaler.spec.metrics, MutableSequence[MetricSpec])
    assert_type(budget.spec.max_unavailable, int | str | None)
    assert_type(RoleBinding("a").role_ref.name, str)
    assert_type(storage.provisioner, str)
    assert_type(storage.allow_volume_expansion, bool | None)


def writing(pod: Pod, config: ConfigMap, daemons: DaemonSet, policy: NetworkPolicy) -> None:
    """Views, dicts, quantities, None and NULL can be written where they belong."""
    pod.spec.containers = [Container(name="a"), {"name": "b"}]
    pod.spec.containers[0] = Container(name="c")
    pod.spec.containers[0].env.append(EnvVar(name="A", value="1"))
    pod.spec.containers[0].resources.limits = {"cpu": "1", "memory": Quantity("1Gi"), "pods": 3}
    pod.spec.containers[0].liveness_probe = Probe(http_get={"port": "http"})
    pod.spec.containers[0].liveness_probe.http_get.port = 8080
    pod.spec.containers[0].args.extend(["a", "b"])
    pod.spec.node_selector = {"a": "b"}
    pod.spec.tolerations = None
    pod.metadata = ObjectMeta(labels={"a": "b"}, finalizers=["a/b"])
    config.data = None
    config.data["a"] = "b"
    config.immutable = NULL
    daemons.spec.selector.match_expressions = [LabelSelectorRequirement(key="a", operator="Exists")]
    daemons.spec.update_strategy.rolling_update.max_unavailable = "25%"
    policy.spec.egress = [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]
    ClusterRole("r", rules=[PolicyRule(verbs=["get"], resources=["pods"], api_groups=[""])])


def ways_in(client: V1Deployment, model: Carrier, struct: Struct, words: Words) -> None:
    """Whatever stands for an object is taken."""
    assert_type(Deployment.of({"apiVersion": "apps/v1"}), Deployment)
    assert_type(Deployment.of(client), Deployment)
    assert_type(Deployment.of(model), Deployment)
    assert_type(Deployment.of(struct), Deployment)
    assert_type(Deployment.of(words), Deployment)
    assert_type(Deployment.of(Deployment("a")), Deployment)
    assert_type(Deployment.of(from_json(b"{}")), Deployment)
    assert_type(Deployment.of(from_yaml("a: 1")), Deployment)
    assert_type(PodSpec.of(client), PodSpec)
    assert_type(Kind.of(model), Kind)
    assert_type([Kind.of(each) for each in all_from_yaml("a: 1")], list[Kind])
    assert_type(accept(client), JsonObject)


def ways_out(deployment: Deployment, document: Mapping[str, Json]) -> None:
    """What comes out is what was asked for."""
    assert_type(to_model(deployment, V1Deployment), V1Deployment)
    assert_type(to_model(deployment, Carrier, lossy=True), Carrier)
    assert_type(to_model(deployment.spec, Struct), Struct)
    assert_type(to_model(document, Deployment), Deployment)
    assert_type(to_model(deployment, dict[str, Any]), dict[str, Any])
    assert_type(to_json(deployment), bytes)
    assert_type(to_yaml(document), str)
    assert_type(all_to_yaml([deployment, document]), str)


def mistakes(
    pod: Pod,
    config: ConfigMap,
    service: Service,
    crd: CustomResourceDefinition,
    client: V1Deployment,
) -> None:
    """The likely mistakes are found by the type checker."""
    pod.spec.containers[0].image = 3  # error
    pod.spec.containers[0].images  # error # noqa: B018
    pod.spec.container[0]  # error
    pod.spec.containers["a"]  # error
    pod.spec.containers[0].ports.append(ServicePort(port=1))  # error
    pod.spec.containers[0].args.append(1)  # error
    pod.spec.containers[0].env = EnvVar(name="A")  # error
    pod.spec.containers[0].env = [Volume(name="A")]  # error
    pod.spec.volumes[0].config_map.default_mode = "0644"  # error
    pod.spec.hostNetwork = True  # error
    pod.spec.host_network = "yes"  # error
    pod.status.phase = True  # error
    pod.metadata.labels = ["a"]  # error
    pod.metadata.deletion_timestamp.upper()  # error
    pod.kind  # error # noqa: B018
    pod.name = 3  # error
    config.data = {"a": 1}  # error
    config.data[1] = "a"  # error
    config.data = "a"  # error
    service.spec.ports[0].target_port.upper()  # error
    service.spec.ports[0].port = "http"  # error
    service.spec.selector["a"] + 1  # error
    crd.spec.versions[0].served = "true"  # error
    crd.spec.names.short_names = 3  # error
    Container(name="a", image=None, port=80)  # error
    ContainerPort(container_port="80")  # error
    Pod("a", spec=PodSpec(containers=Container(name="a")))  # error
    Service("a", spec={"ports"})  # error
    CronJob("a", metadata=PodSpec())  # error
    Deployment.of("kind: Deployment")  # error
    Deployment.of(3)  # error
    Deployment.of([client])  # error
    to_model("kind: Deployment", V1Deployment)  # error
    to_model(pod, V1Deployment).later  # error # noqa: B018
    to_model(pod, "V1Pod")  # error
    to_json(b"{}")  # error
    to_yaml(["a"])  # error
    from_yaml({"a": 1})  # error
    from_json(pod)  # error
