"""A scheduler that takes the first Node that fits, in the order of their names.

1. It is no part of the built-in controllers: who wants Pods to be bound puts it beside them.
   Recordings bind Pods by hand.
2. It looks at what a Pod says of Nodes by name, labels and taints, and at what it requests. It does
   not look at other Pods' affinity, spreading, ports, volumes or devices, and evicts nobody.

Source: k8s.io/kubernetes pkg/scheduler: schedule_one.go, framework/types.go, framework/plugins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from reconcile.objects.quantity import Quantity
from reconcile.simulate.actors import daemonset_nodes
from reconcile.simulate.actors.actor import Api
from reconcile.simulate.actors.parts import about, condition_of, name_of, spec_of, status_of
from reconcile.simulate.actors.pods import Document, is_ended, terminating
from reconcile.simulate.server.clock import stamp

if TYPE_CHECKING:
    from reconcile.simulate.server.store import Event
    from reconcile.value.types import JsonIn

__all__ = ["Scheduler"]

_PODS: Final = "/Pod/"
_NODES: Final = "/Node/"
_USER: Final = "kube-scheduler"
_UNSCHEDULABLE: Final = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class Scheduler:
    """Binds Pods to Nodes.

    Shape: `name` is the `schedulerName` of the Pods it binds. `without_nodes` is a name: where the
        cluster has no Node at all, Pods are bound to it though nobody made such a Node. Empty for
        Pods that wait until there is one.
    """

    def __init__(self, *, name: str = "default-scheduler", without_nodes: str = "") -> None:
        self.name = name
        self.without_nodes = without_nodes

    def concerned(self, event: Event, api: Api) -> Iterable[str]:
        """Yield a Pod that waits; all that wait when a Node or a bound Pod moved."""
        there = event.key.startswith(_PODS) and event.type != "DELETED"
        if there and self._waits(event.after):
            yield event.key
            return
        before = event.before
        freed = event.key.startswith(_PODS) and before is not None and _holds(before)
        if event.key.startswith(_NODES) or (freed and not _holds_still(event)):
            for pod in api.list("v1", "Pod"):
                if self._waits(pod):
                    yield f"{_PODS}{about(pod)['namespace']}/{name_of(pod)}"

    def sync(self, api: Api, key: str) -> float | None:
        """Bind a Pod, or say why it cannot be."""
        pod = api.at("v1", "Pod", key)
        if pod is None or not self._waits(pod):
            return None
        own = Api(api.server, _USER)
        nodes = list(api.list("v1", "Node"))
        if not nodes and self.without_nodes:
            _bind(own, pod, self.without_nodes)
            return None
        if not nodes:
            _refuse(own, pod, "no nodes available to schedule pods")
            return None
        why: Counter[str] = Counter()
        for node in nodes:
            reasons = list(_reasons(api, pod, node))
            if not reasons:
                _bind(own, pod, name_of(node))
                return None
            why.update(reasons)
        told = ", ".join(sorted(f"{count} {reason}" for reason, count in why.items()))
        _refuse(own, pod, f"0/{len(nodes)} nodes are available: {told}.")
        return None

    def _waits(self, pod: Document) -> bool:
        """Return whether a Pod is to be bound."""
        spec = spec_of(pod)
        mine = spec.get("schedulerName", "") == self.name and not spec.get("nodeName")
        return (
            mine and not spec.get("schedulingGates") and not terminating(pod) and not is_ended(pod)
        )


def _holds(pod: Document) -> bool:
    """Return whether a Pod uses what a Node has."""
    return bool(spec_of(pod).get("nodeName")) and not is_ended(pod)


def _holds_still(event: Event) -> bool:
    return event.type != "DELETED" and _holds(event.after)


def _bind(api: Api, pod: Document, node: str) -> None:
    binding: JsonIn = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name_of(pod), "uid": about(pod)["uid"]},
        "target": {"kind": "Node", "name": node},
    }
    api.post(cast("JsonIn", pod), binding, "binding")


def _refuse(api: Api, pod: Document, why: str) -> None:
    """Say on a Pod that it cannot be bound, unless it says so already."""
    known = condition_of(pod, "PodScheduled") or {}
    made: dict[str, Any] = {
        "type": "PodScheduled",
        "observedGeneration": about(pod).get("generation", 1),
        "status": "False",
        "reason": "Unschedulable",
        "message": why,
    }
    if all(known.get(name) == value for name, value in made.items()):
        return
    since = known.get("lastTransitionTime") if known.get("status") == "False" else None
    made |= {"lastProbeTime": None, "lastTransitionTime": since or stamp(api.now)}
    body = {"metadata": {"uid": about(pod)["uid"]}, "status": {"conditions": [made]}}
    api.patch(cast("JsonIn", pod), cast("JsonIn", body), how="strategic", subresource="status")


def _reasons(api: Api, pod: Document, node: Document) -> Iterator[str]:
    """Yield why a Pod does not fit a Node; the first kind of reason only, as the real one."""
    spec = spec_of(pod)
    tolerations: Iterable[Document] = spec.get("tolerations") or ()

    def tolerated(taint: Document) -> bool:
        return any(daemonset_nodes._tolerates(each, taint) for each in tolerations)

    if spec_of(node).get("unschedulable") and not tolerated(_UNSCHEDULABLE):
        yield "node(s) were unschedulable"
        return
    taints: Iterable[Document] = spec_of(node).get("taints") or ()
    if any(each.get("effect") != "PreferNoSchedule" and not tolerated(each) for each in taints):
        yield "node(s) had untolerated taint(s)"
        return
    if not daemonset_nodes._selects(spec, node):
        yield "node(s) didn't match Pod's node affinity/selector"
        return
    has: Mapping[str, Any] = status_of(node).get("allocatable") or {}
    if not has:
        return
    wants = _requests(pod)
    used: Counter[str] = Counter()
    for other in api.list("v1", "Pod"):
        if spec_of(other).get("nodeName") == name_of(node) and not is_ended(other):
            used.update(_requests(other))
    for name, amount in sorted(wants.items()):
        free = _amount(has.get(name, "0")) - used[name]
        if amount and amount > free:
            yield "Too many pods" if name == "pods" else f"Insufficient {name}"


def _requests(pod: Document) -> dict[str, Any]:
    """Return what a Pod takes of its Node: all that run at once, or the most that came before."""
    spec = spec_of(pod)
    beside: Counter[str] = Counter()
    most: dict[str, Any] = {}
    for each in spec.get("initContainers") or ():
        asked = _asked(each)
        lasts = each.get("restartPolicy") == "Always"
        for name, amount in asked.items():
            most[name] = max(most.get(name, Fraction(0)), amount + beside[name])
        if lasts:
            beside.update(asked)
    total = Counter(beside)
    for each in spec["containers"]:
        total.update(_asked(each))
    made: dict[str, Any] = {
        name: max(total[name], most.get(name, Fraction(0))) for name in sorted({*total, *most})
    }
    overhead: Mapping[str, str] = spec.get("overhead") or {}
    for name, amount in overhead.items():
        made[name] = made.get(name, Fraction(0)) + _amount(amount)
    return {**made, "pods": Fraction(1)}


def _asked(container: Document) -> dict[str, Any]:
    resources: Mapping[str, Any] = container.get("resources") or {}
    requests: Mapping[str, str] = resources.get("requests") or {}
    return {name: _amount(amount) for name, amount in requests.items()}


def _amount(text: str) -> Fraction:
    return Quantity(text).value
