"""The decorators, tested without a cluster: a rule with plain objects, then both in a cluster."""

import pytest
from controller import POD_LABEL, pod_names, service, services

from reconcile import Observed
from reconcile.kinds.apps_v1 import StatefulSet
from reconcile.kinds.core_v1 import Node, Pod, Service
from reconcile.simulate import Cluster
from reconcile.simulate.actors.catalogue import built_in
from reconcile.simulate.actors.kubelet import Kubelet
from reconcile.simulate.actors.scheduler import Scheduler
from reconcile.verify import ClusterFactory, Golden, assert_no_writes, assert_settles

ASKING = {"service-per-pod-label": "pod-name", "service-per-pod-ports": "80:8080,443:8443"}


def web(replicas: int, annotations: dict[str, str]) -> StatefulSet:
    """Return a StatefulSet whose Pods ask for their name as a label."""
    return StatefulSet(
        "web",
        annotations=annotations,
        spec={
            "replicas": replicas,
            "serviceName": "web",
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}, "annotations": {POD_LABEL: "pod-name"}},
                "spec": {"containers": [{"name": "web", "image": "nginx:1"}]},
            },
        },
    )


# A rule: a function of plain objects.


def test_ports_are_read_from_the_annotation() -> None:
    """A Service has a port for each pair."""
    made = service(Observed.of(web(1, ASKING)), "web-0")
    assert [(port.port, port.target_port) for port in made.spec.ports] == [(80, 8080), (443, 8443)]
    assert made.spec.selector == {"pod-name": "web-0"}


# Both decorators in one cluster, in which StatefulSets make Pods that run.


@pytest.fixture
def pods(cluster: ClusterFactory) -> Cluster:
    """Return a cluster with a StatefulSet of two Pods, at rest."""
    made = cluster(
        services,
        pod_names,
        objects=[Node("node")],
        actors=[*built_in(), Scheduler(), Kubelet()],
    )
    made.create(web(2, ASKING))
    assert_settles(made)
    return made


def selecting(cluster: Cluster) -> dict[str, list[str]]:
    """Return which Pods each Service selects."""
    labels = {pod.name: dict(pod.labels) for pod in cluster.list(Pod)}
    return {
        each.name: [name for name, held in labels.items() if held.items() >= wanted.items()]
        for each in cluster.list(Service)
        if (wanted := dict(each.spec.selector))
    }


@pytest.mark.apply
def test_each_pod_has_its_service(pods: Cluster, golden: Golden) -> None:
    """A Service selects one Pod; a restart of Metacontroller changes nothing."""
    assert selecting(pods) == {"web-0": ["web-0"], "web-1": ["web-1"]}
    golden([pods.get(Service, name) for name in ("web-0", "web-1")], "services")
    assert_no_writes(pods)


@pytest.mark.apply
def test_services_follow_the_replicas(pods: Cluster) -> None:
    """More replicas bring more Services, fewer take theirs away."""
    for replicas in (3, 1):
        pods.patch(StatefulSet, "web", {"spec": {"replicas": replicas}})
        assert_settles(pods)
        names = [f"web-{ordinal}" for ordinal in range(replicas)]
        assert selecting(pods) == {name: [name] for name in names}


@pytest.mark.apply
def test_drift_is_mended(pods: Cluster) -> None:
    """A Service that is gone or that selects others is made as it was; a new Pod is found."""
    before = selecting(pods)
    pods.delete(Service, "web-0")
    pods.patch(Service, "web-1", {"spec": {"selector": {"pod-name": "web-0"}}}, user="somebody")
    pods.delete(Pod, "web-1")
    assert_settles(pods)
    assert selecting(pods) == before


@pytest.mark.apply
def test_services_go_with_the_stateful_set(pods: Cluster) -> None:
    """Who deletes a StatefulSet deletes its Services."""
    pods.delete(StatefulSet, "web")
    assert_settles(pods)
    assert selecting(pods) == {}


@pytest.mark.apply
def test_services_go_when_nobody_asks(pods: Cluster) -> None:
    """A StatefulSet that asks no longer loses its Services and keeps its Pods."""
    pods.patch(StatefulSet, "web", {"metadata": {"annotations": dict.fromkeys(ASKING)}})
    assert_settles(pods)
    assert selecting(pods) == {}
    assert len(pods.list(Pod)) == 2
