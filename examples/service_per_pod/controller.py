"""A Service for each Pod of a StatefulSet that asks for it: two decorators that work together.

`services` decorates StatefulSets with Services that select one Pod each; `pod_names` labels the
Pods, so that there is something to select.
"""

from reconcile import Child, Contribution, Decorated, Decorator, Observed, for_each, rule
from reconcile.kinds.apps_v1 import StatefulSet
from reconcile.kinds.core_v1 import Pod, Service, ServicePort, ServiceSpec

LABEL = "service-per-pod-label"
PORTS = "service-per-pod-ports"
POD_LABEL = "pod-name-label"


def pods(observed: Observed[StatefulSet]) -> list[str]:
    """Return the names of the Pods that the StatefulSet makes."""
    replicas = observed.parent.spec.replicas
    return [f"{observed.parent.name}-{ordinal}" for ordinal in range(replicas or 0)]


def service(observed: Observed[StatefulSet], pod: str) -> Service:
    """A Service that selects one Pod, with the ports that the StatefulSet's annotation names."""
    annotations = observed.parent.annotations
    pairs = [pair.split(":") for pair in annotations[PORTS].split(",")]
    return Service(
        pod,
        labels={"app": "service-per-pod"},
        spec=ServiceSpec(
            selector={annotations[LABEL]: pod},
            ports=[
                ServicePort(name=f"port-{port}", port=int(port), target_port=int(target))
                for port, target in pairs
            ],
        ),
    )


@rule
def pod_name(observed: Observed[Pod]) -> Contribution:
    """The Pod's name as a label, under the name that its annotation says."""
    pod = observed.parent
    return Contribution(labels={pod.annotations[POD_LABEL]: pod.name})


asking = [{"key": key, "operator": "Exists"} for key in (LABEL, PORTS)]
services = Decorator(
    resources=[Decorated(StatefulSet, annotation_selector={"matchExpressions": asking})],
    rules=for_each(pods, service, key=str),
    attachments=[Child(Service, "InPlace")],
)

unnamed = {"key": "pod-name", "operator": "DoesNotExist"}
named = {"key": POD_LABEL, "operator": "Exists"}
pod_names = Decorator(
    resources=[
        Decorated(
            Pod,
            label_selector={"matchExpressions": [unnamed]},
            annotation_selector={"matchExpressions": [named]},
        )
    ],
    rules=pod_name,
    attachments=[],
)
